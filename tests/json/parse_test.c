/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/random.h>

#include "base/text.h"

#include "check.h"
#include "json/document.h"

/* What is accepted and what is not, in the manner of JSONTestSuite: y_ must be read, n_ must be
 * refused, i_ is left open by RFC 8259 and decided here. */

typedef struct Row {
    const char *name;
    const char *text;
    size_t size_bytes;
    bool is_accepted;
} Row;

#define ROW(name, text, is_accepted)              \
    {                                             \
        name, text, sizeof(text) - 1, is_accepted \
    }
#define Y(name, text)     ROW("y_" name, text, true)
#define N(name, text)     ROW("n_" name, text, false)
#define I_YES(name, text) ROW("i_" name, text, true)
#define I_NO(name, text)  ROW("i_" name, text, false)

/* clang-format off */
static const Row structures[] = {
    Y("object_empty",                "{}"),
    Y("array_empty",                 "[]"),
    Y("object_simple",               "{\"a\":1}"),
    Y("object_empty_name",           "{\"\":0}"),
    Y("object_name_escaped",         "{\"foo\\u0020bar\":42}"),
    Y("object_names_differ_in_case", "{\"a\":1,\"A\":2}"),
    Y("object_same_name_elsewhere",  "{\"a\":{\"a\":1},\"b\":{\"a\":2}}"),
    Y("array_mixed",                 "[null,true,false,1,1.5,\"a\",{},[]]"),
    Y("array_of_arrays",             "[[[[]]]]"),
    Y("array_spaces",                " [ 1 , 2 ] "),
    Y("all_white_space",             "\t\n\r {\t\n\r \"a\"\t\n\r :\t\n\r 1\t\n\r }\t\n\r "),
    Y("lonely_true",                 "true"),
    Y("lonely_false",                "false"),
    Y("lonely_null",                 "null"),
    Y("lonely_integer",              "42"),
    Y("lonely_negative",             "-1"),
    Y("lonely_text",                 "\"a\""),
    Y("lonely_empty_text",           "\"\""),
    N("empty",                       ""),
    N("only_space",                  " "),
    N("only_newline",                "\n"),
    N("only_quote",                  "\""),
    N("object_open",                 "{"),
    N("object_close",                "}"),
    N("array_open",                  "["),
    N("array_close",                 "]"),
    N("array_half",                  "[1"),
    N("array_half_comma",            "[1,"),
    N("object_half_name",            "{\"a\""),
    N("object_half_colon",           "{\"a\":"),
    N("object_half_value",           "{\"a\":1"),
    N("object_half_comma",           "{\"a\":1,"),
    N("array_closed_by_brace",       "[1}"),
    N("object_closed_by_bracket",    "{\"a\":1]"),
    N("array_trailing_comma",        "[1,]"),
    N("array_two_trailing_commas",   "[1,,]"),
    N("array_double_comma",          "[1,,2]"),
    N("array_only_comma",            "[,]"),
    N("array_leading_comma",         "[,1]"),
    N("array_no_comma",              "[1 2]"),
    N("array_colon",                 "[1:2]"),
    N("object_trailing_comma",       "{\"a\":1,}"),
    N("object_only_comma",           "{,}"),
    N("object_leading_comma",        "{,\"a\":1}"),
    N("object_double_comma",         "{\"a\":1,,\"b\":2}"),
    N("object_no_comma",             "{\"a\":1 \"b\":2}"),
    N("object_no_colon",             "{\"a\" 1}"),
    N("object_two_colons",           "{\"a\"::1}"),
    N("object_comma_for_colon",      "{\"a\",1}"),
    N("object_no_value",             "{\"a\":}"),
    N("object_no_name",              "{:1}"),
    N("object_only_value",           "{1}"),
    N("object_bare_name",            "{a:1}"),
    N("object_number_name",          "{1:1}"),
    N("object_null_name",            "{null:1}"),
    N("object_array_name",           "{[]:1}"),
    N("object_equals_sign",          "{\"a\"=1}"),
    N("object_single_quotes",        "{'a':1}"),
    N("single_quotes",               "'a'"),
    N("backticks",                   "`a`"),
    N("duplicate_name",              "{\"a\":1,\"a\":1}"),
    N("duplicate_name_later",        "{\"a\":1,\"b\":2,\"a\":3}"),
    N("duplicate_name_escaped",      "{\"a\":1,\"\\u0061\":2}"),
    N("duplicate_name_inner",        "[{\"b\":{\"a\":1,\"a\":2}}]"),
    N("duplicate_empty_name",        "{\"\":1,\"\":2}"),
    N("trailing_text",               "{} x"),
    N("trailing_bracket",            "[]]"),
    N("trailing_brace",              "{}}"),
    N("trailing_comma_at_end",       "{},"),
    N("trailing_number",             "1 2"),
    N("trailing_document",           "{}{}"),
    N("trailing_line",               "{}\n{}"),
    N("trailing_text_after_text",    "\"a\"\"b\""),
    N("trailing_semicolon",          "{};"),
    N("trailing_hash",               "{}#"),
    N("comment_line",                "{} // a"),
    N("comment_block",               "{/* a */}"),
    N("comment_block_at_end",        "[] /**/"),
    N("comment_hash",                "# a\n{}"),
    N("comment_html",                "<!-- -->{}"),
    N("xml",                         "<a/>"),
    N("bare_word",                   "abc"),
    N("true_capital",                "True"),
    N("true_upper",                  "TRUE"),
    N("true_half",                   "tru"),
    N("true_too_long",               "truee"),
    N("false_half",                  "[fals]"),
    N("null_half",                   "nul"),
    N("null_capital",                "Null"),
    N("null_with_digit",             "null0"),
    N("undefined",                   "undefined"),
    N("function_call",               "a({})"),
    N("parentheses",                 "({})"),
    N("prefix_of_scripts",           ")]}',\n{}"),
    N("star",                        "[*]"),
    N("at_sign",                     "@"),
    N("backslash_outside",           "[\\n]"),
    N("escaped_quote_outside",       "{\\\"a\\\":1}"),
};

