/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "model/app.h"
#include "store/store.h"

/* Tenants, apps, and where each app may act. Every change here counts the directory's revision up,
 * so that the snapshots in a running server are replaced (domain/directory.h). */

int directory_revision(Store *store, int64_t *ret_number, Failure *failure);

/* Writes the revision again, unchanged: a trial whether the disk takes it. */
int directory_rewrite(Store *store, Failure *failure);

/* The mark of the master key that the database was made with: 1 and the text, or 0 when none was
 * left yet. */
int master_key_mark_find(Store *store, Arena *arena, const char **ret_mark, Failure *failure);
int master_key_mark_insert(Store *store, const char *mark, Failure *failure);

/* ret_tenant->tenant_id is given here. E_CONFLICT: the tenant_key is taken. */
int tenant_insert(Store *store, Tenant *tenant, Failure *failure);
int tenant_list(Store *store, Arena *arena, Tenant **ret_tenants, size_t *ret_count,
                Failure *failure);

/* E_CONFLICT: the app_id is taken. */
int app_insert(Store *store, const App *app, Failure *failure);
int app_install(Store *store, int64_t tenant_id, const char *app_id, Failure *failure);
int app_set_secret(Store *store, const char *app_id, const char *secret_hash, Failure *failure);
int app_set_scopes(Store *store, const char *app_id, const char *scopes, Failure *failure);
int app_list(Store *store, Arena *arena, App **ret_apps, size_t *ret_count, Failure *failure);

/* Pairs of (tenant, app), sorted by app_id and tenant_id. */
typedef struct AppTenant {
    const char *app_id;
    int64_t tenant_id;
} AppTenant;
int app_tenant_list(Store *store, Arena *arena, AppTenant **ret_app_tenants, size_t *ret_count,
                    Failure *failure);
