/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chat_tail.h"

#include <stdlib.h>

#include "db/db.h"
#include "model/limits.h"

enum { TAIL_HEADS = 16384 }; /* a power of two */

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
    Posting fresh[CHAT_INDEX_TAIL_POSTINGS]; /* of the event that is being read */
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

static uint64_t *head_of(ChatTail *tail, int64_t hash)
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

static void tail_drop(ChatTail *tail, int64_t last_event)
{
    while (tail->first < tail->end && entry_of(tail, tail->first)->event_number <= last_event)
        tail->first++;
    if (tail->last_event < last_event)
        tail->last_event = last_event;
}

static int tail_add_event(ChatTail *tail, const FeedEvent *event, Failure *failure)
{
    size_t room = CHAT_INDEX_TAIL_POSTINGS - chat_tail_count(tail);
    size_t count = feed_postings(event, tail->fresh, room);

    if (count > room)
        return fail(failure, E_UNAVAILABLE,
                    "more than %d joins wait to be indexed: this list is there again when fewer do",
                    CHAT_INDEX_TAIL_POSTINGS);
    for (size_t i = 0; i < count; i++)
        tail_add(tail, tail->fresh[i], event->event_number);
    tail->last_event = event->event_number;
    return 0;
}

int chat_tail_update(ChatTail *tail, Store *store, int64_t last_event, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    FeedEvent event;
    int64_t events = 0;
    int r;

    tail_drop(tail, last_event);
    r = feed_open(store, tail->last_event, CHAT_INDEX_TAIL_EVENTS, &query, failure);
    while (r >= 0 && (r = feed_step(query, &event, failure)) > 0) {
        r = tail_add_event(tail, &event, failure);
        events++;
    }
    if (r < 0)
        return r;
    if (events == CHAT_INDEX_TAIL_EVENTS)
        return fail(
            failure, E_UNAVAILABLE,
            "more than %d events wait to be indexed: this list is there again when fewer do",
            CHAT_INDEX_TAIL_EVENTS);
    return 0;
}

bool chat_tail_next(const ChatTail *tail, int64_t hash, uint64_t *place, int64_t *ret_chat_number)
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
