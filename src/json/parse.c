/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "json/document.h"

/* jansson.h and json.h have some names in common. Its own are seen as JANSSON_OBJECT and
 * JANSSON_INTEGER; the macros that would mistake json.h's for them are gone: ask json_typeof(). */
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

/* jansson recurses into each level and has 2048 of them built in, and a value of two bytes takes a
 * hundred times that in memory, so levels and parts are counted before. Texts are skipped as
 * jansson reads them; where the document is wrong it stops at or before the place from which on
 * these counts are wrong too. */
static int json_check_size(const char *bytes, size_t size_bytes, Failure *failure)
{
    bool is_in_text = false;
    size_t depth = 0, parts = 0;

    for (size_t i = 0; i < size_bytes; i++) {
        char byte = bytes[i];

        if (is_in_text) {
            if (byte == '\\')
                i++;
            else if (byte == '"')
                is_in_text = false;
        } else if (byte == '"') {
            is_in_text = true;
        } else if (byte == '[' || byte == '{') {
            parts++;
            if (++depth > JSON_DEPTH)
                return fail(failure, E_INVALID, "not valid JSON: more than %d levels deep",
                            JSON_DEPTH);
        } else if ((byte == ']' || byte == '}') && depth > 0) {
            depth--;
        } else if (byte == ',') {
            parts++;
        }
        if (parts > JSON_PARTS_MOST)
            return fail(failure, E_INVALID, "not valid JSON: more than %d commas and brackets",
                        JSON_PARTS_MOST);
    }
    return 0;
}

/* ---- jansson's memory: the arena of the document that this thread is reading ---- */

static _Thread_local Arena *json_arena;

static void *json_allocate(size_t size_bytes)
{
    assert(json_arena); /* nothing but reading makes jansson allocate */
    return arena_alloc(json_arena, size_bytes);
}

/* The arena releases all at once. */
static void json_leave(void *memory)
{
    (void)memory;
}

static void json_use_arenas(void)
{
    json_set_alloc_funcs(json_allocate, json_leave);
}

static json_t *json_load(const char *bytes, size_t size_bytes, Arena *arena, json_error_t *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    json_t *root;

    pthread_once(&once, json_use_arenas);
    json_arena = arena;
    root = json_loadb(size_bytes > 0 ? bytes : "", size_bytes,
                      JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, error);
    json_arena = NULL;
    return root;
}

/* jansson quotes what stands at the wrong place; that may be a secret and is cut off, as is the
 * name of a flag of its own. */
static int json_refuse(json_error_t *error, Failure *failure)
{
    char *quote = strstr(error->text, " near ");
    char *flag = strstr(error->text, " without JSON_");

    if (quote)
        *quote = '\0';
    if (flag)
        *flag = '\0';
    return fail(failure, E_INVALID, "not valid JSON: %s (line %d, column %d)", error->text,
                error->line, error->column);
}

/* ---- from jansson's tree to ours ---- */

static void json_take(json_t *node, Arena *arena, Json *ret_value);

static Json *json_add(json_t *node, Arena *arena, Json *parent, Json ***link)
{
    Json *value = arena_alloc(arena, sizeof(*value));

    json_take(node, arena, value);
    **link = value;
    *link = &value->next;
    parent->count++;
    return value;
}

static void json_take_members(json_t *node, Arena *arena, Json *ret_object)
{
    Json **link = &ret_object->first;
    const char *name;
    json_t *member;

    json_object_foreach(node, name, member)
    {
        json_add(member, arena, ret_object, &link)->name = name;
    }
}

static void json_take_elements(json_t *node, Arena *arena, Json *ret_array)
{
    Json **link = &ret_array->first;

    for (size_t i = 0; i < json_array_size(node); i++)
        json_add(json_array_get(node, i), arena, ret_array, &link);
}

/* Texts and names stay where jansson has them: in the same arena. */
static void json_take(json_t *node, Arena *arena, Json *ret_value)
{
    static const ValueKind kinds[] = {
        [JANSSON_OBJECT] = VALUE_OBJECT,   [JSON_ARRAY] = VALUE_ARRAY, [JSON_STRING] = VALUE_TEXT,
        [JANSSON_INTEGER] = VALUE_INTEGER, [JSON_REAL] = VALUE_REAL,   [JSON_TRUE] = VALUE_TRUE,
        [JSON_FALSE] = VALUE_FALSE,        [JSON_NULL] = VALUE_NULL,
    };

    ret_value->kind = kinds[json_typeof(node)];
    switch (ret_value->kind) {
    case VALUE_OBJECT: json_take_members(node, arena, ret_value); break;
    case VALUE_ARRAY: json_take_elements(node, arena, ret_value); break;
    case VALUE_TEXT:
        ret_value->text = json_string_value(node);
        ret_value->count = json_string_length(node);
        break;
    case VALUE_INTEGER: ret_value->integer = json_integer_value(node); break;
    case VALUE_REAL: ret_value->real = json_real_value(node); break;
    case VALUE_NULL:
    case VALUE_FALSE:
    case VALUE_TRUE: break;
    }
}

int json_read_any(const char *bytes, size_t size_bytes, Arena *arena, Json **ret_json,
                  Failure *failure)
{
    json_error_t error;
    json_t *root;
    int r = json_check_size(bytes, size_bytes, failure);

    if (r < 0)
        return r;
    root = json_load(bytes, size_bytes, arena, &error);
    if (!root)
        return json_refuse(&error, failure);
    *ret_json = arena_alloc(arena, sizeof(**ret_json));
    json_take(root, arena, *ret_json);
    return 0;
}

/* ---- either way ---- */

int json_parse(const char *bytes, size_t size_bytes, Arena *arena, Json **ret_json,
               Failure *failure)
{
    Json *plain;

    /* jansson passes over a NUL that follows a number or a word. */
    if (size_bytes > 0 && memchr(bytes, '\0', size_bytes))
        return fail(failure, E_INVALID, "not valid JSON: a NUL byte");
    plain = json_read_plain(bytes, size_bytes, arena);
    if (!plain)
        return json_read_any(bytes, size_bytes, arena, ret_json, failure);
    *ret_json = plain;
    return 0;
}

bool json_is_object(const Json *json)
{
    return json->kind == VALUE_OBJECT;
}

const Json *json_member(const Json *object, const char *name)
{
    const Json *member = object->first;

    while (member && strcmp(member->name, name) != 0)
        member = member->next;
    return member;
}
