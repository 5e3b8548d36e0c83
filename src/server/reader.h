/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "server/worker.h"

/* The thread of a reader: takes some of the reads that wait, carries them in one transaction and
 * answers them. All see one view of the data, newer than any answer that was given before it was
 * taken.
 *
 * A call that only prepared a write (call_run() is positive) is not answered here: it goes on to
 * the writer's queue. */

/* state: a Worker, opened with STORE_READER. Returns when its queue is closed and empty. */
void *reader_run(void *state);
