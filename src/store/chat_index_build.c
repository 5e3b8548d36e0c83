/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chat_index_build.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/slice.h"

#include "db/db.h"
#include "store/chat_merge.h"

enum {
    FEED_EVENTS = 512,    /* read together */
    PIECES_TOGETHER = 64, /* written by one transaction of chat_index_build() */

    /* A run is some ten milliseconds' work. After so much of it whoever waits for the processor
     * goes first, the writer above all: it would wait for a slice's end, 3 ms, each time. But not
     * for longer than this, or the index would fall behind where the processors are never idle. */
    GIVE_WAY_JOINS = 8,
    GIVE_WAY_POSTINGS = 256,
    GIVE_WAY_MS = 20,
};

const ChatIndexSizes chat_index_sizes = { .block_postings = CHAT_INDEX_BLOCK_POSTINGS,
                                          .flush_postings = CHAT_INDEX_FLUSH_POSTINGS,
                                          .flush_events = CHAT_INDEX_FLUSH_EVENTS,
                                          .piece_blocks = CHAT_INDEX_PIECE_BLOCKS,
                                          .drop_blocks = CHAT_INDEX_DROP_BLOCKS,
                                          .merge_runs = CHAT_INDEX_MERGE_RUNS };

typedef struct Run {
    int64_t run_number;
    int64_t level;
} Run;

/* Of the runs of one level. */
typedef struct Merging {
    bool is_active;
    int64_t run_number; /* of what it makes */
    int64_t inputs[CHAT_INDEX_MERGE_RUNS];
    ChatMerge merge;
} Merging;

/* What waits to become a run. */
typedef struct Waiting {
    Posting postings[CHAT_INDEX_FLUSH_POSTINGS];
    size_t count;
    int64_t events;
    int64_t last_event; /* read up to here */
    bool is_full;       /* the next event does not fit */
} Waiting;

struct ChatIndexBuilder {
    ChatIndexSizes sizes;
    bool is_loaded;
    bool is_clean;    /* what a crash may have left is gone */
    bool is_swept;    /* no block is known that nobody needs */
    bool merges_next; /* rather than drops */
    bool is_out;      /* a piece is */
    int64_t gives_way_until_ms;
    int64_t last_run;
    int64_t last_block;
    Run runs[CHAT_INDEX_RUNS_MOST];
    size_t run_count;
    Waiting waiting;
    Merging mergings[CHAT_INDEX_LEVELS]; /* by the level of what they read */
    ChatIndexPiece piece;
    ChatBlocks blocks; /* of the piece */
};

ChatIndexBuilder *chat_index_builder_new(const ChatIndexSizes *sizes)
{
    ChatIndexBuilder *builder = calloc(1, sizeof(*builder));

    if (!builder)
        abort();
    assert(sizes->block_postings >= 1 && sizes->block_postings <= CHAT_INDEX_BLOCK_POSTINGS);
    assert(sizes->piece_blocks >= 1 && sizes->piece_blocks <= CHAT_INDEX_PIECE_BLOCKS);
    assert(sizes->flush_postings >= 1 && sizes->flush_postings <= CHAT_INDEX_FLUSH_POSTINGS);
    assert(sizes->merge_runs >= 2 && sizes->merge_runs <= CHAT_INDEX_MERGE_RUNS);
    builder->sizes = *sizes;
    return builder;
}

ChatIndexBuilder *chat_index_builder_free(ChatIndexBuilder *builder)
{
    free(builder);
    return NULL;
}

/* ---- what the database says ---- */

static int read_numbers(Store *store, const char *sql, int64_t ret_numbers[2], Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(store->db, sql, &query, failure);

    if (r >= 0)
        r = query_step(query, failure);
    for (int i = 0; r > 0 && i < 2; i++)
        ret_numbers[i] = query_integer(query, i);
    return r < 0 ? r : 0;
}

static int load_runs(ChatIndexBuilder *builder, Store *store, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(store->db, "SELECT run_number, level FROM chat_index_run ORDER BY run_number",
                     &query, failure);

    builder->run_count = 0;
    while (r >= 0 && (r = query_step(query, failure)) > 0) {
        if (builder->run_count == CHAT_INDEX_RUNS_MOST)
            return fail(failure, E_FAULT, "the index of chats has more than %d runs",
                        CHAT_INDEX_RUNS_MOST);
        builder->runs[builder->run_count++] =
            (Run){ query_integer(query, 0), query_integer(query, 1) };
    }
    return r;
}

