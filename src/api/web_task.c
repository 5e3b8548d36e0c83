/* SPDX-License-Identifier: Apache-2.0 */
/* The page: tasks, and opening a chat from one. */
#include "base/cleanup.h"
#include "base/text.h"

#include "api/apaas_v1.h"
#include "api/page.h"
#include "api/web.h"
#include "api/web_event.h"
#include "api/web_person.h"
#include "domain/group.h"
#include "domain/my_task.h"
#include "domain/task.h"
#include "domain/task_history.h"
#include "domain/user.h"
#include "model/limits.h"

typedef struct TasksQuery {
    const char *list;
    const char *search;
    const char *page_token;
} TasksQuery;

typedef struct TaskReply {
    const char *task_id;
    ObjectArray label;
    const char *type;
    const char *status;
    int64_t task_start_ms;
    Person *initiator;
    const char *summarys;
    ObjectArray assignees;
    ObjectArray cc;
    ObjectArray chats;
    ObjectArray history;
    bool history_has_more;
} TaskReply;

typedef struct TasksReply {
    ObjectArray items;
    bool has_more;
    const char *page_token;
} TasksReply;

typedef struct TaskChatReply {
    const char *chat_id;
    const char *name;
    int64_t user_count;
    bool is_member;
} TaskChatReply;

typedef struct StepReply {
    const char *event;
    int64_t event_ms;
    const char *actor; /* a person in JSON; NULL is printed as null */
    const char *chat_id;
    const char *name;
    int64_t user_count;
    ObjectArray users;
} StepReply;

typedef struct UsersQuery {
    const char *search;
} UsersQuery;

typedef struct UsersReply {
    ObjectArray items;
} UsersReply;

/* clang-format off */
#define TASK_FIELDS \
    FIELD(TaskReply, task_id,       JSON_TEXT,         FIELD_REQUIRED, .about = "its name"), \
    FIELD(TaskReply, label,         JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = label_fields, .item_bytes = sizeof(Label), .about = "its name by language"), \
    FIELD(TaskReply, type,          JSON_TEXT,         FIELD_REQUIRED, .about = "pending or archived"), \
    FIELD(TaskReply, status,        JSON_TEXT,         FIELD_REQUIRED, .about = "of its workflow"), \
    FIELD(TaskReply, task_start_ms, JSON_INTEGER,      FIELD_REQUIRED, .about = "when it began"), \
    FIELD(TaskReply, initiator,     JSON_OBJECT,       FIELD_REQUIRED, .fields = person_fields, .item_bytes = sizeof(Person), .about = "who started it")

