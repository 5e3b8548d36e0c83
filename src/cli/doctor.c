/* SPDX-License-Identifier: Apache-2.0 */

/* `taskroom doctor`: what an installation needs to be well, asked without changing it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#include "cli/output.h"
#include "cli/session.h"
#include "db/db.h"
#include "db/migrate.h"
#include "domain/master_key.h"

enum {
    DISK_FREE_LEAST_MB = 256,
    DISK_FREE_LEAST_FILES = 64,
    CLOCK_AHEAD_MOST_S = 60, /* of a file, before the clock is said to be behind */
    FACTS_MOST = 32,
    BYTES_OF_MB = 1024 * 1024,
};

/* 2026-01-01 and 2100-01-01: outside, the clock is wrong and tokens would be too. */
static const int64_t earliest_ms = INT64_C(1767225600000), latest_ms = INT64_C(4102444800000);

typedef struct Doctor {
    Invocation *invocation; /* borrowed */
    Config config;
} Doctor;

typedef struct CheckReply {
    const char *check;
    bool ok;
    const char *detail;
} CheckReply;

static const Field check_fields[] = {
    FIELD(CheckReply, check, JSON_TEXT, FIELD_REQUIRED),
    FIELD(CheckReply, ok, JSON_BOOLEAN, FIELD_REQUIRED),
    FIELD(CheckReply, detail, JSON_TEXT, FIELD_REQUIRED),
    FIELDS_END,
};

/* One line; a bad one makes the command's exit code. */
static void report(Doctor *doctor, const char *name, bool is_ok, const char *detail)
{
    Invocation *invocation = doctor->invocation;
    Buffer text;

    if (!is_ok)
        invocation->exit_code = EXIT_FAILED;
    if (invocation->is_json) {
        output_json(invocation->arena, check_fields, &(CheckReply){ name, is_ok, detail });
        return;
    }
    buffer_init(&text, invocation->arena, 256);
    buffer_print(&text, "%-3s %s: %s\n", is_ok ? "ok" : "bad", name, detail);
    output_text(&text);
}

/* ---- the machine ---- */

static void check_clock(Doctor *doctor)
{
    Arena *arena = doctor->invocation->arena;
    int64_t now_ms = clock_wall_ms();
    char now[CLOCK_ISO_BYTES];
    struct stat status;

    clock_print_iso(now_ms, now);
    if (now_ms < earliest_ms || now_ms > latest_ms)
        report(doctor, "clock", false, arena_print(arena, "%s can't be right", now));
    else if (stat(doctor->config.data, &status) == 0 &&
             status.st_mtime > now_ms / 1000 + CLOCK_AHEAD_MOST_S)
        report(doctor, "clock", false,
               arena_print(arena, "%s is before the last change of %s", now, doctor->config.data));
    else
        report(doctor, "clock", true, now);
}

static void check_disk(Doctor *doctor)
{
    Arena *arena = doctor->invocation->arena;
    struct statvfs disk;
    uint64_t free_mb;
    bool has_files;

    if (statvfs(doctor->config.data, &disk) < 0) {
        report(doctor, "disk", false,
               arena_print(arena, "%s: %s", doctor->config.data, strerror(errno)));
        return;
    }
    free_mb = (uint64_t)disk.f_bavail * disk.f_frsize / BYTES_OF_MB;
    has_files = disk.f_files == 0 || disk.f_favail >= DISK_FREE_LEAST_FILES;
    report(doctor, "disk", free_mb >= DISK_FREE_LEAST_MB && has_files,
           arena_print(arena, "%llu MB free%s", (unsigned long long)free_mb,
                       has_files ? "" : ", but no room for further files"));
}

/* ---- permissions ---- */

/* Whether the path is ours alone. ret_detail says so either way. */
static bool is_private(Arena *arena, const char *path, const char **ret_detail)
{
    struct stat status;

    if (stat(path, &status) < 0) {
        *ret_detail = arena_print(arena, "%s: %s", path, strerror(errno));
        return false;
    }
    *ret_detail = arena_print(arena, "%s has mode %04o", path, status.st_mode & 07777);
    if (status.st_uid != geteuid()) {
        *ret_detail = arena_print(arena, "%s belongs to another user", path);
        return false;
    }
    return (status.st_mode & 077) == 0;
}

