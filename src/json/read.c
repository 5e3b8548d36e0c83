/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/text.h"

#include "json/document.h"

typedef struct JsonReader {
    Arena *arena;     /* borrowed */
    Failure *failure; /* borrowed */
} JsonReader;

/* Where in the document reading is: a list on the stack, printed only when something is wrong. */
typedef struct JsonPlace {
    const struct JsonPlace *parent; /* NULL at the root */
    const char *name;               /* of a member; NULL for an element */
    size_t index;                   /* of an element */
} JsonPlace;

static void json_print_place(Buffer *buffer, const JsonPlace *place)
{
    if (!place->parent)
        return;
    json_print_place(buffer, place->parent);
    if (!place->name) {
        buffer_print(buffer, "[%zu]", place->index);
        return;
    }
    if (buffer->size_bytes > 0)
        buffer_add_char(buffer, '.');
    buffer_add(buffer, place->name);
}

/* What was sent, as the failure shows it; NULL when nothing was. */
static const char *json_shown_value(Arena *arena, const Json *value)
{
    Buffer buffer;

    if (!value)
        return NULL;
    if (value->kind == VALUE_TEXT)
        return value->text;
    buffer_init(&buffer, arena, FAILURE_VALUE_BYTES);
    json_print_value(&buffer, value);
    return buffer.text;
}

static int json_blame(const JsonReader *reader, const JsonPlace *place, const Json *value,
                      const char *what)
{
    Buffer path;

    buffer_init(&path, reader->arena, FAILURE_FIELD_BYTES);
    json_print_place(&path, place);
    return fail_field(reader->failure, E_INVALID, path.text, json_shown_value(reader->arena, value),
                      "%s", what);
}

static int json_blame_length(const JsonReader *reader, const JsonPlace *place, const Json *value,
                             const char *which, size_t limit)
{
    return json_blame(reader, place, value,
                      arena_print(reader->arena, "the %s len is %zu", which, limit));
}

static int json_read_fields(const JsonReader *reader, const JsonPlace *place, const Field *fields,
                            const Json *value, void *target);

static int json_read_text(const JsonReader *reader, const JsonPlace *place, const Field *field,
                          const Json *value, void *target)
{
    const char **ret_text = target;
    size_t size_bytes = value->count;

    if (value->kind != VALUE_TEXT)
        return json_blame(reader, place, value, "must be a string");
    if (field->at_least > 0 && text_prefix_bytes(value->text, field->at_least - 1) == size_bytes)
        return json_blame_length(reader, place, value, "min", field->at_least);
    if (field->at_most > 0 && text_prefix_bytes(value->text, field->at_most) < size_bytes)
        return json_blame_length(reader, place, value, "max", field->at_most);
    *ret_text = value->text;
    return 0;
}

static int json_check_array(const JsonReader *reader, const JsonPlace *place, const Field *field,
                            const Json *value)
{
    size_t most = field->at_most > 0 ? field->at_most : JSON_ITEMS_MOST;

    if (value->kind != VALUE_ARRAY)
        return json_blame(reader, place, value, "must be an array");
    if (value->count < field->at_least)
        return json_blame_length(reader, place, value, "min", field->at_least);
    if (value->count > most)
        return json_blame_length(reader, place, value, "max", most);
    return 0;
}

static int json_read_texts(const JsonReader *reader, const JsonPlace *place, const Field *field,
                           const Json *value, void *target)
{
    TextArray *ret_array = target;
    const char **items;
    size_t i = 0;
    int r;

    r = json_check_array(reader, place, field, value);
    if (r < 0)
        return r;
    items = arena_array(reader->arena, const char *, value->count);
    for (const Json *item = value->first; item; item = item->next) {
        JsonPlace element = { .parent = place, .index = i };

        if (item->kind != VALUE_TEXT)
            return json_blame(reader, &element, item, "must be a string");
        items[i++] = item->text;
    }
    *ret_array = (TextArray){ .items = items, .count = value->count, .is_present = true };
    return 0;
}

