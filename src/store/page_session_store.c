/* SPDX-License-Identifier: Apache-2.0 */
#include "store/page_session_store.h"

#include "db/db.h"
#include "model/limits.h"

/* ---- passwords ---- */

int password_find(Store *store, int64_t tenant_id, const char *kunlun_id, Arena *arena,
                  Password *ret_password, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_named(store,
                          "SELECT password_hash, failed_count, failed_ms FROM user_password "
                          "WHERE tenant_id = $1 AND kunlun_id = $2",
                          tenant_id, kunlun_id, &query, failure);
    if (r < 0)
        return r;
    r = query_step(query, failure);
    if (r > 0)
        *ret_password = (Password){ .password_hash = arena_text(arena, query_text(query, 0)),
                                    .failed_count = query_integer(query, 1),
                                    .failed_ms = query_integer(query, 2) };
    return r;
}

int password_put(Store *store, int64_t tenant_id, const char *kunlun_id, const Password *password,
                 Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO user_password (tenant_id, kunlun_id, password_hash, failed_count, "
                 "failed_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, kunlun_id) "
                 "DO UPDATE SET password_hash = $3, failed_count = $4, failed_ms = $5",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, kunlun_id);
    query_bind_text(query, 3, password->password_hash);
    query_bind_integer(query, 4, password->failed_count);
    query_bind_integer(query, 5, password->failed_ms);
    return query_step(query, failure);
}

/* ---- links ---- */

int sign_in_link_insert(Store *store, int64_t tenant_id, const char *kunlun_id,
                        const char *link_hash, int64_t expires_ms, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO sign_in_link (link_hash, tenant_id, kunlun_id, expires_ms) "
                 "VALUES ($1, $2, $3, $4)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_text(query, 1, link_hash);
    query_bind_integer(query, 2, tenant_id);
    query_bind_text(query, 3, kunlun_id);
    query_bind_integer(query, 4, expires_ms);
    return query_step(query, failure);
}

static int delete_link(Store *store, const char *link_hash, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(store->db, "DELETE FROM sign_in_link WHERE link_hash = $1", &query, failure);

    if (r < 0)
        return r;
    query_bind_text(query, 1, link_hash);
    return query_step(query, failure);
}

int sign_in_link_take(Store *store, const char *link_hash, int64_t now_ms, Arena *arena,
                      int64_t *ret_tenant_id, const char **ret_kunlun_id, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "SELECT tenant_id, kunlun_id FROM sign_in_link "
                 "WHERE link_hash = $1 AND expires_ms > $2",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_text(query, 1, link_hash);
    query_bind_integer(query, 2, now_ms);
    r = query_step(query, failure);
    if (r <= 0)
        return r;
    *ret_tenant_id = query_integer(query, 0);
    *ret_kunlun_id = arena_text(arena, query_text(query, 1));
    r = delete_link(store, link_hash, failure);
    return r < 0 ? r : 1;
}

/* ---- sessions ---- */

