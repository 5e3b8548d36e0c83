/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/app.h"
#include "domain/directory.h"
#include "fault_check.h"

static int refresh(Fixture *house)
{
    return directory_refresh(house->directory, house->kept.store, &house->kept.failure);
}

TEST(an_empty_directory_knows_nobody)
{
    Directory *directory = directory_new();
    size_t apps = 9, tenants = 9;

    directory_apps(directory, &apps);
    directory_tenants(directory, &tenants);
    CHECK(!directory_app(directory, FIXTURE_APP));
    CHECK(!directory_tenant(directory, FIXTURE_TENANT_KEY));
    CHECK(!directory_tenant_by_id(directory, 1));
    CHECK(!directory_is_installed(directory, &(App){ .app_id = FIXTURE_APP },
                                  &(Tenant){ .tenant_id = 1 }));
    CHECK_INT(apps + tenants, 0);
    CHECK_INT(directory_place_count(directory), 0);
    CHECK(!directory_free(directory));
    CHECK(!directory_free(NULL));
}

TEST(it_is_replaced_only_when_something_changed)
{
    FIXTURE(house);
    const App *app = house.work.app;

    CHECK_INT(refresh(&house), 0);
    CHECK(directory_app(house.directory, FIXTURE_APP) == app);
    CHECK_INT(directory_touch(&house.work), 0);
    CHECK_INT(refresh(&house), 0);
    CHECK_INT(app_replace_scopes(&house.work, FIXTURE_APP, "x"), 0);
    CHECK_INT(refresh(&house), 1);
    CHECK_TEXT(directory_app(house.directory, FIXTURE_APP)->scopes, "x");
    CHECK_INT(refresh(&house), 0);
}

TEST(everyone_is_found)
{
    FIXTURE(house);
    static const char *const app_ids[] = { FIXTURE_APP, FIXTURE_SECOND_APP, FIXTURE_STORE_APP,
                                           FIXTURE_FOREIGN_APP };
    size_t count = 0;
    const App *apps = directory_apps(house.directory, &count);
    const Tenant *tenants;

    CHECK_INT(count, COUNT_OF(app_ids));
    for (size_t i = 0; i < count; i++) {
        CHECK_TEXT(apps[i].app_id, app_ids[i]);
        CHECK(directory_app(house.directory, app_ids[i]) == &apps[i]);
    }
    tenants = directory_tenants(house.directory, &count);
    CHECK_INT(count, 2);
    CHECK(directory_tenant(house.directory, FIXTURE_STRANGERS_KEY) == &tenants[1]);
    CHECK(directory_tenant_by_id(house.directory, 1) == &tenants[0]);
    CHECK(!directory_tenant_by_id(house.directory, 3));
    CHECK(!directory_tenant(house.directory, "0000000000000000"));
    CHECK(!directory_tenant(house.directory, NULL));
    CHECK(!directory_app(house.directory, NULL));
    CHECK(!directory_app(house.directory, "cli_"));
    CHECK_INT(directory_place_count(house.directory), 5);
}

TEST(who_is_installed_where)
{
    FIXTURE(house);
    static const struct {
        const char *app_id;
        bool ours, theirs;
    } rows[] = {
        { FIXTURE_APP, true, false },
        { FIXTURE_SECOND_APP, true, false },
        { FIXTURE_STORE_APP, true, true },
        { FIXTURE_FOREIGN_APP, false, true },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const App *app = directory_app(house.directory, rows[i].app_id);

        CHECK_INT(directory_is_installed(house.directory, app, house.work.tenant), rows[i].ours);
        CHECK_INT(directory_is_installed(house.directory, app, house.stranger.tenant),
                  rows[i].theirs);
    }
}

/* ---- all or nothing ---- */

static int change_and_refresh(const Work *work, void *state)
{
    int r = app_replace_scopes(work, FIXTURE_STORE_APP, "x");

    return r < 0 ? r : directory_refresh(state, work->store, work->failure);
}

/* What a failed refresh leaves is the snapshot before. */
TEST(whatever_call_fails_the_old_snapshot_stays)
{
    FAULTY_FIXTURE(house);
    Directory *directory = directory_new();
    Work work = house.work;
    int64_t n = 0;
    bool is_over = false;

    work.directory = house.directory;
    CHECK_TEXT(fixture_fail_each_call(&house, &work, DB_FAULT_ONCE, E_FAULT, change_and_refresh,
                                      directory),
               NULL);
    while (!is_over) {
        db_fault_arm(0, DB_FAULT_ONCE, 0);
        CHECK_INT(app_replace_scopes(&house.work, FIXTURE_APP, n % 2 ? "x" : "y"), 0);
        db_fault_arm(++n, DB_FAULT_ONCE, E_FAULT);
        failure_clear(house.work.failure);
        is_over = refresh(&house) == 1;
        CHECK_INT(db_fault_fired(), !is_over);
        CHECK(directory_app(house.directory, FIXTURE_APP));
        CHECK_TEXT(directory_tenant_by_id(house.directory, 2)->tenant_key, FIXTURE_STRANGERS_KEY);
    }
    CHECK(n > 4);
    directory_free(directory);
}

static int touch(const Work *work, void *state)
{
    (void)state;
    return directory_touch(work);
}

TEST(a_trial_write_fails_with_its_call)
{
    FAULTY_FIXTURE(house);

    CHECK_EACH_CALL(&house, &house.work, touch, NULL);
}

CHECK_MAIN
