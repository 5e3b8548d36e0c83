/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

#include "check.h"

TEST(null_equals_only_null)
{
    CHECK(text_equal(NULL, NULL));
    CHECK(!text_equal(NULL, ""));
    CHECK(!text_equal("", NULL));
    CHECK(text_equal("a", "a"));
    CHECK(!text_equal("a", "A"));
    CHECK(text_is_empty(NULL));
    CHECK(text_is_empty(""));
    CHECK(!text_is_empty(" "));
    CHECK(text_starts_with("abc", ""));
    CHECK(text_starts_with("abc", "abc"));
    CHECK(!text_starts_with("abc", "abcd"));
    CHECK(!text_starts_with("abc", "b"));
}

TEST(utf8_is_strict)
{
    static const struct {
        const char *bytes;
        bool is_utf8;
    } rows[] = {
        { "", true },
        { "ascii", true },
        { "\x7f", true },
        { "\xC2\x80", true },
        { "\xDF\xBF", true },
        { "\xE0\xA0\x80", true },
        { "\xED\x9F\xBF", true },
        { "\xEE\x80\x80", true },
        { "\xEF\xBF\xBF", true },
        { "\xF0\x90\x80\x80", true },
        { "\xF4\x8F\xBF\xBF", true },
        { "12345678张12345678", true },
        { "\x80", false },
        { "\xBF", false },
        { "\xC0\x80", false },
        { "\xC1\xBF", false },
        { "\xC2", false },
        { "\xC2\x41", false },
        { "\xC2\xC2", false },
        { "\xE0\x80\x80", false },
        { "\xE0\x9F\xBF", false },
        { "\xE5\xBC", false },
        { "\xE5\xBC\x41", false },
        { "\xED\xA0\x80", false },
        { "\xED\xBF\xBF", false },
        { "\xF0\x8F\xBF\xBF", false },
        { "\xF0\x9F\x98", false },
        { "\xF0\x9F\x98\x41", false },
        { "\xF4\x90\x80\x80", false },
        { "\xF5\x80\x80\x80", false },
        { "\xF8\x88\x80\x80\x80", false },
        { "\xFE", false },
        { "\xFF", false },
        { "1234567\xFF", false },
        { "12345678\xFF", false },
        { "12345678abc\xE5\xBC", false },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t size_bytes = strlen(rows[i].bytes);

        if (text_is_utf8(rows[i].bytes, size_bytes) != rows[i].is_utf8)
            CHECK_FAIL("row %zu", i);
    }
    CHECK(text_is_utf8("a\0b", 3));
    CHECK(!text_is_utf8("张", 2)); /* what stands behind the end is not looked at */
}

TEST(characters_have_sizes)
{
    CHECK_INT(text_character_bytes("", 0), 0);
    CHECK_INT(text_character_bytes("a", 1), 1);
    CHECK_INT(text_character_bytes("\0", 1), 1);
    CHECK_INT(text_character_bytes("é", 2), 2);
    CHECK_INT(text_character_bytes("张x", 4), 3);
    CHECK_INT(text_character_bytes("😀", 4), 4);
    CHECK_INT(text_character_bytes("😀", 3), 0);
}

TEST(prefixes_count_characters)
{
    CHECK_INT(text_prefix_bytes("", 0), 0);
    CHECK_INT(text_prefix_bytes("", 5), 0);
    CHECK_INT(text_prefix_bytes("abc", 0), 0);
    CHECK_INT(text_prefix_bytes("abc", 2), 2);
    CHECK_INT(text_prefix_bytes("abc", 3), 3);
    CHECK_INT(text_prefix_bytes("abc", 4), 3);
    CHECK_INT(text_prefix_bytes("张伟a", 1), 3);
    CHECK_INT(text_prefix_bytes("张伟a", 2), 6);
    CHECK_INT(text_prefix_bytes("张伟a", 3), 7);
    CHECK_INT(text_prefix_bytes("😀é", 1), 4);
}

TEST(numbers_are_plain_digits)
{
    static const char *const refused[] = { "",   "-1",   "+1",  " 1",  "1 ",
                                           "1.", "0x10", "1e3", "abc", "1234567890123456789" };
    int64_t number = -1;

    for (size_t i = 0; i < COUNT_OF(refused); i++)
        CHECK_INT(text_parse_number(refused[i], &number), E_INVALID);
    CHECK_INT(text_parse_number(NULL, &number), E_INVALID);
    CHECK_INT(number, -1);
    CHECK_INT(text_parse_number("0", &number), 0);
    CHECK_INT(number, 0);
    CHECK_INT(text_parse_number("007", &number), 0);
    CHECK_INT(number, 7);
    CHECK_INT(text_parse_number("999999999999999999", &number), 0);
    CHECK_INT(number, INT64_C(999999999999999999));
}

TEST(visible_ascii)
{
    CHECK(text_is_visible_ascii("abc!~", 1, 5));
    CHECK(!text_is_visible_ascii("abc!~", 1, 4));
    CHECK(!text_is_visible_ascii("abc!~", 6, 10));
    CHECK(!text_is_visible_ascii("a b", 1, 10));
    CHECK(!text_is_visible_ascii("a\x7f", 1, 10));
    CHECK(!text_is_visible_ascii("a\n", 1, 10));
    CHECK(!text_is_visible_ascii("é", 1, 10));
    CHECK(!text_is_visible_ascii("", 1, 10));
    CHECK(text_is_visible_ascii("", 0, 10));
    CHECK(!text_is_visible_ascii(NULL, 0, 10));
}

TEST(integers_are_printed)
{
    int64_t numbers[] = { 0, 1, -1, 9, 10, -10, 1234567890, INT64_MAX, INT64_MIN };

    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        char text[TEXT_INTEGER_BYTES], wanted[32];

        snprintf(wanted, sizeof(wanted), "%" PRId64, numbers[i]);
        CHECK_INT(text_print_integer(numbers[i], text), strlen(wanted));
        CHECK_TEXT(text, wanted);
    }
}

TEST(escapes_are_those_of_javascript)
{
    CHECK_TEXT(text_escape('\0'), "\\u0000");
    CHECK_TEXT(text_escape('\b'), "\\b");
    CHECK_TEXT(text_escape('\x1f'), "\\u001f");
    CHECK_TEXT(text_escape('"'), "\\\"");
    CHECK_TEXT(text_escape('\\'), "\\\\");
    CHECK_TEXT(text_escape('/'), NULL);
    CHECK_TEXT(text_escape(' '), NULL);
    CHECK_TEXT(text_escape('\x7f'), NULL);
    CHECK_TEXT(text_escape('\xff'), NULL);
}

TEST(plain_bytes_need_no_escape)
{
    CHECK_INT(text_plain_bytes("", 0), 0);
    CHECK_INT(text_plain_bytes("ab张\"c", 7), 5);
    CHECK_INT(text_plain_bytes("a\nb", 3), 1);
    CHECK_INT(text_plain_bytes("0123456789\"", 10), 10);
    for (int byte = 0; byte < 256; byte++) {
        for (size_t place = 0; place < 19; place++) {
            char text[20] = "abcdefgh 张 !#[]~\x7f";

            text[place] = (char)byte;
            CHECK_INT(text_plain_bytes(text, 19), text_escape((char)byte) ? place : 19);
        }
    }
}

CHECK_MAIN
