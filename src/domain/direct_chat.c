/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/direct_chat.h"

#include "base/text.h"

#include "domain/chat_entry.h"
#include "store/chat_join_store.h"
#include "store/chat_store.h"
#include "store/user_store.h"

static int check_active(const Work *work, const User *user)
{
    if (user->status != USER_ACTIVE)
        return fail_field(work->failure, E_CONFLICT, "receive_id", user->open_id,
                          "user %s has resigned", user->open_id);
    return 0;
}

/* It has no name: whoever shows it names it after the other side. */
static int make(const Work *work, const User *user, Chat *ret_chat)
{
    int64_t tenant_id = work->tenant->tenant_id;
    int r;

    *ret_chat = (Chat){ .id = id_make(work->ids, work->now_ms),
                        .name = "",
                        .owner_id = "",
                        .creator_app_id = work->app->app_id,
                        .chat_status = CHAT_STATUS_NORMAL,
                        .settings = "",
                        .user_count = 1,
                        .bot_ids = work->app->app_id,
                        .created_ms = work->now_ms,
                        .is_direct = true };
    r = chat_open_direct(work, ret_chat, user->kunlun_id);
    return r < 0 ? r
                 : direct_chat_insert(work->store, tenant_id, work->app->app_id, user->kunlun_id,
                                      ret_chat->id.number, work->failure);
}

int direct_chat_open(const Work *work, const User *user, Chat *ret_chat)
{
    int r;

    r = check_active(work, user);
    if (r < 0)
        return r;
    r = direct_chat_find(work->store, work->tenant->tenant_id, work->app->app_id, user->kunlun_id,
                         work->arena, ret_chat, work->failure);
    if (r == 0)
        r = make(work, user, ret_chat);
    return r < 0 ? r : 0;
}

/* Its user is the only one who ever came. */
int direct_chat_check(const Work *work, const Chat *chat)
{
    int64_t tenant_id = work->tenant->tenant_id;
    Member *members = NULL;
    User user = { 0 };
    size_t count = 0;
    int r;

    if (!chat->is_direct)
        return 0;
    r = chat_join_list(work->store, tenant_id, chat->id.number, BEFORE_ALL_MEMBERS, 1, work->arena,
                       &members, &count, work->failure);
    if (r >= 0 && count > 0)
        r = user_find(work->store, tenant_id, members[0].kunlun_id, work->arena, &user,
                      work->failure);
    if (r == 0)
        r = fail(work->failure, E_FAULT, "a direct chat has no user");
    return r < 0 ? r : check_active(work, &user);
}
