/* SPDX-License-Identifier: Apache-2.0 */
#include "http/exchange.h"

#include <assert.h>
#include <stdlib.h>

#include "base/text.h"

/* One request and its answer: what the contract lets a handler see and set. */

Exchange *exchange_acquire(Connection *connection)
{
    HttpServer *server = connection->listener->server;
    Exchange *exchange = server->pool;

    if (exchange) {
        server->pool = exchange->next;
        server->pool_count--;
    } else {
        exchange = calloc(1, sizeof(*exchange));
        if (!exchange)
            abort();
        exchange->arena = arena_new();
    }
    *exchange = (Exchange){ .arena = exchange->arena, .connection = connection, .status = 200 };
    exchange->answer_bytes = "";
    return exchange;
}

void exchange_release(HttpServer *server, Exchange *exchange)
{
    if (server->pool_count >= EXCHANGES_KEPT_MOST) {
        arena_free(exchange->arena);
        free(exchange);
        return;
    }
    arena_reset(exchange->arena);
    exchange->next = server->pool;
    server->pool = exchange;
    server->pool_count++;
}

void exchange_pool_free(HttpServer *server)
{
    while (server->pool) {
        Exchange *exchange = server->pool;

        server->pool = exchange->next;
        arena_free(exchange->arena);
        free(exchange);
    }
}

void exchange_finish(Exchange *exchange, bool is_sent)
{
    const HttpHandler *handler = exchange->connection->listener->handler;

    if (exchange->is_handled && handler->done)
        handler->done(exchange, is_sent, handler->state);
    exchange->is_handled = false;
}

const char *exchange_method(const Exchange *exchange)
{
    return exchange->head.method;
}

const char *exchange_path(const Exchange *exchange)
{
    return exchange->target.path;
}

const char *exchange_header(const Exchange *exchange, const char *name)
{
    const HeaderLine *line = head_find(&exchange->head, name);

    return line ? line->value : NULL;
}

const char *exchange_parameter(const Exchange *exchange, const char *name)
{
    return target_parameter(exchange->arena, &exchange->target, name);
}

const char *exchange_header_next(const Exchange *exchange, const char *name, size_t *place)
{
    const HeaderLine *line = head_find_next(&exchange->head, name, place);

    return line ? line->value : NULL;
}

const char *exchange_parameter_next(const Exchange *exchange, const char *name, size_t *place)
{
    return target_parameter_next(exchange->arena, &exchange->target, name, place);
}

bool exchange_query_is_sound(const Exchange *exchange)
{
    return target_query_is_sound(exchange->arena, &exchange->target);
}

const char *exchange_body(const Exchange *exchange, size_t *ret_size_bytes)
{
    if (ret_size_bytes)
        *ret_size_bytes = exchange->body.bytes.size_bytes;
    return exchange->body.bytes.text ? exchange->body.bytes.text : "";
}

const char *exchange_peer(const Exchange *exchange)
{
    return exchange->connection->peer;
}

int64_t exchange_arrived_us(const Exchange *exchange)
{
    return exchange->arrived_us;
}

Arena *exchange_arena(Exchange *exchange)
{
    return exchange->arena;
}

void exchange_set_state(Exchange *exchange, void *state)
{
    exchange->state = state;
}

void *exchange_state(const Exchange *exchange)
{
    return exchange->state;
}

void exchange_set_status(Exchange *exchange, int status)
{
    assert(status >= 200 && status <= 999);
    exchange->status = status;
}

void exchange_set_header(Exchange *exchange, const char *name, const char *value)
{
    size_t i = 0;

    while (i < exchange->answer_header_count && !text_equal(exchange->answer_names[i], name))
        i++;
    if (i == exchange->answer_header_count) {
        if (!value)
            return;
        assert(i < HTTP_ANSWER_HEADERS_MOST);
        exchange->answer_names[i] = name;
        exchange->answer_header_count++;
    }
    exchange->answer_values[i] = value;
}

void exchange_set_body(Exchange *exchange, const char *bytes, size_t size_bytes)
{
    exchange->answer_bytes = bytes;
    exchange->answer_size_bytes = size_bytes;
}

int exchange_status(const Exchange *exchange)
{
    return exchange->status;
}

size_t exchange_answer_bytes(const Exchange *exchange)
{
    return exchange->answer_size_bytes;
}
