/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "fault/db_fault.h"
#include "model/limits.h"
#include "server/tender.h"
#include "store/chat_index.h"
#include "store/idempotency_store.h"
#include "store/joins.h"
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

    CHECK_INT(tender_start(kept.url, NULL, &tender, &kept.failure), 0);
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

/* Who sleeps in a queue without an end is woken, or the test does not end either. */
TEST(the_writer_is_told_when_the_log_is_moved)
{
    TEMP_STORE(kept);
    Queue *queue = queue_new(1);
    Tender *tender = NULL;
    void *nothing;

    CHECK_INT(tender_start(kept.url, queue, &tender, &kept.failure), 0);
    CHECK(make_log_long(&kept));
    CHECK_INT(tender_serve(tender, kept.store, &kept.failure), 0);
    CHECK_INT(queue_take(queue, &nothing, 1, -1), 0);
    CHECK_INT(tender_serve(tender, kept.store, &kept.failure), 0);
    CHECK(!store_wants_tending(kept.store));
    tender_stop(tender);
    queue_free(queue);
}

TEST(a_short_log_is_let_be)
{
    TEMP_STORE(kept);
    Tender *tender = NULL;

    CHECK_INT(store_commit(kept.store, &kept.failure), 0);
    CHECK_INT(tender_start(kept.url, NULL, &tender, &kept.failure), 0);
    for (int i = 0; i < 10; i++)
        CHECK_INT(tender_serve(tender, kept.store, &kept.failure), 0);
    CHECK(!tender_stop(tender));
    CHECK(!tender_stop(NULL));
}

TEST(without_a_database_it_does_not_start)
{
    Tender *tender = NULL;
    Failure failure = { 0 };

    CHECK_INT(tender_start("sqlite:/nowhere/x.db", NULL, &tender, &failure), E_FAULT);
    CHECK(!tender);
}

/* ---- the index of chats ---- */

enum { EACH = 4096, JOINS = 40, FLUSHES = JOINS * EACH / 16384 };

/* Who comes in by each is the same, so that the last of them is in all chats. */
static void add_joins(TempStore *kept)
{
    const char *users = joins_ids(kept->arena, 1, EACH);

    for (int i = 1; i <= JOINS; i++)
        joins_add(kept->store, 1, i, i, "", users, "");
    joins_demand(store_commit(kept->store, &kept->failure), &kept->failure);
}

typedef struct Fate {
    bool is_begun_twice; /* as when a batch is carried again */
    int lost;            /* the transaction with this number, from 1, is rolled back; 0 = none */
    int broken;          /* the piece of this one can't be written */
} Fate;

/* The writer's part, until the index is up to date. How many pieces were kept. */
static int write_pieces(TempStore *kept, Tender *tender, Fate fate)
{
    static const char count_blocks[] = "SELECT count(*) FROM chat_index_block";
    KeptAnswer answer = { "print", 200, "" };
    int64_t blocks;
    int kept_count = 0;

    for (int number = 0, turns = 0; turns < TURNS_MOST * 10; turns++) {
        Failure failure = { 0 };
        bool is_kept, is_written = false;

        tender_serve_index(tender, kept->store, &failure);
        if (!tender_has_piece(tender)) {
            if (joins_ask(kept->store, "SELECT count(*) FROM chat_index_block WHERE run_number NOT "
                                       "IN (SELECT run_number FROM chat_index_run)") == 0 &&
                joins_ask(kept->store, "SELECT min(level) = 0 AND max(level) = 1 AND count(*) = 3 "
                                       "FROM chat_index_run") == 1)
                return kept_count;
            usleep(1000);
            continue;
        }
        number++;
        blocks = joins_ask(kept->store, count_blocks);
        is_kept = number != fate.lost;
        for (int i = 0; i < 1 + fate.is_begun_twice; i++) {
            if (i > 0)
                store_rollback(kept->store, &failure);
            joins_demand(store_begin(kept->store, &failure), &failure);
            db_fault_arm(number == fate.broken ? 30 : 0, DB_FAULT_ONCE, E_FAULT);
            is_written = tender_write_piece(tender, kept->store, &failure) >= 0;
            db_fault_arm(0, DB_FAULT_ONCE, 0);
            if (!is_written && joins_ask(kept->store, count_blocks) != blocks)
                return -1; /* half of it is there */
        }
        /* What else the transaction holds is kept whatever happens to the piece. */
        kept_answer_put(kept->store, 1, arena_print(kept->arena, "%d", number), &answer, 0,
                        &failure);
        if (is_kept)
            joins_demand(store_commit(kept->store, &kept->failure), &kept->failure);
        else
            store_rollback(kept->store, &failure);
        tender_end_piece(tender, is_kept);
        kept_count += is_kept && is_written;
    }
    return -1;
}

static bool is_indexed(TempStore *kept)
{
    const ChatIndexRange range = { 0, INT64_MAX, false, JOINS + 1 };
    int64_t *numbers = NULL;
    size_t count = 0;

    joins_demand(store_begin(kept->store, &kept->failure), &kept->failure);
    joins_demand(chat_index_list(kept->store, 1, CHAT_INDEX_USER,
                                 arena_print(kept->arena, "%d", EACH), &range, kept->arena,
                                 &numbers, &count, &kept->failure),
                 &kept->failure);
    joins_demand(store_commit(kept->store, &kept->failure), &kept->failure);
    return count == JOINS && numbers[0] == 1 && numbers[JOINS - 1] == JOINS;
}

