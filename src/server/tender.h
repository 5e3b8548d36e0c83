/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/queue.h"

#include "store/store.h"

/* Work on the database beside the writer, by a thread with a connection of its own, so that a write
 * doesn't wait for it. It does nothing unasked.
 *
 * The log: the thread moves the bulk of it into the database; the writer's store_tend() then has
 * only what came meanwhile, and the log begins anew.
 *
 * The index of chats (store/chat_index_build.h): the thread reads, sorts and merges; what is to be
 * written it hands to the writer, a piece at a time, which rides in the next transaction. It gives
 * way to whoever waits for its processor, and waits while the log is moved: a log that is read at
 * the wrong moment does not begin anew. */

typedef struct Tender Tender;

/* new: yours to end with tender_stop(). writer: its queue, which is nudged when a piece is there;
 * borrowed until then, NULL = none. */
int tender_start(const char *url, Queue *writer, Tender **ret_tender, Failure *failure);
Tender *tender_stop(Tender *tender); /* takes NULL, returns NULL */

/* From the writer, between transactions: asks the thread when the log has become long, and does the
 * writer's own part when the thread is through. Its failure is that of either; see
 * store_is_broken(). */
int tender_serve(Tender *tender, Store *writer, Failure *failure);

/* From the writer, between transactions: asks the thread to look for what is to be indexed, when
 * the writer has changed much since it last did. Its failure is the thread's, and passes: after a
 * pause it looks again. */
int tender_serve_index(Tender *tender, Store *writer, Failure *failure);

/* From the writer: whether a piece waits to be written; writing it, inside a transaction that was
 * just begun, which a failure leaves as it was, or ends (store_in_transaction()); and, after the
 * transaction's end, whether what was written is kept. A transaction that is rolled back and begun
 * anew writes it anew. */
bool tender_has_piece(const Tender *tender);
int tender_write_piece(Tender *tender, Store *writer, Failure *failure);
void tender_end_piece(Tender *tender, bool is_kept);

bool tender_is_broken(const Tender *tender); /* a sync failed on the thread's connection */
