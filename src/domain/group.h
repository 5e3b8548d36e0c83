/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/text.h"

#include "domain/work.h"

/* The main job: open a group chat around a human task
 * (seed page "人工任务 - 发起群聊"; contract §10, decisions 11 to 23). */

typedef struct GroupDraft {
    const char *operator_user_id;
    TextArray invite_user_ids;
    const char *chat_id;   /* NULL: a new chat is opened */
    const char *chat_name; /* of a new chat; NULL: the task's label, or CHAT_NAME_DEFAULT */
} GroupDraft;

/* Opens a new chat with operator, invitees (without any: the task's assignees) and the calling
 * app's bot, if it is an app that calls, owned by the operator; or brings operator and invitees
 * into the given chat. Chat, members, the task's link, the first message and the events are written
 * together.
 *
 * E_NOT_FOUND: task, user or chat do not exist in this tenant · E_CONFLICT: the chat is dissolved,
 * full or direct · E_DENIED: the bot is outside the chat, or the operator may not act on this task.
 */
int group_open(const Work *work, const char *task_id, const GroupDraft *draft,
               const char **ret_chat_id);

/* What tells one request from another, for idempotency: the same for the same task, operator, set
 * of invitees, chat and name (reliability §3.3 layer 1). */
const char *group_fingerprint(const Work *work, const char *task_id, const GroupDraft *draft);
