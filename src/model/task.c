/* SPDX-License-Identifier: Apache-2.0 */
#include "model/task.h"

#include "base/cleanup.h"
#include "base/text.h"

static const char *const roles[] = {
    [ROLE_INITIATOR] = "initiator", [ROLE_ASSIGNEE] = "assignee", [ROLE_CC] = "cc"
};
static const char *const sources[] = {
    [ROLE_INITIATOR] = "fromMe", [ROLE_ASSIGNEE] = "assignMe", [ROLE_CC] = "CCMe"
};
static const char *const types[] = { "pending", "archived" };
/* The first is the platform's; the others are contract §1.4's closed set. */
static const char *const statuses[] = { "in_process", "completed", "rejected", "canceled" };

static bool is_one_of(const char *text, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(text, texts[i]))
            return true;
    return false;
}

const char *role_text(Role role)
{
    return roles[role];
}

bool task_type_is_valid(const char *type)
{
    return is_one_of(type, types, COUNT_OF(types));
}

bool workflow_status_is_valid(const char *status)
{
    return is_one_of(status, statuses, COUNT_OF(statuses));
}

bool task_source_parse(const char *source, Role *ret_role)
{
    for (size_t i = 0; i < COUNT_OF(sources); i++)
        if (text_equal(source, sources[i])) {
            *ret_role = (Role)i;
            return true;
        }
    return false;
}

const char *label_in(const Label *labels, size_t count, const char *language_code)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(labels[i].language_code, language_code))
            return labels[i].text;
    return NULL;
}
