/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "db/migrate.h"
#include "fault/db_fault.h"
#include "scratch.h"

/* What real steps do: tables, rows, a change of rows; ';' and comments where they don't count. */
static const Migration steps[] = {
    { 1, "start",
      "-- a comment; with a semicolon, and one 'quote\n"
      "CREATE TABLE shelf (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL){{clustered}};\n"
      "INSERT INTO shelf (id, name) VALUES (1, 'it''s; -- {{clustered}}');\n" },
    { 2, "more",
      "CREATE TABLE book (id BIGINT NOT NULL PRIMARY KEY, shelf_id BIGINT NOT NULL\n"
      "    REFERENCES shelf (id)); -- behind\n"
      "INSERT INTO book (id, shelf_id) VALUES (1, 1);\n"
      "INSERT INTO book (id, shelf_id) VALUES (2, 1);\n" },
    { 3, "last", "UPDATE book SET id = id + 10;" },
};

static const Migration wrong_steps[] = {
    { 1, "start", "CREATE TABLE shelf (id BIGINT);" },
    { 2, "wrong", "CREATE TABLE kept (id BIGINT); CREATE TABLE shelf (id BIGINT);" },
};

static int64_t ask(Db *db, const char *sql)
{
    _cleanup_(query_finishp) Query *query = NULL;
    Failure failure = { 0 };
    int r = db_query(db, sql, &query, &failure);

    if (r >= 0)
        r = query_step(query, &failure);
    return r > 0 ? query_integer(query, 0) : r;
}

/* Whether all of steps[] was done, each once. */
static bool is_newest(Db *db)
{
    int64_t version = -1;

    return db_schema_version(db, &version, &(Failure){ 0 }) == 0 && version == 3 &&
           ask(db, "SELECT count(*) FROM schema_version WHERE applied_ms > 0") == 3 &&
           ask(db, "SELECT count(*) FROM shelf WHERE name = 'it''s; -- {{clustered}}'") == 1 &&
           ask(db, "SELECT count(*) FROM book WHERE id = 11 OR id = 12") == 2 &&
           ask(db, "SELECT count(*) FROM book") == 2 &&
           ask(db, "SELECT count(*) FROM schema_version WHERE version = 2 AND name = 'more'") == 1;
}

static void split(const char *text, char *ret_text, size_t size_bytes)
{
    const DbDriver driver = { .clustered = "<C>", .row_key = "<K>", .bytes = "<B>" };
    Arena *arena = arena_new();
    const char *statement;
    size_t used_bytes = 0;

    ret_text[0] = '\0';
    while ((statement = migrate_take_statement(&text, &driver, arena)))
        used_bytes +=
            (size_t)snprintf(ret_text + used_bytes, size_bytes - used_bytes, "[%s]", statement);
    arena_free(arena);
}

TEST(texts_are_split_into_statements)
{
    static const char *const cases[][2] = {
        { "", "" },
        { " \n;; ; -- nothing\n", "" },
        { "a", "[a]" },
        { "a;b", "[a][b]" },
        { " a ;\n b; ", "[a ][b]" },
        { "a '; -- x' b; c", "[a '; -- x' b][c]" },
        { "a ';''; \"' b; c", "[a ';''; \"' b][c]" },
        { "a \"x;\"\"y'\" b; c", "[a \"x;\"\"y'\" b][c]" },
        { "a -- b; '\nc; d", "[a \nc][d]" },
        { "a - b / c; -", "[a - b / c][-]" },
        { "a /* ; ' */b; c /* open", "[a b][c ]" },
        { "a --", "[a ]" },
        { "a 'open; b", "[a 'open; b]" },
        { "t (x){{clustered}}; '{{clustered}}'; \"{{clustered}}\"",
          "[t (x)<C>]['{{clustered}}'][\"{{clustered}}\"]" },
        { "{clustered} {{cluster", "[{clustered} {{cluster]" },
        { "t (x {{bytes}})", "[t (x <B>)]" },
        { "t (x {{row_key}}, y '{{row_key}}') {{row_key",
          "[t (x <K>, y '{{row_key}}') {{row_key]" },
        { "名 '采购;审批'; b", "[名 '采购;审批'][b]" },
    };
    char found[256];

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        split(cases[i][0], found, sizeof(found));
        CHECK_TEXT(found, cases[i][1]);
    }
}

TEST(an_empty_database_becomes_the_newest)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = NULL;
    Failure failure = { 0 };
    int64_t version = -1;

    CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &failure), 0);
    CHECK_INT(db_schema_version(db, &version, &failure), 0);
    CHECK_INT(version, 0);
    CHECK_INT(db_migrate_with(db, steps, 1, &failure), 0);
    CHECK_INT(db_schema_version(db, &version, &failure), 0);
    CHECK_INT(version, 1);
    CHECK_INT(db_migrate_with(db, steps, COUNT_OF(steps), &failure), 0);
    CHECK(is_newest(db));
    CHECK_INT(db_migrate_with(db, steps, COUNT_OF(steps), &failure), 0);
    CHECK(is_newest(db));
    CHECK(!db_in_transaction(db));
    /* {{clustered}} did what it promises. */
    CHECK_INT(ask(db, "SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%WITHOUT ROWID'"), 2);
}

TEST(the_steps_that_are_built_in_work)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = NULL;
    _cleanup_(db_closep) Db *reader = NULL;
    Failure failure = { 0 };
    int64_t version = -1;

    CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &failure), 0);
    CHECK_INT(db_migrate(db, &failure), 0);
    CHECK_INT(db_open(scratch.url, DB_READER, &reader, &failure), 0);
    CHECK_INT(db_schema_version(reader, &version, &failure), 0);
    CHECK_INT(version, migration_count);
    CHECK(migration_count >= 1);
    for (size_t i = 0; i < migration_count; i++)
        CHECK_INT(migrations[i].version, i + 1);
    CHECK_INT(db_migrate(db, &failure), 0);
}

