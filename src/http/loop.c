/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sched.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"

#include "http/exchange.h"

/* The one thread: it waits for sockets and for our wake-up, never for longer than rest_ms. */

enum {
    EVENTS_MOST = 8,  /* in a round: who comes next waits for no more than these, ... */
    ANSWERS_MOST = 8, /* ... and for these */
    DRAIN_WAIT_MS = 20,
    PAUSED_WAIT_MS = 100,
};

/* What the eventfd adds up: the loop acts on a drain when it has read of it here, so that it can't
 * be over before http_drain() has let go of the server. */
static const uint64_t wake_answers = 1;
static const uint64_t wake_drain = (uint64_t)1 << 32;

static void server_wake(HttpServer *server, uint64_t why)
{
    int saved = errno;

    /* Can only fail when it is already as awake as can be. */
    if (write(server->wake_fd, &why, sizeof(why)) < 0)
        errno = saved;
}

void loop_wake(HttpServer *server)
{
    server_wake(server, wake_answers);
}

void http_answer(HttpServer *server, Exchange *const *exchanges, size_t count)
{
    bool was_empty, is_asleep;

    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
        exchanges[i]->next = i + 1 < count ? exchanges[i + 1] : NULL;
    pthread_mutex_lock(&server->answers_lock);
    was_empty = !server->answers_first;
    is_asleep = was_empty && !server->pushes_first;
    if (was_empty)
        server->answers_first = exchanges[0];
    else
        server->answers_last->next = exchanges[0];
    server->answers_last = exchanges[count - 1];
    pthread_mutex_unlock(&server->answers_lock);
    if (is_asleep)
        loop_wake(server);
}

void http_drain(HttpServer *server)
{
    atomic_store(&server->is_draining, true);
    server_wake(server, wake_drain);
}

bool http_is_draining(const HttpServer *server)
{
    return atomic_load(&server->is_draining);
}

static bool loop_has_due(const HttpServer *server)
{
    return server->due_answers || server->due_pushes;
}

/* All that others have left for the loop becomes due, once what was due is done. */
static void loop_take(HttpServer *server)
{
    if (loop_has_due(server))
        return;
    pthread_mutex_lock(&server->answers_lock);
    server->due_answers = server->answers_first;
    server->answers_first = server->answers_last = NULL;
    server->due_pushes = server->pushes_first;
    server->pushes_first = server->pushes_last = NULL;
    server->due_pushes_bytes = server->pushes_bytes;
    pthread_mutex_unlock(&server->answers_lock);
}

static void loop_send_pushes(HttpServer *server)
{
    stream_take_pushes(server, server->due_pushes);
    server->due_pushes = NULL;
    pthread_mutex_lock(&server->answers_lock);
    server->pushes_bytes -= server->due_pushes_bytes;
    pthread_mutex_unlock(&server->answers_lock);
}

/* The answers before the pushes: a push behind the answer that began its stream finds it. */
static void loop_send_due(HttpServer *server)
{
    loop_take(server);
    for (int i = 0; server->due_answers && i < ANSWERS_MOST; i++) {
        Exchange *exchange = server->due_answers;

        server->due_answers = exchange->next;
        answer_begin(exchange->connection);
    }
    if (!server->due_answers && server->due_pushes)
        loop_send_pushes(server);
}

/* After this has said no, who leaves something wakes the loop. */
static bool loop_is_behind(HttpServer *server)
{
    bool is_behind;

    if (loop_has_due(server))
        return true;
    pthread_mutex_lock(&server->answers_lock);
    is_behind = server->answers_first || server->pushes_first;
    pthread_mutex_unlock(&server->answers_lock);
    return is_behind;
}

void loop_send_all(HttpServer *server)
{
    do
        loop_send_due(server);
    while (loop_is_behind(server));
}

static int loop_timeout_ms(HttpServer *server)
{
    if (loop_is_behind(server))
        return 0;
    if (server->drain_began_ms)
        return DRAIN_WAIT_MS;
    for (size_t i = 0; i < server->listener_count; i++) {
        if (server->listeners[i].paused_until_ms && server->sweep_every_ms > PAUSED_WAIT_MS)
            return PAUSED_WAIT_MS;
    }
    return (int)server->sweep_every_ms;
}

static void loop_awake(HttpServer *server)
{
    uint64_t why;

    if (read(server->wake_fd, &why, sizeof(why)) == sizeof(why))
        server->drains_seen += (int)(why / wake_drain);
}

/* Who speaks is known by the address that came with the event: the wake-up's is the server's. */
static void loop_event(HttpServer *server, const struct epoll_event *event)
{
    void *speaker = event->data.ptr;

    if (speaker == server) {
        loop_awake(server);
        return;
    }
    for (size_t i = 0; i < server->listener_count; i++) {
        if (speaker == &server->listeners[i]) {
            listener_accept(&server->listeners[i]);
            return;
        }
    }
    connection_event(speaker, event->events);
}

/* Where requests come one at a time, looks out for the answer to the one that is under way, while
 * others may have the processor: to sleep and be woken by another processor takes longer than most
 * answers. Under load it would be wrong: who yields goes behind all who want to run. */
static int loop_look_out(HttpServer *server, struct epoll_event *events)
{
    int64_t end_us;
    int count;

    if (server->taken_count != 1 || server->lone_count < LONE_REQUESTS_LEAST ||
        server->limits.busy_wait_us == 0)
        return 0;
    end_us = clock_monotonic_us() + server->limits.busy_wait_us;
    while ((count = epoll_wait(server->epoll_fd, events, EVENTS_MOST, 0)) == 0 &&
           clock_monotonic_us() < end_us)
        sched_yield();
    return count;
}

static void loop_wait(HttpServer *server)
{
    struct epoll_event events[EVENTS_MOST];
    int count = loop_look_out(server, events);

    if (count == 0)
        count = epoll_wait(server->epoll_fd, events, EVENTS_MOST, loop_timeout_ms(server));
    server->now_ms = clock_monotonic_ms();
    for (int i = 0; i < count; i++)
        loop_event(server, &events[i]);
    loop_send_due(server);
    for (size_t i = 0; i < server->listener_count; i++)
        listener_resume(&server->listeners[i]);
}

static void loop_sweep(HttpServer *server)
{
    if (server->now_ms < server->sweep_at_ms)
        return;
    server->sweep_at_ms = server->now_ms + server->sweep_every_ms;
    for (size_t i = 0; i < server->listener_count; i++)
        deadline_sweep(&server->listeners[i]);
}

void http_run(HttpServer *server, void (*turn)(void *state), void *state)
{
    bool is_over = false;

    while (!is_over) {
        loop_wait(server);
        loop_sweep(server);
        is_over = server->drains_seen > 0 && drain_step(server);
        connection_free_closed(server);
        if (turn)
            turn(state);
    }
}

HttpCounts http_counts(const HttpServer *server)
{
    return (HttpCounts){
        .connections_accepted = atomic_load(&server->accepted),
        .connections_refused = atomic_load(&server->refused),
        .connections_open = atomic_load(&server->open),
        .timeouts = atomic_load(&server->timeouts),
        .requests_broken = atomic_load(&server->broken),
        .streams_open = atomic_load(&server->streams_open),
        .streams_cut = atomic_load(&server->streams_cut),
        .streams_unsent_bytes = atomic_load(&server->unsent_bytes),
    };
}
