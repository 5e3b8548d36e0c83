/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "server/teller.h"

/* How far the followers were told, and telling them on.
 *
 * Most of them stand at the same place, the end of the record of events, and are told together. Who
 * came back with a place of his own is behind: he is told what he has missed, a step in each turn,
 * until he stands where the others do. All that are behind are told in the same step, from where
 * the one stands that is furthest behind: after a restart all come at once, and read the same. For
 * whom too much was read before he was there, he begins at the end with "reset".
 *
 *     Progress progress = { .step_events = …, .behind_events = … };
 *     progress.position = …;                              while there is no follower
 *     progress_begin(&progress, follower, place);         each that comes …
 *     more = progress_read_on(&progress, &teller, &failure);
 *     progress_end(&progress, follower);                  … before he is removed
 *
 * Belongs to one thread, with the teller and its followers. */

typedef struct Progress {
    size_t step_events;    /* read in one go */
    int64_t behind_events; /* read for one that is behind, at most */
    int64_t position;      /* of those that are not behind: they were told up to this number */
    size_t behind_count;   /* its own */
} Progress;

/* From now on the follower is told what is behind position; up to it its client knows all. */
void progress_begin(Progress *progress, Follower *follower, int64_t position);
void progress_end(Progress *progress, const Follower *follower);

/* One step for those at the end, and one for those behind. 1 = there is more to be read, 0 = that
 * was all. Inside a transaction of the store. When it fails, what was told is not told again. */
int progress_read_on(Progress *progress, Teller *teller, Failure *failure);
