/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/random.h>

#include "check.h"
#include "json/document.h"

DEFINE_CLEANUP(Arena *, arena_free)

/* text, parsed and printed; NULL when it was refused. */
static const char *again(Arena *arena, const char *text)
{
    Json *json = NULL;
    Failure failure = { 0 };
    Buffer buffer;

    if (json_parse(text, strlen(text), arena, &json, &failure) < 0)
        return NULL;
    buffer_init(&buffer, arena, 0);
    json_print_value(&buffer, json);
    return buffer.text;
}

typedef struct Pair {
    const char *text;
    const char *printed;
} Pair;

TEST(values_are_compact_and_keep_their_order)
{
    static const Pair pairs[] = {
        { " { } ", "{}" },
        { "[ ]", "[]" },
        { "null", "null" },
        { "[true , false]", "[true,false]" },
        { "{\"z\":1, \"a\":[ {\"b\":null} , {} ], \"m\":\"\"}",
          "{\"z\":1,\"a\":[{\"b\":null},{}],\"m\":\"\"}" },
        { "{\"\":{\"\":[]}}", "{\"\":{\"\":[]}}" },
        { "\"\\/\\u0041\\u00e9\\u5f20\\ud83d\\ude00\"", "\"/Aé张😀\"" },
        { "\"\\u000a\\u0008\\u000c\\u000d\\u0009\\u000b\\u001F\"",
          "\"\\n\\b\\f\\r\\t\\u000b\\u001f\"" },
        { "{\"a\\\"b\\\\\\n\":1}", "{\"a\\\"b\\\\\\n\":1}" },
        { "\"\x7f\xE2\x80\xA8\"", "\"\x7f\xE2\x80\xA8\"" },
    };

    _cleanup_(arena_freep) Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(pairs); i++)
        CHECK_TEXT(again(arena, pairs[i].text), pairs[i].printed);
}

TEST(many_members_keep_their_order)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Buffer buffer;

    buffer_init(&buffer, arena, 0);
    buffer_add_char(&buffer, '{');
    for (int i = 0; i < 1000; i++)
        buffer_print(&buffer, "%s\"member%d\":%d", i > 0 ? "," : "", i * 7919 % 1000, i);
    buffer_add_char(&buffer, '}');
    CHECK_TEXT(again(arena, buffer.text), buffer.text);
}

/* As JSON.stringify(JSON.parse(text)) gives them, but integers are not rounded. */
static const Pair number_pairs[] = {
    { "0", "0" },
    { "-0", "0" },
    { "-0.0", "0" },
    { "0e5", "0" },
    { "1.0", "1" },
    { "-1.50", "-1.5" },
    { "1e2", "100" },
    { "100e-2", "1" },
    { "1.25e1", "12.5" },
    { "0.1", "0.1" },
    { "0.30000000000000004", "0.30000000000000004" },
    { "0.1000000000000000055511151231257827021181583404541015625", "0.1" },
    { "3.141592653589793", "3.141592653589793" },
    { "123456789.125", "123456789.125" },
    { "1e20", "100000000000000000000" },
    { "123456789012345680000.0", "123456789012345680000" },
    { "1e21", "1e+21" },
    { "1.5e21", "1.5e+21" },
    { "-1e300", "-1e+300" },
    { "1.7976931348623157e308", "1.7976931348623157e+308" },
    { "0.000001", "0.000001" },
    { "0.00000123", "0.00000123" },
    { "0.0000001", "1e-7" },
    { "1.23e-7", "1.23e-7" },
    { "5e-324", "5e-324" },
    { "2.2250738585072014e-308", "2.2250738585072014e-308" },
    { "1e-400", "0" },
    { "9007199254740993", "9007199254740993" },
    { "9223372036854775807", "9223372036854775807" },
    { "-9223372036854775808", "-9223372036854775808" },
};

TEST(numbers_are_printed_as_javascript_does)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();

    for (size_t i = 0; i < COUNT_OF(number_pairs); i++)
        CHECK_TEXT(again(arena, number_pairs[i].text), number_pairs[i].printed);
}

