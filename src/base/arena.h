/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stddef.h>

/* Memory with the life of one request: allocated from the front, released all at once.
 *
 * Nothing that an Arena gave is freed by itself. Out of memory, or past the arena's cap, the
 * process prints a line and aborts: input limits (model/limits.h, http/http.h) keep any client from
 * getting there, so nobody above has an allocation to check. Not shared between threads at the same
 * time. Under AddressSanitizer what is released is poisoned. */

typedef struct Arena Arena;

enum { ARENA_FIRST_BLOCK_BYTES = 16 * 1024, ARENA_CAP_BYTES = 32 * 1024 * 1024 };

Arena *arena_new(void);          /* new: yours to free with arena_free() */
Arena *arena_free(Arena *arena); /* takes NULL, returns NULL */

/* Releases everything that was allocated and keeps the first block for the next request. */
void arena_reset(Arena *arena);

/* Aligned to 16 and zeroed; never NULL. Borrowed until arena_reset() or arena_free(). */
void *arena_alloc(Arena *arena, size_t size_bytes);

/* A NUL-terminated copy of text[0..size). arena_text() copies a whole C string; NULL gives NULL. */
char *arena_copy(Arena *arena, const char *text, size_t size_bytes);
char *arena_text(Arena *arena, const char *text);

/* What printf would print. */
char *arena_print(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define arena_array(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (count)))
