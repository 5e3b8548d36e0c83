/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chat_tail.h"

#include <stdlib.h>

#include "db/db.h"
#include "model/limits.h"

enum {
    TAIL_HEADS = 16384, /* a power of two */
    TAIL_STRETCH = 512, /* events read together */
};

/* Entries are numbered from 1, and stand in a ring; one that is no longer in it ends its chain. */
typedef struct TailEntry {
    Posting posting;
    int64_t event_number;
    uint64_t previous; /* the one before it with the same head; 0 = none */
} TailEntry;

struct ChatTail {
    int64_t last_event; /* all up to here was read, or is in some run */
    uint64_t first;     /* the oldest entry */
    uint64_t end;       /* behind the newest */
    uint64_t heads[TAIL_HEADS];
    TailEntry entries[CHAT_INDEX_TAIL_POSTINGS];
    Posting fresh[CHAT_INDEX_TAIL_POSTINGS]; /* of the join that is being read */
};

ChatTail *chat_tail_new(void)
{
    ChatTail *tail = calloc(1, sizeof(*tail));

    if (!tail)
        abort();
    tail->first = tail->end = 1;
    return tail;
}

ChatTail *chat_tail_free(ChatTail *tail)
{
    free(tail);
    return NULL;
}

size_t chat_tail_count(const ChatTail *tail)
{
    return (size_t)(tail->end - tail->first);
}

static uint64_t *head_of(ChatTail *tail, int32_t hash)
{
    return &tail->heads[(uint64_t)hash % TAIL_HEADS];
}

static TailEntry *entry_of(ChatTail *tail, uint64_t number)
{
    return &tail->entries[number % CHAT_INDEX_TAIL_POSTINGS];
}

static void tail_add(ChatTail *tail, Posting posting, int64_t event_number)
{
    uint64_t *head = head_of(tail, posting.hash);

    *entry_of(tail, tail->end) = (TailEntry){ posting, event_number, *head };
    *head = tail->end++;
}

/* Within a stretch joins are in no certain order: some may stay until those before them go. That
 * they are in a run too does no harm. */
static void tail_drop(ChatTail *tail, int64_t last_event)
{
    while (tail->first < tail->end && entry_of(tail, tail->first)->event_number <= last_event)
        tail->first++;
    if (tail->last_event < last_event)
        tail->last_event = last_event;
}

/* As if nothing had been added since. */
static void tail_take_back(ChatTail *tail, uint64_t end)
{
    while (tail->end > end) {
        const TailEntry *entry = entry_of(tail, --tail->end);

        *head_of(tail, entry->posting.hash) = entry->previous;
    }
}

static int tail_add_join(ChatTail *tail, const FeedJoin *join, Failure *failure)
{
    size_t room = CHAT_INDEX_TAIL_POSTINGS - chat_tail_count(tail);
    size_t count = feed_postings(join, tail->fresh, room);

    if (count > room)
        return fail(failure, E_UNAVAILABLE,
                    "more than %d joins wait to be indexed: this list is there again when fewer do",
                    CHAT_INDEX_TAIL_POSTINGS);
    for (size_t i = 0; i < count; i++)
        tail_add(tail, tail->fresh[i], join->event_number);
    return 0;
}

/* How many events were read; 0 at the end of the feed. */
static int64_t tail_read(ChatTail *tail, Store *store, Failure *failure)
{
    _cleanup_(feed_end) Feed feed = { 0 };
    FeedJoin join;
    uint64_t end = tail->end;
    int r = feed_begin(store, tail->last_event, TAIL_STRETCH, &feed, failure);

    if (r <= 0)
        return r;
    while (r >= 0 && (r = feed_step(&feed, &join, failure)) > 0)
        r = tail_add_join(tail, &join, failure);
    if (r < 0) {
        tail_take_back(tail, end);
        return r;
    }
    tail->last_event = feed.until;
    return feed.events;
}

int chat_tail_update(ChatTail *tail, Store *store, int64_t last_event, Failure *failure)
{
    int64_t r = 1, events = 0;

    tail_drop(tail, last_event);
    for (; r > 0 && events < CHAT_INDEX_TAIL_EVENTS; events += r) {
        r = tail_read(tail, store, failure);
        if (r < 0)
            return (int)r;
    }
    if (r > 0)
        return fail(
            failure, E_UNAVAILABLE,
            "more than %d events wait to be indexed: this list is there again when fewer do",
            CHAT_INDEX_TAIL_EVENTS);
    return 0;
}

bool chat_tail_next(const ChatTail *tail, int32_t hash, uint64_t *place, int64_t *ret_chat_number)
{
    uint64_t number = *place;

    do {
        number = number == 0 ? tail->heads[(uint64_t)hash % TAIL_HEADS]
                             : tail->entries[number % CHAT_INDEX_TAIL_POSTINGS].previous;
        if (number < tail->first)
            return false;
    } while (tail->entries[number % CHAT_INDEX_TAIL_POSTINGS].posting.hash != hash);
    *place = number;
    *ret_chat_number = tail->entries[number % CHAT_INDEX_TAIL_POSTINGS].posting.chat_number;
    return true;
}
