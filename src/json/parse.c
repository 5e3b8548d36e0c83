/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "json/document.h"

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

/* ---- jansson's memory: the arena of the document that this thread is reading --------------------
 */

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

int json_parse(const char *bytes, size_t size_bytes, Arena *arena, Json **ret_json,
               Failure *failure)
{
    json_error_t error;
    json_t *root;
    int r;

    /* jansson passes over a NUL that follows a number or a word. */
    if (size_bytes > 0 && memchr(bytes, '\0', size_bytes))
        return fail(failure, E_INVALID, "not valid JSON: a NUL byte");
    r = json_check_size(bytes, size_bytes, failure);
    if (r < 0)
        return r;
    root = json_load(bytes, size_bytes, arena, &error);
    if (!root)
        return json_refuse(&error, failure);
    *ret_json = arena_alloc(arena, sizeof(Json));
    (*ret_json)->root = root;
    return 0;
}

bool json_is_object(const Json *json)
{
    return json_typeof(json->root) == JANSSON_OBJECT;
}
