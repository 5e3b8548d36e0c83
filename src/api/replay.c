/* SPDX-License-Identifier: Apache-2.0 */
/* Where a caller's idempotency key may stand, and what is done with it (reliability §3.3 layer 1).
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#include "api/answer.h"
#include "domain/idempotency.h"
#include "model/limits.h"

/* Both stand in bodies of other pages of the platform. */
typedef struct BodyKeys {
    const char *uuid;
    const char *client_token;
} BodyKeys;

static const Field body_keys[] = {
    FIELD(BodyKeys, uuid, JSON_TEXT, 0, .about = "idempotency key"),
    FIELD(BodyKeys, client_token, JSON_TEXT, 0, .about = "idempotency key"),
    FIELDS_END,
};

/* The IETF draft quotes the header's value; most callers don't. */
static const char *unquote(Arena *arena, const char *text)
{
    size_t size = text ? strlen(text) : 0;

    if (size >= 2 && text[0] == '"' && text[size - 1] == '"')
        return arena_copy(arena, text + 1, size - 2);
    return text;
}

static int take_key(Call *call, const char *key, const char **ret_key)
{
    if (!text_is_visible_ascii(key, 1, IDEMPOTENCY_KEY_MOST))
        return fail_field(&call->failure, E_INVALID, "Idempotency-Key", NULL,
                          "an idempotency key has 1 to %d visible ASCII characters",
                          IDEMPOTENCY_KEY_MOST);
    if (*ret_key && !text_equal(*ret_key, key))
        return fail_field(&call->failure, E_INVALID, "Idempotency-Key", NULL,
                          "the request carries two different idempotency keys");
    *ret_key = key;
    return 0;
}

/* A header that is there but empty is a mistake. */
static int read_header_keys(Call *call, const char **ret_key)
{
    const char *value;
    size_t place = 0;
    int r = 0;

    while (r == 0 && (value = exchange_header_next(call->exchange, "Idempotency-Key", &place)))
        r = take_key(call, unquote(call->arena, value), ret_key);
    return r;
}

/* Here and in the body an empty text is what client libraries send for "none". */
static int read_query_keys(Call *call, const char *name, const char **ret_key)
{
    const char *value;
    size_t place = 0;
    int r = 0;

    while (r == 0 && (value = exchange_parameter_next(call->exchange, name, &place)))
        r = text_is_empty(value) ? 0 : take_key(call, value, ret_key);
    return r;
}

static int read_body_keys(Call *call, const char **ret_key)
{
    BodyKeys body = { 0 };
    int r;

    r = json_read(call->body, body_keys, &body, call->arena, &call->failure);
    if (r >= 0 && !text_is_empty(body.uuid))
        r = take_key(call, body.uuid, ret_key);
    if (r >= 0 && !text_is_empty(body.client_token))
        r = take_key(call, body.client_token, ret_key);
    return r;
}

/* The one key of the request, or NULL, however often and wherever it stands. */
static int read_key(Call *call, const char **ret_key)
{
    static const char *const names[] = { "uuid", "client_token", "idempotency_key" };
    int r;

    *ret_key = NULL;
    r = read_header_keys(call, ret_key);
    for (size_t i = 0; r == 0 && i < COUNT_OF(names); i++)
        r = read_query_keys(call, names[i], ret_key);
    return r == 0 ? read_body_keys(call, ret_key) : r;
}

/* What a body of answer_error() or call_reply() says: both begin so. */
static int code_of(const char *body)
{
    static const char head[] = "{\"code\":";

    return text_starts_with(body, head) ? (int)strtol(body + sizeof(head) - 1, NULL, 10) : 0;
}

static void answer_again(Call *call, const KeptAnswer *kept)
{
    Buffer body;

    buffer_init(&body, call->arena, strlen(kept->body) + 1);
    buffer_add(&body, kept->body);
    answer_json(call, kept->http_status, code_of(kept->body), &body);
    exchange_set_header(call->exchange, "Idempotency-Replayed", "true");
}

/* However the caller spelt it: the route and what stands in it. */
static const char *path_of(Call *call)
{
    const char *path = call->route->path;

    for (size_t i = 0; i < PATH_VALUES_MOST && call->path_values[i]; i++)
        path = arena_print(call->arena, "%s/%s", path, call->path_values[i]);
    return path;
}

int call_find_key(Call *call)
{
    int r = read_key(call, &call->key);

    return r < 0 ? r : call->key != NULL;
}

int call_replay(Call *call, const char *fingerprint)
{
    const char *key_hash =
        idempotency_key_hash(&call->work, call->route->method, path_of(call), call->key);
    KeptAnswer kept;
    int r;

    r = idempotency_find(&call->work, key_hash, fingerprint, &kept);
    if (r > 0)
        answer_again(call, &kept);
    if (r != 0)
        return r;
    call->key_hash = key_hash;
    call->fingerprint = fingerprint;
    return 0;
}

static int keep_answer(Call *call, const Work *work)
{
    KeptAnswer answer = { call->fingerprint, exchange_status(call->exchange), call->answer };

    return idempotency_keep(work, call->key_hash, &answer);
}

int call_keep(Call *call)
{
    return call->key_hash ? keep_answer(call, &call->work) : 0;
}

int call_keep_failure(Call *call)
{
    int code = call->failure.code;
    Failure failure = { 0 }; /* the call's own is for the log */
    Work work = call->work;

    if (!call->key_hash || code == E_FAULT || code == E_UNAVAILABLE || code == E_FULL)
        return 0;
    work.failure = &failure;
    return keep_answer(call, &work);
}
