/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log_out.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum {
    LOG_QUEUE_BYTES = 2 * 1024 * 1024, /* of lines that wait for the log's thread */
    LOG_GATHER_US = 2000,              /* for which lines gather before it writes them */
    LOG_WAIT_MS = 100, /* for standard error, or for room in the queue: then lines are dropped */
};

/* ---- standard error ---------------------------------------------------------------------------
 */

/* A write() to a pipe may be split when it is long: one thread at a time keeps lines whole. */
static pthread_mutex_t log_mutex = PTHREAD_MUTEX_INITIALIZER;

/* What standard error still has to get before anything else; under log_mutex. */
static struct {
    size_t rest_from;
    size_t rest_bytes; /* of a line that was begun */
    uint64_t dropped_lines;
    atomic_bool is_behind; /* one of the two; also looked at without the mutex */
    char rest[LOG_BUFFER_BYTES];
} log_out;

/* One line of our own, past the thread's buffer, which holds others. */
static size_t log_print_dropped(char *line, size_t line_bytes)
{
    char time[CLOCK_ISO_BYTES];

    clock_print_iso(clock_wall_ms(), time);
    return (size_t)snprintf(line, line_bytes,
                            "{\"time\":\"%s\",\"level\":\"warning\",\"event\":\"log_dropped\","
                            "\"lines\":%llu}\n",
                            time, (unsigned long long)log_out.dropped_lines);
}

/* What standard error takes, until it has taken nothing for wait_most_ms. It may be a pipe that
 * blocks, and others may have it too, so it is left as it is: a pipe or socket that has room at all
 * takes PIPE_BUF bytes. */
static size_t log_write(const char *bytes, size_t size_bytes, int wait_most_ms)
{
    int64_t deadline_ms = clock_monotonic_ms() + wait_most_ms;
    size_t done_bytes = 0;

    while (done_bytes < size_bytes) {
        size_t left_bytes = size_bytes - done_bytes;
        int64_t wait_ms = deadline_ms - clock_monotonic_ms();
        struct pollfd room = { .fd = STDERR_FILENO, .events = POLLOUT };
        int ready = poll(&room, 1, wait_ms > 0 ? (int)wait_ms : 0);
        ssize_t written = -1;

        if (ready > 0)
            written = write(STDERR_FILENO, bytes + done_bytes,
                            left_bytes < PIPE_BUF ? left_bytes : PIPE_BUF);
        if (written > 0) {
            done_bytes += (size_t)written;
            deadline_ms = clock_monotonic_ms() + wait_most_ms;
        } else if (ready == 0 || (errno != EINTR && errno != EAGAIN) || wait_ms <= 0) {
            break;
        }
    }
    return done_bytes;
}

/* Finishes the line that was begun, then says what was dropped. True when nothing is left. */
static bool log_catch_up(int wait_most_ms)
{
    size_t written = log_write(log_out.rest + log_out.rest_from, log_out.rest_bytes, wait_most_ms);

    log_out.rest_from += written;
    log_out.rest_bytes -= written;
    if (log_out.rest_bytes > 0 || log_out.dropped_lines == 0)
        return log_out.rest_bytes == 0;
    log_out.rest_from = 0;
    log_out.rest_bytes = log_print_dropped(log_out.rest, sizeof(log_out.rest));
    log_out.dropped_lines = 0;
    return log_catch_up(wait_most_ms);
}

static uint64_t count_lines(const char *lines, size_t size_bytes)
{
    const char *end = lines + size_bytes;
    uint64_t count = 0;

    for (; lines < end; lines = (const char *)memchr(lines, '\n', (size_t)(end - lines)) + 1)
        count++;
    return count;
}

/* Drops whole lines; of one that was begun the rest is kept. */
static void log_drop(const char *bytes, size_t size_bytes, bool is_begun)
{
    size_t begun_bytes = 0;

    if (is_begun) {
        begun_bytes = (size_t)((const char *)memchr(bytes, '\n', size_bytes) + 1 - bytes);
        log_out.rest_from = 0;
        log_out.rest_bytes = begun_bytes;
        memcpy(log_out.rest, bytes, begun_bytes);
    }
    log_out.dropped_lines += count_lines(bytes + begun_bytes, size_bytes - begun_bytes);
}

/* A reader that has let us wait in vain is not waited for again until it has read. */
static void log_write_lines(const char *bytes, size_t size_bytes)
{
    int wait_most_ms = log_out.is_behind ? 0 : LOG_WAIT_MS;
    size_t written = 0;

    if (log_catch_up(wait_most_ms))
        written = log_write(bytes, size_bytes, wait_most_ms);
    if (written < size_bytes)
        log_drop(bytes + written, size_bytes - written, written > 0 && bytes[written - 1] != '\n');
    log_out.is_behind = log_out.rest_bytes > 0 || log_out.dropped_lines > 0;
}

/* ---- the log's thread -------------------------------------------------------------------------
 */

/* Lines that wait to be written; under its mutex but for is_running and thread. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t is_filled;
    pthread_cond_t has_room;
    char *bytes; /* owned, of LOG_QUEUE_BYTES */
    size_t size_bytes;
    uint64_t dropped_lines; /* for want of room */
    bool is_awaited;        /* the thread waits for lines */
    bool is_stuck;          /* room was waited for in vain; until there is some */
    bool is_ending;
    bool is_running;
    pthread_t thread;
} log_queue = { .mutex = PTHREAD_MUTEX_INITIALIZER,
                .is_filled = PTHREAD_COND_INITIALIZER,
                .has_room = PTHREAD_COND_INITIALIZER };

