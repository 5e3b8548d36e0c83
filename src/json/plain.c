/* SPDX-License-Identifier: Apache-2.0 */

/* Most bodies are plain: a few names, texts without escapes, whole numbers. jansson, which looks at
 * each byte several times, took a quarter of the loop's time for them. What is read here is no more
 * than what is easily seen to be right. Whatever goes beyond it, be it valid or not, is jansson's
 * to judge; and tests/json holds the two against each other. */
#include <string.h>

#include "json/document.h"

/* More than these is not plain. Names are compared each with each. */
enum {
    PLAIN_BYTES_MOST = 4096,
    PLAIN_DEPTH = 8,
    PLAIN_MEMBERS_MOST = 16, /* of an object */
    PLAIN_DIGITS_MOST = 18,  /* of an integer: fits into 64 bits */
};

typedef struct Plain {
    Arena *arena; /* borrowed */
    char *at;     /* in a copy of the document, which a NUL ends; texts are ended in it */
} Plain;

/* The next byte that is no white space; NUL at the end. */
static char plain_look(Plain *plain)
{
    while (*plain->at == ' ' || *plain->at == '\n' || *plain->at == '\r' || *plain->at == '\t')
        plain->at++;
    return *plain->at;
}

/* From the opening quote on; NULL: not plain. */
static const char *plain_text(Plain *plain, size_t *ret_bytes)
{
    char *text = plain->at + 1, *end = text;
    bool is_ascii = true;

    for (; *end != '"'; end++) {
        unsigned char byte = (unsigned char)*end;

        if (byte < ' ' || byte == '\\')
            return NULL;
        is_ascii = is_ascii && byte < 0x80;
    }
    *end = '\0';
    plain->at = end + 1;
    *ret_bytes = (size_t)(end - text);
    return is_ascii || text_is_utf8(text, *ret_bytes) ? text : NULL;
}

/* What follows the digits, its reader looks at: a fraction, an exponent or more digits are none of
 * its signs. */
static bool plain_integer(Plain *plain, Json *value)
{
    bool is_negative = *plain->at == '-';
    const char *digits = plain->at + is_negative, *end = digits;
    int64_t integer = 0;

    for (; *end >= '0' && *end <= '9' && end - digits < PLAIN_DIGITS_MOST; end++)
        integer = integer * 10 + (*end - '0');
    if (end == digits || (*digits == '0' && end > digits + 1))
        return false;
    plain->at += is_negative + (end - digits);
    value->kind = VALUE_INTEGER;
    value->integer = is_negative ? -integer : integer;
    return true;
}

/* Here too, what follows the word is looked at by its reader. */
static bool plain_word(Plain *plain, Json *value)
{
    static const struct {
        const char *word;
        ValueKind kind;
    } words[] = { { "null", VALUE_NULL }, { "false", VALUE_FALSE }, { "true", VALUE_TRUE } };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (text_starts_with(plain->at, words[i].word)) {
            plain->at += strlen(words[i].word);
            value->kind = words[i].kind;
            return true;
        }
    }
    return false;
}

/* A name that the object has not yet, and the colon. */
static bool plain_name(Plain *plain, const Json *object, const char **ret_name)
{
    size_t size_bytes;

    if (plain_look(plain) != '"' || object->count == PLAIN_MEMBERS_MOST)
        return false;
    *ret_name = plain_text(plain, &size_bytes);
    if (!*ret_name || json_member(object, *ret_name) || plain_look(plain) != ':')
        return false;
    plain->at++;
    return true;
}

static Json *plain_value(Plain *plain, size_t depth);

/* From the opening bracket to the closing one. */
static bool plain_children(Plain *plain, Json *parent, char closing, size_t depth)
{
    Json **link = &parent->first;
    char sign;

    plain->at++;
    if (plain_look(plain) == closing) {
        plain->at++;
        return true;
    }
    do {
        const char *name = NULL;

        if (parent->kind == VALUE_OBJECT && !plain_name(plain, parent, &name))
            return false;
        *link = plain_value(plain, depth);
        if (!*link)
            return false;
        (*link)->name = name;
        link = &(*link)->next;
        parent->count++;
        sign = plain_look(plain);
        plain->at++;
    } while (sign == ',');
    return sign == closing;
}

/* depth: of the value; NULL: not plain. */
static Json *plain_value(Plain *plain, size_t depth)
{
    Json *value = arena_alloc(plain->arena, sizeof(*value));
    bool is_plain;

    switch (plain_look(plain)) {
    case '"':
        value->kind = VALUE_TEXT;
        value->text = plain_text(plain, &value->count);
        is_plain = value->text != NULL;
        break;
    case '{':
        value->kind = VALUE_OBJECT;
        is_plain = depth < PLAIN_DEPTH && plain_children(plain, value, '}', depth + 1);
        break;
    case '[':
        value->kind = VALUE_ARRAY;
        is_plain = depth < PLAIN_DEPTH && plain_children(plain, value, ']', depth + 1);
        break;
    case 'n':
    case 'f':
    case 't': is_plain = plain_word(plain, value); break;
    default: is_plain = plain_integer(plain, value); break;
    }
    return is_plain ? value : NULL;
}

Json *json_read_plain(const char *bytes, size_t size_bytes, Arena *arena)
{
    Plain plain = { .arena = arena };
    Json *json;

    if (size_bytes > PLAIN_BYTES_MOST)
        return NULL;
    plain.at = arena_copy(arena, bytes, size_bytes);
    json = plain_value(&plain, 0);
    return json && plain_look(&plain) == '\0' ? json : NULL;
}
