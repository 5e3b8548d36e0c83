/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/chat.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

#include "store/user_store.h"

static int get_chat(const Work *work, const char *chat_id, Chat *ret_chat)
{
    int64_t tenant_id = work->tenant->tenant_id;
    int r;

    r = chat_find(work->store, tenant_id, chat_id, work->arena, ret_chat, work->failure);
    if (r != 0)
        return r < 0 ? r : 0;
    r = chat_is_elsewhere(work->store, tenant_id, chat_id, work->failure);
    if (r > 0)
        return fail_field(work->failure, E_DENIED, "tenant_key", NULL,
                          "the chat belongs to another tenant");
    return r < 0 ? r
                 : fail_field(work->failure, E_NOT_FOUND, "chat_id", chat_id,
                              "chat %s does not exist", chat_id);
}

static int bot_is_inside(const Work *work, const char *chat_id)
{
    return member_exists(work->store, work->tenant->tenant_id, chat_id, work->app->app_id,
                         work->failure);
}

int chat_view(const Work *work, const char *chat_id, ChatView *ret_view)
{
    int64_t tenant_id = work->tenant->tenant_id;
    int r;

    r = get_chat(work, chat_id, &ret_view->chat);
    if (r >= 0)
        r = member_count(work->store, tenant_id, chat_id, &ret_view->counts, work->failure);
    if (r >= 0)
        r = user_find(work->store, tenant_id, ret_view->chat.owner_id, work->arena,
                      &ret_view->owner, work->failure);
    if (r >= 0)
        r = bot_is_inside(work, chat_id);
    if (r < 0)
        return r;
    ret_view->is_inside = r > 0;
    return 0;
}

/* A chat that is alive and that the app's bot is in. */
static int get_open_chat(const Work *work, const char *chat_id, Chat *ret_chat)
{
    int r;

    r = get_chat(work, chat_id, ret_chat);
    if (r < 0)
        return r;
    if (!chat_is_alive(ret_chat))
        return fail_field(work->failure, E_CONFLICT, "chat_id", chat_id, "chat %s is dissolved",
                          chat_id);
    r = bot_is_inside(work, chat_id);
    if (r == 0)
        return fail_field(work->failure, E_DENIED, "chat_id", chat_id,
                          "the bot of app %s is not in chat %s", work->app->app_id, chat_id);
    return r < 0 ? r : 0;
}

int chat_members(const Work *work, const char *chat_id, const char *after, size_t limit,
                 User **ret_users, size_t *ret_count, int64_t *ret_total)
{
    int64_t tenant_id = work->tenant->tenant_id;
    MemberCounts counts;
    Chat chat;
    int r;

    r = get_open_chat(work, chat_id, &chat);
    if (r >= 0)
        r = member_count(work->store, tenant_id, chat_id, &counts, work->failure);
    if (r >= 0)
        r = member_list_users(work->store, tenant_id, chat_id, after, limit, work->arena, ret_users,
                              ret_count, work->failure);
    if (r < 0)
        return r;
    *ret_total = counts.users;
    return 0;
}

/* Message ids begin with their time, so a span of time is a span of ids: the first id of that
 * millisecond, without being one. */
static const char *id_at(const Work *work, int64_t ms)
{
    const int64_t last_ms = ((int64_t)1 << 48) - 1;

    return ms > last_ms ? "om_g" : arena_print(work->arena, "om_%012" PRIx64, ms < 0 ? 0 : ms);
}

/* A last_id may come from a list of another span of time. */
static const char *earlier_of(const char *a, const char *b)
{
    return strcmp(a, b) < 0 ? a : b;
}

static const char *later_of(const char *a, const char *b)
{
    return strcmp(a, b) > 0 ? a : b;
}

static int read_senders(const Work *work, const Message *messages, size_t count,
                        MessageView *ret_views)
{
    User user;
    int r = 0;

    for (size_t i = 0; r >= 0 && i < count; i++) {
        ret_views[i].message = messages[i];
        if (!text_equal(messages[i].sender_type, "user"))
            continue;
        r = user_find(work->store, work->tenant->tenant_id, messages[i].sender_id, work->arena,
                      &user, work->failure);
        if (r > 0)
            ret_views[i].sender_open_id = user.open_id;
    }
    return r < 0 ? r : 0;
}

int chat_messages(const Work *work, const MessageQuery *query, MessageView **ret_messages,
                  size_t *ret_count, bool *ret_has_more)
{
    MessageRange range = { .after = id_at(work, query->start_ms),
                           .before = id_at(work, query->end_ms == INT64_MAX ? INT64_MAX
                                                                            : query->end_ms + 1),
                           .is_newest_first = query->is_newest_first,
                           .limit = query->limit + 1 };
    Message *messages = NULL;
    size_t count = 0;
    Chat chat;
    int r;

    if (query->last_id && query->is_newest_first)
        range.before = earlier_of(query->last_id, range.before);
    else if (query->last_id)
        range.after = later_of(query->last_id, range.after);
    r = get_open_chat(work, query->chat_id, &chat);
    if (r >= 0)
        r = message_list(work->store, work->tenant->tenant_id, query->chat_id, &range, work->arena,
                         &messages, &count, work->failure);
    if (r < 0)
        return r;
    *ret_has_more = count > query->limit;
    *ret_count = count > query->limit ? query->limit : count;
    *ret_messages = arena_array(work->arena, MessageView, *ret_count);
    return read_senders(work, messages, *ret_count, *ret_messages);
}
