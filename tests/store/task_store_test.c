/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include "check.h"
#include "model/limits.h"
#include "store/task_store.h"
#include "store/temp_store.h"
#include "store/user_store.h"

enum { OURS = 1, THEIRS = 2 };

static const Label labels[] = { { "2052", "采购审批" }, { "1033", "Purchase approval" } };

/* Task id of instance "w" + id, from 1 to 2 and copied to 3. */
static TaskDraft draft_of(const char *task_id, const char *instance_id)
{
    static const char *const assignees[] = { "2", "4" }, *const cc[] = { "3" };

    return (TaskDraft){ .task = { .task_id = task_id,
                                  .type = "pending",
                                  .task_start_ms = 1000,
                                  .workflow_instance_id = instance_id,
                                  .api_id = "purchase_flow",
                                  .status = "in_process",
                                  .labels = labels,
                                  .label_count = 2,
                                  .initiator_id = "1",
                                  .summarys = "[]" },
                        .assignees = assignees,
                        .assignee_count = 2,
                        .cc = cc,
                        .cc_count = 1 };
}

static int put(TempStore *kept, int64_t tenant_id, const TaskDraft *draft)
{
    return task_put(kept->store, tenant_id, draft, &kept->failure);
}

static TaskFilter all_of(const char *kunlun_id)
{
    return (TaskFilter){ .kunlun_id = kunlun_id, .end_ms = INT64_MAX, .limit = 10 };
}

/* The ids of what is found, with a space after each, and the total. */
static const char *found(TempStore *kept, int64_t tenant_id, const TaskFilter *filter)
{
    Task *tasks = NULL;
    size_t count = 0;
    int64_t total = -1;
    Buffer ids;
    int r = task_find_many(kept->store, tenant_id, filter, kept->arena, &tasks, &count, &total,
                           &kept->failure);

    if (r < 0)
        return kept->failure.text;
    buffer_init(&ids, kept->arena, 64);
    for (size_t i = 0; i < count; i++)
        buffer_print(&ids, "%s ", tasks[i].task_id);
    buffer_print(&ids, "of %lld", (long long)total);
    return ids.text;
}

/* ---- one task ---- */

TEST(every_role_takes_part)
{
    TEMP_STORE(kept);
    TaskDraft draft = draft_of("t", "w"), other = draft_of("x", "w");
    const char *const nine[] = { "9" };

    other.assignees = nine;
    other.assignee_count = 1;
    CHECK_INT(put(&kept, OURS, &draft), 0);
    CHECK_INT(put(&kept, OURS, &other), 0);
    CHECK_INT(task_has_participant(kept.store, OURS, "t", "1", &kept.failure), 1);
    CHECK_INT(task_has_participant(kept.store, OURS, "t", "2", &kept.failure), 1);
    CHECK_INT(task_has_participant(kept.store, OURS, "t", "3", &kept.failure), 1);
    CHECK_INT(task_has_participant(kept.store, OURS, "t", "9", &kept.failure), 0);
    CHECK_INT(task_has_participant(kept.store, OURS, "x", "9", &kept.failure), 1);
    CHECK_INT(task_has_participant(kept.store, THEIRS, "t", "1", &kept.failure), 0);
}

TEST(participants_come_in_the_imports_order)
{
    TEMP_STORE(kept);
    TaskDraft draft = draft_of("t", "w"), theirs = draft_of("t", "w");
    const char *const backwards[] = { "9", "5", "7", "5" }, *const eight[] = { "8" };
    const char **ids = NULL;
    size_t count = 0;

    draft.assignees = backwards;
    draft.assignee_count = 4;
    theirs.assignees = eight;
    theirs.assignee_count = 1;
    CHECK_INT(put(&kept, OURS, &draft), 0);
    CHECK_INT(put(&kept, THEIRS, &theirs), 0);
    CHECK_INT(task_participants(kept.store, OURS, "t", ROLE_ASSIGNEE, kept.arena, &ids, &count,
                                &kept.failure),
              0);
    CHECK_INT(count, 3);
    CHECK_TEXT(ids[0], "9");
    CHECK_TEXT(ids[1], "5");
    CHECK_TEXT(ids[2], "7");
    CHECK_INT(
        task_participants(kept.store, OURS, "t", ROLE_CC, kept.arena, &ids, &count, &kept.failure),
        0);
    CHECK_INT(count, 1);
    CHECK_TEXT(ids[0], "3");
    CHECK_INT(task_participants(kept.store, OURS, "x", ROLE_ASSIGNEE, kept.arena, &ids, &count,
                                &kept.failure),
              0);
    CHECK_INT(count, 0);
}

