/* SPDX-License-Identifier: Apache-2.0 */

/* `taskroom init`: an installation and its first tenant. */
#include "cli/init.h"

#include <string.h>

#include "base/text.h"

#include "cli/output.h"
#include "domain/app.h"
#include "model/limits.h"

typedef struct InitReply {
    const char *data;
    const char *tenant_key;
    bool is_resumed; /* there was a key or a database, of an init that was cut short */
} InitReply;

static const Field init_fields[] = {
    FIELD(InitReply, data, JSON_TEXT, FIELD_REQUIRED),
    FIELD(InitReply, tenant_key, JSON_TEXT, FIELD_REQUIRED),
    FIELD(InitReply, is_resumed, JSON_BOOLEAN, FIELD_REQUIRED),
    FIELDS_END,
};

/* The domain checks both again, but by then a directory would have been made. */
static int check_tenant(Invocation *invocation, const char *key, const char *name)
{
    if (key && !tenant_key_is_valid(key))
        return invocation_refuse(invocation, "a tenant_key is 16 hex digits");
    if (text_is_empty(name) || !text_is_utf8(name, strlen(name)) ||
        text_prefix_bytes(name, NAME_CHARACTERS_MOST) < strlen(name))
        return invocation_refuse(invocation, "a tenant's name has 1 to %d characters",
                                 NAME_CHARACTERS_MOST);
    return 0;
}

int init_first_tenant(Session *session, const char *key, const char *name, Tenant *ret_tenant)
{
    size_t count;
    int r;

    directory_tenants(session->work.directory, &count);
    if (count > 0)
        return fail(session->work.failure, E_CONFLICT, "%s holds an installation already",
                    session->config.database);
    r = tenant_add(&session->work, key, name, ret_tenant);
    if (r < 0)
        return r;
    return session_commit(session);
}

static void print_reply(const Invocation *invocation, const InitReply *reply)
{
    Buffer text;

    if (invocation->is_json) {
        output_json(invocation->arena, init_fields, reply);
        return;
    }
    buffer_init(&text, invocation->arena, 128);
    buffer_print(&text, "%s holds an installation%s; the tenant_key of its tenant is %s\n",
                 reply->data, reply->is_resumed ? ", what was there of it was kept" : "",
                 reply->tenant_key);
    output_text(&text);
}

int command_init(Invocation *invocation)
{
    const char *key = invocation_option(invocation, "tenant-key");
    const char *name = invocation_option(invocation, "tenant-name");
    _cleanup_(session_done) Session session = { 0 };
    Config config = { 0 };
    Tenant tenant = { 0 };
    bool is_resumed;
    int r;

    name = name ? name : "default";
    r = check_tenant(invocation, key, name);
    if (r >= 0)
        r = invocation_load_config(invocation, &config);
    if (r >= 0)
        r = installation_create(invocation->arena, &config, &invocation->failure);
    is_resumed = r > 0;
    if (r >= 0)
        r = session_open_with(invocation, &config, SESSION_WRITES, &session);
    if (r >= 0)
        r = init_first_tenant(&session, key, name, &tenant);
    if (r < 0)
        return r;
    print_reply(invocation, &(InitReply){ config.data, tenant.tenant_key, is_resumed });
    return 0;
}
