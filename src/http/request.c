/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/clock.h"

#include "http/exchange.h"

/* How a request grows out of the bytes of its connection: empty lines, a header, a body. Then it is
 * handed over, and nothing more is taken until it was answered. */

/* A client may send an empty line behind a body (RFC 9112 section 2.2). */
static size_t take_empty_lines(Connection *connection, const char *bytes, size_t size_bytes)
{
    size_t taken_bytes = 0;

    while (size_bytes - taken_bytes >= 2 && memcmp(bytes + taken_bytes, "\r\n", 2) == 0)
        taken_bytes += 2;
    connection->stray_bytes += taken_bytes;
    if (connection->stray_bytes > connection->listener->server->limits.header_bytes)
        answer_refusal(connection, (Verdict){ 431, "there is nothing but empty lines" });
    return taken_bytes;
}

/* A header has begun: its time runs from its first byte on. */
static void begin_header(Connection *connection)
{
    HttpServer *server = connection->listener->server;

    if (connection->phase != PHASE_IDLE)
        return;
    connection->phase = PHASE_HEADER;
    connection->deadline_ms = server->now_ms + server->limits.header_ms;
}

static Verdict read_head(Exchange *exchange, const char *bytes, size_t size_bytes, Framing *framing)
{
    const HttpLimits *limits = &exchange->connection->listener->server->limits;
    char *text = arena_copy(exchange->arena, bytes, size_bytes);
    Head *head = &exchange->head;
    Verdict verdict = head_parse(text, size_bytes, limits, exchange->arena, head);

    if (head->target)
        exchange->target = target_parse(exchange->arena, head->target);
    if (!verdict.status)
        verdict = head_check(head, limits, framing);
    if (verdict.status)
        return verdict;
    if (!exchange->target.path ||
        (strcmp(exchange->target.path, "*") == 0 && strcmp(head->method, "OPTIONS") != 0))
        return (Verdict){ 400, "the request's target is not a path" };
    return verdict;
}

static void begin_body(Connection *connection, const Framing *framing)
{
    HttpServer *server = connection->listener->server;
    Exchange *exchange = connection->exchange;

    exchange->is_closing = !head_keeps_alive(&exchange->head);
    body_begin(&exchange->body, framing, exchange->arena);
    connection->phase = PHASE_BODY;
    connection->deadline_ms = server->now_ms + server->limits.body_ms;
    /* Also when the body came with its header: some clients count on being asked. */
    if (head_expects_continue(&exchange->head) && !body_is_whole(&exchange->body))
        answer_continue(connection);
}

/* bytes: a whole header. A refusal is given before any of the body is read. */
static void take_whole_header(Connection *connection, const char *bytes, size_t size_bytes)
{
    Exchange *exchange = connection->exchange = exchange_acquire(connection);
    Framing framing = { 0 };
    Verdict verdict = read_head(exchange, bytes, size_bytes, &framing);

    connection->scanned_bytes = 0;
    connection->stray_bytes = 0;
    if (verdict.status)
        answer_refusal(connection, verdict);
    else
        begin_body(connection, &framing);
}

/* Of a header that is not whole nothing is taken, so that it comes again with what follows. */
static size_t take_header(Connection *connection, const char *bytes, size_t size_bytes)
{
    size_t head_bytes = 0;
    Verdict verdict;

    if (connection->scanned_bytes == 0) {
        size_t taken_bytes = take_empty_lines(connection, bytes, size_bytes);

        if (taken_bytes > 0 || (size_bytes == 1 && *bytes == '\r'))
            return taken_bytes;
    }
    begin_header(connection);
    verdict = head_scan(bytes, size_bytes, &connection->listener->server->limits,
                        &connection->scanned_bytes, &head_bytes);
    if (verdict.status)
        answer_refusal(connection, verdict);
    else if (head_bytes > 0)
        take_whole_header(connection, bytes, head_bytes);
    return head_bytes;
}

static size_t take_body(Connection *connection, const char *bytes, size_t size_bytes)
{
    const HttpLimits *limits = &connection->listener->server->limits;
    size_t taken_bytes = 0;
    Verdict verdict =
        body_take(&connection->exchange->body, bytes, size_bytes, limits, &taken_bytes);

    if (verdict.status)
        answer_refusal(connection, verdict);
    return taken_bytes;
}

static void count_taken(HttpServer *server)
{
    server->taken_count++;
    server->lone_count = server->taken_count == 1 ? server->lone_count + 1 : 0;
}

static void hand_over(Connection *connection)
{
    const HttpHandler *handler = connection->listener->handler;
    Exchange *exchange = connection->exchange;

    exchange->arrived_us = clock_monotonic_us();
    exchange->is_handled = true;
    connection->phase = PHASE_TAKEN;
    count_taken(connection->listener->server);
    handler->handle(exchange, handler->state);
}

static size_t take_part(Connection *connection, const char *bytes, size_t size_bytes)
{
    switch ((int)connection->phase) {
    case PHASE_IDLE:
    case PHASE_HEADER: return size_bytes > 0 ? take_header(connection, bytes, size_bytes) : 0;
    case PHASE_BODY: return take_body(connection, bytes, size_bytes);
    default: return 0;
    }
}

size_t request_take(Connection *connection, const char *bytes, size_t size_bytes)
{
    size_t taken_bytes = 0, part_bytes;

    do {
        part_bytes = take_part(connection, bytes + taken_bytes, size_bytes - taken_bytes);
        taken_bytes += part_bytes;
    } while (part_bytes > 0);
    if (connection->phase == PHASE_BODY && body_is_whole(&connection->exchange->body))
        hand_over(connection);
    return taken_bytes;
}
