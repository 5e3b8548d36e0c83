/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "check.h"
#include "json/json.h"

DEFINE_CLEANUP(Arena *, arena_free)

typedef struct Label {
    const char *code;
    const char *text;
} Label;

typedef struct Owner {
    const char *id;
    ObjectArray labels;
} Owner;

typedef struct Draft {
    const char *name;
    const char *remark;
    TextArray ids;
    int64_t count;
    bool is_open;
    Owner *owner;
    ObjectArray labels;
    const char *extra;
} Draft;

static const Field label_fields[] = {
    FIELD(Label, code, JSON_TEXT, FIELD_REQUIRED),
    FIELD(Label, text, JSON_TEXT, 0, .at_most = 5),
    FIELDS_END,
};

static const Field owner_fields[] = {
    FIELD(Owner, id, JSON_TEXT, FIELD_REQUIRED),
    FIELD(Owner, labels, JSON_OBJECT_ARRAY, 0, .fields = label_fields, .item_bytes = sizeof(Label)),
    FIELDS_END,
};

static const Field draft_fields[] = {
    FIELD(Draft, name, JSON_TEXT, FIELD_REQUIRED, .at_least = 2, .at_most = 4),
    FIELD(Draft, remark, JSON_TEXT, FIELD_KEEP_EMPTY),
    FIELD(Draft, ids, JSON_TEXT_ARRAY, 0, .at_least = 1, .at_most = 3),
    FIELD(Draft, count, JSON_INTEGER, 0),
    FIELD(Draft, is_open, JSON_BOOLEAN, 0),
    FIELD(Draft, owner, JSON_OBJECT, 0, .fields = owner_fields, .item_bytes = sizeof(Owner)),
    FIELD(Draft, labels, JSON_OBJECT_ARRAY, 0, .at_most = 2, .fields = label_fields,
          .item_bytes = sizeof(Label)),
    FIELD(Draft, extra, JSON_RAW, 0),
    FIELDS_END,
};

static int read_fields(const char *text, const Field *fields, void *ret_struct, Arena *arena,
                       Failure *failure)
{
    Json *json = NULL;
    int r;

    r = json_parse(text, strlen(text), arena, &json, failure);
    if (r < 0)
        return r;
    return json_read(json, fields, ret_struct, arena, failure);
}

TEST(every_kind_is_read)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Failure failure = { 0 };
    Draft draft = { 0 };
    const Label *labels;

    CHECK_INT(read_fields("{\"name\":\"n张\",\"remark\":\"r\",\"ids\":[\"a\",\"\"],"
                          "\"count\":-9223372036854775808,\"is_open\":true,\"unknown\":[{}],"
                          "\"owner\":{\"id\":\"o\",\"labels\":[]},"
                          "\"labels\":[{\"code\":\"1\",\"text\":\"one\"},{\"code\":\"2\"}],"
                          "\"extra\":{ \"b\" : [1.0, \"\\u00e9\"], \"a\" : null }}",
                          draft_fields, &draft, arena, &failure),
              0);
    CHECK_INT(failure.code, 0);
    CHECK_TEXT(draft.name, "n张");
    CHECK_TEXT(draft.remark, "r");
    CHECK(draft.ids.is_present);
    CHECK_INT(draft.ids.count, 2);
    CHECK_TEXT(draft.ids.items[0], "a");
    CHECK_TEXT(draft.ids.items[1], "");
    CHECK_INT(draft.count, INT64_MIN);
    CHECK(draft.is_open);
    CHECK(draft.owner != NULL);
    CHECK_TEXT(draft.owner->id, "o");
    CHECK(draft.owner->labels.is_present);
    CHECK_INT(draft.owner->labels.count, 0);
    CHECK_INT(draft.labels.count, 2);
    labels = draft.labels.items;
    CHECK_TEXT(labels[0].text, "one");
    CHECK_TEXT(labels[1].code, "2");
    CHECK_TEXT(labels[1].text, NULL);
    CHECK_TEXT(draft.extra, "{\"b\":[1,\"é\"],\"a\":null}");
}

