/* SPDX-License-Identifier: Apache-2.0 */

/* How the index of chats is built: what becomes a run, what is deleted, and what stays when a call
 * of the database fails. That what it lists is right, is chat_index_test.c's. */
#include "check.h"
#include "db/db.h"
#include "fault/db_fault.h"
#include "joins.h"
#include "model/limits.h"
#include "store/chat_index.h"
#include "store/chat_index_build.h"
#include "store/chat_posting.h"

static const ChatIndexSizes small = { .block_postings = 3,
                                      .flush_postings = 8,
                                      .flush_events = 10,
                                      .piece_blocks = 3,
                                      .drop_blocks = 2,
                                      .merge_runs = 4 };

/* n joins of one user each, after what is there; commits. */
static void add_joins(TempStore *kept, int64_t n)
{
    static int64_t event_number;

    if (!store_in_transaction(kept->store))
        joins_demand(store_begin(kept->store, &kept->failure), &kept->failure);
    for (int64_t i = 0; i < n; i++) {
        event_number++;
        joins_add(kept->store, 1, event_number, event_number, "",
                  arena_print(kept->arena, "%d", (int)(event_number % 5)), "");
    }
    joins_demand(store_commit(kept->store, &kept->failure), &kept->failure);
}

static int64_t count_blocks(TempStore *kept)
{
    return joins_ask(kept->store, "SELECT count(*) FROM chat_index_block");
}

/* In all runs, and in blocks that nobody needs. */
static int64_t count_postings(TempStore *kept)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int64_t count = 0;
    int r;

    joins_demand(
        db_query(kept->store->db, "SELECT packed FROM chat_index_block", &query, &kept->failure),
        &kept->failure);
    while ((r = query_step(query, &kept->failure)) > 0) {
        size_t size_bytes = 0;
        const void *bytes = query_blob(query, 0, &size_bytes);
        ChatBlockReader reader;

        joins_demand(chat_block_open(bytes, size_bytes, &reader, &kept->failure), &kept->failure);
        while ((r = chat_block_next(&reader, &kept->failure)) > 0)
            count++;
        joins_demand(r, &kept->failure);
    }
    joins_demand(r, &kept->failure);
    return count;
}

static int64_t count_runs(TempStore *kept)
{
    return joins_ask(kept->store, "SELECT count(*) FROM chat_index_run");
}

static int64_t progress(TempStore *kept)
{
    return joins_ask(kept->store, "SELECT last_event FROM chat_index_progress");
}

/* The next piece, written; *ret_piece is a copy. 1 or 0. */
static int write_next(TempStore *kept, ChatIndexBuilder *builder, ChatIndexPiece *ret_piece)
{
    const ChatIndexPiece *piece;
    int r = chat_index_builder_next(builder, kept->store, &piece, &kept->failure);

    joins_demand(r, &kept->failure);
    if (r == 0)
        return 0;
    *ret_piece = *piece;
    joins_demand(store_begin(kept->store, &kept->failure), &kept->failure);
    joins_demand(chat_index_piece_write(kept->store, piece, &kept->failure), &kept->failure);
    joins_demand(store_commit(kept->store, &kept->failure), &kept->failure);
    chat_index_builder_written(builder);
    return 1;
}

TEST(what_is_not_enough_waits)
{
    TEMP_STORE(kept);
    ChatIndexBuilder *builder = chat_index_builder_new(&small);
    ChatIndexPiece piece;

    add_joins(&kept, 7);
    CHECK_INT(write_next(&kept, builder, &piece), 0);
    add_joins(&kept, 1);
    CHECK_INT(write_next(&kept, builder, &piece), 1);
    CHECK_INT(piece.blocks->postings, 8);
    CHECK_INT(piece.level, 0);
    CHECK_INT(count_blocks(&kept), 3);
    CHECK_INT(count_runs(&kept), 1);
    CHECK_INT(progress(&kept), joins_ask(kept.store, "SELECT max(event_number) FROM later_event"));
    CHECK_INT(write_next(&kept, builder, &piece), 0);
    CHECK(!chat_index_builder_free(builder));
}

/* Otherwise whoever starts anew would read all of them each time. */
TEST(events_that_bring_nobody_are_passed)
{
    TEMP_STORE(kept);
    ChatIndexBuilder *builder = chat_index_builder_new(&small);
    ChatIndexPiece piece;

    for (int i = 1; i <= 10; i++)
        joins_add_event(kept.store, 1, INT64_C(1000000) + i, 1);
    joins_demand(store_commit(kept.store, &kept.failure), &kept.failure);
    CHECK_INT(write_next(&kept, builder, &piece), 1);
    CHECK_INT(piece.blocks->postings, 0);
    CHECK_INT(count_runs(&kept), 0);
    CHECK_INT(progress(&kept), 1000010);
    CHECK_INT(write_next(&kept, builder, &piece), 0);
    chat_index_builder_free(builder);
}

