/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/live_event.h"

#include "store/chat_store.h"
#include "store/message_store.h"
#include "store/user_store.h"

/* Somebody who is named by an event but not there any more still has an id. */
static int find_person(const Work *work, const char *kunlun_id, User *ret_user)
{
    int r = user_find(work->store, work->tenant->tenant_id, kunlun_id, work->arena, ret_user,
                      work->failure);

    if (r == 0)
        *ret_user = (User){ .kunlun_id = kunlun_id, .name = "", .en_name = "" };
    return r < 0 ? r : 0;
}

static int view_person(const Work *work, const char *kunlun_id, const User **ret_user)
{
    User *user = arena_alloc(work->arena, sizeof(*user));
    int r = find_person(work, kunlun_id, user);

    if (r >= 0)
        *ret_user = user;
    return r;
}

static int view_users(const Work *work, const TextArray *users, EventView *view)
{
    int r = 0;

    view->has_users = users->is_present;
    view->users = arena_array(work->arena, User, users->count);
    for (size_t i = 0; r >= 0 && i < users->count; i++)
        r = find_person(work, users->items[i], &view->users[view->user_count++]);
    return r;
}

static int view_message(const Work *work, EventView *view)
{
    TalkMessage *message = arena_alloc(work->arena, sizeof(*message));
    Id id;
    int r;

    if (!id_parse(view->message_id, MESSAGE_ID_PREFIX, &id))
        return 0;
    r = talk_find_message(work, view->event->subject_number, id, message);
    if (r > 0)
        view->message = message;
    return r;
}

int event_view(const Work *work, const Event *event, const EventFacts *facts, EventView *ret_view)
{
    EventView view = { .event = event,
                       .name = facts->name,
                       .message_id = facts->message_id,
                       .is_message = facts->is_message,
                       .uuid = facts->uuid };
    Chat chat = { 0 };
    int r;

    r = chat_find_number(work->store, work->tenant->tenant_id, event->subject_number, work->arena,
                         &chat, work->failure);
    if (r <= 0)
        return r;
    view.chat_id = id_print(chat.id, CHAT_ID_PREFIX, work->arena);
    if (!text_is_empty(event->actor_id))
        r = view_person(work, event->actor_id, &view.actor);
    if (r >= 0)
        r = view_users(work, &facts->users, &view);
    if (r >= 0 && view.is_message)
        r = view_message(work, &view);
    if (r < 0)
        return r;
    *ret_view = view;
    return 1;
}