static int load(ChatIndexBuilder *builder, Store *store, Failure *failure)
{
    int64_t progress[2] = { 0 }, last_block[2] = { 0 };
    int r;

    r = read_numbers(store, "SELECT last_event, last_run FROM chat_index_progress", progress,
                     failure);
    if (r >= 0)
        r = read_numbers(store, "SELECT coalesce(max(block_number), 0), 0 FROM chat_index_block",
                         last_block, failure);
    if (r >= 0)
        r = load_runs(builder, store, failure);
    if (r < 0)
        return r;
    builder->waiting.last_event = progress[0];
    builder->last_run = progress[1];
    builder->last_block = last_block[0];
    builder->is_loaded = true;
    return 0;
}

void chat_index_builder_forget(ChatIndexBuilder *builder)
{
    builder->is_loaded = builder->is_clean = builder->is_swept = builder->is_out = false;
    builder->waiting.count = 0;
    builder->waiting.events = 0;
    builder->waiting.is_full = false;
    for (size_t i = 0; i < CHAT_INDEX_LEVELS; i++)
        builder->mergings[i].is_active = false;
}

/* ---- a run of what waits ---- */

static void give_way(const ChatIndexBuilder *builder)
{
    if (clock_monotonic_ms() < builder->gives_way_until_ms)
        slice_give_way();
}

static bool waits_enough(const ChatIndexBuilder *builder)
{
    const Waiting *waiting = &builder->waiting;

    return waiting->is_full || waiting->count == builder->sizes.flush_postings ||
           waiting->events >= builder->sizes.flush_events;
}

/* Reads some events, if what they brought fits in: 1. 0: it does not, and none was read. */
static int read_stretch(ChatIndexBuilder *builder, Feed *feed, Failure *failure)
{
    Waiting *waiting = &builder->waiting;
    size_t count = waiting->count, most = builder->sizes.flush_postings;
    FeedJoin join;
    int r = 1;

    for (size_t i = 1; count <= most && (r = feed_step(feed, &join, failure)) > 0; i++) {
        count += feed_postings(&join, waiting->postings + count, most - count);
        if (i % GIVE_WAY_JOINS == 0)
            give_way(builder);
    }
    if (r < 0 || count > most)
        return r < 0 ? r : 0;
    waiting->count = count;
    waiting->events += feed->events;
    waiting->last_event = feed->until;
    return 1;
}

/* The next events, at most so many. 1: read, 0: too many, or there is none: *ret_events is 0. */
static int read_events(ChatIndexBuilder *builder, Store *store, int64_t most, int64_t *ret_events,
                       Failure *failure)
{
    _cleanup_(feed_end) Feed feed = { 0 };
    int r = feed_begin(store, builder->waiting.last_event, most, &feed, failure);

    *ret_events = feed.events;
    return r > 0 ? read_stretch(builder, &feed, failure) : r;
}

/* Reads on until enough waits, or the feed is at its end. 1 = enough. Towards the end of what fits
 * in it goes in ever smaller steps. */
static int read_feed(ChatIndexBuilder *builder, Store *store, Failure *failure)
{
    Waiting *waiting = &builder->waiting;
    int64_t most = FEED_EVENTS, events = 1;

    while (events > 0 && !waits_enough(builder)) {
        int r = read_events(builder, store, most, &events, failure);

        if (r < 0)
            return r;
        if (r > 0 || events == 0)
            continue;
        if (events == 1 && waiting->count == 0)
            return fail(failure, E_FAULT, "by one event more came into a chat than a run takes");
        waiting->is_full = events == 1;
        most = events / 2;
    }
    return waits_enough(builder);
}

_Static_assert(CHAT_INDEX_FLUSH_POSTINGS / (CHAT_INDEX_BLOCK_BYTES / POSTING_BYTES_MOST) <
                   CHAT_INDEX_PIECE_BLOCKS_MOST,
               "a run has room in a piece, however great its postings are");

