/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "check.h"
#include "domain/token.h"
#include "fixture.h"
#include "model/limits.h"

static const int64_t born_s = FIXTURE_NOW_MS / 1000; /* the apps' creation */

static Token issue(const Fixture *house, TokenKind kind, const Work *work, int64_t now_s)
{
    Token token;

    token_issue(&house->rules, kind, work->app, kind == TOKEN_TENANT ? work->tenant : NULL,
                now_s * 1000, house->kept.arena, &token);
    return token;
}

static int check_at(const Fixture *house, TokenKind kind, const char *text, int64_t now_s)
{
    const App *app = NULL;
    const Tenant *tenant = NULL;

    return token_check(&house->rules, NULL, house->directory, kind, text, now_s * 1000, &app,
                       &tenant);
}

/* ---- life ---- */

TEST(a_token_says_whose_it_is)
{
    FIXTURE(house);
    Token token = issue(&house, TOKEN_TENANT, &house.stranger, born_s);
    const App *app = NULL;
    const Tenant *tenant = NULL;

    CHECK(text_starts_with(token.text, "t-"));
    CHECK(text_is_visible_ascii(token.text, 30, 64));
    CHECK_INT(token_check(&house.rules, NULL, house.directory, TOKEN_TENANT, token.text,
                          FIXTURE_NOW_MS, &app, &tenant),
              0);
    CHECK_TEXT(app->app_id, FIXTURE_FOREIGN_APP);
    CHECK_TEXT(tenant->tenant_key, FIXTURE_STRANGERS_KEY);
}

TEST(the_same_token_while_30_minutes_remain)
{
    FIXTURE(house);
    Token first = issue(&house, TOKEN_TENANT, &house.work, born_s);
    Token last = issue(&house, TOKEN_TENANT, &house.work, born_s + 5399);
    Token next = issue(&house, TOKEN_TENANT, &house.work, born_s + 5400);

    CHECK_INT(first.expire_s, 7199);
    CHECK_TEXT(last.text, first.text);
    CHECK_INT(last.expire_s, 1800);
    CHECK(!text_equal(next.text, first.text));
    CHECK_INT(next.expire_s, 7199);
    CHECK_INT(check_at(&house, TOKEN_TENANT, first.text, born_s + 7198), 0);
    CHECK_INT(check_at(&house, TOKEN_TENANT, next.text, born_s + 7198), 0);
    CHECK_INT(check_at(&house, TOKEN_TENANT, first.text, born_s + 7199), E_UNAUTHENTICATED);
    CHECK_INT(check_at(&house, TOKEN_TENANT, next.text, born_s + 7199), 0);
    CHECK_INT(check_at(&house, TOKEN_TENANT, next.text, born_s + 5400 + 7198), 0);
    CHECK_INT(check_at(&house, TOKEN_TENANT, next.text, born_s + 5400 + 7199), E_UNAUTHENTICATED);
}

/* Years after the creation, and before it, where a clock that was set back may stand. */
TEST(whenever_a_token_is_asked_for_it_lives_as_told)
{
    FIXTURE(house);
    const int64_t starts_s[] = { born_s, born_s - 20000, born_s + INT64_C(300000000), 5 };
    const char *last = NULL;

    for (size_t i = 0; i < COUNT_OF(starts_s); i++) {
        for (int64_t now_s = starts_s[i]; now_s < starts_s[i] + 12000; now_s += 7) {
            Token token = issue(&house, TOKEN_TENANT, &house.work, now_s);
            int64_t end_s = now_s + token.expire_s;

            CHECK(token.expire_s >= 1800 && token.expire_s <= TOKEN_LIFE_S);
            CHECK_INT(check_at(&house, TOKEN_TENANT, token.text, now_s), 0);
            CHECK_INT(check_at(&house, TOKEN_TENANT, token.text, end_s - 1), 0);
            CHECK_INT(check_at(&house, TOKEN_TENANT, token.text, end_s), E_UNAUTHENTICATED);
            if (last && token.expire_s < 7190)
                CHECK_TEXT(token.text, last);
            last = token.text;
        }
        last = NULL;
    }
}

