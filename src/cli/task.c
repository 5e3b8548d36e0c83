/* SPDX-License-Identifier: Apache-2.0 */

/* `taskroom task …`. */
#include "domain/task.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#include "cli/import.h"
#include "cli/list.h"
#include "cli/output.h"
#include "model/limits.h"

static const int64_t latest_ms = INT64_C(253402300799999); /* the year 9999, as in a query */

/* ---- a line of a file of tasks: docs/import.md ---- */

typedef struct SummaryLine {
    Label *file_key;
    ObjectArray file_value; /* Label */
} SummaryLine;

typedef struct InstanceLine {
    const char *id;
    const char *api_id;
    const char *status;
    ObjectArray label; /* Label */
} InstanceLine;

typedef struct InitiatorLine {
    const char *user_id;
    const char *name; /* printed only */
} InitiatorLine;

typedef struct TaskLine {
    const char *task_id;
    const char *type;
    const char *task_start_time;
    InstanceLine *workflow_instance;
    InitiatorLine *initiator;
    TextArray assignees;
    TextArray cc;
    ObjectArray summarys; /* SummaryLine */
} TaskLine;

/* clang-format off */
static const Field label_fields[] = {
    FIELD(Label, language_code, JSON_TEXT, FIELD_REQUIRED, .at_most = EXTERNAL_ID_BYTES_MOST),
    FIELD(Label, text,          JSON_TEXT, FIELD_REQUIRED, .at_most = LABEL_CHARACTERS_MOST),
    FIELDS_END,
};
static const Field summary_text_fields[] = {
    FIELD(Label, language_code, JSON_TEXT, FIELD_REQUIRED, .at_most = EXTERNAL_ID_BYTES_MOST),
    FIELD(Label, text,          JSON_TEXT, FIELD_REQUIRED | FIELD_KEEP_EMPTY, .at_most = SUMMARY_CHARACTERS_MOST),
    FIELDS_END,
};
static const Field summary_fields[] = {
    FIELD(SummaryLine, file_key,   JSON_OBJECT,       FIELD_REQUIRED, .fields = summary_text_fields, .item_bytes = sizeof(Label)),
    FIELD(SummaryLine, file_value, JSON_OBJECT_ARRAY, FIELD_REQUIRED, .at_most = LABELS_MOST, .fields = summary_text_fields, .item_bytes = sizeof(Label)),
    FIELDS_END,
};
static const Field instance_fields[] = {
    FIELD(InstanceLine, id,     JSON_TEXT,         FIELD_REQUIRED),
    FIELD(InstanceLine, api_id, JSON_TEXT,         FIELD_REQUIRED),
    FIELD(InstanceLine, status, JSON_TEXT,         0),
    FIELD(InstanceLine, label,  JSON_OBJECT_ARRAY, FIELD_REQUIRED, .at_most = LABELS_MOST, .fields = label_fields, .item_bytes = sizeof(Label)),
    FIELDS_END,
};
static const Field initiator_fields[] = {
    FIELD(InitiatorLine, user_id, JSON_TEXT, FIELD_REQUIRED),
    FIELD(InitiatorLine, name,    JSON_TEXT, 0),
    FIELDS_END,
};
#define SUMMARYS_FIELD \
    FIELD(TaskLine, summarys,          JSON_OBJECT_ARRAY, 0, .at_most = SUMMARYS_MOST, .fields = summary_fields, .item_bytes = sizeof(SummaryLine))
static const Field task_fields[] = {
    FIELD(TaskLine, task_id,           JSON_TEXT,         FIELD_REQUIRED),
    FIELD(TaskLine, type,              JSON_TEXT,         FIELD_REQUIRED),
    FIELD(TaskLine, task_start_time,   JSON_TEXT,         FIELD_REQUIRED),
    FIELD(TaskLine, workflow_instance, JSON_OBJECT,       FIELD_REQUIRED, .fields = instance_fields, .item_bytes = sizeof(InstanceLine)),
    FIELD(TaskLine, initiator,         JSON_OBJECT,       FIELD_REQUIRED, .fields = initiator_fields, .item_bytes = sizeof(InitiatorLine)),
    FIELD(TaskLine, assignees,         JSON_TEXT_ARRAY,   0, .at_most = PARTICIPANTS_MOST),
    FIELD(TaskLine, cc,                JSON_TEXT_ARRAY,   0, .at_most = PARTICIPANTS_MOST),
    SUMMARYS_FIELD,
    FIELDS_END,
};
static const Field summarys_fields[] = {
    SUMMARYS_FIELD,
    FIELDS_END,
};
/* clang-format on */

/* What is kept is what was checked, printed anew: compact, without members that no table names. */
static int print_summarys(const Work *work, const ObjectArray *summarys, const char **ret_text)
{
    const SummaryLine *items = summarys->items;
    Buffer text;

    buffer_init(&text, work->arena, 512);
    buffer_add_char(&text, '[');
    for (size_t i = 0; i < summarys->count; i++) {
        if (i > 0)
            buffer_add_char(&text, ',');
        json_print(&text, summary_fields, &items[i]);
    }
    buffer_add_char(&text, ']');
    if (text.size_bytes > SUMMARYS_BYTES_MOST)
        return fail_field(work->failure, E_INVALID, "summarys", NULL,
                          "summarys have at most %d bytes", SUMMARYS_BYTES_MOST);
    *ret_text = text.text;
    return 0;
}

