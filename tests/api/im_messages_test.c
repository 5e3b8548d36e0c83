/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/text.h"

#include "api/desk.h"
#include "check.h"
#include "model/limits.h"

static const char messages[] = "/open-apis/im/v1/messages";

static void list(Desk *desk, const char *chat_id, const char *rest)
{
    desk_ask(desk, "GET",
             arena_print(desk->house.kept.arena, "%s?container_id_type=chat&container_id=%s%s",
                         messages, chat_id, rest),
             NULL);
}

/* A call about one message: rest is what stands behind its id. */
static void about(Desk *desk, const char *method, const char *message_id, const char *rest,
                  const char *body)
{
    desk_ask(desk, method,
             arena_print(desk->house.kept.arena, "%s/%s%s", messages, message_id, rest), body);
}

static void create(Desk *desk, const char *receive_id_type, const char *body)
{
    desk_ask(
        desk, "POST",
        arena_print(desk->house.kept.arena, "%s?receive_id_type=%s", messages, receive_id_type),
        body);
}

static const char *body_of(const Desk *desk, const char *receive_id, const char *msg_type,
                           const char *content, const char *more)
{
    Buffer body;

    buffer_init(&body, desk->house.kept.arena, 128);
    buffer_add(&body, "{\"receive_id\":");
    buffer_add_quoted(&body, receive_id);
    buffer_add(&body, ",\"msg_type\":");
    buffer_add_quoted(&body, msg_type);
    buffer_add(&body, ",\"content\":");
    buffer_add_quoted(&body, content);
    buffer_print(&body, "%s}", more);
    return body.text;
}

/* Says something, and gives its id. */
static const char *say(Desk *desk, const char *chat_id, const char *text)
{
    create(desk, "chat_id",
           body_of(desk, chat_id, "text",
                   arena_print(desk->house.kept.arena, "{\"text\":\"%s\"}", text), ""));
    return desk_member(desk, "message_id");
}

/* ---- messages.list ---- */

TEST(a_message_is_told_in_the_pages_types)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2");

    list(&desk, chat_id, "");
    CHECK_INT(desk.status, 200);
    CHECK(strstr(desk.body, "{\"has_more\":false,\"items\":[{\"message_id\":\"om_"));
    CHECK(strstr(desk.body, "\"msg_type\":\"system\",\"create_time\":\"1795000000000\","
                            "\"update_time\":\"1795000000000\",\"deleted\":false,"
                            "\"updated\":false,\"chat_id\":\"oc_"));
    CHECK(strstr(desk.body, "\"sender\":{\"id\":\"" FIXTURE_APP "\",\"id_type\":\"app_id\","
                            "\"sender_type\":\"app\",\"tenant_key\":\"" FIXTURE_TENANT_KEY "\"}"));
    CHECK(strstr(desk.body, "\"body\":{\"content\":\"{\\\"template\\\":"));
}

/* One second after the first message. */
static void put_user_message(const Desk *desk, const char *chat_id)
{
    fixture_run(&desk->house.work,
                "INSERT INTO message (chat_number, message_number, tail, tenant_id, msg_type, "
                "sender_id, sender_type, content, created_ms, root_id, parent_id, mentions, "
                "deleted_ms) VALUES ($1, 1795000001000 * 65536, -1, 1, 'text', '3', 'user', '{}', "
                "1795000001000, '', '', '', 0)",
                fixture_number(&desk->house.work, chat_id), NULL);
}

TEST(messages_come_in_pages_both_ways)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2"), *token;

    put_user_message(&desk, chat_id);
    list(&desk, chat_id, "&sort_type=ByCreateTimeDesc&page_size=1");
    CHECK_TEXT(desk_member(&desk, "sender_type"), "user");
    CHECK(strstr(desk.body, "\"sender\":{\"id\":\"ou_3\",\"id_type\":\"open_id\""));
    CHECK(strstr(desk.body, "\"message_id\":\"om_01a1ee5661e80000ffffffffffffffff\""));
    CHECK(strstr(desk.body, "\"has_more\":true"));
    token = desk_member(&desk, "page_token");
    list(&desk, chat_id,
         arena_print(desk.house.kept.arena, "&sort_type=ByCreateTimeDesc&page_token=%s", token));
    CHECK_TEXT(desk_member(&desk, "sender_type"), "app");
    CHECK(strstr(desk.body, "\"has_more\":false"));
    list(&desk, chat_id, arena_print(desk.house.kept.arena, "&page_token=%s", token));
    CHECK_INT(desk.code, 230001);
}

