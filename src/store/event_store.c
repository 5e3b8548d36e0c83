/* SPDX-License-Identifier: Apache-2.0 */
#include "store/event_store.h"

#include <string.h>

#include "base/text.h"

#include "db/db.h"
#include "model/limits.h"

enum { LISTED_BYTES_MOST = 1024 * 1024 }; /* of bodies in one list, but for its last */

/* The same of both places where an event can be: rows of its own, and the row of its chat, where
 * the body is still to be made of the last two. */
#define LATER_EVENTS                                                                       \
    "SELECT tenant_id, event_number, tail, event_type, app_id, actor_id, subject_number, " \
    "body, created_ms, log_id, '' AS chat_name, '' AS arrived FROM later_event "
#define OPENING_EVENTS                                                                  \
    "SELECT tenant_id, event_number, tail, event_type, app_id, actor_id, chat_number, " \
    "'' AS body, created_ms, log_id, chat_name, arrived FROM opening_event "

int event_insert(Store *store, int64_t tenant_id, const Event *event, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO later_event (event_number, tail, tenant_id, event_type, app_id, "
                 "actor_id, subject_number, body, created_ms, log_id) "
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

    r = db_query(store->db,
                 "SELECT coalesce(max(event_number), 0) FROM ("
                 "SELECT max(event_number) AS event_number FROM later_event UNION ALL "
                 "SELECT first_event FROM (SELECT first_event FROM chat "
                 "ORDER BY chat_number DESC LIMIT 1) newest) ends",
                 &query, failure);
    if (r >= 0)
        r = query_step(query, failure);
    if (r > 0)
        *ret_number = query_integer(query, 0);
    return r < 0 ? r : 0;
}

static const char *body_of(Query *query, Arena *arena, const char *event_type)
{
    const char *which = text_equal(event_type, EVENT_BOT_ADDED) ? "bots" : "users";

    if (text_is_empty(query_text(query, 7)))
        return chat_event_body(arena, query_text(query, 10), which, query_text(query, 11));
    return arena_text(arena, query_text(query, 7));
}

static void event_from_row(Query *query, Arena *arena, TenantEvent *ret_event)
{
    const char *event_type = arena_text(arena, query_text(query, 3));

    *ret_event =
        (TenantEvent){ .tenant_id = query_integer(query, 0),
                       .event = { .id = { query_integer(query, 1), query_integer(query, 2) },
                                  .event_type = event_type,
                                  .app_id = arena_text(arena, query_text(query, 4)),
                                  .actor_id = arena_text(arena, query_text(query, 5)),
                                  .subject_number = query_integer(query, 6),
                                  .body = body_of(query, arena, event_type),
                                  .created_ms = query_integer(query, 8),
                                  .log_id = arena_text(arena, query_text(query, 9)) } };
}

/* The chat whose row may tell what has that number, or what follows it: of the chats' numbers the
 * greatest up to there. As a part of the statements below it would make SQLite read all chats. */
static int chat_before(Store *store, int64_t number, int64_t *ret_chat_number, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(store->db,
                     "SELECT coalesce(max(chat_number), 0) FROM chat WHERE chat_number <= $1",
                     &query, failure);

    if (r < 0)
        return r;
    query_bind_integer(query, 1, number);
    r = query_step(query, failure);
    if (r > 0)
        *ret_chat_number = query_integer(query, 0);
    return r < 0 ? r : 0;
}

/* The number behind so many of one kind; INT64_MAX when there are fewer. */
static int number_behind(Store *store, const char *sql, int64_t after, int64_t most,
                         int64_t *ret_number, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(store->db, sql, &query, failure);

    if (r < 0)
        return r;
    query_bind_integer(query, 1, after);
    query_bind_integer(query, 2, most);
    r = query_step(query, failure);
    *ret_number = r > 0 ? query_integer(query, 0) : INT64_MAX;
    return r < 0 ? r : 0;
}

int event_stretch_end(Store *store, int64_t after, int64_t most, int64_t *ret_until,
                      Failure *failure)
{
    static const char *const numbers[] = {
        "SELECT event_number FROM later_event WHERE event_number > $1 "
        "ORDER BY event_number LIMIT 1 OFFSET $2",
        "SELECT chat_number FROM chat WHERE chat_number > $1 "
        "ORDER BY chat_number LIMIT 1 OFFSET $2",
    };
    int64_t behind, last_number = 0;
    int r = event_last_number(store, &last_number, failure);

    *ret_until = last_number;
    for (size_t i = 0; r >= 0 && i < COUNT_OF(numbers); i++) {
        r = number_behind(store, numbers[i], after, most, &behind, failure);
        if (r >= 0 && behind <= *ret_until)
            *ret_until = behind - 1;
    }
    return r < 0 ? r : *ret_until < last_number;
}

/* The events of a stretch. */
static int query_stretch(Store *store, int64_t after, int64_t until, size_t limit,
                         Query **ret_query, Failure *failure)
{
    static const char sql[] =
        LATER_EVENTS "WHERE event_number > $1 AND event_number <= $2 UNION ALL " OPENING_EVENTS
                     "WHERE chat_number >= $3 AND chat_number <= $2 AND event_number > $1 "
                     "AND event_number <= $2 ORDER BY event_number LIMIT $4";
    int64_t chat_number = 0;
    int r = chat_before(store, after, &chat_number, failure);

    if (r >= 0)
        r = db_query(store->db, sql, ret_query, failure);
    if (r < 0)
        return r;
    query_bind_integer(*ret_query, 1, after);
    query_bind_integer(*ret_query, 2, until);
    query_bind_integer(*ret_query, 3, chat_number);
    query_bind_integer(*ret_query, 4, (int64_t)limit);
    return 0;
}

/* How many events were listed, of one stretch. */
static int list_stretch(Store *store, int64_t after, int64_t until, size_t limit, Arena *arena,
                        TenantEvent *ret_events, size_t *ret_count, bool *ret_is_cut,
                        Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    size_t count = 0, listed_bytes = 0;
    int r = query_stretch(store, after, until, limit, &query, failure);

    while (r >= 0 && count < limit && listed_bytes < LISTED_BYTES_MOST &&
           (r = query_step(query, failure)) > 0) {
        event_from_row(query, arena, &ret_events[count]);
        listed_bytes += strlen(ret_events[count++].event.body);
    }
    *ret_count = count;
    *ret_is_cut = r > 0;
    return r < 0 ? r : 0;
}

int event_list(Store *store, int64_t after, size_t limit, Arena *arena, TenantEvent **ret_events,
               size_t *ret_count, bool *ret_has_more, Failure *failure)
{
    int64_t until = after;
    bool is_cut = false;
    int r = 1;

    *ret_events = arena_array(arena, TenantEvent, limit);
    *ret_count = 0;
    while (r > 0 && *ret_count == 0) { /* a chat of which nothing tells is passed over */
        r = event_stretch_end(store, after, (int64_t)limit, &until, failure);
        if (r >= 0 && until > after &&
            list_stretch(store, after, until, limit, arena, *ret_events, ret_count, &is_cut,
                         failure) < 0)
            return failure->code;
        after = until;
    }
    *ret_has_more = r > 0 || is_cut;
    return r < 0 ? r : 0;
}

int event_find(Store *store, int64_t tenant_id, int64_t number, Arena *arena, Event *ret_event,
               Failure *failure)
{
    static const char sql[] =
        LATER_EVENTS "WHERE event_number = $1 AND tenant_id = $2 UNION ALL " OPENING_EVENTS
                     "WHERE chat_number = $3 AND event_number = $1 AND tenant_id = $2";
    _cleanup_(query_finishp) Query *query = NULL;
    int64_t chat_number = 0;
    TenantEvent row;
    int r = chat_before(store, number, &chat_number, failure);

    if (r >= 0)
        r = store_query_number(store, sql, number, tenant_id, &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 3, chat_number);
    r = query_step(query, failure);
    if (r <= 0)
        return r;
    event_from_row(query, arena, &row);
    *ret_event = row.event;
    return 1;
}

/* ---- what a chat's row tells ---- */

enum { OPENING_EVENTS_MOST = 2 }; /* of a chat: of the bots, of the users */

static int opening_list(Store *store, int64_t tenant_id, int64_t chat_number, Arena *arena,
                        TenantEvent ret_events[OPENING_EVENTS_MOST], size_t *ret_count,
                        Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = store_query_number(store, OPENING_EVENTS "WHERE chat_number = $1 AND tenant_id = $2",
                               chat_number, tenant_id, &query, failure);

    *ret_count = 0;
    while (*ret_count < OPENING_EVENTS_MOST && r >= 0 && (r = query_step(query, failure)) > 0)
        event_from_row(query, arena, &ret_events[(*ret_count)++]);
    return r < 0 ? r : 0;
}

static int opening_forget(Store *store, int64_t tenant_id, int64_t chat_number, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = store_query_number(store,
                               "UPDATE chat SET has_first_events = 0, first_actor_id = '', "
                               "first_log_id = '' WHERE chat_number = $1 AND tenant_id = $2",
                               chat_number, tenant_id, &query, failure);

    return r < 0 ? r : query_step(query, failure);
}

int event_write_out(Store *store, int64_t tenant_id, int64_t chat_number, Failure *failure)
{
    TenantEvent events[OPENING_EVENTS_MOST];
    Arena *arena = arena_new();
    size_t count;
    int r = opening_list(store, tenant_id, chat_number, arena, events, &count, failure);

    for (size_t i = 0; r >= 0 && i < count; i++)
        r = event_insert(store, tenant_id, &events[i].event, failure);
    if (r >= 0 && count > 0)
        r = opening_forget(store, tenant_id, chat_number, failure);
    arena_free(arena);
    return r;
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
    static const char sql[] = LATER_EVENTS "WHERE event_number IN " CHAT_EVENT_NUMBERS
                                           "AND tenant_id = $4 UNION ALL " OPENING_EVENTS
                                           "WHERE chat_number = $1 AND tenant_id = $4 "
                                           "AND event_number > $2 AND event_number < $3 "
                                           "AND event_number = (SELECT first_event FROM chat "
                                           "WHERE chat_number = $1) "
                                           "ORDER BY event_number DESC";
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
    static const char sql[] = "SELECT event_number FROM later_event "
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
