/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/call.h"
#include "domain/group.h"
#include "model/task.h"

/* apaas/v1: human tasks (contract §1). */

extern const Field query_body[], query_reply[], chat_group_body[], chat_group_reply[];

/* The rest of chat_group, whoever names the operator: the path's task, the request's key, and the
 * answer by chat_group_reply. */
int chat_group_open(Call *call, const GroupDraft *draft);

/* Labels by language, for whoever else tells of tasks. */
extern const Field label_fields[];
ObjectArray labels_of(Arena *arena, const Task *task);

int user_task_query(Call *call);
int user_task_chat_group(Call *call);
