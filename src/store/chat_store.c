/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chat_store.h"

#include "db/db.h"
#include "model/limits.h"

int chat_insert(Store *store, int64_t tenant_id, const Chat *chat, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO chat (tenant_id, chat_id, name, owner_id, creator_app_id, "
                 "chat_status, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, chat->chat_id);
    query_bind_text(query, 3, chat->name);
    query_bind_text(query, 4, chat->owner_id);
    query_bind_text(query, 5, chat->creator_app_id);
    query_bind_text(query, 6, chat->chat_status);
    query_bind_integer(query, 7, chat->created_ms);
    return query_step(query, failure);
}

#define CHAT_COLUMNS "chat_id, name, owner_id, creator_app_id, chat_status, created_ms "

static void chat_from_row(Query *query, Arena *arena, Chat *ret_chat)
{
    *ret_chat = (Chat){ .chat_id = arena_text(arena, query_text(query, 0)),
                        .name = arena_text(arena, query_text(query, 1)),
                        .owner_id = arena_text(arena, query_text(query, 2)),
                        .creator_app_id = arena_text(arena, query_text(query, 3)),
                        .chat_status = arena_text(arena, query_text(query, 4)),
                        .created_ms = query_integer(query, 5) };
}

int chat_find(Store *store, int64_t tenant_id, const char *chat_id, Arena *arena, Chat *ret_chat,
              Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "SELECT " CHAT_COLUMNS "FROM chat WHERE tenant_id = $1 AND chat_id = $2", &query,
                 failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, chat_id);
    r = query_step(query, failure);
    if (r > 0)
        chat_from_row(query, arena, ret_chat);
    return r;
}

int chat_is_elsewhere(Store *store, int64_t tenant_id, const char *chat_id, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "SELECT 1 FROM tenant t JOIN chat c ON c.tenant_id = t.tenant_id "
                 "AND c.chat_id = $2 WHERE t.tenant_id <> $1 LIMIT 1",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, chat_id);
    return query_step(query, failure);
}

int chat_list(Store *store, int64_t tenant_id, const char *before, Arena *arena, Chat **ret_chats,
              size_t *ret_count, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    Chat *chats = arena_array(arena, Chat, LIST_ROWS_MOST);
    size_t count = 0;
    int r;

    r = db_query(store->db,
                 "SELECT " CHAT_COLUMNS "FROM chat WHERE tenant_id = $1 AND chat_id < $2 "
                 "ORDER BY chat_id DESC LIMIT $3",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, before ? before : "oc_g");
    query_bind_integer(query, 3, LIST_ROWS_MOST);
    while (count < LIST_ROWS_MOST && (r = query_step(query, failure)) > 0)
        chat_from_row(query, arena, &chats[count++]);
    if (r < 0)
        return r;
    *ret_chats = chats;
    *ret_count = count;
    return 0;
}

int task_chat_link(Store *store, int64_t tenant_id, const char *task_id, const char *chat_id,
                   int64_t now_ms, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO task_chat (tenant_id, chat_id, task_id, linked_ms) "
                 "VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, chat_id, task_id) DO NOTHING",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, chat_id);
    query_bind_text(query, 3, task_id);
    query_bind_integer(query, 4, now_ms);
    return query_step(query, failure);
}

/* ---- members -----------------------------------------------------------------------------------
 */

int member_insert(Store *store, int64_t tenant_id, const char *chat_id, const char *member_id,
                  MemberType type, int64_t now_ms, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO member (tenant_id, chat_id, member_id, member_type, joined_ms) "
                 "VALUES ($1, $2, $3, $4, $5)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, chat_id);
    query_bind_text(query, 3, member_id);
    query_bind_text(query, 4, member_type_text(type));
    query_bind_integer(query, 5, now_ms);
    return query_step(query, failure);
}

int member_exists(Store *store, int64_t tenant_id, const char *chat_id, const char *member_id,
                  Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "SELECT 1 FROM member WHERE tenant_id = $1 AND chat_id = $2 AND member_id = $3",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, chat_id);
    query_bind_text(query, 3, member_id);
    return query_step(query, failure);
}

int member_count(Store *store, int64_t tenant_id, const char *chat_id, MemberCounts *ret_counts,
                 Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "SELECT count(CASE WHEN member_type = 'user' THEN 1 END), "
                 "count(CASE WHEN member_type = 'bot' THEN 1 END) "
                 "FROM member WHERE tenant_id = $1 AND chat_id = $2",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, chat_id);
    r = query_step(query, failure);
    if (r > 0)
        *ret_counts = (MemberCounts){ query_integer(query, 0), query_integer(query, 1) };
    return r < 0 ? r : 0;
}

int member_list_users(Store *store, int64_t tenant_id, const char *chat_id, const char *after,
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
                 "WHERE m.tenant_id = $1 AND m.chat_id = $2 AND m.member_id > $3 "
                 "AND m.member_type = 'user' ORDER BY m.member_id LIMIT $4",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, chat_id);
    query_bind_text(query, 3, after);
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
                 "INSERT INTO message (tenant_id, chat_id, message_id, msg_type, sender_id, "
                 "sender_type, content, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, message->chat_id);
    query_bind_text(query, 3, message->message_id);
    query_bind_text(query, 4, message->msg_type);
    query_bind_text(query, 5, message->sender_id);
    query_bind_text(query, 6, message->sender_type);
    query_bind_text(query, 7, message->content);
    query_bind_integer(query, 8, message->created_ms);
    return query_step(query, failure);
}

#define MESSAGE_RANGE                                                                    \
    "SELECT message_id, chat_id, msg_type, sender_id, sender_type, content, created_ms " \
    "FROM message WHERE tenant_id = $1 AND chat_id = $2 AND message_id > $3 AND message_id < $4 "

int message_list(Store *store, int64_t tenant_id, const char *chat_id, const MessageRange *range,
                 Arena *arena, Message **ret_messages, size_t *ret_count, Failure *failure)
{
    static const char *const sql[] = { MESSAGE_RANGE "ORDER BY message_id LIMIT $5",
                                       MESSAGE_RANGE "ORDER BY message_id DESC LIMIT $5" };
    _cleanup_(query_finishp) Query *query = NULL;
    Message *messages = arena_array(arena, Message, range->limit);
    size_t count = 0;
    int r;

    r = db_query(store->db, sql[range->is_newest_first], &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, chat_id);
    query_bind_text(query, 3, range->after);
    query_bind_text(query, 4, range->before);
    query_bind_integer(query, 5, (int64_t)range->limit);
    while (count < range->limit && (r = query_step(query, failure)) > 0)
        messages[count++] = (Message){ .message_id = arena_text(arena, query_text(query, 0)),
                                       .chat_id = arena_text(arena, query_text(query, 1)),
                                       .msg_type = arena_text(arena, query_text(query, 2)),
                                       .sender_id = arena_text(arena, query_text(query, 3)),
                                       .sender_type = arena_text(arena, query_text(query, 4)),
                                       .content = arena_text(arena, query_text(query, 5)),
                                       .created_ms = query_integer(query, 6) };
    if (r < 0)
        return r;
    *ret_messages = messages;
    *ret_count = count;
    return 0;
}