static void check_private(Doctor *doctor, const char *name, const char *path)
{
    const char *detail;
    bool is_ok = is_private(doctor->invocation->arena, path, &detail);

    report(doctor, name, is_ok, detail);
}

/* A database without a log beside it is as well as one with it. */
static void check_private_if_there(Doctor *doctor, const char *name, const char *path)
{
    if (access(path, F_OK) == 0)
        check_private(doctor, name, path);
}

static void check_key(Doctor *doctor)
{
    Failure failure = { 0 };
    Rules rules;
    bool is_ok = installation_read_rules(&doctor->config, &rules, &failure) >= 0;

    crypto_forget(&rules, sizeof(rules));
    report(doctor, "key", is_ok, is_ok ? "the master key can be read" : failure.text);
}

static void check_permissions(Doctor *doctor)
{
    Arena *arena = doctor->invocation->arena;
    const char *scheme = "sqlite:", *path;

    check_private(doctor, "directory", doctor->config.data);
    check_key(doctor);
    if (!text_starts_with(doctor->config.database, scheme))
        return;
    path = doctor->config.database + strlen(scheme);
    check_private(doctor, "database", path);
    check_private_if_there(doctor, "database log", arena_print(arena, "%s-wal", path));
    check_private_if_there(doctor, "database index", arena_print(arena, "%s-shm", path));
}

/* ---- the database ---- */

/* What the facts of store_describe() must be; what is not named here is only told. */
static bool fact_is_ok(const char *name, const char *value)
{
    static const char *const wanted[][2] = {
        { "journal_mode", "wal" }, { "synchronous", "2" },        { "foreign_keys", "1" },
        { "integrity", "ok" },     { "foreign_key_check", "ok" },
    };

    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        if (text_equal(name, wanted[i][0]))
            return text_equal(value, wanted[i][1]);
    return true;
}

/* "name=value" lines. */
static void report_facts(Doctor *doctor, const char *text)
{
    Arena *arena = doctor->invocation->arena;

    for (size_t n = 0; *text && n < FACTS_MOST; n++) {
        size_t line = strcspn(text, "\n"), name = strcspn(text, "=\n");
        const char *key = arena_copy(arena, text, name);
        const char *value = name < line ? arena_copy(arena, text + name + 1, line - name - 1) : "";

        report(doctor, key, fact_is_ok(key, value), value);
        text += line + (text[line] == '\n');
    }
}

static void check_schema(Doctor *doctor, Store *store)
{
    Arena *arena = doctor->invocation->arena;
    int64_t version = 0, newest = migrations[migration_count - 1].version;
    Failure failure = { 0 };
    int r = db_schema_version(store->db, &version, &failure);
    bool is_known = r >= 0 && version > 0 && version <= newest;

    if (is_known)
        r = db_check_schema(store->db, &failure);
    report(doctor, "schema", is_known && r >= 0,
           r < 0 ? failure.text
                 : arena_print(arena, "version %lld; this program's is %lld", (long long)version,
                               (long long)newest));
}

static void check_key_of_database(Doctor *doctor, Store *store)
{
    Failure failure = { 0 };
    Rules rules;
    int r;

    if (installation_read_rules(&doctor->config, &rules, &failure) < 0)
        return; /* check_key() has told it */
    r = master_key_compare(store, &rules, &failure);
    crypto_forget(&rules, sizeof(rules));
    report(doctor, "key_of_database", r >= 0,
           r >= 0 ? "the database was made with this key" : failure.text);
}

static void check_database(Doctor *doctor)
{
    bool is_thorough = invocation_option(doctor->invocation, "thorough") != NULL;
    Failure failure = { 0 };
    const char *facts;
    Store *store;

    if (store_open(doctor->config.database, STORE_READER, &store, &failure) < 0) {
        report(doctor, "opening", false, failure.text);
        return;
    }
    check_schema(doctor, store);
    check_key_of_database(doctor, store);
    if (store_describe(store, is_thorough, &facts, &failure) < 0)
        report(doctor, "settings", false, failure.text);
    else
        report_facts(doctor, facts);
    store_close(store);
}

int command_doctor(Invocation *invocation)
{
    Doctor doctor = { .invocation = invocation };
    int r;

    r = invocation_load_config(invocation, &doctor.config);
    if (r < 0)
        return r;
    check_clock(&doctor);
    check_disk(&doctor);
    check_permissions(&doctor);
    check_database(&doctor);
    return 0;
}
