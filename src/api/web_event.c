/* SPDX-License-Identifier: Apache-2.0 */
#include "api/web_event.h"

#include <string.h>

#include "base/cleanup.h"

#include "api/web_message.h"
#include "api/web_person.h"
#include "model/limits.h"

/* What the page is told of each kind, beside the chat, the time and who did it. */
enum {
    TELLS_NAME = 1,
    TELLS_USERS = 2,
    TELLS_MESSAGE_ID = 4,
    TELLS_MESSAGE = 8,
    TELLS_NEW_NAME = 16, /* when it got one */
};

static const struct {
    const char *event_type;
    unsigned tells;
} kinds[] = {
    { EVENT_MESSAGE_RECEIVED, TELLS_MESSAGE },      { EVENT_MESSAGE_RECALLED, TELLS_MESSAGE_ID },
    { EVENT_USER_ADDED, TELLS_USERS | TELLS_NAME }, { EVENT_USER_DELETED, TELLS_USERS },
    { EVENT_USER_WITHDRAWN, TELLS_USERS },          { EVENT_BOT_ADDED, 0 },
    { EVENT_CHAT_UPDATED, TELLS_NEW_NAME },         { EVENT_CHAT_DISBANDED, 0 },
};

typedef struct EventReply {
    const char *chat_id;
    int64_t event_ms;
    const char *actor; /* a person in JSON; NULL is printed as null */
    const char *name;
    ObjectArray users;
    const char *message_id;
    WebMessage *message;
} EventReply;

/* clang-format off */
static const Field side_fields[] = {
    FIELD(EventSide, name, JSON_TEXT, FIELD_KEEP_EMPTY),
    FIELDS_END,
};
static const Field facts_fields[] = {
    FIELD(EventFacts, name,       JSON_TEXT,       FIELD_KEEP_EMPTY),
    FIELD(EventFacts, users,      JSON_TEXT_ARRAY, 0, .at_most = CHAT_MEMBERS_MOST),
    FIELD(EventFacts, message_id, JSON_TEXT,       0),
    FIELD(EventFacts, uuid,       JSON_TEXT,       0),
    FIELD(EventFacts, before,     JSON_OBJECT,     0, .fields = side_fields, .item_bytes = sizeof(EventSide)),
    FIELDS_END,
};
const Field web_event_reply[] = {
    FIELD(EventReply, chat_id,    JSON_TEXT,         FIELD_REQUIRED, .about = "where it happened"),
    FIELD(EventReply, event_ms,   JSON_INTEGER,      FIELD_REQUIRED, .about = "when"),
    FIELD(EventReply, actor,      JSON_RAW,          FIELD_REQUIRED, .about = "the person who did it; null: an app"),
    FIELD(EventReply, name,       JSON_TEXT,         0, .about = "of the chat, where people came or it was changed"),
    FIELD(EventReply, users,      JSON_OBJECT_ARRAY, 0, .fields = person_fields, .item_bytes = sizeof(Person), .about = "who came or left"),
    FIELD(EventReply, message_id, JSON_TEXT,         0, .about = "of the message that was recalled"),
    FIELD(EventReply, message,    JSON_OBJECT,       0, .fields = web_message_reply, .item_bytes = sizeof(WebMessage), .about = "that was sent"),
    FIELDS_END,
};
const Field web_notice_fields[] = {
    FIELD(WebNotice, event_id,         JSON_TEXT,         FIELD_REQUIRED, .about = "as the stream of events has it"),
    FIELD(WebNotice, event,            JSON_TEXT,         FIELD_REQUIRED, .about = "its kind"),
    FIELD(WebNotice, event_ms,         JSON_INTEGER,      FIELD_REQUIRED, .about = "when"),
    FIELD(WebNotice, actor,            JSON_RAW,          FIELD_REQUIRED, .about = "the person who did it; null: an app"),
    FIELD(WebNotice, name,             JSON_TEXT,         0, .about = "of the chat, where people came or it got that name"),
    FIELD(WebNotice, users,            JSON_OBJECT_ARRAY, 0, .fields = person_fields, .item_bytes = sizeof(Person), .about = "who came or left"),
    FIELD(WebNotice, after_message_id, JSON_TEXT,         0, .about = "the message of the page that it came after; none: before all"),
    FIELDS_END,
};
/* clang-format on */