static const Row numbers[] = {
    Y("zero",                    "0"),
    Y("minus_zero",              "-0"),
    Y("minus_zero_real",         "-0.0"),
    Y("zero_real",               "0.0"),
    Y("integer",                 "[123]"),
    Y("fraction",                "[123.456]"),
    Y("exponent",                "1e3"),
    Y("exponent_capital",        "1E3"),
    Y("exponent_plus",           "1e+3"),
    Y("exponent_minus",          "1e-3"),
    Y("exponent_leading_zeros",  "1e003"),
    Y("zero_exponent",           "0e1"),
    Y("zero_exponent_plus",      "0e+1"),
    Y("fraction_and_exponent",   "1.5e-7"),
    Y("int64_greatest",          "9223372036854775807"),
    Y("int64_least",             "-9223372036854775808"),
    Y("beyond_double_integers",  "9007199254740993"),
    Y("greatest_double",         "1.7976931348623157e308"),
    Y("close_to_zero",           "-0.000000000000000000000000000000000000000000000000000000000001"),
    I_NO("int64_greatest_plus_1",  "9223372036854775808"),
    I_NO("int64_least_minus_1",    "-9223372036854775809"),
    I_NO("uint64_greatest",        "18446744073709551615"),
    I_NO("huge_integer",           "100000000000000000000000000000000000000000000000"),
    I_NO("huge_exponent",          "1e400"),
    I_NO("huge_negative",          "-1e400"),
    I_NO("huge_exponent_digits",   "0.4e00669999999999999999999999999999999999999999999999999969999999006"),
    I_YES("many_digits",           "0.1000000000000000055511151231257827021181583404541015625"),
    I_YES("large_real",            "1e300"),
    N("leading_zero",            "01"),
    N("leading_zeros",           "00"),
    N("leading_zero_real",       "01.5"),
    N("minus_leading_zero",      "-01"),
    N("minus_two_zeros",         "-00"),
    N("leading_zero_in_array",   "[012]"),
    N("plus",                    "+1"),
    N("plus_plus",               "++1"),
    N("minus_alone",             "-"),
    N("minus_minus",             "--1"),
    N("minus_space",             "- 1"),
    N("minus_text",              "-a"),
    N("no_fraction",             "1."),
    N("no_fraction_in_array",    "[1.]"),
    N("no_fraction_exponent",    "1.e1"),
    N("no_integer",              ".5"),
    N("minus_no_integer",        "-.5"),
    N("dot_alone",               "."),
    N("two_dots",                "1.2.3"),
    N("no_exponent",             "1e"),
    N("no_exponent_real",        "1.5e"),
    N("no_exponent_plus",        "1e+"),
    N("no_exponent_minus",       "1e-"),
    N("exponent_fraction",       "1e1.5"),
    N("exponent_alone",          "e1"),
    N("two_exponents",           "1e1e1"),
    N("hexadecimal",             "0x10"),
    N("octal",                   "0o7"),
    N("binary",                  "0b1"),
    N("nan",                     "NaN"),
    N("nan_lower",               "[nan]"),
    N("minus_nan",               "-NaN"),
    N("infinity",                "Infinity"),
    N("minus_infinity",          "-Infinity"),
    N("inf",                     "[inf]"),
    N("underscore",              "1_000"),
    N("thousands",               "{\"a\":1,000}"),
    N("space_inside",            "1 000"),
    N("suffix",                  "1L"),
    N("suffix_real",             "1.5f"),
    N("fullwidth_digit",         "[\xEF\xBC\x91]"),
    N("arabic_digit",            "[\xD9\xA1]"),
    N("unicode_minus",           "[\xE2\x88\x92" "1]"),
    N("expression",              "[1+2]"),
    N("nul_behind",              "123\0"),
};

