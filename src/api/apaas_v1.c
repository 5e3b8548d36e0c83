/* SPDX-License-Identifier: Apache-2.0 */
#include "api/apaas_v1.h"

#include <string.h>

#include "base/text.h"

#include "domain/task.h"
#include "model/limits.h"

/* ---- user_task.chat_group -----------------------------------------------------------------------
 */

typedef struct GroupReply {
    const char *chat_id;
} GroupReply;

/* clang-format off */
const Field chat_group_body[] = {
    FIELD(GroupDraft, operator_user_id, JSON_TEXT,       FIELD_REQUIRED, .about = "kunlun id of who acts; owns a new chat"),
    FIELD(GroupDraft, invite_user_ids,  JSON_TEXT_ARRAY, 0, .at_least = 1, .at_most = INVITEES_MOST, .about = "kunlun ids of who is invited; without any, the task's assignees come into a new chat"),
    FIELD(GroupDraft, chat_id,          JSON_TEXT,       0, .about = "the chat to bring them into; empty: a new chat is opened"),
    FIELD(GroupDraft, chat_name,        JSON_TEXT,       0, .about = "name of a new chat; without it, the task's label"),
    FIELDS_END,
};
const Field chat_group_reply[] = {
    FIELD(GroupReply, chat_id, JSON_TEXT, FIELD_REQUIRED, .about = "the chat that was opened or joined"),
    FIELDS_END,
};
/* clang-format on */

int chat_group_open(Call *call, const GroupDraft *draft)
{
    const char *task_id = call_path(call, 0);
    GroupReply reply = { 0 };
    int r = call_find_key(call);

    if (r > 0)
        r = call_replay(call, group_fingerprint(&call->work, task_id, draft));
    if (r != 0)
        return r;
    r = group_open(&call->work, task_id, draft, &reply.chat_id);
    if (r < 0)
        return r;
    call_reply(call, chat_group_reply, &reply);
    return call_keep(call);
}

int user_task_chat_group(Call *call)
{
    GroupDraft draft = { 0 };
    int r = call_read_body(call, &draft);

    return r < 0 ? r : chat_group_open(call, &draft);
}

/* ---- user_task.query ----------------------------------------------------------------------------
 */

typedef struct QueryBody {
    const char *kunlun_user_id;
    const char *type;
    const char *source;
    const char *limit;
    const char *offset;
    const char *start_time;
    const char *end_time;
    TextArray api_ids;
} QueryBody;

typedef struct InstanceReply {
    const char *id;
    ObjectArray label;
    const char *status;
} InstanceReply;

typedef struct InitiatorReply {
    const char *user_id;
    const char *name;
} InitiatorReply;

typedef struct TaskReply {
    const char *task_id;
    const char *task_start_time;
    InstanceReply *workflow_instance;
    InitiatorReply *initiator;
    const char *summarys;
} TaskReply;

typedef struct QueryReply {
    const char *count;
    ObjectArray tasks;
} QueryReply;

/* clang-format off */
const Field query_body[] = {
    FIELD(QueryBody, kunlun_user_id, JSON_TEXT,       FIELD_REQUIRED, .about = "whose tasks"),
    FIELD(QueryBody, type,           JSON_TEXT,       0, .about = "pending (to do) or archived (done); without it, both"),
    FIELD(QueryBody, source,         JSON_TEXT,       0, .about = "fromMe, assignMe or CCMe; without it, all"),
    FIELD(QueryBody, limit,          JSON_TEXT,       0, .about = "\"1\" to \"50\"; without it, \"10\""),
    FIELD(QueryBody, offset,         JSON_TEXT,       0, .about = "how many to skip; without it, \"0\""),
    FIELD(QueryBody, start_time,     JSON_TEXT,       0, .about = "started at or after, in milliseconds"),
    FIELD(QueryBody, end_time,       JSON_TEXT,       0, .about = "started at or before, in milliseconds"),
    FIELD(QueryBody, api_ids,        JSON_TEXT_ARRAY, 0, .at_least = 1, .at_most = API_IDS_MOST, .about = "only of these flows"),
    FIELDS_END,
};
const Field label_fields[] = {
    FIELD(Label, language_code, JSON_TEXT, FIELD_REQUIRED, .about = "2052 is zh-CN, 1033 en-US"),
    FIELD(Label, text,          JSON_TEXT, FIELD_REQUIRED, .about = "the text in that language"),
    FIELDS_END,
};
static const Field instance_fields[] = {
    FIELD(InstanceReply, id,     JSON_TEXT,         FIELD_REQUIRED, .about = "the workflow instance"),
    FIELD(InstanceReply, label,  JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = label_fields, .item_bytes = sizeof(Label), .about = "its name by language"),
    FIELD(InstanceReply, status, JSON_TEXT,         FIELD_REQUIRED, .about = "in_process, completed, rejected or canceled"),
    FIELDS_END,
};
static const Field initiator_fields[] = {
    FIELD(InitiatorReply, user_id, JSON_TEXT, FIELD_REQUIRED, .about = "a kunlun id"),
    FIELD(InitiatorReply, name,    JSON_TEXT, FIELD_REQUIRED, .about = "their name"),
    FIELDS_END,
};
static const Field task_fields[] = {
    FIELD(TaskReply, task_id,           JSON_TEXT,   FIELD_REQUIRED, .about = "what chat_group takes"),
    FIELD(TaskReply, task_start_time,   JSON_TEXT,   FIELD_REQUIRED, .about = "milliseconds"),
    FIELD(TaskReply, workflow_instance, JSON_OBJECT, FIELD_REQUIRED, .fields = instance_fields, .item_bytes = sizeof(InstanceReply), .about = "the workflow that it is a step of"),
    FIELD(TaskReply, initiator,         JSON_OBJECT, FIELD_REQUIRED, .fields = initiator_fields, .item_bytes = sizeof(InitiatorReply), .about = "who started the workflow"),
    FIELD(TaskReply, summarys,          JSON_RAW,    FIELD_REQUIRED, .about = "array of file_key {language_code, text} and file_value [{language_code, text}]"),
    FIELDS_END,
};
const Field query_reply[] = {
    FIELD(QueryReply, count, JSON_TEXT,         FIELD_REQUIRED, .about = "how many there are in all"),
    FIELD(QueryReply, tasks, JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = task_fields, .item_bytes = sizeof(TaskReply), .about = "this page of them, newest first"),
    FIELDS_END,
};
/* clang-format on */

