/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/document.h"

/* jansson recurses into each level and has 2048 of them built in, so the depth is counted before.
 * Texts are skipped as jansson reads them; where the document is wrong it stops at or before the
 * place from which on this count is wrong too. */
static bool json_is_too_deep(const char *bytes, size_t size_bytes)
{
    bool is_in_text = false;
    size_t depth = 0;

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
            if (++depth > JSON_DEPTH)
                return true;
        } else if ((byte == ']' || byte == '}') && depth > 0) {
            depth--;
        }
    }
    return false;
}

/* jansson quotes what stands at the wrong place; that may be a secret and is cut off, as is the
 * name of a flag of its own. */
static int json_refuse(json_error_t *error, Failure *failure)
{
    char *quote = strstr(error->text, " near ");
    char *flag = strstr(error->text, " without JSON_");

    if (json_error_code(error) == json_error_out_of_memory) {
        fputs("json: out of memory\n", stderr);
        abort();
    }
    if (quote)
        *quote = '\0';
    if (flag)
        *flag = '\0';
    return fail(failure, E_INVALID, "not valid JSON: %s (line %d, column %d)", error->text,
                error->line, error->column);
}

int json_parse(const char *bytes, size_t size_bytes, Json **ret_json, Failure *failure)
{
    json_error_t error;
    json_t *root;
    Json *json;

    /* jansson passes over a NUL that follows a number or a word. */
    if (size_bytes > 0 && memchr(bytes, '\0', size_bytes))
        return fail(failure, E_INVALID, "not valid JSON: a NUL byte");
    if (json_is_too_deep(bytes, size_bytes))
        return fail(failure, E_INVALID, "not valid JSON: more than %d levels deep", JSON_DEPTH);
    root = json_loadb(size_bytes > 0 ? bytes : "", size_bytes,
                      JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!root)
        return json_refuse(&error, failure);
    json = malloc(sizeof(Json));
    if (!json) {
        fputs("json: out of memory\n", stderr);
        abort();
    }
    json->root = root;
    *ret_json = json;
    return 0;
}

Json *json_free(Json *json)
{
    if (!json)
        return NULL;
    json_decref(json->root);
    free(json);
    return NULL;
}

bool json_is_object(const Json *json)
{
    return json_typeof(json->root) == JANSSON_OBJECT;
}