static const Row texts[] = {
    Y("all_escapes",             "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    Y("slash",                   "\"/\""),
    Y("unicode_escape",          "\"\\u00e9\""),
    Y("unicode_escape_capital",  "\"\\u00E9\""),
    Y("escaped_control",         "\"\\u0001\\u001f\""),
    Y("escaped_newline",         "\"\\u000a\""),
    Y("surrogate_pair",          "\"\\ud83d\\ude00\""),
    Y("last_character",          "\"\\udbff\\udfff\""),
    Y("escaped_backslash_u",     "\"\\\\u0000\""),
    Y("escaped_backslash_end",   "\"\\\\\""),
    Y("noncharacter_escaped",    "\"\\uffff\""),
    Y("noncharacter",            "\"\xEF\xBF\xBF\""),
    Y("utf8_2",                  "\"\xC3\xA9\""),
    Y("utf8_3",                  "\"\xE5\xBC\xA0\""),
    Y("utf8_4",                  "\"\xF0\x9F\x98\x80\""),
    Y("utf8_greatest",           "\"\xF4\x8F\xBF\xBF\""),
    Y("delete",                  "\"\x7f\""),
    Y("line_separator",          "\"\xE2\x80\xA8\""),
    Y("byte_order_mark_inside",  "\"\xEF\xBB\xBF\""),
    Y("comment_inside",          "\"/* a */ // b\""),
    Y("brackets_inside",         "\"[[[{{{\""),
    N("open",                    "\"abc"),
    N("open_in_array",           "[\"abc]"),
    N("close_only",              "abc\""),
    N("raw_newline",             "\"a\nb\""),
    N("raw_tab",                 "\"a\tb\""),
    N("raw_return",              "\"a\rb\""),
    N("raw_1",                   "\"\x01\""),
    N("raw_1f",                  "\"\x1f\""),
    N("raw_newline_in_name",     "{\"a\n\":1}"),
    N("raw_nul",                 "\"a\0b\""),
    N("raw_nul_in_name",         "{\"a\0b\":1}"),
    N("escaped_nul",             "\"\\u0000\""),
    N("escaped_nul_in_name",     "{\"a\\u0000\":1}"),
    N("escape_x",                "\"\\x41\""),
    N("escape_a",                "\"\\a\""),
    N("escape_v",                "\"\\v\""),
    N("escape_0",                "\"\\0\""),
    N("escape_quote",            "\"\\'\""),
    N("escape_space",            "\"\\ \""),
    N("escape_capital_u",        "\"\\U0041\""),
    N("escape_newline",          "\"\\\n\""),
    N("escape_emoji",            "\"\\\xF0\x9F\x98\x80\""),
    N("escape_at_end",           "\"\\"),
    N("escape_hides_quote",      "\"\\\""),
    N("escape_3_digits",         "\"\\u004\""),
    N("escape_no_digits",        "\"\\u\""),
    N("escape_bad_digit",        "\"\\u004g\""),
    N("escape_minus_digit",      "\"\\u-0e0\""),
    N("escape_braces",           "\"\\u{41}\""),
    I_NO("lone_high_surrogate",        "\"\\ud83d\""),
    I_NO("lone_low_surrogate",         "\"\\ude00\""),
    I_NO("high_surrogate_then_text",   "\"\\ud83dabc\""),
    I_NO("high_surrogate_then_escape", "\"\\ud83d\\n\""),
    I_NO("high_surrogate_twice",       "\"\\ud83d\\ud83d\""),
    I_NO("surrogates_swapped",         "\"\\ude00\\ud83d\""),
    I_NO("high_surrogate_half_escape", "\"\\ud83d\\u\""),
    I_NO("lone_surrogate_in_name",     "{\"\\ud83d\":1}"),
    I_NO("overlong_2",                 "\"\xC0\xAF\""),
    I_NO("overlong_nul",               "\"\xC0\x80\""),
    I_NO("overlong_3",                 "\"\xE0\x80\xAF\""),
    I_NO("overlong_4",                 "\"\xF0\x80\x80\xAF\""),
    I_NO("overlong_5",                 "\"\xF8\x80\x80\x80\xAF\""),
    I_NO("raw_surrogate",              "\"\xED\xA0\x80\""),
    I_NO("raw_surrogate_pair",         "\"\xED\xA0\xBD\xED\xB8\x80\""),
    I_NO("above_the_last_character",   "\"\xF4\x90\x80\x80\""),
    I_NO("byte_ff",                    "\"\xFF\""),
    I_NO("lone_tail",                  "\"\x81\""),
    I_NO("half_character",             "\"\xE5\xBC\""),
    I_NO("half_character_then_quote",  "\"\xF0\x9F\""),
    I_NO("latin_1",                    "\"\xE9\""),
    I_NO("invalid_in_name",            "{\"\xFF\":1}"),
};

