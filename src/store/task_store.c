/* SPDX-License-Identifier: Apache-2.0 */
#include "store/task_store.h"

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/text.h"

#include "db/db.h"
#include "model/limits.h"
#include "store/like.h"

int task_has_participant(Store *store, int64_t tenant_id, const char *task_id,
                         const char *kunlun_id, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_named(store,
                          "SELECT 1 FROM participant WHERE tenant_id = $1 AND kunlun_id = $2 "
                          "AND role IN ('initiator', 'assignee', 'cc') AND task_id = $3 LIMIT 1",
                          tenant_id, kunlun_id, &query, failure);
    if (r < 0)
        return r;
    query_bind_text(query, 3, task_id);
    return query_step(query, failure);
}

int task_participants(Store *store, int64_t tenant_id, const char *task_id, Role role, Arena *arena,
                      const char ***ret_ids, size_t *ret_count, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    const char **ids = arena_array(arena, const char *, PARTICIPANTS_MOST);
    size_t count = 0;
    int r;

    r = store_query_named(store,
                          "SELECT kunlun_id FROM participant WHERE tenant_id = $1 AND task_id = $2 "
                          "AND role = $3 ORDER BY position",
                          tenant_id, task_id, &query, failure);
    if (r < 0)
        return r;
    query_bind_text(query, 3, role_text(role));
    while (count < PARTICIPANTS_MOST && (r = query_step(query, failure)) > 0)
        ids[count++] = arena_text(arena, query_text(query, 0));
    if (r < 0)
        return r;
    *ret_ids = ids;
    *ret_count = count;
    return 0;
}

int task_label(Store *store, int64_t tenant_id, const char *task_id, const char *language_code,
               Arena *arena, const char **ret_text, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_named(
        store,
        "SELECT l.text FROM task t LEFT JOIN workflow_label l ON l.tenant_id = t.tenant_id "
        "AND l.workflow_instance_id = t.workflow_instance_id AND l.language_code = $3 "
        "WHERE t.tenant_id = $1 AND t.task_id = $2 ORDER BY l.position LIMIT 1",
        tenant_id, task_id, &query, failure);
    if (r < 0)
        return r;
    query_bind_text(query, 3, language_code);
    r = query_step(query, failure);
    *ret_text = r > 0 && query_text(query, 0) ? arena_text(arena, query_text(query, 0)) : NULL;
    return r;
}

/* Runs a statement of the form "… $1 tenant_id … $2 id …" that returns no rows. */
static int run_for(Store *store, const char *sql, int64_t tenant_id, const char *id,
                   Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_named(store, sql, tenant_id, id, &query, failure);
    return r < 0 ? r : query_step(query, failure);
}

static int put_instance(Store *store, int64_t tenant_id, const Task *task, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO workflow_instance (tenant_id, workflow_instance_id, api_id, status) "
                 "VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, workflow_instance_id) "
                 "DO UPDATE SET api_id = $3, status = $4",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, task->workflow_instance_id);
    query_bind_text(query, 3, task->api_id);
    query_bind_text(query, 4, task->status);
    r = query_step(query, failure);
    if (r < 0)
        return r;
    return run_for(store,
                   "DELETE FROM workflow_label WHERE tenant_id = $1 AND workflow_instance_id = $2",
                   tenant_id, task->workflow_instance_id, failure);
}

static int insert_label(Store *store, int64_t tenant_id, const Task *task, size_t position,
                        Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO workflow_label (tenant_id, workflow_instance_id, position, "
                 "language_code, text) VALUES ($1, $2, $3, $4, $5)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, task->workflow_instance_id);
    query_bind_integer(query, 3, (int64_t)position);
    query_bind_text(query, 4, task->labels[position].language_code);
    query_bind_text(query, 5, task->labels[position].text);
    return query_step(query, failure);
}

static int put_task_row(Store *store, int64_t tenant_id, const Task *task, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO task (tenant_id, task_id, workflow_instance_id, type, task_start_ms, "
                 "summarys) VALUES ($1, $2, $3, $4, $5, $6) "
                 "ON CONFLICT (tenant_id, task_id) DO UPDATE SET workflow_instance_id = $3, "
                 "type = $4, task_start_ms = $5, summarys = $6",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, task->task_id);
    query_bind_text(query, 3, task->workflow_instance_id);
    query_bind_text(query, 4, task->type);
    query_bind_integer(query, 5, task->task_start_ms);
    query_bind_text(query, 6, task->summarys);
    r = query_step(query, failure);
    if (r < 0)
        return r;
    return run_for(store, "DELETE FROM participant WHERE tenant_id = $1 AND task_id = $2",
                   tenant_id, task->task_id, failure);
}

static int insert_participants(Store *store, int64_t tenant_id, const char *task_id, Role role,
                               const char *const *kunlun_ids, size_t count, Failure *failure)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < count; i++) {
        _cleanup_(query_finishp) Query *query = NULL;

        r = db_query(store->db,
                     "INSERT INTO participant (tenant_id, kunlun_id, role, task_id, position) "
                     "VALUES ($1, $2, $3, $4, $5) "
                     "ON CONFLICT (tenant_id, kunlun_id, role, task_id) DO NOTHING",
                     &query, failure);
        if (r < 0)
            return r;
        query_bind_integer(query, 1, tenant_id);
        query_bind_text(query, 2, kunlun_ids[i]);
        query_bind_text(query, 3, role_text(role));
        query_bind_text(query, 4, task_id);
        query_bind_integer(query, 5, (int64_t)i);
        r = query_step(query, failure);
    }
    return r;
}

