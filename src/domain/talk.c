/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/talk.h"

#include <string.h>

#include "base/buffer.h"

#include "domain/chat_entry.h"
#include "domain/chat_event.h"
#include "domain/idempotency.h"
#include "domain/message.h"
#include "domain/user.h"
#include "model/limits.h"
#include "store/chat_index.h"
#include "store/event_store.h"
#include "store/message_store.h"
#include "store/read_mark_store.h"
#include "store/task_store.h"
#include "store/user_store.h"

/* ---- the chat ---- */

static int refuse(const Work *work, const char *chat_id)
{
    return fail_field(work->failure, E_NOT_FOUND, "chat_id", chat_id, "there is no chat %s",
                      chat_id);
}

/* One that the person is in, whatever its state. */
static int get_own(const Work *work, const char *chat_id, Chat *ret_chat)
{
    int64_t tenant_id = work->tenant->tenant_id;
    Id id;
    int r = 0;

    if (id_parse(chat_id, CHAT_ID_PREFIX, &id))
        r = chat_find(work->store, tenant_id, id, work->arena, ret_chat, work->failure);
    if (r > 0)
        r = chat_has_user(work->store, tenant_id, ret_chat->id.number, work->user->kunlun_id,
                          work->failure);
    return r == 0 ? refuse(work, chat_id) : r < 0 ? r : 0;
}

static int get_alive(const Work *work, const char *chat_id, Chat *ret_chat)
{
    int r = get_own(work, chat_id, ret_chat);

    if (r >= 0 && !chat_is_alive(ret_chat))
        r = fail_field(work->failure, E_CONFLICT, "chat_id", chat_id, "chat %s is dissolved",
                       chat_id);
    return r;
}

/* One that people come into and leave. */
static int get_group(const Work *work, const char *chat_id, Chat *ret_chat)
{
    int r = get_alive(work, chat_id, ret_chat);

    return r < 0 ? r : chat_check_group(work, ret_chat);
}

/* ---- messages ---- */

static int find_sender(const Work *work, TalkMessage *message)
{
    int r;

    if (!text_equal(message->message.sender_type, "user"))
        return 0;
    r = user_find(work->store, work->tenant->tenant_id, message->message.sender_id, work->arena,
                  &message->sender, work->failure);
    return r < 0 ? r : 0;
}

static int read_messages(const Work *work, int64_t chat_number, int64_t before, size_t limit,
                         TalkMessage **ret_messages, size_t *ret_count)
{
    const MessageRange range = {
        .after = -1, .before = before, .is_newest_first = true, .limit = limit
    };
    Message *messages = NULL;
    TalkMessage *views;
    size_t count = 0;
    int r;

    r = message_list(work->store, work->tenant->tenant_id, chat_number, &range, work->arena,
                     &messages, &count, work->failure);
    views = arena_array(work->arena, TalkMessage, count);
    for (size_t i = 0; r >= 0 && i < count; i++) {
        views[i].message = messages[i];
        r = find_sender(work, &views[i]);
    }
    *ret_messages = views;
    *ret_count = count;
    return r;
}

/* By its number; the id's other half must be right, too. */
int talk_find_message(const Work *work, int64_t chat_number, Id id, TalkMessage *ret_message)
{
    TalkMessage *messages = NULL;
    size_t count = 0;
    int r = 0;

    if (id.number < INT64_MAX)
        r = read_messages(work, chat_number, id.number + 1, 1, &messages, &count);
    if (r < 0 || count == 0 || messages[0].message.id.number != id.number ||
        messages[0].message.id.tail != id.tail)
        return r;
    *ret_message = messages[0];
    return 1;
}

/* What happened between the page's messages, and since. When that is too much for a page, the page
 * is what is newer than the last of it that there is room for. */
