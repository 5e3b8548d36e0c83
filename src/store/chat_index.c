/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chat_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "db/db.h"
#include "store/chat_block.h"
#include "store/chat_tail.h"

/* ---- the best that were found so far ---- */

/* Twice the limit is room for some more before they are sorted again. after and before close in as
 * soon as there are limit better ones, so that nobody looks for worse. */
typedef struct Candidates {
    const ChatIndexRange *range;
    int64_t after;
    int64_t before;
    int64_t *numbers;
    size_t count;
} Candidates;

static int compare_numbers(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

static int compare_backwards(const void *a, const void *b)
{
    return compare_numbers(b, a);
}

static void candidates_settle(Candidates *candidates)
{
    const ChatIndexRange *range = candidates->range;
    int64_t *numbers = candidates->numbers;
    size_t kept = 0;

    qsort(numbers, candidates->count, sizeof(*numbers),
          range->is_newest_first ? compare_backwards : compare_numbers);
    for (size_t i = 0; i < candidates->count && kept < range->limit; i++)
        if (kept == 0 || numbers[kept - 1] != numbers[i])
            numbers[kept++] = numbers[i];
    candidates->count = kept;
    if (kept == range->limit)
        *(range->is_newest_first ? &candidates->after : &candidates->before) = numbers[kept - 1];
}

static void candidates_add(Candidates *candidates, int64_t number)
{
    if (number <= candidates->after || number >= candidates->before)
        return;
    candidates->numbers[candidates->count++] = number;
    if (candidates->count == 2 * candidates->range->limit)
        candidates_settle(candidates);
}

/* ---- runs ---- */

/* The chats of one hash in a block that are between after and before, in their order. */
typedef struct Matches {
    int64_t chats[CHAT_INDEX_BLOCK_POSTINGS];
    size_t count;
    bool has_less;    /* the block has lesser postings: those before it have none of these */
    bool has_greater; /* it has greater ones: nor have those behind it */
} Matches;

static int matches_read(Query *query, int32_t hash, const Candidates *candidates, Matches *matches,
                        Failure *failure)
{
    const Posting from = { hash, candidates->after }, until = { hash, candidates->before };
    size_t size_bytes = 0;
    const void *bytes = query_blob(query, 0, &size_bytes);
    ChatBlockReader reader;
    int r = chat_block_open(bytes, size_bytes, &reader, failure);

    if (r >= 0)
        r = chat_block_seek(&reader, from, failure);
    if (r < 0)
        return r;
    matches->count = 0;
    matches->has_less = reader.count > 0;
    matches->has_greater = false;
    while (!matches->has_greater && (r = chat_block_next(&reader, failure)) > 0) {
        if (posting_compare(&reader.posting, &from) <= 0)
            matches->has_less = true;
        else if (posting_compare(&reader.posting, &until) < 0)
            matches->chats[matches->count++] = reader.posting.chat_number;
        else
            matches->has_greater = true;
    }
    return r < 0 ? r : 0;
}

/* The greatest first: each may bring after closer. True: the block before it may have more. */
static bool matches_add_down(const Matches *matches, Candidates *candidates)
{
    for (size_t i = matches->count; i-- > 0;) {
        if (matches->chats[i] <= candidates->after)
            return false;
        candidates_add(candidates, matches->chats[i]);
    }
    return !matches->has_less;
}

/* The least first: each may bring before closer. True: the next block may have more. */
static bool matches_add_up(const Matches *matches, Candidates *candidates)
{
    for (size_t i = 0; i < matches->count; i++) {
        if (matches->chats[i] >= candidates->before)
            return false;
        candidates_add(candidates, matches->chats[i]);
    }
    return !matches->has_greater;
}

/* Reads the blocks that a query gives, until none has more. 1 = more may follow. */
static int read_blocks(Store *store, const char *sql, int64_t run_number, Posting from,
                       Candidates *candidates, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    bool has_more = true;
    Matches matches;
    int r = db_query(store->db, sql, &query, failure);

    if (r < 0)
        return r;
    query_bind_integer(query, 1, run_number);
    query_bind_integer(query, 2, from.hash);
    query_bind_integer(query, 3, from.chat_number);
    while (has_more && (r = query_step(query, failure)) > 0) {
        r = matches_read(query, from.hash, candidates, &matches, failure);
        if (r < 0)
            return r;
        has_more = candidates->range->is_newest_first ? matches_add_down(&matches, candidates)
                                                      : matches_add_up(&matches, candidates);
    }
    return r < 0 ? r : has_more;
}

#define BLOCKS "SELECT packed FROM chat_index_block WHERE run_number = $1 AND "

/* Upwards the first posting may stand in the block that begins before it. */
static int read_run(Store *store, int64_t run_number, int32_t hash, Candidates *candidates,
                    Failure *failure)
{
    Posting from = { hash, candidates->after };
    int r;

    if (candidates->range->is_newest_first)
        return read_blocks(store,
                           BLOCKS "(first_hash, first_chat) < ($2, $3) "
                                  "ORDER BY first_hash DESC, first_chat DESC",
                           run_number, (Posting){ hash, candidates->before }, candidates, failure);
    r = read_blocks(store,
                    BLOCKS "(first_hash, first_chat) <= ($2, $3) "
                           "ORDER BY first_hash DESC, first_chat DESC LIMIT 1",
                    run_number, from, candidates, failure);
    if (r <= 0)
        return r;
    return read_blocks(store,
                       BLOCKS "(first_hash, first_chat) > ($2, $3) "
                              "ORDER BY first_hash, first_chat",
                       run_number, from, candidates, failure);
}

/* The runs, the least and newest first when the newest chats are wanted, else the greatest and
 * oldest. */
static int read_runs(Store *store, int32_t hash, Candidates *candidates, Failure *failure)
{
    static const char *const sql[] = {
        "SELECT run_number FROM chat_index_run ORDER BY level DESC, run_number",
        "SELECT run_number FROM chat_index_run ORDER BY level, run_number DESC",
    };
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(store->db, sql[candidates->range->is_newest_first], &query, failure);

    while (r >= 0 && (r = query_step(query, failure)) > 0)
        r = read_run(store, query_integer(query, 0), hash, candidates, failure);
    return r < 0 ? r : 0;
}

/* ---- links without a join ---- */

#define LINKS                                                                  \
    "SELECT chat_number FROM task_chat WHERE tenant_id = $1 AND task_id = $2 " \
    "AND chat_number > $3 AND chat_number < $4 ORDER BY chat_number "

/* They are few, and have an index of their own. */
static int read_links(Store *store, int64_t tenant_id, const char *task_id, Candidates *candidates,
                      Failure *failure)
{
    static const char *const sql[] = { LINKS "LIMIT $5", LINKS "DESC LIMIT $5" };
    _cleanup_(query_finishp) Query *query = NULL;
    const ChatIndexRange *range = candidates->range;
    int r = db_query(store->db, sql[range->is_newest_first], &query, failure);

    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, task_id);
    query_bind_integer(query, 3, range->after);
    query_bind_integer(query, 4, range->before);
    query_bind_integer(query, 5, (int64_t)range->limit);
    while ((r = query_step(query, failure)) > 0)
        candidates_add(candidates, query_integer(query, 0));
    return r;
}

