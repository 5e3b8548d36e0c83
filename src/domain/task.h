/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/work.h"
#include "model/task.h"
#include "store/task_store.h"

/* Human tasks: brought in by imports, found by user_task/query. */

/* Adds a task with its workflow instance, or replaces both. E_INVALID names the field; E_NOT_FOUND:
 * a participant is no user of the tenant. */
int task_import(const Work *work, const TaskDraft *draft);

/* A page of one user's tasks, and how many there are in all (contract §1.3). E_NOT_FOUND: there is
 * no such user. */
int task_query(const Work *work, const TaskFilter *filter, Task **ret_tasks, size_t *ret_count,
               int64_t *ret_total);
