/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "server/worker.h"

/* The writer's transactions: group commit. Each is one sync, however many calls it carries, and
 * nothing that it did is told before it is on the disk. A piece of the index of chats rides in each
 * (tender_write_piece()).
 *
 * After each, whatever came of it, no transaction is open, unless the rollback itself failed; the
 * pool knows by then whether the disk is full (is_full) or broken (worker_end_process()). All from
 * the writer's thread. */

/* Runs the calls, at most BATCH_MOST, in one transaction and commits it. Each call has its answer
 * then, which worker_answer() may send: its own, or, where a failure of the whole made that untrue,
 * the failure's. What one call does wrong is not the others' loss. Negative: nothing was written;
 * E_UNAVAILABLE: another process kept the lock for as long as we wait for it. */
int batch_carry(Worker *worker, Call *const *calls, size_t count);

/* A transaction for one chore, or for what rides in any (NULL). The chore's result, if all of it is
 * on the disk; else negative, as above, and logged under the event's name. */
int batch_run_chore(Worker *worker, const char *event, int (*chore)(const Work *work));

/* What a write outside of these came to, by its result: the pool gets to know of it. */
void batch_note_outcome(Worker *worker, int code);
