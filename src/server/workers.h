/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/call.h"
#include "server/config.h"
#include "server/live.h"
#include "server/metrics.h"

/* The threads that carry calls: one that writes, with group commit (writer.h, batch.h), and some
 * that read beside it (reader.h); and with them the one that works on the database beside the
 * writer (tender.h) and the one that tells of what was written (live.h).
 *
 * Nothing is answered before it is on the disk. When the disk is full, writes get 503 until a trial
 * write goes through. When a sync has failed, what the disk holds is unknown: nothing is
 * acknowledged any more, and the process ends. */

typedef struct Workers Workers;

/* Opens the stores and starts the threads. new: yours to end with workers_stop(). config, server
 * and metrics are borrowed until then. */
int workers_start(const Config *config, HttpServer *server, Metrics *metrics, Workers **ret_workers,
                  Failure *failure);

/* Hands a routed call over; its exchange is answered by a worker, once workers_wake() has told
 * them. E_UNAVAILABLE: the queue is full, and the call is still yours. From the loop's thread. */
int workers_put(Workers *workers, Call *call);

/* After some workers_put(): they get to know of it. */
void workers_wake(Workers *workers);

/* Where streams of events are opened and closed. Borrowed. */
Live *workers_live(const Workers *workers);

/* After http_run(): no call is on its way. Ends the threads. Takes NULL, returns NULL. */
Workers *workers_stop(Workers *workers);

bool workers_can_write(const Workers *workers);  /* the disk takes what is written */
bool workers_are_broken(const Workers *workers); /* a sync failed */
void workers_queue_lengths(const Workers *workers, size_t *ret_write, size_t *ret_read);