static const char *try_fate(Fate fate, int64_t answers)
{
    _cleanup_(temp_store_close) TempStore kept = temp_store_open("fault");
    Tender *tender = NULL;
    int pieces;

    add_joins(&kept);
    joins_demand(tender_start(kept.url, NULL, &tender, &kept.failure), &kept.failure);
    pieces = write_pieces(&kept, tender, fate);
    tender_stop(tender);
    if (pieces < FLUSHES + CHAT_INDEX_MERGE_RUNS) /* a merge has a piece for each run's worth */
        return "the index is not up to date";
    if (joins_ask(kept.store, "SELECT count(*) FROM idempotency") != pieces + answers)
        return "something else of a transaction is lost";
    return is_indexed(&kept) ? NULL : "the index is wrong";
}

TEST(the_index_catches_up_in_pieces)
{
    CHECK_TEXT(try_fate((Fate){ 0 }, 0), NULL);
    CHECK_TEXT(try_fate((Fate){ .is_begun_twice = true }, 0), NULL);
}

/* What is lost is done again; what else was in the transaction with a bad piece stays. */
TEST(a_piece_that_is_lost_is_no_harm)
{
    CHECK_TEXT(try_fate((Fate){ .lost = 2 }, 0), NULL);
    CHECK_TEXT(try_fate((Fate){ .lost = FLUSHES + 2 }, 0), NULL);
    CHECK_TEXT(try_fate((Fate){ .broken = FLUSHES + 2 }, 1), NULL);
}

/* Whether a piece comes within some turns. */
static bool comes_a_piece(TempStore *kept, Tender *tender, int turns)
{
    for (int i = 0; i < turns && !tender_has_piece(tender); i++) {
        tender_serve_index(tender, kept->store, &kept->failure);
        usleep(1000);
    }
    return tender_has_piece(tender);
}

/* The thread reads nothing for the index while the log is moved, nor before the writer has begun
 * it anew; then it goes on. */
TEST(the_index_waits_until_the_log_begins_anew)
{
    TEMP_STORE(kept);
    Tender *tender = NULL;

    add_joins(&kept);
    joins_demand(tender_start(kept.url, NULL, &tender, &kept.failure), &kept.failure);
    CHECK(comes_a_piece(&kept, tender, TURNS_MOST));
    CHECK(make_log_long(&kept));
    CHECK_INT(tender_serve(tender, kept.store, &kept.failure), 0);

    joins_demand(store_begin(kept.store, &kept.failure), &kept.failure);
    CHECK_INT(tender_write_piece(tender, kept.store, &kept.failure), 0);
    joins_demand(store_commit(kept.store, &kept.failure), &kept.failure);
    tender_end_piece(tender, true);
    CHECK(!comes_a_piece(&kept, tender, 200)); /* it is moved: the writer's part is left */

    for (int i = 0; store_wants_tending(kept.store) && i < TURNS_MOST; i++) {
        CHECK_INT(tender_serve(tender, kept.store, &kept.failure), 0);
        usleep(10 * 1000);
    }
    CHECK(!comes_a_piece(&kept, tender, 200)); /* nobody has written since */
    joins_demand(store_begin(kept.store, &kept.failure), &kept.failure);
    kept_answer_put(kept.store, 1, "anew", &(KeptAnswer){ "print", 200, "" }, 0, &kept.failure);
    joins_demand(store_commit(kept.store, &kept.failure), &kept.failure);
    CHECK_INT(tender_serve(tender, kept.store, &kept.failure), 0);
    CHECK(comes_a_piece(&kept, tender, TURNS_MOST));
    tender_stop(tender);
}

/* The database's file may not grow. */
TEST(where_the_log_cannot_be_moved_the_index_goes_on)
{
    TEMP_STORE(kept);
    struct rlimit before;
    Tender *tender = NULL;
    int r = 0;

    add_joins(&kept);
    joins_demand(tender_start(kept.url, NULL, &tender, &kept.failure), &kept.failure);
    CHECK(make_log_long(&kept));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, before.rlim_max });
    for (int i = 0; r == 0 && i < TURNS_MOST; i++) {
        r = tender_serve(tender, kept.store, &kept.failure);
        usleep(1000);
    }
    CHECK_INT(r, E_FULL);
    CHECK(comes_a_piece(&kept, tender, TURNS_MOST));
    setrlimit(RLIMIT_FSIZE, &before);
    tender_stop(tender);
}

TEST(who_has_nothing_to_index_gets_no_piece)
{
    TEMP_STORE(kept);
    Tender *tender = NULL;

    CHECK_INT(store_commit(kept.store, &kept.failure), 0);
    CHECK_INT(tender_start(kept.url, NULL, &tender, &kept.failure), 0);
    for (int i = 0; i < 20; i++) {
        CHECK_INT(tender_serve_index(tender, kept.store, &kept.failure), 0);
        CHECK(!tender_has_piece(tender));
        CHECK_INT(tender_write_piece(tender, kept.store, &kept.failure), 0);
        tender_end_piece(tender, true);
        usleep(1000);
    }
    CHECK_INT(db_fault_calls(), 0);
    tender_stop(tender);
}

CHECK_MAIN
