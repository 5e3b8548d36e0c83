/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/text.h"

#include "domain/app.h"
#include "fault_check.h"
#include "model/limits.h"

static int refresh(Fixture *house)
{
    return directory_refresh(house->directory, house->kept.store, &house->kept.failure);
}

static const char *repeat(const Fixture *house, const char *text, size_t times)
{
    Buffer whole;

    buffer_init(&whole, house->kept.arena, 1024);
    for (size_t i = 0; i < times; i++)
        buffer_add(&whole, text);
    return whole.text;
}

/* ---- tenants ---- */

TEST(a_tenant_gets_a_key_and_a_number)
{
    FIXTURE(house);
    Tenant made = { 0 }, given = { 0 };
    const char *before = fixture_rows(&house);

    CHECK_INT(tenant_add(&house.work, NULL, "三号", &made), 0);
    CHECK_INT(tenant_add(&house.work, "00000000000000ff", "Four", &given), 0);
    CHECK_INT(made.tenant_id, 3);
    CHECK(tenant_key_is_valid(made.tenant_key));
    CHECK_TEXT(made.name, "三号");
    CHECK_INT(made.created_ms, FIXTURE_NOW_MS);
    CHECK_TEXT(given.tenant_key, "00000000000000ff");
    CHECK_TEXT(fixture_changes(&house, before), "revision +1 -1 tenant +2");
    CHECK_INT(refresh(&house), 1);
    CHECK_TEXT(directory_tenant(house.directory, "00000000000000ff")->name, "Four");
}

TEST(a_tenants_key_and_name_are_checked)
{
    FIXTURE(house);
    Tenant tenant = { .tenant_id = -1 };
    const char *before = fixture_rows(&house);
    static const char *const keys[] = { "", "x", "7ad0c5a3b1e24f6", "7ad0c5a3b1e24f6g" };

    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        failure_clear(house.work.failure);
        CHECK_INT(tenant_add(&house.work, keys[i], "x", &tenant), E_INVALID);
        CHECK_TEXT(house.work.failure->field, "tenant_key");
    }
    failure_clear(house.work.failure);
    CHECK_INT(tenant_add(&house.work, NULL, "", &tenant), E_INVALID);
    CHECK_TEXT(house.work.failure->field, "name");
    CHECK_INT(tenant_add(&house.work, NULL, NULL, &tenant), E_INVALID);
    CHECK_INT(tenant_add(&house.work, NULL, "\xff", &tenant), E_INVALID);
    CHECK_INT(tenant_add(&house.work, NULL, repeat(&house, "é", 201), &tenant), E_INVALID);
    CHECK_INT(tenant.tenant_id, -1);
    CHECK_TEXT(fixture_changes(&house, before), "");
    CHECK_INT(tenant_add(&house.work, NULL, repeat(&house, "é", 200), &tenant), 0);
}

TEST(a_tenants_key_is_taken_once)
{
    FIXTURE(house);
    Tenant tenant;

    CHECK_INT(tenant_add(&house.work, FIXTURE_TENANT_KEY, "again", &tenant), E_CONFLICT);
}

/* ---- apps ---- */

TEST(an_app_gets_id_and_secret_and_only_its_hash_is_kept)
{
    FIXTURE(house);
    AppDraft draft = { .name = "One", .scopes = "b a,b", .app_type = APP_CUSTOM };
    const char *app_id = NULL, *secret = NULL, *before = fixture_rows(&house);
    const App *app;

    CHECK_INT(app_add(&house.stranger, &draft, &app_id, &secret), 0);
    CHECK(app_id_is_valid(app_id));
    CHECK(text_is_visible_ascii(secret, 32, 32));
    CHECK_TEXT(fixture_changes(&house, before), "revision +1 -1 app +1 app_tenant +1");
    CHECK(!strstr(fixture_rows(&house), secret));
    CHECK_INT(refresh(&house), 1);
    app = directory_app(house.directory, app_id);
    CHECK_INT(app->tenant_id, 2);
    CHECK_TEXT(app->name, "One");
    CHECK_TEXT(app->scopes, "b a");
    CHECK_INT(app->app_type, APP_CUSTOM);
    CHECK_INT(app->created_ms, FIXTURE_NOW_MS);
    CHECK(app_secret_matches(&house.rules, app, secret, house.kept.arena));
    CHECK(directory_is_installed(house.directory, app, directory_tenant_by_id(house.directory, 2)));
    CHECK(
        !directory_is_installed(house.directory, app, directory_tenant_by_id(house.directory, 1)));
}

