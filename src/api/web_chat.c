/* SPDX-License-Identifier: Apache-2.0 */
/* The page: chats, and talking in them. */
#include <stdio.h>

#include "base/text.h"

#include "api/apaas_v1.h"
#include "api/page.h"
#include "api/web.h"
#include "api/web_event.h"
#include "api/web_message.h"
#include "api/web_person.h"
#include "domain/talk.h"
#include "model/limits.h"

typedef struct ListReply {
    ObjectArray items;
    bool has_more;
    const char *page_token;
    int64_t member_total;
} ListReply;

typedef struct MessagesReply {
    ObjectArray items;
    ObjectArray notices;
    bool has_more;
    const char *page_token;
} MessagesReply;

typedef struct ChatItem {
    const char *chat_id;
    const char *name;
    const char *chat_mode;
    int64_t user_count;
    int64_t unread;
    WebMessage *last_message;
} ChatItem;

typedef struct TaskItem {
    const char *task_id;
    ObjectArray label;
} TaskItem;

typedef struct ChatReply {
    const char *chat_id;
    const char *name;
    const char *chat_mode;
    const char *chat_status;
    const char *owner_id;
    int64_t user_count;
    ObjectArray tasks;
    const char *last_read_message_id;
} ChatReply;

typedef struct PageQuery {
    const char *page_token;
} PageQuery;

typedef struct ChatBody {
    const char *name;
    const char *text;
    const char *uuid;
    const char *message_id;
    TextArray user_ids;
} ChatBody;

/* clang-format off */
const Field web_page_query[] = {
    FIELD(PageQuery, page_token, JSON_TEXT, 0, .about = "from the page before"),
    FIELDS_END,
};
static const Field chat_item_fields[] = {
    FIELD(ChatItem, chat_id,      JSON_TEXT,    FIELD_REQUIRED, .about = "a chat"),
    FIELD(ChatItem, name,         JSON_TEXT,    FIELD_REQUIRED, .about = "its name; of a p2p chat, the app's"),
    FIELD(ChatItem, chat_mode,    JSON_TEXT,    FIELD_REQUIRED, .about = "group, or p2p: with an app's bot alone"),
    FIELD(ChatItem, user_count,   JSON_INTEGER, FIELD_REQUIRED, .about = "people inside"),
    FIELD(ChatItem, unread,       JSON_INTEGER, FIELD_REQUIRED, .about = "counted up to 100"),
    FIELD(ChatItem, last_message, JSON_OBJECT,  0, .fields = web_message_reply, .item_bytes = sizeof(WebMessage), .about = "the newest"),
    FIELDS_END,
};
const Field web_chats_reply[] = {
    FIELD(ListReply, items,      JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = chat_item_fields, .item_bytes = sizeof(ChatItem), .about = "the newest first"),
    FIELD(ListReply, has_more,   JSON_BOOLEAN,      FIELD_REQUIRED, .about = "another page follows"),
    FIELD(ListReply, page_token, JSON_TEXT,         0, .about = "only while has_more"),
    FIELDS_END,
};
const Field web_messages_reply[] = {
    FIELD(MessagesReply, items,      JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = web_message_reply, .item_bytes = sizeof(WebMessage), .about = "the newest first"),
    FIELD(MessagesReply, notices,    JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = web_notice_fields, .item_bytes = sizeof(WebNotice), .about = "what happened in the same time, the oldest first"),
    FIELD(MessagesReply, has_more,   JSON_BOOLEAN,      FIELD_REQUIRED, .about = "another page follows"),
    FIELD(MessagesReply, page_token, JSON_TEXT,         0, .about = "only while has_more"),
    FIELDS_END,
};
const Field web_members_reply[] = {
    FIELD(ListReply, items,        JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = person_fields, .item_bytes = sizeof(Person), .about = "in the order of their coming"),
    FIELD(ListReply, has_more,     JSON_BOOLEAN,      FIELD_REQUIRED, .about = "another page follows"),
    FIELD(ListReply, page_token,   JSON_TEXT,         0, .about = "only while has_more"),
    FIELD(ListReply, member_total, JSON_INTEGER,      FIELD_REQUIRED, .about = "in all"),
    FIELDS_END,
};
static const Field task_item_fields[] = {
    FIELD(TaskItem, task_id, JSON_TEXT,         FIELD_REQUIRED, .about = "a task"),
    FIELD(TaskItem, label,   JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = label_fields, .item_bytes = sizeof(Label), .about = "its name by language"),
    FIELDS_END,
};
const Field web_chat_reply[] = {
    FIELD(ChatReply, chat_id,     JSON_TEXT,         FIELD_REQUIRED, .about = "the chat"),
    FIELD(ChatReply, name,        JSON_TEXT,         FIELD_REQUIRED, .about = "its name; of a p2p chat, the app's"),
    FIELD(ChatReply, chat_mode,   JSON_TEXT,         FIELD_REQUIRED, .about = "group, or p2p: with an app's bot alone"),
    FIELD(ChatReply, chat_status, JSON_TEXT,         FIELD_REQUIRED, .about = "normal or dissolved"),
    FIELD(ChatReply, owner_id,    JSON_TEXT,         FIELD_REQUIRED, .about = "a kunlun id; empty: a bot"),
    FIELD(ChatReply, user_count,  JSON_INTEGER,      FIELD_REQUIRED, .about = "people inside"),
    FIELD(ChatReply, tasks,       JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = task_item_fields, .item_bytes = sizeof(TaskItem), .about = "that it is about"),
    FIELD(ChatReply, last_read_message_id, JSON_TEXT, 0, .about = "of this person"),
    FIELDS_END,
};
const Field web_rename_body[] = {
    FIELD(ChatBody, name, JSON_TEXT, FIELD_REQUIRED, .about = "the new name"),
    FIELDS_END,
};
const Field web_say_body[] = {
    FIELD(ChatBody, text, JSON_TEXT, FIELD_REQUIRED, .about = "what is said"),
    FIELD(ChatBody, uuid, JSON_TEXT, 0, .about = "sent again, it is the same message"),
    FIELDS_END,
};
const Field web_read_body[] = {
    FIELD(ChatBody, message_id, JSON_TEXT, FIELD_REQUIRED, .about = "the last one that was read"),
    FIELDS_END,
};
const Field web_add_body[] = {
    FIELD(ChatBody, user_ids, JSON_TEXT_ARRAY, FIELD_REQUIRED, .at_least = 1, .at_most = TALK_PEOPLE_MOST, .about = "who is to come"),
    FIELDS_END,
};
/* clang-format on */

