/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/text.h"

#include "domain/talk.h"

/* What people who follow along are told of an event: its facts, with what they need to be read, as
 * it is now. docs/adr/0019-live.md. */

/* What a chat had that was changed since. */
typedef struct EventSide {
    const char *name; /* NULL: that stayed */
} EventSide;

/* What the body of an event's row says. Who reads it takes out what is not to be told. */
typedef struct EventFacts {
    const char *name;       /* the chat's; NULL = not told */
    TextArray users;        /* kunlun_ids */
    const char *message_id; /* NULL = the event has none */
    const char *uuid;       /* of the call that sent the message; to its sender alone */
    bool is_message;        /* and the message itself is told */
    EventSide *before;      /* of a chat's change; NULL = not told */
} EventFacts;

typedef struct EventView {
    const Event *event;
    const char *chat_id;
    const User *actor; /* NULL: no person did it */
    const char *name;
    User *users;
    size_t user_count;
    bool has_users;
    const char *message_id;
    const TalkMessage *message; /* NULL: none is told, or it is gone */
    bool is_message;
    const char *uuid;
} EventView;

/* 1 and *ret_view, or 0: its chat is not there. Only the tenant of work->tenant is asked for. */
int event_view(const Work *work, const Event *event, const EventFacts *facts, EventView *ret_view);
