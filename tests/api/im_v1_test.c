/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "api/desk.h"
#include "api/im_v1.h"
#include "check.h"

static void get(Desk *desk, const char *chat_id, const char *rest)
{
    desk_ask(desk, "GET",
             arena_print(desk->house.kept.arena, "/open-apis/im/v1/chats/%s%s", chat_id, rest),
             NULL);
}

static void list(Desk *desk, const char *chat_id, const char *rest)
{
    desk_ask(desk, "GET",
             arena_print(desk->house.kept.arena,
                         "/open-apis/im/v1/messages?container_id_type=chat&container_id=%s%s",
                         chat_id, rest),
             NULL);
}

/* ---- chats.get ---- */

TEST(a_chat_is_told_in_the_pages_types)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2");

    get(&desk, chat_id, "");
    CHECK_INT(desk.status, 200);
    CHECK(text_starts_with(desk.body, "{\"code\":0,\"msg\":\"success\",\"data\":{\"avatar\":\"\","
                                      "\"name\":\"采购审批\",\"description\":\"\","));
    CHECK(strstr(desk.body, "\"owner_id_type\":\"open_id\",\"owner_id\":\"ou_1\","
                            "\"user_manager_id_list\":[],\"bot_manager_id_list\":[],"));
    CHECK(strstr(desk.body, "\"user_count\":\"2\",\"bot_count\":\"1\","));
    CHECK(strstr(desk.body, "\"external\":false,\"tenant_key\":\"" FIXTURE_TENANT_KEY "\""));
    CHECK(strstr(desk.body, "\"chat_status\":\"normal\"}}"));
    CHECK(!strstr(desk.body, "chat_id"));
    get(&desk, chat_id, "?user_id_type=union_id");
    CHECK(strstr(desk.body, "\"owner_id_type\":\"union_id\",\"owner_id\":\"on_1\""));
    get(&desk, chat_id, "?user_id_type=user_id");
    CHECK(strstr(desk.body, "\"owner_id\":\"u1\""));
    get(&desk, chat_id, "?user_id_type=");
    CHECK(strstr(desk.body, "\"owner_id\":\"ou_1\""));
    get(&desk, chat_id, "?user_id_type=kunlun_id");
    CHECK_INT(desk.code, 232001);
}

/* Decision 39. */
TEST(who_is_outside_sees_little)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2");

    desk.authorization = desk_bearer(&desk, &desk.house.second);
    get(&desk, chat_id, "");
    CHECK_TEXT(desk.body,
               "{\"code\":0,\"msg\":\"success\",\"data\":{\"avatar\":\"\",\"name\":\"采购审批\","
               "\"user_count\":\"2\",\"bot_count\":\"1\",\"chat_status\":\"normal\"}}");
}

/* Decision 38, and contract 5.5. */
TEST(each_state_of_a_chat_has_its_code)
{
    DESK(desk);
    const char *ours = fixture_chat(&desk.house.work, "1", "2");
    const char *gone = fixture_chat(&desk.house.work, "1", "2");
    const char *theirs = fixture_chat(&desk.house.stranger, "1", "2");
    const char *outside = fixture_chat(&desk.house.second, "1", "2");
    const struct {
        const char *chat_id;
        int64_t get, members, messages;
    } rows[] = {
        { ours, 0, 0, 0 },
        { gone, 0, 232009, 232009 },
        { theirs, 232010, 232010, 230002 },
        { outside, 0, 232011, 230002 },
        { "oc_1", 232006, 232006, 230001 },
    };

    fixture_dissolve(&desk.house.work, gone);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        get(&desk, rows[i].chat_id, "");
        CHECK_INT(desk.code, rows[i].get);
        get(&desk, rows[i].chat_id, "/members");
        CHECK_INT(desk.code, rows[i].members);
        list(&desk, rows[i].chat_id, "");
        CHECK_INT(desk.code, rows[i].messages);
        CHECK_INT(desk.status, desk.code == 0 ? 200 : 400);
    }
    get(&desk, gone, "");
    CHECK_TEXT(desk_member(&desk, "chat_status"), "dissolved");
}

/* ---- members.get ---- */

TEST(members_are_users_in_pages)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2"), *token;

    get(&desk, chat_id, "/members");
    CHECK_TEXT(desk.body,
               "{\"code\":0,\"msg\":\"success\",\"data\":{\"items\":["
               "{\"member_id_type\":\"open_id\",\"member_id\":\"ou_1\",\"name\":\"张伟\","
               "\"tenant_key\":\"" FIXTURE_TENANT_KEY "\"},"
               "{\"member_id_type\":\"open_id\",\"member_id\":\"ou_2\",\"name\":\"王芳\","
               "\"tenant_key\":\"" FIXTURE_TENANT_KEY "\"}],"
               "\"has_more\":false,\"member_total\":2}}");
    get(&desk, chat_id, "/members?page_size=1&member_id_type=user_id");
    CHECK_TEXT(desk_member(&desk, "member_id"), "u1");
    CHECK(strstr(desk.body, "\"has_more\":true,\"member_total\":2"));
    token = desk_member(&desk, "page_token");
    CHECK(token);
    get(&desk, chat_id,
        arena_print(desk.house.kept.arena, "/members?page_size=1&page_token=%s", token));
    CHECK_INT(desk.code, 232001); /* a token is good only for the list that it came from */
    get(&desk, chat_id,
        arena_print(desk.house.kept.arena,
                    "/members?page_size=1&member_id_type=user_id&page_token=%s", token));
    CHECK_TEXT(desk_member(&desk, "member_id"), "u2");
    CHECK(strstr(desk.body, "\"has_more\":false"));
    CHECK_TEXT(desk_member(&desk, "page_token"), NULL);
}

TEST(members_parameters_are_checked)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2");
    static const struct {
        const char *rest;
        int64_t code;
    } rows[] = {
        { "?page_size=100", 0 },
        { "?page_size=101", 232001 },
        { "?page_size=0", 232001 },
        { "?page_size=x", 232001 },
        { "?page_size=", 0 },
        { "?page_token=x", 232001 },
        { "?page_token=", 0 },
        { "?member_id_type=union_id", 0 },
        { "?member_id_type=x", 232001 },
        { "?unknown=1", 0 },
        { "?page_size=1&page_size=x", 0 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        get(&desk, chat_id, arena_print(desk.house.kept.arena, "/members%s", rows[i].rest));
        if (desk.code != rows[i].code)
            CHECK_FAIL("%s: %s", rows[i].rest, desk.body);
    }
}

/* Decision 31. */
TEST(a_page_token_is_of_its_list)
{
    DESK(desk);
    const char *first = fixture_chat(&desk.house.work, "1", "2"), *token;
    const char *second = fixture_chat(&desk.house.work, "1", "2");

    get(&desk, first, "/members?page_size=1");
    token = desk_member(&desk, "page_token");
    get(&desk, second, arena_print(desk.house.kept.arena, "/members?page_token=%s", token));
    CHECK_INT(desk.code, 232001);
    list(&desk, first, arena_print(desk.house.kept.arena, "&page_token=%s", token));
    CHECK_INT(desk.code, 230001);
}

CHECK_MAIN
