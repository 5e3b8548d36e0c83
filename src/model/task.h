/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A human task and the workflow instance that it belongs to (contract §1.3, §1.4). The spelling
 * "summarys" is the wire's. */

typedef struct Label {
    const char *language_code; /* a Windows LCID: "2052" is zh-CN, "1033" en-US */
    const char *text;
} Label;

#define LANGUAGE_CHINESE "2052"
#define LANGUAGE_ENGLISH "1033"

typedef struct Task {
    const char *task_id;
    const char *type; /* "pending", "archived" */
    int64_t task_start_ms;
    const char *workflow_instance_id;
    const char *api_id; /* the flow that the instance runs */
    const char *status; /* of the instance */
    const Label *labels;
    size_t label_count;
    const char *initiator_id; /* a kunlun_id */
    const char *initiator_name;
    const char *summarys; /* a JSON array */
} Task;

/* What an import brings. */
typedef struct TaskDraft {
    Task task;
    const char *const *assignees; /* kunlun ids */
    size_t assignee_count;
    const char *const *cc;
    size_t cc_count;
} TaskDraft;

typedef enum Role { ROLE_INITIATOR, ROLE_ASSIGNEE, ROLE_CC } Role;
const char *role_text(Role role); /* "initiator" … */

bool task_type_is_valid(const char *type);
bool workflow_status_is_valid(const char *status);

/* query.source: fromMe, assignMe, CCMe (contract §1.4). */
bool task_source_parse(const char *source, Role *ret_role);

/* The label's text in that language, or NULL. */
const char *label_in(const Label *labels, size_t count, const char *language_code);