TEST(a_label_is_that_of_the_tasks_instance)
{
    TEMP_STORE(kept);
    static const Label theirs_labels[] = { { "2052", "不是我们的" }, { "2052", "第二" } };
    TaskDraft draft = draft_of("t", "w"), theirs = draft_of("t", "w");
    const char *text = NULL;

    theirs.task.labels = theirs_labels;
    theirs.task.label_count = 2;
    CHECK_INT(put(&kept, OURS, &draft), 0);
    CHECK_INT(put(&kept, THEIRS, &theirs), 0);
    CHECK_INT(task_label(kept.store, OURS, "t", "2052", kept.arena, &text, &kept.failure), 1);
    CHECK_TEXT(text, "采购审批");
    CHECK_INT(task_label(kept.store, OURS, "t", "1033", kept.arena, &text, &kept.failure), 1);
    CHECK_TEXT(text, "Purchase approval");
    CHECK_INT(task_label(kept.store, OURS, "t", "1041", kept.arena, &text, &kept.failure), 1);
    CHECK(!text);
    CHECK_INT(task_label(kept.store, THEIRS, "t", "1033", kept.arena, &text, &kept.failure), 1);
    CHECK(!text);
    CHECK_INT(task_label(kept.store, THEIRS, "t", "2052", kept.arena, &text, &kept.failure), 1);
    CHECK_TEXT(text, "不是我们的"); /* the first of two */
}

TEST(a_label_is_asked_for_of_a_task_of_the_tenant)
{
    TEMP_STORE(kept);
    TaskDraft draft = draft_of("t", "w");
    const char *text = "";

    CHECK_INT(task_label(kept.store, OURS, "t", "2052", kept.arena, &text, &kept.failure), 0);
    CHECK(!text);
    CHECK_INT(put(&kept, OURS, &draft), 0);
    CHECK_INT(task_label(kept.store, OURS, "t", "2052", kept.arena, &text, &kept.failure), 1);
    CHECK_INT(task_label(kept.store, OURS, "w", "2052", kept.arena, &text, &kept.failure), 0);
    CHECK_INT(task_label(kept.store, THEIRS, "t", "2052", kept.arena, &text, &kept.failure), 0);
}

TEST(putting_again_replaces_task_instance_labels_and_people)
{
    TEMP_STORE(kept);
    TaskDraft draft = draft_of("t", "w"), theirs = draft_of("t", "w");

    CHECK_INT(put(&kept, OURS, &draft), 0);
    CHECK_INT(put(&kept, THEIRS, &theirs), 0);
    draft.task.type = "archived";
    draft.task.status = "completed";
    draft.task.api_id = "other_flow";
    draft.task.label_count = 1;
    draft.task.initiator_id = "9";
    draft.task.summarys = "[1]";
    draft.task.task_start_ms = 7;
    draft.assignee_count = 1;
    draft.cc_count = 0;
    CHECK_INT(put(&kept, OURS, &draft), 0);
    CHECK_TEXT(temp_store_rows(kept.store, kept.arena),
               "revision|directory|1\n"
               "workflow_instance|1|w|other_flow|completed\n"
               "workflow_instance|2|w|purchase_flow|in_process\n"
               "workflow_label|1|w|0|2052|采购审批\n"
               "workflow_label|2|w|0|2052|采购审批\n"
               "workflow_label|2|w|1|1033|Purchase approval\n"
               "task|1|t|w|archived|7|[1]\n"
               "task|2|t|w|pending|1000|[]\n"
               "participant|1|2|assignee|t|0\n"
               "participant|1|9|initiator|t|0\n"
               "participant|2|1|initiator|t|0\n"
               "participant|2|2|assignee|t|0\n"
               "participant|2|3|cc|t|0\n"
               "participant|2|4|assignee|t|1\n");
}

