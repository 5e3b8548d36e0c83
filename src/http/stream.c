/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/cleanup.h"

#include "http/exchange.h"

/* Answers that do not end. What is pushed goes straight to the socket; only what that does not take
 * is kept, so that an idle stream costs no more than any idle connection. */

enum { CHUNK_HEAD_BYTES = 20, UNSENT_BYTES_FIRST = 1024 };

/* ---- from any thread ---------------------------------------------------------------------------
 */

HttpStream exchange_begin_stream(Exchange *exchange)
{
    HttpServer *server = exchange->connection->listener->server;

    if (!exchange->stream)
        exchange->stream = atomic_fetch_add(&server->last_stream, 1) + 1;
    return exchange->stream;
}

static char *bytes_of(Push *push)
{
    return (char *)(push->streams + push->stream_count);
}

static Push *push_new(const HttpStream *streams, size_t count, const char *bytes, size_t size_bytes)
{
    Push *push = malloc(sizeof(*push) + count * sizeof(*streams) + size_bytes);

    if (!push)
        abort();
    *push = (Push){ .size_bytes = size_bytes, .stream_count = count, .is_end = size_bytes == 0 };
    memcpy(push->streams, streams, count * sizeof(*streams));
    if (size_bytes > 0)
        memcpy(bytes_of(push), bytes, size_bytes);
    return push;
}

/* Should the loop be so far behind that too much is waiting for it, the streams end here. */
static void push_put(HttpServer *server, Push *push)
{
    bool was_empty, is_asleep;

    pthread_mutex_lock(&server->answers_lock);
    if (server->pushes_bytes + push->size_bytes > PUSHES_BYTES_MOST) {
        push->size_bytes = 0;
        push->is_end = true;
    }
    server->pushes_bytes += push->size_bytes;
    was_empty = !server->pushes_first;
    is_asleep = was_empty && !server->answers_first;
    if (was_empty)
        server->pushes_first = push;
    else
        server->pushes_last->next = push;
    server->pushes_last = push;
    pthread_mutex_unlock(&server->answers_lock);
    if (is_asleep)
        loop_wake(server);
}

void http_push_many(HttpServer *server, const HttpStream *streams, size_t count, const char *bytes,
                    size_t size_bytes)
{
    /* A chunk of no bytes would be the last. */
    if (count > 0 && size_bytes > 0)
        push_put(server, push_new(streams, count, bytes, size_bytes));
}

void http_push(HttpServer *server, HttpStream stream, const char *bytes, size_t size_bytes)
{
    http_push_many(server, &stream, 1, bytes, size_bytes);
}

void http_end_stream(HttpServer *server, HttpStream stream)
{
    push_put(server, push_new(&stream, 1, NULL, 0));
}

/* ---- which connection ... -----------------------------------------------------------------------
 */

/* Where the connection of that stream is named, or would be. */
static Connection **place_of(const HttpServer *server, HttpStream stream)
{
    Connection **place = &server->streams[stream & (server->stream_places - 1)].first;

    while (*place && (*place)->stream != stream)
        place = &(*place)->next_stream;
    return place;
}

/* There are never more streams than connections, which are bounded. */
static void grow_places(HttpServer *server)
{
    StreamList *old = server->streams;
    size_t old_places = server->stream_places;

    server->stream_places *= 2;
    server->streams = calloc(server->stream_places, sizeof(StreamList));
    if (!server->streams)
        abort();
    for (size_t i = 0; i < old_places; i++) {
        while (old[i].first) {
            Connection *connection = old[i].first;

            old[i].first = connection->next_stream;
            connection->next_stream = NULL;
            *place_of(server, connection->stream) = connection;
        }
    }
    free(old);
}

void stream_register(Connection *connection)
{
    HttpServer *server = connection->listener->server;
    const Exchange *exchange = connection->exchange;

    if (!exchange->stream)
        return;
    if (atomic_fetch_add(&server->streams_open, 1) >= server->stream_places)
        grow_places(server);
    connection->stream = exchange->stream;
    connection->is_chunked = !exchange->head.is_http_1_0;
    connection->next_stream = NULL;
    *place_of(server, connection->stream) = connection;
}

static void unsent_free(Connection *connection)
{
    if (!connection->unsent)
        return;
    atomic_fetch_sub(&connection->listener->server->unsent_bytes,
                     connection->unsent->capacity_bytes);
    free(connection->unsent);
    connection->unsent = NULL;
}

