/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#include "check.h"
#include "fixture.h"
#include "server/installation.h"
#include "store/directory_store.h"

/* Settings for an installation in a directory of its own, below a fixture's. */
typedef struct Place {
    TempStore kept;
    Config config;
} Place;

static void place_done(Place *place)
{
    temp_store_close(&place->kept);
}

static Place place_make(void)
{
    Place place = { .kept = temp_store_open(NULL) };
    const ConfigFlag flags[] = {
        { "data", arena_print(place.kept.arena, "%s/data", place.kept.folder) },
        { "idempotency_keep_hours", "24" },
        { "chat_group_operator", "participant" },
    };

    config_load(place.kept.arena, NULL, flags, COUNT_OF(flags), &place.config, &place.kept.failure);
    return place;
}

#define PLACE(name) _cleanup_(place_done) Place name = place_make()

static const char *path_of(const Place *place, const char *name)
{
    return arena_print(place->kept.arena, "%s/%s", place->config.data, name);
}

static int mode_of(const Place *place, const char *name)
{
    struct stat status;

    return stat(path_of(place, name), &status) == 0 ? (int)(status.st_mode & 07777) : -1;
}

static void write_file(const Place *place, const char *name, const char *text)
{
    FILE *file = fopen(path_of(place, name), "w");

    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
}

TEST(a_new_installation_is_its_owners_alone)
{
    PLACE(place);
    mode_t mask = umask(0);
    int r = installation_create(place.kept.arena, &place.config, &place.kept.failure);

    umask(mask);
    CHECK_INT(r, 0);
    CHECK_INT(mode_of(&place, ""), 0700);
    CHECK_INT(mode_of(&place, "master.key"), 0600);
    CHECK_INT(mode_of(&place, "taskroom.conf"), 0600);
    CHECK_INT(mode_of(&place, "taskroom.db"), 0600);
}

TEST(it_opens_with_its_key_and_rules)
{
    PLACE(place);
    _cleanup_(installation_closep) Installation *installation = NULL;
    Rules rules = { 0 };
    size_t count = 9;

    CHECK_INT(installation_create(place.kept.arena, &place.config, &place.kept.failure), 0);
    CHECK_INT(installation_open(&place.config, &installation, &place.kept.failure), 0);
    CHECK(installation->rules.only_participants);
    CHECK_INT(installation->rules.idempotency_keep_ms, 24 * 3600 * 1000);
    directory_tenants(installation->directory, &count);
    CHECK_INT(count, 0);
    CHECK_INT(installation_read_rules(&place.config, &rules, &place.kept.failure), 0);
    CHECK(crypto_equal(rules.master_key, installation->rules.master_key, CRYPTO_KEY_BYTES));
    CHECK(!installation_close(NULL));
}

TEST(keys_differ)
{
    PLACE(one);
    PLACE(two);
    Rules first, second;

    CHECK_INT(installation_create(one.kept.arena, &one.config, &one.kept.failure), 0);
    CHECK_INT(installation_create(two.kept.arena, &two.config, &two.kept.failure), 0);
    CHECK_INT(installation_read_rules(&one.config, &first, &one.kept.failure), 0);
    CHECK_INT(installation_read_rules(&two.config, &second, &two.kept.failure), 0);
    CHECK(!crypto_equal(first.master_key, second.master_key, CRYPTO_KEY_BYTES));
}

TEST(it_is_made_once)
{
    PLACE(place);
    Rules before, after;
    Store *store = NULL;
    Tenant tenant = { .tenant_key = "0123456789abcdef", .name = "one" };

    CHECK_INT(installation_create(place.kept.arena, &place.config, &place.kept.failure), 0);
    CHECK_INT(installation_read_rules(&place.config, &before, &place.kept.failure), 0);
    CHECK_INT(installation_create(place.kept.arena, &place.config, &place.kept.failure), 1);
    CHECK_INT(store_open(place.config.database, STORE_WRITER, &store, &place.kept.failure), 0);
    CHECK_INT(store_begin(store, &place.kept.failure), 0);
    CHECK(tenant_insert(store, &tenant, &place.kept.failure) >= 0);
    CHECK_INT(store_commit(store, &place.kept.failure), 0);
    store_close(store);
    CHECK_INT(installation_create(place.kept.arena, &place.config, &place.kept.failure),
              E_CONFLICT);
    failure_clear(&place.kept.failure);
    CHECK_INT(installation_read_rules(&place.config, &after, &place.kept.failure), 0);
    CHECK(crypto_equal(before.master_key, after.master_key, CRYPTO_KEY_BYTES));
}

