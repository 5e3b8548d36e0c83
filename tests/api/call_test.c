/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "api/call.h"
#include "api/desk.h"
#include "check.h"
#include "http/exchange.h"

#define QUERY "/open-apis/apaas/v1/user_task/query"

/* An exchange for what desk_ask() does not do: answers that are thrown away. */
static void begin(Exchange *exchange, const char *method, const char *target)
{
    *exchange = (Exchange){ .arena = arena_new(), .head.method = method, .status = 200 };
    exchange->target = target_parse(exchange->arena, target);
}

static int count_headers(const Exchange *exchange, const char *name)
{
    int count = 0;

    for (size_t i = 0; i < exchange->answer_header_count; i++)
        count += text_equal(exchange->answer_names[i], name);
    return count;
}

static const char *body_of(const Exchange *exchange)
{
    return arena_copy(exchange->arena, exchange->answer_bytes, exchange->answer_size_bytes);
}

TEST(every_answer_has_the_same_headers)
{
    DESK(desk);
    static const struct {
        const char *method, *target, *body, *type;
    } rows[] = {
        { "POST", QUERY, "{\"kunlun_user_id\":\"1\"}", "application/json; charset=utf-8" },
        { "POST", QUERY, "{", "application/json; charset=utf-8" },
        { "GET", "/nothing", NULL, "text/plain" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *log_id;

        desk_ask(&desk, rows[i].method, rows[i].target, rows[i].body);
        log_id = desk_header(&desk, "X-Tt-Logid");
        CHECK_TEXT(desk_header(&desk, "X-Request-Id"), log_id);
        CHECK_TEXT(desk_header(&desk, "Content-Type"), rows[i].type);
        CHECK_TEXT(desk_header(&desk, "X-Content-Type-Options"), "nosniff");
        CHECK_TEXT(desk_header(&desk, "Cache-Control"), "no-store");
        CHECK_INT(strlen(log_id), 34);
        CHECK(strspn(log_id, "0123456789") >= 14);
        CHECK_INT(strspn(log_id + 14, "0123456789ABCDEF"), 20);
        if (desk.code > 0)
            CHECK(strstr(desk.body, log_id));
    }
}

TEST(log_ids_differ)
{
    DESK(desk);
    const char *first;

    desk_ask(&desk, "GET", "/nothing", NULL);
    first = desk_header(&desk, "X-Tt-Logid");
    desk_ask(&desk, "GET", "/nothing", NULL);
    CHECK(!text_equal(desk_header(&desk, "X-Tt-Logid"), first));
}

/* Decision 5. */
TEST(what_has_no_route_is_not_found_as_text)
{
    DESK(desk);
    static const struct {
        const char *method, *target;
    } rows[] = { { "GET", "/nothing" },
                 { "POST", "/" },
                 { "GET", QUERY },
                 { "DELETE", "/open-apis/im/v1/messages" },
                 { "POST", "/open-apis/apaas/v1/user_tasks/a%2Fb/chat_group" },
                 { "POST", "/open-apis/apaas/v1/user_tasks/%00/chat_group" } };

    desk.authorization = NULL;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        desk_ask(&desk, rows[i].method, rows[i].target, "{}");
        CHECK_INT(desk.status, 404);
        CHECK_TEXT(desk.body, "404 page not found");
        CHECK_INT(desk.result, E_NOT_FOUND);
        CHECK(!desk.call.route);
    }
}

TEST(a_refused_request_is_answered_in_the_platforms_form)
{
    static const struct {
        int status, code;
    } rows[] = { { 400, 9499 }, { 408, 9499 }, { 413, 9499 }, { 431, 9499 }, { 503, 2200 } };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Exchange exchange;
        Call *call;

        begin(&exchange, "GET", "/");
        call = call_open(&exchange, FIXTURE_NOW_MS);
        call_refuse(call, rows[i].status, "why it is so");
        CHECK_INT(exchange.status, rows[i].status);
        CHECK_INT(call->wire_code, rows[i].code);
        CHECK(strstr(body_of(&exchange), "\"message\":\"why it is so\""));
        CHECK_INT(count_headers(&exchange, "Retry-After"), rows[i].status == 503);
        arena_free(exchange.arena);
    }
}

TEST(an_answer_that_came_to_nothing_is_thrown_away)
{
    static const struct {
        int code, status, wire_code;
    } rows[] = { { E_FAULT, 500, 2320002 }, { E_FULL, 503, 2200 }, { E_UNAVAILABLE, 503, 2200 } };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Exchange exchange;
        Call *call;

        begin(&exchange, "POST", QUERY);
        call = call_open(&exchange, FIXTURE_NOW_MS);
        CHECK_INT(call_route(call), 0);
        call_reply(call, call->route->reply, arena_alloc(exchange.arena, 256));
        CHECK_INT(exchange.status, 200);
        call_fail(call, rows[i].code);
        call_fail(call, rows[i].code);
        CHECK_INT(exchange.status, rows[i].status);
        CHECK_INT(call->wire_code, rows[i].wire_code);
        CHECK(!strstr(body_of(&exchange), "\"data\""));
        CHECK(!strstr(body_of(&exchange), "message"));
        CHECK_INT(count_headers(&exchange, "Content-Type"), 1);
        CHECK_INT(count_headers(&exchange, "Retry-After"), rows[i].status == 503);
        arena_free(exchange.arena);
    }
}

TEST(a_failure_names_field_value_and_reason)
{
    DESK(desk);

    desk_ask(&desk, "POST", QUERY, "{\"kunlun_user_id\":\"a\\\"b\"}");
    CHECK_INT(desk.status, 400);
    CHECK(
        strstr(desk.body, "{\"code\":2320001,\"msg\":\"param is invalid\",\"error\":{\"log_id\""));
    CHECK(strstr(desk.body, "\"message\":\"user a\\\"b does not exist\""));
    CHECK(strstr(desk.body, "\"field_violations\":[{\"field\":\"kunlun_user_id\","
                            "\"value\":\"a\\\"b\",\"description\":\"user a\\\"b does not "
                            "exist\"}]}}"));
}

CHECK_MAIN