TEST(a_span_is_in_seconds_and_holds_both_ends)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2");
    static const struct {
        const char *rest;
        bool is_there;
    } rows[] = {
        { "&start_time=1795000000&end_time=1795000000", true },
        { "&start_time=1795000001", false },
        { "&end_time=1794999999", false },
        { "&end_time=253402300799", true },
        { "&start_time=&end_time=", true },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        list(&desk, chat_id, rows[i].rest);
        CHECK_INT(desk.code, 0);
        CHECK_INT(!!strstr(desk.body, "\"message_id\""), rows[i].is_there);
    }
}

TEST(messages_parameters_are_checked)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2");
    static const char *const bad[] = {
        "&page_size=0",  "&page_size=51", "&page_size=x",   "&page_token=x",
        "&start_time=x", "&end_time=-1",  "&sort_type=ByX", "&start_time=1795000000000000",
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        list(&desk, chat_id, bad[i]);
        if (desk.status != 400 || desk.code != 230001)
            CHECK_FAIL("%s: %s", bad[i], desk.body);
    }
    desk_ask(&desk, "GET", "/open-apis/im/v1/messages", NULL);
    CHECK_INT(desk.code, 230001);
    desk_ask(&desk, "GET", "/open-apis/im/v1/messages?container_id_type=thread&container_id=x",
             NULL);
    CHECK_INT(desk.code, 230001);
}

static void keep_one_scope(Fixture *house)
{
    fixture_run(&house->work, "UPDATE app SET scopes = 'im:message' WHERE app_id = $1", FIXTURE_APP,
                NULL);
    fixture_run(&house->work, "UPDATE revision SET number = number + 1", NULL, NULL);
    CHECK_INT(directory_refresh(house->directory, house->kept.store, &house->kept.failure), 1);
}

/* Contract 5.2. */
TEST(a_bot_needs_a_scope_of_its_own_for_history)
{
    DESK(desk);
    Fixture *house = &desk.house;
    const char *chat_id = fixture_chat(&house->work, "1", "2");

    keep_one_scope(house);
    list(&desk, chat_id, "");
    CHECK_INT(desk.status, 400);
    CHECK_INT(desk.code, 230027);
    create(&desk, "open_id", body_of(&desk, "ou_1", "text", "{\"text\":\"x\"}", ""));
    CHECK_INT(desk.code, 0);
    list(&desk, desk_member(&desk, "chat_id"), "");
    CHECK_INT(desk.code, 0);
}

/* Contract 4.1. */
TEST(a_user_id_takes_a_scope_of_its_own)
{
    DESK(desk);
    const char *body = body_of(&desk, "u1", "text", "{\"text\":\"x\"}", "");

    keep_one_scope(&desk.house);
    create(&desk, "user_id", body);
    CHECK_INT(desk.status, 400);
    CHECK_INT(desk.code, 99991672);
    CHECK(strstr(desk.body, "required: [contact:user.employee_id:readonly]\""));
    CHECK(strstr(desk.body,
                 "\"permission_violations\":[{\"type\":\"field_scope_required\",\"subject\":"
                 "\"contact:user.employee_id:readonly\"}]"));
}

/* ---- messages.create ---- */

