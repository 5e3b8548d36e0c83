/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "store/directory_store.h"
#include "store/temp_store.h"

static int64_t revision(TempStore *kept)
{
    int64_t number = -1;

    directory_revision(kept->store, &number, &kept->failure);
    return number;
}

static Tenant add_tenant(TempStore *kept, const char *key)
{
    Tenant tenant = { .tenant_key = key, .name = key, .created_ms = 5 };

    tenant_insert(kept->store, &tenant, &kept->failure);
    return tenant;
}

static int add_app(TempStore *kept, int64_t tenant_id, const char *app_id)
{
    App app = { tenant_id, app_id, APP_ISV, "Name", "hash", "a b", 7 };

    return app_insert(kept->store, &app, &kept->failure);
}

TEST(tenants_are_numbered_and_listed)
{
    TEMP_STORE(kept);
    Tenant first = add_tenant(&kept, "b"), second = add_tenant(&kept, "a"), *tenants = NULL;
    size_t count = 0;

    CHECK_INT(first.tenant_id, 1);
    CHECK_INT(second.tenant_id, 2);
    CHECK_INT(tenant_list(kept.store, kept.arena, &tenants, &count, &kept.failure), 0);
    CHECK_INT(count, 2);
    CHECK_INT(tenants[0].tenant_id, 1);
    CHECK_TEXT(tenants[0].tenant_key, "b");
    CHECK_TEXT(tenants[0].name, "b");
    CHECK_INT(tenants[0].created_ms, 5);
    CHECK_TEXT(tenants[1].tenant_key, "a");
}

TEST(a_tenant_key_is_taken_once)
{
    TEMP_STORE(kept);
    Tenant again = { .tenant_key = "a", .name = "x" };

    add_tenant(&kept, "a");
    CHECK_INT(tenant_insert(kept.store, &again, &kept.failure), E_CONFLICT);
}

TEST(apps_are_listed_by_their_ids)
{
    TEMP_STORE(kept);
    App *apps = NULL;
    size_t count = 0;

    add_tenant(&kept, "a");
    add_tenant(&kept, "b");
    CHECK_INT(add_app(&kept, 1, "cli_2"), 0);
    CHECK_INT(add_app(&kept, 2, "cli_1"), 0);
    CHECK_INT(app_list(kept.store, kept.arena, &apps, &count, &kept.failure), 0);
    CHECK_INT(count, 2);
    CHECK_TEXT(apps[0].app_id, "cli_1");
    CHECK_INT(apps[0].tenant_id, 2);
    CHECK_TEXT(apps[1].app_id, "cli_2");
    CHECK_INT(apps[1].tenant_id, 1);
    CHECK_INT(apps[1].app_type, APP_ISV);
    CHECK_TEXT(apps[1].name, "Name");
    CHECK_TEXT(apps[1].secret_hash, "hash");
    CHECK_TEXT(apps[1].scopes, "a b");
    CHECK_INT(apps[1].created_ms, 7);
}

TEST(an_app_id_is_taken_once_in_the_whole_installation)
{
    TEMP_STORE(kept);

    add_tenant(&kept, "a");
    add_tenant(&kept, "b");
    CHECK_INT(add_app(&kept, 1, "cli_1"), 0);
    CHECK_INT(add_app(&kept, 2, "cli_1"), E_CONFLICT);
}

TEST(secret_and_scopes_of_one_app_are_replaced)
{
    TEMP_STORE(kept);
    App *apps = NULL;
    size_t count = 0;

    add_tenant(&kept, "a");
    add_app(&kept, 1, "cli_1");
    add_app(&kept, 1, "cli_2");
    CHECK_INT(app_set_secret(kept.store, "cli_1", "other", &kept.failure), 0);
    CHECK_INT(app_set_scopes(kept.store, "cli_2", "c", &kept.failure), 0);
    CHECK_INT(app_list(kept.store, kept.arena, &apps, &count, &kept.failure), 0);
    CHECK_TEXT(apps[0].secret_hash, "other");
    CHECK_TEXT(apps[0].scopes, "a b");
    CHECK_TEXT(apps[1].secret_hash, "hash");
    CHECK_TEXT(apps[1].scopes, "c");
}

