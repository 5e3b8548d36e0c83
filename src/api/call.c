/* SPDX-License-Identifier: Apache-2.0 */
/* A call's beginning, and how its answer is written. */
#include "api/call.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/text.h"

#include "api/answer.h"
#include "api/web_file.h"

enum { PARSED_AHEAD_BYTES_MOST = 4096 };

static const char json_type[] = "application/json; charset=utf-8"; /* contract §0, rule 1 */

/* YYYYMMDDhhmmss and 20 upper hex digits (contract §4.1). */
static void make_log_id(int64_t wall_ms, char ret_log_id[LOG_ID_BYTES])
{
    uint8_t bytes[10];

    clock_print_stamp(wall_ms, ret_log_id);
    random_bytes(bytes, sizeof(bytes));
    hex_print(bytes, sizeof(bytes), ret_log_id + CLOCK_STAMP_BYTES - 1);
    for (char *at = ret_log_id + CLOCK_STAMP_BYTES - 1; *at; at++)
        *at = (char)toupper((unsigned char)*at);
}

Call *call_open(Exchange *exchange, int64_t wall_ms)
{
    Call *call = arena_alloc(exchange_arena(exchange), sizeof(*call));

    call->exchange = exchange;
    call->arena = exchange_arena(exchange);
    call->work.now_ms = wall_ms;
    make_log_id(wall_ms, call->log_id);
    exchange_set_header(exchange, "X-Tt-Logid", call->log_id); /* §0 rule 7: spelled so */
    exchange_set_header(exchange, "X-Request-Id", call->log_id);
    exchange_set_header(exchange, "X-Content-Type-Options", "nosniff");
    exchange_set_header(exchange, "Cache-Control", "no-store");
    exchange_set_state(exchange, call);
    return call;
}

/* A small body is read here, beside the one writer that all calls wait for; a large one would hold
 * up the loop. Whether it may be read at all, and what is wrong with it, is told in its turn. */
static void parse_ahead(Call *call)
{
    Failure unused = { 0 };
    size_t size_bytes;
    const char *bytes = exchange_body(call->exchange, &size_bytes);

    if (call->route->body && size_bytes <= PARSED_AHEAD_BYTES_MOST)
        json_parse(bytes, size_bytes, call->arena, &call->body, &unused);
}

int call_route(Call *call)
{
    static const char text[] = "404 page not found";

    call->route = route_find(exchange_method(call->exchange), exchange_path(call->exchange),
                             call->arena, call->path_values);
    if (call->route) {
        parse_ahead(call);
        return 0;
    }
    if (web_file_answer(call))
        return E_NOT_FOUND;
    exchange_set_status(call->exchange, 404);
    exchange_set_header(call->exchange, "Content-Type", "text/plain");
    exchange_set_body(call->exchange, text, sizeof(text) - 1);
    return E_NOT_FOUND;
}

const char *call_path(const Call *call, size_t index)
{
    assert(index < PATH_VALUES_MOST && call->path_values[index]);
    return call->path_values[index];
}

int call_read_body(Call *call, void *ret_struct)
{
    return json_read(call->body, call->route->body, ret_struct, call->arena, &call->failure);
}

int call_read_query(Call *call, void *ret_struct)
{
    for (const Field *field = call->route->query; field->name; field++) {
        const char *value = exchange_parameter(call->exchange, field->name);

        assert(field->kind == JSON_TEXT);
        if (text_is_empty(value) && field->flags & FIELD_REQUIRED)
            return fail_field(&call->failure, E_INVALID, field->name, NULL, "%s is required",
                              field->name);
        if (!text_is_empty(value))
            memcpy((char *)ret_struct + field->offset, &value, sizeof(value));
    }
    return 0;
}

/* ---- the answer ---------------------------------------------------------------------------------
 */

void answer_json(Call *call, int status, int wire_code, const Buffer *body)
{
    call->wire_code = wire_code;
    exchange_set_status(call->exchange, status);
    exchange_set_header(call->exchange, "Content-Type", json_type);
    exchange_set_body(call->exchange, body->text, body->size_bytes);
    call->answer = body->text;
}

int call_reply(Call *call, const Field *fields, const void *source)
{
    Buffer body;

    buffer_init(&body, call->arena, 512);
    buffer_add(&body, "{\"code\":0,\"msg\":\"success\",\"data\":");
    json_print(&body, fields, source);
    buffer_add_char(&body, '}');
    answer_json(call, 200, 0, &body);
    return 0;
}