static const Row encodings[] = {
    N("nul_alone",               "\0"),
    N("nul_before",              "\0{}"),
    N("nul_behind",              "{}\0"),
    N("nul_inside",              "[1\0]"),
    N("nul_for_space",           "{\"a\":\0" "1}"),
    I_NO("byte_order_mark",      "\xEF\xBB\xBF{}"),
    I_NO("byte_order_mark_alone", "\xEF\xBB\xBF"),
    I_NO("byte_order_mark_half", "\xEF\xBB{}"),
    I_NO("utf16_big",            "\xFE\xFF\0{\0}"),
    I_NO("utf16_little",         "\xFF\xFE{\0}\0"),
    I_NO("utf16_no_mark",        "\0{\0}"),
    N("no_break_space",          "[\xC2\xA0]"),
    N("word_joiner",             "[\xE2\x81\xA0]"),
    N("ideographic_space",       "[\xE3\x80\x80" "1]"),
    N("line_separator",          "[\xE2\x80\xA8" "1]"),
    N("next_line",               "[\xC2\x85]"),
    N("form_feed",               "[\f]"),
    N("vertical_tab",            "[\v1]"),
    N("backspace",               "[\b]"),
    N("delete",                  "[\x7f]"),
    N("escape_character",        "[\x1b]"),
    N("smart_quotes",            "[\xE2\x80\x9C" "a\xE2\x80\x9D]"),
    N("fullwidth_comma",         "[1\xEF\xBC\x8C" "2]"),
    N("fullwidth_colon",         "{\"a\"\xEF\xBC\x9A" "1}"),
    N("byte_ff_outside",         "[\xFF]"),
    N("half_character_outside",  "\xE5"),
};
/* clang-format on */

