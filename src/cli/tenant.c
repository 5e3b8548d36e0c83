/* SPDX-License-Identifier: Apache-2.0 */

/* `taskroom tenant …`. */
#include "cli/output.h"
#include "cli/session.h"
#include "domain/app.h"

typedef struct TenantReply {
    const char *tenant_key;
    const char *name;
    int64_t created_ms;
} TenantReply;

static const Field tenant_fields[] = {
    FIELD(TenantReply, tenant_key, JSON_TEXT, FIELD_REQUIRED),
    FIELD(TenantReply, name, JSON_TEXT, FIELD_REQUIRED),
    FIELD(TenantReply, created_ms, JSON_INTEGER, FIELD_REQUIRED),
    FIELDS_END,
};

static void print_tenant(const Invocation *invocation, const Tenant *tenant)
{
    Buffer row;

    if (invocation->is_json) {
        output_json(invocation->arena, tenant_fields,
                    &(TenantReply){ tenant->tenant_key, tenant->name, tenant->created_ms });
        return;
    }
    buffer_init(&row, invocation->arena, 128);
    output_cell(&row, tenant->tenant_key, 16);
    output_cell(&row, tenant->name, 0);
    buffer_add_char(&row, '\n');
    output_text(&row);
}

int command_tenant_add(Invocation *invocation)
{
    _cleanup_(session_done) Session session = { 0 };
    const char *name;
    Tenant tenant;
    int r;

    r = invocation_need_option(invocation, "name", &name);
    if (r >= 0)
        r = session_open(invocation, SESSION_WRITES, &session);
    if (r >= 0)
        r = tenant_add(&session.work, invocation_option(invocation, "tenant-key"), name, &tenant);
    if (r >= 0)
        r = store_apps_install(&session.work, &tenant);
    if (r >= 0)
        r = session_commit(&session);
    if (r < 0)
        return r;
    print_tenant(invocation, &tenant);
    return 0;
}

int command_tenant_list(Invocation *invocation)
{
    _cleanup_(session_done) Session session = { 0 };
    const Tenant *tenants;
    size_t count;
    int r;

    r = session_open(invocation, SESSION_READS, &session);
    if (r < 0)
        return r;
    tenants = directory_tenants(session.work.directory, &count);
    for (size_t i = 0; i < count; i++)
        print_tenant(invocation, &tenants[i]);
    return 0;
}
