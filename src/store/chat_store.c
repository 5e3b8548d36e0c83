/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chat_store.h"

#include "db/db.h"
#include "model/limits.h"

int chat_insert(Store *store, int64_t tenant_id, const Chat *chat, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO chat (chat_number, tail, tenant_id, name, owner_id, creator_app_id, "
                 "chat_status, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat->id.number);
    query_bind_integer(query, 2, chat->id.tail);
    query_bind_integer(query, 3, tenant_id);
    query_bind_text(query, 4, chat->name);
    query_bind_text(query, 5, chat->owner_id);
    query_bind_text(query, 6, chat->creator_app_id);
    query_bind_text(query, 7, chat->chat_status);
    query_bind_integer(query, 8, chat->created_ms);
    return query_step(query, failure);
}

#define CHAT_COLUMNS "chat_number, tail, name, owner_id, creator_app_id, chat_status, created_ms "

static void chat_from_row(Query *query, Arena *arena, Chat *ret_chat)
{
    *ret_chat = (Chat){ .id = { query_integer(query, 0), query_integer(query, 1) },
                        .name = arena_text(arena, query_text(query, 2)),
                        .owner_id = arena_text(arena, query_text(query, 3)),
                        .creator_app_id = arena_text(arena, query_text(query, 4)),
                        .chat_status = arena_text(arena, query_text(query, 5)),
                        .created_ms = query_integer(query, 6) };
}

int chat_find(Store *store, int64_t tenant_id, Id id, Arena *arena, Chat *ret_chat,
              Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "SELECT " CHAT_COLUMNS
                 "FROM chat WHERE chat_number = $1 AND tail = $2 AND tenant_id = $3",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, id.number);
    query_bind_integer(query, 2, id.tail);
    query_bind_integer(query, 3, tenant_id);
    r = query_step(query, failure);
    if (r > 0)
        chat_from_row(query, arena, ret_chat);
    return r;
}

int chat_is_elsewhere(Store *store, int64_t tenant_id, Id id, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "SELECT 1 FROM chat WHERE chat_number = $1 AND tail = $2 AND tenant_id <> $3",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, id.number);
    query_bind_integer(query, 2, id.tail);
    query_bind_integer(query, 3, tenant_id);
    return query_step(query, failure);
}

