/* SPDX-License-Identifier: Apache-2.0 */
/* The page: signing in, and who is signed in. */
#include "base/text.h"

#include "api/answer.h"
#include "api/web.h"
#include "api/web_person.h"
#include "domain/directory.h"
#include "domain/page_session.h"
#include "domain/user.h"
#include "model/limits.h"

typedef struct SignInBody {
    const char *tenant_key;
    const char *user_id;
    const char *password;
    const char *link;
} SignInBody;

typedef struct SignInReply {
    bool is_demo;
    bool needs_tenant_key;
    ObjectArray demo_users;
} SignInReply;

typedef struct MeReply {
    Person *user;
    const char *tenant_name;
    bool is_demo;
    ObjectArray demo_users;
} MeReply;

typedef struct SessionReply {
    const char *session_id;
    int64_t created_ms;
    int64_t seen_ms;
    const char *user_agent;
    bool is_current;
} SessionReply;

typedef struct SessionsReply {
    ObjectArray items;
} SessionsReply;

/* clang-format off */
const Field web_nothing[] = {
    FIELDS_END,
};
const Field web_sign_in_body[] = {
    FIELD(SignInBody, tenant_key, JSON_TEXT, 0, .about = "needed where there are several tenants"),
    FIELD(SignInBody, user_id,    JSON_TEXT, 0, .about = "a kunlun id; with password"),
    FIELD(SignInBody, password,   JSON_TEXT, 0, .about = "set by taskroom user password"),
    FIELD(SignInBody, link,       JSON_TEXT, 0, .about = "in place of both: the token of a link by taskroom user link"),
    FIELDS_END,
};
const Field web_act_as_body[] = {
    FIELD(SignInBody, user_id, JSON_TEXT, FIELD_REQUIRED, .about = "a user of the demo"),
    FIELDS_END,
};
const Field web_sign_in_reply[] = {
    FIELD(SignInReply, is_demo,          JSON_BOOLEAN, FIELD_REQUIRED, .about = "one may act as anybody"),
    FIELD(SignInReply, needs_tenant_key, JSON_BOOLEAN, FIELD_REQUIRED, .about = "there are several tenants"),
    FIELD(SignInReply, demo_users,       JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = person_fields, .item_bytes = sizeof(Person), .about = "as whom"),
    FIELDS_END,
};
const Field web_me_reply[] = {
    FIELD(MeReply, user,        JSON_OBJECT,       FIELD_REQUIRED, .fields = person_fields, .item_bytes = sizeof(Person), .about = "who is signed in"),
    FIELD(MeReply, tenant_name, JSON_TEXT,         FIELD_REQUIRED, .about = "where"),
    FIELD(MeReply, is_demo,     JSON_BOOLEAN,      FIELD_REQUIRED, .about = "one may act as anybody"),
    FIELD(MeReply, demo_users,  JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = person_fields, .item_bytes = sizeof(Person), .about = "as whom"),
    FIELDS_END,
};
static const Field session_fields[] = {
    FIELD(SessionReply, session_id, JSON_TEXT,    FIELD_REQUIRED, .about = "its name"),
    FIELD(SessionReply, created_ms, JSON_INTEGER, FIELD_REQUIRED, .about = "when it began"),
    FIELD(SessionReply, seen_ms,    JSON_INTEGER, FIELD_REQUIRED, .about = "when it was used last, about"),
    FIELD(SessionReply, user_agent, JSON_TEXT,    FIELD_REQUIRED, .about = "what the browser calls itself"),
    FIELD(SessionReply, is_current, JSON_BOOLEAN, FIELD_REQUIRED, .about = "this one"),
    FIELDS_END,
};
const Field web_sessions_reply[] = {
    FIELD(SessionsReply, items, JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = session_fields, .item_bytes = sizeof(SessionReply), .about = "the newest first"),
    FIELDS_END,
};
/* clang-format on */

/* ---- the cookie ---- */

/* An empty token takes the cookie away. */
static void set_cookie(Call *call, const char *token)
{
    exchange_set_header(call->exchange, "Set-Cookie",
                        arena_print(call->arena,
                                    WEB_COOKIE
                                    "=%s; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Strict",
                                    token, *token ? SESSION_LIFE_S : 0));
}

static int begin(Call *call, const char *kunlun_id, bool is_acted)
{
    const char *token = NULL;
    int r = page_session_begin(&call->work, kunlun_id,
                               exchange_header(call->exchange, "User-Agent"), is_acted, &token);

    if (r < 0)
        return r;
    set_cookie(call, token);
    return call_reply(call, web_nothing, NULL);
}

/* ---- signing in ---- */

