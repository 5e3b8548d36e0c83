/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buffer.h"

#include "json/json.h"

/* What commands print on standard output: a table for people, or JSON, one object a line. */

/* Adds a text as a person reads it, in a column of at least width characters: control characters
 * become blanks, and what is longer than CHAT_NAME_SHOWN_CHARACTERS is cut with "…". Width 0 is the
 * last column, which is not filled up. */
void output_cell(Buffer *row, const char *text, size_t width);

/* Prints what the buffer holds. A failing standard output is noticed by output_finish(). */
void output_text(const Buffer *text);

/* Prints the struct that fields describe as a line of JSON. */
void output_json(Arena *arena, const Field *fields, const void *source);

/* Flushes. E_FAULT: not everything could be written. */
int output_finish(Failure *failure);