/* ---- many ---- */

TEST(a_found_task_is_whole)
{
    TEMP_STORE(kept);
    TaskDraft draft = draft_of("t", "w"), theirs = draft_of("t", "w");
    User zhang = { "1", "ou_1", "on_1", "u1", "张伟", "", "", "", USER_ACTIVE };
    User li = { "1", "ou_1", "on_1", "u1", "李娜", "", "", "", USER_ACTIVE };
    TaskFilter filter = all_of("2");
    Task *tasks = NULL;
    size_t count = 0;
    int64_t total = 0;

    CHECK_INT(user_put(kept.store, THEIRS, &li, &kept.failure), 0);
    theirs.task.initiator_id = "5";
    CHECK_INT(put(&kept, THEIRS, &theirs), 0);
    draft.task.summarys = "[{\"file_key\":1}]";
    CHECK_INT(user_put(kept.store, OURS, &zhang, &kept.failure), 0);
    CHECK_INT(put(&kept, OURS, &draft), 0);
    CHECK_INT(task_find_many(kept.store, OURS, &filter, kept.arena, &tasks, &count, &total,
                             &kept.failure),
              0);
    CHECK_INT(count, 1);
    CHECK_INT(total, 1);
    CHECK_TEXT(tasks[0].task_id, "t");
    CHECK_TEXT(tasks[0].type, "pending");
    CHECK_INT(tasks[0].task_start_ms, 1000);
    CHECK_TEXT(tasks[0].workflow_instance_id, "w");
    CHECK_TEXT(tasks[0].api_id, "purchase_flow");
    CHECK_TEXT(tasks[0].status, "in_process");
    CHECK_INT(tasks[0].label_count, 2);
    CHECK_TEXT(tasks[0].labels[1].language_code, "1033");
    CHECK_TEXT(tasks[0].labels[1].text, "Purchase approval");
    CHECK_TEXT(tasks[0].initiator_id, "1");
    CHECK_TEXT(tasks[0].initiator_name, "张伟");
    CHECK_TEXT(tasks[0].summarys, "[{\"file_key\":1}]");
}

/* Three tasks of user 2, who is another's initiator and is cc'd in one more. */
static void put_five(TempStore *kept)
{
    static const char *const two[] = { "2" }, *const four[] = { "4" };
    TaskDraft drafts[5];

    for (size_t i = 0; i < 5; i++) {
        drafts[i] =
            draft_of(arena_print(kept->arena, "t%zu", i), arena_print(kept->arena, "w%zu", i));
        drafts[i].task.task_start_ms = 1000 + 10 * (int64_t)(i / 2);
    }
    drafts[1].task.type = "archived";
    drafts[2].task.api_id = "leave-flow";
    drafts[3].task.initiator_id = "2";
    drafts[3].assignees = four;
    drafts[3].assignee_count = 1;
    drafts[4].assignees = four;
    drafts[4].assignee_count = 1;
    drafts[4].cc = two;
    for (size_t i = 0; i < 5; i++)
        put(kept, OURS, &drafts[i]);
    /* Equal ids, other people: there t0 is 7's alone, and 2 has t1 and one that we haven't. */
    drafts[0].task.initiator_id = "7";
    drafts[0].assignee_count = drafts[0].cc_count = 0;
    put(kept, THEIRS, &drafts[0]);
    put(kept, THEIRS, &drafts[1]);
    drafts[2].task.task_id = "not-ours";
    put(kept, THEIRS, &drafts[2]);
}

TEST(tasks_come_newest_first_in_pages)
{
    TEMP_STORE(kept);
    TaskFilter filter = all_of("2");

    put_five(&kept);
    CHECK_TEXT(found(&kept, OURS, &filter), "t4 t3 t2 t1 t0 of 5");
    filter.limit = 2;
    CHECK_TEXT(found(&kept, OURS, &filter), "t4 t3 of 5");
    filter.offset = 4;
    CHECK_TEXT(found(&kept, OURS, &filter), "t0 of 5");
    filter.offset = 5;
    CHECK_TEXT(found(&kept, OURS, &filter), "of 5");
    filter = all_of("9");
    CHECK_TEXT(found(&kept, OURS, &filter), "of 0");
}

