/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Questions about texts that more than one room asks. */

bool text_equal(const char *a, const char *b); /* NULL equals only NULL */
bool text_is_empty(const char *text);          /* NULL or "" */
bool text_starts_with(const char *text, const char *prefix);

/* Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool text_is_utf8(const char *bytes, size_t size_bytes);

/* The size in bytes of the first n characters of valid UTF-8, or of all of it when it has fewer. */
size_t text_prefix_bytes(const char *text, size_t n);

/* A whole decimal number without sign, space or more than 18 digits; E_INVALID otherwise. */
int text_parse_number(const char *text, int64_t *ret_number);

/* 1 to 255 visible ASCII characters (0x21 … 0x7e). */
bool text_is_visible_ascii(const char *text, size_t least, size_t most);
