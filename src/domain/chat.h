/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/work.h"
#include "model/chat.h"
#include "store/chat_join_store.h"
#include "store/chat_store.h"

/* Reading chats back (contract §5; decisions 38 and 39).
 *
 * E_NOT_FOUND: there is no such chat · E_DENIED, field "tenant_key": it is another tenant's ·
 * E_CONFLICT: it is dissolved · E_DENIED, field "chat_id": the app's bot is outside. */

typedef struct ChatView {
    Chat chat;
    User owner;
    bool is_inside; /* the calling app's bot is: else only name, counts and status are told */
} ChatView;

/* Also of a dissolved chat. */
int chat_view(const Work *work, const char *chat_id, ChatView *ret_view);

typedef struct MemberView {
    User user;
    MemberPlace place;
} MemberView;

/* A page of the users in a chat, in the order of their coming, and how many there are in all.
 * after: the place of the last one of the page before, or BEFORE_ALL_MEMBERS. */
int chat_members(const Work *work, const char *chat_id, MemberPlace after, size_t limit,
                 MemberView **ret_members, size_t *ret_count, int64_t *ret_total);

typedef struct MessageView {
    Message message;
    const char *sender_open_id; /* of a user; NULL of an app */
} MessageView;

/* A page of a chat's messages. start_ms and end_ms are included; 0 and INT64_MAX leave them open.
 * last_id: the message that the page before ended with, or NULL. ret_has_more: there is another
 * page. */
typedef struct MessageQuery {
    const char *chat_id;
    int64_t start_ms;
    int64_t end_ms;
    const char *last_id;
    bool is_newest_first;
    size_t limit;
} MessageQuery;

int chat_messages(const Work *work, const MessageQuery *query, MessageView **ret_messages,
                  size_t *ret_count, bool *ret_has_more);