TEST(null_and_empty_count_as_absent)
{
    static const char *const texts[] = {
        "{\"name\":\"nn\"}",
        "{\"name\":\"nn\",\"remark\":null,\"ids\":null,\"count\":null,\"is_open\":null,"
        "\"owner\":null,\"labels\":null,\"extra\":null}",
    };

    _cleanup_(arena_freep) Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        Failure failure = { 0 };
        Draft draft = { 0 };

        CHECK_INT(read_fields(texts[i], draft_fields, &draft, arena, &failure), 0);
        CHECK_TEXT(draft.remark, NULL);
        CHECK(!draft.ids.is_present && !draft.labels.is_present && !draft.is_open);
        CHECK_INT(draft.count, 0);
        CHECK(draft.owner == NULL);
        CHECK_TEXT(draft.extra, NULL);
    }
}

TEST(keep_empty_keeps_empty_texts)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Failure failure = { 0 };
    Draft draft = { 0 };

    CHECK_INT(read_fields("{\"name\":\"nn\",\"remark\":\"\",\"labels\":[{\"code\":\"1\","
                          "\"text\":\"\"}],\"extra\":\"\"}",
                          draft_fields, &draft, arena, &failure),
              0);
    CHECK_TEXT(draft.remark, "");
    CHECK_TEXT(((Label *)draft.labels.items)[0].text, NULL);
    CHECK_TEXT(draft.extra, "\"\"");
}

typedef struct Refusal {
    const char *text; /* the document */
    const char *field;
    const char *value;
    const char *what;
} Refusal;

/* clang-format off */
#define NAMED "{\"name\":\"nn\","