/* In their order, and each once. */
static void fill_blocks(ChatIndexBuilder *builder)
{
    Waiting *waiting = &builder->waiting;
    size_t count = postings_sort(waiting->postings, waiting->count);
    bool has_room = true;

    for (size_t i = 0; i < count; i++) {
        has_room = has_room && chat_blocks_add(&builder->blocks, CHAT_INDEX_PIECE_BLOCKS_MOST,
                                               builder->sizes.block_postings, waiting->postings[i]);
        if (i % GIVE_WAY_POSTINGS == 0)
            give_way(builder);
    }
    assert(has_room);
}

/* One piece is the whole run. Where nobody came in by all these events, there is none. */
static int plan_flush(ChatIndexBuilder *builder, Store *store, Failure *failure)
{
    ChatIndexPiece *piece = &builder->piece;
    int r;

    if (builder->run_count == CHAT_INDEX_RUNS_MOST)
        return 0;
    builder->gives_way_until_ms = clock_monotonic_ms() + GIVE_WAY_MS;
    r = read_feed(builder, store, failure);
    if (r <= 0)
        return r;
    fill_blocks(builder);
    piece->last_event = builder->waiting.last_event;
    if (builder->blocks.count > 0) {
        piece->run_number = ++builder->last_run;
        piece->is_whole = true;
    }
    return 1;
}

/* ---- deleting ---- */

static bool is_needed(const ChatIndexBuilder *builder, int64_t run_number)
{
    for (size_t i = 0; i < builder->run_count; i++)
        if (builder->runs[i].run_number == run_number)
            return true;
    for (size_t i = 0; i < CHAT_INDEX_LEVELS; i++)
        if (builder->mergings[i].is_active && builder->mergings[i].run_number == run_number)
            return true;
    return false;
}

/* The next run that has blocks; 0 when there is none. */
static int next_run(Store *store, int64_t after, int64_t *ret_run_number, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(store->db,
                     "SELECT coalesce(min(run_number), 0) FROM chat_index_block "
                     "WHERE run_number > $1",
                     &query, failure);

    if (r < 0)
        return r;
    query_bind_integer(query, 1, after);
    r = query_step(query, failure);
    if (r > 0)
        *ret_run_number = query_integer(query, 0);
    return r < 0 ? r : 0;
}

static int plan_drop(ChatIndexBuilder *builder, Store *store, Failure *failure)
{
    int64_t run_number = 0;
    int r;

    if (builder->is_swept)
        return 0;
    do {
        r = next_run(store, run_number, &run_number, failure);
    } while (r >= 0 && run_number > 0 && is_needed(builder, run_number));
    if (r < 0)
        return r;
    builder->is_swept = run_number == 0;
    if (builder->is_swept)
        return 0;
    builder->piece.run_number = run_number;
    builder->piece.drop_blocks = builder->sizes.drop_blocks;
    return 1;
}

/* ---- merging ---- */

/* The oldest of a level, if there are enough. */
static bool merging_begin(ChatIndexBuilder *builder, int64_t level)
{
    Merging *merging = &builder->mergings[level];
    size_t count = 0, wanted = builder->sizes.merge_runs;

    for (size_t i = 0; i < builder->run_count && count < wanted; i++)
        if (builder->runs[i].level == level)
            merging->inputs[count++] = builder->runs[i].run_number;
    if (count < wanted)
        return false;
    merging->is_active = true;
    merging->run_number = ++builder->last_run;
    chat_merge_begin(&merging->merge, merging->inputs, count);
    return true;
}

/* The lowest level first: its merge is the shortest, and many are waited for. */
static Merging *choose_merging(ChatIndexBuilder *builder, int64_t *ret_level)
{
    for (int64_t level = 0; level < CHAT_INDEX_LEVELS - 1; level++) {
        *ret_level = level + 1;
        if (builder->mergings[level].is_active || merging_begin(builder, level))
            return &builder->mergings[level];
    }
    return NULL;
}

/* All blocks are full but the run's last. */
static int plan_merge(ChatIndexBuilder *builder, Store *store, Failure *failure)
{
    const ChatIndexSizes *sizes = &builder->sizes;
    ChatIndexPiece *piece = &builder->piece;
    int64_t level = 0;
    Merging *merging = choose_merging(builder, &level);
    int r;

    if (!merging)
        return 0;
    r = chat_merge_read(&merging->merge, store, &builder->blocks, sizes->piece_blocks,
                        sizes->block_postings, failure);
    if (r < 0)
        return r;
    piece->run_number = merging->run_number;
    piece->level = level;
    piece->is_whole = r == 0;
    piece->inputs = merging->inputs;
    piece->input_count = sizes->merge_runs;
    return 1;
}