TEST(tenants_have_tasks_of_their_own_under_equal_ids)
{
    TEMP_STORE(kept);
    TaskFilter filter = all_of("2");

    put_five(&kept);
    CHECK_TEXT(found(&kept, THEIRS, &filter), "not-ours t1 of 2");
    filter.kunlun_id = "7";
    CHECK_TEXT(found(&kept, THEIRS, &filter), "t0 of 1");
    CHECK_TEXT(found(&kept, OURS, &filter), "of 0");
}

TEST(each_axis_narrows)
{
    TEMP_STORE(kept);
    TaskFilter filter = all_of("2");

    put_five(&kept);
    filter.role = "assignee";
    CHECK_TEXT(found(&kept, OURS, &filter), "t2 t1 t0 of 3");
    filter.role = "initiator";
    CHECK_TEXT(found(&kept, OURS, &filter), "t3 of 1");
    filter.role = "cc";
    CHECK_TEXT(found(&kept, OURS, &filter), "t4 of 1");

    filter = all_of("2");
    filter.type = "archived";
    CHECK_TEXT(found(&kept, OURS, &filter), "t1 of 1");
    filter.type = "pending";
    CHECK_TEXT(found(&kept, OURS, &filter), "t4 t3 t2 t0 of 4");

    filter = all_of("2");
    filter.start_ms = 1010;
    CHECK_TEXT(found(&kept, OURS, &filter), "t4 t3 t2 of 3");
    filter.start_ms = 1011;
    CHECK_TEXT(found(&kept, OURS, &filter), "t4 of 1");
    filter.start_ms = 0;
    filter.end_ms = 1000;
    CHECK_TEXT(found(&kept, OURS, &filter), "t1 t0 of 2");
    filter.end_ms = 999;
    CHECK_TEXT(found(&kept, OURS, &filter), "of 0");
}

TEST(only_of_these_flows_means_exactly_these)
{
    TEMP_STORE(kept);
    static const struct {
        const char *api_ids[3];
        size_t count;
        const char *found;
    } cases[] = {
        { { "leave-flow" }, 1, "t2 of 1" },
        { { "purchase_flow", "x" }, 2, "t4 t3 t1 t0 of 4" },
        { { "x", "leave-flow", "purchase_flow" }, 3, "t4 t3 t2 t1 t0 of 5" },
        { { "leave_flow" }, 1, "of 0" },
        { { "purchase-flow" }, 1, "of 0" },
        { { "purchase" }, 1, "of 0" },
        { { "%" }, 1, "of 0" },
        { { "" }, 1, "of 0" },
        { { "Leave-Flow" }, 1, "of 0" },
        { { "x,leave-flow" }, 1, "of 0" },
        { { "x,leave-flow,y", "purchase_flow" }, 2, "t4 t3 t1 t0 of 4" },
        { { "x\\" }, 1, "of 0" },
    };

    put_five(&kept);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        TaskFilter filter = all_of("2");

        filter.api_ids = cases[i].api_ids;
        filter.api_id_count = cases[i].count;
        CHECK_TEXT(found(&kept, OURS, &filter), cases[i].found);
    }
}

TEST(a_tenants_tasks_are_listed_by_id)
{
    TEMP_STORE(kept);
    Task *tasks = NULL;
    size_t count = 0;

    put_five(&kept);
    CHECK_INT(task_list(kept.store, OURS, "", kept.arena, &tasks, &count, &kept.failure), 0);
    CHECK_INT(count, 5);
    CHECK_TEXT(tasks[0].task_id, "t0");
    CHECK_INT(tasks[0].label_count, 2);
    CHECK_TEXT(tasks[4].task_id, "t4");
    CHECK_INT(task_list(kept.store, OURS, "t3", kept.arena, &tasks, &count, &kept.failure), 0);
    CHECK_INT(count, 1);
    CHECK_INT(task_list(kept.store, THEIRS, "", kept.arena, &tasks, &count, &kept.failure), 0);
    CHECK_INT(count, 3);
    CHECK_TEXT(tasks[0].task_id, "not-ours");
    CHECK_TEXT(tasks[1].initiator_id, "7");
}

CHECK_MAIN
