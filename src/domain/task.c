/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/task.h"

#include "base/text.h"

#include "domain/user.h"
#include "model/limits.h"
#include "store/user_store.h"

static int check_id(const Work *work, const char *field, const char *id)
{
    if (!external_id_is_valid(id))
        return fail_field(work->failure, E_INVALID, field, id,
                          "%s has 1 to %d letters, digits, - and _", field, EXTERNAL_ID_BYTES_MOST);
    return 0;
}

/* Readers stop at these limits: more would be lost to them. */
static int check_count(const Work *work, const char *field, size_t count, size_t most)
{
    if (count > most)
        return fail_field(work->failure, E_INVALID, field, NULL, "%s has at most %zu elements",
                          field, most);
    return 0;
}

static int check_task(const Work *work, const Task *task)
{
    int r;

    r = check_id(work, "task_id", task->task_id);
    if (r >= 0)
        r = check_id(work, "workflow_instance.id", task->workflow_instance_id);
    if (r >= 0)
        r = check_id(work, "workflow_instance.api_id", task->api_id);
    if (r >= 0)
        r = check_id(work, "initiator.user_id", task->initiator_id);
    if (r >= 0)
        r = check_count(work, "workflow_instance.label", task->label_count, LABELS_MOST);
    if (r < 0)
        return r;
    if (!task_type_is_valid(task->type))
        return fail_field(work->failure, E_INVALID, "type", task->type,
                          "type is pending or archived");
    if (!workflow_status_is_valid(task->status))
        return fail_field(work->failure, E_INVALID, "workflow_instance.status", task->status,
                          "status is in_process, completed, rejected or canceled");
    return 0;
}

static int check_people(const Work *work, const char *field, const char *const *kunlun_ids,
                        size_t count)
{
    User user;
    int r = 0;

    for (size_t i = 0; i < count; i++) {
        r = user_find(work->store, work->tenant->tenant_id, kunlun_ids[i], work->arena, &user,
                      work->failure);
        if (r < 0)
            return r;
        if (r == 0)
            return fail_field(work->failure, E_NOT_FOUND, field, kunlun_ids[i],
                              "%s: user %s does not exist", field, kunlun_ids[i]);
    }
    return 0;
}

int task_import(const Work *work, const TaskDraft *draft)
{
    int r;

    r = check_task(work, &draft->task);
    if (r >= 0)
        r = check_count(work, "assignees", draft->assignee_count, PARTICIPANTS_MOST);
    if (r >= 0)
        r = check_count(work, "cc", draft->cc_count, PARTICIPANTS_MOST);
    if (r >= 0)
        r = check_people(work, "initiator", &draft->task.initiator_id, 1);
    if (r >= 0)
        r = check_people(work, "assignees", draft->assignees, draft->assignee_count);
    if (r >= 0)
        r = check_people(work, "cc", draft->cc, draft->cc_count);
    if (r < 0)
        return r;
    return task_put(work->store, work->tenant->tenant_id, draft, work->failure);
}

int task_query(const Work *work, const TaskFilter *filter, Task **ret_tasks, size_t *ret_count,
               int64_t *ret_total)
{
    User user;
    int r;

    r = user_get_active(work, "kunlun_user_id", filter->kunlun_id, &user);
    if (r < 0)
        return r;
    return task_find_many(work->store, work->tenant->tenant_id, filter, work->arena, ret_tasks,
                          ret_count, ret_total, work->failure);
}
