/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/text.h"

#include "db/db.h"
#include "domain/app.h"
#include "domain/task.h"
#include "domain/user.h"

enum { CALLS_MOST = 2000 };

const char *const fixture_names[FIXTURE_USERS + 1] = { "",     "张伟",          "王芳",
                                                       "李娜", "Joan \"J\" Ng", "刘洋",
                                                       "陈静", "杨\\光",        "赵敏" };

static void must(int r, const Failure *failure, const char *what)
{
    if (r >= 0)
        return;
    fprintf(stderr, "fixture: %s: %s\n", what, failure->text);
    abort();
}

static void add_users(const Work *work)
{
    for (int i = 1; i <= FIXTURE_USERS; i++) {
        User user = { .kunlun_id = arena_print(work->arena, "%d", i),
                      .open_id = arena_print(work->arena, "ou_%d", i),
                      .union_id = arena_print(work->arena, "on_%d", i),
                      .user_id = arena_print(work->arena, "u%d", i),
                      .name = fixture_names[i],
                      .status = i == FIXTURE_USERS ? USER_RESIGNED : USER_ACTIVE };

        must(user_import(work, &user), work->failure, "user");
    }
}

static void add_tasks(const Work *work)
{
    static const Label labels[] = { { "1033", "Purchase approval" }, { "2052", "采购审批" } };
    static const char *const assignees[] = { "2", "3" }, *const cc[] = { "4" };
    TaskDraft draft = { .task = { .task_id = "t1",
                                  .type = "pending",
                                  .task_start_ms = FIXTURE_NOW_MS - 1000,
                                  .workflow_instance_id = "w1",
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

    must(task_import(work, &draft), work->failure, "task");
    draft = (TaskDraft){ .task = draft.task };
    draft.task.task_id = "t2";
    draft.task.type = "archived";
    draft.task.workflow_instance_id = "w2";
    draft.task.status = "canceled";
    draft.task.label_count = 0;
    must(task_import(work, &draft), work->failure, "task");
}

static void add_app(const Work *work, const char *app_id, AppType type)
{
    static const char scopes[] = "app_engine:approval:read,app_engine:approval:write,im:chat,"
                                 "im:message,im:message.group_msg,"
                                 "contact:user.employee_id:readonly";
    AppDraft draft = { app_id, FIXTURE_SECRET, "App", type, scopes };
    const char *same_id, *same_secret;

    must(app_add(work, &draft, &same_id, &same_secret), work->failure, "app");
}

static void refresh(Fixture *house)
{
    must(directory_refresh(house->directory, house->kept.store, &house->kept.failure),
         &house->kept.failure, "directory");
}

static Work work_of(Fixture *house, const char *tenant_key, const char *app_id)
{
    return (Work){ .store = house->kept.store,
                   .arena = house->kept.arena,
                   .failure = &house->kept.failure,
                   .ids = &house->ids,
                   .directory = house->directory,
                   .rules = &house->rules,
                   .tenant = directory_tenant(house->directory, tenant_key),
                   .app = directory_app(house->directory, app_id),
                   .now_ms = FIXTURE_NOW_MS,
                   .log_id = "LOG1" };
}

void fixture_open(Fixture *house, const char *scheme)
{
    Tenant tenant;

    house->kept = temp_store_open(scheme);
    house->directory = directory_new();
    house->rules.idempotency_keep_ms = 72 * 3600 * 1000;
    for (size_t i = 0; i < CRYPTO_KEY_BYTES; i++)
        house->rules.master_key[i] = (uint8_t)i;
    house->work = work_of(house, NULL, NULL);
    must(tenant_add(&house->work, FIXTURE_TENANT_KEY, "Ours", &tenant), &house->kept.failure, "");
    must(tenant_add(&house->work, FIXTURE_STRANGERS_KEY, "Stranger", &tenant), &house->kept.failure,
         "");
    refresh(house);
    house->work = work_of(house, FIXTURE_TENANT_KEY, NULL);
    house->stranger = work_of(house, FIXTURE_STRANGERS_KEY, NULL);
    add_users(&house->work);
    add_users(&house->stranger);
    add_tasks(&house->work);
    add_tasks(&house->stranger);
    add_app(&house->work, FIXTURE_APP, APP_CUSTOM);
    add_app(&house->work, FIXTURE_SECOND_APP, APP_CUSTOM);
    add_app(&house->work, FIXTURE_STORE_APP, APP_ISV);
    add_app(&house->stranger, FIXTURE_FOREIGN_APP, APP_CUSTOM);
    refresh(house);
    house->work = work_of(house, FIXTURE_TENANT_KEY, FIXTURE_APP);
    house->second = work_of(house, FIXTURE_TENANT_KEY, FIXTURE_SECOND_APP);
    house->stranger = work_of(house, FIXTURE_STRANGERS_KEY, FIXTURE_FOREIGN_APP);
}

void fixture_close(Fixture *house)
{
    directory_free(house->directory);
    temp_store_close(&house->kept);
}

const char *fixture_chat(const Work *work, const char *operator_user_id, const char *invitee)
{
    GroupDraft draft = { .operator_user_id = operator_user_id,
                         .invite_user_ids = { &invitee, 1, true } };
    const char *chat_id = NULL;

    must(group_open(work, "t1", &draft, &chat_id), work->failure, "chat");
    return chat_id;
}

const char *fixture_number(const Work *work, const char *chat_id)
{
    Id id;

    if (!id_parse(chat_id, CHAT_ID_PREFIX, &id))
        must(E_FAULT, work->failure, chat_id);
    return arena_print(work->arena, "%lld", (long long)id.number);
}

void fixture_run(const Work *work, const char *sql, const char *first, const char *second)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(work->store->db, sql, &query, work->failure);

    must(r, work->failure, sql);
    if (first)
        query_bind_text(query, 1, first);
    if (second)
        query_bind_text(query, 2, second);
    while ((r = query_step(query, work->failure)) > 0)
        ;
    must(r, work->failure, sql);
}

void fixture_dissolve(const Work *work, const char *chat_id)
{
    fixture_run(work, "UPDATE chat SET chat_status = 'dissolved' WHERE chat_number = $1",
                fixture_number(work, chat_id), NULL);
}

const char *fixture_rows(const Fixture *house)
{
    return temp_store_rows(house->kept.store, house->kept.arena);
}

const char *fixture_changes(const Fixture *house, const char *before)
{
    return temp_store_changes(before, fixture_rows(house), house->kept.arena);
}

/* What one run with a failing call did wrong, or NULL; ret_is_over: no call failed. */
static const char *fail_one_call(const Work *work, int64_t n, DbFaultKind kind, int code,
                                 int (*verb)(const Work *work, void *state), void *state,
                                 bool *ret_is_over)
{
    Failure failure = { 0 };
    Arena *arena = arena_new();
    Work run = *work;
    int r;

    run.failure = &failure;
    run.arena = arena;
    must(store_savepoint(work->store, work->failure), work->failure, "savepoint");
    db_fault_arm(n, kind, code);
    r = verb(&run, state);
    *ret_is_over = !db_fault_fired();
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    arena_free(arena);
    if (r >= 0) {
        must(store_release(work->store, work->failure), work->failure, "release");
        return *ret_is_over ? NULL : "it succeeded although the call failed";
    }
    must(store_rollback_to(work->store, work->failure), work->failure, "rollback");
    if (*ret_is_over)
        return "it failed although no call did";
    if (r != code || failure.code != code)
        return "it failed with another code";
    return text_is_empty(failure.text) ? "it doesn't say why it failed" : NULL;
}

const char *fixture_fail_each_call(Fixture *house, const Work *work, DbFaultKind kind, int code,
                                   int (*verb)(const Work *work, void *state), void *state)
{
    Arena *arena = arena_new();
    const char *before = temp_store_rows(work->store, arena), *wrong = NULL, *after;
    bool is_over = false;
    int64_t n = 0;

    while (!wrong && !is_over && n < CALLS_MOST) {
        wrong = fail_one_call(work, ++n, kind, code, verb, state, &is_over);
        if (is_over)
            break;
        after = temp_store_rows(work->store, house->kept.arena);
        if (!wrong && strcmp(before, after) != 0)
            wrong = temp_store_changes(before, after, house->kept.arena);
    }
    if (!wrong && !is_over)
        wrong = "it never ends";
    if (!wrong && n == 1)
        wrong = "it makes no call";
    arena_free(arena);
    return wrong ? arena_print(house->kept.arena, "call %lld: %s", (long long)n, wrong) : NULL;
}
