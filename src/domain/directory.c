/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/directory.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#include "store/directory_store.h"

struct Directory {
    Arena *arena; /* owned; holds all below */
    int64_t revision;
    Tenant *tenants;
    size_t tenant_count;
    App *apps; /* sorted by app_id */
    size_t app_count;
    AppTenant *app_tenants; /* sorted by app_id, tenant_id */
    size_t app_tenant_count;
};

Directory *directory_new(void)
{
    Directory *directory = calloc(1, sizeof(*directory));

    if (!directory)
        abort();
    directory->revision = -1;
    return directory;
}

Directory *directory_free(Directory *directory)
{
    if (directory)
        arena_free(directory->arena);
    free(directory);
    return NULL;
}

static int load(Directory *fresh, Store *store, Failure *failure)
{
    int r;

    r = tenant_list(store, fresh->arena, &fresh->tenants, &fresh->tenant_count, failure);
    if (r < 0)
        return r;
    r = app_list(store, fresh->arena, &fresh->apps, &fresh->app_count, failure);
    if (r < 0)
        return r;
    return app_tenant_list(store, fresh->arena, &fresh->app_tenants, &fresh->app_tenant_count,
                           failure);
}

int directory_refresh(Directory *directory, Store *store, Failure *failure)
{
    Directory fresh = { .revision = -1 };
    int r;

    r = directory_revision(store, &fresh.revision, failure);
    if (r < 0 || fresh.revision == directory->revision)
        return r;
    fresh.arena = arena_new();
    r = load(&fresh, store, failure);
    if (r < 0) {
        arena_free(fresh.arena);
        return r;
    }
    arena_free(directory->arena);
    *directory = fresh;
    return 1;
}

static int compare_app(const void *key, const void *item)
{
    return strcmp(key, ((const App *)item)->app_id);
}

const App *directory_app(const Directory *directory, const char *app_id)
{
    if (!app_id || directory->app_count == 0)
        return NULL;
    return bsearch(app_id, directory->apps, directory->app_count, sizeof(App), compare_app);
}

const Tenant *directory_tenant(const Directory *directory, const char *tenant_key)
{
    for (size_t i = 0; i < directory->tenant_count; i++)
        if (text_equal(directory->tenants[i].tenant_key, tenant_key))
            return &directory->tenants[i];
    return NULL;
}

const Tenant *directory_tenant_by_id(const Directory *directory, int64_t tenant_id)
{
    for (size_t i = 0; i < directory->tenant_count; i++)
        if (directory->tenants[i].tenant_id == tenant_id)
            return &directory->tenants[i];
    return NULL;
}

static int compare_app_tenant(const void *key, const void *item)
{
    const AppTenant *a = key, *b = item;
    int order = strcmp(a->app_id, b->app_id);

    return order ? order : (a->tenant_id > b->tenant_id) - (a->tenant_id < b->tenant_id);
}

bool directory_is_installed(const Directory *directory, const App *app, const Tenant *tenant)
{
    AppTenant wanted = { app->app_id, tenant->tenant_id };

    return directory->app_tenant_count > 0 &&
           bsearch(&wanted, directory->app_tenants, directory->app_tenant_count, sizeof(wanted),
                   compare_app_tenant);
}

const App *directory_apps(const Directory *directory, size_t *ret_count)
{
    *ret_count = directory->app_count;
    return directory->apps;
}

const Tenant *directory_tenants(const Directory *directory, size_t *ret_count)
{
    *ret_count = directory->tenant_count;
    return directory->tenants;
}

size_t directory_place_count(const Directory *directory)
{
    return directory->app_tenant_count;
}

int directory_touch(const Work *work)
{
    return directory_rewrite(work->store, work->failure);
}
