/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "model/chat.h"

TEST(a_chat_knows_its_bots)
{
    const Chat chat = { .bot_ids = "cli_1 cli_22" }, none = { .bot_ids = "" };

    CHECK(chat_has_bot(&chat, "cli_1"));
    CHECK(chat_has_bot(&chat, "cli_22"));
    CHECK(!chat_has_bot(&chat, "cli_2"));
    CHECK_INT(chat_bot_count(&chat), 2);
    CHECK(!chat_has_bot(&none, "cli_1"));
    CHECK_INT(chat_bot_count(&none), 0);
}

TEST(only_a_normal_chat_is_alive)
{
    CHECK(chat_is_alive(&(Chat){ .chat_status = "normal" }));
    CHECK(!chat_is_alive(&(Chat){ .chat_status = "dissolved" }));
    CHECK(!chat_is_alive(&(Chat){ .chat_status = "dissolved_save" }));
    CHECK(!chat_is_alive(&(Chat){ .chat_status = NULL }));
}

TEST(a_chat_is_a_group_or_direct)
{
    CHECK_TEXT(chat_mode_text(&(Chat){ .is_direct = true }), "p2p");
    CHECK_TEXT(chat_mode_text(&(Chat){ .is_direct = false }), "group");
}

TEST(a_chat_is_public_or_private)
{
    CHECK_TEXT(chat_type_text(&(Chat){ .is_public = true }), "public");
    CHECK_TEXT(chat_type_text(&(Chat){ .is_public = false }), "private");
}

TEST(an_event_tells_of_a_name_and_of_those_who_came)
{
    Arena *arena = arena_new();

    CHECK_TEXT(chat_event_body(arena, "a\"\n中", "users", "7 18"),
               "{\"name\":\"a\\\"\\n中\",\"users\":[\"7\",\"18\"]}");
    CHECK_TEXT(chat_event_body(arena, "a", "bots", "cli_1"),
               "{\"name\":\"a\",\"bots\":[\"cli_1\"]}");
    CHECK_TEXT(chat_event_body(arena, "", "bots", ""), "{\"name\":\"\"}");
    arena_free(arena);
}

TEST(an_id_with_its_prefix_fits)
{
    CHECK_INT(ID_TEXT_BYTES, sizeof("oc_0123456789abcdef0123456789abcdef"));
}

CHECK_MAIN
