/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include "check.h"
#include "model/limits.h"
#include "store/idempotency_store.h"
#include "store/temp_store.h"

static int put(TempStore *kept, int64_t tenant_id, const char *key, const char *body, int64_t now)
{
    return kept_answer_put(kept->store, tenant_id, key, &(KeptAnswer){ "print", 200, body }, now,
                           &kept->failure);
}

static int find(TempStore *kept, int64_t tenant_id, const char *key, int64_t since,
                KeptAnswer *ret_answer)
{
    return kept_answer_find(kept->store, tenant_id, key, since, kept->arena, ret_answer,
                            &kept->failure);
}

TEST(an_answer_is_found_as_it_was_kept)
{
    TEMP_STORE(kept);
    KeptAnswer answer = { 0 };

    CHECK_INT(find(&kept, 1, "k", 0, &answer), 0);
    CHECK_INT(kept_answer_put(kept.store, 1, "k", &(KeptAnswer){ "print", 400, "{\"a\":\"é\"}" },
                              1000, &kept.failure),
              0);
    CHECK_INT(find(&kept, 1, "k", 0, &answer), 1);
    CHECK_TEXT(answer.fingerprint, "print");
    CHECK_INT(answer.http_status, 400);
    CHECK_TEXT(answer.body, "{\"a\":\"é\"}");
    CHECK_INT(find(&kept, 1, "K", 0, &answer), 0);
}

TEST(it_is_gone_at_the_exact_millisecond)
{
    TEMP_STORE(kept);
    KeptAnswer answer;

    CHECK_INT(put(&kept, 1, "k", "old", 1000), 0);
    CHECK_INT(find(&kept, 1, "k", 1000, &answer), 1);
    CHECK_INT(find(&kept, 1, "k", 1001, &answer), 0);
    CHECK_INT(put(&kept, 1, "k", "new", 2000), 0);
    CHECK_INT(find(&kept, 1, "k", 1001, &answer), 1);
    CHECK_TEXT(answer.body, "new");
}

TEST(tenants_keep_answers_of_their_own_under_equal_keys)
{
    TEMP_STORE(kept);
    KeptAnswer answer;

    CHECK_INT(put(&kept, 1, "k", "ours", 1000), 0);
    CHECK_INT(find(&kept, 2, "k", 0, &answer), 0);
    CHECK_INT(put(&kept, 2, "k", "theirs", 1000), 0);
    CHECK_INT(find(&kept, 1, "k", 0, &answer), 1);
    CHECK_TEXT(answer.body, "ours");
    CHECK_INT(find(&kept, 2, "k", 0, &answer), 1);
    CHECK_TEXT(answer.body, "theirs");
}

TEST(pruning_takes_what_is_older_of_every_tenant)
{
    TEMP_STORE(kept);
    KeptAnswer answer;

    CHECK_INT(put(&kept, 1, "old", "", 999), 0);
    CHECK_INT(put(&kept, 2, "old", "", 999), 0);
    CHECK_INT(put(&kept, 1, "edge", "", 1000), 0);
    CHECK_INT(put(&kept, 2, "edge", "", 1000), 0);
    CHECK_INT(kept_answer_prune(kept.store, 1000, &kept.failure), 0);
    CHECK_INT(find(&kept, 1, "old", 0, &answer), 0);
    CHECK_INT(find(&kept, 2, "old", 0, &answer), 0);
    CHECK_INT(find(&kept, 1, "edge", 0, &answer), 1);
    CHECK_INT(find(&kept, 2, "edge", 0, &answer), 1);
}

TEST(pruning_takes_the_oldest_and_not_too_many_at_once)
{
    TEMP_STORE(kept);
    KeptAnswer answer;

    for (int i = 0; i < IDEMPOTENCY_PRUNE_ROWS + 1; i++)
        CHECK_INT(put(&kept, 1, arena_print(kept.arena, "k%d", i), "", 1000 - i), 0);
    CHECK_INT(kept_answer_prune(kept.store, 2000, &kept.failure), 1);
    CHECK_INT(find(&kept, 1, "k0", 0, &answer), 1);
    CHECK_INT(find(&kept, 1, "k1", 0, &answer), 0);
    CHECK_INT(kept_answer_prune(kept.store, 2000, &kept.failure), 0);
    CHECK_INT(find(&kept, 1, "k0", 0, &answer), 0);
}

CHECK_MAIN
