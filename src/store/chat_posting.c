/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chat_posting.h"

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/words.h"

#include "db/db.h"
#include "model/chat.h"
#include "model/limits.h"
#include "store/event_store.h"

enum { SORT_BITS = 11, SORT_BUCKETS = 1 << SORT_BITS, SORT_FEW = 32 };

/* Fixed, since the hashes are kept. Who makes ids collide on purpose gets candidates that are not
 * his, and each is checked. */
static const uint8_t hash_key[CRYPTO_SHORT_KEY_BYTES] = "index of chats 1";

static void write_number(uint64_t number, uint8_t ret_bytes[8])
{
    for (size_t i = 0; i < 8; i++)
        ret_bytes[i] = (uint8_t)(number >> (8 * i));
}

/* Half of SipHash's: of ten million ids hardly three in a thousand share theirs with another, and
 * those get a few candidates more. */
int32_t posting_hash(ChatIndexKind kind, int64_t tenant_id, const char *id, size_t size_bytes)
{
    uint8_t whole[1 + 8 + EXTERNAL_ID_BYTES_MOST];
    size_t used = size_bytes < EXTERNAL_ID_BYTES_MOST ? size_bytes : EXTERNAL_ID_BYTES_MOST;

    whole[0] = (uint8_t)kind;
    write_number((uint64_t)tenant_id, whole + 1);
    memcpy(whole + 9, id, used);
    return (int32_t)(crypto_short_hash(hash_key, whole, 9 + used) >> 32);
}

int posting_compare(const Posting *a, const Posting *b)
{
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->chat_number > b->chat_number) - (a->chat_number < b->chat_number);
}

static int compare_any(const void *a, const void *b)
{
    return posting_compare(a, b);
}

static void sort_few(Posting *postings, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        Posting posting = postings[i];
        size_t place = i;

        for (; place > 0 && posting_compare(&postings[place - 1], &posting) > 0; place--)
            postings[place] = postings[place - 1];
        postings[place] = posting;
    }
}

static size_t bucket_of(Posting posting)
{
    return ((uint32_t)posting.hash ^ UINT32_C(1) << 31) >> (32 - SORT_BITS);
}

/* Into buckets, each of which keeps its order. ret_begins: where they begin, and the end of all. */
static void sort_roughly(Posting *postings, size_t count, size_t ret_begins[SORT_BUCKETS + 1])
{
    size_t size_bytes = count * sizeof(*postings);
    Posting *source = malloc(size_bytes + 1);
    size_t before = 0;

    if (!source)
        abort();
    memcpy(source, postings, size_bytes);
    memset(ret_begins, 0, (SORT_BUCKETS + 1) * sizeof(*ret_begins));
    for (size_t i = 0; i < count; i++)
        ret_begins[bucket_of(source[i])]++;
    for (size_t bucket = 0; bucket <= SORT_BUCKETS; bucket++) {
        before += ret_begins[bucket];
        ret_begins[bucket] = before;
    }
    for (size_t i = count; i-- > 0;) /* what was an end becomes a begin */
        postings[--ret_begins[bucket_of(source[i])]] = source[i];
    free(source);
}

/* Hashes are spread evenly: by their first bits nearly all come close to their places. Only where
 * many are the same, as those of a bot, there is more to do. */
size_t postings_sort(Posting *postings, size_t count)
{
    size_t begins[SORT_BUCKETS + 1], kept = 0;

    sort_roughly(postings, count, begins);
    for (size_t bucket = 0; bucket < SORT_BUCKETS; bucket++) {
        Posting *first = postings + begins[bucket];
        size_t size = begins[bucket + 1] - begins[bucket];

        if (size <= SORT_FEW)
            sort_few(first, size);
        else
            qsort(first, size, sizeof(*first), compare_any);
    }
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || posting_compare(&postings[kept - 1], &postings[i]) != 0)
            postings[kept++] = postings[i];
    return kept;
}

/* ---- the feed ---- */

/* Most joins are into chats that are as new as their event, since all numbers come from one source:
 * those are read in their order, without a search for each. The others are searched for by their
 * events, in either place where a join is; so the parts together are all, whatever numbers there
 * are. */
