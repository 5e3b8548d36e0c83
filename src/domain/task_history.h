/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/my_task.h"

/* What happened with a task, as far as it is known here (docs/adr/0020-history.md): that it was
 * started, and what became of it in chats. */

typedef enum TaskStepKind {
    TASK_STARTED,
    TASK_CHAT_OPENED,  /* a new one, from the task */
    TASK_CHAT_LINKED,  /* the task came into one that was there already, often with people */
    TASK_CHAT_CHANGED, /* an EVENT_CHAT_UPDATED, of whatever was changed, or _DISBANDED */
} TaskStepKind;

typedef struct TaskStep {
    TaskStepKind kind;
    int64_t number; /* the event's, else its time's */
    bool is_bare;   /* there never was an event */
    int64_t step_ms;
    const TaskChat *chat; /* of the view; NULL: it was started */
    const User *actor;    /* may be the view's initiator; NULL: no person did it */
    const Event *event;   /* that tells more; NULL of a bare one */
} TaskStep;

typedef struct TaskHistory {
    TaskStep *steps; /* the oldest first, at most TASK_HISTORY_MOST */
    size_t count;
    bool has_more; /* older ones are left out */
} TaskHistory;

/* Of a task that was looked at by my_task_view(), for the same person. */
int task_history(const Work *work, const TaskView *view, TaskHistory *ret_history);
