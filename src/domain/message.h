/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/work.h"
#include "model/chat.h"
#include "model/message.h"
#include "model/user.h"

/* What is said in chats (contract §5.2, §5.4). Who may, is asked as for reading a chat
 * (domain/chat.h); people on the page speak in domain/talk.h. A message that is not there, or is
 * another tenant's, is E_NOT_FOUND with field "message_id". */

typedef struct MessageView {
    Message message;
    const char *chat_id;
    const User *sender; /* a user; NULL of an app, and of a user who is unknown by now */
    User *mentions;     /* "@_user_1" is the first; one who is unknown has no ids */
    size_t mention_count;
} MessageView;

/* A page of a chat's messages. start_ms and end_ms are included; 0 and INT64_MAX leave them open.
 * last_id: the message that the page before ended with, or NULL. ret_has_more: there is another
 * page. Recalled ones are among them. */
typedef struct MessageQuery {
    const char *chat_id;
    int64_t start_ms;
    int64_t end_ms;
    const char *last_id;
    bool is_newest_first;
    size_t limit;
    bool is_direct_only; /* the app may not read groups: E_DENIED, field "scope" */
} MessageQuery;

int chat_messages(const Work *work, const MessageQuery *query, MessageView **ret_messages,
                  size_t *ret_count, bool *ret_has_more);

/* is_direct_only: as of chat_messages(). E_CONFLICT, field "message_id": it was recalled. */
int message_view(const Work *work, const char *message_id, bool is_direct_only,
                 MessageView *ret_view);

typedef struct MessageDraft {
    const char *msg_type;
    const char *content;  /* a JSON object as text */
    const char *text;     /* of a text message: what its content says; NULL of others */
    bool reply_in_thread; /* of a reply */
} MessageDraft;

/* The app's bot says something in a chat. In a text, tags that name users become "@_user_1" …
 * (model/message.h); what names nobody stays as it stands there. E_INVALID, field "msg_type": none
 * that may be sent · E_LIMITED, field "content": too long · E_CONFLICT, field "receive_id": the one
 * user of a direct chat has resigned, here and in all that follows. */
int message_send(const Work *work, const char *receive_id, const MessageDraft *draft,
                 MessageView *ret_view);

/* The same as an answer to a message. E_CONFLICT, field "parent_id": it was recalled · field
 * "reply_in_thread": no chat has threads. */
int message_reply(const Work *work, const char *message_id, const MessageDraft *draft,
                  MessageView *ret_view);

/* The same to one user, in the direct chat of the two, which the first message makes
 * (domain/direct_chat.h). E_NOT_FOUND, field "receive_id": no such user. */
int message_send_to_user(const Work *work, UserIdType type, const char *receive_id,
                         const MessageDraft *draft, MessageView *ret_view);
int message_send_to_email(const Work *work, const char *email, const MessageDraft *draft,
                          MessageView *ret_view);

/* What the app's bot said is taken back. E_DENIED, field "sender": it said something else; field
 * "msg_type": it is what opened the chat · E_CONFLICT, field "message_id": it was recalled before.
 */
int message_recall(const Work *work, const char *message_id);

/* The event of a message, whoever caused it. uuid: by which its sender's page knows it again; NULL
 * = none. */
int message_tell(const Work *work, const char *event_type, const Chat *chat, const Message *message,
                 const char *uuid);