int page_session_insert(Store *store, const PageSession *session, const char *token_hash,
                        Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(
        store->db,
        "INSERT INTO page_session (token_hash, session_id, tenant_id, kunlun_id, created_ms, "
        "seen_ms, user_agent, is_acted) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &query, failure);
    if (r < 0)
        return r;
    query_bind_text(query, 1, token_hash);
    query_bind_text(query, 2, session->session_id);
    query_bind_integer(query, 3, session->tenant_id);
    query_bind_text(query, 4, session->kunlun_id);
    query_bind_integer(query, 5, session->created_ms);
    query_bind_integer(query, 6, session->seen_ms);
    query_bind_text(query, 7, session->user_agent);
    query_bind_integer(query, 8, session->is_acted);
    return query_step(query, failure);
}

#define SESSION_COLUMNS \
    "SELECT session_id, tenant_id, kunlun_id, created_ms, seen_ms, user_agent, is_acted "

static void session_from_row(Query *query, Arena *arena, PageSession *ret_session)
{
    *ret_session = (PageSession){ .session_id = arena_text(arena, query_text(query, 0)),
                                  .tenant_id = query_integer(query, 1),
                                  .kunlun_id = arena_text(arena, query_text(query, 2)),
                                  .created_ms = query_integer(query, 3),
                                  .seen_ms = query_integer(query, 4),
                                  .user_agent = arena_text(arena, query_text(query, 5)),
                                  .is_acted = query_integer(query, 6) != 0 };
}

int page_session_find(Store *store, const char *token_hash, int64_t since_ms, Arena *arena,
                      PageSession *ret_session, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 SESSION_COLUMNS "FROM page_session WHERE token_hash = $1 AND created_ms >= $2",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_text(query, 1, token_hash);
    query_bind_integer(query, 2, since_ms);
    r = query_step(query, failure);
    if (r > 0)
        session_from_row(query, arena, ret_session);
    return r;
}

int page_session_lives(Store *store, const char *session_id, int64_t since_ms, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "SELECT 1 FROM page_session JOIN kunlun_user USING (tenant_id, kunlun_id) "
                 "WHERE session_id = $1 AND created_ms >= $2 AND status = 'active'",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_text(query, 1, session_id);
    query_bind_integer(query, 2, since_ms);
    return query_step(query, failure);
}

int page_session_list(Store *store, int64_t tenant_id, const char *kunlun_id, int64_t since_ms,
                      Arena *arena, PageSession **ret_sessions, size_t *ret_count, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    PageSession *sessions = arena_array(arena, PageSession, SESSIONS_MOST);
    size_t count = 0;
    int r;

    r = store_query_named(store,
                          SESSION_COLUMNS
                          "FROM page_session WHERE tenant_id = $1 AND kunlun_id = $2 "
                          "AND created_ms >= $3 ORDER BY created_ms DESC LIMIT $4",
                          tenant_id, kunlun_id, &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 3, since_ms);
    query_bind_integer(query, 4, SESSIONS_MOST);
    while (count < SESSIONS_MOST && (r = query_step(query, failure)) > 0)
        session_from_row(query, arena, &sessions[count++]);
    if (r < 0)
        return r;
    *ret_sessions = sessions;
    *ret_count = count;
    return 0;
}

int page_session_see(Store *store, const char *session_id, int64_t now_ms, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(store->db, "UPDATE page_session SET seen_ms = $2 WHERE session_id = $1",
                     &query, failure);

    if (r < 0)
        return r;
    query_bind_text(query, 1, session_id);
    query_bind_integer(query, 2, now_ms);
    return query_step(query, failure);
}

int page_session_delete(Store *store, int64_t tenant_id, const char *kunlun_id,
                        const char *session_id, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int64_t changes = store_change_count(store);
    int r;

    r = db_query(
        store->db,
        "DELETE FROM page_session WHERE session_id = $1 AND tenant_id = $2 AND kunlun_id = $3",
        &query, failure);
    if (r < 0)
        return r;
    query_bind_text(query, 1, session_id);
    query_bind_integer(query, 2, tenant_id);
    query_bind_text(query, 3, kunlun_id);
    r = query_step(query, failure);
    return r < 0 ? r : store_change_count(store) > changes;
}

int page_session_keep_newest(Store *store, int64_t tenant_id, const char *kunlun_id, int64_t most,
                             Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_named(
        store,
        "DELETE FROM page_session WHERE tenant_id = $1 AND kunlun_id = $2 AND session_id IN "
        "(SELECT session_id FROM page_session WHERE tenant_id = $1 AND kunlun_id = $2 "
        "ORDER BY created_ms DESC LIMIT $4 OFFSET $3)",
        tenant_id, kunlun_id, &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 3, most);
    query_bind_integer(query, 4, SESSION_PRUNE_ROWS);
    return query_step(query, failure);
}

static int prune_links(Store *store, int64_t now_ms, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(store->db, "DELETE FROM sign_in_link WHERE expires_ms <= $1", &query, failure);

    if (r < 0)
        return r;
    query_bind_integer(query, 1, now_ms);
    return query_step(query, failure);
}

int page_session_prune(Store *store, int64_t before_ms, int64_t now_ms, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int64_t changes;
    int r = prune_links(store, now_ms, failure);

    if (r >= 0)
        r = db_query(
            store->db,
            "DELETE FROM page_session WHERE token_hash IN (SELECT token_hash FROM page_session "
            "WHERE created_ms < $1 ORDER BY created_ms LIMIT $2)",
            &query, failure);
    if (r < 0)
        return r;
    changes = store_change_count(store);
    query_bind_integer(query, 1, before_ms);
    query_bind_integer(query, 2, SESSION_PRUNE_ROWS);
    r = query_step(query, failure);
    return r < 0 ? r : store_change_count(store) - changes >= SESSION_PRUNE_ROWS;
}
