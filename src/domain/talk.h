/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/chat.h"
#include "domain/work.h"
#include "model/message.h"
#include "model/task.h"

/* What a person on the page does in chats, and sees of them: work->user. A chat that the person is
 * not in does not exist for him: E_NOT_FOUND, field "chat_id". One that was dissolved is read, and
 * not changed: E_CONFLICT. In a direct chat, with an app's bot, the person talks; it isn't renamed,
 * joined or left: E_CONFLICT, field "chat_mode". */

typedef struct TalkMessage {
    Message message;
    User sender; /* without ids when it was a bot, whose app is message.sender_id */
} TalkMessage;

typedef struct TalkChat {
    Chat chat;
    int64_t unread; /* at most UNREAD_MOST */
    bool has_last;  /* whether anything was said */
    TalkMessage last;
} TalkChat;

/* Chats that the person is in, of smaller numbers than before, the newest first. A page may hold
 * less than TALK_CHATS_MOST; ret_next is where the next begins, -1: there is none. */
int talk_chats(const Work *work, int64_t before, TalkChat **ret_chats, size_t *ret_count,
               int64_t *ret_next);

typedef struct TalkView {
    Chat chat;
    const Task *tasks; /* that it is linked to; at most TALK_TASKS_MOST */
    size_t task_count;
    Id read_id; /* the last message that the person has read; zeroes = none */
} TalkView;

int talk_view(const Work *work, const char *chat_id, TalkView *ret_view);

int talk_members(const Work *work, const char *chat_id, MemberPlace after, size_t limit,
                 MemberView **ret_members, size_t *ret_count, int64_t *ret_total);

/* What was said, and the events that tell what happened in the same time, the newest first. Pages
 * follow each other without a gap, and nothing is in two of them: a page is what has smaller
 * numbers than before, down to where the next one begins. */
typedef struct TalkPage {
    TalkMessage *messages; /* at most TALK_MESSAGES_PAGE */
    size_t message_count;
    Event *events; /* at most TALK_EVENTS_PAGE (store/event_store.h) */
    size_t event_count;
    int64_t next; /* before, for the next page; -1: there is none */
} TalkPage;

int talk_messages(const Work *work, const char *chat_id, int64_t before, TalkPage *ret_page);

/* 1, or 0: there is none of that id in the chat. Of a chat that was found, for whoever. */
int talk_find_message(const Work *work, int64_t chat_number, Id id, TalkMessage *ret_message);

/* E_INVALID, field "text": empty or too long. */
int talk_say(const Work *work, const char *chat_id, const char *text, const char *uuid,
             TalkMessage *ret_message);

/* What tells one message from another under the same uuid (domain/idempotency.h). */
const char *talk_fingerprint(const Work *work, const char *text);

/* What stands before it is read too. E_NOT_FOUND, field "message_id": it is no id of a message. */
int talk_read(const Work *work, const char *chat_id, const char *message_id);

/* E_INVALID, field "name". */
int talk_rename(const Work *work, const char *chat_id, const char *name);

/* Who is inside already stays. E_NOT_FOUND, field "user_ids" · E_CONFLICT: there is no room. */
int talk_add(const Work *work, const char *chat_id, const char *const *user_ids, size_t count);

/* The owner leaves the chat to whoever came first of the others. */
int talk_leave(const Work *work, const char *chat_id);