TEST(an_app_is_installed_once_in_a_tenant)
{
    TEMP_STORE(kept);
    AppTenant *pairs = NULL;
    size_t count = 0;

    add_tenant(&kept, "a");
    add_tenant(&kept, "b");
    add_app(&kept, 1, "cli_2");
    add_app(&kept, 1, "cli_1");
    CHECK_INT(app_install(kept.store, 2, "cli_1", &kept.failure), 0);
    CHECK_INT(app_install(kept.store, 1, "cli_2", &kept.failure), 0);
    CHECK_INT(app_install(kept.store, 1, "cli_1", &kept.failure), 0);
    CHECK_INT(app_install(kept.store, 1, "cli_1", &kept.failure), 0);
    CHECK_INT(app_tenant_list(kept.store, kept.arena, &pairs, &count, &kept.failure), 0);
    CHECK_INT(count, 3);
    CHECK_TEXT(pairs[0].app_id, "cli_1");
    CHECK_INT(pairs[0].tenant_id, 1);
    CHECK_TEXT(pairs[1].app_id, "cli_1");
    CHECK_INT(pairs[1].tenant_id, 2);
    CHECK_TEXT(pairs[2].app_id, "cli_2");
    CHECK_INT(pairs[2].tenant_id, 1);
}

TEST(an_app_is_installed_where_there_is_a_tenant_and_an_app)
{
    TEMP_STORE(kept);

    add_tenant(&kept, "a");
    add_app(&kept, 1, "cli_1");
    CHECK(app_install(kept.store, 2, "cli_1", &kept.failure) < 0);
    failure_clear(&kept.failure);
    CHECK(app_install(kept.store, 1, "cli_9", &kept.failure) < 0);
}

TEST(every_change_counts_the_revision_up)
{
    TEMP_STORE(kept);
    int64_t last = revision(&kept);

#define CHECK_COUNTED(change)            \
    do {                                 \
        change;                          \
        CHECK_INT(kept.failure.code, 0); \
        CHECK(revision(&kept) > last);   \
        last = revision(&kept);          \
    } while (0)

    CHECK_INT(last, 1);
    CHECK_COUNTED(add_tenant(&kept, "a"));
    CHECK_COUNTED(add_app(&kept, 1, "cli_1"));
    CHECK_COUNTED(app_install(kept.store, 1, "cli_1", &kept.failure));
    CHECK_COUNTED(app_set_secret(kept.store, "cli_1", "x", &kept.failure));
    CHECK_COUNTED(app_set_scopes(kept.store, "cli_1", "x", &kept.failure));
}

TEST(a_trial_write_changes_nothing)
{
    TEMP_STORE(kept);
    const char *before = temp_store_rows(kept.store, kept.arena);

    CHECK_INT(directory_rewrite(kept.store, &kept.failure), 0);
    CHECK_TEXT(temp_store_rows(kept.store, kept.arena), before);
}

/* More than a list has room for at first. */
TEST(long_lists_are_whole)
{
    enum { MANY = 100 };
    TEMP_STORE(kept);
    Tenant *tenants = NULL;
    App *apps = NULL;
    AppTenant *pairs = NULL;
    size_t tenant_count = 0, app_count = 0, pair_count = 0;

    for (int i = 1; i <= MANY; i++) {
        add_tenant(&kept, arena_print(kept.arena, "tenant %d", i));
        CHECK_INT(add_app(&kept, i, arena_print(kept.arena, "cli_%03d", i)), 0);
        CHECK_INT(app_install(kept.store, i, arena_print(kept.arena, "cli_%03d", i), &kept.failure),
                  0);
    }
    tenant_list(kept.store, kept.arena, &tenants, &tenant_count, &kept.failure);
    app_list(kept.store, kept.arena, &apps, &app_count, &kept.failure);
    app_tenant_list(kept.store, kept.arena, &pairs, &pair_count, &kept.failure);
    CHECK_INT(tenant_count, MANY);
    CHECK_INT(app_count, MANY);
    CHECK_INT(pair_count, MANY);
    for (int i = 1; i <= MANY; i++) {
        CHECK_INT(tenants[i - 1].tenant_id, i);
        CHECK_TEXT(tenants[i - 1].tenant_key, arena_print(kept.arena, "tenant %d", i));
        CHECK_TEXT(apps[i - 1].app_id, arena_print(kept.arena, "cli_%03d", i));
        CHECK_INT(apps[i - 1].tenant_id, i);
        CHECK_TEXT(pairs[i - 1].app_id, arena_print(kept.arena, "cli_%03d", i));
        CHECK_INT(pairs[i - 1].tenant_id, i);
    }
}

CHECK_MAIN
