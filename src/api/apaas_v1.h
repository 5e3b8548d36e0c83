/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/call.h"

/* apaas/v1: human tasks (contract §1). */

extern const Field query_body[], query_reply[], chat_group_body[], chat_group_reply[];

int user_task_query(Call *call);
int user_task_chat_group(Call *call);
