/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/text.h"

#include "api/desk.h"
#include "check.h"

#define GROUP "/open-apis/apaas/v1/user_tasks/t1/chat_group"
#define ONE   "chat +1 chat_join +1 event +2 idempotency +1"

static void ask(Desk *desk, const char *key, const char *query, const char *more)
{
    Arena *arena = desk->house.kept.arena;

    desk_set_header(desk, 0, "Idempotency-Key", key);
    desk_ask(desk, "POST", arena_print(arena, GROUP "%s", query),
             arena_print(arena, "{\"operator_user_id\":\"1\"%s}", more));
}

static bool is_replayed(const Desk *desk)
{
    return text_equal(desk_header(desk, "Idempotency-Replayed"), "true");
}

TEST(every_carrier_is_the_same_key)
{
    DESK(desk);
    static const struct {
        const char *key, *query, *more;
    } rows[] = {
        { "k-1", "", "" },
        { "\"k-1\"", "", "" },
        { NULL, "?uuid=k-1", "" },
        { NULL, "?client_token=k-1", "" },
        { NULL, "?idempotency_key=k-1", "" },
        { NULL, "", ",\"uuid\":\"k-1\"" },
        { NULL, "", ",\"client_token\":\"k-1\"" },
        { "k-1", "?uuid=k-1&client_token=", ",\"uuid\":\"k-1\",\"client_token\":null" },
    };
    const char *before = fixture_rows(&desk.house), *first = NULL;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ask(&desk, rows[i].key, rows[i].query, rows[i].more);
        CHECK_INT(desk.status, 200);
        CHECK_INT(is_replayed(&desk), i > 0);
        if (i == 0)
            first = desk.body;
        CHECK_TEXT(desk.body, first);
        CHECK_TEXT(fixture_changes(&desk.house, before), ONE);
    }
}

TEST(without_a_key_nothing_is_kept)
{
    DESK(desk);
    const char *before = fixture_rows(&desk.house), *first;

    ask(&desk, NULL, "?uuid=", ",\"uuid\":\"\"");
    first = desk.body;
    CHECK_TEXT(fixture_changes(&desk.house, before), "chat +1 chat_join +1 event +2");
    ask(&desk, NULL, "", "");
    CHECK_INT(desk.code, 0);
    CHECK(!text_equal(desk.body, first));
    CHECK(!desk_header(&desk, "Idempotency-Replayed"));
}

TEST(a_key_has_1_to_255_visible_characters)
{
    DESK(desk);
    Buffer key;
    static const char *const bad[] = { "", "\"\"", "a b", "é", "a\tb", " " };
    const char *before = fixture_rows(&desk.house);

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        ask(&desk, bad[i], "", "");
        CHECK_INT(desk.status, 400);
        CHECK_INT(desk.code, 2320001);
        CHECK(strstr(desk.body, "\"field\":\"Idempotency-Key\""));
    }
    ask(&desk, NULL, "", ",\"uuid\":1");
    CHECK_INT(desk.code, 2320001);
    buffer_init(&key, desk.house.kept.arena, 512);
    for (int i = 0; i < 256; i++)
        buffer_add_char(&key, 'k');
    ask(&desk, key.text, "", "");
    CHECK_INT(desk.code, 2320001);
    CHECK_TEXT(fixture_changes(&desk.house, before), "");
    ask(&desk, key.text + 1, "", "");
    CHECK_INT(desk.code, 0);
    ask(&desk, "\"", "", "");
    CHECK_INT(desk.code, 0);
}

TEST(two_different_keys_are_refused)
{
    DESK(desk);

    ask(&desk, "a", "?uuid=b", "");
    CHECK_INT(desk.code, 2320001);
    CHECK(strstr(desk.body, "two different idempotency keys"));
    ask(&desk, "a", "?uuid=a&uuid=a&uuid=b", "");
    CHECK_INT(desk.code, 2320001);
    ask(&desk, NULL, "?idempotency_key=a&idempotency_key=b", "");
    CHECK_INT(desk.code, 2320001);
    desk_set_header(&desk, 1, "idempotency-key", "b");
    ask(&desk, "a", "", "");
    CHECK_INT(desk.code, 2320001);
    ask(&desk, "b", "?uuid=b&uuid=&uuid=b", "");
    CHECK_INT(desk.code, 0);
    desk_set_header(&desk, 1, NULL, NULL);
    ask(&desk, NULL, "?uuid=a&client_token=b", "");
    CHECK_INT(desk.code, 2320001);
    ask(&desk, NULL, "?uuid=a", ",\"client_token\":\"b\"");
    CHECK_INT(desk.code, 2320001);
}