TEST(a_secret_is_its_apps_and_its_keys)
{
    FIXTURE(house);
    Arena *arena = house.kept.arena;
    const App *app = house.work.app;

    refresh(&house);
    CHECK(app_secret_matches(&house.rules, app, FIXTURE_SECRET, arena));
    CHECK(!app_secret_matches(&house.rules, app, "", arena));
    CHECK(!app_secret_matches(&house.rules, app, FIXTURE_SECRET "x", arena));
    CHECK(!app_secret_matches(&house.rules, app, app->secret_hash, arena));
    CHECK(!text_equal(app->secret_hash, house.second.app->secret_hash));
    house.rules.master_key[0] ^= 1;
    CHECK(!app_secret_matches(&house.rules, app, FIXTURE_SECRET, arena));
}

TEST(an_apps_draft_is_checked)
{
    FIXTURE(house);
    const char *app_id = "untouched", *secret = NULL, *before = fixture_rows(&house);
    const struct {
        AppDraft draft;
        const char *field;
    } bad[] = {
        { { .name = "", .scopes = "a" }, "name" },
        { { .name = NULL, .scopes = "a" }, "name" },
        { { .name = repeat(&house, "x", 201), .scopes = "a" }, "name" },
        { { .name = "x", .scopes = "A" }, "scopes" },
        { { .name = "x", .scopes = "a", .app_id = "x" }, "app_id" },
        { { .name = "x", .scopes = "a", .app_id = "cli_A1d0c5a3b1e24f68" }, "app_id" },
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        failure_clear(house.work.failure);
        CHECK_INT(app_add(&house.work, &bad[i].draft, &app_id, &secret), E_INVALID);
        CHECK_TEXT(house.work.failure->field, bad[i].field);
    }
    CHECK_TEXT(app_id, "untouched");
    CHECK_TEXT(fixture_changes(&house, before), "");
}

TEST(an_app_id_is_taken_once)
{
    FIXTURE(house);
    AppDraft draft = { .name = "x", .scopes = "", .app_id = FIXTURE_APP };
    const char *app_id, *secret;

    CHECK_INT(app_add(&house.stranger, &draft, &app_id, &secret), E_CONFLICT);
}

TEST(there_are_at_most_so_many_apps)
{
    FIXTURE(house);
    AppDraft draft = { .name = "x", .scopes = "" };
    const char *app_id, *secret;
    size_t count;

    directory_apps(house.directory, &count);
    for (size_t i = count; i < APPS_MOST; i++)
        CHECK_INT(app_add(&house.work, &draft, &app_id, &secret), 0);
    CHECK_INT(refresh(&house), 1);
    house.work.tenant = directory_tenant(house.directory, FIXTURE_TENANT_KEY);
    CHECK_INT(app_add(&house.work, &draft, &app_id, &secret), E_CONFLICT);
}

TEST(there_are_at_most_so_many_tenants)
{
    FIXTURE(house);
    Tenant tenant;

    for (size_t i = 2; i < TENANTS_MOST; i++)
        CHECK_INT(tenant_add(&house.work, NULL, "x", &tenant), 0);
    CHECK_INT(refresh(&house), 1);
    CHECK_INT(tenant_add(&house.work, NULL, "x", &tenant), E_CONFLICT);
}

/* ---- store apps ---- */

TEST(a_store_app_acts_in_every_tenant)
{
    FIXTURE(house);
    const App *app = directory_app(house.directory, FIXTURE_STORE_APP);
    Tenant tenant;

    CHECK(directory_is_installed(house.directory, app, house.work.tenant));
    CHECK(directory_is_installed(house.directory, app, house.stranger.tenant));
    CHECK_INT(tenant_add(&house.work, NULL, "new", &tenant), 0);
    CHECK_INT(store_apps_install(&house.work, &tenant), 0);
    CHECK_INT(refresh(&house), 1);
    app = directory_app(house.directory, FIXTURE_STORE_APP);
    CHECK(directory_is_installed(house.directory, app, &tenant));
    CHECK(!directory_is_installed(house.directory, directory_app(house.directory, FIXTURE_APP),
                                  &tenant));
}

