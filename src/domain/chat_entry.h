/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/work.h"
#include "model/chat.h"
#include "model/message.h"

/* The only ways into a chat: those who come together are one join (docs/adr/0015-joins.md), which
 * has the number of the event that tells of them. That they may come, and are not inside yet, is
 * for the caller to see; so are the chat's own user_count and bot_ids. */

typedef struct ChatEntry {
    const char *actor_id;        /* the user who brings them; "" = the calling app's bot */
    const char *task_id;         /* by which they come; "" = none */
    const char *const *user_ids; /* kunlun_ids */
    size_t user_count;
    const char *const *bot_ids; /* app_ids */
    size_t bot_count;
} ChatEntry;

/* A new chat with those whom it begins with. opening: as chat_insert() has it. Tells of the bots
 * and of the users, an event for each of the two. */
int chat_open(const Work *work, const Chat *chat, const ChatEntry *entry, const Message *opening);

/* Those who come later, of whom it tells likewise. */
int chat_enter(const Work *work, const Chat *chat, const ChatEntry *entry);

/* A new direct chat with its user, and the event that tells of it. The join has no bot: the index
 * lists the groups of a bot, and its direct chats may be many more. */
int chat_open_direct(const Work *work, const Chat *chat, const char *kunlun_id);
