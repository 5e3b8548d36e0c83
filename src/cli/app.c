/* SPDX-License-Identifier: Apache-2.0 */

/* `taskroom app …`. */
#include "domain/app.h"

#include <string.h>

#include "base/text.h"

#include "api/route.h"
#include "cli/output.h"
#include "cli/session.h"
#include "domain/token.h"
#include "model/limits.h"

typedef struct AppReply {
    const char *app_id;
    const char *app_secret;
    const char *app_ticket;
    const char *type;
    const char *tenant_key;
    const char *name;
    TextArray scopes;
} AppReply;

/* Each command says what it has of this. */
static const Field app_fields[] = {
    FIELD(AppReply, app_id, JSON_TEXT, FIELD_REQUIRED), FIELD(AppReply, app_secret, JSON_TEXT, 0),
    FIELD(AppReply, app_ticket, JSON_TEXT, 0),          FIELD(AppReply, type, JSON_TEXT, 0),
    FIELD(AppReply, tenant_key, JSON_TEXT, 0),          FIELD(AppReply, name, JSON_TEXT, 0),
    FIELD(AppReply, scopes, JSON_TEXT_ARRAY, 0),        FIELDS_END,
};

/* "a b c" as a list. */
static TextArray split_scopes(Arena *arena, const char *scopes)
{
    TextArray list = { .items = arena_array(arena, const char *, SCOPES_MOST), .is_present = true };

    while (*scopes && list.count < SCOPES_MOST) {
        size_t size = strcspn(scopes, " ");

        list.items[list.count++] = arena_copy(arena, scopes, size);
        scopes += size + (scopes[size] == ' ');
    }
    return list;
}

/* What --scopes or --set says; NULL and "all": every scope that some route names. */
static const char *wanted_scopes(Arena *arena, const char *list)
{
    return !list || text_equal(list, "all") ? route_scopes(arena) : list;
}

static AppReply reply_of(const Session *session, const App *app)
{
    const Tenant *tenant = directory_tenant_by_id(session->work.directory, app->tenant_id);

    return (AppReply){ .app_id = app->app_id,
                       .type = app_type_text(app->app_type),
                       .tenant_key = tenant ? tenant->tenant_key : "",
                       .name = app->name,
                       .scopes = split_scopes(session->work.arena, app->scopes) };
}

/* The app that the command line names; NULL, and the failure says so, when there is none. */
static const App *get_app(const Session *session)
{
    const char *app_id = session->invocation->arguments[0];
    const App *app = directory_app(session->work.directory, app_id);

    if (!app)
        fail(session->work.failure, E_NOT_FOUND, "there is no app %s", app_id);
    return app;
}

static void print_secret(const Invocation *invocation, const AppReply *reply)
{
    Buffer text;

    if (invocation->is_json) {
        output_json(invocation->arena, app_fields, reply);
        return;
    }
    buffer_init(&text, invocation->arena, 128);
    buffer_print(&text, "app_id      %s\napp_secret  %s\n", reply->app_id, reply->app_secret);
    output_text(&text);
}

/* ---- add ---- */

static int read_draft(Invocation *invocation, AppDraft *ret_draft)
{
    const char *type = invocation_option(invocation, "type");
    AppDraft draft = { .app_id = invocation_option(invocation, "app-id") };
    int r;

    r = invocation_need_option(invocation, "name", &draft.name);
    if (r < 0)
        return r;
    if (type && !app_type_parse(type, &draft.app_type))
        return invocation_refuse(invocation, "--type is custom or isv, not \"%s\"", type);
    draft.scopes = wanted_scopes(invocation->arena, invocation_option(invocation, "scopes"));
    *ret_draft = draft;
    return 0;
}

int command_app_add(Invocation *invocation)
{
    _cleanup_(session_done) Session session = { 0 };
    AppReply reply;
    AppDraft draft = { 0 };
    int r;

    r = read_draft(invocation, &draft);
    if (r >= 0)
        r = session_open(invocation, SESSION_WRITES, &session);
    if (r >= 0)
        r = session_choose_tenant(&session);
    if (r < 0)
        return r;
    reply = (AppReply){ .type = app_type_text(draft.app_type),
                        .tenant_key = session.work.tenant->tenant_key,
                        .name = draft.name };
    r = app_add(&session.work, &draft, &reply.app_id, &reply.app_secret);
    if (r >= 0)
        r = session_commit(&session);
    if (r < 0)
        return r;
    reply.scopes =
        split_scopes(invocation->arena, scopes_normalise(invocation->arena, draft.scopes));
    print_secret(invocation, &reply);
    return 0;
}

