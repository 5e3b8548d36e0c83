/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "domain/idempotency.h"
#include "fault_check.h"

static const char path[] = "/open-apis/apaas/v1/user_tasks/t1/chat_group";

static const char *hash(const Work *work, const char *key)
{
    return idempotency_key_hash(work, "POST", path, key);
}

static int keep(const Work *work, const char *key, const char *body)
{
    return idempotency_keep(work, hash(work, key), &(KeptAnswer){ "print", 200, body });
}

TEST(a_key_is_an_apps_and_a_paths_own)
{
    FIXTURE(house);
    const char *mine = hash(&house.work, "k");

    CHECK_INT(strlen(mine), 64);
    CHECK_TEXT(hash(&house.work, "k"), mine);
    CHECK(!text_equal(hash(&house.work, "K"), mine));
    CHECK(!text_equal(hash(&house.second, "k"), mine));
    CHECK(!text_equal(idempotency_key_hash(&house.work, "PUT", path, "k"), mine));
    CHECK(!text_equal(idempotency_key_hash(&house.work, "POST", "/open-apis", "k"), mine));
    CHECK(!strstr(mine, "k"));
    house.rules.master_key[0] ^= 1;
    CHECK(!text_equal(hash(&house.work, "k"), mine));
}

TEST(a_fingerprint_tells_lists_of_parts_apart)
{
    FIXTURE(house);
    const char *const lists[][2] = { { "ab", "c" },   { "a", "bc" }, { "abc", "" },
                                     { "abc", NULL }, { "c", "ab" }, { "2:ab", "c" } };
    const char *prints[COUNT_OF(lists)];

    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        prints[i] = idempotency_fingerprint(&house.work, lists[i], 2);
        CHECK_INT(strlen(prints[i]), 64);
        CHECK_TEXT(idempotency_fingerprint(&house.work, lists[i], 2), prints[i]);
        for (size_t j = 0; j < i; j++)
            CHECK(!text_equal(prints[i], prints[j]));
    }
    CHECK(!text_equal(idempotency_fingerprint(&house.work, lists[0], 1), prints[0]));
}

TEST(the_same_request_gets_the_same_answer)
{
    FIXTURE(house);
    KeptAnswer answer = { 0 };

    CHECK_INT(idempotency_find(&house.work, hash(&house.work, "k"), "print", &answer), 0);
    CHECK_INT(keep(&house.work, "k", "{\"code\":0}"), 0);
    CHECK_INT(idempotency_find(&house.work, hash(&house.work, "k"), "print", &answer), 1);
    CHECK_INT(answer.http_status, 200);
    CHECK_TEXT(answer.body, "{\"code\":0}");
}

TEST(another_request_under_the_same_key_is_refused)
{
    FIXTURE(house);
    KeptAnswer answer = { .body = "untouched" };

    CHECK_INT(keep(&house.work, "k", "x"), 0);
    CHECK_INT(idempotency_find(&house.work, hash(&house.work, "k"), "other", &answer), E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "Idempotency-Key");
    CHECK_TEXT(house.work.failure->value, "");
    CHECK_TEXT(answer.body, "untouched");
}

TEST(apps_and_tenants_never_meet_each_others_keys)
{
    FIXTURE(house);
    Work store_app = house.work, store_app_elsewhere = house.stranger;
    KeptAnswer answer;

    store_app.app = directory_app(house.directory, FIXTURE_STORE_APP);
    store_app_elsewhere.app = store_app.app;
    CHECK_INT(keep(&store_app, "k", "ours"), 0);
    CHECK_INT(idempotency_find(&house.work, hash(&house.work, "k"), "print", &answer), 0);
    CHECK_INT(idempotency_find(&house.stranger, hash(&house.stranger, "k"), "print", &answer), 0);
    CHECK_INT(
        idempotency_find(&store_app_elsewhere, hash(&store_app_elsewhere, "k"), "print", &answer),
        0);
    CHECK_TEXT(hash(&store_app_elsewhere, "k"), hash(&store_app, "k"));
    CHECK_INT(idempotency_find(&store_app, hash(&store_app, "k"), "print", &answer), 1);
}

TEST(an_answer_is_kept_as_long_as_is_said)
{
    FIXTURE(house);
    const char *key_hash = hash(&house.work, "k"), *before;
    KeptAnswer answer;

    CHECK_INT(keep(&house.work, "k", "x"), 0);
    before = fixture_rows(&house);
    house.work.now_ms = FIXTURE_NOW_MS + house.rules.idempotency_keep_ms;
    CHECK_INT(idempotency_find(&house.work, key_hash, "print", &answer), 1);
    CHECK_INT(idempotency_prune(&house.work), 0);
    CHECK_TEXT(fixture_changes(&house, before), "");
    house.work.now_ms += 1;
    CHECK_INT(idempotency_find(&house.work, key_hash, "print", &answer), 0);
    CHECK_INT(idempotency_prune(&house.work), 0);
    CHECK_TEXT(fixture_changes(&house, before), "idempotency -1");
}

TEST(an_old_answer_gives_way_before_it_is_pruned)
{
    FIXTURE(house);
    KeptAnswer answer;

    CHECK_INT(keep(&house.work, "k", "old"), 0);
    house.work.now_ms += house.rules.idempotency_keep_ms + 1;
    CHECK_INT(keep(&house.work, "k", "new"), 0);
    CHECK_INT(idempotency_find(&house.work, hash(&house.work, "k"), "print", &answer), 1);
    CHECK_TEXT(answer.body, "new");
}

/* ---- all or nothing ---- */

static int find_and_keep(const Work *work, void *state)
{
    KeptAnswer answer;
    int r = idempotency_find(work, hash(work, state), "print", &answer);

    return r < 0 ? r : keep(work, state, "x");
}

static int prune(const Work *work, void *state)
{
    (void)state;
    return idempotency_prune(work);
}

TEST(whatever_call_fails_nothing_is_half_kept)
{
    FAULTY_FIXTURE(house);
    char key[] = "k";

    CHECK_EACH_CALL(&house, &house.work, find_and_keep, key);
    house.work.now_ms += house.rules.idempotency_keep_ms + 1;
    CHECK_EACH_CALL(&house, &house.work, prune, NULL);
}

CHECK_MAIN