static TaskDraft draft_of(const TaskLine *line, int64_t start_ms, const char *summarys)
{
    const InstanceLine *instance = line->workflow_instance;

    return (TaskDraft){ .task = { .task_id = line->task_id,
                                  .type = line->type,
                                  .task_start_ms = start_ms,
                                  .workflow_instance_id = instance->id,
                                  .api_id = instance->api_id,
                                  .status = instance->status ? instance->status : "in_process",
                                  .labels = instance->label.items,
                                  .label_count = instance->label.count,
                                  .initiator_id = line->initiator->user_id,
                                  .summarys = summarys },
                        .assignees = line->assignees.items,
                        .assignee_count = line->assignees.count,
                        .cc = line->cc.items,
                        .cc_count = line->cc.count };
}

int import_task(const Work *work, const Json *json)
{
    TaskLine line = { 0 };
    const char *summarys = "[]";
    TaskDraft draft;
    int64_t start_ms;
    int r;

    r = json_read(json, task_fields, &line, work->arena, work->failure);
    if (r < 0)
        return r;
    if (text_parse_number(line.task_start_time, &start_ms) < 0 || start_ms > latest_ms)
        return fail_field(work->failure, E_INVALID, "task_start_time", line.task_start_time,
                          "task_start_time is milliseconds since 1970, as digits in a string");
    r = print_summarys(work, &line.summarys, &summarys);
    if (r < 0)
        return r;
    draft = draft_of(&line, start_ms, summarys);
    return task_import(work, &draft);
}

int command_task_import(Invocation *invocation)
{
    return import_run(invocation, import_task, "task");
}

/* ---- list ---- */

typedef struct TaskRow {
    Task task;
    TextArray assignees;
    TextArray cc;
} TaskRow;

static int list_people(const Work *work, const char *task_id, Role role, TextArray *ret_people)
{
    TextArray people = { .is_present = true };
    int r = task_participants(work->store, work->tenant->tenant_id, task_id, role, work->arena,
                              &people.items, &people.count, work->failure);

    if (r < 0)
        return r;
    *ret_people = people;
    return 0;
}

/* The kept text as the structs that it was printed from. */
static int read_summarys(const Work *work, const Task *task, TaskLine *line)
{
    const char *text = arena_print(work->arena, "{\"summarys\":%s}", task->summarys);
    Json *json = NULL;
    int r;

    r = json_parse(text, strlen(text), work->arena, &json, work->failure);
    if (r < 0)
        return r;
    return json_read(json, summarys_fields, line, work->arena, work->failure);
}

static ObjectArray labels_of(const Work *work, const Task *task)
{
    Label *labels = arena_array(work->arena, Label, task->label_count + 1);

    if (task->label_count > 0)
        memcpy(labels, task->labels, task->label_count * sizeof(*labels));
    return (ObjectArray){ labels, task->label_count, true };
}

/* In the form that an import reads, so that what is printed can be brought in elsewhere. */
static int print_task_json(const Work *work, const TaskRow *row)
{
    const Task *task = &row->task;
    InstanceLine instance = { task->workflow_instance_id, task->api_id, task->status,
                              labels_of(work, task) };
    InitiatorLine initiator = { task->initiator_id, task->initiator_name };
    TaskLine line = { .task_id = task->task_id,
                      .type = task->type,
                      .task_start_time =
                          arena_print(work->arena, "%lld", (long long)task->task_start_ms),
                      .workflow_instance = &instance,
                      .initiator = &initiator,
                      .assignees = row->assignees,
                      .cc = row->cc };
    int r;

    r = read_summarys(work, task, &line);
    if (r < 0)
        return r;
    output_json(work->arena, task_fields, &line);
    return 0;
}

static void print_task_row(const Work *work, const Task *task)
{
    const char *label = label_in(task->labels, task->label_count, LANGUAGE_CHINESE);
    char start[CLOCK_ISO_BYTES];
    Buffer row;

    if (!label && task->label_count > 0)
        label = task->labels[0].text;
    clock_print_iso(task->task_start_ms, start);
    buffer_init(&row, work->arena, 256);
    output_cell(&row, task->task_id, 16);
    output_cell(&row, task->type, 8);
    output_cell(&row, start, 24);
    output_cell(&row, task->workflow_instance_id, 16);
    output_cell(&row, task->status, 10);
    output_cell(&row, label, 0);
    buffer_add_char(&row, '\n');
    output_text(&row);
}

static int print_task(const Work *work, const void *row, bool is_json)
{
    const TaskRow *task = row;

    if (is_json)
        return print_task_json(work, task);
    print_task_row(work, &task->task);
    return 0;
}

static int read_tasks(const Work *work, const char *after, ListPage *ret_page)
{
    TaskRow *rows;
    Task *tasks;
    size_t count;
    int r;

    r = task_list(work->store, work->tenant->tenant_id, after, work->arena, &tasks, &count,
                  work->failure);
    if (r < 0 || count == 0)
        return r;
    rows = arena_array(work->arena, TaskRow, count);
    for (size_t i = 0; r >= 0 && i < count; i++) {
        rows[i].task = tasks[i];
        r = list_people(work, tasks[i].task_id, ROLE_ASSIGNEE, &rows[i].assignees);
        if (r >= 0)
            r = list_people(work, tasks[i].task_id, ROLE_CC, &rows[i].cc);
    }
    *ret_page = (ListPage){ rows, count, tasks[count - 1].task_id };
    return r;
}

int command_task_list(Invocation *invocation)
{
    static const ListKind kind = { sizeof(TaskRow), read_tasks, print_task };

    return list_run(invocation, &kind);
}