TEST(four_runs_become_one_and_theirs_is_deleted)
{
    TEMP_STORE(kept);
    ChatIndexBuilder *builder = chat_index_builder_new(&small);
    ChatIndexPiece piece;
    int64_t wholes = 0, drops = 0;

    add_joins(&kept, 4 * 8);
    for (int i = 0; i < 4; i++) {
        CHECK_INT(write_next(&kept, builder, &piece), 1);
        CHECK(piece.is_whole && piece.last_event > 0);
    }
    while (write_next(&kept, builder, &piece) > 0) {
        wholes += piece.is_whole;
        drops += piece.drop_blocks > 0;
        CHECK_INT(count_runs(&kept), wholes > 0 ? 1 : 4);
        CHECK(drops == 0 || wholes == 1); /* not while they are read */
    }
    CHECK_INT(drops, 4 * 2); /* of 3 blocks each, 2 at a time */
    CHECK_INT(count_blocks(&kept), (4 * 8 + 2) / 3);
    CHECK_INT(joins_ask(kept.store, "SELECT level FROM chat_index_run"), 1);
    chat_index_builder_free(builder);
}

/* A user comes into each of 16 chats by two events. */
TEST(what_is_in_two_runs_is_kept_once)
{
    TEMP_STORE(kept);

    for (int64_t event = 1; event <= 4 * 8; event++)
        joins_add(kept.store, 1, event, (event - 1) % 16 + 1, "", "7", "");
    joins_demand(store_commit(kept.store, &kept.failure), &kept.failure);
    CHECK_INT(chat_index_build(kept.store, &small, &kept.failure), 0);
    CHECK_INT(count_runs(&kept), 1);
    CHECK_INT(count_postings(&kept), 16);
}

/* However long a merge or a deletion is, what waits comes first. */
TEST(a_flush_goes_before_all_else)
{
    TEMP_STORE(kept);
    ChatIndexBuilder *builder = chat_index_builder_new(&small);
    ChatIndexPiece piece = { 0 };

    add_joins(&kept, 16 * 8);
    while (piece.level < 2 && write_next(&kept, builder, &piece) > 0)
        ;
    CHECK_INT(piece.level, 2);
    CHECK(!piece.is_whole);
    for (int i = 0; i < 30; i++) {
        add_joins(&kept, 8);
        CHECK_INT(write_next(&kept, builder, &piece), 1);
        CHECK(piece.last_event > 0);
        CHECK_INT(write_next(&kept, builder, &piece), 1);
        CHECK_INT(piece.last_event, 0);
    }
    while (write_next(&kept, builder, &piece) > 0)
        ;
    CHECK_INT(count_postings(&kept), 46 * 8);
    chat_index_builder_free(builder);
}

/* And the number of a run that was begun is not used again. */
TEST(what_a_crash_left_is_deleted_first)
{
    TEMP_STORE(kept);
    ChatIndexBuilder *builder = chat_index_builder_new(&small);
    ChatIndexPiece piece = { 0 };
    int64_t run_number, last_run;

    add_joins(&kept, 4 * 8);
    while (piece.level < 1)
        CHECK_INT(write_next(&kept, builder, &piece), 1);
    CHECK(!piece.is_whole);
    run_number = piece.run_number;
    CHECK_INT(count_blocks(&kept), 4 * 3 + 3);
    chat_index_builder_free(builder);

    builder = chat_index_builder_new(&small);
    add_joins(&kept, 8);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(write_next(&kept, builder, &piece), 1);
        CHECK_INT(piece.drop_blocks, 2);
        CHECK_INT(piece.run_number, run_number);
    }
    CHECK_INT(write_next(&kept, builder, &piece), 1);
    CHECK(piece.last_event > 0);
    for (last_run = run_number; write_next(&kept, builder, &piece) > 0;)
        if (piece.drop_blocks == 0)
            CHECK(piece.run_number > run_number);
    CHECK_INT(count_blocks(&kept), (4 * 8 + 2) / 3 + 3);
    CHECK(joins_ask(kept.store, "SELECT last_run FROM chat_index_progress") > last_run);
    chat_index_builder_free(builder);
}