int task_put(Store *store, int64_t tenant_id, const TaskDraft *draft, Failure *failure)
{
    const Task *task = &draft->task;
    int r;

    r = put_instance(store, tenant_id, task, failure);
    for (size_t i = 0; r >= 0 && i < task->label_count; i++)
        r = insert_label(store, tenant_id, task, i, failure);
    if (r >= 0)
        r = put_task_row(store, tenant_id, task, failure);
    if (r >= 0)
        r = insert_participants(store, tenant_id, task->task_id, ROLE_INITIATOR,
                                &task->initiator_id, 1, failure);
    if (r >= 0)
        r = insert_participants(store, tenant_id, task->task_id, ROLE_ASSIGNEE, draft->assignees,
                                draft->assignee_count, failure);
    if (r >= 0)
        r = insert_participants(store, tenant_id, task->task_id, ROLE_CC, draft->cc,
                                draft->cc_count, failure);
    return r;
}

/* ---- reading many ------------------------------------------------------------------------------
 */

#define TASK_COLUMNS                                                                   \
    "t.task_id, t.type, t.task_start_ms, t.workflow_instance_id, w.api_id, w.status, " \
    "i.kunlun_id, coalesce(u.name, ''), t.summarys "
#define TASK_JOINS                                                                    \
    "JOIN workflow_instance w ON w.tenant_id = t.tenant_id "                          \
    "AND w.workflow_instance_id = t.workflow_instance_id "                            \
    "LEFT JOIN participant i ON i.tenant_id = t.tenant_id AND i.task_id = t.task_id " \
    "AND i.role = 'initiator' "                                                       \
    "LEFT JOIN kunlun_user u ON u.tenant_id = t.tenant_id AND u.kunlun_id = i.kunlun_id "

static void task_from_row(Query *query, Arena *arena, Task *ret_task)
{
    *ret_task = (Task){ .task_id = arena_text(arena, query_text(query, 0)),
                        .type = arena_text(arena, query_text(query, 1)),
                        .task_start_ms = query_integer(query, 2),
                        .workflow_instance_id = arena_text(arena, query_text(query, 3)),
                        .api_id = arena_text(arena, query_text(query, 4)),
                        .status = arena_text(arena, query_text(query, 5)),
                        .initiator_id = arena_text(arena, query_text(query, 6)),
                        .initiator_name = arena_text(arena, query_text(query, 7)),
                        .summarys = arena_text(arena, query_text(query, 8)) };
}

static int read_labels(Store *store, int64_t tenant_id, Arena *arena, Task *task, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    Label *labels = arena_array(arena, Label, LABELS_MOST);
    int r;

    r = store_query_named(store,
                          "SELECT language_code, text FROM workflow_label "
                          "WHERE tenant_id = $1 AND workflow_instance_id = $2 ORDER BY position",
                          tenant_id, task->workflow_instance_id, &query, failure);
    if (r < 0)
        return r;
    while (task->label_count < LABELS_MOST && (r = query_step(query, failure)) > 0)
        labels[task->label_count++] = (Label){ arena_text(arena, query_text(query, 0)),
                                               arena_text(arena, query_text(query, 1)) };
    task->labels = labels;
    return r < 0 ? r : 0;
}

/* What narrows a user's tasks; a parameter that is NULL or 0 lets everything through. $7 holds the
 * api_ids as ",a,b,": names hold no comma (external_id_is_valid). LIKE would not tell "A" from "a".
 */
#define TASK_FILTER                                                                     \
    "FROM task t " TASK_JOINS "WHERE t.tenant_id = $1 AND t.task_id IN "                \
    "(SELECT p.task_id FROM participant p WHERE p.tenant_id = $1 AND p.kunlun_id = $2 " \
    "AND (p.role = $3 OR $3 = '')) AND (t.type = $4 OR $4 = '') "                       \
    "AND t.task_start_ms >= $5 AND t.task_start_ms <= $6 "                              \
    "AND ($7 = '' OR replace($7, ',' || w.api_id || ',', '') <> $7) "

/* A search is a statement of its own: its part would change SQLite's plan for all. */
#define TASK_SEARCH                                                      \
    TASK_FILTER                                                          \
    "AND EXISTS (SELECT 1 FROM workflow_label l WHERE l.tenant_id = $1 " \
    "AND l.workflow_instance_id = t.workflow_instance_id AND l.text LIKE $8 ESCAPE '\\') "