const Field web_tasks_query[] = {
    FIELD(TasksQuery, list,       JSON_TEXT, 0, .about = "todo (default), done, mine or cc"),
    FIELD(TasksQuery, search,     JSON_TEXT, 0, .about = "text in its name"),
    FIELD(TasksQuery, page_token, JSON_TEXT, 0, .about = "from the page before"),
    FIELDS_END,
};
static const Field item_fields[] = {
    TASK_FIELDS,
    FIELDS_END,
};
const Field web_tasks_reply[] = {
    FIELD(TasksReply, items,      JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = item_fields, .item_bytes = sizeof(TaskReply), .about = "the newest first"),
    FIELD(TasksReply, has_more,   JSON_BOOLEAN,      FIELD_REQUIRED, .about = "another page follows"),
    FIELD(TasksReply, page_token, JSON_TEXT,         0, .about = "only while has_more"),
    FIELDS_END,
};
static const Field chat_fields[] = {
    FIELD(TaskChatReply, chat_id,    JSON_TEXT,    FIELD_REQUIRED, .about = "a chat"),
    FIELD(TaskChatReply, name,       JSON_TEXT,    FIELD_REQUIRED, .about = "its name"),
    FIELD(TaskChatReply, user_count, JSON_INTEGER, FIELD_REQUIRED, .about = "people inside"),
    FIELD(TaskChatReply, is_member,  JSON_BOOLEAN, FIELD_REQUIRED, .about = "this person is"),
    FIELDS_END,
};
static const Field step_fields[] = {
    FIELD(StepReply, event,      JSON_TEXT,             FIELD_REQUIRED, .about = "started, chat_opened, chat_linked, chat_renamed or chat_disbanded"),
    FIELD(StepReply, event_ms,   JSON_INTEGER,          FIELD_REQUIRED, .about = "when"),
    FIELD(StepReply, actor,      JSON_RAW,              FIELD_REQUIRED, .about = "the person who did it; null: an app"),
    FIELD(StepReply, chat_id,    JSON_TEXT,             0, .about = "the chat, one of chats"),
    FIELD(StepReply, name,       JSON_TEXT,             0, .about = "that the chat had or got then; none: as now"),
    FIELD(StepReply, user_count, JSON_INTEGER,          FIELD_REQUIRED, .about = "who came by it"),
    FIELD(StepReply, users,      JSON_OBJECT_ARRAY,     0, .fields = person_fields, .item_bytes = sizeof(Person), .about = "the same by name, where this person is a member"),
    FIELDS_END,
};
const Field web_task_reply[] = {
    TASK_FIELDS,
    FIELD(TaskReply, summarys,  JSON_RAW,          FIELD_REQUIRED, .about = "as user_task/query has them"),
    FIELD(TaskReply, assignees, JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = person_fields, .item_bytes = sizeof(Person), .about = "whose task it is"),
    FIELD(TaskReply, cc,        JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = person_fields, .item_bytes = sizeof(Person), .about = "who is kept informed"),
    FIELD(TaskReply, chats,     JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = chat_fields, .item_bytes = sizeof(TaskChatReply), .about = "the newest first"),
    FIELD(TaskReply, history,   JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = step_fields, .item_bytes = sizeof(StepReply), .about = "what happened with it, the oldest first"),
    FIELD(TaskReply, history_has_more, JSON_BOOLEAN, FIELD_REQUIRED, .about = "older steps are left out"),
    FIELDS_END,
};
const Field web_group_body[] = {
    FIELD(GroupDraft, invite_user_ids, JSON_TEXT_ARRAY, 0, .at_least = 1, .at_most = INVITEES_MOST, .about = "who is to come"),
    FIELD(GroupDraft, chat_id,         JSON_TEXT, 0, .about = "one of this person's chats; without it a new one"),
    FIELD(GroupDraft, chat_name,       JSON_TEXT, 0, .about = "of a new chat"),
    FIELDS_END,
};
const Field web_users_query[] = {
    FIELD(UsersQuery, search, JSON_TEXT, 0, .about = "text in a name"),
    FIELDS_END,
};
const Field web_users_reply[] = {
    FIELD(UsersReply, items, JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = person_fields, .item_bytes = sizeof(Person), .about = "at most 20"),
    FIELDS_END,
};
/* clang-format on */

/* ---- lists ---- */

static const struct {
    const char *name, *type;
    Role role;
} lists[] = {
    { "todo", "pending", ROLE_ASSIGNEE },
    { "done", "archived", ROLE_ASSIGNEE },
    { "mine", NULL, ROLE_INITIATOR },
    { "cc", NULL, ROLE_CC },
};

static int read_list(Call *call, const char *name, TaskFilter *filter)
{
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        if (text_equal(lists[i].name, name ? name : lists[0].name)) {
            filter->type = lists[i].type;
            filter->role = role_text(lists[i].role);
            return 0;
        }
    return fail_field(&call->failure, E_INVALID, "list", name, "list is todo, done, mine or cc");
}

static int read_filter(Call *call, const char *page, const TasksQuery *query, TaskFilter *filter)
{
    const char *offset = NULL;
    int r;

    *filter = (TaskFilter){ .kunlun_id = call->user.kunlun_id,
                            .end_ms = INT64_MAX,
                            .search = query->search,
                            .limit = TASK_PAGE_WEB };
    r = read_list(call, query->list, filter);
    if (r >= 0)
        r = page_token_parse(&call->work, page, query->page_token, &offset);
    if (r >= 0 && offset && text_parse_number(offset, &filter->offset) < 0)
        r = fail_field(&call->failure, E_INVALID, "page_token", offset, "there is no such page");
    return r;
}

static TaskReply reply_of(Arena *arena, const Task *task)
{
    Person *initiator = arena_alloc(arena, sizeof(*initiator));

    *initiator = (Person){ task->initiator_id, task->initiator_name, "" };
    return (TaskReply){ .task_id = task->task_id,
                        .label = labels_of(arena, task),
                        .type = task->type,
                        .status = task->status,
                        .task_start_ms = task->task_start_ms,
                        .initiator = initiator,
                        .summarys = task->summarys };
}