/* ---- messages ---- */

static WebMessage *message_reply(Call *call, const char *chat_id, const TalkMessage *from)
{
    return web_message_of(call->arena, call->work.directory, chat_id, from);
}

/* A number as the key of a page; most: the first page. */
static int read_number(Call *call, const char *list, const char *token, int64_t most,
                       int64_t *ret_number)
{
    const char *key = NULL;
    long long number;
    int r = page_token_parse(&call->work, list, token, &key);

    *ret_number = most;
    if (r >= 0 && key && sscanf(key, "%lld", &number) == 1)
        *ret_number = number;
    return r;
}

static const char *print_number(Call *call, const char *list, int64_t number)
{
    return page_token_print(&call->work, list, arena_print(call->arena, "%lld", (long long)number));
}

static ObjectArray message_array(Call *call, const char *chat_id, const TalkPage *page)
{
    WebMessage *items = arena_array(call->arena, WebMessage, page->message_count);

    for (size_t i = 0; i < page->message_count; i++)
        items[i] = *message_reply(call, chat_id, &page->messages[i]);
    return (ObjectArray){ items, page->message_count, true };
}

/* Of messages that are the newest first. */
static const char *message_before(Call *call, const TalkPage *page, int64_t number)
{
    for (size_t i = 0; i < page->message_count; i++)
        if (page->messages[i].message.id.number < number)
            return id_print(page->messages[i].message.id, MESSAGE_ID_PREFIX, call->arena);
    return NULL;
}

static int read_notices(Call *call, const TalkPage *page, ObjectArray *ret_notices)
{
    WebNotice *notices = arena_array(call->arena, WebNotice, page->event_count);
    size_t count = 0;
    int r = 0;

    for (size_t i = page->event_count; r >= 0 && i-- > 0;) {
        r = web_notice_of(&call->work, &page->events[i], &notices[count]);
        if (r > 0)
            notices[count++].after_message_id =
                message_before(call, page, page->events[i].id.number);
    }
    *ret_notices = (ObjectArray){ notices, count, true };
    return r < 0 ? r : 0;
}

int web_messages(Call *call)
{
    const char *chat_id = call_path(call, 0);
    const char *list = arena_print(call->arena, "web messages %s", chat_id);
    PageQuery query = { 0 };
    MessagesReply reply = { 0 };
    TalkPage page;
    int64_t before = 0;
    int r = call_read_query(call, &query);

    if (r >= 0)
        r = read_number(call, list, query.page_token, INT64_MAX, &before);
    if (r >= 0)
        r = talk_messages(&call->work, chat_id, before, &page);
    if (r >= 0)
        r = read_notices(call, &page, &reply.notices);
    if (r < 0)
        return r;
    reply.items = message_array(call, chat_id, &page);
    reply.has_more = page.next >= 0;
    if (reply.has_more)
        reply.page_token = print_number(call, list, page.next);
    return call_reply(call, web_messages_reply, &reply);
}

int web_say(Call *call)
{
    const char *chat_id = call_path(call, 0);
    ChatBody body = { 0 };
    TalkMessage message;
    int r = call_read_body(call, &body);

    if (r < 0)
        return r;
    r = call_find_key(call);
    if (r > 0)
        r = call_replay(call, talk_fingerprint(&call->work, body.text));
    if (r != 0)
        return r;
    r = talk_say(&call->work, chat_id, body.text, body.uuid, &message);
    if (r < 0)
        return r;
    call_reply(call, web_message_reply, message_reply(call, chat_id, &message));
    return call_keep(call);
}