TEST(another_request_under_the_same_key_is_refused)
{
    DESK(desk);
    const char *before, *first;

    ask(&desk, "k", "", ",\"invite_user_ids\":[\"2\",\"3\"]");
    first = desk.body;
    before = fixture_rows(&desk.house);
    ask(&desk, "k", "", ",\"invite_user_ids\":[\"2\"]");
    CHECK_INT(desk.status, 400);
    CHECK_INT(desk.code, 2320001);
    CHECK(strstr(desk.body, "this key was used for another request"));
    ask(&desk, "k", "", ",\"invite_user_ids\":[\"3\",\"2\",\"3\"]");
    CHECK_TEXT(desk.body, first);
    CHECK_TEXT(fixture_changes(&desk.house, before), "");
    desk_ask(&desk, "POST", "/open-apis/apaas/v1/user_tasks/t2/chat_group",
             "{\"operator_user_id\":\"1\",\"invite_user_ids\":[\"2\",\"3\"]}");
    CHECK_INT(desk.code, 0);
    CHECK(!is_replayed(&desk));
}

TEST(apps_and_tenants_have_keys_of_their_own)
{
    DESK(desk);
    const char *first;

    ask(&desk, "k", "", "");
    first = desk.body;
    desk.authorization = desk_bearer(&desk, &desk.house.second);
    ask(&desk, "k", "", "");
    CHECK(!is_replayed(&desk) && !text_equal(desk.body, first));
    desk.authorization = desk_bearer(&desk, &desk.house.stranger);
    ask(&desk, "k", "", "");
    CHECK(!is_replayed(&desk) && desk.code == 0);
    desk.authorization = "Bearer t-x";
    ask(&desk, "k", "", "");
    CHECK_INT(desk.code, 99991663);
}

/* What a repetition would get again is kept; what was wrong with the request itself is not. */
TEST(a_refusal_by_the_rules_is_kept)
{
    DESK(desk);
    const char *before = fixture_rows(&desk.house), *first;

    desk_set_header(&desk, 0, "Idempotency-Key", "k");
    desk_ask(&desk, "POST", GROUP, "{\"operator_user_id\":\"20\"}");
    CHECK_INT(desk.code, 2320001);
    CHECK_TEXT(fixture_changes(&desk.house, before), "idempotency +1");
    first = desk.body;
    fixture_run(&desk.house.work,
                "INSERT INTO kunlun_user (tenant_id, kunlun_id, open_id, union_id, user_id, name, "
                "en_name, email, mobile, status) "
                "VALUES (1, '20', 'ou_20', 'on_20', 'u20', 'x', '', '', '', 'active')",
                NULL, NULL);
    desk_ask(&desk, "POST", GROUP, "{\"operator_user_id\":\"20\"}");
    CHECK_INT(desk.status, 400);
    CHECK_TEXT(desk.body, first);
    CHECK(is_replayed(&desk));

    desk_set_header(&desk, 0, "Idempotency-Key", "k2");
    desk_ask(&desk, "POST", GROUP, "{}");
    CHECK_INT(desk.code, 2320001);
    desk_ask(&desk, "POST", GROUP, "{\"operator_user_id\":\"20\"}");
    CHECK_INT(desk.code, 0);
    CHECK(!is_replayed(&desk));
}

TEST(an_answer_is_given_again_as_long_as_it_is_kept)
{
    DESK(desk);
    const char *first;

    desk.house.rules.idempotency_keep_ms = 3600 * 1000;
    ask(&desk, "k", "", "");
    first = desk.body;
    desk.now_ms += 3600 * 1000;
    ask(&desk, "k", "", "");
    CHECK_TEXT(desk.body, first);
    desk.now_ms += 1;
    ask(&desk, "k", "", "");
    CHECK_INT(desk.code, 0);
    CHECK(!is_replayed(&desk) && !text_equal(desk.body, first));
}

CHECK_MAIN
