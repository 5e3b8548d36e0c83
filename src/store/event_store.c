/* SPDX-License-Identifier: Apache-2.0 */
#include "store/event_store.h"

#include "db/db.h"

int event_insert(Store *store, int64_t tenant_id, const Event *event, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO event (event_number, tail, tenant_id, event_type, app_id, actor_id, "
                 "subject_number, body, created_ms, log_id) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, event->id.number);
    query_bind_integer(query, 2, event->id.tail);
    query_bind_integer(query, 3, tenant_id);
    query_bind_text(query, 4, event->event_type);
    query_bind_text(query, 5, event->app_id);
    query_bind_text(query, 6, event->actor_id);
    query_bind_integer(query, 7, event->subject_number);
    query_bind_text(query, 8, event->body);
    query_bind_integer(query, 9, event->created_ms);
    query_bind_text(query, 10, event->log_id);
    return query_step(query, failure);
}

int event_last_number(Store *store, int64_t *ret_number, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db, "SELECT coalesce(max(event_number), 0) FROM event", &query, failure);
    if (r >= 0)
        r = query_step(query, failure);
    if (r > 0)
        *ret_number = query_integer(query, 0);
    return r < 0 ? r : 0;
}
