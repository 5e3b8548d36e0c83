/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chat_store.h"

#include <assert.h>

#include "base/text.h"
#include "base/words.h"

#include "db/db.h"
#include "model/limits.h"
#include "store/event_store.h"

/* A direct chat is never public, so that one column tells both: see sql/0001_start.sql. */
enum { KIND_PRIVATE = 0, KIND_PUBLIC = 1, KIND_DIRECT = 2 };

static int64_t kind_of(const Chat *chat)
{
    return chat->is_direct ? KIND_DIRECT : chat->is_public ? KIND_PUBLIC : KIND_PRIVATE;
}

/* All of them begin alike, and that is not kept. */
static const char *behind_begin(const char *content)
{
    assert(text_starts_with(content, MESSAGE_OPENING_BEGIN));
    return content + sizeof(MESSAGE_OPENING_BEGIN) - 1;
}

int chat_insert(Store *store, int64_t tenant_id, const Chat *chat, const ChatJoin *first,
                const Message *opening, const ChatTold *told, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO chat (chat_number, tail, tenant_id, name, owner_id, creator_app_id, "
                 "chat_status, kind, settings, user_count, bot_ids, created_ms, "
                 "first_event, first_task_id, first_user_ids, first_bot_ids, "
                 "has_first_events, first_actor_id, first_log_id, "
                 "opening_number, opening_tail, opening_content) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
                 "$17, $18, $19, $20, $21, $22)",
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
    query_bind_integer(query, 8, kind_of(chat));
    query_bind_text(query, 9, chat->settings);
    query_bind_integer(query, 10, chat->user_count);
    query_bind_text(query, 11, chat->bot_ids);
    query_bind_integer(query, 12, chat->created_ms);
    query_bind_integer(query, 13, first ? first->event_number : 0);
    query_bind_text(query, 14, first ? first->task_id : "");
    query_bind_text(query, 15, first ? first->user_ids : "");
    query_bind_text(query, 16, first ? first->bot_ids : "");
    query_bind_integer(query, 17, told != NULL);
    query_bind_text(query, 18, told ? told->actor_id : "");
    query_bind_text(query, 19, told ? told->log_id : "");
    query_bind_integer(query, 20, opening ? opening->id.number : 0);
    query_bind_integer(query, 21, opening ? opening->id.tail : 0);
    query_bind_text(query, 22, opening ? behind_begin(opening->content) : "");
    return query_step(query, failure);
}

#define CHAT_COLUMNS                                                         \
    "chat_number, tail, name, owner_id, creator_app_id, chat_status, kind, " \
    "settings, user_count, bot_ids, created_ms "

static void chat_from_row(Query *query, Arena *arena, Chat *ret_chat)
{
    *ret_chat = (Chat){ .id = { query_integer(query, 0), query_integer(query, 1) },
                        .name = arena_text(arena, query_text(query, 2)),
                        .owner_id = arena_text(arena, query_text(query, 3)),
                        .creator_app_id = arena_text(arena, query_text(query, 4)),
                        .chat_status = arena_text(arena, query_text(query, 5)),
                        .is_public = query_integer(query, 6) == KIND_PUBLIC,
                        .settings = arena_text(arena, query_text(query, 7)),
                        .user_count = query_integer(query, 8),
                        .bot_ids = arena_text(arena, query_text(query, 9)),
                        .created_ms = query_integer(query, 10),
                        .is_direct = query_integer(query, 6) == KIND_DIRECT };
}

int chat_find(Store *store, int64_t tenant_id, Id id, Arena *arena, Chat *ret_chat,
              Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_id(store,
                       "SELECT " CHAT_COLUMNS
                       "FROM chat WHERE chat_number = $1 AND tail = $2 AND tenant_id = $3",
                       id, tenant_id, &query, failure);
    if (r < 0)
        return r;
    r = query_step(query, failure);
    if (r > 0)
        chat_from_row(query, arena, ret_chat);
    return r;
}

int chat_find_number(Store *store, int64_t tenant_id, int64_t number, Arena *arena, Chat *ret_chat,
                     Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_number(
        store, "SELECT " CHAT_COLUMNS "FROM chat WHERE chat_number = $1 AND tenant_id = $2", number,
        tenant_id, &query, failure);
    if (r < 0)
        return r;
    r = query_step(query, failure);
    if (r > 0)
        chat_from_row(query, arena, ret_chat);
    return r;
}

int chat_holds_bot(Store *store, int64_t tenant_id, int64_t number, const char *app_id,
                   Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_number(
        store,
        "SELECT bot_ids FROM chat "
        "WHERE chat_number = $1 AND tenant_id = $2 AND chat_status <> 'dissolved'",
        number, tenant_id, &query, failure);
    if (r < 0)
        return r;
    r = query_step(query, failure);
    return r > 0 ? words_hold(query_text(query, 0), app_id) : r;
}

int chat_is_elsewhere(Store *store, int64_t tenant_id, Id id, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_id(
        store, "SELECT 1 FROM chat WHERE chat_number = $1 AND tail = $2 AND tenant_id <> $3", id,
        tenant_id, &query, failure);
    return r < 0 ? r : query_step(query, failure);
}

int chat_name_is_taken(Store *store, int64_t tenant_id, const char *name, int64_t number,
                       Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_named(store,
                          "SELECT 1 FROM chat WHERE tenant_id = $1 AND name = $2 AND kind = 1 "
                          "AND chat_number <> $3 AND chat_status <> 'dissolved' LIMIT 1",
                          tenant_id, name, &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 3, number);
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

int chat_count_users(Store *store, int64_t tenant_id, int64_t chat_number, int64_t joined,
                     Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_number(store,
                           "UPDATE chat SET user_count = user_count + $3 "
                           "WHERE chat_number = $1 AND tenant_id = $2",
                           chat_number, tenant_id, &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 3, joined);
    return query_step(query, failure);
}

int chat_update(Store *store, int64_t tenant_id, const Chat *chat, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = event_write_out(store, tenant_id, chat->id.number, failure);

    if (r < 0)
        return r;
    r = store_query_number(store,
                           "UPDATE chat SET name = $3, owner_id = $4, chat_status = $5, kind = $6, "
                           "settings = $7, user_count = $8, bot_ids = $9 "
                           "WHERE chat_number = $1 AND tenant_id = $2",
                           chat->id.number, tenant_id, &query, failure);
    if (r < 0)
        return r;
    query_bind_text(query, 3, chat->name);
    query_bind_text(query, 4, chat->owner_id);
    query_bind_text(query, 5, chat->chat_status);
    query_bind_integer(query, 6, kind_of(chat));
    query_bind_text(query, 7, chat->settings);
    query_bind_integer(query, 8, chat->user_count);
    query_bind_text(query, 9, chat->bot_ids);
    return query_step(query, failure);
}

int direct_chat_insert(Store *store, int64_t tenant_id, const char *app_id, const char *kunlun_id,
                       int64_t chat_number, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO direct_chat (tenant_id, app_id, kunlun_id, chat_number) "
                 "VALUES ($1, $2, $3, $4)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, app_id);
    query_bind_text(query, 3, kunlun_id);
    query_bind_integer(query, 4, chat_number);
    return query_step(query, failure);
}

int direct_chat_find(Store *store, int64_t tenant_id, const char *app_id, const char *kunlun_id,
                     Arena *arena, Chat *ret_chat, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "SELECT " CHAT_COLUMNS
                 "FROM chat WHERE chat_number = (SELECT chat_number FROM direct_chat "
                 "WHERE tenant_id = $1 AND app_id = $2 AND kunlun_id = $3) AND tenant_id = $1",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, app_id);
    query_bind_text(query, 3, kunlun_id);
    r = query_step(query, failure);
    if (r > 0)
        chat_from_row(query, arena, ret_chat);
    return r;
}

int task_chat_link(Store *store, int64_t tenant_id, const TaskLink *link, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO task_chat (chat_number, task_id, tenant_id, linked_ms, linked_by, "
                 "event_number) VALUES ($1, $2, $3, $4, $5, $6) "
                 "ON CONFLICT (chat_number, task_id) DO NOTHING",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, link->chat_number);
    query_bind_text(query, 2, link->task_id);
    query_bind_integer(query, 3, tenant_id);
    query_bind_integer(query, 4, link->linked_ms);
    query_bind_text(query, 5, link->linked_by);
    query_bind_integer(query, 6, link->event_number);
    return query_step(query, failure);
}

int task_chat_find(Store *store, int64_t tenant_id, const char *task_id, int64_t chat_number,
                   Arena *arena, TaskLink *ret_link, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "SELECT linked_ms, linked_by, event_number FROM task_chat "
                 "WHERE chat_number = $1 AND task_id = $2 AND tenant_id = $3",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_text(query, 2, task_id);
    query_bind_integer(query, 3, tenant_id);
    r = query_step(query, failure);
    if (r > 0)
        *ret_link = (TaskLink){ chat_number, task_id, query_integer(query, 0),
                                arena_text(arena, query_text(query, 1)), query_integer(query, 2) };
    return r;
}