/* Under the queue's mutex: true when size_bytes have room. */
static bool queue_await_room(size_t size_bytes)
{
    struct timespec deadline = clock_deadline(LOG_WAIT_MS);

    while (log_queue.size_bytes + size_bytes > LOG_QUEUE_BYTES && !log_queue.is_stuck) {
        if (pthread_cond_clockwait(&log_queue.has_room, &log_queue.mutex, CLOCK_MONOTONIC,
                                   &deadline) != 0)
            log_queue.is_stuck = true;
    }
    return log_queue.size_bytes + size_bytes <= LOG_QUEUE_BYTES;
}

static void queue_put_lines(const char *lines, size_t size_bytes)
{
    bool is_awaited;

    pthread_mutex_lock(&log_queue.mutex);
    if (queue_await_room(size_bytes)) {
        memcpy(log_queue.bytes + log_queue.size_bytes, lines, size_bytes);
        log_queue.size_bytes += size_bytes;
    } else {
        log_queue.dropped_lines += count_lines(lines, size_bytes);
    }
    is_awaited = log_queue.is_awaited;
    log_queue.is_awaited = false;
    pthread_mutex_unlock(&log_queue.mutex);
    if (is_awaited)
        pthread_cond_signal(&log_queue.is_filled);
}

/* Under the queue's mutex. Who is behind with standard error tries again now and then. */
static void queue_await_lines(void)
{
    struct timespec deadline = clock_deadline(LOG_WAIT_MS);
    int r = 0;

    log_queue.is_awaited = true;
    while (log_queue.size_bytes == 0 && !log_queue.is_ending && r == 0) {
        if (log_out.is_behind)
            r = pthread_cond_clockwait(&log_queue.is_filled, &log_queue.mutex, CLOCK_MONOTONIC,
                                       &deadline);
        else
            r = pthread_cond_wait(&log_queue.is_filled, &log_queue.mutex);
    }
    log_queue.is_awaited = false;
}

/* Trades the empty buffer for what waits; false when nothing does and nothing will. */
static bool queue_take_lines(char **bytes, size_t *ret_size_bytes, uint64_t *ret_dropped_lines)
{
    char *emptied = *bytes;
    bool goes_on;

    pthread_mutex_lock(&log_queue.mutex);
    queue_await_lines();
    goes_on = log_queue.size_bytes > 0 || !log_queue.is_ending;
    *bytes = log_queue.bytes;
    *ret_size_bytes = log_queue.size_bytes;
    *ret_dropped_lines = log_queue.dropped_lines;
    log_queue.bytes = emptied;
    log_queue.size_bytes = 0;
    log_queue.dropped_lines = 0;
    log_queue.is_stuck = false;
    pthread_mutex_unlock(&log_queue.mutex);
    pthread_cond_broadcast(&log_queue.has_room);
    return goes_on;
}

static void write_lines(const char *bytes, size_t size_bytes, uint64_t dropped_lines)
{
    if (size_bytes == 0 && dropped_lines == 0 && !log_out.is_behind)
        return;
    pthread_mutex_lock(&log_mutex);
    log_out.dropped_lines += dropped_lines;
    log_write_lines(bytes, size_bytes);
    pthread_mutex_unlock(&log_mutex);
}

/* state: a second buffer, taken. */
static void *run(void *state)
{
    char *bytes = state;
    size_t size_bytes;
    uint64_t dropped_lines;

    while (queue_take_lines(&bytes, &size_bytes, &dropped_lines)) {
        write_lines(bytes, size_bytes, dropped_lines);
        usleep(LOG_GATHER_US);
    }
    free(bytes);
    return NULL;
}

/* Signals are for the threads that were there before. */
static bool start_thread(void *second)
{
    sigset_t all, before;
    int r;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(&log_queue.thread, NULL, run, second);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r == 0;
}

void log_start(void)
{
    char *second = malloc(LOG_QUEUE_BYTES);

    log_queue.bytes = malloc(LOG_QUEUE_BYTES);
    if (!second || !log_queue.bytes)
        abort();
    log_queue.is_ending = false;
    log_queue.is_running = start_thread(second);
    if (!log_queue.is_running)
        free(second);
}

void log_stop(void)
{
    log_flush();
    if (log_queue.is_running) {
        pthread_mutex_lock(&log_queue.mutex);
        log_queue.is_ending = true;
        pthread_mutex_unlock(&log_queue.mutex);
        pthread_cond_signal(&log_queue.is_filled);
        pthread_join(log_queue.thread, NULL);
        log_queue.is_running = false;
        write_lines(NULL, 0, 0); /* the last try for a line that was begun */
    }
    free(log_queue.bytes);
    log_queue.bytes = NULL;
}

void log_out_put(const char *lines, size_t size_bytes)
{
    if (!log_queue.is_running)
        write_lines(lines, size_bytes, 0);
    else if (size_bytes > 0)
        queue_put_lines(lines, size_bytes);
}