int web_read(Call *call)
{
    ChatBody body = { 0 };
    int r = call_read_body(call, &body);

    if (r >= 0)
        r = talk_read(&call->work, call_path(call, 0), body.message_id);
    return r < 0 ? r : call_reply(call, web_nothing, NULL);
}

/* ---- chats ---- */

/* A direct chat bears the other side's name, as it is now. */
static const char *name_of(Call *call, const Chat *chat)
{
    const App *app = directory_app(call->work.directory, chat->creator_app_id);

    return chat->is_direct && app ? app->name : chat->name;
}

int web_chats(Call *call)
{
    const char *list = arena_print(call->arena, "web chats %s", call->user.kunlun_id);
    PageQuery query = { 0 };
    ListReply reply = { 0 };
    TalkChat *chats = NULL;
    ChatItem *items;
    int64_t before = 0, next = -1;
    size_t count = 0;
    int r = call_read_query(call, &query);

    if (r >= 0)
        r = read_number(call, list, query.page_token, INT64_MAX, &before);
    if (r >= 0)
        r = talk_chats(&call->work, before, &chats, &count, &next);
    if (r < 0)
        return r;
    items = arena_array(call->arena, ChatItem, count);
    for (size_t i = 0; i < count; i++) {
        const char *chat_id = id_print(chats[i].chat.id, CHAT_ID_PREFIX, call->arena);

        items[i] =
            (ChatItem){ chat_id,
                        name_of(call, &chats[i].chat),
                        chat_mode_text(&chats[i].chat),
                        chats[i].chat.user_count,
                        chats[i].unread,
                        chats[i].has_last ? message_reply(call, chat_id, &chats[i].last) : NULL };
    }
    reply.items = (ObjectArray){ items, count, true };
    reply.has_more = next >= 0;
    if (reply.has_more)
        reply.page_token = print_number(call, list, next);
    return call_reply(call, web_chats_reply, &reply);
}

static ObjectArray task_array(Arena *arena, const TalkView *view)
{
    TaskItem *tasks = arena_array(arena, TaskItem, view->task_count);

    for (size_t i = 0; i < view->task_count; i++)
        tasks[i] = (TaskItem){ view->tasks[i].task_id, labels_of(arena, &view->tasks[i]) };
    return (ObjectArray){ tasks, view->task_count, true };
}

int web_chat(Call *call)
{
    const char *chat_id = call_path(call, 0);
    TalkView view;
    ChatReply reply;
    int r = talk_view(&call->work, chat_id, &view);

    if (r < 0)
        return r;
    reply = (ChatReply){ chat_id,
                         name_of(call, &view.chat),
                         chat_mode_text(&view.chat),
                         view.chat.chat_status,
                         view.chat.owner_id,
                         view.chat.user_count,
                         task_array(call->arena, &view),
                         NULL };
    if (view.read_id.number > 0)
        reply.last_read_message_id = id_print(view.read_id, MESSAGE_ID_PREFIX, call->arena);
    return call_reply(call, web_chat_reply, &reply);
}

int web_rename(Call *call)
{
    ChatBody body = { 0 };
    int r = call_read_body(call, &body);

    if (r >= 0)
        r = talk_rename(&call->work, call_path(call, 0), body.name);
    return r < 0 ? r : call_reply(call, web_nothing, NULL);
}

/* ---- members ---- */

int web_members(Call *call)
{
    const char *chat_id = call_path(call, 0);
    const char *list = arena_print(call->arena, "web members %s", chat_id);
    PageQuery query = { 0 };
    ListReply reply = { 0 };
    MemberView *members = NULL;
    const char *after = NULL;
    Person *items;
    size_t count = 0;
    int r = call_read_query(call, &query);

    if (r >= 0)
        r = page_token_parse(&call->work, list, query.page_token, &after);
    if (r >= 0)
        r = talk_members(&call->work, chat_id, page_place_parse(after), TALK_MEMBERS_PAGE + 1,
                         &members, &count, &reply.member_total);
    if (r < 0)
        return r;
    reply.has_more = count > TALK_MEMBERS_PAGE;
    if (reply.has_more) {
        count = TALK_MEMBERS_PAGE;
        reply.page_token = page_token_print(
            &call->work, list, page_place_print(call->arena, members[count - 1].place));
    }
    items = arena_array(call->arena, Person, count);
    for (size_t i = 0; i < count; i++)
        items[i] = person_of(&members[i].user);
    reply.items = (ObjectArray){ items, count, true };
    return call_reply(call, web_members_reply, &reply);
}

int web_add(Call *call)
{
    ChatBody body = { 0 };
    int r = call_read_body(call, &body);

    if (r >= 0)
        r = talk_add(&call->work, call_path(call, 0), body.user_ids.items, body.user_ids.count);
    return r < 0 ? r : call_reply(call, web_nothing, NULL);
}

int web_leave(Call *call)
{
    int r = talk_leave(&call->work, call_path(call, 0));

    return r < 0 ? r : call_reply(call, web_nothing, NULL);
}
