/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/chat_event.h"

#include "base/buffer.h"
#include "base/text.h"

#include "store/event_store.h"

/* Of the others, joins have the number (domain/chat_entry.h), and messages are read themselves. */
static bool is_listed(const char *event_type)
{
    static const char *const others[] = { EVENT_USER_ADDED, EVENT_BOT_ADDED, EVENT_DIRECT_CREATED,
                                          EVENT_MESSAGE_RECEIVED, EVENT_MESSAGE_RECALLED };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (text_equal(event_type, others[i]))
            return false;
    return true;
}

int chat_tell(const Work *work, Id id, const char *event_type, const char *actor_id,
              const Chat *chat, const char *body)
{
    Event event = { .id = id,
                    .event_type = event_type,
                    .app_id = work_app_id(work),
                    .actor_id = actor_id,
                    .subject_number = chat->id.number,
                    .body = body,
                    .created_ms = work->now_ms,
                    .log_id = work->log_id };
    int r = event_insert(work->store, work->tenant->tenant_id, &event, work->failure);

    if (r >= 0 && is_listed(event_type))
        r = chat_event_insert(work->store, work->tenant->tenant_id, chat->id.number, id.number,
                              work->failure);
    return r;
}

int chat_tell_name(const Work *work, Id id, const char *event_type, const char *actor_id,
                   const Chat *chat)
{
    return chat_tell(work, id, event_type, actor_id, chat,
                     chat_event_body(work->arena, chat->name, "", ""));
}

int chat_tell_of(const Work *work, Id id, const char *event_type, const char *actor_id,
                 const Chat *chat, const char *which, const char *ids)
{
    return chat_tell(work, id, event_type, actor_id, chat,
                     chat_event_body(work->arena, chat->name, which, ids));
}

static void add_member(Buffer *body, const char *name, const char *text)
{
    buffer_add_char(body, '"');
    buffer_add(body, name);
    buffer_add(body, "\":");
    buffer_add_quoted(body, text);
    buffer_add_char(body, ',');
}

/* One side: those of the chat's own members that differ on the other one. */
static void add_side(Buffer *body, const Chat *side, const Chat *other, const char *settings)
{
    buffer_add_char(body, '{');
    if (!text_equal(side->name, other->name))
        add_member(body, "name", side->name);
    if (!text_equal(side->owner_id, other->owner_id))
        add_member(body, "owner_id", side->owner_id);
    if (side->is_public != other->is_public)
        add_member(body, "chat_type", chat_type_text(side));
    buffer_add(body, "\"settings\":");
    buffer_add(body, settings);
    buffer_add_char(body, '}');
}

int chat_tell_change(const Work *work, Id id, const Chat *before, const Chat *after,
                     const char *settings_before, const char *settings_after)
{
    Buffer body;

    buffer_init(&body, work->arena, 512);
    buffer_add_char(&body, '{');
    add_member(&body, "name", after->name);
    buffer_add(&body, "\"before\":");
    add_side(&body, before, after, settings_before);
    buffer_add(&body, ",\"after\":");
    add_side(&body, after, before, settings_after);
    buffer_add_char(&body, '}');
    return chat_tell(work, id, EVENT_CHAT_UPDATED, work->user ? work->user->kunlun_id : "", after,
                     body.text);
}
