/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "http/exchange.h"

/* A client's connection from accept to close. */

Connection *connection_of(struct MHD_Connection *library)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(library, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info->socket_context;
}

static void connection_name_peer(Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection->library, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (info && info->client_addr && info->client_addr->sa_family == AF_INET) {
        memcpy(&v4, info->client_addr, sizeof(v4));
        inet_ntop(AF_INET, &v4.sin_addr, connection->peer, sizeof(connection->peer));
    } else if (info && info->client_addr && info->client_addr->sa_family == AF_INET6) {
        memcpy(&v6, info->client_addr, sizeof(v6));
        inet_ntop(AF_INET6, &v6.sin6_addr, connection->peer, sizeof(connection->peer));
    }
}

static Connection *connection_new(Listener *listener, struct MHD_Connection *library)
{
    HttpServer *server = listener->server;
    Connection *connection = calloc(1, sizeof(*connection));
    int on = 1;

    if (!connection)
        abort();
    connection->listener = listener;
    connection->library = library;
    connection->fd =
        MHD_get_connection_info(library, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    connection->phase = PHASE_HEADER;
    connection->since_ms = server->now_ms;
    connection->deadline_ms = server->now_ms + server->limits.header_ms;
    connection_name_peer(connection);
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    connection->next = listener->first;
    if (listener->first)
        listener->first->previous = connection;
    listener->first = connection;
    return connection;
}

static void connection_free(Connection *connection)
{
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        connection->listener->first = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    free(connection->target);
    free(connection);
}

static void connection_begin(Listener *listener, Connection *connection)
{
    HttpServer *server = listener->server;

    atomic_fetch_add(&server->accepted, 1);
    atomic_fetch_add(&server->open, 1);
    if (listener->connection_count < listener->connections_most) {
        connection->is_counted = true;
        listener->connection_count++;
        return;
    }
    atomic_fetch_add(&server->refused, 1);
    connection_refuse(connection, 503, "too many connections");
}

/* The request is forgotten by now, but the bytes of it that came are counted. */
static bool connection_is_broken(const Connection *connection)
{
    switch ((int)connection->phase) {
    case PHASE_IDLE:
    case PHASE_HEADER:
        return connection_received(connection) > connection->bytes_consumed + UNASKED_BYTES_MOST;
    case PHASE_BODY:
    case PHASE_WHOLE: return true;
    default: return false; /* refused, answered or cut: told elsewhere */
    }
}

static void connection_tell_broken(const Connection *connection)
{
    const HttpHandler *handler = connection->listener->handler;

    atomic_fetch_add(&connection->listener->server->broken, 1);
    if (handler->broken)
        handler->broken(connection->peer, handler->state);
}

static void connection_end(Listener *listener, Connection *connection)
{
    if (connection_is_broken(connection))
        connection_tell_broken(connection);
    if (connection->is_counted)
        listener->connection_count--;
    atomic_fetch_sub(&listener->server->open, 1);
    connection_free(connection);
}

void connection_notify(void *listener, struct MHD_Connection *library, void **connection,
                       enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *connection = connection_new(listener, library);
        connection_begin(listener, *connection);
    } else {
        connection_end(listener, *connection);
        *connection = NULL;
    }
}

uint64_t connection_received(const Connection *connection)
{
    struct tcp_info info = { 0 };
    socklen_t size_bytes = sizeof(info);

    if (getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &info, &size_bytes) < 0)
        return 0;
    return info.tcpi_bytes_received;
}

bool connection_has_begun(const Connection *connection)
{
    switch ((int)connection->phase) {
    case PHASE_IDLE:
    case PHASE_HEADER:
        return connection->target || connection_received(connection) > connection->bytes_consumed;
    case PHASE_CUT: return false;
    default: return true;
    }
}

void connection_cut(Connection *connection, bool with_reset)
{
    static const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

    if (with_reset)
        setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    shutdown(connection->fd, SHUT_RDWR);
    if (connection->phase != PHASE_TAKEN)
        connection->phase = PHASE_CUT;
}

void connection_discard(const Connection *connection)
{
    char bytes[16 * 1024];

    for (size_t discarded = 0; discarded < DISCARD_BYTES_MOST; discarded += sizeof(bytes)) {
        if (recv(connection->fd, bytes, sizeof(bytes), MSG_DONTWAIT) <= 0)
            return;
    }
}