/* Whoever signs in has no token that would name the tenant. */
static int choose_tenant(Call *call, const char *tenant_key)
{
    size_t count;
    const Tenant *tenants = directory_tenants(call->work.directory, &count);

    call->work.tenant = tenant_key ? directory_tenant(call->work.directory, tenant_key)
                        : count == 1 || call->work.rules->is_demo ? tenants /* the demo's own */
                                                                  : NULL;
    if (call->work.tenant)
        return 0;
    if (!tenant_key)
        return fail_field(&call->failure, E_INVALID, "tenant_key", NULL,
                          "tenant_key is needed where there are several tenants");
    return fail(&call->failure, E_DENIED, "this does not sign anybody in");
}

static int read_sign_in(Call *call, SignInBody *ret_body)
{
    int r = call_read_body(call, ret_body);

    if (r >= 0 && !ret_body->link && (!ret_body->user_id || !ret_body->password))
        r = fail_field(&call->failure, E_INVALID, ret_body->user_id ? "password" : "user_id", NULL,
                       "user_id and password, or a link, are required");
    return r < 0 ? r : choose_tenant(call, ret_body->tenant_key);
}

int web_sign_in_prepare(Call *call)
{
    SignInBody body = { 0 };
    bool *is_right = arena_alloc(call->arena, sizeof(*is_right));
    int r = read_sign_in(call, &body);

    if (r >= 0 && !body.link)
        r = password_check(&call->work, body.user_id, body.password, is_right);
    call->prepared = is_right;
    return r;
}

/* A refusal is answered here: what was counted must stay, so that it is no failure of the call. */
static int refuse_counted(Call *call)
{
    answer_failure(call);
    return 0;
}

int web_sign_in(Call *call)
{
    const bool *is_right = call->prepared;
    SignInBody body = { 0 };
    int r = read_sign_in(call, &body);

    if (r < 0)
        return r;
    if (body.link) {
        r = sign_in_link_use(&call->work, body.link, &body.user_id);
        return r < 0 ? r : begin(call, body.user_id, false);
    }
    r = password_count(&call->work, body.user_id, *is_right);
    if (r == E_DENIED || r == E_LIMITED)
        return refuse_counted(call);
    return r < 0 ? r : begin(call, body.user_id, false);
}

int web_act_as(Call *call)
{
    SignInBody body = { 0 };
    int r = call_read_body(call, &body);

    if (r >= 0 && !call->work.rules->is_demo)
        r = fail(&call->failure, E_DENIED, "one may act as somebody in the demo alone");
    if (r >= 0)
        r = choose_tenant(call, NULL);
    return r < 0 ? r : begin(call, body.user_id, true);
}

/* ---- who is there ---- */

/* Nobody where this is no demo. */
static int read_demo_users(Call *call, ObjectArray *ret_persons)
{
    User *users = NULL;
    size_t count = 0;
    int r = 0;

    if (call->work.rules->is_demo && call->work.tenant)
        r = user_look_up(&call->work, "", &users, &count);
    if (r >= 0)
        *ret_persons = person_array(call->arena, users, count);
    return r;
}

int web_sign_in_options(Call *call)
{
    SignInReply reply = { .is_demo = call->work.rules->is_demo };
    size_t count;
    const Tenant *tenants = directory_tenants(call->work.directory, &count);
    int r;

    reply.needs_tenant_key = count > 1 && !reply.is_demo;
    if (count > 0)
        call->work.tenant = tenants;
    r = read_demo_users(call, &reply.demo_users);
    return r < 0 ? r : call_reply(call, web_sign_in_reply, &reply);
}

int web_me(Call *call)
{
    Person user = person_of(&call->user);
    MeReply reply = { .user = &user,
                      .tenant_name = call->work.tenant->name,
                      .is_demo = call->work.rules->is_demo };
    int r = read_demo_users(call, &reply.demo_users);

    return r < 0 ? r : call_reply(call, web_me_reply, &reply);
}

int web_sessions(Call *call)
{
    PageSession *sessions = NULL;
    SessionReply *items;
    size_t count = 0;
    int r = page_session_items(&call->work, &sessions, &count);

    if (r < 0)
        return r;
    items = arena_array(call->arena, SessionReply, count);
    for (size_t i = 0; i < count; i++)
        items[i] = (SessionReply){ sessions[i].session_id, sessions[i].created_ms,
                                   sessions[i].seen_ms, sessions[i].user_agent,
                                   text_equal(sessions[i].session_id, call->session.session_id) };
    return call_reply(call, web_sessions_reply, &(SessionsReply){ { items, count, true } });
}

/* Whoever joins the floors then ends its streams: server/serve.c. */
static int end(Call *call, const char *session_id)
{
    int r = page_session_end(&call->work, session_id);

    call->ends_session = r >= 0;
    return r < 0 ? r : call_reply(call, web_nothing, NULL);
}

int web_session_delete(Call *call)
{
    return end(call, call_path(call, 0));
}

int web_sign_out(Call *call)
{
    int r = end(call, call->session.session_id);

    if (r >= 0)
        set_cookie(call, "");
    return r;
}