/* What holds a comma names no flow, and must not look like two. */
static const char *text_of_list(Arena *arena, const char *const *items, size_t count)
{
    Buffer text;

    if (count == 0)
        return "";
    buffer_init(&text, arena, 64);
    buffer_add_char(&text, ',');
    for (size_t i = 0; i < count; i++)
        if (!strchr(items[i], ','))
            buffer_print(&text, "%s,", items[i]);
    return text.text;
}

#define TASK_ORDER "ORDER BY t.task_start_ms DESC, t.task_id DESC "

static bool is_search(const TaskFilter *filter)
{
    return !text_is_empty(filter->search);
}

static void bind_filter(Query *query, int64_t tenant_id, const TaskFilter *filter, Arena *arena)
{
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, filter->kunlun_id);
    query_bind_text(query, 3, filter->role ? filter->role : "");
    query_bind_text(query, 4, filter->type ? filter->type : "");
    query_bind_integer(query, 5, filter->start_ms);
    query_bind_integer(query, 6, filter->end_ms);
    query_bind_text(query, 7, text_of_list(arena, filter->api_ids, filter->api_id_count));
    if (is_search(filter))
        query_bind_text(query, 8, like_pattern(arena, filter->search));
}

static int count_tasks(Store *store, int64_t tenant_id, const TaskFilter *filter, Arena *arena,
                       int64_t *ret_total, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 is_search(filter) ? "SELECT count(*) " TASK_SEARCH
                                   : "SELECT count(*) " TASK_FILTER,
                 &query, failure);
    if (r < 0)
        return r;
    bind_filter(query, tenant_id, filter, arena);
    r = query_step(query, failure);
    if (r > 0)
        *ret_total = query_integer(query, 0);
    return r < 0 ? r : 0;
}

static int read_tasks(Query *query, Arena *arena, size_t most, Task **ret_tasks, size_t *ret_count,
                      Failure *failure)
{
    Task *tasks = arena_array(arena, Task, most);
    size_t count = 0;
    int r = 0;

    while (count < most && (r = query_step(query, failure)) > 0)
        task_from_row(query, arena, &tasks[count++]);
    if (r < 0)
        return r;
    *ret_tasks = tasks;
    *ret_count = count;
    return 0;
}

int task_find_many(Store *store, int64_t tenant_id, const TaskFilter *filter, Arena *arena,
                   Task **ret_tasks, size_t *ret_count, int64_t *ret_total, Failure *failure)
{
    static const char *const sql[] = {
        "SELECT " TASK_COLUMNS TASK_FILTER TASK_ORDER "LIMIT $8 OFFSET $9",
        "SELECT " TASK_COLUMNS TASK_SEARCH TASK_ORDER "LIMIT $9 OFFSET $10",
    };
    _cleanup_(query_finishp) Query *query = NULL;
    Task *tasks;
    size_t count;
    int r;

    r = count_tasks(store, tenant_id, filter, arena, ret_total, failure);
    if (r < 0)
        return r;
    r = db_query(store->db, sql[is_search(filter)], &query, failure);
    if (r < 0)
        return r;
    bind_filter(query, tenant_id, filter, arena);
    query_bind_integer(query, 8 + is_search(filter), filter->limit);
    query_bind_integer(query, 9 + is_search(filter), filter->offset);
    r = read_tasks(query, arena, TASK_PAGE_MOST, &tasks, &count, failure);
    for (size_t i = 0; r >= 0 && i < count; i++)
        r = read_labels(store, tenant_id, arena, &tasks[i], failure);
    if (r < 0)
        return r;
    *ret_tasks = tasks;
    *ret_count = count;
    return 0;
}

int task_find(Store *store, int64_t tenant_id, const char *task_id, Arena *arena, Task *ret_task,
              Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_named(store,
                          "SELECT " TASK_COLUMNS "FROM task t " TASK_JOINS
                          "WHERE t.tenant_id = $1 AND t.task_id = $2",
                          tenant_id, task_id, &query, failure);
    if (r < 0)
        return r;
    r = query_step(query, failure);
    if (r <= 0)
        return r;
    task_from_row(query, arena, ret_task);
    r = read_labels(store, tenant_id, arena, ret_task, failure);
    return r < 0 ? r : 1;
}

int task_list(Store *store, int64_t tenant_id, const char *after, Arena *arena, Task **ret_tasks,
              size_t *ret_count, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_named(store,
                          "SELECT " TASK_COLUMNS "FROM task t " TASK_JOINS
                          "WHERE t.tenant_id = $1 AND t.task_id > $2 ORDER BY t.task_id LIMIT $3",
                          tenant_id, after, &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 3, LIST_ROWS_MOST);
    r = read_tasks(query, arena, LIST_ROWS_MOST, ret_tasks, ret_count, failure);
    for (size_t i = 0; r >= 0 && i < *ret_count; i++)
        r = read_labels(store, tenant_id, arena, &(*ret_tasks)[i], failure);
    return r;
}