int chat_list(Store *store, int64_t tenant_id, int64_t before, Arena *arena, Chat **ret_chats,
              size_t *ret_count, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    Chat *chats = arena_array(arena, Chat, LIST_ROWS_MOST);
    size_t count = 0;
    int r;

    r = db_query(store->db,
                 "SELECT " CHAT_COLUMNS "FROM chat WHERE tenant_id = $1 AND chat_number < $2 "
                 "ORDER BY chat_number DESC LIMIT $3",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_integer(query, 2, before);
    query_bind_integer(query, 3, LIST_ROWS_MOST);
    while (count < LIST_ROWS_MOST && (r = query_step(query, failure)) > 0)
        chat_from_row(query, arena, &chats[count++]);
    if (r < 0)
        return r;
    *ret_chats = chats;
    *ret_count = count;
    return 0;
}

int task_chat_link(Store *store, int64_t tenant_id, const char *task_id, int64_t chat_number,
                   int64_t now_ms, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO task_chat (chat_number, task_id, tenant_id, linked_ms) "
                 "VALUES ($1, $2, $3, $4) ON CONFLICT (chat_number, task_id) DO NOTHING",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_text(query, 2, task_id);
    query_bind_integer(query, 3, tenant_id);
    query_bind_integer(query, 4, now_ms);
    return query_step(query, failure);
}

/* ---- members -----------------------------------------------------------------------------------
 */

int member_insert(Store *store, int64_t tenant_id, int64_t chat_number, const char *member_id,
                  MemberType type, int64_t now_ms, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO member (chat_number, member_id, tenant_id, member_type, joined_ms) "
                 "VALUES ($1, $2, $3, $4, $5)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_text(query, 2, member_id);
    query_bind_integer(query, 3, tenant_id);
    query_bind_text(query, 4, member_type_text(type));
    query_bind_integer(query, 5, now_ms);
    return query_step(query, failure);
}

int member_exists(Store *store, int64_t tenant_id, int64_t chat_number, const char *member_id,
                  Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(
        store->db,
        "SELECT 1 FROM member WHERE chat_number = $1 AND member_id = $2 AND tenant_id = $3", &query,
        failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_text(query, 2, member_id);
    query_bind_integer(query, 3, tenant_id);
    return query_step(query, failure);
}

int member_count(Store *store, int64_t tenant_id, int64_t chat_number, MemberCounts *ret_counts,
                 Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "SELECT count(CASE WHEN member_type = 'user' THEN 1 END), "
                 "count(CASE WHEN member_type = 'bot' THEN 1 END) "
                 "FROM member WHERE chat_number = $1 AND tenant_id = $2",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_integer(query, 2, tenant_id);
    r = query_step(query, failure);
    if (r > 0)
        *ret_counts = (MemberCounts){ query_integer(query, 0), query_integer(query, 1) };
    return r < 0 ? r : 0;
}

int member_list_users(Store *store, int64_t tenant_id, int64_t chat_number, const char *after,
                      size_t limit, Arena *arena, User **ret_users, size_t *ret_count,
                      Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    User *users = arena_array(arena, User, limit);
    size_t count = 0;
    int r;

    r = db_query(store->db,
                 "SELECT u.kunlun_id, u.open_id, u.union_id, u.user_id, u.name FROM member m "
                 "JOIN kunlun_user u ON u.tenant_id = m.tenant_id AND u.kunlun_id = m.member_id "
                 "WHERE m.chat_number = $1 AND m.member_id > $2 AND m.tenant_id = $3 "
                 "AND m.member_type = 'user' ORDER BY m.member_id LIMIT $4",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_text(query, 2, after);
    query_bind_integer(query, 3, tenant_id);
    query_bind_integer(query, 4, (int64_t)limit);
    while (count < limit && (r = query_step(query, failure)) > 0)
        users[count++] = (User){ .kunlun_id = arena_text(arena, query_text(query, 0)),
                                 .open_id = arena_text(arena, query_text(query, 1)),
                                 .union_id = arena_text(arena, query_text(query, 2)),
                                 .user_id = arena_text(arena, query_text(query, 3)),
                                 .name = arena_text(arena, query_text(query, 4)) };
    if (r < 0)
        return r;
    *ret_users = users;
    *ret_count = count;
    return 0;
}

/* ---- messages ----------------------------------------------------------------------------------
 */

int message_insert(Store *store, int64_t tenant_id, const Message *message, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO message (chat_number, message_number, tail, tenant_id, msg_type, "
                 "sender_id, sender_type, content, created_ms) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
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
    return query_step(query, failure);
}

#define MESSAGE_RANGE                                                                      \
    "SELECT message_number, tail, msg_type, sender_id, sender_type, content, created_ms "  \
    "FROM message WHERE chat_number = $1 AND message_number > $2 AND message_number < $3 " \
    "AND tenant_id = $4 "

static void message_from_row(Query *query, int64_t chat_number, Arena *arena, Message *ret_message)
{
    *ret_message = (Message){ .id = { query_integer(query, 0), query_integer(query, 1) },
                              .chat_number = chat_number,
                              .msg_type = arena_text(arena, query_text(query, 2)),
                              .sender_id = arena_text(arena, query_text(query, 3)),
                              .sender_type = arena_text(arena, query_text(query, 4)),
                              .content = arena_text(arena, query_text(query, 5)),
                              .created_ms = query_integer(query, 6) };
}

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
        message_from_row(query, chat_number, arena, &messages[count++]);
    if (r < 0)
        return r;
    *ret_messages = messages;
    *ret_count = count;
    return 0;
}