static const Refusal refusals[] = {
    { "[]",                                 "", "[]",                    "must be an object" },
    { "1",                                  "", "1",                     "must be an object" },
    { "null",                               "", "null",                  "must be an object" },
    { "\"{}\"",                             "", "{}",                    "must be an object" },
    { "{}",                                 "name", "",                  "name is required" },
    { "{\"name\":null}",                    "name", "null",              "name is required" },
    { "{\"name\":\"\"}",                    "name", "",                  "name is required" },
    { "{\"Name\":\"nn\"}",                  "name", "",                  "name is required" },
    { "{\"name\":5}",                       "name", "5",                 "must be a string" },
    { "{\"name\":0}",                       "name", "0",                 "must be a string" },
    { "{\"name\":1.50}",                    "name", "1.5",               "must be a string" },
    { "{\"name\":true}",                    "name", "true",              "must be a string" },
    { "{\"name\":[\"nn\"]}",                "name", "[\"nn\"]",          "must be a string" },
    { "{\"name\":{\"a\": 1}}",              "name", "{\"a\":1}",         "must be a string" },
    { "{\"name\":\"n\"}",                   "name", "n",                 "the min len is 2" },
    { "{\"name\":\"张\"}",                  "name", "张",                "the min len is 2" },
    { "{\"name\":\"nnnnn\"}",               "name", "nnnnn",             "the max len is 4" },
    { "{\"name\":\"张伟张伟张\"}",          "name", "张伟张伟张",        "the max len is 4" },
    { NAMED "\"ids\":\"a\"}",               "ids", "a",                  "must be an array" },
    { NAMED "\"ids\":{}}",                  "ids", "{}",                 "must be an array" },
    { NAMED "\"ids\":[]}",                  "ids", "[]",                 "the min len is 1" },
    { NAMED "\"ids\":[\"1\",\"2\",\"3\",\"4\"]}", "ids", "[\"1\",\"2\",\"3\",\"4\"]", "the max len is 3" },
    { NAMED "\"ids\":[\"a\",7]}",           "ids[1]", "7",               "must be a string" },
    { NAMED "\"ids\":[null]}",              "ids[0]", "null",            "must be a string" },
    { NAMED "\"ids\":[[\"a\"]]}",           "ids[0]", "[\"a\"]",         "must be a string" },
    { NAMED "\"count\":\"5\"}",             "count", "5",                "must be an integer" },
    { NAMED "\"count\":1.5}",               "count", "1.5",              "must be an integer" },
    { NAMED "\"count\":1e3}",               "count", "1000",             "must be an integer" },
    { NAMED "\"count\":true}",              "count", "true",             "must be an integer" },
    { NAMED "\"is_open\":\"true\"}",        "is_open", "true",           "must be a boolean" },
    { NAMED "\"is_open\":1}",               "is_open", "1",              "must be a boolean" },
    { NAMED "\"owner\":[]}",                "owner", "[]",               "must be an object" },
    { NAMED "\"owner\":\"o\"}",             "owner", "o",                "must be an object" },
    { NAMED "\"owner\":{}}",                "owner.id", "",              "id is required" },
    { NAMED "\"owner\":{\"id\":3}}",        "owner.id", "3",             "must be a string" },
    { NAMED "\"owner\":{\"id\":\"o\",\"labels\":[{\"code\":\"1\"},{\"code\":\"2\",\"text\":9}]}}",
                                            "owner.labels[1].text", "9", "must be a string" },
    { NAMED "\"labels\":{}}",               "labels", "{}",              "must be an array" },
    { NAMED "\"labels\":[1]}",              "labels[0]", "1",            "must be an object" },
    { NAMED "\"labels\":[null]}",           "labels[0]", "null",         "must be an object" },
    { NAMED "\"labels\":[{}]}",             "labels[0].code", "",        "code is required" },
    { NAMED "\"labels\":[{\"code\":\"1\"},{\"code\":\"\"}]}", "labels[1].code", "", "code is required" },
    { NAMED "\"labels\":[{\"code\":\"1\",\"text\":\"123456\"}]}", "labels[0].text", "123456", "the max len is 5" },
    { NAMED "\"labels\":[{},{},{}]}",       "labels", "[{},{},{}]",      "the max len is 2" },
};
/* clang-format on */

TEST(refusals_name_the_field_and_the_value)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();

    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        const Refusal *row = &refusals[i];
        Failure failure = { 0 };
        Draft draft = { 0 };

        if (read_fields(row->text, draft_fields, &draft, arena, &failure) != E_INVALID)
            CHECK_FAIL("%s was not refused", row->text);
        CHECK_TEXT(failure.field, row->field);
        CHECK_TEXT(failure.value, row->value);
        CHECK_TEXT(failure.text, row->what);
        CHECK_INT(failure.code, E_INVALID);
    }
}

TEST(lengths_on_the_limit_are_accepted)
{
    static const char *const texts[] = {
        "{\"name\":\"nn\"}",
        "{\"name\":\"nnnn\"}",
        "{\"name\":\"张伟\"}",
        "{\"name\":\"张伟😀é\"}",
        "{\"name\":\"nn\",\"ids\":[\"1\"]}",
        "{\"name\":\"nn\",\"ids\":[\"1\",\"2\",\"3\"]}",
        "{\"name\":\"nn\",\"labels\":[]}",
        "{\"name\":\"nn\",\"labels\":[{\"code\":\"1\",\"text\":\"12345\"},{\"code\":\"2\"}]}",
    };

    _cleanup_(arena_freep) Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        Failure failure = { 0 };
        Draft draft = { 0 };

        if (read_fields(texts[i], draft_fields, &draft, arena, &failure) < 0)
            CHECK_FAIL("%s: %s", texts[i], failure.text);
    }
}

