/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "model/task.h"
#include "store/store.h"

/* Human tasks, the workflow instances that they belong to, and who takes part. */

/* 1 when there is such a task, or 0. *ret_text: the label of its instance in that language, NULL =
 * it has none. */
int task_label(Store *store, int64_t tenant_id, const char *task_id, const char *language_code,
               Arena *arena, const char **ret_text, Failure *failure);

/* 1 when the user is the task's initiator, an assignee or cc'd, or 0. */
int task_has_participant(Store *store, int64_t tenant_id, const char *task_id,
                         const char *kunlun_id, Failure *failure);

/* Kunlun ids of one role, in the order that the import gave. */
int task_participants(Store *store, int64_t tenant_id, const char *task_id, Role role, Arena *arena,
                      const char ***ret_ids, size_t *ret_count, Failure *failure);

/* Inserts or replaces the task, its instance, labels and participants. */
int task_put(Store *store, int64_t tenant_id, const TaskDraft *draft, Failure *failure);

/* Which tasks of one user; NULL means no filter on that axis. Newest first. */
typedef struct TaskFilter {
    const char *kunlun_id; /* whose */
    const char *role;      /* as role_text() */
    const char *type;
    int64_t start_ms; /* from, included */
    int64_t end_ms;   /* to, included; INT64_MAX = open */
    const char *const *api_ids;
    size_t api_id_count;
    const char *search; /* text that some label of its instance has */
    int64_t offset;
    int64_t limit;
} TaskFilter;

int task_find_many(Store *store, int64_t tenant_id, const TaskFilter *filter, Arena *arena,
                   Task **ret_tasks, size_t *ret_count, int64_t *ret_total, Failure *failure);

/* 1 and *ret_task with its labels, or 0. */
int task_find(Store *store, int64_t tenant_id, const char *task_id, Arena *arena, Task *ret_task,
              Failure *failure);

/* All tasks of a tenant for `task list`, by id, at most LIST_ROWS_MOST, after a given id (""
 * first). */
int task_list(Store *store, int64_t tenant_id, const char *after, Arena *arena, Task **ret_tasks,
              size_t *ret_count, Failure *failure);