TEST(random_doubles_read_back_as_themselves)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    uint32_t seed = 0;

    CHECK_INT(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
    printf("# seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < 5000; round++) {
        uint64_t bits = (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();
        char text[40];
        const char *printed;
        double number;

        memcpy(&number, &bits, sizeof(number));
        if (number - number != 0) /* not finite */
            continue;
        snprintf(text, sizeof(text), "%.17e", number);
        arena_reset(arena);
        printed = again(arena, text);
        CHECK(printed != NULL);
        CHECK(strtod(printed, NULL) == number);
        CHECK(strlen(printed) <= 25);
    }
}

typedef struct Part {
    const char *text;
    int64_t number;
} Part;

typedef struct Whole {
    const char *text;
    const char *raw;
    int64_t number;
    bool claim;
    TextArray texts;
    Part *part;
    ObjectArray parts;
} Whole;

#define WHOLE_FIELDS(flags)                                                                      \
    {                                                                                            \
        FIELD(Whole, text, JSON_TEXT, flags), FIELD(Whole, raw, JSON_RAW, flags),                \
            FIELD(Whole, number, JSON_INTEGER, flags), FIELD(Whole, claim, JSON_BOOLEAN, flags), \
            FIELD(Whole, texts, JSON_TEXT_ARRAY, flags),                                         \
            FIELD(Whole, part, JSON_OBJECT, flags, .fields = part_fields,                        \
                  .item_bytes = sizeof(Part)),                                                   \
            FIELD(Whole, parts, JSON_OBJECT_ARRAY, flags, .fields = part_fields,                 \
                  .item_bytes = sizeof(Part)),                                                   \
            FIELDS_END                                                                           \
    }

static const Field part_fields[] = { FIELD(Part, text, JSON_TEXT, 0),
                                     FIELD(Part, number, JSON_INTEGER, 0), FIELDS_END };
static const Field optional_fields[] = WHOLE_FIELDS(0);
static const Field required_fields[] = WHOLE_FIELDS(FIELD_REQUIRED);

static const char *printed_struct(Arena *arena, const Field *fields, const Whole *whole)
{
    Buffer buffer;

    buffer_init(&buffer, arena, 0);
    json_print(&buffer, fields, whole);
    return buffer.text;
}

TEST(absent_members_are_left_out_or_empty)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Whole whole = { 0 };

    CHECK_TEXT(printed_struct(arena, optional_fields, &whole), "{\"number\":0,\"claim\":false}");
    CHECK_TEXT(printed_struct(arena, required_fields, &whole),
               "{\"text\":\"\",\"raw\":null,\"number\":0,\"claim\":false,\"texts\":[],"
               "\"part\":{},\"parts\":[]}");
}

TEST(present_members_are_printed_in_the_tables_order)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    const char *items[] = { "a", "\"", "" };
    Part part = { .text = "p", .number = -1 };
    Part parts[] = { { .text = "q" }, { .number = INT64_MAX } };
    Whole whole = { .text = "张/\n",
                    .raw = "[1,{}]",
                    .number = 7,
                    .claim = true,
                    .texts = { .items = items, .count = 3, .is_present = true },
                    .part = &part,
                    .parts = { .items = parts, .count = 2, .is_present = true } };
    const char *wanted = "{\"text\":\"张/\\n\",\"raw\":[1,{}],\"number\":7,\"claim\":true,"
                         "\"texts\":[\"a\",\"\\\"\",\"\"],\"part\":{\"text\":\"p\",\"number\":-1},"
                         "\"parts\":[{\"text\":\"q\",\"number\":0},"
                         "{\"number\":9223372036854775807}]}";

    CHECK_TEXT(printed_struct(arena, optional_fields, &whole), wanted);
    CHECK_TEXT(printed_struct(arena, required_fields, &whole), wanted);
}

TEST(empty_but_present_members_are_printed)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Part part = { 0 };
    Whole whole = {
        .text = "", .texts = { .is_present = true }, .part = &part, .parts = { .is_present = true }
    };

    CHECK_TEXT(printed_struct(arena, optional_fields, &whole),
               "{\"text\":\"\",\"number\":0,\"claim\":false,\"texts\":[],\"part\":{\"number\":0},"
               "\"parts\":[]}");
}

TEST(an_empty_table_gives_an_empty_object)
{
    static const Field none[] = { FIELDS_END };

    _cleanup_(arena_freep) Arena *arena = arena_new();
    CHECK_TEXT(printed_struct(arena, none, &(Whole){ 0 }), "{}");
}

CHECK_MAIN
