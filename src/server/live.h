/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "server/teller.h"

/* What happened, told to those whom it concerns, as long as they have a stream open
 * (docs/adr/0019-live.md). A thread follows the record of events with a connection of its own. It
 * sleeps while nobody follows. A stream does not outlive its session by more than a comment's time.
 *
 * A stream begins with "retry" and an event "ready", whose id is where it begins. Then it is told,
 * in order, none missing and none twice, of each event behind that of a chat which its person was
 * in by then and is in still, and of each that names the person: being taken out. An event's id is
 * its number in 16 hexadecimal digits; an event "position" moves it on where nothing was told for a
 * while. Who comes with an id is told what happened since; "reset" follows "ready"
 * where that is not possible, and the stream begins at the end: what the client knows is to be read
 * anew. */

typedef struct Live Live;

/* What its limits are: model/limits.h, but for tests. */
typedef struct LiveLimits {
    int64_t comment_ms;
    int64_t life_ms;
    int64_t poll_ms;
    int64_t behind_ms;
    int64_t behind_events;
    size_t step_events;
} LiveLimits;

extern const LiveLimits live_default_limits;

/* Opens the store and starts the thread. new: yours to end with live_stop(). */
int live_start(const char *url, const LiveLimits *limits, const LiveSink *sink, Live **ret_live,
               Failure *failure);
Live *live_stop(Live *live); /* takes NULL, returns NULL */

/* From now on the session's person follows by this stream, whose head was sent, behind
 * last_event_id (NULL: from now on). In the order of the calls: a stream that ends while it is
 * being opened is closed afterwards. From any thread, never blocks. */
void live_open(Live *live, HttpStream stream, const PageSession *session,
               const char *last_event_id);
void live_close(Live *live, HttpStream stream); /* one that was not opened, too */

/* After a commit that has ended a session of this one's person: the streams that belong to none any
 * more are ended. From any thread. Of sessions that end otherwise each stream's next sign of life
 * takes notice. */
void live_sign_out(Live *live, const PageSession *session);

/* After a commit: something may have happened. From any thread, for next to nothing. */
void live_nudge(Live *live);
