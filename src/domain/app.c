/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/app.h"

#include <string.h>

#include "base/text.h"

#include "model/limits.h"
#include "store/directory_store.h"

enum { SECRET_BYTES = 24 /* 192 random bits, 32 characters */, HASH_TEXT_BYTES = 65 };

static int check_name(const Work *work, const char *name)
{
    if (text_is_empty(name) || !text_is_utf8(name, strlen(name)) ||
        text_prefix_bytes(name, NAME_CHARACTERS_MOST) < strlen(name))
        return fail_field(work->failure, E_INVALID, "name", name, "a name has 1 to %d characters",
                          NAME_CHARACTERS_MOST);
    return 0;
}

/* 16 random hex digits after prefix. */
static const char *make_short_id(Arena *arena, const char *prefix)
{
    uint8_t bytes[8];
    char text[2 * sizeof(bytes) + 1];

    random_bytes(bytes, sizeof(bytes));
    hex_print(bytes, sizeof(bytes), text);
    return arena_print(arena, "%s%s", prefix, text);
}

int tenant_add(const Work *work, const char *tenant_key, const char *name, Tenant *ret_tenant)
{
    Tenant tenant = { .tenant_key = tenant_key, .name = name, .created_ms = work->now_ms };
    size_t count;
    int r;

    r = check_name(work, name);
    if (r < 0)
        return r;
    if (!tenant_key)
        tenant.tenant_key = make_short_id(work->arena, "");
    if (!tenant_key_is_valid(tenant.tenant_key))
        return fail_field(work->failure, E_INVALID, "tenant_key", tenant_key,
                          "a tenant_key is 16 hex digits");
    directory_tenants(work->directory, &count);
    if (count >= TENANTS_MOST)
        return fail(work->failure, E_CONFLICT, "there are %d tenants already", TENANTS_MOST);
    r = tenant_insert(work->store, &tenant, work->failure);
    if (r < 0)
        return r;
    *ret_tenant = tenant;
    return 0;
}

/* A secret is long and random, so one keyed hash keeps it (docs/adr/0006-secrets-and-tokens.md). */
static const char *hash_secret(const Rules *rules, const char *app_id, const char *secret,
                               Arena *arena)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    char text[HASH_TEXT_BYTES];
    const char *whole = arena_print(arena, "%s %s", app_id, secret);

    crypto_hash(rules->master_key, "secret", whole, strlen(whole), hash);
    hex_print(hash, sizeof(hash), text);
    return arena_text(arena, text);
}

static const char *make_secret(Arena *arena)
{
    uint8_t bytes[SECRET_BYTES];
    char text[BASE64_TEXT_BYTES(SECRET_BYTES)];

    random_bytes(bytes, sizeof(bytes));
    base64_print(bytes, sizeof(bytes), text);
    crypto_forget(bytes, sizeof(bytes));
    return arena_text(arena, text);
}

/* The snapshot of a server holds every place where an app may act. */
static int check_places(const Work *work, size_t more)
{
    if (directory_place_count(work->directory) + more > APP_TENANTS_MOST)
        return fail(work->failure, E_CONFLICT, "apps may act in at most %d tenants together",
                    APP_TENANTS_MOST);
    return 0;
}

static int install(const Work *work, const App *app)
{
    size_t count;
    const Tenant *tenants = directory_tenants(work->directory, &count);
    int r;

    r = check_places(work, app->app_type == APP_ISV ? count + 1 : 1);
    if (r >= 0)
        r = app_install(work->store, app->tenant_id, app->app_id, work->failure);
    for (size_t i = 0; r >= 0 && app->app_type == APP_ISV && i < count; i++)
        r = app_install(work->store, tenants[i].tenant_id, app->app_id, work->failure);
    return r;
}

/* In lower case alone: a token holds the bytes of the digits, and gives them back so. */
static int check_app_id(const Work *work, const char *app_id)
{
    if (!app_id_is_valid(app_id) || strpbrk(app_id, "ABCDEF"))
        return fail_field(work->failure, E_INVALID, "app_id", app_id,
                          "an app_id is cli_ and 16 hex digits in lower case");
    return 0;
}

int app_add(const Work *work, const AppDraft *draft, const char **ret_app_id,
            const char **ret_secret)
{
    const char *secret = draft->app_secret ? draft->app_secret : make_secret(work->arena);
    App app = { .tenant_id = work->tenant->tenant_id,
                .app_id = draft->app_id ? draft->app_id : make_short_id(work->arena, "cli_"),
                .app_type = draft->app_type,
                .name = draft->name,
                .scopes = scopes_normalise(work->arena, draft->scopes),
                .created_ms = work->now_ms };
    size_t count;
    int r;

    r = check_name(work, draft->name);
    if (r >= 0)
        r = check_app_id(work, app.app_id);
    if (r < 0)
        return r;
    if (!app.scopes)
        return fail_field(work->failure, E_INVALID, "scopes", draft->scopes,
                          "scopes are at most %d names like im:chat:read, with commas",
                          SCOPES_MOST);
    directory_apps(work->directory, &count);
    if (count >= APPS_MOST)
        return fail(work->failure, E_CONFLICT, "there are %d apps already", APPS_MOST);
    app.secret_hash = hash_secret(work->rules, app.app_id, secret, work->arena);
    r = app_insert(work->store, &app, work->failure);
    if (r < 0)
        return r;
    r = install(work, &app);
    if (r < 0)
        return r;
    *ret_app_id = app.app_id;
    *ret_secret = secret;
    return 0;
}

int store_apps_install(const Work *work, const Tenant *tenant)
{
    size_t count;
    const App *apps = directory_apps(work->directory, &count);
    int r = check_places(work, count);

    for (size_t i = 0; r >= 0 && i < count; i++)
        if (apps[i].app_type == APP_ISV)
            r = app_install(work->store, tenant->tenant_id, apps[i].app_id, work->failure);
    return r;
}

static int check_app(const Work *work, const char *app_id)
{
    if (!directory_app(work->directory, app_id))
        return fail_field(work->failure, E_NOT_FOUND, "app_id", app_id, "there is no app %s",
                          app_id);
    return 0;
}

int app_rotate_secret(const Work *work, const char *app_id, const char **ret_secret)
{
    const char *secret = make_secret(work->arena);
    int r;

    r = check_app(work, app_id);
    if (r < 0)
        return r;
    r = app_set_secret(work->store, app_id, hash_secret(work->rules, app_id, secret, work->arena),
                       work->failure);
    if (r < 0)
        return r;
    *ret_secret = secret;
    return 0;
}

int app_replace_scopes(const Work *work, const char *app_id, const char *scopes)
{
    const char *normal = scopes_normalise(work->arena, scopes);
    int r;

    r = check_app(work, app_id);
    if (r < 0)
        return r;
    if (!normal)
        return fail_field(work->failure, E_INVALID, "scopes", scopes,
                          "scopes are at most %d names like im:chat:read, with commas",
                          SCOPES_MOST);
    return app_set_scopes(work->store, app_id, normal, work->failure);
}

bool app_secret_matches(const Rules *rules, const App *app, const char *secret, Arena *arena)
{
    uint8_t hash[CRYPTO_HASH_BYTES], kept[CRYPTO_HASH_BYTES];

    return hex_parse(hash_secret(rules, app->app_id, secret, arena), hash, sizeof(hash)) &&
           hex_parse(app->secret_hash, kept, sizeof(kept)) &&
           crypto_equal(hash, kept, sizeof(hash));
}
