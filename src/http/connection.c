/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/exchange.h"

/* A client's connection from accept to close. epoll tells of changes only, and is asked once per
 * connection: what it told is remembered until the socket has nothing more. While no request is
 * arriving, a connection holds no memory but its own struct. */

/* ---- from accept ... ----------------------------------------------------------------------------
 */

static void name_peer(Connection *connection, const struct sockaddr_storage *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (address->ss_family == AF_INET) {
        memcpy(&v4, address, sizeof(v4));
        inet_ntop(AF_INET, &v4.sin_addr, connection->peer, sizeof(connection->peer));
    } else if (address->ss_family == AF_INET6) {
        memcpy(&v6, address, sizeof(v6));
        inet_ntop(AF_INET6, &v6.sin6_addr, connection->peer, sizeof(connection->peer));
    }
}

static Connection *connection_new(Listener *listener, int fd)
{
    HttpServer *server = listener->server;
    Connection *connection = calloc(1, sizeof(*connection));

    if (!connection)
        abort();
    connection->listener = listener;
    connection->fd = fd;
    connection->phase = PHASE_HEADER;
    connection->since_ms = server->now_ms;
    connection->deadline_ms = server->now_ms + server->limits.header_ms;
    connection->next = listener->first;
    if (listener->first)
        listener->first->previous = connection;
    listener->first = connection;
    listener->open_count++;
    atomic_fetch_add(&server->accepted, 1);
    atomic_fetch_add(&server->open, 1);
    return connection;
}

void connection_open(Listener *listener, int fd, const struct sockaddr_storage *address)
{
    HttpServer *server = listener->server;
    Connection *connection = connection_new(listener, fd);
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                 .data.ptr = connection };

    name_peer(connection, address);
    if (epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        connection_close(connection, false);
    } else if (listener->connection_count < listener->connections_most) {
        connection->is_counted = true;
        listener->connection_count++;
    } else {
        atomic_fetch_add(&server->refused, 1);
        answer_refusal(connection, (Verdict){ 503, "too many connections" });
    }
}

/* ---- ... over reading ... -----------------------------------------------------------------------
 */

/* Keeps what was not taken for later: the beginning of a header, or the next request. */
static void keep(Connection *connection, const char *bytes, size_t size_bytes)
{
    char *kept = NULL;

    if (size_bytes > 0) {
        kept = malloc(size_bytes);
        if (!kept)
            abort();
        memcpy(kept, bytes, size_bytes);
    }
    free(connection->kept);
    connection->kept = kept;
    connection->kept_bytes = size_bytes;
}

static bool wants_to_read(const Connection *connection)
{
    return connection->phase <= PHASE_BODY;
}

/* bytes: all that is there. What a finished connection was sent is dropped. */
static void take(Connection *connection, const char *bytes, size_t size_bytes)
{
    size_t taken_bytes = request_take(connection, bytes, size_bytes);

    if (wants_to_read(connection) || connection->phase == PHASE_TAKEN)
        keep(connection, bytes + taken_bytes, size_bytes - taken_bytes);
}

static void tell_broken(const Connection *connection)
{
    const HttpHandler *handler = connection->listener->handler;

    atomic_fetch_add(&connection->listener->server->broken, 1);
    if (handler->broken)
        handler->broken(connection->peer, handler->state);
}

/* The client has closed its half, or is gone. */
static void end_of_client(Connection *connection)
{
    if (wants_to_read(connection) && connection_has_begun(connection))
        tell_broken(connection);
    connection_close(connection, false);
}

/* Reads once into the server's buffer, behind size_bytes that are there; the bytes that came, 0
 * when there are none now. A client that left is seen to. */
static size_t receive(Connection *connection, size_t size_bytes)
{
    ssize_t received = recv(connection->fd, connection->listener->server->bytes + size_bytes,
                            READ_BYTES, MSG_DONTWAIT);

    /* Less than there was room for: the socket is empty, unless its end comes next. */
    connection->is_readable = received == READ_BYTES || connection->is_ending;
    if (received > 0)
        return (size_t)received;
    connection->is_readable = received < 0 && errno == EINTR;
    if (received == 0 || (errno != EAGAIN && errno != EINTR))
        end_of_client(connection);
    return 0;
}

