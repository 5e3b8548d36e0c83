/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "store/store.h"

/* Moves the database's log into the database beside the writer, so that a write doesn't wait for
 * it. A thread with a connection of its own does the bulk; the writer's store_tend() then has only
 * what came meanwhile, and the log begins anew. */

typedef struct Tender Tender;

/* new: yours to end with tender_stop(). */
int tender_start(const char *url, Tender **ret_tender, Failure *failure);
Tender *tender_stop(Tender *tender); /* takes NULL, returns NULL */

/* From the writer, between transactions: asks the thread when the log has become long, and does the
 * writer's own part when the thread is through. Its failure is that of either; see
 * store_is_broken(). */
int tender_serve(Tender *tender, Store *writer, Failure *failure);

bool tender_is_broken(const Tender *tender); /* a sync failed on the thread's connection */
