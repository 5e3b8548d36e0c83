/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/call.h"
#include "domain/live_event.h"

/* What happens, as the page is told: GET /web/v1/events answers with a stream (http.h), and each
 * event of the platform that a person may see becomes one of a text/event-stream. */

extern const Field web_event_reply[]; /* the data of each event */

/* What happened in a chat, beside its messages: those of the same events that a page of them is
 * told with. */
typedef struct WebNotice {
    const char *event_id; /* as the stream has it */
    const char *event;
    int64_t event_ms;
    const char *actor; /* a person in JSON; NULL is printed as null */
    const char *name;
    ObjectArray users;
    const char *after_message_id; /* for the caller to fill; NULL: before all of the page */
} WebNotice;

extern const Field web_notice_fields[];

#define WEB_EVENT_ID "%016llx" /* of an event's number; a place in the stream */

int web_events(Call *call);

/* Reads the facts of an event's row, without those that the page is not told. 0: nobody is told of
 * events of this kind · 1: the facts, with texts in the arena · E_INVALID: the body is none. */
int web_event_read(const Event *event, Arena *arena, EventFacts *ret_facts, Failure *failure);

/* Adds what is told: one line of JSON. is_own: to the person who did it. */
void web_event_print(Buffer *buffer, const Directory *directory, const EventView *view,
                     bool is_own);

/* A person as JSON; NULL gives NULL. */
const char *web_actor_print(Arena *arena, const User *actor);

/* The same of an event that was read back: 1, or 0: the page is not told of it, or nobody can read
 * it. Without after_message_id. */
int web_notice_of(const Work *work, const Event *event, WebNotice *ret_notice);