TEST(what_was_said_is_told_in_the_pages_types)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2"), *created;

    create(
        &desk, "chat_id",
        body_of(&desk, chat_id, "text", "{\"text\":\"<at user_id=\\\"ou_2\\\">Tom</at> 好\"}", ""));
    CHECK_INT(desk.status, 200);
    CHECK(text_starts_with(desk.body,
                           "{\"code\":0,\"msg\":\"success\",\"data\":{\"message_id\":\"om_"));
    CHECK(
        strstr(desk.body,
               arena_print(desk.house.kept.arena,
                           "\",\"msg_type\":\"text\",\"create_time\":\"1795000000000\","
                           "\"update_time\":\"1795000000000\",\"deleted\":false,"
                           "\"updated\":false,\"chat_id\":\"%s\",\"sender\":{\"id\":\"" FIXTURE_APP
                           "\",\"id_type\":\"app_id\",\"sender_type\":\"app\","
                           "\"tenant_key\":\"" FIXTURE_TENANT_KEY "\"},\"body\":{\"content\":"
                           "\"{\\\"text\\\":\\\"@_user_1 好\\\"}\"},\"mentions\":["
                           "{\"key\":\"@_user_1\",\"id\":\"ou_2\",\"id_type\":\"open_id\","
                           "\"name\":\"王芳\",\"tenant_key\":\"" FIXTURE_TENANT_KEY "\"}]}}",
                           chat_id)));
    created = strstr(desk.body, "\"message_id\"");
    list(&desk, chat_id, "&sort_type=ByCreateTimeDesc&page_size=1");
    CHECK(strstr(desk.body, arena_copy(desk.house.kept.arena, created, strlen(created) - 2)));
}

TEST(a_bodys_mistakes_are_230001)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2"), *before;
    const struct {
        const char *type, *msg_type, *content, *more;
    } rows[] = {
        { "", "text", "{\"text\":\"x\"}", "" },
        { "mobile", "text", "{\"text\":\"x\"}", "" },
        { "chat_id", "", "{\"text\":\"x\"}", "" },
        { "chat_id", "system", "{\"text\":\"x\"}", "" },
        { "chat_id", "text", "", "" },
        { "chat_id", "text", "x", "" },
        { "chat_id", "text", "[]", "" },
        { "chat_id", "text", "\"x\"", "" },
        { "chat_id", "text", "{\"text\":\"\"}", "" },
        { "chat_id", "text", "{\"text\":1}", "" },
        { "chat_id", "text", "{}", "" },
        { "chat_id", "text", "{\"text\":\"x\"", "" },
        { "chat_id", "post", "x", "" },
        { "chat_id", "image", "[]", "" },
        { "chat_id", "text", "{\"text\":\"x\"}",
          ",\"uuid\":\"0123456789012345678901234567890123456789012345678901\"" },
        { "chat_id", "text", "{\"text\":\"x\"}", ",\"uuid\":1" },
    };

    before = fixture_rows(&desk.house);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        create(&desk, rows[i].type,
               body_of(&desk, chat_id, rows[i].msg_type, rows[i].content, rows[i].more));
        if (desk.status != 400 || desk.code != 230001)
            CHECK_FAIL("%zu: %s", i, desk.body);
    }
    create(&desk, "chat_id", "{}");
    CHECK_INT(desk.code, 230001);
    desk_ask(&desk, "POST", messages, body_of(&desk, chat_id, "text", "{\"text\":\"x\"}", ""));
    CHECK_INT(desk.code, 230001);
    CHECK_TEXT(fixture_changes(&desk.house, before), "");
}

TEST(each_receiver_has_its_code)
{
    DESK(desk);
    const char *ours = fixture_chat(&desk.house.work, "1", "2");
    const char *gone = fixture_chat(&desk.house.work, "1", "2");
    const char *theirs = fixture_chat(&desk.house.stranger, "1", "2");
    const char *outside = fixture_chat(&desk.house.second, "1", "2");
    const struct {
        const char *type, *receive_id;
        int64_t code;
    } rows[] = {
        { "chat_id", ours, 0 },          { "chat_id", gone, 232009 },
        { "chat_id", theirs, 230002 },   { "chat_id", outside, 230002 },
        { "chat_id", "oc_1", 230034 },   { "open_id", "ou_1", 0 },
        { "union_id", "on_1", 0 },       { "user_id", "u1", 0 },
        { "open_id", "u1", 230034 },     { "open_id", "ou_8", 230029 },
        { "thread_id", "ou_1", 230001 },
    };

    fixture_dissolve(&desk.house.work, gone);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        create(&desk, rows[i].type,
               body_of(&desk, rows[i].receive_id, "text", "{\"text\":\"x\"}", ""));
        if (desk.code != rows[i].code || desk.status != (desk.code == 0 ? 200 : 400))
            CHECK_FAIL("%zu: %s", i, desk.body);
    }
}

