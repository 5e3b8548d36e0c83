/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/cleanup.h"

#include "check.h"

DEFINE_CLEANUP(Arena *, arena_free)

TEST(pieces_follow_each_other)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Buffer buffer;

    buffer_init(&buffer, arena, 0);
    CHECK_TEXT(buffer.text, "");
    buffer_add(&buffer, "a");
    buffer_add(&buffer, "");
    buffer_add_char(&buffer, 'b');
    buffer_add_bytes(&buffer, "cd\0", 2);
    buffer_add_bytes(&buffer, NULL, 0);
    buffer_add_integer(&buffer, -12);
    buffer_print(&buffer, "%s=%d", "e", 5);
    CHECK_TEXT(buffer.text, "abcd-12e=5");
    CHECK_INT(buffer.size_bytes, 10);
}

TEST(integers_reach_both_ends)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Buffer buffer;

    buffer_init(&buffer, arena, 1);
    buffer_add_integer(&buffer, INT64_MIN);
    buffer_add_char(&buffer, ' ');
    buffer_add_integer(&buffer, INT64_MAX);
    buffer_add_char(&buffer, ' ');
    buffer_add_integer(&buffer, 0);
    CHECK_TEXT(buffer.text, "-9223372036854775808 9223372036854775807 0");
}

TEST(it_grows_in_every_way)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Buffer buffer;

    buffer_init(&buffer, arena, 3);
    for (int i = 0; i < 20000; i++) {
        buffer_add_char(&buffer, 'x');
        CHECK_INT(buffer.text[buffer.size_bytes], 0);
    }
    CHECK_INT(strlen(buffer.text), 20000);
    for (int wide = 0; wide < 300; wide++) {
        buffer_init(&buffer, arena, 0);
        buffer_add(&buffer, "12345");
        buffer_print(&buffer, "%*d", wide + 1, 7);
        CHECK_INT(buffer.size_bytes, 5 + wide + 1);
        CHECK_INT(strlen(buffer.text), 5 + wide + 1);
        CHECK_INT(buffer.text[5 + wide], '7');
    }
}

TEST(bytes_keep_their_nul)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Buffer buffer;

    buffer_init(&buffer, arena, 0);
    buffer_add_bytes(&buffer, "a\0b", 3);
    CHECK_INT(buffer.size_bytes, 3);
    CHECK_INT(buffer.text[2], 'b');
}

TEST(texts_are_quoted_as_javascript_does)
{
    static const struct {
        const char *text;
        const char *quoted;
    } rows[] = {
        { NULL, "null" },
        { "", "\"\"" },
        { "plain", "\"plain\"" },
        { "/", "\"/\"" },
        { "<&'>", "\"<&'>\"" },
        { "\"", "\"\\\"\"" },
        { "\\", "\"\\\\\"" },
        { "a\"b\\c", "\"a\\\"b\\\\c\"" },
        { "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
        { "\x01\x0b\x1f", "\"\\u0001\\u000b\\u001f\"" },
        { "\x7f", "\"\x7f\"" },
        { "张伟 é 😀", "\"张伟 é 😀\"" },
        { "\xE2\x80\xA8", "\"\xE2\x80\xA8\"" }, /* U+2028 stands as it is since ES2019 */
    };

    _cleanup_(arena_freep) Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Buffer buffer;

        buffer_init(&buffer, arena, 0);
        buffer_add_quoted(&buffer, rows[i].text);
        CHECK_TEXT(buffer.text, rows[i].quoted);
    }
}

TEST(quoting_grows_too)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Buffer buffer;
    char text[5001];

    memset(text, 1, sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    buffer_init(&buffer, arena, 10);
    buffer_add_quoted(&buffer, text);
    CHECK_INT(buffer.size_bytes, 5000 * 6 + 2);
    CHECK_INT(strlen(buffer.text), 5000 * 6 + 2);
}

CHECK_MAIN
