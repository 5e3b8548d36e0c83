/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#include "json/document.h"

enum { JSON_DOUBLE_DIGITS = 17, JSON_PLAIN_DIGITS = 21, JSON_DOUBLE_BYTES = 32 };

/* The fewest decimal digits that read back as number (positive), and their exponent: the value is
 * 0.d1d2d3… · 10^ret_point. Any decimal separator of a locale is passed over. */
static size_t json_shortest_digits(double number, char ret_digits[JSON_DOUBLE_DIGITS + 1],
                                   int *ret_point)
{
    char text[JSON_DOUBLE_BYTES];
    size_t digit_count = 0;
    const char *exponent;

    for (int precision = 0; precision < JSON_DOUBLE_DIGITS; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision, number);
        if (strtod(text, NULL) == number)
            break;
    }
    exponent = strchr(text, 'e');
    assert(exponent != NULL);
    for (const char *at = text; at < exponent; at++) {
        if (*at >= '0' && *at <= '9')
            ret_digits[digit_count++] = *at;
    }
    ret_digits[digit_count] = '\0';
    *ret_point = (int)strtol(exponent + 1, NULL, 10) + 1;
    return digit_count;
}

/* ECMA-262, Number::toString. */
static void json_print_double(Buffer *buffer, double number)
{
    char digits[JSON_DOUBLE_DIGITS + 1] = "";
    int point, digit_count;

    if (number == 0) {
        buffer_add_char(buffer, '0'); /* -0 too */
        return;
    }
    if (number < 0)
        buffer_add_char(buffer, '-');
    digit_count = (int)json_shortest_digits(number < 0 ? -number : number, digits, &point);
    if (point >= digit_count && point <= JSON_PLAIN_DIGITS)
        buffer_print(buffer, "%s%.*s", digits, point - digit_count, "00000000000000000000");
    else if (point > 0 && point <= JSON_PLAIN_DIGITS)
        buffer_print(buffer, "%.*s.%s", point, digits, digits + point);
    else if (point > -6 && point <= 0)
        buffer_print(buffer, "0.%.*s%s", -point, "00000", digits);
    else
        buffer_print(buffer, "%c%s%se%+d", digits[0], digits[1] ? "." : "", digits + 1, point - 1);
}

/* Of an object its members, of an array its elements. */
static void json_print_children(Buffer *buffer, const Json *parent)
{
    for (const Json *child = parent->first; child; child = child->next) {
        if (child != parent->first)
            buffer_add_char(buffer, ',');
        if (child->name) {
            buffer_add_quoted(buffer, child->name);
            buffer_add_char(buffer, ':');
        }
        json_print_value(buffer, child);
    }
}

void json_print_value(Buffer *buffer, const Json *value)
{
    switch (value->kind) {
    case VALUE_NULL: buffer_add(buffer, "null"); break;
    case VALUE_FALSE: buffer_add(buffer, "false"); break;
    case VALUE_TRUE: buffer_add(buffer, "true"); break;
    case VALUE_INTEGER: buffer_add_integer(buffer, value->integer); break;
    case VALUE_REAL: json_print_double(buffer, value->real); break;
    case VALUE_TEXT: buffer_add_quoted(buffer, value->text); break;
    case VALUE_ARRAY:
        buffer_add_char(buffer, '[');
        json_print_children(buffer, value);
        buffer_add_char(buffer, ']');
        break;
    case VALUE_OBJECT:
        buffer_add_char(buffer, '{');
        json_print_children(buffer, value);
        buffer_add_char(buffer, '}');
        break;
    }
}

static void json_print_struct(Buffer *buffer, const Field *fields, const void *source,
                              size_t depth);

static void json_print_texts(Buffer *buffer, const TextArray *array)
{
    buffer_add_char(buffer, '[');
    for (size_t i = 0; array->is_present && i < array->count; i++) {
        if (i > 0)
            buffer_add_char(buffer, ',');
        buffer_add_quoted(buffer, array->items[i]);
    }
    buffer_add_char(buffer, ']');
}

static void json_print_objects(Buffer *buffer, const Field *field, const ObjectArray *array,
                               size_t depth)
{
    const char *items = array->items;

    buffer_add_char(buffer, '[');
    for (size_t i = 0; array->is_present && i < array->count; i++) {
        if (i > 0)
            buffer_add_char(buffer, ',');
        json_print_struct(buffer, field->fields, items + i * field->item_bytes, depth + 1);
    }
    buffer_add_char(buffer, ']');
}

static bool json_is_absent(const Field *field, const void *member)
{
    switch (field->kind) {
    case JSON_TEXT:
    case JSON_RAW:
    case JSON_OBJECT: return *(const void *const *)member == NULL;
    case JSON_TEXT_ARRAY: return !((const TextArray *)member)->is_present;
    case JSON_OBJECT_ARRAY: return !((const ObjectArray *)member)->is_present;
    case JSON_INTEGER:
    case JSON_BOOLEAN: break;
    }
    return false;
}

static void json_print_text(Buffer *buffer, const char *text)
{
    buffer_add_quoted(buffer, text ? text : "");
}

static void json_print_member(Buffer *buffer, const Field *field, const void *member, size_t depth)
{
    const void *object;
    const char *raw;

    switch (field->kind) {
    case JSON_TEXT: json_print_text(buffer, *(const char *const *)member); break;
    case JSON_TEXT_ARRAY: json_print_texts(buffer, member); break;
    case JSON_INTEGER: buffer_add_integer(buffer, *(const int64_t *)member); break;
    case JSON_BOOLEAN: buffer_add(buffer, *(const bool *)member ? "true" : "false"); break;
    case JSON_OBJECT:
        object = *(const void *const *)member;
        if (object)
            json_print_struct(buffer, field->fields, object, depth + 1);
        else
            buffer_add(buffer, "{}");
        break;
    case JSON_OBJECT_ARRAY: json_print_objects(buffer, field, member, depth); break;
    case JSON_RAW:
        raw = *(const char *const *)member;
        buffer_add(buffer, raw ? raw : "null");
        break;
    }
}

static void json_print_struct(Buffer *buffer, const Field *fields, const void *source, size_t depth)
{
    size_t comma_bytes = 0;

    assert(depth <= JSON_DEPTH);
    buffer_add_char(buffer, '{');
    for (const Field *field = fields; field->name; field++) {
        const void *member = (const char *)source + field->offset;

        if (!(field->flags & FIELD_REQUIRED) && json_is_absent(field, member))
            continue;
        buffer_add_bytes(buffer, field->printed + 1 - comma_bytes,
                         field->printed_bytes - 1 + comma_bytes);
        comma_bytes = 1;
        json_print_member(buffer, field, member, depth);
    }
    buffer_add_char(buffer, '}');
}

void json_print(Buffer *buffer, const Field *fields, const void *source)
{
    json_print_struct(buffer, fields, source, 1);
}
