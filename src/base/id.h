/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

/* New identifiers: 32 lower hex digits that begin with the time, so that inserts append to every
 * B-tree (design.md §5): 48 bits of milliseconds, 16 bits of sequence, 64 bits of randomness.
 * From one source they strictly increase as text, also when the clock goes back. A source belongs
 * to one thread. */

enum { ID_BYTES = 33 }; /* with its NUL */

typedef struct IdSource {
    int64_t last_ms;
    unsigned sequence;
} IdSource;

void id_make(IdSource *source, int64_t now_ms, char ret_text[ID_BYTES]);
