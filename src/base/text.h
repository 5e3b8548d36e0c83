/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Questions about texts that more than one room asks. */

/* A list of texts; who owns them is said where one is given. */
typedef struct TextArray {
    const char **items;
    size_t count;
    bool is_present; /* false = there was no list, which is not the same as an empty one */
} TextArray;

bool text_equal(const char *a, const char *b); /* NULL equals only NULL */
bool text_is_empty(const char *text);          /* NULL or "" */
bool text_starts_with(const char *text, const char *prefix);

/* Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool text_is_utf8(const char *bytes, size_t size_bytes);

/* The size in bytes of the character that bytes[0..size) begins with; 0 when what stands there is
 * not UTF-8 or the size is 0. */
enum { TEXT_CHARACTER_MAX_BYTES = 4 };
size_t text_character_bytes(const char *bytes, size_t size_bytes);

/* The size in bytes of the first n characters of valid UTF-8, or of all of it when it has fewer. */
size_t text_prefix_bytes(const char *text, size_t n);

/* A whole decimal number without sign, space or more than 18 digits; E_INVALID otherwise. */
int text_parse_number(const char *text, int64_t *ret_number);

/* What a hexadecimal digit of either case stands for; -1 for any other byte. */
int text_hex_digit(char byte);

/* 1 to 255 visible ASCII characters (0x21 … 0x7e). */
bool text_is_visible_ascii(const char *text, size_t least, size_t most);

/* Decimal digits with their NUL; returns their number, the NUL not counted. */
enum { TEXT_INTEGER_BYTES = 21 };
size_t text_print_integer(int64_t number, char ret_text[TEXT_INTEGER_BYTES]);

/* JSON's escape of one byte in JavaScript's form ("\\n", "\\u001f"), static; NULL for a byte that
 * stands for itself. text_plain_bytes() counts how many of those text[0..size) begins with. */
const char *text_escape(char byte);
size_t text_plain_bytes(const char *text, size_t size_bytes);
