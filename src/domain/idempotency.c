/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/idempotency.h"

#include <string.h>

#include "base/buffer.h"
#include "base/text.h"

const char *idempotency_key_hash(const Work *work, const char *method, const char *path,
                                 const char *key)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    char text[2 * CRYPTO_HASH_BYTES + 1];
    /* No person has an id that an app could have (domain/user.c). */
    const char *caller = work->app ? work->app->app_id : work->user->kunlun_id;
    /* Only the path can hold a line feed, and it stands between parts that can't. */
    const char *whole = arena_print(work->arena, "%s\n%s\n%s\n%s", caller, method, path, key);

    crypto_hash(work->rules->master_key, "idempotency", whole, strlen(whole), hash);
    hex_print(hash, sizeof(hash), text);
    return arena_text(work->arena, text);
}

/* With its length in front, so that no two lists of texts look alike. NULL is not "". */
static void add_part(Buffer *whole, const char *text)
{
    buffer_add_integer(whole, text ? (int64_t)strlen(text) : -1);
    buffer_add_char(whole, ':');
    buffer_add(whole, text ? text : "");
}

const char *idempotency_fingerprint(const Work *work, const char *const *parts, size_t count)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    char text[2 * CRYPTO_HASH_BYTES + 1];
    Buffer whole;

    buffer_init(&whole, work->arena, 512);
    for (size_t i = 0; i < count; i++)
        add_part(&whole, parts[i]);
    crypto_hash(work->rules->master_key, "fingerprint", whole.text, whole.size_bytes, hash);
    hex_print(hash, sizeof(hash), text);
    return arena_text(work->arena, text);
}

int idempotency_find(const Work *work, const char *key_hash, const char *fingerprint,
                     KeptAnswer *ret_answer)
{
    KeptAnswer answer;
    int r;

    r = kept_answer_find(work->store, work->tenant->tenant_id, key_hash,
                         work->now_ms - work->rules->idempotency_keep_ms, work->arena, &answer,
                         work->failure);
    if (r <= 0)
        return r;
    if (!text_equal(answer.fingerprint, fingerprint))
        return fail_field(work->failure, E_CONFLICT, "Idempotency-Key", NULL,
                          "this key was used for another request");
    *ret_answer = answer;
    return 1;
}

int idempotency_keep(const Work *work, const char *key_hash, const KeptAnswer *answer)
{
    return kept_answer_put(work->store, work->tenant->tenant_id, key_hash, answer, work->now_ms,
                           work->failure);
}

int idempotency_prune(const Work *work)
{
    return kept_answer_prune(work->store, work->now_ms - work->rules->idempotency_keep_ms,
                             work->failure);
}
