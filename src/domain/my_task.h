/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/work.h"
#include "model/chat.h"
#include "model/task.h"

/* What a person on the page sees of a task. */

typedef struct TaskChat {
    Chat chat;
    bool is_member; /* work->user is */
} TaskChat;

typedef struct TaskView {
    Task task;
    User initiator;
    const User *assignees;
    size_t assignee_count;
    const User *cc;
    size_t cc_count;
    const TaskChat *chats; /* the newest first, at most TASK_CHATS_MOST */
    size_t chat_count;
    bool has_more_chats; /* there may be older ones */
} TaskView;

/* For who takes part in the task or is in one of its chats. E_NOT_FOUND: there is none for
 * work->user. */
int my_task_view(const Work *work, const char *task_id, TaskView *ret_view);
