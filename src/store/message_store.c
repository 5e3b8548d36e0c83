/* SPDX-License-Identifier: Apache-2.0 */
#include "store/message_store.h"

#include "db/db.h"

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

int message_insert(Store *store, int64_t tenant_id, const Message *message, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO message (chat_number, message_number, tail, tenant_id, msg_type, "
                 "sender_id, sender_type, content, created_ms, root_id, parent_id, mentions, "
                 "deleted_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, message->chat_number);
    query_bind_integer(query, 2, message->id.number);
    query_bind_integer(query, 3, message->id.tail);
    query_bind_integer(query, 4, tenant_id);
    query_bind_text(query, 5, message->msg_type);
    query_bind_text(query, 6, message->sender_id);
    query_bind_text(query, 7, message->sender_type);
    query_bind_text(query, 8, message->content);
    query_bind_integer(query, 9, message->created_ms);
    query_bind_text(query, 10, or_empty(message->root_id));
    query_bind_text(query, 11, or_empty(message->parent_id));
    query_bind_text(query, 12, or_empty(message->mentions));
    return query_step(query, failure);
}

/* What was sent, and in the same form what opened a chat. */
#define SENT                                                                       \
    "SELECT message_number, tail, chat_number, msg_type, sender_id, sender_type, " \
    "content, created_ms, root_id, parent_id, mentions, deleted_ms FROM message "
#define OPENING                                                                      \
    "SELECT opening_number AS message_number, opening_tail, chat_number, 'system', " \
    "creator_app_id, 'app', '" MESSAGE_OPENING_BEGIN                                 \
    "' || opening_content, created_ms, '', '', '', 0 FROM chat "

static void message_from_row(Query *query, Arena *arena, Message *ret_message)
{
    *ret_message = (Message){ .id = { query_integer(query, 0), query_integer(query, 1) },
                              .chat_number = query_integer(query, 2),
                              .msg_type = arena_text(arena, query_text(query, 3)),
                              .sender_id = arena_text(arena, query_text(query, 4)),
                              .sender_type = arena_text(arena, query_text(query, 5)),
                              .content = arena_text(arena, query_text(query, 6)),
                              .created_ms = query_integer(query, 7),
                              .root_id = arena_text(arena, query_text(query, 8)),
                              .parent_id = arena_text(arena, query_text(query, 9)),
                              .mentions = arena_text(arena, query_text(query, 10)),
                              .deleted_ms = query_integer(query, 11) };
}

static int find_by(Store *store, const char *sql, int64_t tenant_id, Id id, Arena *arena,
                   Message *ret_message, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_id(store, sql, id, tenant_id, &query, failure);
    if (r < 0)
        return r;
    r = query_step(query, failure);
    if (r > 0)
        message_from_row(query, arena, ret_message);
    return r;
}

/* Hardly any message that opened a chat is ever asked for by its id: there is no index for them.
 * It was made right after its chat, before any other chat, and so belongs to the newest chat that
 * is older. */
int message_find(Store *store, int64_t tenant_id, Id id, Arena *arena, Message *ret_message,
                 Failure *failure)
{
    static const char sent[] = SENT "WHERE message_number = $1 AND tail = $2 AND tenant_id = $3";
    static const char opening[] =
        OPENING "WHERE chat_number = (SELECT max(chat_number) FROM chat WHERE chat_number < $1) "
                "AND opening_number = $1 AND opening_tail = $2 AND tenant_id = $3";
    int r = find_by(store, sent, tenant_id, id, arena, ret_message, failure);

    return r != 0 ? r : find_by(store, opening, tenant_id, id, arena, ret_message, failure);
}

#define MESSAGE_RANGE                                                                            \
    OPENING                                                                                      \
    "WHERE chat_number = $1 AND opening_number > $2 AND opening_number < $3 AND tenant_id = $4 " \
    "AND opening_number <> 0 UNION ALL " SENT                                                    \
    "WHERE chat_number = $1 AND message_number > $2 AND message_number < $3 "                    \
    "AND tenant_id = $4 "

int message_list(Store *store, int64_t tenant_id, int64_t chat_number, const MessageRange *range,
                 Arena *arena, Message **ret_messages, size_t *ret_count, Failure *failure)
{
    static const char *const sql[] = { MESSAGE_RANGE "ORDER BY message_number LIMIT $5",
                                       MESSAGE_RANGE "ORDER BY message_number DESC LIMIT $5" };
    _cleanup_(query_finishp) Query *query = NULL;
    Message *messages = arena_array(arena, Message, range->limit);
    size_t count = 0;
    int r;

    r = db_query(store->db, sql[range->is_newest_first], &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_integer(query, 2, range->after);
    query_bind_integer(query, 3, range->before);
    query_bind_integer(query, 4, tenant_id);
    query_bind_integer(query, 5, (int64_t)range->limit);
    while (count < range->limit && (r = query_step(query, failure)) > 0)
        message_from_row(query, arena, &messages[count++]);
    if (r < 0)
        return r;
    *ret_messages = messages;
    *ret_count = count;
    return 0;
}

int message_empty(Store *store, int64_t tenant_id, const Message *message, int64_t deleted_ms,
                  Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "UPDATE message SET content = '', mentions = '', deleted_ms = $4 "
                 "WHERE chat_number = $1 AND message_number = $2 AND tenant_id = $3",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, message->chat_number);
    query_bind_integer(query, 2, message->id.number);
    query_bind_integer(query, 3, tenant_id);
    query_bind_integer(query, 4, deleted_ms);
    return query_step(query, failure);
}

int message_newest(Store *store, int64_t tenant_id, int64_t chat_number, int64_t *ret_number,
                   Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_number(store,
                           "SELECT max(number) FROM (SELECT opening_number AS number FROM chat "
                           "WHERE chat_number = $1 AND tenant_id = $2 UNION ALL "
                           "SELECT max(message_number) FROM message WHERE chat_number = $1 "
                           "AND tenant_id = $2) AS both_kinds",
                           chat_number, tenant_id, &query, failure);
    if (r < 0)
        return r;
    r = query_step(query, failure);
    if (r <= 0 || query_integer(query, 0) == 0)
        return r < 0 ? r : 0;
    *ret_number = query_integer(query, 0);
    return 1;
}

static int delete_by(Store *store, const char *sql, int64_t tenant_id, int64_t chat_number,
                     Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = store_query_number(store, sql, chat_number, tenant_id, &query, failure);

    return r < 0 ? r : query_step(query, failure);
}

int message_delete_all(Store *store, int64_t tenant_id, int64_t chat_number, Failure *failure)
{
    static const char opening[] = "UPDATE chat SET opening_number = 0, opening_tail = 0, "
                                  "opening_content = '' WHERE chat_number = $1 AND tenant_id = $2";
    static const char sent[] = "DELETE FROM message WHERE chat_number = $1 AND tenant_id = $2";
    int r = delete_by(store, opening, tenant_id, chat_number, failure);

    return r < 0 ? r : delete_by(store, sent, tenant_id, chat_number, failure);
}
