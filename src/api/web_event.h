/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/call.h"
#include "domain/live_event.h"

/* What happens, as the page is told: GET /web/v1/events answers with a stream (http.h), and each
 * event of the platform that a person may see becomes one of a text/event-stream. */

extern const Field web_event_reply[]; /* the data of each event */

int web_events(Call *call);

/* Reads the facts of an event's row, without those that the page is not told. 0: nobody is told of
 * events of this kind · 1: the facts, with texts in the arena · E_INVALID: the body is none. */
int web_event_read(const Event *event, Arena *arena, EventFacts *ret_facts, Failure *failure);

/* Adds what is told: one line of JSON. is_own: to the person who did it. */
void web_event_print(Buffer *buffer, const Directory *directory, const EventView *view,
                     bool is_own);
