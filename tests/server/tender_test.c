/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "check.h"
#include "server/tender.h"
#include "store/idempotency_store.h"
#include "store/temp_store.h"

enum { ROUNDS_MOST = 2000, TURNS_MOST = 1000 };

/* Commits until the log has become long; the fixture's transaction is the first. */
static bool make_log_long(TempStore *kept)
{
    char body[4096];
    KeptAnswer answer = { "print", 200, body };

    memset(body, 'x', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    for (int i = 0; i < ROUNDS_MOST; i++) {
        if (!store_in_transaction(kept->store))
            store_begin(kept->store, &kept->failure);
        kept_answer_put(kept->store, 1, arena_print(kept->arena, "%d", i), &answer, i,
                        &kept->failure);
        store_commit(kept->store, &kept->failure);
        if (store_wants_tending(kept->store))
            return true;
    }
    return false;
}

TEST(a_long_log_is_moved_and_begins_anew)
{
    TEMP_STORE(kept);
    Tender *tender = NULL;
    const char *rows;
    int turns = 0;

    CHECK_INT(tender_start(kept.url, &tender, &kept.failure), 0);
    CHECK(make_log_long(&kept));
    CHECK_INT(kept.failure.code, 0);
    rows = temp_store_rows(kept.store, kept.arena);
    while (store_wants_tending(kept.store) && turns++ < TURNS_MOST) {
        CHECK_INT(tender_serve(tender, kept.store, &kept.failure), 0);
        usleep(10 * 1000);
    }
    CHECK(!store_wants_tending(kept.store));
    CHECK(!tender_is_broken(tender));
    CHECK_TEXT(temp_store_rows(kept.store, kept.arena), rows);
    CHECK(!tender_stop(tender));
}

TEST(a_short_log_is_let_be)
{
    TEMP_STORE(kept);
    Tender *tender = NULL;

    CHECK_INT(store_commit(kept.store, &kept.failure), 0);
    CHECK_INT(tender_start(kept.url, &tender, &kept.failure), 0);
    for (int i = 0; i < 10; i++)
        CHECK_INT(tender_serve(tender, kept.store, &kept.failure), 0);
    CHECK(!tender_stop(tender));
    CHECK(!tender_stop(NULL));
}

TEST(without_a_database_it_does_not_start)
{
    Tender *tender = NULL;
    Failure failure = { 0 };

    CHECK_INT(tender_start("sqlite:/nowhere/x.db", &tender, &failure), E_FAULT);
    CHECK(!tender);
}

CHECK_MAIN