TEST(a_token_is_the_same_in_every_millisecond_of_a_second)
{
    FIXTURE(house);
    Token first, last;

    token_issue(&house.rules, TOKEN_TENANT, house.work.app, house.work.tenant,
                FIXTURE_NOW_MS + 5399000, house.kept.arena, &first);
    token_issue(&house.rules, TOKEN_TENANT, house.work.app, house.work.tenant,
                FIXTURE_NOW_MS + 5399999, house.kept.arena, &last);
    CHECK_TEXT(last.text, first.text);
    CHECK_INT(last.expire_s, 1800);
}

TEST(what_lives_longer_than_any_token_is_refused)
{
    FIXTURE(house);
    Token token = issue(&house, TOKEN_TENANT, &house.work, born_s + 100000);

    CHECK_INT(check_at(&house, TOKEN_TENANT, token.text, born_s + 80000), E_UNAUTHENTICATED);
}

/* A clock that is put right by a little must not lock every client out. */
TEST(a_clock_set_back_a_little_refuses_no_token)
{
    FIXTURE(house);
    Token token = issue(&house, TOKEN_TENANT, &house.work, born_s);
    int64_t spare_s = TOKEN_LIFE_S - token.expire_s;

    CHECK_INT(check_at(&house, TOKEN_TENANT, token.text, born_s - spare_s - TOKEN_SKEW_S), 0);
    CHECK_INT(check_at(&house, TOKEN_TENANT, token.text, born_s - spare_s - TOKEN_SKEW_S - 1),
              E_UNAUTHENTICATED);
}

/* ---- kinds ---- */

TEST(a_store_apps_token_has_no_tenant)
{
    FIXTURE(house);
    Work work = house.work;
    Token token;
    const App *app = NULL;
    const Tenant *tenant = house.work.tenant;

    work.app = directory_app(house.directory, FIXTURE_STORE_APP);
    token = issue(&house, TOKEN_APP, &work, born_s);
    CHECK(text_starts_with(token.text, "a-"));
    CHECK_INT(token.expire_s, 7199);
    CHECK_INT(token_check(&house.rules, NULL, house.directory, TOKEN_APP, token.text,
                          FIXTURE_NOW_MS, &app, &tenant),
              0);
    CHECK_TEXT(app->app_id, FIXTURE_STORE_APP);
    CHECK(!tenant);
    CHECK_INT(token_check(&house.rules, NULL, house.directory, TOKEN_APP, token.text,
                          FIXTURE_NOW_MS, &app, NULL),
              0);
}

/* Decision 33: each that was handed out in the last 12 hours. */
TEST(a_ticket_is_good_for_12_hours)
{
    FIXTURE(house);
    const int64_t hour_s = born_s - born_s % 3600;

    for (int64_t now_s = hour_s; now_s < hour_s + 7200; now_s += 599) {
        Token ticket = issue(&house, TOKEN_TICKET, &house.work, now_s);

        CHECK_INT(check_at(&house, TOKEN_TICKET, ticket.text, now_s), 0);
        CHECK_INT(check_at(&house, TOKEN_TICKET, ticket.text, now_s + 12 * 3600 - 1), 0);
        CHECK_INT(check_at(&house, TOKEN_TICKET, ticket.text, now_s + 13 * 3600),
                  E_UNAUTHENTICATED);
    }
    CHECK_TEXT(issue(&house, TOKEN_TICKET, &house.work, hour_s + 3599).text,
               issue(&house, TOKEN_TICKET, &house.work, hour_s).text);
    CHECK(!text_equal(issue(&house, TOKEN_TICKET, &house.work, hour_s + 3600).text,
                      issue(&house, TOKEN_TICKET, &house.work, hour_s).text));
}

