/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "domain/task.h"
#include "fault_check.h"
#include "model/limits.h"

static const char *const two_people[] = { "2", "3" };

static TaskDraft draft_of(const char *task_id)
{
    static const Label labels[] = { { "2052", "请假" } };

    return (TaskDraft){ .task = { .task_id = task_id,
                                  .type = "pending",
                                  .task_start_ms = 5,
                                  .workflow_instance_id = "w9",
                                  .api_id = "leave_flow",
                                  .status = "in_process",
                                  .labels = labels,
                                  .label_count = 1,
                                  .initiator_id = "5",
                                  .summarys = "[]" },
                        .assignees = two_people,
                        .assignee_count = 2,
                        .cc = two_people,
                        .cc_count = 1 };
}

TEST(a_task_comes_with_its_instance_and_people)
{
    FIXTURE(house);
    TaskDraft draft = draft_of("t9");
    const char *before = fixture_rows(&house);

    CHECK_INT(task_import(&house.work, &draft), 0);
    CHECK_TEXT(fixture_changes(&house, before),
               "workflow_instance +1 workflow_label +1 task +1 participant +4");
    CHECK_INT(task_import(&house.work, &draft), 0);
    CHECK_TEXT(fixture_changes(&house, before),
               "workflow_instance +1 workflow_label +1 task +1 participant +4");
}

TEST(the_field_to_blame_is_named)
{
    FIXTURE(house);
    static const char *ghost[] = { "2", "99" };
    const char *before = fixture_rows(&house), **crowd;
    Label *labels = arena_array(house.kept.arena, Label, LABELS_MOST + 1);
    TaskDraft drafts[13];
    static const char *const fields[] = {
        "task_id",
        "type",
        "workflow_instance.id",
        "workflow_instance.api_id",
        "workflow_instance.status",
        "initiator.user_id",
        "workflow_instance.label",
        "assignees",
        "cc",
        "task_id",
        "workflow_instance.api_id",
        "assignees",
        "cc",
    };
    static const int codes[] = { E_INVALID, E_INVALID,   E_INVALID,  E_INVALID, E_INVALID,
                                 E_INVALID, E_INVALID,   E_INVALID,  E_INVALID, E_INVALID,
                                 E_INVALID, E_NOT_FOUND, E_NOT_FOUND };

    crowd = arena_array(house.kept.arena, const char *, PARTICIPANTS_MOST + 1);
    for (size_t i = 0; i <= PARTICIPANTS_MOST; i++)
        crowd[i] = "2";
    for (size_t i = 0; i <= LABELS_MOST; i++)
        labels[i] = (Label){ "2052", "x" };
    for (size_t i = 0; i < COUNT_OF(drafts); i++)
        drafts[i] = draft_of("t9");
    drafts[0].task.task_id = "";
    drafts[1].task.type = "done";
    drafts[2].task.workflow_instance_id = NULL;
    drafts[3].task.api_id = "a,b";
    drafts[4].task.status = "cancelled";
    drafts[5].task.initiator_id = NULL;
    drafts[6].task.labels = labels;
    drafts[6].task.label_count = LABELS_MOST + 1;
    drafts[7].assignees = crowd;
    drafts[7].assignee_count = PARTICIPANTS_MOST + 1;
    drafts[8].cc = crowd;
    drafts[8].cc_count = PARTICIPANTS_MOST + 1;
    drafts[9].task.task_id = "a/b";
    drafts[10].task.api_id = "";
    drafts[11].assignees = ghost;
    drafts[12].cc = ghost;
    drafts[12].cc_count = 2;
    for (size_t i = 0; i < COUNT_OF(drafts); i++) {
        failure_clear(house.work.failure);
        CHECK_INT(task_import(&house.work, &drafts[i]), codes[i]);
        CHECK_TEXT(house.work.failure->field, fields[i]);
    }
    CHECK_TEXT(fixture_changes(&house, before), "");
    drafts[6].task.label_count = LABELS_MOST;
    drafts[7].assignee_count = PARTICIPANTS_MOST;
    CHECK_INT(task_import(&house.work, &drafts[6]), 0);
    CHECK_INT(task_import(&house.work, &drafts[7]), 0);
}

TEST(people_are_of_the_same_tenant)
{
    FIXTURE(house);
    TaskDraft draft = draft_of("t9");

    fixture_run(&house.work, "DELETE FROM kunlun_user WHERE tenant_id = 1 AND kunlun_id = '5'",
                NULL, NULL);
    CHECK_INT(task_import(&house.work, &draft), E_NOT_FOUND);
    CHECK_TEXT(house.work.failure->field, "initiator");
    CHECK_TEXT(house.work.failure->value, "5");
    CHECK_INT(task_import(&house.stranger, &draft), 0);
}

TEST(a_users_tasks_are_found)
{
    FIXTURE(house);
    TaskFilter filter = { .kunlun_id = "1", .end_ms = INT64_MAX, .limit = 10 };
    Task *tasks = NULL;
    size_t count = 0;
    int64_t total = 0;

    CHECK_INT(task_query(&house.work, &filter, &tasks, &count, &total), 0);
    CHECK_INT(count, 2);
    CHECK_INT(total, 2);
    CHECK_TEXT(tasks[0].task_id, "t2");
    CHECK_TEXT(tasks[1].initiator_name, "张伟");
    filter.kunlun_id = "5";
    CHECK_INT(task_query(&house.work, &filter, &tasks, &count, &total), 0);
    CHECK_INT(count, 0);
    CHECK_INT(total, 0);
}

TEST(who_is_not_there_has_no_tasks)
{
    FIXTURE(house);
    TaskFilter filter = { .kunlun_id = "99", .end_ms = INT64_MAX, .limit = 10 };
    Task *tasks;
    size_t count;
    int64_t total;

    CHECK_INT(task_query(&house.work, &filter, &tasks, &count, &total), E_NOT_FOUND);
    CHECK_TEXT(house.work.failure->field, "kunlun_user_id");
    CHECK_TEXT(house.work.failure->value, "99");
}

/* ---- all or nothing ---- */

static int import(const Work *work, void *state)
{
    return task_import(work, state);
}

static int query(const Work *work, void *state)
{
    TaskFilter filter = { .kunlun_id = state, .end_ms = INT64_MAX, .limit = 10 };
    Task *tasks = NULL;
    size_t count = 0;
    int64_t total = 0;

    return task_query(work, &filter, &tasks, &count, &total);
}

TEST(whatever_call_fails_no_task_is_half_imported)
{
    FAULTY_FIXTURE(house);
    TaskDraft fresh = draft_of("t9"), old = draft_of("t1");
    char id[] = "1";

    CHECK_EACH_CALL(&house, &house.work, import, &fresh);
    CHECK_EACH_CALL(&house, &house.work, import, &old);
    CHECK_EACH_CALL(&house, &house.work, query, id);
}

CHECK_MAIN
