/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

/* JSON in and out, by field tables. The only room that sees jansson, which reads what is not plain
 * (plain.c).
 *
 * A Field row describes one member of a JSON object and the member of the C struct that it fills:
 * it reads like the body table of a page of the platform's documentation. The same table reads a
 * request, prints an answer and documents both. A table ends with FIELDS_END. */

typedef enum JsonKind {
    JSON_TEXT,         /* const char *            – NULL when absent */
    JSON_TEXT_ARRAY,   /* TextArray */
    JSON_INTEGER,      /* int64_t */
    JSON_BOOLEAN,      /* bool */
    JSON_OBJECT,       /* pointer to a struct described by .fields – NULL when absent */
    JSON_OBJECT_ARRAY, /* ObjectArray of structs described by .fields, each .item_bytes long */
    JSON_RAW,          /* const char *: any JSON value as compact text – NULL when absent */
} JsonKind;

typedef struct ObjectArray {
    void *items;
    size_t count;
    bool is_present;
} ObjectArray;

enum { FIELD_REQUIRED = 1, FIELD_KEEP_EMPTY = 2 };
enum { JSON_ITEMS_MOST = 10000 };

typedef struct Field {
    const char *name;
    const char *printed; /* the name as it stands in an object: ,"name": */
    size_t printed_bytes;
    size_t offset;
    JsonKind kind;
    unsigned flags;
    size_t at_least; /* arrays: fewest elements; texts: fewest characters (0 = no limit) */
    size_t at_most;  /* arrays: most elements (0 = JSON_ITEMS_MOST); texts: most characters
                        (0 = no limit) */
    const struct Field *fields; /* of JSON_OBJECT and JSON_OBJECT_ARRAY */
    size_t item_bytes;          /* of the struct that .fields describes */
    const char *about;          /* one line for docs/api.md */
} Field;

/* FIELD(type, member, kind, flags) or FIELD(type, member, kind, flags, .at_most = 20 …) */
#define FIELD(type, member, kind_, ...)                                                   \
    {                                                                                     \
        .name = #member,                                                                  \
        .printed = ",\"" #member "\":", .printed_bytes = sizeof(",\"" #member "\":") - 1, \
        .offset = offsetof(type, member), .kind = (kind_), .flags = __VA_ARGS__           \
    }
#define FIELDS_END   \
    {                \
        .name = NULL \
    }

typedef struct Json Json; /* a parsed document, or a value in one */

/* Strict RFC 8259 on top of what jansson refuses: duplicate names, NUL in a text, more than
 * JSON_DEPTH levels or JSON_PARTS_MOST commas and opening brackets are E_INVALID too. *ret_json and
 * all of it is in the arena, which has room for the most parts there may be; bytes may go. */
enum { JSON_DEPTH = 64, JSON_PARTS_MOST = 50000 };
int json_parse(const char *bytes, size_t size_bytes, Arena *arena, Json **ret_json,
               Failure *failure);

bool json_is_object(const Json *json);

/* Fills *ret_struct (zeroed by the caller) from an object, by its table. What is filled lives in
 * arena or, a text, in the document. Unknown members are ignored; null counts as absent; "" counts
 * as absent for a text unless FIELD_KEEP_EMPTY. E_INVALID names the field, with its path
 * ("workflow_instance.label[0].text"): missing, of another kind (a number is never taken for a
 * text), too few, too many. The description is in the platform's manner: "operator_user_id is
 * required", "the max len is 20". */
int json_read(const Json *json, const Field *fields, void *ret_struct, Arena *arena,
              Failure *failure);

/* Adds the struct as a compact object, members in the table's order, in JavaScript's JSON form.
 * Absent members (NULL texts and objects, arrays with !is_present) are left out, but with
 * FIELD_REQUIRED printed as "", {}, [] or, a JSON_RAW, null. */
void json_print(Buffer *buffer, const Field *fields, const void *source);
