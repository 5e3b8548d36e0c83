/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "store/chat_index.h"
#include "store/store.h"

/* What the index of chats is made of (docs/adr/0014-chat-index.md), inside this room. A posting
 * says that someone, or a task, is named by a chat. Who it is, is a hash: two may share one, and
 * nothing is taken away when one leaves. So postings give candidates, and whoever reads them asks
 * the chat. */

typedef struct Posting {
    int32_t hash; /* its order is that of the numbers with their sign, as databases have it */
    int64_t chat_number;
} Posting;

/* id need not be terminated; of a longer one than any that is kept, the beginning counts. */
int32_t posting_hash(ChatIndexKind kind, int64_t tenant_id, const char *id, size_t size_bytes);

/* By hash, then by chat. As qsort wants it: negative, 0, positive. */
int posting_compare(const Posting *a, const Posting *b);

/* Into their order, each once; how many are left. */
size_t postings_sort(Posting *postings, size_t count);

/* ---- the feed: who came into chats by the events of a stretch ---- */

struct Query;

typedef struct FeedJoin {
    int64_t event_number;
    int64_t tenant_id;
    int64_t chat_number;
    const char *task_id;  /* borrowed until the next step */
    const char *user_ids; /* the same */
    const char *bot_ids;  /* the same */
} FeedJoin;

/* Events with after < number <= until. What its row tells of a new chat counts as one; where there
 * are such and others between, they may be twice as many as events says. */
typedef struct Feed {
    Store *store; /* borrowed */
    int64_t after;
    int64_t until;
    int64_t events; /* how many, also of those that brought nobody */
    int part;
    struct Query *query; /* of the part */
} Feed;

/* 1: the next events, at most so many of each kind; 0: there is none. Yours to end with feed_end().
 */
int feed_begin(Store *store, int64_t after, int64_t most, Feed *ret_feed, Failure *failure);
void feed_end(Feed *feed);

/* 1 and *ret_join, in no certain order, or 0. */
int feed_step(Feed *feed, FeedJoin *ret_join, Failure *failure);

/* How many postings a join gives, and those, as far as there is room for most. */
size_t feed_postings(const FeedJoin *join, Posting *ret_postings, size_t most);