static int read_events(const Work *work, int64_t chat_number, int64_t before, TalkPage *page)
{
    const ChatEventRange range = { page->next, before, TALK_EVENTS_PAGE };
    bool has_more = false;
    int r;

    r = chat_event_list(work->store, work->tenant->tenant_id, chat_number, &range, work->arena,
                        &page->events, &page->event_count, &has_more, work->failure);
    if (r < 0 || !has_more)
        return r;
    page->next = page->events[page->event_count - 1].id.number;
    while (page->message_count > 0 &&
           page->messages[page->message_count - 1].message.id.number < page->next)
        page->message_count--;
    return 0;
}

int talk_messages(const Work *work, const char *chat_id, int64_t before, TalkPage *ret_page)
{
    TalkPage page = { .next = -1 };
    Chat chat = { 0 };
    int r;

    r = get_own(work, chat_id, &chat);
    if (r >= 0)
        r = read_messages(work, chat.id.number, before, TALK_MESSAGES_PAGE + 1, &page.messages,
                          &page.message_count);
    if (r < 0)
        return r;
    if (page.message_count > TALK_MESSAGES_PAGE) {
        page.message_count = TALK_MESSAGES_PAGE;
        page.next = page.messages[TALK_MESSAGES_PAGE - 1].message.id.number;
    }
    r = read_events(work, chat.id.number, before, &page);
    *ret_page = page;
    return r;
}

int talk_say(const Work *work, const char *chat_id, const char *text, const char *uuid,
             TalkMessage *ret_message)
{
    Chat chat = { 0 };
    Buffer content;
    int r;

    if (text_is_empty(text) || strlen(text) > TALK_TEXT_BYTES_MOST)
        return fail_field(work->failure, E_INVALID, "text", NULL, "a text has 1 to %d bytes",
                          TALK_TEXT_BYTES_MOST);
    r = get_alive(work, chat_id, &chat);
    if (r < 0)
        return r;
    buffer_init(&content, work->arena, strlen(text) + 16);
    buffer_add(&content, "{\"text\":");
    buffer_add_quoted(&content, text);
    buffer_add_char(&content, '}');
    *ret_message = (TalkMessage){ .message = { .id = id_make(work->ids, work->now_ms),
                                               .chat_number = chat.id.number,
                                               .msg_type = MESSAGE_TEXT,
                                               .sender_id = work->user->kunlun_id,
                                               .sender_type = "user",
                                               .content = content.text,
                                               .created_ms = work->now_ms },
                                  .sender = *work->user };
    r = message_insert(work->store, work->tenant->tenant_id, &ret_message->message, work->failure);
    if (r >= 0)
        r = message_tell(work, EVENT_MESSAGE_RECEIVED, &chat, &ret_message->message, uuid);
    return r;
}

const char *talk_fingerprint(const Work *work, const char *text)
{
    return idempotency_fingerprint(work, &text, 1);
}

int talk_read(const Work *work, const char *chat_id, const char *message_id)
{
    Chat chat = { 0 };
    Id id;
    int r;

    if (!id_parse(message_id, MESSAGE_ID_PREFIX, &id))
        return fail_field(work->failure, E_NOT_FOUND, "message_id", message_id,
                          "%s is no id of a message", message_id);
    r = get_own(work, chat_id, &chat);
    return r < 0 ? r
                 : read_mark_put(work->store, work->tenant->tenant_id, work->user->kunlun_id,
                                 chat.id.number, id, work->failure);
}

/* ---- lists ---- */

