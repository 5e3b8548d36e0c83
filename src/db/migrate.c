/* SPDX-License-Identifier: Apache-2.0 */
#include "db/migrate.h"

#include <assert.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/text.h"

#include "db/db_internal.h"

/* ---- statements ---- */

/* The end of the '…' or "…" that begins here. A doubled quote is the end of one and the begin of
 * the next, which comes to the same. */
static const char *skip_quoted(const char *text)
{
    const char *end = strchr(text + 1, *text);

    return end ? end + 1 : text + strlen(text);
}

/* The end of the comment that begins here, or text itself when none does. */
static const char *skip_comment(const char *text)
{
    const char *end;

    if (text[0] == '-' && text[1] == '-')
        return text + strcspn(text, "\n");
    if (text[0] != '/' || text[1] != '*')
        return text;
    end = strstr(text + 2, "*/");
    return end ? end + 2 : text + strlen(text);
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

/* Adds what stands at text, one character, a quoted text or a placeholder, and returns its end. */
static const char *take_piece(Buffer *statement, const char *text, const DbDriver *driver)
{
    const struct {
        const char *name, *value;
    } placeholders[] = {
        { "{{clustered}}", driver->clustered },
        { "{{row_key}}", driver->row_key },
        { "{{bytes}}", driver->bytes },
    };
    const char *end = text + 1;

    if (*text == '\'' || *text == '"')
        end = skip_quoted(text);
    for (size_t i = 0; *text == '{' && i < COUNT_OF(placeholders); i++)
        if (text_starts_with(text, placeholders[i].name)) {
            buffer_add(statement, placeholders[i].value);
            return text + strlen(placeholders[i].name);
        }
    buffer_add_bytes(statement, text, (size_t)(end - text));
    return end;
}

const char *migrate_take_statement(const char **text, const DbDriver *driver, Arena *arena)
{
    const char *next = *text;
    Buffer statement;

    buffer_init(&statement, arena, 256);
    while (*next != '\0') {
        const char *end = skip_comment(next);

        if (end != next) {
            next = end;
            continue;
        }
        if (*next != ';') {
            next = take_piece(&statement, next, driver);
            continue;
        }
        next++;
        if (!is_blank(statement.text))
            break;
    }
    *text = next;
    return is_blank(statement.text) ? NULL : statement.text + strspn(statement.text, " \t\r\n");
}

/* ---- versions ---- */

/* Of what the step runs: its comments may change, its statements may not. */
static int64_t hash_of(Db *db, const Migration *step)
{
    static const uint8_t key[CRYPTO_SHORT_KEY_BYTES]; /* nothing is to be kept secret */
    Arena *arena = arena_new();
    const char *statement, *sql = step->sql;
    Buffer all;
    int64_t hash;

    buffer_init(&all, arena, 4096);
    while ((statement = migrate_take_statement(&sql, db_driver(db), arena)) != NULL) {
        buffer_add(&all, statement);
        buffer_add_char(&all, ';');
    }
    hash = (int64_t)crypto_short_hash(key, all.text, all.size_bytes);
    arena_free(arena);
    return hash;
}

static int read_number(Db *db, const char *sql, const char *parameter, int64_t *ret_number,
                       Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(db, sql, &query, failure);

    if (r < 0)
        return r;
    if (parameter)
        query_bind_text(query, 1, parameter);
    r = query_step(query, failure);
    if (r < 0)
        return r;
    assert(r > 0);
    *ret_number = query_integer(query, 0);
    return 0;
}

int db_schema_version(Db *db, int64_t *ret_version, Failure *failure)
{
    int64_t tables;
    int r = read_number(db, db_driver(db)->count_tables, "schema_version", &tables, failure);

    if (r < 0)
        return r;
    if (tables == 0) {
        *ret_version = 0;
        return 0;
    }
    return read_number(db, "SELECT coalesce(max(version), 0) FROM schema_version", NULL,
                       ret_version, failure);
}

static int write_version(Db *db, const Migration *step, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(db,
                     "INSERT INTO schema_version (version, name, step_hash, applied_ms) "
                     "VALUES ($1, $2, $3, $4)",
                     &query, failure);

    if (r < 0)
        return r;
    query_bind_integer(query, 1, step->version);
    query_bind_text(query, 2, step->name);
    query_bind_integer(query, 3, hash_of(db, step));
    query_bind_integer(query, 4, clock_wall_ms());
    return query_step(query, failure);
}

static int run_statements(Db *db, const char *sql, Failure *failure)
{
    Arena *arena = arena_new();
    const char *statement;
    int r = 0;

    while (r == 0 && (statement = migrate_take_statement(&sql, db_driver(db), arena)) != NULL)
        r = db_run_text(db, statement, failure);
    arena_free(arena);
    return r;
}

static int run_step(Db *db, const Migration *step, Failure *failure)
{
    int r = 0;

    if (step->version == 1)
        r = run_statements(db,
                           "CREATE TABLE schema_version (version BIGINT NOT NULL PRIMARY KEY,"
                           " name TEXT NOT NULL, step_hash BIGINT NOT NULL,"
                           " applied_ms BIGINT NOT NULL){{clustered}}",
                           failure);
    if (r < 0)
        return r;
    r = run_statements(db, step->sql, failure);
    if (r < 0)
        return r;
    return write_version(db, step, failure);
}

/* ---- migration ---- */

/* A program with other steps of the same numbers would fail at some statement, or do worse. */
static int check_steps(Db *db, const Migration *steps, size_t done, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    Failure cause = { 0 };
    int r = db_query(db, "SELECT step_hash FROM schema_version ORDER BY version", &query, &cause);

    if (r < 0)
        return fail(failure, r, "what made the database's schema can't be read: %s", cause.text);
    for (size_t i = 0; r >= 0 && i < done; i++) {
        r = query_step(query, failure);
        if (r >= 0 && (r == 0 || query_integer(query, 0) != hash_of(db, &steps[i])))
            r = fail(failure, E_CONFLICT,
                     "the database was made with another schema step %lld (%s): use the program "
                     "that made it, or a new database",
                     (long long)steps[i].version, steps[i].name);
    }
    return r < 0 ? r : 0;
}

/* 1 = there is a step to do, 0 = the schema is the newest. */
static int compare_version(Db *db, const Migration *steps, size_t newest, int64_t *ret_version,
                           Failure *failure)
{
    int64_t version;
    int r = db_schema_version(db, &version, failure);

    if (r < 0)
        return r;
    if (version > (int64_t)newest)
        return fail(failure, E_CONFLICT,
                    "the database has schema version %lld, and this program knows no newer one "
                    "than %lld: use a newer program",
                    (long long)version, (long long)newest);
    r = version > 0 ? check_steps(db, steps, (size_t)version, failure) : 0;
    *ret_version = version;
    return r < 0 ? r : version < (int64_t)newest;
}

/* One step, inside the transaction that its caller began. The version is read again, as another
 * process may have done the step while this one waited for the lock. 1 and 0 as above. */
static int migrate_once(Db *db, const Migration *steps, size_t count, Failure *failure)
{
    const Migration *step;
    Failure cause = { 0 };
    int64_t version = 0;
    int r = compare_version(db, steps, count, &version, failure);

    if (r <= 0)
        return r;
    step = &steps[version];
    assert(step->version == version + 1);
    r = run_step(db, step, &cause);
    if (r < 0)
        return fail(failure, r, "schema step %lld (%s) failed: %s", (long long)step->version,
                    step->name, cause.text);
    return 1;
}

int db_migrate_with(Db *db, const Migration *steps, size_t count, Failure *failure)
{
    int64_t version;
    int r = compare_version(db, steps, count, &version, failure);

    while (r > 0) {
        r = db_begin(db, failure);
        if (r < 0)
            return r;
        r = migrate_once(db, steps, count, failure);
        if (r >= 0) {
            int committed = db_commit(db, failure);

            r = committed < 0 ? committed : r;
        }
        if (r < 0)
            db_rollback(db, failure);
    }
    return r;
}

int db_check_schema(Db *db, Failure *failure)
{
    int64_t version;
    int r = compare_version(db, migrations, migration_count, &version, failure);

    return r < 0 ? r : 0;
}

int db_migrate(Db *db, Failure *failure)
{
    return db_migrate_with(db, migrations, migration_count, failure);
}
