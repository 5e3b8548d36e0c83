/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A bounded queue of pointers between threads. What doesn't fit is refused at once. */

typedef struct Queue Queue;

Queue *queue_new(size_t capacity); /* new: yours to free with queue_free() */
Queue *
queue_free(Queue *queue); /* takes NULL, returns NULL; the queue must be empty or forgotten */

/* 0, or E_UNAVAILABLE when capacity items wait already or the queue is closed. Never blocks, and
 * wakes nobody: queue_wake() does, once for all that were put. */
int queue_put(Queue *queue, void *item);

/* One who sleeps in queue_take() gets to know of what was put; who takes and leaves something wakes
 * the next. */
void queue_wake(Queue *queue);

/* Waits for the first item, then takes what is there, at most max, oldest first, and returns how
 * many. Returns 0 after timeout_ms without an item (-1 = no timeout), when nudged, or when closed
 * and empty. */
size_t queue_take(Queue *queue, void **ret_items, size_t max, int timeout_ms);

/* Looks out for an item without sleeping, for at most that long, while others may have the
 * processor; takes nothing. For who knows that one is likely to come at once: to sleep and be woken
 * takes longer. */
void queue_look_out(Queue *queue, int64_t for_us);

/* One who sleeps in queue_take() gets nothing at once, as after a timeout; when nobody sleeps, the
 * next who would. For work that does not come through the queue. */
void queue_nudge(Queue *queue);

/* No more puts; takers get what is left and then 0. */
void queue_close(Queue *queue);

/* Closed and empty: nothing will be taken from it any more. Who took nothing can't tell by that
 * alone, nor by its being closed: between the two something may have come. */
bool queue_is_over(Queue *queue);

size_t queue_length(Queue *queue);
