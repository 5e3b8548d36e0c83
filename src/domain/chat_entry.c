/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/chat_entry.h"

#include <assert.h>

#include "base/text.h"
#include "base/words.h"

#include "domain/chat_event.h"
#include "store/chat_join_store.h"
#include "store/chat_store.h"

/* The numbers of the two events that tell of one join; of nobody: 0. */
typedef struct Told {
    int64_t of_bots;
    int64_t of_users;
} Told;

static ChatJoin join_of(const Work *work, const Chat *chat, const ChatEntry *entry, Told told)
{
    return (ChatJoin){ .chat_number = chat->id.number,
                       .event_number = told.of_users ? told.of_users : told.of_bots,
                       .task_id = entry->task_id,
                       .user_ids = words_list(work->arena, entry->user_ids, entry->user_count),
                       .bot_ids = words_list(work->arena, entry->bot_ids, entry->bot_count),
                       .joined_ms = work->now_ms };
}

/* Its row tells of them, with the tail of its own id. */
int chat_open(const Work *work, const Chat *chat, const ChatEntry *entry, const Message *opening)
{
    Told told = { 0 };
    ChatJoin join;

    if (entry->bot_count > 0)
        told.of_bots = id_make_number(work->ids, work->now_ms);
    if (entry->user_count > 0)
        told.of_users = id_make_number(work->ids, work->now_ms);
    assert(told.of_bots == 0 || told.of_users == 0 || told.of_users == told.of_bots + 1);
    join = join_of(work, chat, entry, told);
    return chat_insert(work->store, work->tenant->tenant_id, chat, &join, opening,
                       &(ChatTold){ entry->actor_id, work->log_id }, work->failure);
}

/* The app's own bot, when it comes alone, needs no name: the event has its app. */
static int tell_of_bots(const Work *work, Id id, const Chat *chat, const ChatEntry *entry,
                        const char *bot_ids)
{
    bool is_own = text_equal(bot_ids, work_app_id(work));

    return chat_tell_of(work, id, EVENT_BOT_ADDED, entry->actor_id, chat, "bots",
                        is_own ? "" : bot_ids);
}

int chat_enter(const Work *work, const Chat *chat, const ChatEntry *entry)
{
    Id of_bots = { 0 }, of_users = { 0 };
    ChatJoin join;
    int r;

    if (entry->bot_count > 0)
        of_bots = id_make(work->ids, work->now_ms);
    if (entry->user_count > 0)
        of_users = id_make(work->ids, work->now_ms);
    join = join_of(work, chat, entry, (Told){ of_bots.number, of_users.number });
    r = chat_later_join_insert(work->store, work->tenant->tenant_id, &join, work->failure);
    if (r >= 0 && entry->bot_count > 0)
        r = tell_of_bots(work, of_bots, chat, entry, join.bot_ids);
    if (r >= 0 && entry->user_count > 0)
        r = chat_tell_of(work, of_users, EVENT_USER_ADDED, entry->actor_id, chat, "users",
                         join.user_ids);
    return r;
}

int chat_open_direct(const Work *work, const Chat *chat, const char *kunlun_id)
{
    Id id = id_make(work->ids, work->now_ms);
    ChatJoin join = { .chat_number = chat->id.number,
                      .event_number = id.number,
                      .task_id = "",
                      .user_ids = kunlun_id,
                      .bot_ids = "",
                      .joined_ms = work->now_ms };
    int r =
        chat_insert(work->store, work->tenant->tenant_id, chat, &join, NULL, NULL, work->failure);

    return r < 0 ? r : chat_tell_of(work, id, EVENT_DIRECT_CREATED, "", chat, "users", kunlun_id);
}
