/* SPDX-License-Identifier: Apache-2.0 */
#include "store/event_store.h"

#include "db/db.h"

int event_insert(Store *store, int64_t tenant_id, const Event *event, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO event (tenant_id, event_id, event_type, app_id, actor_id, "
                 "subject_id, body, created_ms, log_id) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, event->event_id);
    query_bind_text(query, 3, event->event_type);
    query_bind_text(query, 4, event->app_id);
    query_bind_text(query, 5, event->actor_id);
    query_bind_text(query, 6, event->subject_id);
    query_bind_text(query, 7, event->body);
    query_bind_integer(query, 8, event->created_ms);
    query_bind_text(query, 9, event->log_id);
    return query_step(query, failure);
}
