/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/chat.h"

#include "base/words.h"

#include "store/user_store.h"

static int get_chat(const Work *work, const char *chat_id, Chat *ret_chat)
{
    int64_t tenant_id = work->tenant->tenant_id;
    Id id;
    int r = 0;

    if (id_parse(chat_id, CHAT_ID_PREFIX, &id)) {
        r = chat_find(work->store, tenant_id, id, work->arena, ret_chat, work->failure);
        if (r != 0)
            return r < 0 ? r : 0;
        r = chat_is_elsewhere(work->store, tenant_id, id, work->failure);
    }
    if (r > 0)
        return fail_field(work->failure, E_DENIED, "tenant_key", NULL,
                          "the chat belongs to another tenant");
    return r < 0 ? r
                 : fail_field(work->failure, E_NOT_FOUND, "chat_id", chat_id,
                              "chat %s does not exist", chat_id);
}

int chat_look(const Work *work, const Chat *chat, ChatView *ret_view)
{
    int r;

    *ret_view = (ChatView){ .chat = *chat, .is_inside = chat_has_bot(chat, work->app->app_id) };
    r = user_find(work->store, work->tenant->tenant_id, chat->owner_id, work->arena,
                  &ret_view->owner, work->failure);
    return r < 0 ? r : 0;
}

int chat_view(const Work *work, const char *chat_id, ChatView *ret_view)
{
    Chat chat = { 0 };
    int r;

    r = get_chat(work, chat_id, &chat);
    return r < 0 ? r : chat_look(work, &chat, ret_view);
}

int chat_get_alive(const Work *work, const char *chat_id, Chat *ret_chat)
{
    int r;

    r = get_chat(work, chat_id, ret_chat);
    if (r < 0)
        return r;
    if (!chat_is_alive(ret_chat))
        return fail_field(work->failure, E_CONFLICT, "chat_id", chat_id, "chat %s is dissolved",
                          chat_id);
    return 0;
}

int chat_get_inside(const Work *work, const char *chat_id, Chat *ret_chat)
{
    int r;

    r = chat_get_alive(work, chat_id, ret_chat);
    if (r < 0)
        return r;
    if (!chat_has_bot(ret_chat, work->app->app_id))
        return fail_field(work->failure, E_DENIED, "chat_id", chat_id,
                          "the bot of app %s is not in chat %s", work->app->app_id, chat_id);
    return 0;
}

int chat_check_group(const Work *work, const Chat *chat)
{
    if (chat->is_direct)
        return fail_field(work->failure, E_CONFLICT, "chat_mode", chat_mode_text(chat),
                          "this is the chat of a bot and one user: it is never changed");
    return 0;
}

/* A bot that owns a chat has made it. */
bool chat_is_owned(const Work *work, const Chat *chat)
{
    return text_equal(chat->creator_app_id, work->app->app_id) &&
           (text_is_empty(chat->owner_id) || words_hold(work->app->scopes, SCOPE_OPERATE_AS_OWNER));
}

bool chat_is_managed(const Work *work, const Chat *chat, const ChatRights *rights)
{
    for (size_t i = 0; i < rights->bot_managers.count; i++)
        if (text_equal(rights->bot_managers.items[i], work->app->app_id))
            return true;
    return chat_is_owned(work, chat);
}

int chat_list_members(const Work *work, const Chat *chat, MemberPlace after, size_t limit,
                      MemberView **ret_members, size_t *ret_count)
{
    int64_t tenant_id = work->tenant->tenant_id;
    Member *members = NULL;
    MemberView *views;
    size_t count = 0;
    int r;

    r = chat_join_list(work->store, tenant_id, chat->id.number, after, limit, work->arena, &members,
                       &count, work->failure);
    if (r < 0)
        return r;
    views = arena_array(work->arena, MemberView, count);
    for (size_t i = 0; r >= 0 && i < count; i++) {
        views[i].place = members[i].place;
        r = user_find(work->store, tenant_id, members[i].kunlun_id, work->arena, &views[i].user,
                      work->failure);
        if (r == 0)
            r = fail(work->failure, E_FAULT, "member %s is no user", members[i].kunlun_id);
    }
    if (r < 0)
        return r;
    *ret_members = views;
    *ret_count = count;
    return 0;
}

int chat_members(const Work *work, const char *chat_id, MemberPlace after, size_t limit,
                 MemberView **ret_members, size_t *ret_count, int64_t *ret_total)
{
    Chat chat = { 0 };
    int r = chat_get_inside(work, chat_id, &chat);

    if (r < 0)
        return r;
    *ret_total = chat.user_count;
    return chat_list_members(work, &chat, after, limit, ret_members, ret_count);
}