TEST(no_kind_passes_for_another)
{
    FIXTURE(house);
    static const TokenKind kinds[] = { TOKEN_TENANT, TOKEN_APP, TOKEN_TICKET };

    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            Token token = issue(&house, kinds[i], &house.work, born_s);
            const char *bytes = kinds[i] == TOKEN_TICKET ? token.text : token.text + 2;
            const char *as = kinds[j] == TOKEN_TICKET
                                 ? bytes
                                 : arena_print(house.kept.arena, "%c-%s", (char)kinds[j], bytes);

            CHECK_INT(check_at(&house, kinds[j], token.text, born_s),
                      i == j ? 0 : E_UNAUTHENTICATED);
            CHECK_INT(check_at(&house, kinds[j], as, born_s), i == j ? 0 : E_UNAUTHENTICATED);
        }
}

/* ---- forgery ---- */

TEST(every_flipped_bit_is_noticed)
{
    FIXTURE(house);
    static const TokenKind kinds[] = { TOKEN_TENANT, TOKEN_APP, TOKEN_TICKET };

    for (size_t i = 0; i < 3; i++) {
        char *text =
            arena_text(house.kept.arena, issue(&house, kinds[i], &house.work, born_s).text);

        for (size_t bit = 0; bit < strlen(text) * 8; bit++) {
            char kept = text[bit / 8];

            text[bit / 8] = (char)(kept ^ 1 << bit % 8);
            if (check_at(&house, kinds[i], text, born_s) != E_UNAUTHENTICATED)
                CHECK_FAIL("bit %zu of a token of kind %c", bit, (char)kinds[i]);
            text[bit / 8] = kept;
        }
        CHECK_INT(check_at(&house, kinds[i], text, born_s), 0);
    }
}

TEST(what_is_cut_or_grown_is_no_token)
{
    FIXTURE(house);
    const char *text = issue(&house, TOKEN_TENANT, &house.work, born_s).text;

    for (size_t size = 0; size < strlen(text); size++)
        CHECK_INT(check_at(&house, TOKEN_TENANT, arena_copy(house.kept.arena, text, size), born_s),
                  E_UNAUTHENTICATED);
    CHECK_INT(check_at(&house, TOKEN_TENANT, arena_print(house.kept.arena, "%sA", text), born_s),
              E_UNAUTHENTICATED);
    CHECK_INT(check_at(&house, TOKEN_TENANT, arena_print(house.kept.arena, "%s=", text), born_s),
              E_UNAUTHENTICATED);
    CHECK_INT(check_at(&house, TOKEN_TENANT, arena_print(house.kept.arena, "%s ", text), born_s),
              E_UNAUTHENTICATED);
}

TEST(another_key_signs_other_tokens)
{
    FIXTURE(house);
    Token token = issue(&house, TOKEN_TENANT, &house.work, born_s);

    house.rules.master_key[31] ^= 1;
    CHECK_INT(check_at(&house, TOKEN_TENANT, token.text, born_s), E_UNAUTHENTICATED);
}

TEST(an_app_must_be_there_and_may_act_only_where_it_is_installed)
{
    FIXTURE(house);
    App unknown = *house.work.app;
    Work work = house.work;

    unknown.app_id = "cli_0123456789abcdef";
    work.app = &unknown;
    CHECK_INT(
        check_at(&house, TOKEN_TENANT, issue(&house, TOKEN_TENANT, &work, born_s).text, born_s),
        E_UNAUTHENTICATED);
    CHECK_INT(check_at(&house, TOKEN_APP, issue(&house, TOKEN_APP, &work, born_s).text, born_s),
              E_UNAUTHENTICATED);

    work = house.work;
    work.tenant = house.stranger.tenant;
    CHECK_INT(
        check_at(&house, TOKEN_TENANT, issue(&house, TOKEN_TENANT, &work, born_s).text, born_s),
        E_UNAUTHENTICATED);
    work.app = directory_app(house.directory, FIXTURE_STORE_APP);
    CHECK_INT(
        check_at(&house, TOKEN_TENANT, issue(&house, TOKEN_TENANT, &work, born_s).text, born_s), 0);
    work.tenant = &(Tenant){ .tenant_id = 99 };
    CHECK_INT(
        check_at(&house, TOKEN_TENANT, issue(&house, TOKEN_TENANT, &work, born_s).text, born_s),
        E_UNAUTHENTICATED);
}

