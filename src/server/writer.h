/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "server/worker.h"

/* The thread of the writer: takes all writes that wait, at most batch_most, carries them in one
 * transaction (batch.h) and answers them. Between batches it does its chores: moves the log on,
 * writes what the index of chats lacks, prunes what has grown too old; and, on a full disk, tries
 * each second whether there is room again.
 *
 * While another process keeps the lock, what waits is refused, so that nobody waits for the lock
 * twice. After a failed sync all that comes is refused, for as long as answers need to leave, and
 * the server is ended. */

/* state: a Worker, opened with STORE_WRITER. Returns when its queue is closed and empty. */
void *writer_run(void *state);
