/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "api/desk.h"
#include "check.h"

#define QUERY "/open-apis/apaas/v1/user_task/query"
#define GROUP "/open-apis/apaas/v1/user_tasks/t1/chat_group"
#define BODY  "{\"kunlun_user_id\":\"1\"}"

TEST(a_call_passes_every_check)
{
    DESK(desk);

    desk_ask(&desk, "POST", QUERY, BODY);
    CHECK_INT(desk.status, 200);
    CHECK_INT(desk.code, 0);
    CHECK_INT(desk.result, 0);
    CHECK(!desk.call.is_refused);
}

TEST(each_bad_token_has_its_code)
{
    DESK(desk);
    const char *good = desk.authorization + strlen("Bearer ");
    const struct {
        const char *authorization;
        int64_t code;
    } rows[] = {
        { NULL, 99991661 },
        { "", 99991661 },
        { "Bearer", 99991661 },
        { "Bearer ", 99991661 },
        { good, 99991661 },
        { arena_print(desk.house.kept.arena, "bearer %s", good), 99991661 },
        { arena_print(desk.house.kept.arena, "Basic %s", good), 99991661 },
        { "Bearer t-", 99991663 },
        { "Bearer t-7f1bcd13fc57d46bac21793a18e560", 99991663 },
        { arena_print(desk.house.kept.arena, "Bearer %sA", good), 99991663 },
        { "Bearer u-x", 99991668 },
        { "Bearer eyJhbGciOiJFUzI1NiJ9.x.y", 99991668 },
        { "Bearer a-x", 99991671 },
        { "Bearer x", 99991671 },
        { arena_print(desk.house.kept.arena, "Bearer  %s", good), 99991671 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        desk.authorization = rows[i].authorization;
        desk_ask(&desk, "POST", QUERY, BODY);
        CHECK_INT(desk.status, 400);
        CHECK_INT(desk.code, rows[i].code);
        CHECK_INT(desk.call.wire_code, rows[i].code);
        CHECK(desk.call.is_refused && desk.result < 0);
        CHECK(!strstr(desk.body, good));
        CHECK(strstr(desk.body, "\"log_id\":"));
    }
}

TEST(a_token_ends)
{
    DESK(desk);

    desk.now_ms += 7198 * 1000;
    desk_ask(&desk, "POST", QUERY, BODY);
    CHECK_INT(desk.code, 0);
    desk.now_ms += 1000;
    desk_ask(&desk, "POST", QUERY, BODY);
    CHECK_INT(desk.code, 99991663);
}

/* Contract 4.4. */
TEST(checks_come_in_their_order)
{
    DESK(desk);
    const char *good = desk.authorization;

    desk.authorization = NULL;
    desk_ask(&desk, "POST", "/open-apis/nothing", "{");
    CHECK_INT(desk.status, 404);
    desk_ask(&desk, "POST", QUERY, "{");
    CHECK_INT(desk.code, 99991661);
    desk.authorization = good;
    desk_ask(&desk, "POST", QUERY, "{");
    CHECK_INT(desk.code, 2320001);
    desk_ask(&desk, "POST", QUERY, "{}");
    CHECK_INT(desk.code, 2320001);
}

TEST(without_its_scope_a_call_is_refused_and_told_which)
{
    DESK(desk);
    Fixture *house = &desk.house;

    fixture_run(&house->work, "UPDATE app SET scopes = 'im:chat:readonlyx' WHERE app_id = $1",
                FIXTURE_APP, NULL);
    fixture_run(&house->work, "UPDATE revision SET number = number + 1", NULL, NULL);
    CHECK_INT(directory_refresh(house->directory, house->kept.store, &house->kept.failure), 1);
    desk_ask(&desk, "GET", "/open-apis/im/v1/chats/oc_1", NULL);
    CHECK_INT(desk.status, 400);
    CHECK_INT(desk.code, 99991672);
    CHECK(strstr(desk.body, "is required: [im:chat, im:chat:read, im:chat:readonly]\""));
    CHECK(strstr(desk.body, "\"permission_violations\":["
                            "{\"type\":\"action_scope_required\",\"subject\":\"im:chat\"},"
                            "{\"type\":\"action_scope_required\",\"subject\":\"im:chat:read\"},"
                            "{\"type\":\"action_scope_required\",\"subject\":\"im:chat:readonly\"}"
                            "]"));
    desk_ask(&desk, "POST", GROUP, "{");
    CHECK_INT(desk.code, 99991672);
    CHECK(strstr(desk.body, "[app_engine:approval:write]"));
}

/* Contract 4.3. */
TEST(a_call_that_is_run_again_is_like_new)
{
    DESK(desk);
    Limiter *on = limiter_new(true), *off = (Limiter *)desk.context.limiter;

    desk.context.limiter = on;
    desk.is_run_twice = true;
    desk_set_header(&desk, 0, "Idempotency-Key", "again");
    for (int i = 0; i < 100; i++) { /* each counts once: the hundredth is allowed */
        desk_ask(&desk, "POST", GROUP, "{\"operator_user_id\":\"1\"}");
        CHECK_INT(desk.code, 0);
        CHECK_INT(desk_count_headers(&desk, "Idempotency-Replayed"), i > 0);
    }
    desk_ask(&desk, "POST", GROUP, "{\"operator_user_id\":\"1\"}");
    CHECK_INT(desk.status, 429);
    CHECK_INT(desk_count_headers(&desk, "Retry-After"), 1);
    CHECK_INT(desk_count_headers(&desk, "Idempotency-Replayed"), 0);
    desk.context.limiter = off;
    limiter_free(on);
}

TEST(over_the_limit_the_answer_says_when_to_come_back)
{
    DESK(desk);
    Limiter *on = limiter_new(true), *off = (Limiter *)desk.context.limiter;

    desk.context.limiter = on;
    for (int i = 0; i < 100; i++) {
        desk_ask(&desk, "POST", QUERY, i % 2 ? BODY : "{");
        CHECK_INT(desk.code, i % 2 ? 0 : 2320001);
    }
    desk_ask(&desk, "POST", QUERY, "{");
    CHECK_INT(desk.status, 429);
    CHECK_TEXT(desk.body, "{\"code\":99991400,\"msg\":\"request trigger frequency limit\"}");
    CHECK_TEXT(desk_header(&desk, "x-ogw-ratelimit-limit"), "100");
    CHECK_TEXT(desk_header(&desk, "Retry-After"), desk_header(&desk, "x-ogw-ratelimit-reset"));
    CHECK(atoi(desk_header(&desk, "Retry-After")) >= 1);
    desk_ask(&desk, "POST", GROUP, "{\"operator_user_id\":\"1\"}");
    CHECK_INT(desk.code, 0);
    desk.authorization = desk_bearer(&desk, &desk.house.second);
    desk_ask(&desk, "POST", QUERY, BODY);
    CHECK_INT(desk.code, 0);
    desk.context.limiter = off;
    limiter_free(on);
}

/* Decision 6. */
TEST(a_body_must_be_an_object)
{
    DESK(desk);
    static const char *const bodies[] = { "", " ", "{", "[]", "null", "\"x\"", "{}{}", "{'a':1}" };

    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        desk_ask(&desk, "POST", QUERY, bodies[i]);
        CHECK_INT(desk.status, 400);
        CHECK_INT(desk.code, 2320001);
        CHECK(!desk.call.is_refused);
    }
}

/* Decision 28: clients send {} with GET. */
TEST(a_body_that_nobody_asked_for_is_let_be)
{
    DESK(desk);

    desk_ask(&desk, "GET", "/open-apis/im/v1/chats/oc_1", "{");
    CHECK_INT(desk.code, 232006);
}

/* It could be a key; where there are none, what nobody reads is let be. */
TEST(a_query_that_cannot_be_decoded_is_refused_where_keys_are)
{
    DESK(desk);

    desk_ask(&desk, "POST", "/open-apis/apaas/v1/user_tasks/t1/chat_group?x=%ff",
             "{\"operator_user_id\":\"1\"}");
    CHECK_INT(desk.code, 2320001);
    desk_ask(&desk, "POST", QUERY "?x=%ff", BODY);
    CHECK_INT(desk.code, 0);
    desk_ask(&desk, "POST", QUERY "?x=%e5%bc%a0", BODY);
    CHECK_INT(desk.code, 0);
}

CHECK_MAIN
