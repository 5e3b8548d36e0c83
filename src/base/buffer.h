/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* Text under construction in an Arena. It only grows; the arena's cap is its ceiling.
 * Always NUL-terminated, the NUL not counted. Its text is borrowed as long as the arena keeps it,
 * and aligned as arena_alloc() does it: rows of a list of unknown length may be added, too. */

typedef struct Buffer {
    Arena *arena; /* borrowed */
    char *text;
    size_t size_bytes;
    size_t capacity_bytes;
} Buffer;

void buffer_init(Buffer *buffer, Arena *arena, size_t expected_bytes);

void buffer_add(Buffer *buffer, const char *text);
void buffer_add_bytes(Buffer *buffer, const void *bytes, size_t size_bytes);
void buffer_add_char(Buffer *buffer, char byte);
void buffer_add_integer(Buffer *buffer, int64_t number);
void buffer_print(Buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds text as a JSON string literal with its quotes, byte for byte as JavaScript's JSON.stringify
 * prints it: \" \\ \b \f \n \r \t, \u00xx for the other control characters, all else as it is, "/"
 * too (contract §6.4: receivers compare such bytes). text must be valid UTF-8; NULL adds null. */
void buffer_add_quoted(Buffer *buffer, const char *text);
