/* SPDX-License-Identifier: Apache-2.0 */
#include "base/queue.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"

struct Queue {
    pthread_mutex_t mutex;
    pthread_cond_t filled; /* an item came, or the queue was closed */
    size_t capacity;
    size_t first; /* where the oldest item stands */
    size_t count;
    size_t waiting; /* takers that sleep: without one a put wakes nobody */
    bool is_closed;
    bool is_nudged; /* the next who has nothing to take does not sleep */
    void *items[];  /* a ring */
};

Queue *queue_new(size_t capacity)
{
    Queue *queue;
    pthread_condattr_t attributes;

    assert(capacity > 0 && capacity < SIZE_MAX / sizeof(void *) / 2);
    queue = calloc(1, sizeof(Queue) + capacity * sizeof(void *));
    if (!queue) {
        fputs("queue: out of memory\n", stderr);
        abort();
    }
    queue->capacity = capacity;
    pthread_mutex_init(&queue->mutex, NULL);
    /* Waiting must not depend on what the wall clock does. */
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->filled, &attributes);
    pthread_condattr_destroy(&attributes);
    return queue;
}

Queue *queue_free(Queue *queue)
{
    if (!queue)
        return NULL;
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->mutex);
    free(queue);
    return NULL;
}

int queue_put(Queue *queue, void *item)
{
    bool is_taken;

    pthread_mutex_lock(&queue->mutex);
    is_taken = !queue->is_closed && queue->count < queue->capacity;
    if (is_taken) {
        queue->items[(queue->first + queue->count) % queue->capacity] = item;
        queue->count++;
    }
    pthread_mutex_unlock(&queue->mutex);
    return is_taken ? 0 : E_UNAVAILABLE;
}

/* Lets go of the mutex, and only then wakes one who waits: he would have to wait for it at once. */
static void queue_unlock_and_wake(Queue *queue)
{
    bool is_wanted = queue->count > 0 && queue->waiting > 0;

    pthread_mutex_unlock(&queue->mutex);
    if (is_wanted)
        pthread_cond_signal(&queue->filled);
}

void queue_wake(Queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue_unlock_and_wake(queue);
}

/* Holds the mutex when called and when it returns. */
static void queue_wait(Queue *queue, int timeout_ms)
{
    struct timespec deadline;
    int r = 0;

    if (queue->count > 0 || queue->is_closed || timeout_ms == 0)
        return;
    if (timeout_ms > 0)
        deadline = clock_deadline(timeout_ms);
    queue->waiting++;
    while (queue->count == 0 && !queue->is_closed && !queue->is_nudged && r != ETIMEDOUT) {
        if (timeout_ms > 0)
            r = pthread_cond_timedwait(&queue->filled, &queue->mutex, &deadline);
        else
            pthread_cond_wait(&queue->filled, &queue->mutex);
    }
    queue->waiting--;
    if (queue->count == 0)
        queue->is_nudged = false;
}

size_t queue_take(Queue *queue, void **ret_items, size_t max, int timeout_ms)
{
    size_t taken = 0;

    pthread_mutex_lock(&queue->mutex);
    queue_wait(queue, timeout_ms);
    while (taken < max && queue->count > 0) {
        ret_items[taken++] = queue->items[queue->first];
        queue->first = (queue->first + 1) % queue->capacity;
        queue->count--;
    }
    queue_unlock_and_wake(queue); /* for what is left */
    return taken;
}

static bool queue_is_quiet(Queue *queue)
{
    bool is_quiet;

    pthread_mutex_lock(&queue->mutex);
    is_quiet = queue->count == 0 && !queue->is_closed && !queue->is_nudged;
    pthread_mutex_unlock(&queue->mutex);
    return is_quiet;
}

void queue_look_out(Queue *queue, int64_t for_us)
{
    int64_t end_us = clock_monotonic_us() + for_us;

    while (queue_is_quiet(queue) && clock_monotonic_us() < end_us)
        sched_yield();
}

void queue_nudge(Queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->is_nudged = true;
    pthread_mutex_unlock(&queue->mutex);
    pthread_cond_signal(&queue->filled);
}

void queue_close(Queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->is_closed = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->mutex);
}

bool queue_is_over(Queue *queue)
{
    bool is_over;

    pthread_mutex_lock(&queue->mutex);
    is_over = queue->is_closed && queue->count == 0;
    pthread_mutex_unlock(&queue->mutex);
    return is_over;
}

size_t queue_length(Queue *queue)
{
    size_t count;

    pthread_mutex_lock(&queue->mutex);
    count = queue->count;
    pthread_mutex_unlock(&queue->mutex);
    return count;
}
