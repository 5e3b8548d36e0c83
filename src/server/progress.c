/* SPDX-License-Identifier: Apache-2.0 */
#include "server/progress.h"

/* ---- coming and going ---- */

void progress_begin(Progress *progress, Follower *follower, int64_t position)
{
    follower->position = follower->told = position;
    follower->is_behind = position < progress->position;
    progress->behind_count += follower->is_behind;
}

void progress_end(Progress *progress, const Follower *follower)
{
    progress->behind_count -= follower->is_behind;
}

/* ---- those at the end ---- */

/* 1 = there is more, 0 = that was all. */
static int step_at_the_end(Progress *progress, Teller *teller, Failure *failure)
{
    TellerStep step = { .position = progress->position };
    int r = teller_step(teller, false, progress->step_events, &step, failure);

    progress->position = step.position;
    return r < 0 ? r : step.has_more;
}

/* ---- those behind ---- */

static void begin_anew(const Progress *progress, const Teller *teller, Follower *follower)
{
    static const char text[] = "event: reset\ndata: {}\n\n";
    const LiveSink *sink = &teller->sink;

    sink->push(&follower->stream, 1, text, sizeof(text) - 1, sink->state);
    follower->position = progress->position;
}

static void settle(Progress *progress, const Teller *teller, Follower *follower,
                   const TellerStep *step)
{
    if (follower->position <= step->position) {
        follower->position = step->position;
        follower->read += (int64_t)step->read;
    }
    if (follower->position < progress->position && follower->read >= progress->behind_events)
        begin_anew(progress, teller, follower);
    if (follower->position < progress->position)
        return;
    follower->is_behind = false;
    progress->behind_count--;
}

static int64_t furthest_behind(const Teller *teller)
{
    int64_t position = INT64_MAX;

    for (Follower *one = followers_first(teller->followers); one; one = followers_next(one))
        if (one->is_behind && one->position < position)
            position = one->position;
    return position;
}

/* 1 = there is more. */
static int step_behind(Progress *progress, Teller *teller, Failure *failure)
{
    TellerStep step = { .position = furthest_behind(teller) };
    int r = teller_step(teller, true, progress->step_events, &step, failure);

    /* Nobody waits for rows that have gone meanwhile. */
    if (r >= 0 && !step.has_more && step.position < progress->position)
        step.position = progress->position;
    for (Follower *one = followers_first(teller->followers); one; one = followers_next(one))
        if (one->is_behind)
            settle(progress, teller, one, &step);
    return r < 0 ? r : progress->behind_count > 0;
}

/* ---- both ---- */

int progress_read_on(Progress *progress, Teller *teller, Failure *failure)
{
    int more = 0, behind = 0;

    if (followers_count(teller->followers) > 0)
        more = step_at_the_end(progress, teller, failure);
    if (more >= 0 && progress->behind_count > 0)
        behind = step_behind(progress, teller, failure);
    return more < 0 ? more : behind < 0 ? behind : more + behind > 0;
}
