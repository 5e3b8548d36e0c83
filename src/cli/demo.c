/* SPDX-License-Identifier: Apache-2.0 */

/* `taskroom demo`: the installation of demo_data.h, made where it is missing, and served. Every
 * step looks whether it was done before, so that a demo that was cut short is finished by the next.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#include "api/route.h"
#include "cli/demo_data.h"
#include "cli/import.h"
#include "cli/init.h"
#include "cli/output.h"
#include "cli/serve.h"
#include "domain/app.h"
#include "domain/chat.h"
#include "store/event_store.h"
#include "store/message_store.h"

/* ---- making it ---- */

static int add_tenant(Session *session)
{
    size_t count;
    Tenant tenant;

    directory_tenants(session->work.directory, &count);
    if (count == 0)
        return tenant_add(&session->work, DEMO_TENANT_KEY, "demo", &tenant);
    if (!directory_tenant(session->work.directory, DEMO_TENANT_KEY))
        return fail(session->work.failure, E_CONFLICT,
                    "%s holds an installation that is not the demo's", session->config.data);
    return 0;
}

static int add_app(Session *session, AppDraft draft)
{
    const char *app_id, *secret;

    if (directory_app(session->work.directory, draft.app_id))
        return 0;
    draft.scopes = route_scopes(session->work.arena);
    return app_add(&session->work, &draft, &app_id, &secret);
}

static int import_lines(const Session *session, ImportTake take, const char *const *lines,
                        size_t count)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < count; i++)
        r = import_line(&session->work, take, lines[i], strlen(lines[i]));
    return r;
}

/* The chat with the first two people and the bot in it. */
static int add_with_members(const Work *work, const Chat *chat)
{
    Event event = { .id = id_make(work->ids, work->now_ms),
                    .event_type = EVENT_USER_ADDED,
                    .app_id = DEMO_APP_ID,
                    .actor_id = chat->owner_id,
                    .subject_number = chat->id.number,
                    .body =
                        arena_print(work->arena, "{\"name\":\"%s\",\"users\":[\"%s\",\"%s\"]}",
                                    chat->name, demo_users[0].kunlun_id, demo_users[1].kunlun_id),
                    .created_ms = work->now_ms,
                    .log_id = work->log_id };
    ChatJoin join = { .chat_number = chat->id.number,
                      .event_number = event.id.number,
                      .task_id = demo_task_ids[0],
                      .user_ids = arena_print(work->arena, "%s %s", demo_users[0].kunlun_id,
                                              demo_users[1].kunlun_id),
                      .bot_ids = DEMO_APP_ID,
                      .joined_ms = work->now_ms };
    int64_t tenant_id = work->tenant->tenant_id;
    int r = event_insert(work->store, tenant_id, &event, work->failure);

    return r < 0 ? r : chat_insert(work->store, tenant_id, chat, &join, NULL, NULL, work->failure);
}

/* The chat that is there from the beginning, and the message that opened it. */
static int add_chat(Session *session)
{
    const Work *work = &session->work;
    int64_t tenant_id = work->tenant->tenant_id;
    Chat chat = { .name = "采购审批",
                  .owner_id = demo_users[0].kunlun_id,
                  .creator_app_id = DEMO_APP_ID,
                  .chat_status = CHAT_STATUS_NORMAL,
                  .settings = "",
                  .user_count = 2,
                  .bot_ids = DEMO_APP_ID,
                  .created_ms = work->now_ms };
    Message message = { .msg_type = "text",
                        .sender_id = DEMO_APP_ID,
                        .sender_type = "app",
                        .content = "{\"text\":\"在这里讨论采购审批。\"}",
                        .created_ms = work->now_ms };
    Chat there;
    bool are_ids = id_parse(DEMO_CHAT_ID, CHAT_ID_PREFIX, &chat.id) &&
                   id_parse(DEMO_MESSAGE_ID, MESSAGE_ID_PREFIX, &message.id);
    int r;

    assert(are_ids);
    message.chat_number = chat.id.number;
    r = chat_find(work->store, tenant_id, chat.id, work->arena, &there, work->failure);
    if (r != 0)
        return r;
    r = add_with_members(work, &chat);
    if (r >= 0)
        r = message_insert(work->store, tenant_id, &message, work->failure);
    return r;
}

static int fill(Session *session)
{
    Work *work = &session->work;
    int r;

    r = add_tenant(session);
    if (r >= 0) /* again, to find the tenant with the id that it was given */
        r = directory_refresh(session->installation->directory, work->store, work->failure);
    if (r < 0)
        return r;
    work->tenant = directory_tenant(work->directory, DEMO_TENANT_KEY);
    r = add_app(session, (AppDraft){ .app_id = DEMO_APP_ID,
                                     .app_secret = DEMO_APP_SECRET,
                                     .name = "demo",
                                     .app_type = APP_CUSTOM });
    if (r >= 0)
        r = add_app(session, (AppDraft){ .app_id = DEMO_STORE_APP_ID,
                                         .app_secret = DEMO_STORE_APP_SECRET,
                                         .name = "demo store app",
                                         .app_type = APP_ISV });
    if (r >= 0)
        r = import_lines(session, import_user, demo_user_lines, DEMO_USERS);
    if (r >= 0)
        r = import_lines(session, import_task, demo_task_lines, DEMO_TASKS);
    if (r >= 0)
        r = add_chat(session);
    return r;
}