int web_tasks(Call *call)
{
    TasksQuery query = { 0 };
    TasksReply reply = { 0 };
    TaskFilter filter;
    TaskReply *items;
    Task *tasks = NULL;
    const char *page;
    size_t count = 0;
    int64_t total = 0, next;
    int r = call_read_query(call, &query);

    if (r < 0)
        return r;
    page = arena_print(call->arena, "web tasks %s %s %s", call->user.kunlun_id,
                       query.list ? query.list : "", query.search ? query.search : "");
    r = read_filter(call, page, &query, &filter);
    if (r >= 0)
        r = task_query(&call->work, &filter, &tasks, &count, &total);
    if (r < 0)
        return r;
    items = arena_array(call->arena, TaskReply, count);
    for (size_t i = 0; i < count; i++)
        items[i] = reply_of(call->arena, &tasks[i]);
    reply.items = (ObjectArray){ items, count, true };
    next = filter.offset + (int64_t)count;
    reply.has_more = next < total;
    if (reply.has_more)
        reply.page_token =
            page_token_print(&call->work, page, arena_print(call->arena, "%lld", (long long)next));
    return call_reply(call, web_tasks_reply, &reply);
}

/* ---- one task ---- */

static ObjectArray chat_array(Arena *arena, const TaskView *view)
{
    TaskChatReply *chats = arena_array(arena, TaskChatReply, view->chat_count);

    for (size_t i = 0; i < view->chat_count; i++)
        chats[i] = (TaskChatReply){ id_print(view->chats[i].chat.id, CHAT_ID_PREFIX, arena),
                                    view->chats[i].chat.name, view->chats[i].chat.user_count,
                                    view->chats[i].is_member };
    return (ObjectArray){ chats, view->chat_count, true };
}

static const char *const step_names[] = {
    [TASK_STARTED] = "started",
    [TASK_CHAT_OPENED] = "chat_opened",
    [TASK_CHAT_LINKED] = "chat_linked",
    [TASK_CHAT_CHANGED] = "chat_renamed",
};

/* What an event tells of a chat. Whoever is outside it is not told who is inside, as with the
 * task's chats. */
static void fill_step(const TaskChat *chat, const WebNotice *notice, StepReply *reply)
{
    reply->name = notice->name;
    reply->user_count = (int64_t)notice->users.count;
    if (chat->is_member)
        reply->users = notice->users;
    if (text_equal(notice->event, EVENT_CHAT_DISBANDED))
        reply->event = "chat_disbanded";
}

/* 0: a change that the page is not told of. */
static int step_of(Call *call, const TaskStep *step, StepReply *ret_reply)
{
    WebNotice notice = { 0 };
    StepReply reply = { .event = step_names[step->kind],
                        .event_ms = step->step_ms,
                        .actor = web_actor_print(call->arena, step->actor) };
    int r = step->event ? web_notice_of(&call->work, step->event, &notice) : 1;

    if (r <= 0)
        return r;
    if (step->chat) {
        reply.chat_id = id_print(step->chat->chat.id, CHAT_ID_PREFIX, call->arena);
        fill_step(step->chat, &notice, &reply);
    }
    if (text_equal(notice.event, EVENT_CHAT_UPDATED) && !notice.name)
        return 0;
    *ret_reply = reply;
    return 1;
}

static int read_history(Call *call, const TaskView *view, TaskReply *reply)
{
    TaskHistory history;
    StepReply *steps;
    size_t count = 0;
    int r = task_history(&call->work, view, &history);

    if (r < 0)
        return r;
    steps = arena_array(call->arena, StepReply, history.count);
    for (size_t i = 0; r >= 0 && i < history.count; i++) {
        r = step_of(call, &history.steps[i], &steps[count]);
        count += r > 0;
    }
    reply->history = (ObjectArray){ steps, count, true };
    reply->history_has_more = history.has_more;
    return r < 0 ? r : 0;
}

int web_task(Call *call)
{
    TaskView view;
    TaskReply reply;
    int r = my_task_view(&call->work, call_path(call, 0), &view);

    if (r < 0)
        return r;
    reply = reply_of(call->arena, &view.task);
    *reply.initiator = person_of(&view.initiator);
    reply.assignees = person_array(call->arena, view.assignees, view.assignee_count);
    reply.cc = person_array(call->arena, view.cc, view.cc_count);
    reply.chats = chat_array(call->arena, &view);
    r = read_history(call, &view, &reply);
    return r < 0 ? r : call_reply(call, web_task_reply, &reply);
}

/* ---- opening a chat ---- */

int web_chat_group(Call *call)
{
    GroupDraft draft = { 0 };
    int r = call_read_body(call, &draft);

    if (r < 0)
        return r;
    draft.operator_user_id = call->user.kunlun_id;
    return chat_group_open(call, &draft);
}

int web_users(Call *call)
{
    UsersQuery query = { 0 };
    User *users = NULL;
    size_t count = 0;
    int r = call_read_query(call, &query);

    if (r >= 0)
        r = user_look_up(&call->work, query.search ? query.search : "", &users, &count);
    if (r < 0)
        return r;
    return call_reply(call, web_users_reply,
                      &(UsersReply){ person_array(call->arena, users, count) });
}