static const char *const feed_parts[] = {
    "SELECT event_number, tenant_id, chat_number, task_id, user_ids, bot_ids FROM chat_join "
    "WHERE chat_number > $1 AND chat_number <= $2 AND event_number > $1 AND event_number <= $2",
    "SELECT e.event_number, e.tenant_id, e.subject_number, coalesce(j.task_id, c.first_task_id), "
    "coalesce(j.user_ids, c.first_user_ids), coalesce(j.bot_ids, c.first_bot_ids) "
    "FROM later_event e LEFT JOIN chat_later_join j "
    "ON j.chat_number = e.subject_number AND j.event_number = e.event_number "
    "LEFT JOIN chat c ON c.chat_number = e.subject_number AND c.first_event = e.event_number "
    "WHERE e.event_number > $1 AND e.event_number <= $2 "
    "AND (e.subject_number <= $1 OR e.subject_number > $2) "
    "AND (j.task_id IS NOT NULL OR c.first_task_id IS NOT NULL)",
};

/* How many there are up to there. */
static int count_events(Store *store, int64_t after, int64_t until, int64_t *ret_events,
                        Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "SELECT (SELECT count(*) FROM later_event WHERE event_number > $1 "
                 "AND event_number <= $2) + (SELECT count(*) FROM chat "
                 "WHERE chat_number > $1 AND chat_number <= $2 AND has_first_events = 1)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, after);
    query_bind_integer(query, 2, until);
    r = query_step(query, failure);
    if (r > 0)
        *ret_events = query_integer(query, 0);
    return r;
}

int feed_begin(Store *store, int64_t after, int64_t most, Feed *ret_feed, Failure *failure)
{
    Feed feed = { .store = store, .after = after };
    int64_t until;
    int r = event_stretch_end(store, after, most, &until, failure);

    if (r >= 0 && until > after) {
        feed.until = until;
        r = count_events(store, after, until, &feed.events, failure);
        if (feed.events == 0) /* chats whose events come behind it */
            feed.events = 1;
    }
    if (r < 0)
        return r;
    if (feed.events > most)
        feed.events = most;
    *ret_feed = feed;
    return feed.events > 0;
}

void feed_end(Feed *feed)
{
    query_finish(feed->query);
    feed->query = NULL;
}

static int feed_open_part(Feed *feed, Failure *failure)
{
    int r;

    feed_end(feed);
    r = db_query(feed->store->db, feed_parts[feed->part++], &feed->query, failure);
    if (r < 0)
        return r;
    query_bind_integer(feed->query, 1, feed->after);
    query_bind_integer(feed->query, 2, feed->until);
    return 0;
}

int feed_step(Feed *feed, FeedJoin *ret_join, Failure *failure)
{
    int r = feed->query ? query_step(feed->query, failure) : 0;

    while (r == 0 && feed->part < (int)COUNT_OF(feed_parts)) {
        r = feed_open_part(feed, failure);
        if (r == 0)
            r = query_step(feed->query, failure);
    }
    if (r > 0)
        *ret_join = (FeedJoin){ .event_number = query_integer(feed->query, 0),
                                .tenant_id = query_integer(feed->query, 1),
                                .chat_number = query_integer(feed->query, 2),
                                .task_id = query_text(feed->query, 3),
                                .user_ids = query_text(feed->query, 4),
                                .bot_ids = query_text(feed->query, 5) };
    return r;
}

static bool is_gone(const char *word, size_t size_bytes)
{
    return size_bytes == sizeof(MEMBER_GONE) - 1 && memcmp(word, MEMBER_GONE, size_bytes) == 0;
}

static size_t list_postings(const FeedJoin *join, ChatIndexKind kind, const char *words,
                            Posting *ret_postings, size_t most)
{
    size_t size_bytes, count = 0;
    const char *word;

    while ((word = words_next(&words, &size_bytes))) {
        if (is_gone(word, size_bytes))
            continue;
        if (count < most)
            ret_postings[count] = (Posting){ posting_hash(kind, join->tenant_id, word, size_bytes),
                                             join->chat_number };
        count++;
    }
    return count;
}

size_t feed_postings(const FeedJoin *join, Posting *ret_postings, size_t most)
{
    const struct {
        ChatIndexKind kind;
        const char *words;
    } lists[] = { { CHAT_INDEX_USER, join->user_ids },
                  { CHAT_INDEX_BOT, join->bot_ids },
                  { CHAT_INDEX_TASK, join->task_id } };
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        size_t room = count < most ? most - count : 0;

        count +=
            list_postings(join, lists[i].kind, lists[i].words, ret_postings + most - room, room);
    }
    return count;
}