/* ---- pieces ---- */

/* In turns, so that neither waits for all of the other. */
static int plan_rest(ChatIndexBuilder *builder, Store *store, Failure *failure)
{
    int r = 0;

    builder->merges_next = !builder->merges_next;
    if (builder->merges_next)
        r = plan_merge(builder, store, failure);
    if (r == 0)
        r = plan_drop(builder, store, failure);
    if (r == 0 && !builder->merges_next)
        r = plan_merge(builder, store, failure);
    return r;
}

int chat_index_builder_next(ChatIndexBuilder *builder, Store *store,
                            const ChatIndexPiece **ret_piece, Failure *failure)
{
    int r = 0;

    assert(!builder->is_out);
    chat_blocks_clear(&builder->blocks);
    builder->piece = (ChatIndexPiece){ .blocks = &builder->blocks };
    if (!builder->is_loaded)
        r = load(builder, store, failure);
    if (r == 0 && !builder->is_clean) {
        r = plan_drop(builder, store, failure);
        builder->is_clean = builder->is_swept;
    }
    if (r == 0)
        r = plan_flush(builder, store, failure);
    if (r == 0)
        r = plan_rest(builder, store, failure);
    if (r <= 0)
        return r;
    chat_blocks_end(&builder->blocks);
    builder->piece.first_block = builder->last_block + 1;
    builder->is_out = true;
    *ret_piece = &builder->piece;
    return 1;
}

static void add_run(ChatIndexBuilder *builder, int64_t run_number, int64_t level)
{
    assert(builder->run_count < CHAT_INDEX_RUNS_MOST);
    builder->runs[builder->run_count++] = (Run){ run_number, level };
}

static void remove_run(ChatIndexBuilder *builder, int64_t run_number)
{
    size_t kept = 0;

    for (size_t i = 0; i < builder->run_count; i++)
        if (builder->runs[i].run_number != run_number)
            builder->runs[kept++] = builder->runs[i];
    builder->run_count = kept;
}

void chat_index_builder_written(ChatIndexBuilder *builder)
{
    const ChatIndexPiece *piece = &builder->piece;

    assert(builder->is_out);
    builder->is_out = false;
    if (piece->drop_blocks > 0)
        return;
    builder->last_block += (int64_t)piece->blocks->count;
    for (size_t i = 0; piece->is_whole && i < piece->input_count; i++)
        remove_run(builder, piece->inputs[i]);
    if (piece->is_whole)
        add_run(builder, piece->run_number, piece->level);
    if (piece->is_whole && piece->input_count > 0) {
        builder->mergings[piece->level - 1].is_active = false;
        builder->is_swept = false;
    }
    if (piece->last_event > 0) {
        builder->waiting.count = 0;
        builder->waiting.events = 0;
        builder->waiting.is_full = false;
    }
}

/* ---- all at once ---- */

/* 1 = there may be more to do. */
static int build_some(ChatIndexBuilder *builder, Store *store, Failure *failure)
{
    const ChatIndexPiece *piece;
    int r = store_begin(store, failure), more = 1;

    for (int i = 0; r >= 0 && more && i < PIECES_TOGETHER; i++) {
        r = more = chat_index_builder_next(builder, store, &piece, failure);
        if (r > 0)
            r = chat_index_piece_write(store, piece, failure);
        if (r >= 0 && more)
            chat_index_builder_written(builder);
    }
    if (r >= 0)
        r = store_commit(store, failure);
    if (r >= 0)
        r = store_tend(store, failure);
    return r < 0 ? r : more;
}

int chat_index_build(Store *store, const ChatIndexSizes *sizes, Failure *failure)
{
    ChatIndexBuilder *builder = chat_index_builder_new(sizes);
    int r;

    do {
        r = build_some(builder, store, failure);
    } while (r > 0);
    if (r < 0)
        store_rollback(store, failure);
    chat_index_builder_free(builder);
    return r;
}
