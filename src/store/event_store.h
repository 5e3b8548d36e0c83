/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "model/chat.h"
#include "store/store.h"

/* The append-only record of what happened. What tells of those with whom a chat began is in the
 * chat's row (chat_insert()), and is read with the others: it has the tail of the chat's id. */

/* E_CONFLICT: its number is taken. */
int event_insert(Store *store, int64_t tenant_id, const Event *event, Failure *failure);

/* Before a chat's name, or who came first, is changed: what its row tells becomes events apart, as
 * it was. Again is the same as once. */
int event_write_out(Store *store, int64_t tenant_id, int64_t chat_number, Failure *failure);

/* Lists an event for its chat, for where no join bears its number; again is the same as once. */
int chat_event_insert(Store *store, int64_t tenant_id, int64_t chat_number, int64_t event_number,
                      Failure *failure);

/* 1 and *ret_event, or 0. For numbers that were found inside. */
int event_find(Store *store, int64_t tenant_id, int64_t number, Arena *arena, Event *ret_event,
               Failure *failure);

/* The greatest number of any event, of whatever tenant; 0 when there is none. No chat or message
 * has a greater one: the event that tells of it is made after it, in the same transaction. */
int event_last_number(Store *store, int64_t *ret_number, Failure *failure);

/* Where a stretch ends that begins behind that number: as many rows of events as most, as many
 * chats, with what their rows tell, and before the next one of either: 1; or at the last number: 0.
 * Numbers are taken in the order of commits, and what a chat's row tells follows the chat's own,
 * before that of anything else. */
int event_stretch_end(Store *store, int64_t after, int64_t most, int64_t *ret_until,
                      Failure *failure);

typedef struct TenantEvent {
    int64_t tenant_id;
    Event event;
} TenantEvent;

/* The events of all tenants behind that number, in their order, at most limit, and fewer where
 * their bodies are long: ret_has_more says that there are others. Numbers are in the order of
 * commits, so that none comes later before one that was listed: see store_data_version(). */
int event_list(Store *store, int64_t after, size_t limit, Arena *arena, TenantEvent **ret_events,
               size_t *ret_count, bool *ret_has_more, Failure *failure);

/* What happened in a chat (docs/adr/0020-history.md): who came and went, and what was changed of
 * it. Not its messages, nor the bots that came together with people. after < number < before. */
typedef struct ChatEventRange {
    int64_t after;
    int64_t before;
    size_t limit;
} ChatEventRange;

/* The newest first, at most limit, and fewer where their bodies are long: ret_has_more says that
 * there are others. */
int chat_event_list(Store *store, int64_t tenant_id, int64_t chat_number,
                    const ChatEventRange *range, Arena *arena, Event **ret_events,
                    size_t *ret_count, bool *ret_has_more, Failure *failure);

/* The numbers of those of the range's newest that are of either type, at most as many as it says
 * are looked at; the newest first. */
int chat_event_numbers(Store *store, int64_t tenant_id, int64_t chat_number,
                       const ChatEventRange *range, const char *type, const char *other_type,
                       int64_t *ret_numbers, size_t *ret_count, Failure *failure);

/* The number of the one with which the chat began; -1 when none is known. */
int chat_event_first(Store *store, int64_t tenant_id, int64_t chat_number, int64_t *ret_number,
                     Failure *failure);
