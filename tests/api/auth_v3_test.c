/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "api/auth_v3.h"
#include "api/desk.h"
#include "check.h"
#include "domain/token.h"

#define AUTH "/open-apis/auth/v3/"

static const char custom[] =
    "{\"app_id\":\"" FIXTURE_APP "\",\"app_secret\":\"" FIXTURE_SECRET "\"}";
static const char store[] =
    "{\"app_id\":\"" FIXTURE_STORE_APP "\",\"app_secret\":\"" FIXTURE_SECRET "\"}";

static void ask(Desk *desk, const char *path, const char *body)
{
    desk->authorization = NULL;
    desk_ask(desk, "POST", arena_print(desk->house.kept.arena, AUTH "%s", path), body);
}

static const char *ticket_of(const Desk *desk, const char *app_id)
{
    Token token;

    token_issue(&desk->house.rules, TOKEN_TICKET, directory_app(desk->house.directory, app_id),
                NULL, desk->now_ms, desk->house.kept.arena, &token);
    return token.text;
}

static const char *with_ticket(const Desk *desk, const char *app_id, const char *ticket)
{
    return arena_print(desk->house.kept.arena,
                       "{\"app_id\":\"%s\",\"app_secret\":\"" FIXTURE_SECRET
                       "\",\"app_ticket\":\"%s\"}",
                       app_id, ticket);
}

static const char *for_tenant(const Desk *desk, const char *token, const char *tenant_key)
{
    return arena_print(desk->house.kept.arena,
                       "{\"app_access_token\":\"%s\",\"tenant_key\":\"%s\"}", token, tenant_key);
}

TEST(a_custom_app_gets_its_token_flat)
{
    DESK(desk);
    const char *token;

    ask(&desk, "tenant_access_token/internal", custom);
    CHECK_INT(desk.status, 200);
    token = desk_member(&desk, "tenant_access_token");
    CHECK_TEXT(desk.body, arena_print(desk.house.kept.arena,
                                      "{\"code\":0,\"msg\":\"ok\",\"tenant_access_token\":\"%s\","
                                      "\"expire\":7199}",
                                      token));
    ask(&desk, "app_access_token/internal", custom);
    CHECK_TEXT(desk.body, arena_print(desk.house.kept.arena,
                                      "{\"code\":0,\"msg\":\"ok\",\"app_access_token\":\"%s\","
                                      "\"expire\":7199,\"tenant_access_token\":\"%s\"}",
                                      token, token));
    CHECK_TEXT(desk.call.app_id ? "known" : NULL, "known");
    desk.authorization = arena_print(desk.house.kept.arena, "Bearer %s", token);
    desk_ask(&desk, "GET", "/open-apis/im/v1/chats/oc_1", NULL);
    CHECK_INT(desk.code, 232006);
}

TEST(a_store_app_goes_from_ticket_to_tenant)
{
    DESK(desk);
    const char *token;

    ask(&desk, "app_access_token",
        with_ticket(&desk, FIXTURE_STORE_APP, ticket_of(&desk, FIXTURE_STORE_APP)));
    token = desk_member(&desk, "app_access_token");
    CHECK(text_starts_with(token, "a-"));
    CHECK_TEXT(desk.body, arena_print(desk.house.kept.arena,
                                      "{\"code\":0,\"msg\":\"success\",\"app_access_token\":\"%s\","
                                      "\"expire\":7199}",
                                      token));
    ask(&desk, "tenant_access_token", for_tenant(&desk, token, FIXTURE_STRANGERS_KEY));
    CHECK_INT(desk.code, 0);
    CHECK(text_starts_with(desk_member(&desk, "tenant_access_token"), "t-"));
    ask(&desk, "tenant_access_token", for_tenant(&desk, token, "0000000000000000"));
    CHECK_INT(desk.status, 200);
    CHECK_INT(desk.code, 10013);
    ask(&desk, "tenant_access_token", for_tenant(&desk, "a-x", FIXTURE_TENANT_KEY));
    CHECK_INT(desk.code, 10013);
}

TEST(a_ticket_is_its_apps_and_ends)
{
    DESK(desk);
    const char *ticket = ticket_of(&desk, FIXTURE_STORE_APP);
    static const char *const bad[] = { "x", "AAAA", "t-x" };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        ask(&desk, "app_access_token", with_ticket(&desk, FIXTURE_STORE_APP, bad[i]));
        CHECK_INT(desk.status, 200);
        CHECK_INT(desk.code, 10012);
    }
    ask(&desk, "app_access_token",
        with_ticket(&desk, FIXTURE_STORE_APP, ticket_of(&desk, FIXTURE_APP)));
    CHECK_INT(desk.code, 10012);
    desk.now_ms += 12 * 3600 * 1000 - 1;
    ask(&desk, "app_access_token", with_ticket(&desk, FIXTURE_STORE_APP, ticket));
    CHECK_INT(desk.code, 0);
    desk.now_ms += 3600 * 1000;
    ask(&desk, "app_access_token", with_ticket(&desk, FIXTURE_STORE_APP, ticket));
    CHECK_INT(desk.code, 10012);
}

/* Contract 2: always HTTP 200. */
TEST(bad_credentials_are_answered_with_200)
{
    DESK(desk);
    static const struct {
        const char *body;
        int64_t code;
    } rows[] = {
        { "", 10003 },
        { "[]", 10003 },
        { "{}", 10003 },
        { "{\"app_id\":\"" FIXTURE_APP "\"}", 10003 },
        { "{\"app_id\":\"" FIXTURE_APP "\",\"app_secret\":\"\"}", 10003 },
        { "{\"app_id\":\"" FIXTURE_APP "\",\"app_secret\":1}", 10003 },
        { "{\"app_id\":\"cli_x\",\"app_secret\":\"x\"}", 10003 },
        { "{\"app_id\":\"\",\"app_secret\":\"x\"}", 10003 },
        { "{\"app_id\":\"cli_0000000000000000\",\"app_secret\":\"x\"}", 10014 },
        { "{\"app_id\":\"" FIXTURE_APP "\",\"app_secret\":\"x\"}", 10014 },
        /* a store app at the custom apps' door */
        { "{\"app_id\":\"" FIXTURE_STORE_APP "\",\"app_secret\":\"" FIXTURE_SECRET "\"}", 10003 },
    };
    static const char *const paths[] = { "tenant_access_token/internal",
                                         "app_access_token/internal" };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t j = 0; j < COUNT_OF(paths); j++) {
            ask(&desk, paths[j], rows[i].body);
            CHECK_INT(desk.status, 200);
            CHECK_INT(desk.code, rows[i].code);
            CHECK(!strstr(desk.body, "error"));
            CHECK_INT(!!strstr(desk.body, "\"data\":{}"), rows[i].code == 10003);
        }
}

TEST(only_store_apps_have_tickets)
{
    DESK(desk);

    ask(&desk, "app_ticket/resend", store);
    CHECK_TEXT(desk.body, "{\"code\":0,\"msg\":\"success\"}");
    ask(&desk, "app_ticket/resend", custom);
    CHECK_INT(desk.status, 200);
    CHECK_INT(desk.code, 10016);
    ask(&desk, "app_ticket/resend", "{}");
    CHECK_INT(desk.code, 10003);
    ask(&desk, "app_access_token", with_ticket(&desk, FIXTURE_APP, ticket_of(&desk, FIXTURE_APP)));
    CHECK_INT(desk.code, 10003);
}

CHECK_MAIN
