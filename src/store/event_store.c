/* SPDX-License-Identifier: Apache-2.0 */
#include "store/event_store.h"

#include <string.h>

#include "db/db.h"

enum { LISTED_BYTES_MOST = 1024 * 1024 }; /* of bodies in one list, but for its last */

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

static void event_from_row(Query *query, Arena *arena, TenantEvent *ret_event)
{
    *ret_event =
        (TenantEvent){ .tenant_id = query_integer(query, 0),
                       .event = { .id = { query_integer(query, 1), query_integer(query, 2) },
                                  .event_type = arena_text(arena, query_text(query, 3)),
                                  .app_id = arena_text(arena, query_text(query, 4)),
                                  .actor_id = arena_text(arena, query_text(query, 5)),
                                  .subject_number = query_integer(query, 6),
                                  .body = arena_text(arena, query_text(query, 7)),
                                  .created_ms = query_integer(query, 8),
                                  .log_id = arena_text(arena, query_text(query, 9)) } };
}

int event_list(Store *store, int64_t after, size_t limit, Arena *arena, TenantEvent **ret_events,
               size_t *ret_count, bool *ret_has_more, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    TenantEvent *events = arena_array(arena, TenantEvent, limit);
    size_t count = 0, listed_bytes = 0;
    int r;

    r = db_query(store->db,
                 "SELECT tenant_id, event_number, tail, event_type, app_id, actor_id, "
                 "subject_number, body, created_ms, log_id "
                 "FROM event WHERE event_number > $1 ORDER BY event_number LIMIT $2",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, after);
    query_bind_integer(query, 2, (int64_t)limit);
    while (count < limit && listed_bytes < LISTED_BYTES_MOST &&
           (r = query_step(query, failure)) > 0) {
        event_from_row(query, arena, &events[count]);
        listed_bytes += strlen(events[count++].event.body);
    }
    if (r < 0)
        return r;
    *ret_events = events;
    *ret_count = count;
    *ret_has_more = r > 0;
    return 0;
}