TEST(a_step_that_fails_leaves_the_version_before_it)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = NULL;
    Failure failure = { 0 };
    int64_t version = -1;

    CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &failure), 0);
    CHECK_INT(db_migrate_with(db, wrong_steps, COUNT_OF(wrong_steps), &failure), E_FAULT);
    CHECK(strstr(failure.text, "2 (wrong)"));
    CHECK(!db_in_transaction(db));
    CHECK_INT(db_schema_version(db, &version, &(Failure){ 0 }), 0);
    CHECK_INT(version, 1);
    CHECK_INT(ask(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'kept'"), 0);
}

TEST(a_database_of_other_steps_is_refused)
{
    Migration other[] = { steps[0], steps[1], steps[2] };
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = NULL;
    Failure failure = { 0 };

    CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &failure), 0);
    CHECK_INT(db_migrate_with(db, steps, 2, &failure), 0);
    other[1].sql = "CREATE TABLE book (id BIGINT NOT NULL PRIMARY KEY, shelf_id BIGINT);";
    CHECK_INT(db_migrate_with(db, other, COUNT_OF(other), &failure), E_CONFLICT);
    CHECK(strstr(failure.text, "step 2 (more)"));
    CHECK_INT(ask(db, "SELECT count(*) FROM schema_version"), 2);
    CHECK(!db_in_transaction(db));
    /* A comment may be mended. */
    other[1] = steps[1];
    other[0].sql = "-- as before\n"
                   "CREATE TABLE shelf (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)"
                   "{{clustered}};\n"
                   "INSERT INTO shelf (id, name) VALUES (1, 'it''s; -- {{clustered}}');\n";
    failure_clear(&failure);
    CHECK_INT(db_migrate_with(db, other, COUNT_OF(other), &failure), 0);
    CHECK(is_newest(db));
}

/* Whether the nth driver call fails in db_migrate_with(); -1 = a broken promise. */
static int interrupt(int64_t n, DbFaultKind kind)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = NULL;
    Failure failure = { 0 };
    int64_t version = -1;
    bool fired;
    int r;

    if (db_open(scratch.fault_url, DB_WRITER, &db, &failure) < 0)
        return -1;
    db_fault_arm(n, kind, E_FAULT);
    r = db_migrate_with(db, steps, COUNT_OF(steps), &failure);
    fired = db_fault_fired();
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    if (fired != (r < 0))
        return -1;

    /* A new process finds a whole version and does what is left. */
    db = db_close(db);
    failure_clear(&failure);
    if (db_open(scratch.fault_url, DB_WRITER, &db, &failure) < 0 ||
        db_schema_version(db, &version, &failure) < 0 || version < 0 || version > 3 ||
        (version >= 1 && ask(db, "SELECT count(*) FROM shelf") != 1) ||
        db_migrate_with(db, steps, COUNT_OF(steps), &failure) < 0 || !is_newest(db))
        return -1;
    return fired;
}

TEST(an_interrupted_migration_is_completed)
{
    static const DbFaultKind kinds[] = { DB_FAULT_ONCE, DB_FAULT_FROM_THEN_ON };

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        int64_t n = 1;
        int fired;

        while ((fired = interrupt(n, kinds[i])) > 0)
            n++;
        CHECK_INT(fired, 0);
        CHECK(n > 30); /* far fewer would mean that the faults missed */
    }
}

TEST(a_newer_schema_is_left_untouched)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = NULL;
    Failure failure = { 0 };
    size_t before_bytes, after_bytes;
    bool is_same;

    CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &failure), 0);
    CHECK_INT(db_migrate_with(db, steps, COUNT_OF(steps), &failure), 0);
    db = db_close(db);

    char *before = scratch_read(scratch.path, &before_bytes);

    CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &failure), 0);
    CHECK_INT(db_migrate_with(db, steps, 2, &failure), E_CONFLICT);
    db = db_close(db);

    char *after = scratch_read(scratch.path, &after_bytes);

    is_same = before_bytes == after_bytes && memcmp(before, after, before_bytes) == 0;
    free(before);
    free(after);
    CHECK(is_same);
    CHECK(before_bytes > 4096);
    CHECK(strstr(failure.text, "version 3") && strstr(failure.text, "than 2"));
}

/* Started by the test below, several at once on the same new file. */
static int migrate_as_process(const char *url)
{
    _cleanup_(db_closep) Db *db = NULL;
    Failure failure = { 0 };

    if (db_open(url, DB_WRITER, &db, &failure) < 0 ||
        db_migrate_with(db, steps, COUNT_OF(steps), &failure) < 0 || !is_newest(db)) {
        fprintf(stderr, "# %s\n", failure.text);
        return 1;
    }
    return 0;
}

TEST(several_processes_migrate_at_once)
{
    for (int round = 0; round < 5; round++) {
        SCRATCH(scratch);
        _cleanup_(db_closep) Db *db = NULL;
        pid_t children[4];
        int failed = 0;

        for (size_t i = 0; i < COUNT_OF(children); i++)
            children[i] = scratch_start(scratch.url, NULL);
        for (size_t i = 0; i < COUNT_OF(children); i++)
            failed += scratch_wait(children[i]);
        CHECK_INT(failed, 0);
        CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &(Failure){ 0 }), 0);
        CHECK(is_newest(db));
    }
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return migrate_as_process(argv[1]);
    db_fault_register();
    return check_main();
}