/* text, when given, must be a number from least to most. */
static int read_number(Call *call, const char *field, const char *text, int64_t least, int64_t most,
                       int64_t *number)
{
    int64_t value = 0;

    if (!text)
        return 0;
    if (text_parse_number(text, &value) < 0 || value < least || value > most)
        return fail_field(&call->failure, E_INVALID, field, text,
                          "%s is a number from %lld to %lld", field, (long long)least,
                          (long long)most);
    *number = value;
    return 0;
}

static int read_filter(Call *call, const QueryBody *body, TaskFilter *ret_filter)
{
    const int64_t latest_ms = INT64_C(253402300799999); /* the year 9999 */
    Role role = ROLE_INITIATOR;
    int r;

    *ret_filter = (TaskFilter){ .kunlun_id = body->kunlun_user_id,
                                .type = body->type,
                                .end_ms = INT64_MAX,
                                .limit = TASK_PAGE_DEFAULT,
                                .api_ids = body->api_ids.items,
                                .api_id_count = body->api_ids.count };
    if (body->type && !task_type_is_valid(body->type))
        return fail_field(&call->failure, E_INVALID, "type", body->type,
                          "type is pending or archived");
    if (body->source && !task_source_parse(body->source, &role))
        return fail_field(&call->failure, E_INVALID, "source", body->source,
                          "source is fromMe, assignMe or CCMe");
    if (body->source)
        ret_filter->role = role_text(role);
    r = read_number(call, "limit", body->limit, 1, TASK_PAGE_MOST, &ret_filter->limit);
    if (r >= 0)
        r = read_number(call, "offset", body->offset, 0, TASK_OFFSET_MOST, &ret_filter->offset);
    if (r >= 0)
        r = read_number(call, "start_time", body->start_time, 0, latest_ms, &ret_filter->start_ms);
    if (r >= 0)
        r = read_number(call, "end_time", body->end_time, 0, latest_ms, &ret_filter->end_ms);
    return r;
}

/* Decision 32: there is always a text for zh-CN. */
ObjectArray labels_of(Arena *arena, const Task *task)
{
    Label *labels = arena_array(arena, Label, task->label_count + 1);
    size_t count = task->label_count;

    if (count > 0)
        memcpy(labels, task->labels, count * sizeof(*labels));
    if (!label_in(task->labels, task->label_count, LANGUAGE_CHINESE))
        labels[count++] =
            (Label){ LANGUAGE_CHINESE, task->label_count > 0 ? labels[0].text : task->task_id };
    return (ObjectArray){ labels, count, true };
}

static TaskReply reply_of(Arena *arena, const Task *task)
{
    TaskReply reply = { .task_id = task->task_id,
                        .task_start_time =
                            arena_print(arena, "%lld", (long long)task->task_start_ms),
                        .workflow_instance = arena_alloc(arena, sizeof(InstanceReply)),
                        .initiator = arena_alloc(arena, sizeof(InitiatorReply)),
                        .summarys = task->summarys };

    *reply.workflow_instance =
        (InstanceReply){ task->workflow_instance_id, labels_of(arena, task), task->status };
    *reply.initiator = (InitiatorReply){ task->initiator_id, task->initiator_name };
    return reply;
}

int user_task_query(Call *call)
{
    QueryBody body = { 0 };
    TaskFilter filter;
    TaskReply *replies;
    Task *tasks = NULL;
    size_t count = 0;
    int64_t total = 0;
    int r;

    r = call_read_body(call, &body);
    if (r >= 0)
        r = read_filter(call, &body, &filter);
    if (r >= 0)
        r = task_query(&call->work, &filter, &tasks, &count, &total);
    if (r < 0)
        return r;
    replies = arena_array(call->arena, TaskReply, count);
    for (size_t i = 0; i < count; i++)
        replies[i] = reply_of(call->arena, &tasks[i]);
    return call_reply(call, query_reply,
                      &(QueryReply){ arena_print(call->arena, "%lld", (long long)total),
                                     { replies, count, true } });
}
