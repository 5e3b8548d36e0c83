/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"

/* What is said in a chat: by an app's bot or by a user. */

#define MESSAGE_ID_PREFIX "om_"

/* sender_id is an app_id or a kunlun_id, as sender_type says. */
typedef struct Message {
    Id id;
    int64_t chat_number;
    const char *msg_type;
    const char *sender_id;
    const char *sender_type; /* "app", "user" */
    const char *content;     /* JSON; "" once it was recalled */
    int64_t created_ms;
    const char *root_id;   /* the message that the replies began with; "" or NULL = no reply */
    const char *parent_id; /* the message that this one answers; likewise */
    const char *mentions; /* words: the kunlun_ids of "@_user_1", "@_user_2" …; "" or NULL = none */
    int64_t deleted_ms;   /* when it was recalled; 0 = it was not */
} Message;

/* What an app may send into a group (contract §5.2). */
typedef struct MessageKind {
    const char *msg_type;
    size_t content_bytes_most;
} MessageKind;

/* How the message begins that opens a chat: a template with lists of names, in the platform's form.
 * It says who opened it, from which task, and with whom. */
#define MESSAGE_OPENING_BEGIN      \
    "{\"template\":\"{from_user} " \
    "从任务「{task}」发起了群聊，成员：{to_chatters}\",\"from_user\":["

#define MESSAGE_TEXT   "text"
#define MESSAGE_SYSTEM "system" /* made here alone */

/* NULL: none may be sent. */
const MessageKind *message_kind_find(const char *msg_type);

/* How a text names somebody: <at user_id="ou_…">a name or nothing</at>. The id may be of any kind,
 * or MENTION_ALL. */
typedef struct MentionTag {
    const char *begin; /* in the text */
    size_t size_bytes; /* to behind the closing tag */
    const char *id;    /* in the text */
    size_t id_bytes;
} MentionTag;

#define MENTION_ALL "all"

/* The first tag of the text. What is no whole tag is text like any other. */
bool mention_tag_find(const char *text, MentionTag *ret_tag);
