/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "model/message.h"
#include "store/store.h"

/* What was said in chats. A message is found by its whole id, which leads to its chat. The one that
 * opened a chat was kept by chat_insert(), and is read like any other. */

/* One that was not recalled. E_CONFLICT: its number is taken. */
int message_insert(Store *store, int64_t tenant_id, const Message *message, Failure *failure);

/* 1 and *ret_message, or 0. */
int message_find(Store *store, int64_t tenant_id, Id id, Arena *arena, Message *ret_message,
                 Failure *failure);

/* A page of a chat's messages in the order of their numbers, which is that of their time: those
 * with after < number < before, at most limit, from the newest down when is_newest_first. */
typedef struct MessageRange {
    int64_t after;
    int64_t before;
    bool is_newest_first;
    size_t limit;
} MessageRange;

int message_list(Store *store, int64_t tenant_id, int64_t chat_number, const MessageRange *range,
                 Arena *arena, Message **ret_messages, size_t *ret_count, Failure *failure);

/* Takes away what it says and whom it names; the row stays, and tells since when. */
int message_empty(Store *store, int64_t tenant_id, const Message *message, int64_t deleted_ms,
                  Failure *failure);

/* 1 and the number of a chat's newest message, or 0, which leaves that as it was. */
int message_newest(Store *store, int64_t tenant_id, int64_t chat_number, int64_t *ret_number,
                   Failure *failure);

/* Drops all messages of a chat. */
int message_delete_all(Store *store, int64_t tenant_id, int64_t chat_number, Failure *failure);