/* ---- list ---- */

static void print_app(const Session *session, const App *app)
{
    AppReply reply = reply_of(session, app);
    Buffer row;

    if (session->invocation->is_json) {
        output_json(session->work.arena, app_fields, &reply);
        return;
    }
    buffer_init(&row, session->work.arena, 128);
    output_cell(&row, reply.app_id, 20);
    output_cell(&row, reply.type, 6);
    output_cell(&row, reply.tenant_key, 16);
    output_cell(&row, reply.name, 0);
    buffer_add_char(&row, '\n');
    output_text(&row);
}

int command_app_list(Invocation *invocation)
{
    _cleanup_(session_done) Session session = { 0 };
    const App *apps;
    size_t count;
    int r;

    r = session_open(invocation, SESSION_READS, &session);
    if (r >= 0 && invocation_option(invocation, "tenant"))
        r = session_choose_tenant(&session);
    if (r < 0)
        return r;
    apps = directory_apps(session.work.directory, &count);
    for (size_t i = 0; i < count; i++)
        if (!session.work.tenant || session.work.tenant->tenant_id == apps[i].tenant_id)
            print_app(&session, &apps[i]);
    return 0;
}

/* ---- one app ---- */

int command_app_rotate_secret(Invocation *invocation)
{
    _cleanup_(session_done) Session session = { 0 };
    AppReply reply = { .app_id = invocation->arguments[0] };
    int r;

    r = session_open(invocation, SESSION_WRITES, &session);
    if (r >= 0)
        r = app_rotate_secret(&session.work, reply.app_id, &reply.app_secret);
    if (r >= 0)
        r = session_commit(&session);
    if (r < 0)
        return r;
    print_secret(invocation, &reply);
    return 0;
}

static void print_scopes(const Invocation *invocation, const char *scopes)
{
    AppReply reply = { .app_id = invocation->arguments[0],
                       .scopes = split_scopes(invocation->arena, scopes) };
    Buffer text;

    if (invocation->is_json) {
        output_json(invocation->arena, app_fields, &reply);
        return;
    }
    buffer_init(&text, invocation->arena, 512);
    for (size_t i = 0; i < reply.scopes.count; i++)
        buffer_print(&text, "%s\n", reply.scopes.items[i]);
    output_text(&text);
}

static int replace_scopes(Session *session, const char *list, const char **ret_scopes)
{
    Arena *arena = session->work.arena;
    const char *scopes = wanted_scopes(arena, list);
    int r;

    r = app_replace_scopes(&session->work, session->invocation->arguments[0], scopes);
    if (r < 0)
        return r;
    *ret_scopes = scopes_normalise(arena, scopes);
    return session_commit(session);
}

int command_app_scopes(Invocation *invocation)
{
    const char *list = invocation_option(invocation, "set"), *scopes;
    _cleanup_(session_done) Session session = { 0 };
    const App *app;
    int r;

    r = session_open(invocation, list ? SESSION_WRITES : SESSION_READS, &session);
    if (r < 0)
        return r;
    app = get_app(&session);
    if (!app)
        return invocation->failure.code;
    scopes = app->scopes;
    if (list)
        r = replace_scopes(&session, list, &scopes);
    if (r < 0)
        return r;
    print_scopes(invocation, scopes);
    return 0;
}

int command_app_ticket(Invocation *invocation)
{
    _cleanup_(session_done) Session session = { 0 };
    const App *app;
    Token token;
    Buffer text;
    int r;

    r = session_open(invocation, SESSION_READS, &session);
    if (r < 0)
        return r;
    app = get_app(&session);
    if (!app)
        return invocation->failure.code;
    if (app->app_type != APP_ISV)
        return fail(&invocation->failure, E_INVALID, "%s is no store app: it has no ticket",
                    app->app_id);
    token_issue(session.work.rules, TOKEN_TICKET, app, NULL, session.work.now_ms, invocation->arena,
                &token);
    if (invocation->is_json) {
        output_json(invocation->arena, app_fields,
                    &(AppReply){ .app_id = app->app_id, .app_ticket = token.text });
        return 0;
    }
    buffer_init(&text, invocation->arena, 128);
    buffer_print(&text, "%s\n", token.text);
    output_text(&text);
    return 0;
}
