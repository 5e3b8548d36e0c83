/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "json/json.h"

/* A document as the files of this room know it: a tree of values, all in one arena. What is read
 * into structs (read.c) and printed (print.c) is the same, whoever made it (parse.c, plain.c). */

typedef enum ValueKind {
    VALUE_NULL,
    VALUE_FALSE,
    VALUE_TRUE,
    VALUE_INTEGER,
    VALUE_REAL,
    VALUE_TEXT,
    VALUE_ARRAY,
    VALUE_OBJECT,
} ValueKind;

/* One value and what is in it: at most JSON_DEPTH levels, no NUL in any text or name. */
struct Json {
    ValueKind kind;
    const char *name;  /* of a member; NULL for an element and for the whole */
    struct Json *next; /* in the same object or array, as the document has them; NULL = the last */
    size_t count;      /* of an object or array: what is in it; of a text: bytes */
    union {
        struct Json *first; /* in an object or array; NULL when it is empty */
        const char *text;   /* NUL-terminated UTF-8 */
        int64_t integer;
        double real;
    };
};

/* The member of an object by its name; NULL when there is none. */
const Json *json_member(const Json *object, const char *name);

/* A document, if it is as plain as most are: see plain.c. NULL: read it with json_read_any(), which
 * takes any document, says what is wrong with one that is none, and would have read a plain one
 * alike. What is returned is in the arena; bytes without a NUL among them may go. */
Json *json_read_plain(const char *bytes, size_t size_bytes, Arena *arena);
int json_read_any(const char *bytes, size_t size_bytes, Arena *arena, Json **ret_json,
                  Failure *failure);

/* Adds any value as compact text in JavaScript's form: members in the document's order, integers
 * exactly, other numbers with the fewest digits that read back as the same double. */
void json_print_value(Buffer *buffer, const Json *value);
