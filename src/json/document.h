/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of this room know of each other. jansson.h is included here alone: it and json.h
 * have some names in common. Its own are seen as JANSSON_OBJECT and JANSSON_INTEGER; the macros
 * that would mistake json.h's for them are gone: ask json_typeof(). */

/* clang-format off */
#define JSON_OBJECT  JANSSON_OBJECT
#define JSON_INTEGER JANSSON_INTEGER
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_INTEGER
#undef json_is_object
#undef json_is_integer
#undef json_is_number
/* clang-format on */

#include "json/json.h"

struct Json {
    json_t *root; /* at most JSON_DEPTH levels, no NUL in any text */
};

/* Adds any value as compact text in JavaScript's form: members in the document's order, integers
 * exactly, other numbers with the fewest digits that read back as the same double. */
void json_print_node(Buffer *buffer, json_t *node);
