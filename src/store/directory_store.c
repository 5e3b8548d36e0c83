/* SPDX-License-Identifier: Apache-2.0 */
#include "store/directory_store.h"

#include "base/buffer.h"

#include "db/db.h"
#include "model/limits.h"

int directory_revision(Store *store, int64_t *ret_number, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db, "SELECT number FROM revision WHERE name = 'directory'", &query,
                 failure);
    if (r < 0)
        return r;
    r = query_step(query, failure);
    if (r < 0)
        return r;
    *ret_number = r > 0 ? query_integer(query, 0) : 0;
    return 0;
}

int directory_rewrite(Store *store, Failure *failure)
{
    /* SQLite doesn't write a page whose content stays the same, so it must differ in between. */
    int r = db_run(store->db, "UPDATE revision SET number = -number - 1 WHERE name = 'directory'",
                   failure);

    if (r < 0)
        return r;
    return db_run(store->db, "UPDATE revision SET number = -number - 1 WHERE name = 'directory'",
                  failure);
}

static int count_revision_up(Store *store, Failure *failure)
{
    return db_run(store->db, "UPDATE revision SET number = number + 1 WHERE name = 'directory'",
                  failure);
}

int master_key_mark_find(Store *store, Arena *arena, const char **ret_mark, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db, "SELECT key_check FROM master_key WHERE name = 'master_key'", &query,
                 failure);
    if (r < 0)
        return r;
    r = query_step(query, failure);
    if (r > 0)
        *ret_mark = arena_text(arena, query_text(query, 0));
    return r;
}

int master_key_mark_insert(Store *store, const char *mark, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db, "INSERT INTO master_key (name, key_check) VALUES ('master_key', $1)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_text(query, 1, mark);
    return query_step(query, failure);
}

int tenant_insert(Store *store, Tenant *tenant, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO tenant (tenant_id, tenant_key, name, created_ms) "
                 "SELECT coalesce(max(tenant_id), 0) + 1, $1, $2, $3 FROM tenant "
                 "RETURNING tenant_id",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_text(query, 1, tenant->tenant_key);
    query_bind_text(query, 2, tenant->name);
    query_bind_integer(query, 3, tenant->created_ms);
    r = query_step(query, failure);
    if (r < 0)
        return r;
    tenant->tenant_id = query_integer(query, 0);
    r = query_step(query, failure);
    return r < 0 ? r : count_revision_up(store, failure);
}

/* Expected in a list, which grows: most installations hold a few of each, and a server reads all
 * lists once for each of its threads before it is ready. */
enum { FEW_ROWS = 16 };

int tenant_list(Store *store, Arena *arena, Tenant **ret_tenants, size_t *ret_count,
                Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    size_t count = 0;
    Buffer tenants;
    int r;

    r = db_query(store->db,
                 "SELECT tenant_id, tenant_key, name, created_ms FROM tenant ORDER BY tenant_id",
                 &query, failure);
    if (r < 0)
        return r;
    buffer_init(&tenants, arena, FEW_ROWS * sizeof(Tenant));
    for (; count < TENANTS_MOST && (r = query_step(query, failure)) > 0; count++) {
        const Tenant tenant = { .tenant_id = query_integer(query, 0),
                                .tenant_key = arena_text(arena, query_text(query, 1)),
                                .name = arena_text(arena, query_text(query, 2)),
                                .created_ms = query_integer(query, 3) };

        buffer_add_bytes(&tenants, &tenant, sizeof(tenant));
    }
    if (r < 0)
        return r;
    *ret_tenants = (void *)tenants.text;
    *ret_count = count;
    return 0;
}

int app_insert(Store *store, const App *app, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO app (tenant_id, app_id, app_type, name, secret_hash, scopes, "
                 "created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, app->tenant_id);
    query_bind_text(query, 2, app->app_id);
    query_bind_text(query, 3, app_type_text(app->app_type));
    query_bind_text(query, 4, app->name);
    query_bind_text(query, 5, app->secret_hash);
    query_bind_text(query, 6, app->scopes);
    query_bind_integer(query, 7, app->created_ms);
    r = query_step(query, failure);
    return r < 0 ? r : count_revision_up(store, failure);
}

int app_install(Store *store, int64_t tenant_id, const char *app_id, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO app_tenant (tenant_id, app_id) VALUES ($1, $2) "
                 "ON CONFLICT (tenant_id, app_id) DO NOTHING",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, app_id);
    r = query_step(query, failure);
    return r < 0 ? r : count_revision_up(store, failure);
}

static int app_set(Store *store, const char *sql, const char *app_id, const char *value,
                   Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db, sql, &query, failure);
    if (r < 0)
        return r;
    query_bind_text(query, 1, value);
    query_bind_text(query, 2, app_id);
    r = query_step(query, failure);
    return r < 0 ? r : count_revision_up(store, failure);
}

int app_set_secret(Store *store, const char *app_id, const char *secret_hash, Failure *failure)
{
    return app_set(store, "UPDATE app SET secret_hash = $1 WHERE app_id = $2", app_id, secret_hash,
                   failure);
}

int app_set_scopes(Store *store, const char *app_id, const char *scopes, Failure *failure)
{
    return app_set(store, "UPDATE app SET scopes = $1 WHERE app_id = $2", app_id, scopes, failure);
}

static void app_from_row(Query *query, Arena *arena, App *ret_app)
{
    *ret_app = (App){ .tenant_id = query_integer(query, 0),
                      .app_id = arena_text(arena, query_text(query, 1)),
                      .name = arena_text(arena, query_text(query, 3)),
                      .secret_hash = arena_text(arena, query_text(query, 4)),
                      .scopes = arena_text(arena, query_text(query, 5)),
                      .created_ms = query_integer(query, 6) };
    app_type_parse(query_text(query, 2), &ret_app->app_type);
}

int app_list(Store *store, Arena *arena, App **ret_apps, size_t *ret_count, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    size_t count = 0;
    Buffer apps;
    int r;

    r = db_query(store->db,
                 "SELECT tenant_id, app_id, app_type, name, secret_hash, scopes, created_ms "
                 "FROM app ORDER BY app_id",
                 &query, failure);
    if (r < 0)
        return r;
    buffer_init(&apps, arena, FEW_ROWS * sizeof(App));
    for (; count < APPS_MOST && (r = query_step(query, failure)) > 0; count++) {
        App app;

        app_from_row(query, arena, &app);
        buffer_add_bytes(&apps, &app, sizeof(app));
    }
    if (r < 0)
        return r;
    *ret_apps = (void *)apps.text;
    *ret_count = count;
    return 0;
}

int app_tenant_list(Store *store, Arena *arena, AppTenant **ret_app_tenants, size_t *ret_count,
                    Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    size_t count = 0;
    Buffer app_tenants;
    int r;

    r = db_query(store->db, "SELECT app_id, tenant_id FROM app_tenant ORDER BY app_id, tenant_id",
                 &query, failure);
    if (r < 0)
        return r;
    buffer_init(&app_tenants, arena, FEW_ROWS * sizeof(AppTenant));
    for (; count < APP_TENANTS_MOST && (r = query_step(query, failure)) > 0; count++) {
        const AppTenant app_tenant = { arena_text(arena, query_text(query, 0)),
                                       query_integer(query, 1) };

        buffer_add_bytes(&app_tenants, &app_tenant, sizeof(app_tenant));
    }
    if (r < 0)
        return r;
    *ret_app_tenants = (void *)app_tenants.text;
    *ret_count = count;
    return 0;
}
