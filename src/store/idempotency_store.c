/* SPDX-License-Identifier: Apache-2.0 */
#include "store/idempotency_store.h"

#include "db/db.h"
#include "model/limits.h"

int kept_answer_find(Store *store, int64_t tenant_id, const char *key_hash, int64_t since_ms,
                     Arena *arena, KeptAnswer *ret_answer, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_named(store,
                          "SELECT fingerprint, http_status, body FROM idempotency "
                          "WHERE tenant_id = $1 AND key_hash = $2 AND created_ms >= $3",
                          tenant_id, key_hash, &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 3, since_ms);
    r = query_step(query, failure);
    if (r > 0)
        *ret_answer = (KeptAnswer){ .fingerprint = arena_text(arena, query_text(query, 0)),
                                    .http_status = (int)query_integer(query, 1),
                                    .body = arena_text(arena, query_text(query, 2)) };
    return r;
}

int kept_answer_put(Store *store, int64_t tenant_id, const char *key_hash, const KeptAnswer *answer,
                    int64_t now_ms, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO idempotency (tenant_id, key_hash, fingerprint, http_status, body, "
                 "created_ms) VALUES ($1, $2, $3, $4, $5, $6) "
                 "ON CONFLICT (tenant_id, key_hash) DO UPDATE SET fingerprint = $3, "
                 "http_status = $4, body = $5, created_ms = $6",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, key_hash);
    query_bind_text(query, 3, answer->fingerprint);
    query_bind_integer(query, 4, answer->http_status);
    query_bind_text(query, 5, answer->body);
    query_bind_integer(query, 6, now_ms);
    return query_step(query, failure);
}

/* 1 when there is an answer that was made before before_ms, or 0. */
static int has_older(Store *store, int64_t before_ms, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db, "SELECT 1 FROM idempotency WHERE created_ms < $1 LIMIT 1", &query,
                 failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, before_ms);
    return query_step(query, failure);
}

int kept_answer_prune(Store *store, int64_t before_ms, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "DELETE FROM idempotency WHERE (tenant_id, key_hash) IN "
                 "(SELECT tenant_id, key_hash FROM idempotency WHERE created_ms < $1 "
                 "ORDER BY created_ms LIMIT $2)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, before_ms);
    query_bind_integer(query, 2, IDEMPOTENCY_PRUNE_ROWS);
    r = query_step(query, failure);
    return r < 0 ? r : has_older(store, before_ms, failure);
}
