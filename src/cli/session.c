/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/session.h"

#include "base/buffer.h"
#include "base/clock.h"

#include "store/event_store.h"

enum { TENANTS_TOLD = 8 };

int session_open(Invocation *invocation, SessionMode mode, Session *ret_session)
{
    Config config;
    int r;

    r = invocation_load_config(invocation, &config);
    if (r < 0)
        return r;
    return session_open_with(invocation, &config, mode, ret_session);
}

/* Reading has a connection of its own, which takes no lock; the installation's brings the schema up
 * to date before. */
static int open_stores(Session *session, SessionMode mode)
{
    Invocation *invocation = session->invocation;
    int r;

    r = installation_open(&session->config, &session->installation, &invocation->failure);
    if (r == E_CONFLICT)
        invocation->exit_code = EXIT_NEWER_SCHEMA;
    if (r >= 0 && mode == SESSION_READS)
        r = store_open(session->config.database, STORE_READER, &session->reader,
                       &invocation->failure);
    return r;
}

/* What it makes comes behind all that readers have passed (docs/adr/0019-live.md). */
static int continue_ids(Session *session)
{
    int64_t number = 0;
    int r = event_last_number(session->work.store, &number, session->work.failure);

    if (r >= 0)
        id_continue(&session->ids, number);
    return r;
}

int session_open_with(Invocation *invocation, const Config *config, SessionMode mode,
                      Session *ret_session)
{
    Session *session = ret_session;
    int r;

    *session = (Session){ .invocation = invocation, .config = *config };
    r = open_stores(session, mode);
    if (r < 0)
        return r;
    session->work =
        (Work){ .store = session->reader ? session->reader : session->installation->store,
                .arena = invocation->arena,
                .failure = &invocation->failure,
                .ids = &session->ids,
                .directory = session->installation->directory,
                .rules = &session->installation->rules,
                .now_ms = clock_wall_ms(),
                .log_id = "cli" };
    r = store_begin(session->work.store, &invocation->failure);
    if (r >= 0)
        r = continue_ids(session);
    if (r < 0)
        return r;
    /* Again, now that nothing can change any more. */
    return directory_refresh(session->installation->directory, session->work.store,
                             &invocation->failure);
}

static int refuse_several(Session *session, const Tenant *tenants, size_t count)
{
    Buffer keys;

    buffer_init(&keys, session->work.arena, 256);
    for (size_t i = 0; i < count && i < TENANTS_TOLD; i++)
        buffer_print(&keys, "%s%s", i > 0 ? ", " : "", tenants[i].tenant_key);
    if (count > TENANTS_TOLD)
        buffer_add(&keys, " …");
    return invocation_refuse(session->invocation,
                             "there are several tenants, choose one with --tenant: %s", keys.text);
}

int session_choose_tenant(Session *session)
{
    const char *key = invocation_option(session->invocation, "tenant");
    const Tenant *tenants;
    size_t count;

    if (key) {
        session->work.tenant = directory_tenant(session->work.directory, key);
        if (!session->work.tenant)
            return fail(session->work.failure, E_NOT_FOUND, "there is no tenant %s", key);
        return 0;
    }
    tenants = directory_tenants(session->work.directory, &count);
    if (count == 0)
        return fail(session->work.failure, E_NOT_FOUND,
                    "there is no tenant (`taskroom tenant add` makes one)");
    if (count > 1)
        return refuse_several(session, tenants, count);
    session->work.tenant = &tenants[0];
    return 0;
}

int session_pause(Session *session)
{
    return store_rollback(session->work.store, session->work.failure);
}

int session_resume(Session *session, SessionMode mode)
{
    int r;

    session->work.store = mode == SESSION_READS ? session->reader : session->installation->store;
    session->work.now_ms = clock_wall_ms();
    r = store_begin(session->work.store, session->work.failure);
    return r < 0 ? r : continue_ids(session);
}

int session_commit(Session *session)
{
    int r = store_commit(session->work.store, session->work.failure);

    if (r < 0 && store_is_broken(session->work.store))
        session->invocation->exit_code = EXIT_DISK;
    return r;
}

void session_done(Session *session)
{
    if (session->reader)
        store_close(session->reader);
    installation_close(session->installation);
    *session = (Session){ 0 };
}