TEST(tokens_of_apps_and_tenants_differ)
{
    FIXTURE(house);
    Work store_app = house.work, elsewhere;

    store_app.app = directory_app(house.directory, FIXTURE_STORE_APP);
    elsewhere = store_app;
    elsewhere.tenant = house.stranger.tenant;
    CHECK(!text_equal(issue(&house, TOKEN_TENANT, &house.work, born_s).text,
                      issue(&house, TOKEN_TENANT, &store_app, born_s).text));
    CHECK(!text_equal(issue(&house, TOKEN_TENANT, &elsewhere, born_s).text,
                      issue(&house, TOKEN_TENANT, &store_app, born_s).text));
}

/* ---- the memo ---- */

/* With the memo as without one, whichever was asked about before. */
TEST(a_memo_changes_no_answer)
{
    FIXTURE(house);
    TokenMemo *memo = token_memo_new();
    Token good = issue(&house, TOKEN_TENANT, &house.work, born_s);
    Token other = issue(&house, TOKEN_TENANT, &house.stranger, born_s);
    const App *app = NULL;
    const Tenant *tenant = NULL;

    for (int i = 0; i < 2; i++) {
        CHECK_INT(token_check(&house.rules, memo, house.directory, TOKEN_TENANT, good.text,
                              FIXTURE_NOW_MS, &app, &tenant),
                  0);
        CHECK_TEXT(app->app_id, FIXTURE_APP);
        CHECK_TEXT(tenant->tenant_key, FIXTURE_TENANT_KEY);
        CHECK_INT(token_check(&house.rules, memo, house.directory, TOKEN_TENANT, other.text,
                              FIXTURE_NOW_MS, &app, &tenant),
                  0);
        CHECK_TEXT(app->app_id, FIXTURE_FOREIGN_APP);
        CHECK_INT(token_check(&house.rules, memo, house.directory, TOKEN_APP, good.text,
                              FIXTURE_NOW_MS, &app, &tenant),
                  E_UNAUTHENTICATED);
        CHECK_INT(token_check(&house.rules, memo, house.directory, TOKEN_TENANT, good.text,
                              FIXTURE_NOW_MS + TOKEN_LIFE_S * 1000, &app, &tenant),
                  E_UNAUTHENTICATED);
    }
    token_memo_free(memo);
}

TEST(a_memo_knows_a_token_by_each_of_its_characters)
{
    FIXTURE(house);
    TokenMemo *memo = token_memo_new();
    Token good = issue(&house, TOKEN_TENANT, &house.work, born_s);
    char *text = arena_text(house.kept.arena, good.text);
    const App *app = NULL;

    for (size_t i = 0; text[i]; i++) {
        char right = text[i];

        CHECK_INT(token_check(&house.rules, memo, house.directory, TOKEN_TENANT, text,
                              FIXTURE_NOW_MS, &app, NULL),
                  0);
        text[i] = right == 'A' ? 'B' : 'A';
        CHECK_INT(token_check(&house.rules, memo, house.directory, TOKEN_TENANT, text,
                              FIXTURE_NOW_MS, &app, NULL),
                  E_UNAUTHENTICATED);
        text[i] = '\0';
        CHECK_INT(token_check(&house.rules, memo, house.directory, TOKEN_TENANT, text,
                              FIXTURE_NOW_MS, &app, NULL),
                  E_UNAUTHENTICATED);
        text[i] = right;
    }
    token_memo_free(memo);
}

CHECK_MAIN