/* A candidate of the index: 1 when the person is in it. */
static int look_at(const Work *work, int64_t number, TalkChat *ret_chat)
{
    int64_t tenant_id = work->tenant->tenant_id;
    Id read_id = { 0, 0 };
    TalkMessage *last = NULL;
    size_t count = 0;
    int r;

    r = chat_find_number(work->store, tenant_id, number, work->arena, &ret_chat->chat,
                         work->failure);
    if (r > 0)
        r = chat_is_alive(&ret_chat->chat);
    if (r > 0)
        r = chat_has_user(work->store, tenant_id, number, work->user->kunlun_id, work->failure);
    if (r <= 0)
        return r;
    r = read_mark_find(work->store, tenant_id, work->user->kunlun_id, number, &read_id,
                       work->failure);
    if (r >= 0)
        r = unread_count(work->store, tenant_id, work->user->kunlun_id, number, read_id.number,
                         &ret_chat->unread, work->failure);
    if (r >= 0)
        r = read_messages(work, number, INT64_MAX, 1, &last, &count);
    if (r < 0)
        return r;
    ret_chat->has_last = count > 0;
    if (count > 0)
        ret_chat->last = last[0];
    return 1;
}

int talk_chats(const Work *work, int64_t before, TalkChat **ret_chats, size_t *ret_count,
               int64_t *ret_next)
{
    const ChatIndexRange range = { -1, before, true, TALK_CHATS_MOST };
    int64_t *numbers = NULL;
    TalkChat *chats;
    size_t candidates = 0, count = 0;
    int r;

    r = chat_index_list(work->store, work->tenant->tenant_id, CHAT_INDEX_USER,
                        work->user->kunlun_id, &range, work->arena, &numbers, &candidates,
                        work->failure);
    if (r < 0)
        return r;
    chats = arena_array(work->arena, TalkChat, candidates);
    for (size_t i = 0; r >= 0 && i < candidates; i++) {
        chats[count] = (TalkChat){ .unread = 0 };
        r = look_at(work, numbers[i], &chats[count]);
        count += r > 0;
    }
    if (r < 0)
        return r;
    *ret_chats = chats;
    *ret_count = count;
    *ret_next = candidates == TALK_CHATS_MOST ? numbers[candidates - 1] : -1;
    return 0;
}

int talk_members(const Work *work, const char *chat_id, MemberPlace after, size_t limit,
                 MemberView **ret_members, size_t *ret_count, int64_t *ret_total)
{
    Chat chat = { 0 };
    int r = get_own(work, chat_id, &chat);

    if (r < 0)
        return r;
    *ret_total = chat.user_count;
    return chat_list_members(work, &chat, after, limit, ret_members, ret_count);
}

/* ---- one chat ---- */

static int read_tasks(const Work *work, TalkView *view)
{
    int64_t tenant_id = work->tenant->tenant_id;
    const char **task_ids = NULL;
    Task *tasks;
    size_t count = 0, found = 0;
    int r;

    r = chat_task_ids(work->store, tenant_id, view->chat.id.number, TALK_TASKS_MOST, work->arena,
                      &task_ids, &count, work->failure);
    tasks = arena_array(work->arena, Task, count);
    for (size_t i = 0; r >= 0 && i < count; i++) {
        r = task_find(work->store, tenant_id, task_ids[i], work->arena, &tasks[found],
                      work->failure);
        found += r > 0;
    }
    view->tasks = tasks;
    view->task_count = found;
    return r;
}

int talk_view(const Work *work, const char *chat_id, TalkView *ret_view)
{
    int r;

    *ret_view = (TalkView){ .task_count = 0 };
    r = get_own(work, chat_id, &ret_view->chat);
    if (r >= 0)
        r = read_tasks(work, ret_view);
    if (r >= 0)
        r = read_mark_find(work->store, work->tenant->tenant_id, work->user->kunlun_id,
                           ret_view->chat.id.number, &ret_view->read_id, work->failure);
    return r;
}

int talk_rename(const Work *work, const char *chat_id, const char *name)
{
    Chat before = { 0 }, after;
    int r;

    if (text_is_empty(name) || text_prefix_bytes(name, CHAT_NAME_SHOWN_CHARACTERS) < strlen(name))
        return fail_field(work->failure, E_INVALID, "name", name, "a name has 1 to %d characters",
                          CHAT_NAME_SHOWN_CHARACTERS);
    r = get_group(work, chat_id, &before);
    if (r < 0 || text_equal(before.name, name))
        return r;
    after = before;
    after.name = name;
    r = chat_update(work->store, work->tenant->tenant_id, &after, work->failure);
    if (r >= 0)
        r = chat_tell_change(work, id_make(work->ids, work->now_ms), &before, &after, "{}", "{}");
    return r;
}