void connection_read(Connection *connection)
{
    char *bytes = connection->listener->server->bytes;

    while (wants_to_read(connection) && connection->is_readable) {
        size_t kept_bytes = connection->kept_bytes;
        size_t received_bytes;

        if (kept_bytes > 0)
            memcpy(bytes, connection->kept, kept_bytes);
        received_bytes = receive(connection, kept_bytes);
        if (received_bytes > 0)
            take(connection, bytes, kept_bytes + received_bytes);
    }
}

static bool is_deaf(const Connection *connection)
{
    return connection->phase == PHASE_LINGER || connection->phase == PHASE_STREAM;
}

static void discard(Connection *connection)
{
    while (is_deaf(connection) && connection->is_readable) {
        connection->stray_bytes += receive(connection, 0);
        if (is_deaf(connection) && connection->stray_bytes > DISCARD_BYTES_MOST)
            connection_close(connection, false);
    }
}

void connection_event(Connection *connection, uint32_t events)
{
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        connection->is_ending = true;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        connection->is_readable = true;
    if (connection->phase == PHASE_SENDING)
        answer_go_on(connection);
    else if (is_deaf(connection))
        discard(connection);
    else
        connection_read(connection);
    if (connection->phase == PHASE_STREAM)
        stream_go_on(connection);
}

bool connection_has_begun(const Connection *connection)
{
    switch ((int)connection->phase) {
    case PHASE_IDLE:
    case PHASE_HEADER: return connection->scanned_bytes > 0;
    case PHASE_CLOSED: return false;
    default: return true;
    }
}

/* The answer was sent: what arrived meanwhile is the next request's. */
void connection_next(Connection *connection)
{
    HttpServer *server = connection->listener->server;

    connection->phase = PHASE_IDLE;
    connection->since_ms = server->now_ms;
    connection->deadline_ms = server->now_ms + server->limits.idle_ms;
    if (connection->kept_bytes > 0) {
        memcpy(server->bytes, connection->kept, connection->kept_bytes);
        take(connection, server->bytes, connection->kept_bytes);
    }
    connection_read(connection);
}

/* ---- ... to close -------------------------------------------------------------------------------
 */

static void drop_exchange(Connection *connection)
{
    Exchange *exchange = connection->exchange;

    if (!exchange)
        return;
    exchange_finish(exchange, false);
    connection->exchange = NULL;
    exchange_release(connection->listener->server, exchange);
}

static void become_deaf(Connection *connection, Phase phase, int64_t deadline_ms)
{
    keep(connection, NULL, 0);
    connection->phase = phase;
    connection->deadline_ms = deadline_ms;
    connection->stray_bytes = 0;
    discard(connection);
}

void connection_linger(Connection *connection)
{
    shutdown(connection->fd, SHUT_WR);
    become_deaf(connection, PHASE_LINGER, connection->listener->server->now_ms + LINGER_MS);
}

void connection_become_stream(Connection *connection)
{
    become_deaf(connection, PHASE_STREAM, never_ms);
}

static void unlink_from_listener(Connection *connection)
{
    Listener *listener = connection->listener;

    if (connection->previous)
        connection->previous->next = connection->next;
    else
        listener->first = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    listener->open_count--;
    if (connection->is_counted)
        listener->connection_count--;
    atomic_fetch_sub(&listener->server->open, 1);
}

void connection_close(Connection *connection, bool with_reset)
{
    static const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
    HttpServer *server = connection->listener->server;

    if (connection->phase == PHASE_TAKEN) {
        shutdown(connection->fd, SHUT_RDWR);
        return;
    }
    if (with_reset)
        setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(connection->fd);
    drop_exchange(connection);
    stream_forget(connection);
    keep(connection, NULL, 0);
    unlink_from_listener(connection);
    connection->phase = PHASE_CLOSED;
    connection->next = server->closed;
    server->closed = connection;
}

void connection_free_closed(HttpServer *server)
{
    while (server->closed) {
        Connection *connection = server->closed;

        server->closed = connection->next;
        free(connection);
    }
}
