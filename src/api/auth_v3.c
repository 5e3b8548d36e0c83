/* SPDX-License-Identifier: Apache-2.0 */
#include "api/auth_v3.h"

#include <assert.h>

#include "base/text.h"

#include "domain/app.h"
#include "domain/token.h"

typedef struct Credentials {
    const char *app_id;
    const char *app_secret;
    const char *app_ticket;
    const char *app_access_token;
    const char *tenant_key;
} Credentials;

typedef struct TokenReply {
    const char *app_access_token;
    const char *tenant_access_token;
    int64_t expire;
} TokenReply;

/* clang-format off */
const Field custom_credentials[] = {
    FIELD(Credentials, app_id,     JSON_TEXT, FIELD_REQUIRED, .about = "the app's id, cli_…"),
    FIELD(Credentials, app_secret, JSON_TEXT, FIELD_REQUIRED, .about = "the app's secret"),
    FIELDS_END,
};
const Field store_credentials[] = {
    FIELD(Credentials, app_id,     JSON_TEXT, FIELD_REQUIRED, .about = "the store app's id, cli_…"),
    FIELD(Credentials, app_secret, JSON_TEXT, FIELD_REQUIRED, .about = "the store app's secret"),
    FIELD(Credentials, app_ticket, JSON_TEXT, FIELD_REQUIRED, .about = "a ticket of the last 12 hours"),
    FIELDS_END,
};
const Field store_tenant[] = {
    FIELD(Credentials, app_access_token, JSON_TEXT, FIELD_REQUIRED, .about = "a-…"),
    FIELD(Credentials, tenant_key,       JSON_TEXT, FIELD_REQUIRED, .about = "a tenant that installed the app"),
    FIELDS_END,
};
const Field tenant_token_reply[] = {
    FIELD(TokenReply, tenant_access_token, JSON_TEXT,    FIELD_REQUIRED, .about = "t-…"),
    FIELD(TokenReply, expire,              JSON_INTEGER, FIELD_REQUIRED, .about = "seconds that it still lives"),
    FIELDS_END,
};
const Field both_tokens_reply[] = {
    FIELD(TokenReply, app_access_token,    JSON_TEXT,    FIELD_REQUIRED, .about = "for a custom app the same as tenant_access_token"),
    FIELD(TokenReply, expire,              JSON_INTEGER, FIELD_REQUIRED, .about = "seconds that they still live"),
    FIELD(TokenReply, tenant_access_token, JSON_TEXT,    FIELD_REQUIRED, .about = "t-…"),
    FIELDS_END,
};
const Field app_token_reply[] = {
    FIELD(TokenReply, app_access_token, JSON_TEXT,    FIELD_REQUIRED, .about = "a-…"),
    FIELD(TokenReply, expire,           JSON_INTEGER, FIELD_REQUIRED, .about = "seconds that it still lives"),
    FIELDS_END,
};
const Field resend_reply[] = { FIELDS_END };
/* clang-format on */

/* The app of that id and secret. The codes are those of contract §2's error table. */
static int get_app(Call *call, const Credentials *credentials, const App **ret_app)
{
    const App *app;

    if (!app_id_is_valid(credentials->app_id))
        return fail_field(&call->failure, E_INVALID, "app_id", credentials->app_id,
                          "an app_id is cli_ and 16 hex digits");
    app = directory_app(call->work.directory, credentials->app_id);
    if (!app)
        return fail_field(&call->failure, E_NOT_FOUND, "app_id", credentials->app_id,
                          "there is no app %s", credentials->app_id);
    if (!app_secret_matches(call->work.rules, app, credentials->app_secret, call->arena))
        return fail_field(&call->failure, E_DENIED, "app_secret", NULL, "the secret is wrong");
    call->app_id = arena_text(call->arena, app->app_id);
    *ret_app = app;
    return 0;
}

static int read_app(Call *call, AppType type, Credentials *ret_credentials, const App **ret_app)
{
    const App *app = NULL;
    int r;

    r = call_read_body(call, ret_credentials);
    if (r >= 0)
        r = get_app(call, ret_credentials, &app);
    if (r < 0)
        return r;
    assert(app);
    if (app->app_type != type)
        return fail(&call->failure, E_INVALID, "this is for %s apps", app_type_text(type));
    *ret_app = app;
    return 0;
}

static int issue_internal(Call *call, const Field *reply)
{
    Credentials credentials = { 0 };
    const App *app = NULL;
    Token token;
    int r;

    r = read_app(call, APP_CUSTOM, &credentials, &app);
    if (r < 0)
        return r;
    assert(app);
    token_issue(call->work.rules, TOKEN_TENANT, app,
                directory_tenant_by_id(call->work.directory, app->tenant_id), call->work.now_ms,
                call->arena, &token);
    return call_reply_flat(call, "ok", reply,
                           &(TokenReply){ token.text, token.text, token.expire_s });
}

int tenant_access_token_internal(Call *call)
{
    return issue_internal(call, tenant_token_reply);
}

int app_access_token_internal(Call *call)
{
    return issue_internal(call, both_tokens_reply);
}

int app_access_token(Call *call)
{
    Credentials credentials = { 0 };
    const App *app = NULL, *ticket_app = NULL;
    Token token;
    int r;

    r = read_app(call, APP_ISV, &credentials, &app);
    if (r < 0)
        return r;
    if (token_check(call->work.rules, call->context->tokens, call->work.directory, TOKEN_TICKET,
                    credentials.app_ticket, call->work.now_ms, &ticket_app, NULL) < 0 ||
        ticket_app != app)
        return fail_field(&call->failure, E_DENIED, "app_ticket", NULL,
                          "not a ticket of this app of the last 12 hours");
    token_issue(call->work.rules, TOKEN_APP, app, NULL, call->work.now_ms, call->arena, &token);
    return call_reply_flat(call, "success", app_token_reply,
                           &(TokenReply){ token.text, NULL, token.expire_s });
}

int tenant_access_token(Call *call)
{
    Credentials credentials = { 0 };
    const Tenant *tenant;
    const App *app = NULL;
    Token token;
    int r;

    r = call_read_body(call, &credentials);
    if (r < 0)
        return r;
    if (token_check(call->work.rules, call->context->tokens, call->work.directory, TOKEN_APP,
                    credentials.app_access_token, call->work.now_ms, &app, NULL) < 0)
        return fail_field(&call->failure, E_DENIED, "app_access_token", NULL,
                          "not a living app_access_token");
    tenant = directory_tenant(call->work.directory, credentials.tenant_key);
    if (!tenant || !directory_is_installed(call->work.directory, app, tenant))
        return fail_field(&call->failure, E_DENIED, "tenant_key", NULL,
                          "no tenant of that key has installed the app");
    call->app_id = arena_text(call->arena, app->app_id);
    token_issue(call->work.rules, TOKEN_TENANT, app, tenant, call->work.now_ms, call->arena,
                &token);
    return call_reply_flat(call, "success", tenant_token_reply,
                           &(TokenReply){ NULL, token.text, token.expire_s });
}

/* The ticket comes as an event on the platform; `taskroom app ticket` prints it. */
int app_ticket_resend(Call *call)
{
    Credentials credentials = { 0 };
    const App *app = NULL;
    int r;

    r = call_read_body(call, &credentials);
    if (r >= 0)
        r = get_app(call, &credentials, &app);
    if (r < 0)
        return r;
    assert(app);
    if (app->app_type != APP_ISV)
        return fail_field(&call->failure, E_CONFLICT, "app_type", NULL,
                          "only store apps have tickets");
    return call_reply_flat(call, "success", resend_reply, &credentials);
}
