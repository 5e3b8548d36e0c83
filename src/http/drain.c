/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/filter.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/cleanup.h"

#include "http/exchange.h"

/* The end: what has begun is answered, what waits is closed. First the public listeners, then those
 * that answer to the end; all within drain_ms. */

/* New handshakes are ignored from now on (the client tries again, and then finds the port closed),
 * those under way complete: closing the socket at once would reset them. Where the kernel doesn't
 * let us, that is what happens to the few that arrive in this very moment. */
static void listener_ignore_newcomers(Listener *listener)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13), /* TCP's flags */
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x02 /* SYN */, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
    };
    const struct sock_fprog program = { .len = COUNT_OF(code), .filter = code };

    setsockopt(listener->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static bool listener_has_newcomers(const Listener *listener)
{
    struct pollfd listening = { .fd = listener->fd, .events = POLLIN };

    return poll(&listening, 1, 0) > 0;
}

static void drain_begin(Listener *listener)
{
    listener->is_draining = true;
    listener_ignore_newcomers(listener);
}

/* What has arrived is read first: it may be a request that nobody has looked at yet. */
static void drain_close_waiting(Listener *listener)
{
    HttpServer *server = listener->server;
    Connection *next;

    for (Connection *connection = listener->first; connection; connection = next) {
        next = connection->next;
        if (connection->phase > PHASE_HEADER || server->now_ms - connection->since_ms < GRACE_MS)
            continue;
        connection->is_readable = true;
        connection_read(connection);
        if (connection->phase <= PHASE_HEADER && !connection_has_begun(connection))
            connection_close(connection, false);
    }
}

/* They would never end by themselves; who reads them comes back. */
static void drain_streams(Listener *listener)
{
    Connection *next;

    for (Connection *connection = listener->first; connection; connection = next) {
        next = connection->next;
        if (connection->phase == PHASE_STREAM)
            stream_cut_short(connection);
    }
}

/* True when the listener has no connection left. */
static bool drain_listener(Listener *listener)
{
    HttpServer *server = listener->server;

    if (!listener->is_draining)
        drain_begin(listener);
    drain_streams(listener);
    if (server->now_ms - server->drain_began_ms < GRACE_MS)
        return false;
    if (listener->fd >= 0 && !listener_has_newcomers(listener))
        listener_close(listener);
    drain_close_waiting(listener);
    return listener->fd < 0 && !listener->first;
}

static bool drain_listeners(HttpServer *server, bool are_to_the_end)
{
    bool is_over = true;

    for (size_t i = 0; i < server->listener_count; i++) {
        if (server->listeners[i].is_to_the_end == are_to_the_end)
            is_over &= drain_listener(&server->listeners[i]);
    }
    return is_over;
}

static void drain_cut(HttpServer *server)
{
    Connection *next;

    for (size_t i = 0; i < server->listener_count; i++) {
        Listener *listener = &server->listeners[i];

        listener_close(listener);
        for (Connection *connection = listener->first; connection; connection = next) {
            next = connection->next;
            connection_close(connection, false);
        }
    }
}

bool drain_step(HttpServer *server)
{
    bool is_over;

    /* Every connection is looked at: not in each of a busy loop's rounds. */
    if (server->drain_looked_ms == server->now_ms && server->drains_seen < 2)
        return false;
    server->drain_looked_ms = server->now_ms;
    if (!server->drain_began_ms)
        server->drain_began_ms = server->now_ms;
    is_over = drain_listeners(server, false) && drain_listeners(server, true);
    if (!is_over && (server->drains_seen > 1 ||
                     server->now_ms - server->drain_began_ms >= server->limits.drain_ms)) {
        loop_send_all(server);
        drain_cut(server);
        is_over = true;
    }
    return is_over;
}