TEST(too_long_a_content_is_230025)
{
    DESK(desk);
    Arena *arena = desk.house.kept.arena;
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2");

    create(&desk, "chat_id",
           body_of(&desk, chat_id, "post",
                   arena_print(arena, "{\"a\":\"%0*d\"}", CONTENT_BYTES_MOST - 7, 0), ""));
    CHECK_INT(desk.status, 400);
    CHECK_INT(desk.code, 230025);
    create(&desk, "chat_id",
           body_of(&desk, chat_id, "text",
                   arena_print(arena, "{\"text\":\"%0*d\"}", TEXT_CONTENT_BYTES_MOST - 10, 0), ""));
    CHECK_INT(desk.code, 230025);
    create(&desk, "chat_id",
           body_of(&desk, chat_id, "text",
                   arena_print(arena, "{\"text\":\"%0*d\"}", TEXT_CONTENT_BYTES_MOST - 11, 0), ""));
    CHECK_INT(desk.code, 0);
}

TEST(the_same_uuid_says_it_once)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2"), *first, *before;
    const char *body = body_of(&desk, chat_id, "text", "{\"text\":\"x\"}", ",\"uuid\":\"u-1\"");

    create(&desk, "chat_id", body);
    CHECK_INT(desk.code, 0);
    first = desk.body;
    before = fixture_rows(&desk.house);
    create(&desk, "chat_id", body);
    CHECK_TEXT(desk.body, first);
    CHECK_TEXT(desk_header(&desk, "Idempotency-Replayed"), "true");
    create(&desk, "chat_id",
           body_of(&desk, chat_id, "text", "{\"text\":\"y\"}", ",\"uuid\":\"u-1\""));
    CHECK_INT(desk.status, 400);
    CHECK_INT(desk.code, 230001);
    CHECK_TEXT(fixture_changes(&desk.house, before), "");
}

/* ---- messages.reply ---- */

TEST(a_reply_names_what_it_answers)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2");
    const char *root_id = say(&desk, chat_id, "1"), *first_id, *first;
    static const char body[] = "{\"msg_type\":\"text\",\"content\":\"{\\\"text\\\":\\\"2\\\"}\","
                               "\"reply_in_thread\":false,\"uuid\":\"r-1\"}";

    CHECK_TEXT(desk_member(&desk, "root_id"), NULL);
    CHECK_TEXT(desk_member(&desk, "parent_id"), NULL);
    about(&desk, "POST", root_id, "/reply", body);
    CHECK_INT(desk.status, 200);
    first_id = desk_member(&desk, "message_id");
    first = desk.body;
    CHECK_TEXT(desk_member(&desk, "root_id"), root_id);
    CHECK_TEXT(desk_member(&desk, "parent_id"), root_id);
    CHECK_TEXT(desk_member(&desk, "chat_id"), chat_id);
    about(&desk, "POST", root_id, "/reply", body);
    CHECK_TEXT(desk.body, first);
    about(&desk, "POST", first_id, "/reply", body);
    CHECK_TEXT(desk_member(&desk, "root_id"), root_id);
    CHECK_TEXT(desk_member(&desk, "parent_id"), first_id);
    about(&desk, "POST", root_id, "/reply",
          "{\"msg_type\":\"text\",\"content\":\"{\\\"text\\\":\\\"2\\\"}\",\"reply_in_thread\":"
          "true}");
    CHECK_INT(desk.code, 230071);
    about(&desk, "POST", root_id, "/reply", "{\"msg_type\":\"text\"}");
    CHECK_INT(desk.code, 230001);
    about(&desk, "POST", "om_1", "/reply", body);
    CHECK_INT(desk.code, 230001);
    about(&desk, "DELETE", root_id, "", NULL);
    about(&desk, "POST", root_id, "/reply",
          "{\"msg_type\":\"text\",\"content\":\"{\\\"text\\\":\\\"2\\\"}\"}");
    CHECK_INT(desk.code, 230011);
}

