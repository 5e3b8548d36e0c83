/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "model/chat.h"
#include "model/message.h"
#include "store/store.h"

/* Chats and their link to tasks. A chat is found by its whole id; what belongs to a chat that was
 * found goes by the chat's number. */

/* With those who come when it is made, and the message that opens it; NULL = none. Both are in the
 * chat's row, and read with the others (store/chat_join_store.h, store/message_store.h): the join
 * of the time when the chat is made, the message of type "system", said by the bot of the chat's
 * creator at that time, and made right after it, before any other chat; its content begins with
 * MESSAGE_OPENING_BEGIN, which is not kept.
 *
 * told: the events that tell of those who come are in the row, too (store/event_store.h). The
 * join's number is that of the one that tells of the users; the one that tells of the bots has the
 * number before, or the join's when no users come. Neither was taken by anything else, and no
 * chat is made in between. NULL: the caller inserts them.
 *
 * E_CONFLICT: its number is taken. */
int chat_insert(Store *store, int64_t tenant_id, const Chat *chat, const ChatJoin *first,
                const Message *opening, const ChatTold *told, Failure *failure);

/* 1 and *ret_chat, or 0. */
int chat_find(Store *store, int64_t tenant_id, Id id, Arena *arena, Chat *ret_chat,
              Failure *failure);

/* The same by the number alone, for what was found inside; whoever comes from outside has an id. */
int chat_find_number(Store *store, int64_t tenant_id, int64_t number, Arena *arena, Chat *ret_chat,
                     Failure *failure);

/* 1 when a chat of that id lives in some other tenant, or 0. Tells nothing else of it. */
int chat_is_elsewhere(Store *store, int64_t tenant_id, Id id, Failure *failure);

/* 1 when the bot is in the chat and that is not dissolved, or 0. Reads no more of it. */
int chat_holds_bot(Store *store, int64_t tenant_id, int64_t number, const char *app_id,
                   Failure *failure);

/* 1 when a public chat that is not dissolved has this name, other than the one of that number; or
 * 0. */
int chat_name_is_taken(Store *store, int64_t tenant_id, const char *name, int64_t number,
                       Failure *failure);

/* The newest chats first, of smaller numbers than this (INT64_MAX = from the newest). */
int chat_list(Store *store, int64_t tenant_id, int64_t before, Arena *arena, Chat **ret_chats,
              size_t *ret_count, Failure *failure);

/* So many more users are inside; fewer when it is negative. */
int chat_count_users(Store *store, int64_t tenant_id, int64_t chat_number, int64_t joined,
                     Failure *failure);

/* Keeps all of a chat that can change: name, owner_id, chat_status, is_public, settings,
 * user_count, bot_ids. The caller has read it in the same transaction. */
int chat_update(Store *store, int64_t tenant_id, const Chat *chat, Failure *failure);

/* That this is the direct chat of the app's bot and the user. E_CONFLICT: they have one. */
int direct_chat_insert(Store *store, int64_t tenant_id, const char *app_id, const char *kunlun_id,
                       int64_t chat_number, Failure *failure);

/* 1 and *ret_chat, or 0. */
int direct_chat_find(Store *store, int64_t tenant_id, const char *app_id, const char *kunlun_id,
                     Arena *arena, Chat *ret_chat, Failure *failure);

/* A task that no join has with this chat. */
typedef struct TaskLink {
    int64_t chat_number;
    const char *task_id;
    int64_t linked_ms;
    const char *linked_by; /* a kunlun_id; "" = the event tells */
    int64_t event_number;  /* of the join that it had; 0 = nobody came */
} TaskLink;

/* Again is the same as once. */
int task_chat_link(Store *store, int64_t tenant_id, const TaskLink *link, Failure *failure);

/* 1 and *ret_link, or 0. */
int task_chat_find(Store *store, int64_t tenant_id, const char *task_id, int64_t chat_number,
                   Arena *arena, TaskLink *ret_link, Failure *failure);