TEST(store_apps_and_tenants_together_have_a_limit)
{
    FIXTURE(house);
    AppDraft draft = { .name = "x", .scopes = "", .app_type = APP_ISV };
    const char *app_id, *secret;
    Tenant tenant;
    int r = 0;

    for (size_t i = 2; i < TENANTS_MOST; i++)
        CHECK_INT(tenant_add(&house.work, NULL, "x", &tenant), 0);
    for (size_t i = 0; r == 0 && i < APPS_MOST; i++) {
        CHECK_INT(refresh(&house), 1);
        house.work.tenant = directory_tenant(house.directory, FIXTURE_TENANT_KEY);
        r = app_add(&house.work, &draft, &app_id, &secret);
    }
    CHECK_INT(r, E_CONFLICT);
    CHECK(directory_place_count(house.directory) <= APP_TENANTS_MOST);
    CHECK(directory_place_count(house.directory) > APP_TENANTS_MOST - 2 * TENANTS_MOST);
}

/* ---- changes ---- */

TEST(a_new_secret_takes_the_old_ones_place)
{
    FIXTURE(house);
    const char *secret = NULL, *before = fixture_rows(&house);
    const App *app;

    CHECK_INT(app_rotate_secret(&house.work, FIXTURE_APP, &secret), 0);
    CHECK_TEXT(fixture_changes(&house, before), "revision +1 -1 app +1 -1");
    CHECK_INT(refresh(&house), 1);
    app = directory_app(house.directory, FIXTURE_APP);
    CHECK(app_secret_matches(&house.rules, app, secret, house.kept.arena));
    CHECK(!app_secret_matches(&house.rules, app, FIXTURE_SECRET, house.kept.arena));
    CHECK_INT(app_rotate_secret(&house.work, "cli_0000000000000000", &secret), E_NOT_FOUND);
}

TEST(scopes_are_replaced)
{
    FIXTURE(house);

    CHECK_INT(app_replace_scopes(&house.work, FIXTURE_APP, "x y,x"), 0);
    CHECK_INT(refresh(&house), 1);
    CHECK_TEXT(directory_app(house.directory, FIXTURE_APP)->scopes, "x y");
    CHECK_INT(app_replace_scopes(&house.work, FIXTURE_APP, "X"), E_INVALID);
    CHECK_TEXT(house.work.failure->field, "scopes");
    failure_clear(house.work.failure);
    CHECK_INT(app_replace_scopes(&house.work, "cli_0000000000000000", "x"), E_NOT_FOUND);
    CHECK_INT(app_replace_scopes(&house.work, FIXTURE_APP, ""), 0);
}

/* ---- all or nothing ---- */

static int add_tenant(const Work *work, void *state)
{
    Tenant tenant;
    int r = tenant_add(work, NULL, "x", &tenant);

    (void)state;
    return r < 0 ? r : store_apps_install(work, &tenant);
}

static int add_app(const Work *work, void *state)
{
    AppDraft draft = { .name = "x", .scopes = "a", .app_type = APP_ISV };
    const char *app_id, *secret;

    (void)state;
    return app_add(work, &draft, &app_id, &secret);
}

static int change_app(const Work *work, void *state)
{
    const char *secret;
    int r = app_rotate_secret(work, FIXTURE_APP, &secret);

    (void)state;
    return r < 0 ? r : app_replace_scopes(work, FIXTURE_APP, "a");
}

TEST(whatever_call_fails_nothing_is_half_added)
{
    FAULTY_FIXTURE(house);

    CHECK_EACH_CALL(&house, &house.work, add_tenant, NULL);
    CHECK_EACH_CALL(&house, &house.work, add_app, NULL);
    CHECK_EACH_CALL(&house, &house.work, change_app, NULL);
}

CHECK_MAIN