/* As if merges had not kept up: what waits goes on waiting until one has made room. */
TEST(runs_are_not_without_number)
{
    TEMP_STORE(kept);
    ChatIndexBuilder *builder = chat_index_builder_new(&small);
    ChatIndexPiece piece;

    for (int64_t i = 1; i <= CHAT_INDEX_RUNS_MOST; i++)
        joins_run(kept.store, "INSERT INTO chat_index_run (run_number, level) VALUES ($1, $2)", i,
                  i % CHAT_INDEX_LEVELS);
    joins_run(kept.store, "UPDATE chat_index_progress SET last_event = $1, last_run = $2", 0,
              CHAT_INDEX_RUNS_MOST);
    add_joins(&kept, 8);
    CHECK_INT(write_next(&kept, builder, &piece), 1);
    CHECK(piece.is_whole && piece.input_count == small.merge_runs);
    CHECK_INT(write_next(&kept, builder, &piece), 1);
    CHECK(piece.last_event > 0);
    CHECK_INT(count_runs(&kept), CHAT_INDEX_RUNS_MOST - 3 + 1);
    chat_index_builder_free(builder);
}

TEST(more_by_one_event_than_a_run_takes_is_told)
{
    TEMP_STORE(kept);
    ChatIndexBuilder *builder = chat_index_builder_new(&small);
    const ChatIndexPiece *piece;

    joins_add(kept.store, 1, 1, 1, "", "1 2 3 4 5 6 7 8", "b");
    CHECK_INT(chat_index_builder_next(builder, kept.store, &piece, &kept.failure), E_FAULT);
    chat_index_builder_free(builder);
}

/* A row and its key stay inside a page, or each would take two. Chats are months from each other,
 * so that bytes are what limits a block. */
TEST(blocks_fill_their_pages)
{
    TEMP_STORE(kept);
    const char *users = joins_ids(kept.arena, 0, CHAT_INDEX_FLUSH_POSTINGS / 4);

    joins_run(kept.store, "UPDATE chat_index_progress SET last_event = $1, last_run = $2", 0,
              2147480000);
    for (int i = 1; i <= 4 * CHAT_INDEX_MERGE_RUNS; i++) /* what becomes one run */
        joins_add(kept.store, 1, i, (INT64_C(1700000000000) << 16) + ((int64_t)i << 48), "", users,
                  "");
    joins_demand(store_commit(kept.store, &kept.failure), &kept.failure);
    CHECK_INT(chat_index_build(kept.store, &chat_index_sizes, &kept.failure), 0);
    CHECK_INT(count_postings(&kept), CHAT_INDEX_MERGE_RUNS * CHAT_INDEX_FLUSH_POSTINGS);
    CHECK_INT(count_runs(&kept), 1);
    CHECK(count_blocks(&kept) > 100);
    CHECK(joins_ask(kept.store, "SELECT count(*) FROM chat_index_block "
                                "WHERE length(packed) <= 4020 - 15 - 2") <= 1); /* the last */
    CHECK(joins_ask(kept.store, "SELECT max(length(packed)) FROM chat_index_block") > 4010);
    CHECK_INT(joins_ask(kept.store, "SELECT count(*) FROM dbstat WHERE pagetype = 'overflow' "
                                    "AND name = 'chat_index_block'"),
              0);
}

/* ---- faults ---- */

static bool has_all(TempStore *kept)
{
    const ChatIndexRange range = { -1, INT64_MAX, false, CHAT_INDEX_CANDIDATES_MOST };
    int64_t all = joins_ask(kept->store, "SELECT count(*) FROM later_event"), found = 0;

    for (int id = 0; id < 5; id++) {
        int64_t *numbers;
        size_t count = 0;

        joins_demand(chat_index_list(kept->store, 1, CHAT_INDEX_USER,
                                     arena_print(kept->arena, "%d", id), &range, kept->arena,
                                     &numbers, &count, &kept->failure),
                     &kept->failure);
        found += (int64_t)count;
    }
    return found == all;
}

/* Whatever call fails, nothing is lost, and the next attempt gets to the end. */
TEST(each_call_may_fail)
{
    _cleanup_(temp_store_close) TempStore kept = temp_store_open("fault");
    bool is_over = false;
    int64_t n = 0;

    for (; !is_over; n++) {
        Failure failure = { 0 };
        int r;

        add_joins(&kept, n == 0 ? 4 * 8 : 8);
        db_fault_arm(n + 1, DB_FAULT_ONCE, E_FULL);
        r = chat_index_build(kept.store, &small, &failure);
        is_over = !db_fault_fired();
        db_fault_arm(0, DB_FAULT_ONCE, 0);
        CHECK_INT(r, is_over ? 0 : E_FULL);
        CHECK(!store_in_transaction(kept.store));
        CHECK(has_all(&kept));
        CHECK_INT(chat_index_build(kept.store, &small, &failure), 0);
        CHECK(has_all(&kept));
        CHECK_INT(joins_ask(kept.store, "SELECT count(*) FROM chat_index_block WHERE run_number "
                                        "NOT IN (SELECT run_number FROM chat_index_run)"),
                  0);
    }
    CHECK(n > 50);
}

CHECK_MAIN
