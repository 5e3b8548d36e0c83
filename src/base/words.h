/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* Lists of names in one text, with one space between them and none around. "" holds none. No name
 * has a space. */

/* Whether the list holds this one, whole; the empty name is in none. */
bool words_hold(const char *words, const char *word);
size_t words_count(const char *words);

/* The next name, whose size is put there; NULL at the end. *words moves behind it. */
const char *words_next(const char **words, size_t *ret_size_bytes);

void words_add(Buffer *words, const char *word);

/* The list of all these. */
const char *words_list(Arena *arena, const char *const *words, size_t count);
