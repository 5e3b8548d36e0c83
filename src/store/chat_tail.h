/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "store/chat_posting.h"

/* The end of the feed that is in no run yet, kept by one store and read on from where it was: by a
 * reader, whose views of the data only move forward. What the index's progress has passed falls out
 * in front. Searched by hash; never more than CHAT_INDEX_TAIL_POSTINGS.
 *
 * A store that writes must not keep one, since what it has read may be rolled back. */

typedef struct ChatTail ChatTail;

ChatTail *chat_tail_new(void);
ChatTail *chat_tail_free(ChatTail *tail); /* takes NULL, returns NULL */

/* Brings it up to the store's view of the data. last_event: the progress in the same view.
 * E_UNAVAILABLE: more waits than is searched; the next call goes on. */
int chat_tail_update(ChatTail *tail, Store *store, int64_t last_event, Failure *failure);

/* The chats of one hash, the later ones first: true and *ret_chat_number, false at the end.
 * *place is 0 at first. */
bool chat_tail_next(const ChatTail *tail, int32_t hash, uint64_t *place, int64_t *ret_chat_number);

size_t chat_tail_count(const ChatTail *tail);