void stream_forget(Connection *connection)
{
    HttpServer *server = connection->listener->server;
    const HttpHandler *handler = connection->listener->handler;
    HttpStream stream = connection->stream;

    if (!stream)
        return;
    *place_of(server, stream) = connection->next_stream;
    unsent_free(connection);
    connection->stream = 0;
    atomic_fetch_sub(&server->streams_open, 1);
    if (handler->ended)
        handler->ended(stream, handler->state);
}

/* ---- ... takes what was pushed ... --------------------------------------------------------------
 */

/* Some bytes in up to three pieces. */
typedef struct Pieces {
    struct iovec pieces[3];
    size_t count;
    size_t size_bytes;
} Pieces;

static void pieces_add(Pieces *pieces, const char *bytes, size_t size_bytes)
{
    struct iovec *piece = &pieces->pieces[pieces->count++];

    /* The older interface lacks a const; it only reads. */
    memcpy(&piece->iov_base, &bytes, sizeof(bytes));
    piece->iov_len = size_bytes;
    pieces->size_bytes += size_bytes;
}

/* The bytes that the socket took, -1 when the client is gone. */
static ssize_t pieces_send(Pieces *pieces, int fd)
{
    struct msghdr message = { .msg_iov = pieces->pieces, .msg_iovlen = pieces->count };
    ssize_t sent;

    do
        sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 && errno == EAGAIN ? 0 : sent;
}

static void pieces_copy(const Pieces *pieces, size_t skip_bytes, char *to)
{
    for (size_t i = 0; i < pieces->count; i++) {
        const struct iovec *piece = &pieces->pieces[i];
        size_t skipped_bytes = skip_bytes < piece->iov_len ? skip_bytes : piece->iov_len;

        memcpy(to, (const char *)piece->iov_base + skipped_bytes, piece->iov_len - skipped_bytes);
        to += piece->iov_len - skipped_bytes;
        skip_bytes -= skipped_bytes;
    }
}

/* From now on something is unsent: until then all of it has to be taken. */
static void set_deadline(Connection *connection)
{
    const HttpServer *server = connection->listener->server;

    connection->deadline_ms = server->now_ms + server->limits.send_ms;
}

static size_t left_bytes_of(const Unsent *unsent)
{
    return unsent ? unsent->size_bytes - unsent->sent_bytes : 0;
}

/* What is unsent, in a larger block and without what was sent. */
static void unsent_move(Connection *connection, size_t capacity_bytes)
{
    const Unsent *old = connection->unsent;
    size_t left_bytes = left_bytes_of(old);
    Unsent *unsent = malloc(sizeof(*unsent) + capacity_bytes);

    if (!unsent)
        abort();
    *unsent = (Unsent){ .capacity_bytes = capacity_bytes, .size_bytes = left_bytes };
    if (old)
        memcpy(unsent->bytes, old->bytes + old->sent_bytes, left_bytes);
    unsent_free(connection);
    connection->unsent = unsent;
    atomic_fetch_add(&connection->listener->server->unsent_bytes, capacity_bytes);
}

/* False when that would be more than may be kept. */
static bool unsent_make_room(Connection *connection, size_t more_bytes)
{
    const HttpServer *server = connection->listener->server;
    const Unsent *unsent = connection->unsent;
    size_t needed_bytes = left_bytes_of(unsent) + more_bytes;
    size_t capacity_bytes = UNSENT_BYTES_FIRST;
    size_t others_bytes = atomic_load(&server->unsent_bytes);

    if (unsent && unsent->capacity_bytes - unsent->size_bytes >= more_bytes)
        return true;
    while (capacity_bytes < needed_bytes)
        capacity_bytes *= 2;
    others_bytes -= unsent ? unsent->capacity_bytes : 0;
    if (needed_bytes > server->limits.stream_unsent_bytes ||
        others_bytes + capacity_bytes > server->limits.streams_unsent_bytes)
        return false;
    unsent_move(connection, capacity_bytes);
    return true;
}

/* Keeps all but the first bytes of the pieces; who is too far behind is cut. */
static void keep_unsent(Connection *connection, const Pieces *pieces, size_t skip_bytes)
{
    size_t more_bytes = pieces->size_bytes - skip_bytes;
    bool is_first = !connection->unsent;

    if (!unsent_make_room(connection, more_bytes)) {
        atomic_fetch_add(&connection->listener->server->streams_cut, 1);
        connection_close(connection, true);
        return;
    }
    pieces_copy(pieces, skip_bytes, connection->unsent->bytes + connection->unsent->size_bytes);
    connection->unsent->size_bytes += more_bytes;
    if (is_first && connection->phase == PHASE_STREAM)
        set_deadline(connection);
}