int call_reply_flat(Call *call, const char *msg, const Field *fields, const void *source)
{
    Buffer body, members;

    buffer_init(&members, call->arena, 512);
    json_print(&members, fields, source);
    buffer_init(&body, call->arena, 512);
    buffer_add(&body, "{\"code\":0,\"msg\":");
    buffer_add_quoted(&body, msg);
    if (members.size_bytes > 2) {
        buffer_add_char(&body, ',');
        buffer_add(&body, members.text + 1); /* the members and the closing brace */
    } else {
        buffer_add_char(&body, '}');
    }
    answer_json(call, 200, 0, &body);
    return 0;
}

static void add_member(Buffer *body, const char *name, const char *value)
{
    buffer_add_char(body, ',');
    buffer_add_quoted(body, name);
    buffer_add_char(body, ':');
    buffer_add_quoted(body, value);
}

void answer_error(Call *call, WireError error, const char *message, const char *more)
{
    Buffer body;

    buffer_init(&body, call->arena, 512);
    buffer_add(&body, "{\"code\":");
    buffer_add_integer(&body, error.code);
    add_member(&body, "msg", error.msg);
    buffer_add(&body, ",\"error\":{\"log_id\":");
    buffer_add_quoted(&body, call->log_id);
    if (!text_is_empty(message))
        add_member(&body, "message", message);
    if (more)
        buffer_add(&body, more);
    buffer_add(&body, "}}");
    answer_json(call, error.status, error.code, &body);
    if (error.status == 503)
        exchange_set_header(call->exchange, "Retry-After", "1");
}

int answer_scope_missing(Call *call, const char *scopes, const char *type)
{
    WireError error = gateway_error(SCOPE_MISSING);
    Buffer msg, violations;

    buffer_init(&msg, call->arena, 256);
    buffer_init(&violations, call->arena, 512);
    buffer_add(&msg, error.msg);
    buffer_add_char(&msg, '[');
    buffer_add(&violations, ",\"permission_violations\":[");
    while (*scopes) {
        size_t size = strcspn(scopes, ",");
        const char *scope = arena_copy(call->arena, scopes, size);
        bool is_last = scopes[size] == '\0';

        buffer_print(&msg, is_last ? "%s]" : "%s, ", scope);
        buffer_print(&violations, "{\"type\":\"%s\",\"subject\":\"%s\"}%s", type, scope,
                     is_last ? "]" : ",");
        scopes += size + !is_last;
    }
    error.msg = msg.text;
    call->is_refused = true;
    answer_error(call, error, NULL, violations.text);
    return E_DENIED;
}

/* The token pages' failures: flat, and with an empty data where the platform sends one (contract
 * §2). */
static void answer_auth_failure(Call *call, WireError error)
{
    Buffer body;

    buffer_init(&body, call->arena, 128);
    buffer_add(&body, "{\"code\":");
    buffer_add_integer(&body, error.code);
    if (call->failure.code == E_INVALID)
        buffer_add(&body, ",\"data\":{}");
    add_member(&body, "msg", error.msg);
    buffer_add_char(&body, '}');
    answer_json(call, error.status, error.code, &body);
}

void answer_failure(Call *call)
{
    const Failure *failure = &call->failure;
    WireError error = wire_error(call->route->section, failure,
                                 call->context && call->context->has_verbose_codes);
    Buffer violations;

    if (call->route->section == SECTION_AUTH && error.status == 200) {
        answer_auth_failure(call, error);
        return;
    }
    if (error.status >= 500) { /* ours: nothing of its inside is told */
        answer_error(call, error, NULL, NULL);
        return;
    }
    buffer_init(&violations, call->arena, 256);
    if (failure->field[0]) {
        buffer_add(&violations, ",\"field_violations\":[{\"field\":");
        buffer_add_quoted(&violations, failure->field);
        add_member(&violations, "value", failure->value);
        add_member(&violations, "description", failure->text);
        buffer_add(&violations, "}]");
    }
    answer_error(call, error, failure->text, violations.text);
}

void call_begin_again(Call *call)
{
    static const char *const names[] = { "Idempotency-Replayed", "Retry-After",
                                         "x-ogw-ratelimit-limit", "x-ogw-ratelimit-reset" };

    for (size_t i = 0; i < COUNT_OF(names); i++)
        exchange_set_header(call->exchange, names[i], NULL);
    failure_clear(&call->failure);
    call->is_refused = false;
    call->key = call->key_hash = call->fingerprint = NULL;
}

void call_fail(Call *call, int code)
{
    exchange_set_header(call->exchange, "Idempotency-Replayed", NULL);
    failure_clear(&call->failure);
    fail(&call->failure, code, "the request was not carried out");
    answer_failure(call);
}

void call_refuse(Call *call, int status, const char *why)
{
    answer_error(call, transport_error(status), why, NULL);
}
