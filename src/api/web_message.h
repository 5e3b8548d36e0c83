/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/directory.h"
#include "domain/talk.h"
#include "json/json.h"

/* A message as the page knows one. */

/* A person, or an app's bot. */
typedef struct WebSender {
    const char *user_id; /* NULL: it is an app */
    const char *app_id;  /* NULL: it is a person */
    const char *name;
    const char *en_name; /* NULL of an app */
} WebSender;

typedef struct WebMessage {
    const char *message_id;
    const char *chat_id;
    const char *msg_type;
    int64_t create_ms;
    WebSender *sender;
    const char *uuid; /* the sender's own, where the message has just been sent; NULL to others */
    bool deleted;
    const char *content; /* JSON; "" once it is deleted */
} WebMessage;

extern const Field web_message_reply[];

WebMessage *web_message_of(Arena *arena, const Directory *directory, const char *chat_id,
                           const TalkMessage *from);