/* ---- all of it ---- */

static int read_progress(Store *store, int64_t *ret_last_event, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(store->db, "SELECT last_event FROM chat_index_progress", &query, failure);

    if (r >= 0)
        r = query_step(query, failure);
    if (r > 0)
        *ret_last_event = query_integer(query, 0);
    return r < 0 ? r : 0;
}

static int read_tail(ChatTail *tail, Store *store, int32_t hash, Candidates *candidates,
                     Failure *failure)
{
    int64_t last_event = 0, chat_number;
    uint64_t place = 0;
    int r = read_progress(store, &last_event, failure);

    if (r >= 0)
        r = chat_tail_update(tail, store, last_event, failure);
    while (r >= 0 && chat_tail_next(tail, hash, &place, &chat_number))
        candidates_add(candidates, chat_number);
    return r;
}

/* Where the best are comes first, so that the rest is soon passed over: the newest chats are in the
 * tail, the oldest in the greatest run. */
static int read_all(ChatTail *tail, Store *store, int32_t hash, Candidates *candidates,
                    Failure *failure)
{
    bool is_newest_first = candidates->range->is_newest_first;
    int r = is_newest_first ? read_tail(tail, store, hash, candidates, failure) : 0;

    if (r >= 0)
        r = read_runs(store, hash, candidates, failure);
    if (r >= 0 && !is_newest_first)
        r = read_tail(tail, store, hash, candidates, failure);
    return r;
}

int chat_index_list(Store *store, int64_t tenant_id, ChatIndexKind kind, const char *id,
                    const ChatIndexRange *range, Arena *arena, int64_t **ret_numbers,
                    size_t *ret_count, Failure *failure)
{
    int32_t hash = posting_hash(kind, tenant_id, id, strlen(id));
    Candidates candidates = { .range = range, .after = range->after, .before = range->before };
    ChatTail *tail = store->chats ? store->chats : chat_tail_new();
    int r;

    assert(range->limit >= 1 && range->limit <= CHAT_INDEX_CANDIDATES_MOST);
    candidates.numbers = arena_array(arena, int64_t, 2 * range->limit);
    r = read_all(tail, store, hash, &candidates, failure);
    if (tail != store->chats)
        chat_tail_free(tail);
    if (r >= 0 && kind == CHAT_INDEX_TASK)
        r = read_links(store, tenant_id, id, &candidates, failure);
    if (r < 0)
        return r;
    candidates_settle(&candidates);
    *ret_numbers = candidates.numbers;
    *ret_count = candidates.count;
    return 0;
}
