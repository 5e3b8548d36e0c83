/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* Identifiers made here. Outside they are texts: a prefix like "oc_" and 32 lower hex digits.
 * Inside they are two numbers of 64 bits, since a number is compared, copied and kept for a
 * fraction of what a text costs (docs/adr/0012-integer-keys.md):
 *
 * number: 48 bits of milliseconds, 16 of sequence. It is the key of what it names, never negative,
 * and no two ids of an installation share it: one source makes them, and goes on where it was.
 *
 * tail: 64 random bits, so that an id can't be guessed. It is kept once, in the row that the id
 * names; whoever comes from outside must have both. */

enum {
    ID_DIGITS = 32,
    ID_PREFIX_BYTES = 3,                             /* at most */
    ID_TEXT_BYTES = ID_PREFIX_BYTES + ID_DIGITS + 1, /* with its NUL */
};

typedef struct Id {
    int64_t number;
    int64_t tail;
} Id;

/* Belongs to one thread. Begins as zeroes. */
typedef struct IdSource {
    int64_t last_number;
} IdSource;

/* Its number is greater than all before from this source, also when the clock goes back: the first
 * of that millisecond, or the next one after the last. */
Id id_make(IdSource *source, int64_t now_ms);

/* The number alone, of what has no tail of its own. */
int64_t id_make_number(IdSource *source, int64_t now_ms);

/* The source makes only greater numbers than this from now on. */
void id_continue(IdSource *source, int64_t number);

/* The least number of a millisecond; INT64_MAX when none can be so late. */
int64_t id_number_at(int64_t ms);

/* The text of an id, in the arena. */
const char *id_print(Id id, const char *prefix, Arena *arena);

/* False when the text is not the prefix and 32 lower hex digits, or can't have been made here. */
bool id_parse(const char *text, const char *prefix, Id *ret_id);