/* Once the head was sent, whoever joins the floors opens the stream: server/serve.c. */
int web_events(Call *call)
{
    call->stream = exchange_begin_stream(call->exchange);
    exchange_set_header(call->exchange, "Content-Type", "text/event-stream; charset=utf-8");
    exchange_set_header(call->exchange, "X-Accel-Buffering", "no"); /* nginx would gather it */
    return 0;
}

/* A side of a change has what differs from the other one. */
static bool is_renamed(const EventFacts *facts)
{
    return facts->before && facts->before->name;
}

int web_event_read(const Event *event, Arena *arena, EventFacts *ret_facts, Failure *failure)
{
    EventFacts facts = { 0 };
    Json *json = NULL;
    size_t i = 0;
    int r;

    while (i < COUNT_OF(kinds) && !text_equal(kinds[i].event_type, event->event_type))
        i++;
    if (i == COUNT_OF(kinds))
        return 0;
    r = json_parse(event->body, strlen(event->body), arena, &json, failure);
    if (r >= 0 && !json_is_object(json))
        r = fail(failure, E_INVALID, "not an object");
    if (r >= 0)
        r = json_read(json, facts_fields, &facts, arena, failure);
    if (r < 0)
        return r;
    if (!(kinds[i].tells & TELLS_NAME) && !(kinds[i].tells & TELLS_NEW_NAME && is_renamed(&facts)))
        facts.name = NULL;
    if (!(kinds[i].tells & TELLS_USERS))
        facts.users = (TextArray){ 0 };
    if (!(kinds[i].tells & (TELLS_MESSAGE | TELLS_MESSAGE_ID)))
        facts.message_id = NULL;
    facts.is_message = kinds[i].tells & TELLS_MESSAGE && facts.message_id;
    if (!facts.is_message)
        facts.uuid = NULL;
    *ret_facts = facts;
    return 1;
}

/* Of one that is gone only its place is left. */
static WebMessage *gone(Arena *arena, const EventView *view)
{
    WebMessage *reply = arena_alloc(arena, sizeof(*reply));

    *reply = (WebMessage){ .message_id = view->message_id,
                           .chat_id = view->chat_id,
                           .msg_type = "",
                           .create_ms = view->event->created_ms,
                           .deleted = true,
                           .content = "" };
    return reply;
}

static WebMessage *message_of(Arena *arena, const Directory *directory, const EventView *view,
                              bool is_own)
{
    WebMessage *reply;

    if (!view->message)
        return gone(arena, view);
    reply = web_message_of(arena, directory, view->chat_id, view->message);
    if (is_own)
        reply->uuid = view->uuid;
    return reply;
}

const char *web_actor_print(Arena *arena, const User *actor)
{
    Buffer text;
    Person person;

    if (!actor)
        return NULL;
    person = person_of(actor);
    buffer_init(&text, arena, 128);
    json_print(&text, person_fields, &person);
    return text.text;
}

void web_event_print(Buffer *buffer, const Directory *directory, const EventView *view, bool is_own)
{
    Arena *arena = buffer->arena;
    EventReply reply = { .chat_id = view->chat_id,
                         .event_ms = view->event->created_ms,
                         .actor = web_actor_print(arena, view->actor),
                         .name = view->name };

    if (view->has_users)
        reply.users = person_array(arena, view->users, view->user_count);
    if (view->is_message)
        reply.message = message_of(arena, directory, view, is_own);
    else
        reply.message_id = view->message_id;
    json_print(buffer, web_event_reply, &reply);
}

/* ---- what is read back ---- */

int web_notice_of(const Work *work, const Event *event, WebNotice *ret_notice)
{
    EventFacts facts = { 0 };
    EventView view;
    int r;

    r = web_event_read(event, work->arena, &facts, work->failure);
    if (r == E_INVALID) {
        failure_clear(work->failure);
        return 0;
    }
    if (r > 0)
        r = event_view(work, event, &facts, &view);
    if (r <= 0)
        return r;
    *ret_notice = (WebNotice){ .event_id = arena_print(work->arena, WEB_EVENT_ID,
                                                       (unsigned long long)event->id.number),
                               .event = event->event_type,
                               .event_ms = event->created_ms,
                               .actor = web_actor_print(work->arena, view.actor),
                               .name = view.name };
    if (view.has_users)
        ret_notice->users = person_array(work->arena, view.users, view.user_count);
    return 1;
}