TEST(it_is_made_by_one)
{
    PLACE(place);
    int fd;

    CHECK_INT(installation_create(place.kept.arena, &place.config, &place.kept.failure), 0);
    fd = open(place.config.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(flock(fd, LOCK_EX), 0);
    CHECK_INT(installation_create(place.kept.arena, &place.config, &place.kept.failure),
              E_UNAVAILABLE);
    close(fd);
    failure_clear(&place.kept.failure);
    CHECK_INT(installation_create(place.kept.arena, &place.config, &place.kept.failure), 1);
}

TEST(a_key_is_whole_or_not_there)
{
    PLACE(place);
    static const struct rlimit none = { 16, RLIM_INFINITY };
    struct rlimit before;
    Rules rules;

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    setrlimit(RLIMIT_FSIZE, &none);
    CHECK_INT(installation_create(place.kept.arena, &place.config, &place.kept.failure), E_FAULT);
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK_INT(mode_of(&place, "master.key"), -1);
    CHECK_INT(mode_of(&place, "master.key.tmp"), -1);
    failure_clear(&place.kept.failure);
    CHECK_INT(installation_create(place.kept.arena, &place.config, &place.kept.failure), 0);
    CHECK_INT(installation_read_rules(&place.config, &rules, &place.kept.failure), 0);
}

TEST(what_is_not_there_is_not_found)
{
    PLACE(place);
    Installation *installation = NULL;

    CHECK_INT(installation_open(&place.config, &installation, &place.kept.failure), E_NOT_FOUND);
    CHECK(strstr(place.kept.failure.text, "taskroom init"));
    CHECK(!installation);
    CHECK_INT(mode_of(&place, "taskroom.db"), -1);
}

TEST(another_installations_key_is_refused)
{
    PLACE(place);
    Installation *installation = NULL;
    char other[2 * CRYPTO_KEY_BYTES + 1];

    CHECK_INT(installation_create(place.kept.arena, &place.config, &place.kept.failure), 0);
    CHECK_INT(installation_open(&place.config, &installation, &place.kept.failure), 0);
    installation_close(installation);
    memset(other, 'a', sizeof(other) - 1);
    other[sizeof(other) - 1] = '\0';
    write_file(&place, "master.key", other);
    CHECK_INT(installation_open(&place.config, &installation, &place.kept.failure), E_INVALID);
    CHECK(strstr(place.kept.failure.text, "not the one of this database"));
}

TEST(a_database_that_is_not_there_is_not_made)
{
    PLACE(place);
    Installation *installation = NULL;

    CHECK_INT(installation_create(place.kept.arena, &place.config, &place.kept.failure), 0);
    CHECK_INT(unlink(path_of(&place, "taskroom.db")), 0);
    CHECK_INT(installation_open(&place.config, &installation, &place.kept.failure), E_NOT_FOUND);
    CHECK_INT(mode_of(&place, "taskroom.db"), -1);
}

TEST(one_server_runs_on_a_directory)
{
    PLACE(place);
    int first = -1, second = -1;

    CHECK_INT(installation_create(place.kept.arena, &place.config, &place.kept.failure), 0);
    CHECK_INT(installation_lock(&place.config, &first, &place.kept.failure), 0);
    CHECK_INT(installation_lock(&place.config, &second, &place.kept.failure), E_UNAVAILABLE);
    CHECK_INT(second, -1);
    close(first);
    CHECK_INT(installation_lock(&place.config, &second, &(Failure){ 0 }), 0);
    close(second);
}

TEST(a_key_that_others_may_read_is_refused)
{
    PLACE(place);
    static const mode_t modes[] = { 0640, 0604, 0660, 0644, 0601 };
    Rules rules;

    CHECK_INT(installation_create(place.kept.arena, &place.config, &place.kept.failure), 0);
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        failure_clear(&place.kept.failure);
        chmod(path_of(&place, "master.key"), modes[i]);
        CHECK_INT(installation_read_rules(&place.config, &rules, &place.kept.failure), E_INVALID);
    }
    chmod(path_of(&place, "master.key"), 0400);
    CHECK_INT(installation_read_rules(&place.config, &rules, &place.kept.failure), 0);
}

TEST(a_key_that_is_none_is_refused)
{
    PLACE(place);
    static const char good[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const char *const bad[] = {
        "",
        "\n",
        good + 1,
        arena_print(place.kept.arena, "%s0", good),
        arena_print(place.kept.arena, "%s00\n", good),
        arena_print(place.kept.arena, " %s", good),
        "zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    };
    Rules rules;

    CHECK_INT(installation_create(place.kept.arena, &place.config, &place.kept.failure), 0);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        failure_clear(&place.kept.failure);
        write_file(&place, "master.key", bad[i]);
        if (installation_read_rules(&place.config, &rules, &place.kept.failure) != E_INVALID)
            CHECK_FAIL("\"%s\" passed", bad[i]);
        CHECK(!strstr(place.kept.failure.text, "0102030405"));
        place.config.master_key = bad[i];
        failure_clear(&place.kept.failure);
        if (*bad[i] &&
            installation_read_rules(&place.config, &rules, &place.kept.failure) != E_INVALID)
            CHECK_FAIL("\"%s\" passed as a setting", bad[i]);
        place.config.master_key = "";
    }
    write_file(&place, "master.key", good);
    CHECK_INT(installation_read_rules(&place.config, &rules, &place.kept.failure), 0);
    CHECK_INT(rules.master_key[31], 0x1f);
    place.config.master_key = good;
    unlink(path_of(&place, "master.key"));
    CHECK_INT(installation_read_rules(&place.config, &rules, &place.kept.failure), 0);
}

CHECK_MAIN
