/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/chat.h"

/* Making, changing and dissolving chats (contract §5.2, §5.3, §5.5). The calling app's bot acts. */

typedef struct ChatDraft {
    const char *name; /* NULL: CHAT_NAME_DEFAULT */
    bool is_public;
    const char *settings;
    UserIdType id_type;   /* of owner_id and user_id_list */
    const char *owner_id; /* NULL: the app's bot */
    TextArray user_id_list;
    TextArray bot_id_list; /* app_ids; the app's own bot comes anyhow */
} ChatDraft;

/* E_NOT_FOUND, field "name": a public chat needs one · E_CONFLICT, field "name": it is too short ·
 * E_NOT_FOUND, E_CONFLICT, field "owner_id", "user_id_list" or "bot_id_list": there is no such user
 * or bot; one has resigned. */
int chat_create(const Work *work, const ChatDraft *draft, ChatView *ret_view);

/* What is NULL stays as it is. */
typedef struct ChatChange {
    const char *name;
    const bool *is_public;
    UserIdType id_type;
    const char *owner_id;
    const char *settings;        /* all of them, as they are to be */
    const char *settings_before; /* JSON objects with what changes of them; "{}" = nothing */
    const char *settings_after;
    const char *owners_field; /* one that is named, and that only the owner may change */
} ChatChange;

/* The chat is one that chat_get_inside() gave.
 *
 * E_DENIED, field "edit_permission": only its owner changes this chat · E_DENIED, no field: only
 * its owner changes that field · E_INVALID, field "name": too short for a public chat ·
 * E_CONFLICT, field "name": another public chat has the name that this one would show in public
 * from now on · E_NOT_FOUND, field "owner_id": there is no such user · E_CONFLICT, field
 * "owner_id": they are not inside. */
int chat_change(const Work *work, const Chat *chat, const ChatRights *rights,
                const ChatChange *change);

/* Dissolves the chat: its messages are dropped, its members and events stay. E_DENIED, no field:
 * only its owner does that. */
int chat_dissolve(const Work *work, const Chat *chat);
