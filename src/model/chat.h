/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/id.h"

#include "model/user.h"

/* A chat, its members, and the events that tell of them. Most are groups. A direct chat (p2p on the
 * wire) is of the app's bot that made it and one user: nobody comes or leaves, it has no owner and
 * no name, and nothing of it is changed. */

#define CHAT_ID_PREFIX "oc_"

#define CHAT_STATUS_NORMAL    "normal"
#define CHAT_STATUS_DISSOLVED "dissolved"
#define CHAT_NAME_DEFAULT     "(无主题)" /* contract §5.3 */

typedef struct Chat {
    Id id;
    const char *name;
    const char *owner_id; /* a kunlun_id; "" = the creator's bot */
    const char *creator_app_id;
    const char *chat_status; /* "normal", "dissolved", "dissolved_save" */
    bool is_public;
    const char
        *settings; /* JSON of what differs from the defaults, as the api knows them; "" = nothing */
    int64_t user_count;
    const char *bot_ids; /* words: the app_ids of the bots that are inside */
    int64_t created_ms;
    bool is_direct; /* of a bot and one user; else a group */
} Chat;

/* Those whom one event brought into a chat. */
typedef struct ChatJoin {
    int64_t chat_number;
    int64_t event_number;
    const char *task_id;  /* by which they came; "" = none */
    const char *user_ids; /* words: kunlun_ids; MEMBER_GONE in the place of one who has left */
    const char *bot_ids;  /* words: app_ids */
    int64_t joined_ms;
} ChatJoin;

#define MEMBER_GONE "." /* no id has a dot */

/* Who made a chat, as the events have it that tell of those who came with it. */
typedef struct ChatTold {
    const char *actor_id; /* a kunlun_id; "" = the app's bot */
    const char *log_id;
} ChatTold;

typedef struct Event {
    Id id;
    const char *event_type;
    const char *app_id;
    const char *actor_id;   /* a kunlun_id; "" = the app's bot */
    int64_t subject_number; /* a chat's */
    const char *body;       /* JSON */
    int64_t created_ms;
    const char *log_id;
} Event;

#define EVENT_USER_ADDED       "im.chat.member.user.added_v1"
#define EVENT_USER_DELETED     "im.chat.member.user.deleted_v1"
#define EVENT_USER_WITHDRAWN   "im.chat.member.user.withdrawn_v1"
#define EVENT_BOT_ADDED        "im.chat.member.bot.added_v1"
#define EVENT_BOT_DELETED      "im.chat.member.bot.deleted_v1"
#define EVENT_CHAT_UPDATED     "im.chat.updated_v1"
#define EVENT_MESSAGE_RECEIVED "im.message.receive_v1"
#define EVENT_MESSAGE_RECALLED "im.message.recalled_v1"
#define EVENT_CHAT_DISBANDED   "im.chat.disbanded_v1"
#define EVENT_DIRECT_CREATED   "p2p_chat_create" /* the platform has no newer one for it */
#define EVENT_MESSAGE_RECALLED "im.message.recalled_v1"

/* The facts of an event that tells of a chat's name and of those who came or went, as JSON. which:
 * "users" or "bots"; ids: words; "" = of the name alone. */
const char *chat_event_body(Arena *arena, const char *name, const char *which, const char *ids);

bool chat_is_alive(const Chat *chat);
bool chat_has_bot(const Chat *chat, const char *app_id);
int64_t chat_bot_count(const Chat *chat);
const char *chat_type_text(const Chat *chat); /* "public", "private" */
const char *chat_mode_text(const Chat *chat); /* "group", "p2p" */
