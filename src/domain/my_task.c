/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/my_task.h"

#include "model/limits.h"
#include "store/chat_index.h"
#include "store/chat_join_store.h"
#include "store/chat_store.h"
#include "store/task_store.h"
#include "store/user_store.h"

static int read_people(const Work *work, const char *task_id, Role role, const User **ret_users,
                       size_t *ret_count)
{
    int64_t tenant_id = work->tenant->tenant_id;
    const char **kunlun_ids = NULL;
    User *users;
    size_t count = 0, found = 0;
    int r;

    r = task_participants(work->store, tenant_id, task_id, role, work->arena, &kunlun_ids, &count,
                          work->failure);
    users = arena_array(work->arena, User, count);
    for (size_t i = 0; r >= 0 && i < count; i++) {
        r = user_find(work->store, tenant_id, kunlun_ids[i], work->arena, &users[found],
                      work->failure);
        found += r > 0;
    }
    *ret_users = users;
    *ret_count = found;
    return r < 0 ? r : 0;
}

/* A candidate of the index: 1 when it is a chat of the task. */
static int look_at(const Work *work, const char *task_id, int64_t chat_number, TaskChat *ret_chat)
{
    int64_t tenant_id = work->tenant->tenant_id;
    bool is_linked = false;
    TaskLink link;
    int r;

    r = chat_find_number(work->store, tenant_id, chat_number, work->arena, &ret_chat->chat,
                         work->failure);
    if (r > 0)
        r = chat_join_search(work->store, tenant_id, chat_number, &work->user->kunlun_id, 1,
                             &ret_chat->is_member, task_id, &is_linked, work->failure);
    else
        return r;
    if (r >= 0 && !is_linked)
        r = task_chat_find(work->store, tenant_id, task_id, chat_number, work->arena, &link,
                           work->failure);
    else if (r >= 0)
        r = 1;
    return r;
}

static int read_chats(const Work *work, const char *task_id, TaskView *view)
{
    const ChatIndexRange newest = { -1, INT64_MAX, true, TASK_CHATS_MOST };
    int64_t *numbers = NULL;
    TaskChat *chats;
    size_t count = 0;
    int r;

    r = chat_index_list(work->store, work->tenant->tenant_id, CHAT_INDEX_TASK, task_id, &newest,
                        work->arena, &numbers, &count, work->failure);
    if (r < 0)
        return r;
    view->has_more_chats = count == TASK_CHATS_MOST;
    chats = arena_array(work->arena, TaskChat, count);
    for (size_t i = 0; r >= 0 && i < count; i++) {
        r = look_at(work, task_id, numbers[i], &chats[view->chat_count]);
        view->chat_count += r > 0;
    }
    view->chats = chats;
    return r < 0 ? r : 0;
}

static bool is_in_some_chat(const TaskView *view)
{
    for (size_t i = 0; i < view->chat_count; i++)
        if (view->chats[i].is_member)
            return true;
    return false;
}

static int check_visible(const Work *work, const char *task_id, const TaskView *view)
{
    int r = task_has_participant(work->store, work->tenant->tenant_id, task_id,
                                 work->user->kunlun_id, work->failure);

    if (r == 0 && !is_in_some_chat(view))
        return fail_field(work->failure, E_NOT_FOUND, "task_id", task_id, "there is no task %s",
                          task_id);
    return r < 0 ? r : 0;
}

int my_task_view(const Work *work, const char *task_id, TaskView *ret_view)
{
    int64_t tenant_id = work->tenant->tenant_id;
    int r;

    *ret_view = (TaskView){ .chat_count = 0 };
    r = task_find(work->store, tenant_id, task_id, work->arena, &ret_view->task, work->failure);
    if (r > 0)
        r = read_chats(work, task_id, ret_view);
    if (r >= 0)
        r = check_visible(work, task_id, ret_view);
    if (r >= 0)
        r = user_find(work->store, tenant_id, ret_view->task.initiator_id, work->arena,
                      &ret_view->initiator, work->failure);
    if (r >= 0)
        r = read_people(work, task_id, ROLE_ASSIGNEE, &ret_view->assignees,
                        &ret_view->assignee_count);
    if (r >= 0)
        r = read_people(work, task_id, ROLE_CC, &ret_view->cc, &ret_view->cc_count);
    return r;
}
