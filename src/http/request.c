/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#include "http/exchange.h"

/* How a request grows: the library calls request_begun() with its first line, request_part() once
 * when the header is complete, then for each piece of the body, then until it has an answer, and
 * request_over() at the end of every request that had begun. */

static void connection_forget_target(Connection *connection)
{
    free(connection->target);
    connection->target = NULL;
}

/* Slow clients are many: until its header is complete, a request costs its target and no more. */
void *request_begun(void *listener, const char *target, struct MHD_Connection *library)
{
    Connection *connection = connection_of(library);
    HttpServer *server = ((Listener *)listener)->server;

    if (connection->phase != PHASE_IDLE && connection->phase != PHASE_HEADER)
        return NULL;
    connection->raw_target = target;
    connection->target = strdup(target);
    if (!connection->target)
        abort();
    if (connection->phase == PHASE_IDLE)
        connection->deadline_ms = server->now_ms + server->limits.header_ms;
    connection->phase = PHASE_HEADER;
    return NULL;
}

/* The library would decode the target in place; what handlers see is as sent. */
size_t request_unescape(void *listener, struct MHD_Connection *library, char *text)
{
    (void)listener;
    (void)library;
    return strlen(text);
}

/* One more than the limit are kept, so that head_check() sees that there were too many. */
static enum MHD_Result head_add_line(void *state, enum MHD_ValueKind kind, const char *name,
                                     size_t name_bytes, const char *value, size_t value_bytes)
{
    Exchange *exchange = state;
    Head *head = &exchange->head;

    (void)kind;
    if (head->line_count > exchange->connection->listener->server->limits.header_count)
        return MHD_NO;
    head->lines[head->line_count++] =
        (HeaderLine){ name, name_bytes, value ? value : "", value ? value_bytes : 0 };
    return MHD_YES;
}

