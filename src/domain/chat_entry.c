/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/chat_entry.h"

#include "base/text.h"
#include "base/words.h"

#include "domain/chat_event.h"
#include "store/chat_join_store.h"
#include "store/chat_store.h"

static const char *words_of(const Work *work, const char *const *ids, size_t count)
{
    Buffer words;

    if (count == 0)
        return "";
    buffer_init(&words, work->arena, 128);
    for (size_t i = 0; i < count; i++)
        words_add(&words, ids[i]);
    return words.text;
}

/* The app's own bot, when it comes alone, needs no name: the event has its app. */
static int tell_of_bots(const Work *work, Id id, const Chat *chat, const ChatEntry *entry)
{
    if (entry->bot_count == 1 && text_equal(entry->bot_ids[0], work_app_id(work)))
        return chat_tell_name(work, id, EVENT_BOT_ADDED, entry->actor_id, chat);
    return chat_tell_of(work, id, EVENT_BOT_ADDED, entry->actor_id, chat, "bots", entry->bot_ids,
                        entry->bot_count);
}

/* The ids of the two events that tell of one join; of nobody: of number 0. */
typedef struct Told {
    Id of_bots;
    Id of_users;
} Told;

static ChatJoin join_of(const Work *work, const Chat *chat, const ChatEntry *entry, Told *ret_told)
{
    bool has_bots = entry->bot_count > 0, has_users = entry->user_count > 0;

    ret_told->of_bots = has_bots ? id_make(work->ids, work->now_ms) : (Id){ 0 };
    ret_told->of_users = has_users ? id_make(work->ids, work->now_ms) : (Id){ 0 };
    return (ChatJoin){ .chat_number = chat->id.number,
                       .event_number =
                           has_users ? ret_told->of_users.number : ret_told->of_bots.number,
                       .task_id = entry->task_id,
                       .user_ids = words_of(work, entry->user_ids, entry->user_count),
                       .bot_ids = words_of(work, entry->bot_ids, entry->bot_count),
                       .joined_ms = work->now_ms };
}

static int tell(const Work *work, const Chat *chat, const ChatEntry *entry, const Told *told)
{
    int r = 0;

    if (entry->bot_count > 0)
        r = tell_of_bots(work, told->of_bots, chat, entry);
    if (r >= 0 && entry->user_count > 0)
        r = chat_tell_of(work, told->of_users, EVENT_USER_ADDED, entry->actor_id, chat, "users",
                         entry->user_ids, entry->user_count);
    return r;
}

int chat_open(const Work *work, const Chat *chat, const ChatEntry *entry, const Message *opening)
{
    Told told;
    ChatJoin join = join_of(work, chat, entry, &told);
    int r = chat_insert(work->store, work->tenant->tenant_id, chat, &join, opening, work->failure);

    return r < 0 ? r : tell(work, chat, entry, &told);
}

int chat_enter(const Work *work, const Chat *chat, const ChatEntry *entry)
{
    Told told;
    ChatJoin join = join_of(work, chat, entry, &told);
    int r = chat_later_join_insert(work->store, work->tenant->tenant_id, &join, work->failure);

    return r < 0 ? r : tell(work, chat, entry, &told);
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
    int r = chat_insert(work->store, work->tenant->tenant_id, chat, &join, NULL, work->failure);

    return r < 0 ? r
                 : chat_tell_of(work, id, EVENT_DIRECT_CREATED, "", chat, "users", &kunlun_id, 1);
}
