/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/task_history.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#include "model/limits.h"
#include "store/chat_join_store.h"
#include "store/chat_store.h"
#include "store/event_store.h"
#include "store/user_store.h"

/* What can come of one chat: its links to the task, and one without an event, and its changes. */
enum { STEPS_OF_CHAT_MOST = TASK_HISTORY_MOST + 2 + TASK_CHAT_CHANGES_MOST };

static int find_actor(const Work *work, const char *kunlun_id, const User **ret_actor)
{
    User *user = arena_alloc(work->arena, sizeof(*user));
    int r;

    *ret_actor = NULL;
    if (text_is_empty(kunlun_id))
        return 0;
    r = user_find(work->store, work->tenant->tenant_id, kunlun_id, work->arena, user,
                  work->failure);
    if (r == 0)
        *user = (User){ .kunlun_id = kunlun_id, .name = "", .en_name = "" };
    if (r >= 0)
        *ret_actor = user;
    return r < 0 ? r : 0;
}

/* ---- which steps there are ---- */

static void add_step(TaskHistory *history, TaskStepKind kind, const TaskChat *chat, int64_t number)
{
    history->steps[history->count++] = (TaskStep){ .kind = kind, .chat = chat, .number = number };
}

/* One without an event stands where an event of its time would. */
static TaskStep *add_bare_step(TaskHistory *history, TaskStepKind kind, const TaskChat *chat,
                               int64_t ms)
{
    TaskStep *step = &history->steps[history->count];

    add_step(history, kind, chat, id_number_at(ms));
    step->is_bare = true;
    step->step_ms = ms;
    return step;
}

/* A link that no join tells of any more has the join's event, or never had one. */
static int add_bare_link(const Work *work, const TaskView *view, const TaskChat *chat,
                         TaskHistory *history)
{
    TaskLink link = { 0 };
    TaskStep *step;
    int r;

    r = task_chat_find(work->store, work->tenant->tenant_id, view->task.task_id,
                       chat->chat.id.number, work->arena, &link, work->failure);
    if (r <= 0)
        return r;
    if (link.event_number > 0) {
        add_step(history, TASK_CHAT_LINKED, chat, link.event_number);
        return 0;
    }
    step = add_bare_step(history, TASK_CHAT_LINKED, chat, link.linked_ms);
    return find_actor(work, link.linked_by, &step->actor);
}

/* With the links of the chat, of which the one that the chat began with opened it. */
static int add_links(const Work *work, const TaskView *view, const TaskChat *chat,
                     TaskHistory *history)
{
    int64_t numbers[TASK_HISTORY_MOST + 1], first = -1, chat_number = chat->chat.id.number;
    int64_t tenant_id = work->tenant->tenant_id;
    size_t begin = history->count, count = 0;
    int r;

    r = chat_join_task_events(work->store, tenant_id, chat_number, view->task.task_id,
                              TASK_HISTORY_MOST + 1, numbers, &count, work->failure);
    for (size_t i = 0; r >= 0 && i < count; i++)
        add_step(history, TASK_CHAT_LINKED, chat, numbers[i]);
    if (r >= 0)
        r = add_bare_link(work, view, chat, history);
    if (r >= 0)
        r = chat_event_first(work->store, tenant_id, chat_number, &first, work->failure);
    for (size_t i = begin; r >= 0 && i < history->count; i++)
        if (history->steps[i].number == first && !history->steps[i].is_bare)
            history->steps[i].kind = TASK_CHAT_OPENED;
    return r;
}

/* What was changed of the chat since it has to do with the task. */
static int add_changes(const Work *work, const TaskChat *chat, size_t begin, TaskHistory *history)
{
    int64_t numbers[TASK_CHAT_CHANGES_MOST];
    ChatEventRange range = { INT64_MAX, INT64_MAX, TASK_CHAT_CHANGES_MOST };
    size_t count = 0;
    int r;

    for (size_t i = begin; i < history->count; i++)
        if (history->steps[i].number < range.after)
            range.after = history->steps[i].number;
    r = chat_event_numbers(work->store, work->tenant->tenant_id, chat->chat.id.number, &range,
                           EVENT_CHAT_UPDATED, EVENT_CHAT_DISBANDED, numbers, &count,
                           work->failure);
    for (size_t i = 0; r >= 0 && i < count; i++)
        add_step(history, TASK_CHAT_CHANGED, chat, numbers[i]);
    return r;
}

static int add_all(const Work *work, const TaskView *view, TaskHistory *history)
{
    int r = 0;

    add_bare_step(history, TASK_STARTED, NULL, view->task.task_start_ms)->actor = &view->initiator;
    for (size_t i = 0; r >= 0 && i < view->chat_count; i++) {
        size_t begin = history->count;

        r = add_links(work, view, &view->chats[i], history);
        if (r >= 0)
            r = add_changes(work, &view->chats[i], begin, history);
    }
    return r;
}

/* ---- the newest of them ---- */

/* A chat's change may have the number of a step without an event: the step came first. */
static int compare_steps(const void *a, const void *b)
{
    const TaskStep *one = a, *other = b;
    int order = (one->number > other->number) - (one->number < other->number);

    return order != 0 ? order : (int)one->kind - (int)other->kind;
}

static void cut(TaskHistory *history)
{
    size_t over = history->count - TASK_HISTORY_MOST;

    qsort(history->steps, history->count, sizeof(*history->steps), compare_steps);
    if (history->count <= TASK_HISTORY_MOST)
        return;
    history->steps += over;
    history->count = TASK_HISTORY_MOST;
    history->has_more = true;
}

/* 0: its event is not there. */
static int fill_step(const Work *work, TaskStep *step)
{
    Event *event;
    int r;

    if (step->is_bare)
        return 1;
    event = arena_alloc(work->arena, sizeof(*event));
    r = event_find(work->store, work->tenant->tenant_id, step->number, work->arena, event,
                   work->failure);
    if (r <= 0)
        return r;
    step->event = event;
    step->step_ms = event->created_ms;
    r = find_actor(work, event->actor_id, &step->actor);
    return r < 0 ? r : 1;
}

/* From the newest on, as long as their texts fit. */
static int fill(const Work *work, TaskHistory *history)
{
    size_t left = history->count, bytes = 0;
    int r = 0;

    for (size_t i = history->count; r >= 0 && i-- > 0;) {
        TaskStep step = history->steps[i];

        history->has_more = history->has_more || bytes > CHAT_EVENTS_BYTES;
        if (bytes > CHAT_EVENTS_BYTES)
            break;
        r = fill_step(work, &step);
        if (r <= 0)
            continue;
        bytes += step.event ? strlen(step.event->body) : 0;
        history->steps[--left] = step;
    }
    history->steps += left;
    history->count -= left;
    return r < 0 ? r : 0;
}

int task_history(const Work *work, const TaskView *view, TaskHistory *ret_history)
{
    int r;

    *ret_history = (TaskHistory){ .has_more = view->has_more_chats };
    ret_history->steps =
        arena_array(work->arena, TaskStep, 1 + view->chat_count * STEPS_OF_CHAT_MOST);
    r = add_all(work, view, ret_history);
    if (r < 0)
        return r;
    cut(ret_history);
    return fill(work, ret_history);
}