/* ---- messages.get ---- */

TEST(one_message_is_a_list_of_one)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2"), *message_id;
    static const char *const senders[][3] = {
        { "", "ou_3", "open_id" },
        { "?user_id_type=union_id", "on_3", "union_id" },
        { "?user_id_type=user_id", "u3", "user_id" },
    };

    message_id = say(&desk, chat_id, "x");
    about(&desk, "GET", message_id, "", NULL);
    CHECK(text_starts_with(desk.body, "{\"code\":0,\"msg\":\"success\",\"data\":{\"items\":[{"));
    CHECK_TEXT(desk_member(&desk, "message_id"), message_id);
    put_user_message(&desk, chat_id);
    for (size_t i = 0; i < COUNT_OF(senders); i++) {
        about(&desk, "GET", "om_01a1ee5661e80000ffffffffffffffff", senders[i][0], NULL);
        CHECK(strstr(desk.body, arena_print(desk.house.kept.arena,
                                            "\"sender\":{\"id\":\"%s\",\"id_type\":\"%s\"",
                                            senders[i][1], senders[i][2])));
    }
    about(&desk, "GET", message_id, "?user_id_type=x", NULL);
    CHECK_INT(desk.code, 230001);
    about(&desk, "GET", "om_1", "", NULL);
    CHECK_INT(desk.status, 400);
    CHECK_INT(desk.code, 230001);
    desk.authorization = desk_bearer(&desk, &desk.house.second);
    about(&desk, "GET", message_id, "", NULL);
    CHECK_INT(desk.code, 230002);
    desk.authorization = desk_bearer(&desk, &desk.house.stranger);
    about(&desk, "GET", message_id, "", NULL);
    CHECK_INT(desk.code, 230001);
}

/* ---- messages.delete ---- */

TEST(a_recalled_message_is_gone_but_listed)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2");
    const char *message_id = say(&desk, chat_id, "geheim");

    desk.now_ms += 7;
    about(&desk, "DELETE", message_id, "", NULL);
    CHECK_TEXT(desk.body, "{\"code\":0,\"msg\":\"success\",\"data\":{}}");
    about(&desk, "GET", message_id, "", NULL);
    CHECK_INT(desk.status, 400);
    CHECK_INT(desk.code, 230110);
    about(&desk, "DELETE", message_id, "", NULL);
    CHECK_INT(desk.code, 230110);
    list(&desk, chat_id, "&sort_type=ByCreateTimeDesc&page_size=1");
    CHECK_TEXT(desk_member(&desk, "message_id"), message_id);
    CHECK(strstr(desk.body, "\"create_time\":\"1795000000000\",\"update_time\":\"1795000000007\","
                            "\"deleted\":true,\"updated\":false"));
    CHECK(strstr(desk.body, "\"body\":{\"content\":\"This message was recalled\"}"));
    CHECK(!strstr(desk.body, "geheim"));
}

TEST(what_others_said_stays)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2"), *message_id, *before;

    list(&desk, chat_id, "");
    about(&desk, "DELETE", desk_member(&desk, "message_id"), "", NULL);
    CHECK_INT(desk.code, 230054);
    put_user_message(&desk, chat_id);
    about(&desk, "DELETE", "om_01a1ee5661e80000ffffffffffffffff", "", NULL);
    CHECK_INT(desk.code, 230026);
    message_id = say(&desk, chat_id, "x");
    before = fixture_rows(&desk.house);
    desk.authorization = desk_bearer(&desk, &desk.house.second);
    about(&desk, "DELETE", message_id, "", NULL);
    CHECK_INT(desk.code, 230002);
    desk.authorization = desk_bearer(&desk, &desk.house.stranger);
    about(&desk, "DELETE", message_id, "", NULL);
    CHECK_INT(desk.code, 230001);
    CHECK_TEXT(fixture_changes(&desk.house, before), "");
}

CHECK_MAIN
