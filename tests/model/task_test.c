/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "model/task.h"

TEST(roles_have_texts)
{
    CHECK_TEXT(role_text(ROLE_INITIATOR), "initiator");
    CHECK_TEXT(role_text(ROLE_ASSIGNEE), "assignee");
    CHECK_TEXT(role_text(ROLE_CC), "cc");
}

TEST(a_source_names_a_role)
{
    Role role = ROLE_CC;

    CHECK(task_source_parse("fromMe", &role));
    CHECK_INT(role, ROLE_INITIATOR);
    CHECK(task_source_parse("assignMe", &role));
    CHECK_INT(role, ROLE_ASSIGNEE);
    CHECK(task_source_parse("CCMe", &role));
    CHECK_INT(role, ROLE_CC);
    CHECK(!task_source_parse("ccMe", &role));
    CHECK(!task_source_parse("fromMe ", &role));
    CHECK(!task_source_parse("", &role));
    CHECK(!task_source_parse(NULL, &role));
    CHECK_INT(role, ROLE_CC);
}

TEST(types_and_statuses_are_closed_sets)
{
    CHECK(task_type_is_valid("pending"));
    CHECK(task_type_is_valid("archived"));
    CHECK(!task_type_is_valid("Pending"));
    CHECK(!task_type_is_valid("in_process"));
    CHECK(!task_type_is_valid(""));
    CHECK(!task_type_is_valid(NULL));

    CHECK(workflow_status_is_valid("in_process"));
    CHECK(workflow_status_is_valid("completed"));
    CHECK(workflow_status_is_valid("rejected"));
    CHECK(workflow_status_is_valid("canceled"));
    CHECK(!workflow_status_is_valid("cancelled"));
    CHECK(!workflow_status_is_valid("pending"));
    CHECK(!workflow_status_is_valid(NULL));
}

TEST(a_label_is_found_by_its_language)
{
    static const Label labels[] = { { "1033", "Purchase" }, { "2052", "采购" }, { "2052", "x" } };

    CHECK_TEXT(label_in(labels, 3, LANGUAGE_CHINESE), "采购");
    CHECK_TEXT(label_in(labels, 3, LANGUAGE_ENGLISH), "Purchase");
    CHECK_TEXT(label_in(labels, 3, "1041"), NULL);
    CHECK_TEXT(label_in(labels, 1, LANGUAGE_CHINESE), NULL);
    CHECK_TEXT(label_in(NULL, 0, LANGUAGE_CHINESE), NULL);
}

CHECK_MAIN