/* The bytes in memory of exactly their size, so that AddressSanitizer sees a read behind them. */
static bool is_accepted(const char *text, size_t size_bytes, Failure *failure)
{
    Arena *arena = arena_new();
    Json *json = NULL;
    char *bytes = malloc(size_bytes > 0 ? size_bytes : 1);
    int r;

    memcpy(bytes, text, size_bytes);
    r = json_parse(bytes, size_bytes, arena, &json, failure);
    free(bytes);
    arena_free(arena);
    return r == 0;
}

static void check_rows(const Row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const Row *row = &rows[i];
        Failure failure = { 0 };

        if (is_accepted(row->text, row->size_bytes, &failure) != row->is_accepted)
            CHECK_FAIL("%s: should be %s", row->name, row->is_accepted ? "accepted" : "refused");
        CHECK_INT(failure.code, row->is_accepted ? 0 : E_INVALID);
        CHECK(row->is_accepted || text_starts_with(failure.text, "not valid JSON: "));
        CHECK(text_is_utf8(failure.text, strlen(failure.text)));
    }
}

TEST(structures)
{
    check_rows(structures, COUNT_OF(structures));
}

TEST(numbers)
{
    check_rows(numbers, COUNT_OF(numbers));
}

TEST(texts)
{
    check_rows(texts, COUNT_OF(texts));
}

TEST(encodings)
{
    check_rows(encodings, COUNT_OF(encodings));
}

/* Whatever is accepted must be refused when its end is missing; whole numbers have none. */
TEST(every_half_of_an_object_is_refused)
{
    static const char text[] =
        "{\"a\":[1.5e3,\"\\ud83d\\ude00\xE5\xBC\xA0\",{\"b\":null}],\"c\":-0}";

    for (size_t size = 0; size < sizeof(text) - 1; size++) {
        Failure failure = { 0 };

        if (is_accepted(text, size, &failure))
            CHECK_FAIL("the first %zu bytes were accepted", size);
    }
    CHECK(is_accepted(text, sizeof(text) - 1, &(Failure){ 0 }));
}

/* count times opening, then middle, then count times closing. */
static bool is_nesting_accepted(const char *opening, const char *middle, const char *closing,
                                size_t count, Failure *failure)
{
    size_t opening_bytes = strlen(opening), closing_bytes = strlen(closing);
    size_t size_bytes = count * (opening_bytes + closing_bytes) + strlen(middle);
    char *text = malloc(size_bytes + 1), *at = text;
    bool accepted;

    for (size_t i = 0; i < count; i++, at += opening_bytes)
        memcpy(at, opening, opening_bytes);
    memcpy(at, middle, strlen(middle));
    at += strlen(middle);
    for (size_t i = 0; i < count; i++, at += closing_bytes)
        memcpy(at, closing, closing_bytes);
    accepted = is_accepted(text, size_bytes, failure);
    free(text);
    return accepted;
}

TEST(depth_has_a_limit)
{
    static const size_t refused[] = { JSON_DEPTH + 1, 2048, 2049, 100000, 1000000 };
    Failure failure = { 0 };

    CHECK(is_nesting_accepted("[", "", "]", JSON_DEPTH, &failure));
    CHECK(is_nesting_accepted("{\"a\":", "1", "}", JSON_DEPTH, &failure));
    CHECK(is_nesting_accepted("{\"\\\"[\":", "\"]\"", "}", JSON_DEPTH, &failure));
    CHECK(is_nesting_accepted("[{\"[[\":", "1", "}]", JSON_DEPTH / 2, &failure));
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        failure_clear(&failure);
        CHECK(!is_nesting_accepted("[", "", "]", refused[i], &failure));
        CHECK_TEXT(failure.text, "not valid JSON: more than 64 levels deep");
        CHECK(!is_nesting_accepted("{\"a\":", "1", "}", refused[i], &failure));
        CHECK(!is_nesting_accepted("[", "", "", refused[i], &failure));
        CHECK(!is_nesting_accepted("[{\"a\":", "1", "}]", refused[i], &failure));
        CHECK(!is_nesting_accepted("", "]", "[", refused[i], &failure));
    }
}

