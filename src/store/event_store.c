/* SPDX-License-Identifier: Apache-2.0 */
#include "store/event_store.h"

#include <string.h>

#include "db/db.h"
#include "model/limits.h"

enum { LISTED_BYTES_MOST = 1024 * 1024 }; /* of bodies in one list, but for its last */

#define EVENT_COLUMNS                                                                      \
    "SELECT tenant_id, event_number, tail, event_type, app_id, actor_id, subject_number, " \
    "body, created_ms, log_id FROM event "

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

    r = db_query(store->db, EVENT_COLUMNS "WHERE event_number > $1 ORDER BY event_number LIMIT $2",
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

int event_find(Store *store, int64_t tenant_id, int64_t number, Arena *arena, Event *ret_event,
               Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    TenantEvent row;
    int r;

    r = db_query(store->db, EVENT_COLUMNS "WHERE event_number = $1 AND tenant_id = $2", &query,
                 failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, number);
    query_bind_integer(query, 2, tenant_id);
    r = query_step(query, failure);
    if (r <= 0)
        return r;
    event_from_row(query, arena, &row);
    *ret_event = row.event;
    return 1;
}

/* ---- of a chat ---- */

int chat_event_insert(Store *store, int64_t tenant_id, int64_t chat_number, int64_t event_number,
                      Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO chat_event (chat_number, event_number, tenant_id) "
                 "VALUES ($1, $2, $3) ON CONFLICT (chat_number, event_number) DO NOTHING",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_integer(query, 2, event_number);
    query_bind_integer(query, 3, tenant_id);
    return query_step(query, failure);
}

/* Each half stops at the limit, so that no chat's whole past is read for a page of it. */
#define CHAT_EVENT_RANGE                                                               \
    "chat_number = $1 AND event_number > $2 AND event_number < $3 AND tenant_id = $4 " \
    "ORDER BY event_number DESC LIMIT $5"
#define CHAT_EVENT_NUMBERS                                                                  \
    "(SELECT event_number FROM (SELECT event_number FROM chat_join WHERE " CHAT_EVENT_RANGE \
    ") joins UNION ALL SELECT event_number FROM (SELECT event_number FROM chat_event "      \
    "WHERE " CHAT_EVENT_RANGE ") others) "

static void bind_range(Query *query, int64_t tenant_id, int64_t chat_number,
                       const ChatEventRange *range, size_t limit)
{
    query_bind_integer(query, 1, chat_number);
    query_bind_integer(query, 2, range->after);
    query_bind_integer(query, 3, range->before);
    query_bind_integer(query, 4, tenant_id);
    query_bind_integer(query, 5, (int64_t)limit);
}

int chat_event_list(Store *store, int64_t tenant_id, int64_t chat_number,
                    const ChatEventRange *range, Arena *arena, Event **ret_events,
                    size_t *ret_count, bool *ret_has_more, Failure *failure)
{
    static const char sql[] = EVENT_COLUMNS "WHERE event_number IN " CHAT_EVENT_NUMBERS
                                            "AND tenant_id = $4 ORDER BY event_number DESC";
    _cleanup_(query_finishp) Query *query = NULL;
    Event *events = arena_array(arena, Event, range->limit);
    size_t count = 0, listed_bytes = 0;
    TenantEvent row;
    int r;

    r = db_query(store->db, sql, &query, failure);
    if (r < 0)
        return r;
    bind_range(query, tenant_id, chat_number, range, range->limit + 1);
    while ((r = query_step(query, failure)) > 0 && count < range->limit &&
           listed_bytes < CHAT_EVENTS_BYTES) {
        event_from_row(query, arena, &row);
        events[count++] = row.event;
        listed_bytes += strlen(row.event.body);
    }
    if (r < 0)
        return r;
    *ret_events = events;
    *ret_count = count;
    *ret_has_more = r > 0;
    return 0;
}

int chat_event_numbers(Store *store, int64_t tenant_id, int64_t chat_number,
                       const ChatEventRange *range, const char *type, const char *other_type,
                       int64_t *ret_numbers, size_t *ret_count, Failure *failure)
{
    static const char sql[] = "SELECT event_number FROM event "
                              "WHERE event_number IN (SELECT event_number FROM chat_event "
                              "WHERE " CHAT_EVENT_RANGE ") AND tenant_id = $4 "
                              "AND (event_type = $6 OR event_type = $7) ORDER BY event_number DESC";
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    *ret_count = 0;
    r = db_query(store->db, sql, &query, failure);
    if (r < 0)
        return r;
    bind_range(query, tenant_id, chat_number, range, range->limit);
    query_bind_text(query, 6, type);
    query_bind_text(query, 7, other_type);
    while (*ret_count < range->limit && (r = query_step(query, failure)) > 0)
        ret_numbers[(*ret_count)++] = query_integer(query, 0);
    return r < 0 ? r : 0;
}

int chat_event_first(Store *store, int64_t tenant_id, int64_t chat_number, int64_t *ret_number,
                     Failure *failure)
{
    static const char sql[] = "SELECT coalesce(min(event_number), -1) FROM ("
                              "SELECT nullif(first_event, 0) AS event_number FROM chat "
                              "WHERE chat_number = $1 AND tenant_id = $2 "
                              "UNION ALL SELECT min(event_number) FROM chat_later_join "
                              "WHERE chat_number = $1 AND tenant_id = $2 "
                              "UNION ALL SELECT min(event_number) FROM chat_event "
                              "WHERE chat_number = $1 AND tenant_id = $2) firsts";
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db, sql, &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_integer(query, 2, tenant_id);
    r = query_step(query, failure);
    if (r > 0)
        *ret_number = query_integer(query, 0);
    return r < 0 ? r : 0;
}
