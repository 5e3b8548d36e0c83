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
static const char *json_shown_value(Arena *arena, json_t *node)
{
    Buffer buffer;

    if (!node)
        return NULL;
    if (json_typeof(node) == JSON_STRING)
        return json_string_value(node);
    buffer_init(&buffer, arena, FAILURE_VALUE_BYTES);
    json_print_node(&buffer, node);
    return buffer.text;
}

static int json_blame(const JsonReader *reader, const JsonPlace *place, json_t *node,
                      const char *what)
{
    Buffer path;

    buffer_init(&path, reader->arena, FAILURE_FIELD_BYTES);
    json_print_place(&path, place);
    return fail_field(reader->failure, E_INVALID, path.text, json_shown_value(reader->arena, node),
                      "%s", what);
}

static int json_blame_length(const JsonReader *reader, const JsonPlace *place, json_t *node,
                             const char *which, size_t limit)
{
    return json_blame(reader, place, node,
                      arena_print(reader->arena, "the %s len is %zu", which, limit));
}

static int json_read_fields(const JsonReader *reader, const JsonPlace *place, const Field *fields,
                            json_t *node, void *target);

static int json_read_text(const JsonReader *reader, const JsonPlace *place, const Field *field,
                          json_t *node, void *target)
{
    const char **ret_text = target;
    const char *text = json_string_value(node);
    size_t size_bytes;

    if (!text)
        return json_blame(reader, place, node, "must be a string");
    size_bytes = json_string_length(node);
    if (field->at_least > 0 && text_prefix_bytes(text, field->at_least - 1) == size_bytes)
        return json_blame_length(reader, place, node, "min", field->at_least);
    if (field->at_most > 0 && text_prefix_bytes(text, field->at_most) < size_bytes)
        return json_blame_length(reader, place, node, "max", field->at_most);
    *ret_text = text;
    return 0;
}

static int json_check_array(const JsonReader *reader, const JsonPlace *place, const Field *field,
                            json_t *node)
{
    size_t most = field->at_most > 0 ? field->at_most : JSON_ITEMS_MOST;

    if (json_typeof(node) != JSON_ARRAY)
        return json_blame(reader, place, node, "must be an array");
    if (json_array_size(node) < field->at_least)
        return json_blame_length(reader, place, node, "min", field->at_least);
    if (json_array_size(node) > most)
        return json_blame_length(reader, place, node, "max", most);
    return 0;
}

static int json_read_texts(const JsonReader *reader, const JsonPlace *place, const Field *field,
                           json_t *node, void *target)
{
    TextArray *ret_array = target;
    const char **items;
    size_t count;
    int r;

    r = json_check_array(reader, place, field, node);
    if (r < 0)
        return r;
    count = json_array_size(node);
    items = arena_array(reader->arena, const char *, count);
    for (size_t i = 0; i < count; i++) {
        JsonPlace element = { .parent = place, .index = i };
        json_t *item = json_array_get(node, i);

        if (json_typeof(item) != JSON_STRING)
            return json_blame(reader, &element, item, "must be a string");
        items[i] = arena_copy(reader->arena, json_string_value(item), json_string_length(item));
    }
    *ret_array = (TextArray){ .items = items, .count = count, .is_present = true };
    return 0;
}

static int json_read_objects(const JsonReader *reader, const JsonPlace *place, const Field *field,
                             json_t *node, void *target)
{
    ObjectArray *ret_array = target;
    size_t count;
    char *items;
    int r;

    r = json_check_array(reader, place, field, node);
    if (r < 0)
        return r;
    count = json_array_size(node);
    items = arena_alloc(reader->arena, count * field->item_bytes);
    for (size_t i = 0; i < count; i++) {
        JsonPlace element = { .parent = place, .index = i };

        r = json_read_fields(reader, &element, field->fields, json_array_get(node, i),
                             items + i * field->item_bytes);
        if (r < 0)
            return r;
    }
    *ret_array = (ObjectArray){ .items = items, .count = count, .is_present = true };
    return 0;
}

static int json_read_object(const JsonReader *reader, const JsonPlace *place, const Field *field,
                            json_t *node, void *target)
{
    void **ret_object = target;
    void *object = arena_alloc(reader->arena, field->item_bytes);
    int r;

    r = json_read_fields(reader, place, field->fields, node, object);
    if (r < 0)
        return r;
    *ret_object = object;
    return 0;
}

static int json_read_integer(const JsonReader *reader, const JsonPlace *place, json_t *node,
                             void *target)
{
    int64_t *ret_number = target;

    if (json_typeof(node) != JANSSON_INTEGER)
        return json_blame(reader, place, node, "must be an integer");
    *ret_number = json_integer_value(node);
    return 0;
}

static int json_read_boolean(const JsonReader *reader, const JsonPlace *place, json_t *node,
                             void *target)
{
    bool *ret_claim = target;

    if (json_typeof(node) != JSON_TRUE && json_typeof(node) != JSON_FALSE)
        return json_blame(reader, place, node, "must be a boolean");
    *ret_claim = json_typeof(node) == JSON_TRUE;
    return 0;
}

static int json_read_raw(const JsonReader *reader, json_t *node, void *target)
{
    const char **ret_text = target;
    Buffer buffer;

    buffer_init(&buffer, reader->arena, 0);
    json_print_node(&buffer, node);
    *ret_text = buffer.text;
    return 0;
}

static int json_read_member(const JsonReader *reader, const JsonPlace *place, const Field *field,
                            json_t *node, void *target)
{
    switch (field->kind) {
    case JSON_TEXT: return json_read_text(reader, place, field, node, target);
    case JSON_TEXT_ARRAY: return json_read_texts(reader, place, field, node, target);
    case JSON_INTEGER: return json_read_integer(reader, place, node, target);
    case JSON_BOOLEAN: return json_read_boolean(reader, place, node, target);
    case JSON_OBJECT: return json_read_object(reader, place, field, node, target);
    case JSON_OBJECT_ARRAY: return json_read_objects(reader, place, field, node, target);
    case JSON_RAW: return json_read_raw(reader, node, target);
    }
    return fail(reader->failure, E_FAULT, "the field %s is of no kind", field->name);
}

static bool json_counts_as_absent(const Field *field, json_t *node)
{
    if (!node || json_typeof(node) == JSON_NULL)
        return true;
    return field->kind == JSON_TEXT && !(field->flags & FIELD_KEEP_EMPTY) &&
           json_typeof(node) == JSON_STRING && json_string_length(node) == 0;
}

static int json_read_fields(const JsonReader *reader, const JsonPlace *place, const Field *fields,
                            json_t *node, void *target)
{
    if (json_typeof(node) != JANSSON_OBJECT)
        return json_blame(reader, place, node, "must be an object");
    for (const Field *field = fields; field->name; field++) {
        JsonPlace member = { .parent = place, .name = field->name };
        json_t *value = json_object_get(node, field->name);
        int r;

        if (!json_counts_as_absent(field, value)) {
            r = json_read_member(reader, &member, field, value, (char *)target + field->offset);
            if (r < 0)
                return r;
        } else if (field->flags & FIELD_REQUIRED) {
            return json_blame(reader, &member, value,
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

    return json_read_fields(&reader, &root, fields, json->root, ret_struct);
}
