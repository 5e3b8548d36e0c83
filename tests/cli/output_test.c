/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "cli/output.h"

static const char *cell(const char *text, size_t width)
{
    static char shown[1024];
    Arena *arena = arena_new();
    Buffer row;

    buffer_init(&row, arena, 64);
    output_cell(&row, text, width);
    snprintf(shown, sizeof(shown), "%s", row.text);
    arena_free(arena);
    return shown;
}

TEST(a_column_is_filled_up)
{
    CHECK_TEXT(cell("ab", 4), "ab    ");
    CHECK_TEXT(cell("", 2), "    ");
    CHECK_TEXT(cell(NULL, 0), "");
}

TEST(characters_are_counted)
{
    CHECK_TEXT(cell("张伟", 3), "张伟   ");
    CHECK_TEXT(cell("too wide", 3), "too wide  ");
}

TEST(the_last_column_is_not)
{
    CHECK_TEXT(cell("ab", 0), "ab");
}

TEST(long_texts_are_cut_between_characters)
{
    char text[3 * 61 + 1] = "", wanted[3 * 60 + 4] = "";

    for (int i = 0; i < 61; i++)
        memcpy(text + 3 * i, "张", 4);
    for (int i = 0; i < 60; i++)
        memcpy(wanted + 3 * i, "张", 4);
    memcpy(wanted + 180, "…", 4);
    CHECK_TEXT(cell(text, 0), wanted);
    text[180] = '\0';
    wanted[180] = '\0';
    CHECK_TEXT(cell(text, 0), wanted);
}

TEST(a_terminal_is_not_told_what_to_do)
{
    CHECK_TEXT(cell("a\x1b[31m\nb\x7f", 0), "a [31m b ");
    CHECK_TEXT(cell("a\xc2\x9b"
                    "b",
                    0),
               "a b");
    CHECK_TEXT(cell("\xc2\xa0", 0), "\xc2\xa0");
}

TEST(what_is_not_utf8_is_blank)
{
    CHECK_TEXT(cell("a\xff"
                    "b",
                    0),
               "a b");
}

CHECK_MAIN