TEST(brackets_in_texts_and_siblings_are_not_depth)
{
    Failure failure = { 0 };

    CHECK(is_nesting_accepted("[", "[],[],[]", "]", JSON_DEPTH - 1, &failure));
    CHECK(is_nesting_accepted("",
                              "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
                              "[[[[\\\"[[[[{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{\"",
                              "", 0, &failure));
    CHECK_INT(failure.code, 0);
}

TEST(a_refusal_does_not_repeat_what_was_sent)
{
    static const char text[] = "{\"secret\" \"hunter2\"}";
    Failure failure = { 0 };

    CHECK(!is_accepted(text, sizeof(text) - 1, &failure));
    CHECK(strstr(failure.text, "hunter2") == NULL);
    CHECK(strstr(failure.text, "line 1") != NULL);
}

TEST(nothing_is_given_on_failure)
{
    Arena *arena = arena_new();
    Json *json = NULL;
    Failure failure = { 0 };

    CHECK_INT(json_parse(NULL, 0, arena, &json, &failure), E_INVALID);
    CHECK_INT(json_parse("[", 1, arena, &json, &failure), E_INVALID);
    CHECK(json == NULL);
    arena_free(arena);
}

/* The forms that take the most memory for their bytes: all that there may be fits into an arena
 * (which would end the process), and one more is refused. */
TEST(there_is_room_for_the_most_parts)
{
    static const char *const forms[] = { "{}", "[]", "0", "\"\"", "{\"a\":{}}", "[[]]" };

    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        size_t form_parts = 1; /* with the comma or bracket before it */
        size_t count;
        Arena *arena = arena_new();
        Failure failure = { 0 };
        Buffer text;

        for (const char *byte = forms[i]; *byte; byte++)
            form_parts += *byte == '[' || *byte == '{';
        count = JSON_PARTS_MOST / form_parts;
        buffer_init(&text, arena, 1 << 20);
        for (size_t value = 0; value < count; value++) {
            buffer_add(&text, value == 0 ? "[" : ",");
            buffer_add(&text, forms[i]);
        }
        buffer_add(&text, "]");
        CHECK(is_accepted(text.text, text.size_bytes, &failure));
        text.text[text.size_bytes - 1] = ',';
        for (size_t value = 0; value < 4; value++)
            buffer_add(&text, "0,");
        buffer_add(&text, "0]");
        CHECK(!is_accepted(text.text, text.size_bytes, &failure));
        arena_free(arena);
    }
}

TEST(objects_are_told_from_other_values)
{
    static const char *const others[] = { "[]", "1", "\"{}\"", "null", "true", "[{}]" };
    Arena *arena = arena_new();
    Json *json = NULL;

    CHECK_INT(json_parse("{}", 2, arena, &json, &(Failure){ 0 }), 0);
    CHECK(json_is_object(json));
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        CHECK_INT(json_parse(others[i], strlen(others[i]), arena, &json, &(Failure){ 0 }), 0);
        CHECK(!json_is_object(json));
    }
    arena_free(arena);
}

/* Bytes changed at random: parsing ends, and what was accepted prints as something acceptable. */
TEST(random_changes)
{
    static const char text[] =
        "{\"a\":[1,-2.5e3,\"\\u00e9\\n\xE5\xBC\xA0\",true,null],\"b\":{\"c\":\"\"},\"d\":\"x\"}";
    static const char alphabet[] = "{}[],:\"\\0123456789.eE+-ntfu \n\x01\x80\xC3\xFF/a";
    Arena *arena = arena_new();
    uint32_t seed = 0;

    CHECK_INT(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
    printf("# seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < 20000; round++) {
        Json *json = NULL;
        Failure failure = { 0 };
        char changed[sizeof(text)];
        Buffer printed;

        memcpy(changed, text, sizeof(text));
        for (int i = rand() % 4; i >= 0; i--)
            changed[(size_t)rand() % (sizeof(text) - 1)] =
                alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
        arena_reset(arena);
        if (json_parse(changed, sizeof(changed) - 1, arena, &json, &failure) < 0)
            continue;
        buffer_init(&printed, arena, 0);
        json_print_value(&printed, json);
        CHECK(is_accepted(printed.text, printed.size_bytes, &failure));
    }
    arena_free(arena);
}

CHECK_MAIN