static int make(Invocation *invocation, const Config *config)
{
    _cleanup_(session_done) Session session = { 0 };
    int r;

    r = installation_create(invocation->arena, config, &invocation->failure);
    if (r == E_CONFLICT) { /* it is there */
        failure_clear(&invocation->failure);
        r = 0;
    }
    if (r >= 0)
        r = session_open_with(invocation, config, SESSION_WRITES, &session);
    if (r >= 0)
        r = fill(&session);
    if (r >= 0)
        r = session_commit(&session);
    return r;
}

/* ---- serving it ---- */

typedef struct DemoReply {
    const char *url;
    const char *private_url;
    const char *app_id;
    const char *app_secret;
    const char *store_app_id;
    const char *store_app_secret;
    const char *tenant_key;
    TextArray task_ids;
    ObjectArray users;
    const char *chat_id;
} DemoReply;

/* clang-format off */
static const Field user_fields[] = {
    FIELD(DemoUser, kunlun_id, JSON_TEXT, FIELD_REQUIRED),
    FIELD(DemoUser, open_id,   JSON_TEXT, FIELD_REQUIRED),
    FIELD(DemoUser, name,      JSON_TEXT, FIELD_REQUIRED),
    FIELD(DemoUser, en_name,   JSON_TEXT, FIELD_REQUIRED),
    FIELDS_END,
};
static const Field demo_fields[] = {
    FIELD(DemoReply, url,              JSON_TEXT,         FIELD_REQUIRED),
    FIELD(DemoReply, private_url,      JSON_TEXT,         0),
    FIELD(DemoReply, app_id,           JSON_TEXT,         FIELD_REQUIRED),
    FIELD(DemoReply, app_secret,       JSON_TEXT,         FIELD_REQUIRED),
    FIELD(DemoReply, store_app_id,     JSON_TEXT,         FIELD_REQUIRED),
    FIELD(DemoReply, store_app_secret, JSON_TEXT,         FIELD_REQUIRED),
    FIELD(DemoReply, tenant_key,       JSON_TEXT,         FIELD_REQUIRED),
    FIELD(DemoReply, task_ids,         JSON_TEXT_ARRAY,   FIELD_REQUIRED),
    FIELD(DemoReply, users,            JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = user_fields, .item_bytes = sizeof(DemoUser)),
    FIELD(DemoReply, chat_id,          JSON_TEXT,         FIELD_REQUIRED),
    FIELDS_END,
};
/* clang-format on */

static void print_ready(const ServeAddresses *addresses, void *state)
{
    Invocation *invocation = state;
    DemoUser *users = arena_array(invocation->arena, DemoUser, DEMO_USERS);
    const char **task_ids = arena_array(invocation->arena, const char *, DEMO_TASKS);
    DemoReply reply = { .url = addresses->url,
                        .private_url = addresses->private_url,
                        .app_id = DEMO_APP_ID,
                        .app_secret = DEMO_APP_SECRET,
                        .store_app_id = DEMO_STORE_APP_ID,
                        .store_app_secret = DEMO_STORE_APP_SECRET,
                        .tenant_key = DEMO_TENANT_KEY,
                        .task_ids = { task_ids, DEMO_TASKS, true },
                        .users = { users, DEMO_USERS, true },
                        .chat_id = DEMO_CHAT_ID };
    Failure unheard = { 0 }; /* who closed standard output doesn't want to know */

    memcpy(users, demo_users, sizeof(demo_users));
    memcpy(task_ids, demo_task_ids, sizeof(demo_task_ids));
    output_json(invocation->arena, demo_fields, &reply);
    output_finish(&unheard);
}

/* A demo has a directory of its own, so that it never meets an installation in use by mistake. */
static void choose_data(Invocation *invocation)
{
    for (size_t i = 0; i < invocation->flag_count; i++)
        if (text_equal(invocation->flags[i].name, "data"))
            return;
    if (getenv("TASKROOM_DATA") || invocation->flag_count == FLAGS_MOST)
        return;
    invocation->flags[invocation->flag_count++] = (ConfigFlag){ "data", "taskroom-demo" };
}

int command_demo(Invocation *invocation)
{
    Config config;
    int r;

    choose_data(invocation);
    r = invocation_load_config(invocation, &config);
    if (r >= 0)
        r = make(invocation, &config);
    if (r < 0)
        return r;
    config.is_demo = true;
    return serve_run(invocation, &config, print_ready, invocation);
}
