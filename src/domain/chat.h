/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/text.h"

#include "domain/work.h"
#include "model/chat.h"
#include "store/chat_join_store.h"
#include "store/chat_store.h"

/* Reading chats back (contract §5; decisions 38 and 39), and who may change them.
 *
 * E_NOT_FOUND: there is no such chat · E_DENIED, field "tenant_key": it is another tenant's ·
 * E_CONFLICT: it is dissolved · E_DENIED, field "chat_id": the app's bot is outside. All but
 * E_DENIED have field "chat_id", too. */

/* A chat that is alive; and one that the app's bot is in, too. */
int chat_get_alive(const Work *work, const char *chat_id, Chat *ret_chat);
int chat_get_inside(const Work *work, const char *chat_id, Chat *ret_chat);

/* Nobody comes into a direct chat or leaves it, and nothing of it is changed: E_CONFLICT, field
 * "chat_mode". */
int chat_check_group(const Work *work, const Chat *chat);

/* What a chat's settings say of rights. Whoever calls a verb reads it out of them: how settings are
 * written is the wire's business. */
typedef struct ChatRights {
    bool only_owner_edits;
    bool only_owner_adds;
    bool needs_approval;
    TextArray bot_managers; /* app_ids */
} ChatRights;

#define SCOPE_OPERATE_AS_OWNER "im:chat:operate_as_owner"

/* Whether the calling app's bot owns the chat, or made it and may act as its owner; and whether it
 * is that or manages the chat. */
bool chat_is_owned(const Work *work, const Chat *chat);
bool chat_is_managed(const Work *work, const Chat *chat, const ChatRights *rights);

typedef struct ChatView {
    Chat chat;
    User owner;     /* without ids when a bot owns it */
    bool is_inside; /* the calling app's bot is: else only name, counts and status are told */
} ChatView;

/* Also of a dissolved chat. */
int chat_view(const Work *work, const char *chat_id, ChatView *ret_view);

/* The same of a chat that was read already. */
int chat_look(const Work *work, const Chat *chat, ChatView *ret_view);

typedef struct MemberView {
    User user;
    MemberPlace place;
} MemberView;

/* The same of a chat that was read already, and that its caller may see. */
int chat_list_members(const Work *work, const Chat *chat, MemberPlace after, size_t limit,
                      MemberView **ret_members, size_t *ret_count);

/* A page of the users in a chat, in the order of their coming, and how many there are in all.
 * after: the place of the last one of the page before, or BEFORE_ALL_MEMBERS. */
int chat_members(const Work *work, const char *chat_id, MemberPlace after, size_t limit,
                 MemberView **ret_members, size_t *ret_count, int64_t *ret_total);
