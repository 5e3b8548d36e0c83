/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/text.h"

#include "check.h"
#include "model/app.h"
#include "model/limits.h"

static void free_arena(Arena **arena)
{
    arena_free(*arena);
}

#define ARENA(name) _cleanup_(free_arena) Arena *name = arena_new()

TEST(types_have_texts_and_come_back)
{
    AppType type = APP_CUSTOM;

    CHECK_TEXT(app_type_text(APP_CUSTOM), "custom");
    CHECK_TEXT(app_type_text(APP_ISV), "isv");
    CHECK(app_type_parse("isv", &type));
    CHECK_INT(type, APP_ISV);
    CHECK(app_type_parse("custom", &type));
    CHECK_INT(type, APP_CUSTOM);
    CHECK(!app_type_parse("ISV", &type));
    CHECK(!app_type_parse("", &type));
    CHECK(!app_type_parse(NULL, &type));
    CHECK_INT(type, APP_CUSTOM);
}

TEST(app_id_is_cli_and_16_hex_digits)
{
    static const char *const bad[] = {
        "",
        "cli_",
        "cli_a1d0c5a3b1e24f6",
        "cli_a1d0c5a3b1e24f680",
        "cli_a1d0c5a3b1e24f6g",
        "cli-a1d0c5a3b1e24f68",
        "a1d0c5a3b1e24f68",
        "cli_ a1d0c5a3b1e24f6",
        "CLI_a1d0c5a3b1e24f68",
        " cli_a1d0c5a3b1e24f68",
    };

    CHECK(app_id_is_valid("cli_a1d0c5a3b1e24f68"));
    CHECK(app_id_is_valid("cli_0000000000000000"));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (app_id_is_valid(bad[i]))
            CHECK_FAIL("\"%s\" is no app_id", bad[i]);
}

TEST(tenant_key_is_16_hex_digits)
{
    CHECK(tenant_key_is_valid("7ad0c5a3b1e24f68"));
    CHECK(!tenant_key_is_valid(NULL));
    CHECK(!tenant_key_is_valid(""));
    CHECK(!tenant_key_is_valid("7ad0c5a3b1e24f6"));
    CHECK(!tenant_key_is_valid("7ad0c5a3b1e24f681"));
    CHECK(!tenant_key_is_valid("7ad0c5a3b1e24f6z"));
}

TEST(scopes_are_kept_once_each_in_their_order)
{
    ARENA(arena);

    CHECK_TEXT(scopes_normalise(arena, ""), "");
    CHECK_TEXT(scopes_normalise(arena, " , ,"), "");
    CHECK_TEXT(scopes_normalise(arena, "b:x,a"), "b:x a");
    CHECK_TEXT(scopes_normalise(arena, " b:x  a,,b:x,a "), "b:x a");
    CHECK_TEXT(scopes_normalise(arena, "im:chat:read,im:chat"), "im:chat:read im:chat");
    CHECK_TEXT(scopes_normalise(arena, "az09_.:-"), "az09_.:-");
}

TEST(a_scope_of_other_characters_is_refused)
{
    static const char *const bad[] = { "A", "im:chat;im:x", "a\tb", "a\nb", "a\"b", "é", "a/b" };
    ARENA(arena);

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (scopes_normalise(arena, bad[i]))
            CHECK_FAIL("\"%s\" passed", bad[i]);
}

TEST(scopes_are_at_most_so_many)
{
    ARENA(arena);
    Buffer list;

    buffer_init(&list, arena, 1024);
    for (int i = 0; i < SCOPES_MOST; i++)
        buffer_print(&list, "s%d,s%d,", i, i);
    CHECK(scopes_normalise(arena, list.text));
    buffer_add(&list, "one-more");
    CHECK(!scopes_normalise(arena, list.text));
}

CHECK_MAIN