static int json_read_objects(const JsonReader *reader, const JsonPlace *place, const Field *field,
                             const Json *value, void *target)
{
    ObjectArray *ret_array = target;
    size_t i = 0;
    char *items;
    int r;

    r = json_check_array(reader, place, field, value);
    if (r < 0)
        return r;
    items = arena_alloc(reader->arena, value->count * field->item_bytes);
    for (const Json *item = value->first; item; item = item->next, i++) {
        JsonPlace element = { .parent = place, .index = i };

        r = json_read_fields(reader, &element, field->fields, item, items + i * field->item_bytes);
        if (r < 0)
            return r;
    }
    *ret_array = (ObjectArray){ .items = items, .count = value->count, .is_present = true };
    return 0;
}

static int json_read_object(const JsonReader *reader, const JsonPlace *place, const Field *field,
                            const Json *value, void *target)
{
    void **ret_object = target;
    void *object = arena_alloc(reader->arena, field->item_bytes);
    int r;

    r = json_read_fields(reader, place, field->fields, value, object);
    if (r < 0)
        return r;
    *ret_object = object;
    return 0;
}

static int json_read_integer(const JsonReader *reader, const JsonPlace *place, const Json *value,
                             void *target)
{
    int64_t *ret_number = target;

    if (value->kind != VALUE_INTEGER)
        return json_blame(reader, place, value, "must be an integer");
    *ret_number = value->integer;
    return 0;
}

static int json_read_boolean(const JsonReader *reader, const JsonPlace *place, const Json *value,
                             void *target)
{
    bool *ret_claim = target;

    if (value->kind != VALUE_TRUE && value->kind != VALUE_FALSE)
        return json_blame(reader, place, value, "must be a boolean");
    *ret_claim = value->kind == VALUE_TRUE;
    return 0;
}

static int json_read_raw(const JsonReader *reader, const Json *value, void *target)
{
    const char **ret_text = target;
    Buffer buffer;

    buffer_init(&buffer, reader->arena, 0);
    json_print_value(&buffer, value);
    *ret_text = buffer.text;
    return 0;
}

static int json_read_member(const JsonReader *reader, const JsonPlace *place, const Field *field,
                            const Json *value, void *target)
{
    switch (field->kind) {
    case JSON_TEXT: return json_read_text(reader, place, field, value, target);
    case JSON_TEXT_ARRAY: return json_read_texts(reader, place, field, value, target);
    case JSON_INTEGER: return json_read_integer(reader, place, value, target);
    case JSON_BOOLEAN: return json_read_boolean(reader, place, value, target);
    case JSON_OBJECT: return json_read_object(reader, place, field, value, target);
    case JSON_OBJECT_ARRAY: return json_read_objects(reader, place, field, value, target);
    case JSON_RAW: return json_read_raw(reader, value, target);
    }
    return fail(reader->failure, E_FAULT, "the field %s is of no kind", field->name);
}

static bool json_counts_as_absent(const Field *field, const Json *value)
{
    if (!value || value->kind == VALUE_NULL)
        return true;
    return field->kind == JSON_TEXT && !(field->flags & FIELD_KEEP_EMPTY) &&
           value->kind == VALUE_TEXT && value->count == 0;
}

static int json_read_fields(const JsonReader *reader, const JsonPlace *place, const Field *fields,
                            const Json *value, void *target)
{
    if (value->kind != VALUE_OBJECT)
        return json_blame(reader, place, value, "must be an object");
    for (const Field *field = fields; field->name; field++) {
        JsonPlace member = { .parent = place, .name = field->name };
        const Json *found = json_member(value, field->name);
        int r;

        if (!json_counts_as_absent(field, found)) {
            r = json_read_member(reader, &member, field, found, (char *)target + field->offset);
            if (r < 0)
                return r;
        } else if (field->flags & FIELD_REQUIRED) {
            return json_blame(reader, &member, found,
                              arena_print(reader->arena, "%s is required", field->name));
        }
    }
    return 0;
}

int json_read(const Json *json, const Field *fields, void *ret_struct, Arena *arena,
              Failure *failure)
{
    JsonReader reader = { .arena = arena, .failure = failure };
    JsonPlace root = { .parent = NULL };

    return json_read_fields(&reader, &root, fields, json, ret_struct);
}