static void request_collect_head(Exchange *exchange, const char *method, const char *version)
{
    struct MHD_Connection *library = exchange->connection->library;
    size_t lines_most = exchange->connection->listener->server->limits.header_count + 1;
    size_t lines = (size_t)MHD_get_connection_values_n(library, MHD_HEADER_KIND, NULL, NULL);

    exchange->method = method;
    exchange->head = (Head){
        .method = method,
        .target = exchange->connection->raw_target,
        .target_bytes = exchange->target.size_bytes,
        .version = version,
        .lines = arena_array(exchange->arena, HeaderLine, lines < lines_most ? lines : lines_most),
        .size_bytes =
            MHD_get_connection_info(library, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size,
    };
    MHD_get_connection_values_n(library, MHD_HEADER_KIND, head_add_line, exchange);
}

/* White space behind a value is not part of it; the library leaves it there. */
static void request_trim_values(Exchange *exchange)
{
    for (size_t i = 0; i < exchange->head.line_count; i++) {
        HeaderLine *line = &exchange->head.lines[i];
        size_t size_bytes = line->value_bytes;

        while (size_bytes > 0 && strchr(" \t", line->value[size_bytes - 1]))
            size_bytes--;
        if (size_bytes == line->value_bytes)
            continue;
        line->value = arena_copy(exchange->arena, line->value, size_bytes);
        line->value_bytes = size_bytes;
    }
}

static Verdict request_check(Exchange *exchange, Framing *ret_framing)
{
    const HttpLimits *limits = &exchange->connection->listener->server->limits;
    Verdict verdict = head_check(&exchange->head, limits, ret_framing);
    const char *path = exchange->target.path;

    if (verdict.status)
        return verdict;
    if (!path || (strcmp(path, "*") == 0 && strcmp(exchange->method, "OPTIONS") != 0))
        return (Verdict){ 400, "the request's target is not a path" };
    return verdict;
}

/* The first call. A refusal is given before any of the body is read. */
static enum MHD_Result request_head(Connection *connection, const char *method, const char *version)
{
    HttpServer *server = connection->listener->server;
    Exchange *exchange = exchange_acquire(connection);
    Framing framing;
    Verdict verdict;

    connection->exchange = exchange;
    connection_forget_target(connection);
    request_collect_head(exchange, method, version);
    verdict = request_check(exchange, &framing);
    if (verdict.status) {
        connection_refuse(connection, verdict.status, verdict.why);
        return MHD_YES;
    }
    request_trim_values(exchange);
    exchange->is_chunked = framing.is_chunked;
    connection->bytes_consumed += exchange->head.size_bytes + framing.length_bytes;
    connection->phase = PHASE_BODY;
    connection->deadline_ms = server->now_ms + server->limits.body_ms;
    buffer_init(&exchange->body, exchange->arena,
                framing.length_bytes < 4096 ? framing.length_bytes : 4096);
    return MHD_YES;
}

static void request_body(Connection *connection, const char *bytes, size_t size_bytes)
{
    Exchange *exchange = connection->exchange;

    if (size_bytes > connection->listener->server->limits.body_bytes - exchange->body.size_bytes)
        connection_refuse(connection, 413, "the body is too large");
    else
        buffer_add_bytes(&exchange->body, bytes, size_bytes);
}

/* The request is whole, but it is handed over only at the library's next call: if it were suspended
 * while the library means to read, the library would read before it sends the answer, find the end
 * of a client that closed its half after the request, and drop the answer. Left alone once, it
 * stops meaning to read. */
static void request_whole(Connection *connection)
{
    Exchange *exchange = connection->exchange;

    exchange->arrived_us = clock_monotonic_us();
    connection->phase = PHASE_WHOLE;
    /* The library ends a trailer section early at a line without a name, and would take what
     * follows for another request. */
    if (exchange->is_chunked &&
        MHD_get_connection_values_n(connection->library, MHD_FOOTER_KIND, NULL, NULL) > 0)
        exchange->is_closing = true;
}

static void request_hand_over(Connection *connection)
{
    const HttpHandler *handler = connection->listener->handler;

    connection->phase = PHASE_TAKEN;
    connection->exchange->is_handled = true;
    MHD_suspend_connection(connection->library);
    handler->handle(connection->exchange, handler->state);
}

/* NOLINTNEXTLINE(readability-function-size): the library decides on the parameters */
enum MHD_Result request_part(void *listener, struct MHD_Connection *library, const char *url,
                             const char *method, const char *version, const char *bytes,
                             size_t *size_bytes, void **unused)
{
    Connection *connection = connection_of(library);
    size_t part_bytes = *size_bytes;

    (void)listener;
    (void)url;
    (void)unused;
    *size_bytes = 0;
    if (connection->phase == PHASE_HEADER)
        return request_head(connection, method, version);
    if (connection->phase == PHASE_BODY && part_bytes > 0)
        request_body(connection, bytes, part_bytes);
    else if (connection->phase == PHASE_BODY)
        request_whole(connection);
    else if (connection->phase == PHASE_WHOLE)
        request_hand_over(connection);
    else if (part_bytes == 0) {
        connection_discard(connection);
        return MHD_NO;
    }
    return MHD_YES;
}

/* What came with chunks has no length that we could count, and what stands behind a last request
 * was thrown away. */
static void request_settle(Connection *connection, const Exchange *exchange)
{
    HttpServer *server = connection->listener->server;

    if (exchange->is_chunked || exchange->is_closing)
        connection->bytes_consumed = connection_received(connection);
    connection->phase = PHASE_IDLE;
    connection->since_ms = server->now_ms;
    connection->deadline_ms = server->now_ms + server->limits.idle_ms;
}

void request_over(void *listener, struct MHD_Connection *library, void **unused,
                  enum MHD_RequestTerminationCode code)
{
    Connection *connection = connection_of(library);
    Exchange *exchange = connection->exchange;
    bool is_sent =
        connection->phase == PHASE_SENDING && code == MHD_REQUEST_TERMINATED_COMPLETED_OK;

    (void)unused;
    connection_forget_target(connection);
    if (!exchange)
        return;
    if (is_sent && exchange->is_closing)
        connection_discard(connection);
    if (is_sent)
        request_settle(connection, exchange);
    exchange_finish(exchange, is_sent);
    connection->exchange = NULL;
    exchange_release(((Listener *)listener)->server, exchange);
}
