/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buffer.h"

#include "db/db.h"
#include "store/chat_join_store.h"
#include "store/chat_store.h"
#include "store/event_store.h"
#include "store/temp_store.h"

/* The rows that the index of chats is derived from, and questions about it, for its tests. Each of
 * these ends the program when the database fails. */

static inline void joins_demand(int r, const Failure *failure)
{
    if (r >= 0)
        return;
    printf("Bail out! %s\n", failure->text);
    exit(1);
}

/* One statement, with two numbers as its parameters. */
static inline void joins_run(Store *store, const char *sql, int64_t first, int64_t second)
{
    _cleanup_(query_finishp) Query *query = NULL;
    Failure failure = { 0 };
    int r = db_query(store->db, sql, &query, &failure);

    joins_demand(r, &failure);
    query_bind_integer(query, 1, first);
    query_bind_integer(query, 2, second);
    joins_demand(query_step(query, &failure), &failure);
}

/* An event by which nobody comes in. */
static inline void joins_add_event(Store *store, int64_t tenant_id, int64_t event_number,
                                   int64_t chat_number)
{
    const Event event = { { event_number, 0 }, "x", "", "", chat_number, "{}", 0, "" };
    Failure failure = { 0 };

    joins_demand(event_insert(store, tenant_id, &event, &failure), &failure);
}

/* And one by which these come in. */
static inline void joins_add(Store *store, int64_t tenant_id, int64_t event_number,
                             int64_t chat_number, const char *task_id, const char *user_ids,
                             const char *bot_ids)
{
    const ChatJoin join = { chat_number, event_number, task_id, user_ids, bot_ids, 0 };
    Failure failure = { 0 };

    joins_add_event(store, tenant_id, event_number, chat_number);
    joins_demand(chat_later_join_insert(store, tenant_id, &join, &failure), &failure);
}

/* A new chat with these in it. */
static inline void joins_put_chat(Store *store, int64_t tenant_id, int64_t chat_number,
                                  const ChatJoin *first, const ChatTold *told)
{
    const Chat chat = { .id = { chat_number, 0 },
                        .name = "",
                        .owner_id = "",
                        .creator_app_id = "cli_1",
                        .chat_status = CHAT_STATUS_NORMAL,
                        .settings = "",
                        .bot_ids = first->bot_ids };
    Failure failure = { 0 };

    joins_demand(chat_insert(store, tenant_id, &chat, first, NULL, told, &failure), &failure);
}

/* And the event that tells of them. */
static inline void joins_open(Store *store, int64_t tenant_id, int64_t event_number,
                              int64_t chat_number, const char *task_id, const char *user_ids,
                              const char *bot_ids)
{
    const ChatJoin first = { chat_number, event_number, task_id, user_ids, bot_ids, 0 };

    joins_put_chat(store, tenant_id, chat_number, &first, NULL);
    joins_add_event(store, tenant_id, event_number, chat_number);
}

/* As the product makes one: its row tells of them, of the bots first. */
static inline void joins_open_told(Store *store, int64_t tenant_id, int64_t chat_number,
                                   const char *task_id, const char *user_ids, const char *bot_ids)
{
    int64_t event_number = chat_number + (user_ids[0] != '\0') + (bot_ids[0] != '\0');
    const ChatJoin first = { chat_number, event_number, task_id, user_ids, bot_ids, 0 };

    joins_put_chat(store, tenant_id, chat_number, &first, &(ChatTold){ "7", "L" });
}

/* Words: the numbers first … first + count - 1. */
static inline const char *joins_ids(Arena *arena, int first, int count)
{
    Buffer ids;

    buffer_init(&ids, arena, (size_t)count * 8);
    for (int i = 0; i < count; i++)
        buffer_print(&ids, "%s%d", i > 0 ? " " : "", first + i);
    return ids.text;
}

/* The first column of the first row. */
static inline int64_t joins_ask(Store *store, const char *sql)
{
    _cleanup_(query_finishp) Query *query = NULL;
    Failure failure = { 0 };
    int r = db_query(store->db, sql, &query, &failure);

    if (r >= 0)
        r = query_step(query, &failure);
    joins_demand(r, &failure);
    return r > 0 ? query_integer(query, 0) : -1;
}