/* Behind what is unsent. While the head is not yet through, everything is. */
static void put(Connection *connection, Pieces *pieces)
{
    ssize_t sent = 0;

    if (connection->phase == PHASE_STREAM && !connection->unsent)
        sent = pieces_send(pieces, connection->fd);
    if (sent < 0)
        connection_close(connection, false);
    else if ((size_t)sent < pieces->size_bytes)
        keep_unsent(connection, pieces, (size_t)sent);
}

static void put_chunk(Connection *connection, const char *bytes, size_t size_bytes)
{
    char head[CHUNK_HEAD_BYTES];
    Pieces pieces = { .count = 0 };

    if (connection->is_chunked)
        pieces_add(&pieces, head, (size_t)snprintf(head, sizeof(head), "%zx\r\n", size_bytes));
    pieces_add(&pieces, bytes, size_bytes);
    if (connection->is_chunked)
        pieces_add(&pieces, "\r\n", 2);
    put(connection, &pieces);
}

/* ---- ... from the head to the end ---------------------------------------------------------------
 */

/* Sends what is unsent, as far as there is room; false when the client is gone. */
static bool flush(Connection *connection)
{
    Unsent *unsent = connection->unsent;

    while (unsent->sent_bytes < unsent->size_bytes) {
        ssize_t sent = send(connection->fd, unsent->bytes + unsent->sent_bytes,
                            unsent->size_bytes - unsent->sent_bytes, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent >= 0)
            unsent->sent_bytes += (size_t)sent;
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            return false;
    }
    if (unsent->sent_bytes == unsent->size_bytes) {
        unsent_free(connection);
        connection->deadline_ms = never_ms;
    }
    return true;
}

void stream_go_on(Connection *connection)
{
    if (connection->unsent && !flush(connection)) {
        connection_close(connection, false);
    } else if (connection->is_last && !connection->unsent) {
        stream_forget(connection);
        connection_linger(connection);
    }
}

static void stream_end(Connection *connection)
{
    Pieces pieces = { .count = 0 };

    if (connection->is_last)
        return;
    connection->is_last = true;
    pieces_add(&pieces, "0\r\n\r\n", 5);
    if (connection->is_chunked)
        put(connection, &pieces);
    if (connection->phase == PHASE_STREAM)
        stream_go_on(connection);
}

void stream_cut_short(Connection *connection)
{
    stream_end(connection);
    if (connection->phase != PHASE_CLOSED)
        connection_close(connection, false);
}

/* Of a client that vanished without a word the system keeps what little is pushed for a quarter of
 * an hour, and we see nothing of it. Twice our time, so that ours is over first. */
static void limit_silence(const Connection *connection)
{
    unsigned silent_ms = 2 * (unsigned)connection->listener->server->limits.send_ms;

    setsockopt(connection->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent_ms, sizeof(silent_ms));
}

void stream_begin(Connection *connection, bool is_bare)
{
    if (is_bare) {
        unsent_free(connection);
        connection->is_last = true;
    }
    limit_silence(connection);
    connection_become_stream(connection);
    if (connection->phase != PHASE_STREAM)
        return;
    if (connection->unsent)
        set_deadline(connection);
    stream_go_on(connection);
}

static void take_push(HttpServer *server, Push *push)
{
    for (size_t i = 0; i < push->stream_count; i++) {
        Connection *connection = *place_of(server, push->streams[i]);

        if (!connection)
            continue;
        if (push->is_end)
            stream_end(connection);
        else if (!connection->is_last)
            put_chunk(connection, bytes_of(push), push->size_bytes);
    }
}

void stream_take_pushes(HttpServer *server, Push *push)
{
    while (push) {
        Push *next = push->next;

        take_push(server, push);
        free(push);
        push = next;
    }
}

static void forget_pushes(Push *push)
{
    while (push) {
        Push *next = push->next;

        free(push);
        push = next;
    }
}

void stream_forget_pushes(HttpServer *server)
{
    forget_pushes(server->due_pushes);
    forget_pushes(server->pushes_first);
    server->due_pushes = server->pushes_first = NULL;
}