/* ---- coming and going ---- */

static int find_newcomers(const Work *work, const Chat *chat, const char *const *user_ids,
                          size_t count, const char **ret_ids, size_t *ret_count)
{
    bool *is_inside = arena_array(work->arena, bool, count), is_linked;
    User user;
    int r;

    r = chat_join_search(work->store, work->tenant->tenant_id, chat->id.number, user_ids, count,
                         is_inside, NULL, &is_linked, work->failure);
    for (size_t i = 0; r >= 0 && i < count; i++) {
        bool is_known = is_inside[i];

        for (size_t j = 0; j < *ret_count; j++)
            is_known = is_known || text_equal(ret_ids[j], user_ids[i]);
        if (is_known)
            continue;
        r = user_get_active(work, "user_ids", user_ids[i], &user);
        ret_ids[(*ret_count)++] = user_ids[i];
    }
    return r;
}

int talk_add(const Work *work, const char *chat_id, const char *const *user_ids, size_t count)
{
    const char **ids = arena_array(work->arena, const char *, count);
    ChatEntry entry = { .actor_id = work->user->kunlun_id, .task_id = "", .user_ids = ids };
    Chat chat = { 0 };
    int r;

    r = get_group(work, chat_id, &chat);
    if (r >= 0)
        r = find_newcomers(work, &chat, user_ids, count, ids, &entry.user_count);
    if (r < 0 || entry.user_count == 0)
        return r;
    if (chat.user_count + (int64_t)entry.user_count > CHAT_MEMBERS_MOST)
        return fail_field(work->failure, E_CONFLICT, "user_ids", NULL,
                          "a chat has at most %d members", CHAT_MEMBERS_MOST);
    r = chat_count_users(work->store, work->tenant->tenant_id, chat.id.number,
                         (int64_t)entry.user_count, work->failure);
    return r < 0 ? r : chat_enter(work, &chat, &entry);
}

/* The first who came and is not the one who leaves; "" when there is nobody. */
static int find_heir(const Work *work, const Chat *chat, const char **ret_owner_id)
{
    Member *members = NULL;
    size_t count = 0;
    int r = chat_join_list(work->store, work->tenant->tenant_id, chat->id.number,
                           BEFORE_ALL_MEMBERS, 2, work->arena, &members, &count, work->failure);

    *ret_owner_id = "";
    for (size_t i = count; r >= 0 && i-- > 0;)
        if (!text_equal(members[i].kunlun_id, work->user->kunlun_id))
            *ret_owner_id = members[i].kunlun_id;
    return r;
}

int talk_leave(const Work *work, const char *chat_id)
{
    const char *kunlun_id = work->user->kunlun_id;
    int64_t tenant_id = work->tenant->tenant_id;
    Chat before = { 0 }, after;
    int r;

    r = get_group(work, chat_id, &before);
    if (r < 0)
        return r;
    after = before;
    after.user_count--;
    if (text_equal(before.owner_id, kunlun_id))
        r = find_heir(work, &before, &after.owner_id);
    if (r >= 0)
        r = chat_join_leave(work->store, tenant_id, before.id.number, &kunlun_id, 1, work->arena,
                            work->failure);
    if (r >= 0)
        r = chat_update(work->store, tenant_id, &after, work->failure);
    if (r >= 0)
        r = chat_tell_of(work, id_make(work->ids, work->now_ms), EVENT_USER_WITHDRAWN, kunlun_id,
                         &before, "users", kunlun_id);
    return r;
}
