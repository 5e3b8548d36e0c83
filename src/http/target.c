/* SPDX-License-Identifier: Apache-2.0 */
#include "http/target.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

#include "http/http.h"

/* Visible ASCII without the characters that no URI may hold. */
static bool target_is_clean(const char *text)
{
    for (const char *byte = text; *byte; byte++) {
        if (*byte <= ' ' || *byte >= 0x7f)
            return false;
    }
    return text[strcspn(text, "\"#<>\\^`{|}")] == '\0';
}

/* Where the path of an absolute-form target begins, or NULL when it has no scheme and authority. */
static const char *target_after_authority(const char *text)
{
    const char *colon = strstr(text, "://");

    if (!colon || colon == text || !isalpha((unsigned char)*text))
        return NULL;
    for (const char *byte = text; byte < colon; byte++) {
        if (!isalnum((unsigned char)*byte) && !strchr("+-.", *byte))
            return NULL;
    }
    if (colon[3] == '\0' || colon[3] == '/' || colon[3] == '?')
        return NULL;
    return colon + 3 + strcspn(colon + 3, "/?");
}

Target target_parse(Arena *arena, const char *text)
{
    Target target = { .size_bytes = strlen(text) };
    const char *path = text;
    size_t path_bytes;

    if (!target_is_clean(text))
        return target;
    if (strcmp(text, "*") == 0) {
        target.path = "*";
        return target;
    }
    if (*text != '/')
        path = target_after_authority(text);
    if (!path)
        return target;

    path_bytes = strcspn(path, "?");
    if (path[path_bytes] == '?')
        target.query = arena_text(arena, path + path_bytes + 1);
    if (path_bytes > 1 && path[path_bytes - 1] == '/')
        path_bytes--;
    target.path = path_bytes == 0 ? "/" : arena_copy(arena, path, path_bytes);
    return target;
}

char *http_percent_decode(Arena *arena, const char *text, size_t size_bytes)
{
    char *decoded = arena_alloc(arena, size_bytes + 1);
    size_t decoded_bytes = 0;

    for (size_t i = 0; i < size_bytes; i++) {
        char byte = text[i];

        if (byte == '%') {
            int high = size_bytes - i > 2 ? text_hex_digit(text[i + 1]) : -1;
            int low = size_bytes - i > 2 ? text_hex_digit(text[i + 2]) : -1;

            if (high < 0 || low < 0)
                return NULL;
            byte = (char)(high << 4 | low);
            i += 2;
        }
        if (byte == '\0')
            return NULL;
        decoded[decoded_bytes++] = byte;
    }
    decoded[decoded_bytes] = '\0';
    return text_is_utf8(decoded, decoded_bytes) ? decoded : NULL;
}

/* As above, and "+" is a space, as HTML forms write it. */
static char *form_decode(Arena *arena, const char *text, size_t size_bytes)
{
    char *copy = arena_copy(arena, text, size_bytes);

    for (char *byte = copy; *byte; byte++) {
        if (*byte == '+')
            *byte = ' ';
    }
    return http_percent_decode(arena, copy, size_bytes);
}

bool target_query_is_sound(Arena *arena, const Target *target)
{
    return !target->query || form_decode(arena, target->query, strlen(target->query));
}

/* Most names are written as they are. */
static bool is_named(Arena *arena, const char *text, size_t size_bytes, const char *name)
{
    if (!memchr(text, '%', size_bytes) && !memchr(text, '+', size_bytes))
        return strncmp(text, name, size_bytes) == 0 && name[size_bytes] == '\0';
    return text_equal(form_decode(arena, text, size_bytes), name);
}

const char *target_parameter_next(Arena *arena, const Target *target, const char *name,
                                  size_t *place)
{
    const char *query = target->query ? target->query : "";

    while (query[*place]) {
        const char *pair = query + *place;
        size_t pair_bytes = strcspn(pair, "&");
        const char *equals = memchr(pair, '=', pair_bytes);
        size_t name_bytes = equals ? (size_t)(equals - pair) : pair_bytes;

        *place += pair[pair_bytes] == '&' ? pair_bytes + 1 : pair_bytes;
        if (is_named(arena, pair, name_bytes, name)) {
            if (!equals)
                return "";
            return form_decode(arena, equals + 1, pair_bytes - name_bytes - 1);
        }
    }
    return NULL;
}

const char *target_parameter(Arena *arena, const Target *target, const char *name)
{
    size_t place = 0;

    return target_parameter_next(arena, target, name, &place);
}
