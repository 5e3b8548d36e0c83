/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"

#include "http/exchange.h"

/* The one thread: it waits for the library's epoll descriptors and our wake-up, never for longer
 * than a second, and not at all while the library has work (it would not be told again). */

enum {
    WAIT_MS_MOST = 1000,
    DRAIN_WAIT_MS = 20,
    PAUSE_MS = 100,
    RUNS_MOST = 3, /* of the library in one round, while it has work */
};

static void server_wake(HttpServer *server)
{
    const uint64_t one = 1;
    int saved = errno;

    /* Can only fail when it is already as awake as can be. */
    if (write(server->wake_fd, &one, sizeof(one)) < 0)
        errno = saved;
}

void http_answer(HttpServer *server, Exchange *const *exchanges, size_t count)
{
    bool was_empty;

    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
        exchanges[i]->next = i + 1 < count ? exchanges[i + 1] : NULL;
    pthread_mutex_lock(&server->answers_lock);
    was_empty = !server->answers_first;
    if (was_empty)
        server->answers_first = exchanges[0];
    else
        server->answers_last->next = exchanges[0];
    server->answers_last = exchanges[count - 1];
    pthread_mutex_unlock(&server->answers_lock);
    if (was_empty)
        server_wake(server);
}

void http_drain(HttpServer *server)
{
    atomic_fetch_add(&server->drains_asked, 1);
    server_wake(server);
}

bool http_is_draining(const HttpServer *server)
{
    return atomic_load(&server->drains_asked) > 0;
}

static void loop_send_answer(HttpServer *server, Exchange *exchange)
{
    Connection *connection = exchange->connection;

    if (connection->listener->is_draining)
        exchange->is_closing = true;
    connection->phase = PHASE_SENDING;
    connection->deadline_ms = server->now_ms + server->limits.send_ms;
    if (!exchange_queue_answer(exchange))
        connection_cut(connection, false);
    MHD_resume_connection(connection->library);
}

static void loop_send_answers(HttpServer *server)
{
    Exchange *exchange;

    pthread_mutex_lock(&server->answers_lock);
    exchange = server->answers_first;
    server->answers_first = server->answers_last = NULL;
    pthread_mutex_unlock(&server->answers_lock);
    while (exchange) {
        Exchange *next = exchange->next;

        loop_send_answer(server, exchange);
        exchange = next;
    }
}

static bool listener_has_work(const Listener *listener)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;

    return MHD_get_timeout(listener->daemon, &timeout_ms) == MHD_YES && timeout_ms == 0;
}

/* Out of descriptors and without a connection whose end would free one, the library keeps trying to
 * accept, as fast as it can. It is left out of the loop for a moment instead. */
static void listener_pause(Listener *listener)
{
    HttpServer *server = listener->server;
    struct epoll_event event = { .events = EPOLLIN };

    if (listener->paused_until_ms && server->now_ms >= listener->paused_until_ms) {
        listener->paused_until_ms = 0;
        epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, listener->epoll_fd, &event);
    } else if (listener->is_accept_failing && !listener->paused_until_ms && !listener->first) {
        listener->paused_until_ms = server->now_ms + PAUSE_MS;
        epoll_ctl(server->epoll_fd, EPOLL_CTL_DEL, listener->epoll_fd, NULL);
    }
    listener->is_accept_failing = false;
}

static void listener_run(Listener *listener)
{
    bool has_work = true;

    listener_pause(listener);
    if (listener->paused_until_ms)
        return;
    for (int i = 0; i < RUNS_MOST && has_work; i++) {
        errno = 0; /* listener_log() asks it */
        MHD_run(listener->daemon);
        has_work = listener_has_work(listener);
    }
    listener->server->has_work |= has_work;
}

static void loop_wait(HttpServer *server)
{
    struct epoll_event events[LISTENERS_MOST + 1];
    int timeout_ms = (int)server->sweep_every_ms;
    uint64_t wakes;

    if (server->drain_began_ms)
        timeout_ms = DRAIN_WAIT_MS;
    for (size_t i = 0; i < server->listener_count; i++) {
        if (server->listeners[i].paused_until_ms && timeout_ms > PAUSE_MS)
            timeout_ms = PAUSE_MS;
    }
    if (server->has_work)
        timeout_ms = 0;
    epoll_wait(server->epoll_fd, events, LISTENERS_MOST + 1, timeout_ms);
    if (read(server->wake_fd, &wakes, sizeof(wakes)) < 0)
        wakes = 0;
    server->has_work = false;
    server->now_ms = clock_monotonic_ms();
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
        loop_send_answers(server);
        for (size_t i = 0; i < server->listener_count; i++)
            listener_run(&server->listeners[i]);
        loop_sweep(server);
        is_over = http_is_draining(server) && drain_step(server);
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
    };
}
