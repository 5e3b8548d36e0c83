/* SPDX-License-Identifier: Apache-2.0 */
#include "api/desk.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#include "body_code.h"
#include "domain/token.h"
#include "http/exchange.h"

enum { HEADER_LINES = DESK_HEADERS_MOST + 1 };

void desk_open(Desk *desk, const char *scheme)
{
    Fixture *house = &desk->house;

    fixture_open(house, scheme);
    desk->context = (CallContext){ .store = house->kept.store,
                                   .directory = house->directory,
                                   .ids = &house->ids,
                                   .rules = &house->rules,
                                   .limiter = limiter_new(false) };
    desk->now_ms = FIXTURE_NOW_MS;
    desk->authorization = desk_bearer(desk, &house->work);
}

void desk_close(Desk *desk)
{
    limiter_free(desk->context.limiter);
    fixture_close(&desk->house);
}

const char *desk_bearer(const Desk *desk, const Work *work)
{
    Token token;

    token_issue(&desk->house.rules, TOKEN_TENANT, work->app, work->tenant, desk->now_ms,
                desk->house.kept.arena, &token);
    return arena_print(desk->house.kept.arena, "Bearer %s", token.text);
}

void desk_set_header(Desk *desk, size_t number, const char *name, const char *value)
{
    desk->names[number] = name;
    desk->values[number] = value;
}

/* ---- a request ---- */

static void add_line(Head *head, const char *name, const char *value)
{
    if (name && value)
        head->lines[head->line_count++] = (HeaderLine){ name, value };
}

static void fill(Exchange *exchange, const Desk *desk, const char *method, const char *target,
                 const char *body)
{
    *exchange = (Exchange){ .arena = arena_new(), .head.method = method, .status = 200 };
    exchange->answer_bytes = "";
    exchange->target = target_parse(exchange->arena, target);
    exchange->head.lines = arena_array(exchange->arena, HeaderLine, HEADER_LINES);
    add_line(&exchange->head, "Authorization", desk->authorization);
    for (size_t i = 0; i < DESK_HEADERS_MOST; i++)
        add_line(&exchange->head, desk->names[i], desk->values[i]);
    buffer_init(&exchange->body.bytes, exchange->arena, 64);
    buffer_add(&exchange->body.bytes, body ? body : "");
    exchange->arrived_us = clock_monotonic_us();
}

/* ---- its way ---- */

/* A worker's steps; the fixture's transaction is the batch's. */
static int carry(const Desk *desk, Call *call)
{
    Store *store = desk->house.kept.store;
    Failure failure = { 0 };
    int r;

    if (store_savepoint(store, &failure) < 0)
        abort();
    r = call_run(call, &desk->context);
    if (r > 0) /* prepared by a reader, now for the writer */
        r = call_run(call, &desk->context);
    if (desk->is_run_twice) {
        if (store_rollback_to(store, &failure) < 0 || store_savepoint(store, &failure) < 0)
            abort();
        call_begin_again(call);
        r = call_run(call, &desk->context);
    }
    if (r == 0 ? store_release(store, &failure) < 0 : store_rollback_to(store, &failure) < 0)
        abort();
    if (r < 0 && call->route->access == WRITE && call_keep_failure(call) < 0)
        abort();
    return r;
}

/* ---- its answer ---- */

static void take_answer(Desk *desk, const Exchange *exchange)
{
    Arena *arena = desk->house.kept.arena;
    Buffer head;

    buffer_init(&head, arena, 512);
    for (size_t i = 0; i < exchange->answer_header_count; i++)
        if (exchange->answer_values[i]) /* one that was taken back is not sent */
            buffer_print(&head, "\n%s: %s\n", exchange->answer_names[i],
                         exchange->answer_values[i]);
    desk->head = head.text;
    desk->status = exchange->status;
    desk->body = arena_copy(arena, exchange->answer_bytes, exchange->answer_size_bytes);
    desk->code = body_code(arena, desk->body);
}

void desk_ask(Desk *desk, const char *method, const char *target, const char *body)
{
    Exchange exchange;
    Call *call;

    fill(&exchange, desk, method, target, body);
    call = call_open(&exchange, desk->now_ms);
    desk->result = call_route(call);
    if (desk->result == 0)
        desk->result = carry(desk, call);
    take_answer(desk, &exchange);
    desk->call = *call;
    arena_free(exchange.arena);
}

const char *desk_member(const Desk *desk, const char *name)
{
    Arena *arena = desk->house.kept.arena;
    const char *mark = arena_print(arena, "\"%s\":\"", name), *at = strstr(desk->body, mark);

    at = at ? at + strlen(mark) : NULL;
    return at ? arena_copy(arena, at, strcspn(at, "\"")) : NULL;
}

const char *desk_header(const Desk *desk, const char *name)
{
    Arena *arena = desk->house.kept.arena;
    const char *mark = arena_print(arena, "\n%s: ", name), *at = strstr(desk->head, mark);

    at = at ? at + strlen(mark) : NULL;
    return at ? arena_copy(arena, at, strcspn(at, "\n")) : NULL;
}

int desk_count_headers(const Desk *desk, const char *name)
{
    const char *mark = arena_print(desk->house.kept.arena, "\n%s: ", name);
    int count = 0;

    for (const char *at = desk->head; (at = strstr(at, mark)); at++)
        count++;
    return count;
}
