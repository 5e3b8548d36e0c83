/* SPDX-License-Identifier: Apache-2.0 */
/* The straight line of a call on its worker: token → scope → rate → JSON → handler (decision 4). */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/words.h"

#include "api/answer.h"
#include "api/web.h"
#include "domain/page_session.h"
#include "domain/token.h"

static int refuse(Call *call, GatewayError error)
{
    call->is_refused = true;
    answer_error(call, gateway_error(error), NULL, NULL);
    return E_DENIED;
}

static int check_token(Call *call)
{
    static const char prefix[] = "Bearer ";
    const char *header, *token;

    if (call->route->token != TENANT_TOKEN)
        return 0;
    header = exchange_header(call->exchange, "Authorization");
    if (!header || !text_starts_with(header, prefix) || header[sizeof(prefix) - 1] == '\0')
        return refuse(call, TOKEN_MISSING);
    token = header + sizeof(prefix) - 1;
    if (text_starts_with(token, "u-") || text_starts_with(token, "eyJ"))
        return refuse(call, TOKEN_OF_USER);
    if (!text_starts_with(token, "t-"))
        return refuse(call, TOKEN_MALFORMED);
    if (token_check(call->work.rules, call->context->tokens, call->work.directory, TOKEN_TENANT,
                    token, call->work.now_ms, &call->work.app, &call->work.tenant) < 0)
        return refuse(call, TOKEN_INVALID);
    call->app_id = arena_text(call->arena, call->work.app->app_id);
    return 0;
}

/* ---- the page's person --------------------------------------------------------------------------
 */

/* The value of the page's cookie, or NULL. */
static const char *session_token(const Call *call)
{
    const char *cookies = exchange_header(call->exchange, "Cookie");
    size_t name_bytes = strlen(WEB_COOKIE "=");

    while (cookies && *cookies) {
        size_t size = strcspn(cookies, ";");

        if (strncmp(cookies, WEB_COOKIE "=", name_bytes) == 0)
            return arena_copy(call->arena, cookies + name_bytes, size - name_bytes);
        cookies += size;
        cookies += strspn(cookies, "; ");
    }
    return NULL;
}

static int check_session(Call *call)
{
    const char *token;
    int r = 0;

    if (call->route->token != SESSION)
        return 0;
    token = session_token(call);
    if (token)
        r = page_session_open(&call->work, token, &call->session, &call->work.tenant, &call->user);
    if (r == 0)
        return fail(&call->failure, E_UNAUTHENTICATED, "nobody is signed in here");
    if (r < 0)
        return r;
    call->work.user = &call->user;
    return 0;
}

/* A change must come from the page itself: browsers say on whose behalf they send. */
static int check_sender(Call *call)
{
    const char *origin = exchange_header(call->exchange, "Origin");
    const char *site = exchange_header(call->exchange, "Sec-Fetch-Site");
    const char *host = exchange_header(call->exchange, "Host");
    const char *type = exchange_header(call->exchange, "Content-Type");
    const char *authority = origin ? strstr(origin, "://") : NULL;

    if (!authority || !text_equal(authority + 3, host) ||
        (site && !text_equal(site, "same-origin")))
        return fail_field(&call->failure, E_DENIED, "Origin", origin,
                          "a change must come from the page itself");
    if (!type || !text_starts_with(type, "application/json"))
        return fail_field(&call->failure, E_INVALID, "Content-Type", type,
                          "Content-Type is application/json");
    return 0;
}

static int check_origin(Call *call)
{
    if (call->route->section != SECTION_WEB || text_equal(call->route->method, "GET"))
        return 0;
    return check_sender(call);
}

static int check_scope(Call *call)
{
    const char *list = call->route->scopes;

    if (call->route->token != TENANT_TOKEN)
        return 0;
    while (*list) {
        size_t size = strcspn(list, ",");

        if (words_hold(call->work.app->scopes, arena_copy(call->arena, list, size)))
            return 0;
        list += size + (list[size] == ',');
    }
    return answer_scope_missing(call, call->route->scopes, "action_scope_required");
}

/* The documented body has only code and msg (contract §4.3); Retry-After is ours (reliability D4).
 */
static int check_rate(Call *call)
{
    WireError error = gateway_error(RATE_LIMITED);
    int64_t limit, reset_s;
    const char *reset;
    Buffer body;

    if (call->route->token != TENANT_TOKEN || call->is_counted)
        return 0;
    call->is_counted =
        limiter_count(call->context->limiter, call->route, call->work.app, call->work.tenant,
                      clock_monotonic_ms(), &limit, &reset_s) == 0;
    if (call->is_counted)
        return 0;
    buffer_init(&body, call->arena, 128);
    buffer_print(&body, "{\"code\":%d,\"msg\":\"%s\"}", error.code, error.msg);
    answer_json(call, error.status, error.code, &body);
    reset = arena_print(call->arena, "%lld", (long long)reset_s);
    exchange_set_header(call->exchange, "x-ogw-ratelimit-limit",
                        arena_print(call->arena, "%lld", (long long)limit));
    exchange_set_header(call->exchange, "x-ogw-ratelimit-reset", reset);
    exchange_set_header(call->exchange, "Retry-After", reset);
    call->is_refused = true;
    return E_LIMITED;
}

/* A parameter that can't be read must not pass for one that isn't there: it may be an idempotency
 * key. */
static int check_query(Call *call)
{
    if (call->route->is_keyed && !exchange_query_is_sound(call->exchange))
        return fail_field(&call->failure, E_INVALID, "query", NULL,
                          "the query can't be decoded to UTF-8 without NUL");
    return 0;
}

static int parse_body(Call *call)
{
    size_t size;
    const char *bytes = exchange_body(call->exchange, &size);
    Failure failure = { 0 };

    if (!call->route->body) /* a body that no page speaks of is let be: clients send {} with GET */
        return 0;
    if (!call->body && json_parse(bytes, size, call->arena, &call->body, &failure) < 0)
        return fail_field(&call->failure, E_INVALID, "body", NULL, "the body is %s", failure.text);
    if (!json_is_object(call->body))
        return fail_field(&call->failure, E_INVALID, "body", NULL, "the body is not a JSON object");
    return 0;
}

bool call_is_write(const Call *call)
{
    return call->route->access == WRITE && (!call->route->prepare || call->is_prepared);
}

/* What the route does. */
static int carry(Call *call)
{
    int r;

    if (!call->route->prepare || call->is_prepared) {
        r = call->route->handle(call);
        if (r >= 0 && call->route->token == SESSION && call->route->access == WRITE)
            r = page_session_touch(&call->work, &call->session);
        return r;
    }
    r = call->route->prepare(call);
    if (r < 0)
        return r;
    call->is_prepared = true;
    return 1;
}

int call_run(Call *call, const CallContext *context)
{
    int r;

    call->context = context;
    call->work = (Work){ .store = context->store,
                         .arena = call->arena,
                         .failure = &call->failure,
                         .ids = context->ids,
                         .directory = context->directory,
                         .rules = context->rules,
                         .now_ms = call->work.now_ms,
                         .log_id = call->log_id };
    r = check_token(call);
    if (r >= 0)
        r = check_origin(call);
    if (r >= 0)
        r = check_session(call);
    if (r >= 0)
        r = check_scope(call);
    if (r >= 0)
        r = check_rate(call);
    if (r >= 0)
        r = parse_body(call);
    if (r >= 0)
        r = check_query(call);
    if (r >= 0)
        r = carry(call);
    if (r < 0 && !call->is_refused)
        answer_failure(call);
    return r;
}