TEST(raw_values_of_every_kind)
{
    static const char *const rows[][2] = {
        { "1", "1" },         { "-0.5", "-0.5" },      { "true", "true" }, { "false", "false" },
        { "\"a\"", "\"a\"" }, { "[ 1, 2 ]", "[1,2]" }, { "{ }", "{}" },
    };

    _cleanup_(arena_freep) Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Failure failure = { 0 };
        Draft draft = { 0 };
        char *text = arena_print(arena, "{\"name\":\"nn\",\"extra\":%s}", rows[i][0]);

        CHECK_INT(read_fields(text, draft_fields, &draft, arena, &failure), 0);
        CHECK_TEXT(draft.extra, rows[i][1]);
    }
}

TEST(long_values_are_shortened_and_stay_utf8)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Failure failure = { 0 };
    Draft draft = { 0 };
    Buffer text;

    buffer_init(&text, arena, 0);
    buffer_add(&text, "{\"name\":[\"");
    for (int i = 0; i < 1000; i++)
        buffer_add(&text, "张");
    buffer_add(&text, "\"]}");
    CHECK_INT(read_fields(text.text, draft_fields, &draft, arena, &failure), E_INVALID);
    CHECK(text_starts_with(failure.value, "[\"张张"));
    CHECK(strlen(failure.value) > FAILURE_VALUE_BYTES - 4);
    CHECK(text_is_utf8(failure.value, strlen(failure.value)));
}

TEST(arrays_without_a_limit_have_the_rooms_own)
{
    static const Field fields[] = { FIELD(Draft, ids, JSON_TEXT_ARRAY, 0),
                                    FIELD(Draft, labels, JSON_OBJECT_ARRAY, 0,
                                          .fields = label_fields, .item_bytes = sizeof(Label)),
                                    FIELDS_END };

    _cleanup_(arena_freep) Arena *arena = arena_new();
    for (int extra = 0; extra < 2; extra++) {
        Failure failure = { 0 };
        Draft draft = { 0 };
        Buffer text;

        buffer_init(&text, arena, 0);
        buffer_add(&text, "{\"labels\":[{\"code\":\"1\"}");
        for (int i = 1; i < JSON_ITEMS_MOST + extra; i++)
            buffer_add(&text, ",{\"code\":\"1\"}");
        buffer_add(&text, "]}");
        CHECK_INT(read_fields(text.text, fields, &draft, arena, &failure), extra ? E_INVALID : 0);
        CHECK_TEXT(failure.text, extra ? "the max len is 10000" : "");
    }
}

/* A table may describe itself: the document's depth ends it. */
typedef struct Nest {
    struct Nest *inner;
} Nest;

static const Field nest_fields[] = {
    FIELD(Nest, inner, JSON_OBJECT, 0, .fields = nest_fields, .item_bytes = sizeof(Nest)),
    FIELDS_END,
};

TEST(recursive_tables_go_as_deep_as_documents)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Failure failure = { 0 };
    Nest nest = { 0 };
    Buffer text, printed;
    int depth = 0;

    buffer_init(&text, arena, 0);
    buffer_init(&printed, arena, 0);
    for (int i = 1; i < JSON_DEPTH; i++)
        buffer_add(&text, "{\"inner\":");
    buffer_add(&text, "{}");
    for (int i = 1; i < JSON_DEPTH; i++)
        buffer_add_char(&text, '}');
    CHECK_INT(read_fields(text.text, nest_fields, &nest, arena, &failure), 0);
    for (const Nest *at = &nest; at; at = at->inner)
        depth++;
    CHECK_INT(depth, JSON_DEPTH);
    json_print(&printed, nest_fields, &nest);
    CHECK_TEXT(printed.text, text.text);
}

TEST(the_first_failure_is_kept)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Failure failure = { 0 };
    Draft draft = { 0 };

    CHECK_INT(read_fields("{\"ids\":5,\"count\":\"x\"}", draft_fields, &draft, arena, &failure),
              E_INVALID);
    CHECK_TEXT(failure.field, "name");
    CHECK(failure.file != NULL && failure.line > 0);
}

CHECK_MAIN
