/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"

#include "http/exchange.h"

/* Answers, from the status line to the last byte. Header and body leave in one call; what the
 * socket does not take at once goes when epoll says that there is room. */

/* RFC 9110 section 15, RFC 6585. */
static const struct {
    int status;
    const char *reason;
} reasons[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 301, "Moved Permanently" },
    { 302, "Found" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 307, "Temporary Redirect" },
    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 411, "Length Required" },
    { 413, "Content Too Large" },
    { 414, "URI Too Long" },
    { 415, "Unsupported Media Type" },
    { 422, "Unprocessable Content" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "Unknown";
}

/* As RFC 9110 section 5.6.7 has it, printed once per second by each thread that answers. */
static const char *date_now(void)
{
    static _Thread_local char date[DATE_BYTES];
    static _Thread_local time_t date_s;
    static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t now_s = (time_t)(clock_wall_ms() / 1000);
    struct tm utc;

    if (date_s == now_s || !gmtime_r(&now_s, &utc))
        return date;
    snprintf(date, sizeof(date), "%s, %02d %s %04d %02d:%02d:%02d GMT", days[utc.tm_wday],
             utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
             utc.tm_sec);
    date_s = now_s;
    return date;
}

static bool has_no_length(const Exchange *exchange)
{
    return exchange->status == 204 || exchange->status == 304;
}

/* By its nature without a body; it may still tell how long that would be. */
static bool is_bare(const Exchange *exchange)
{
    const char *method = exchange->head.method;

    return (method && strcmp(method, "HEAD") == 0) || has_no_length(exchange);
}

static size_t body_bytes_of(const Exchange *exchange)
{
    return is_bare(exchange) || exchange->stream ? 0 : exchange->answer_size_bytes;
}

static void add_line(Buffer *head, const char *name, const char *value)
{
    buffer_add(head, name);
    buffer_add(head, ": ");
    buffer_add(head, value);
    buffer_add(head, "\r\n");
}

/* How the client knows where the body ends. A stream to an HTTP/1.0 client ends with its
 * connection. */
static void add_length(Buffer *head, const Exchange *exchange)
{
    if (has_no_length(exchange))
        return;
    if (!exchange->stream) {
        buffer_add(head, "Content-Length: ");
        buffer_add_integer(head, (int64_t)exchange->answer_size_bytes);
        buffer_add(head, "\r\n");
    } else if (!exchange->head.is_http_1_0) {
        add_line(head, "Transfer-Encoding", "chunked");
    }
}

static void print_head(Exchange *exchange)
{
    Buffer *head = &exchange->answer_head;

    buffer_init(head, exchange->arena, 512);
    buffer_add(head, "HTTP/1.1 ");
    buffer_add_integer(head, exchange->status);
    buffer_add_char(head, ' ');
    buffer_add(head, reason_of(exchange->status));
    buffer_add(head, "\r\n");
    add_line(head, "Date", date_now());
    for (size_t i = 0; i < exchange->answer_header_count; i++) {
        if (exchange->answer_values[i])
            add_line(head, exchange->answer_names[i], exchange->answer_values[i]);
    }
    if (exchange->is_closing)
        add_line(head, "Connection", "close");
    else if (exchange->head.is_http_1_0)
        add_line(head, "Connection", "keep-alive");
    add_length(head, exchange);
    buffer_add(head, "\r\n");
}

/* One step of sending; its result is sendmsg()'s. */
static ssize_t send_once(Exchange *exchange)
{
    size_t head_bytes = exchange->answer_head.size_bytes;
    size_t sent_bytes = exchange->sent_bytes;
    size_t head_sent = sent_bytes < head_bytes ? sent_bytes : head_bytes;
    size_t body_sent = sent_bytes - head_sent;
    struct iovec parts[2] = { { exchange->answer_head.text + head_sent, head_bytes - head_sent } };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
    const char *body = exchange->answer_bytes + body_sent;

    /* The older interface lacks a const; it only reads. */
    memcpy(&parts[1].iov_base, &body, sizeof(body));
    parts[1].iov_len = body_bytes_of(exchange) - body_sent;
    return sendmsg(exchange->connection->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* 1: all of it is with the kernel · 0: there is no room now · -1: the client is gone. */
static int send_rest(Exchange *exchange)
{
    size_t size_bytes = exchange->answer_head.size_bytes + body_bytes_of(exchange);

    while (exchange->sent_bytes < size_bytes) {
        ssize_t sent = send_once(exchange);

        if (sent >= 0)
            exchange->sent_bytes += (size_t)sent;
        else if (errno == EAGAIN)
            return 0;
        else if (errno != EINTR)
            return -1;
    }
    return 1;
}

static void end_exchange(Connection *connection, bool is_sent)
{
    Exchange *exchange = connection->exchange;

    exchange_finish(exchange, is_sent);
    connection->exchange = NULL;
    exchange_release(connection->listener->server, exchange);
}

void answer_go_on(Connection *connection)
{
    bool is_closing = connection->exchange->is_closing;
    bool is_alone = is_bare(connection->exchange);
    int r = send_rest(connection->exchange);

    if (r < 0)
        connection_close(connection, false);
    if (r <= 0)
        return;
    end_exchange(connection, true);
    if (connection->stream)
        stream_begin(connection, is_alone);
    else if (is_closing)
        connection_linger(connection);
    else
        connection_next(connection);
}

/* What was not sent is seen to by the loop, as is a client that is gone. */
void exchange_send(Exchange *exchange)
{
    ssize_t sent;

    if (exchange->stream || http_is_draining(exchange->connection->listener->server))
        return;
    print_head(exchange);
    sent = send_once(exchange);
    if (sent > 0)
        exchange->sent_bytes = (size_t)sent;
}

static void begin_head(Exchange *exchange)
{
    if (exchange->answer_head.size_bytes > 0) /* exchange_send() */
        return;
    if (exchange->connection->listener->is_draining || exchange->stream)
        exchange->is_closing = true;
    print_head(exchange);
}

void answer_begin(Connection *connection)
{
    HttpServer *server = connection->listener->server;

    begin_head(connection->exchange);
    stream_register(connection);
    connection->phase = PHASE_SENDING;
    assert(server->taken_count > 0);
    server->taken_count--;
    connection->deadline_ms = server->now_ms + server->limits.send_ms;
    answer_go_on(connection);
}

/* Nothing was sent on this connection that its client has not taken, but for answers to earlier
 * requests: there is room for one that is short. */
void answer_refusal(Connection *connection, Verdict verdict)
{
    const HttpHandler *handler = connection->listener->handler;
    Exchange *exchange = connection->exchange;

    if (!exchange)
        exchange = connection->exchange = exchange_acquire(connection);
    exchange->status = verdict.status;
    exchange->is_handled = true;
    exchange->is_closing = true;
    handler->refuse(exchange, verdict.status, verdict.why, handler->state);
    print_head(exchange);
    end_exchange(connection, send_rest(exchange) == 1);
    connection_linger(connection);
}

void answer_continue(Connection *connection)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

    ssize_t sent = send(connection->fd, text, sizeof(text) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);

    /* Should it be lost, the client sends its body a moment later by itself. A part of it would be
     * taken for the beginning of the answer. */
    if (sent > 0 && sent < (ssize_t)sizeof(text) - 1)
        connection_close(connection, false);
}
