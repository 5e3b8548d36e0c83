/* SPDX-License-Identifier: Apache-2.0 */
#include "db/db.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#include "db/db_internal.h"
#include "db/driver.h"

/* Twice the statements, so that a search by address ends soon; a power of two. */
enum { DB_SLOTS = 2 * DB_STATEMENTS_MOST };

typedef enum QueryState {
    QUERY_IDLE,  /* in the cache, nobody's */
    QUERY_READY, /* handed out, not yet stepped */
    QUERY_ROW,
    QUERY_DONE,
    QUERY_FAILED,
} QueryState;

struct Query {
    Db *db;
    const char *sql; /* its address is the statement's name */
    void *statement; /* owned: the driver's */
    QueryState state;
    int code; /* of the first failed bind, or of the failed step; 0 = none */
};

struct Db {
    const DbDriver *driver;
    void *connection; /* owned: the driver's */
    DbMode mode;
    bool is_begun; /* db_begin() succeeded, and neither db_commit() nor db_rollback() has since */
    size_t query_count;
    Query queries[DB_STATEMENTS_MOST];
    Query *slots[DB_SLOTS]; /* queries by the hash of their address; NULL = free */
};

static const DbDriver *db_drivers[DB_DRIVERS_MOST] = { &db_sqlite };
static size_t db_driver_count = 1;

void db_add_driver(const DbDriver *driver)
{
    assert(db_driver_count < DB_DRIVERS_MOST);
    db_drivers[db_driver_count++] = driver;
}

static const DbDriver *db_find_driver(const char *scheme, size_t size_bytes)
{
    for (size_t i = 0; i < db_driver_count; i++) {
        const char *known = db_drivers[i]->scheme;

        if (strlen(known) == size_bytes && memcmp(known, scheme, size_bytes) == 0)
            return db_drivers[i];
    }
    return NULL;
}

static const DbDriver *driver_of(const char *url)
{
    const char *colon = strchr(url, ':');

    return colon ? db_find_driver(url, (size_t)(colon - url)) : NULL;
}

bool db_knows(const char *url)
{
    return driver_of(url) != NULL;
}

bool db_exists(const char *url)
{
    const DbDriver *driver = driver_of(url);

    return driver && driver->exists(strchr(url, ':') + 1);
}

int db_open(const char *url, DbMode mode, Db **ret_db, Failure *failure)
{
    const DbDriver *driver = driver_of(url);
    void *connection;
    int r;

    if (!driver)
        return fail(failure, E_FAULT, "%s is not the URL of a database, like sqlite:/path/to/file",
                    url);
    r = driver->open(strchr(url, ':') + 1, mode, &connection, failure);
    if (r < 0)
        return r;

    Db *db = calloc(1, sizeof(*db));

    assert(db && "out of memory");
    db->driver = driver;
    db->connection = connection;
    db->mode = mode;
    *ret_db = db;
    return 0;
}

Db *db_close(Db *db)
{
    if (!db)
        return NULL;
    for (size_t i = 0; i < db->query_count; i++)
        db->driver->finish(db->queries[i].statement);
    db->driver->close(db->connection);
    free(db);
    return NULL;
}

const DbDriver *db_driver(const Db *db)
{
    return db->driver;
}

bool db_in_transaction(const Db *db)
{
    return db->driver->in_transaction(db->connection);
}

int64_t db_change_count(const Db *db)
{
    return db->driver->change_count(db->connection);
}

int db_data_version(Db *db, int64_t *ret_version, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(db, db->driver->data_version, &query, failure);

    if (r < 0)
        return r;
    r = query_step(query, failure);
    if (r > 0)
        *ret_version = query_integer(query, 0);
    return r < 0 ? r : 0;
}

bool db_is_broken(const Db *db)
{
    return db->driver->is_broken(db->connection);
}

/* Refuses to go on where a statement could be acknowledged that must not be: on a broken database,
 * and after the end of a transaction that its caller believes to be open, where it would stand
 * alone. */
static int db_check(const Db *db, Failure *failure)
{
    if (db_is_broken(db))
        return fail(failure, E_FAULT, "the database is broken: what its disk holds is unknown");
    if (db->is_begun && !db_in_transaction(db))
        return fail(failure, E_FAULT, "the database has ended the transaction by itself");
    return 0;
}

/* The slot that holds sql, or the free one where it belongs. */
static Query **db_find_slot(Db *db, const char *sql)
{
    uint64_t hash = (uint64_t)(uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15);
    size_t i = (size_t)(hash >> 32) % DB_SLOTS;

    while (db->slots[i] && db->slots[i]->sql != sql)
        i = (i + 1) % DB_SLOTS;
    return &db->slots[i];
}

/* db_query() without its checks: for the statements that begin and end transactions. */
static int db_take_query(Db *db, const char *sql, Query **ret_query, Failure *failure)
{
    Query **slot = db_find_slot(db, sql);

    if (!*slot) {
        void *statement;
        int r = db->driver->prepare(db->connection, sql, &statement, failure);

        if (r < 0)
            return r;
        assert(db->query_count < DB_STATEMENTS_MOST);
        *slot = &db->queries[db->query_count++];
        **slot = (Query){ .db = db, .sql = sql, .statement = statement };
    }
    assert((*slot)->state == QUERY_IDLE && "the same statement is in use");
    (*slot)->state = QUERY_READY;
    *ret_query = *slot;
    return 0;
}

int db_query(Db *db, const char *sql, Query **ret_query, Failure *failure)
{
    int r = db_check(db, failure);

    if (r < 0)
        return r;
    return db_take_query(db, sql, ret_query, failure);
}

void query_finish(Query *query)
{
    if (!query)
        return;
    query->db->driver->reset(query->statement);
    query->state = QUERY_IDLE;
    query->code = 0;
}

static void query_note_bind(Query *query, int r)
{
    if (r < 0 && query->code == 0)
        query->code = r;
}

static void query_bind(Query *query, int parameter, const char *text, const int64_t *number)
{
    assert(query->state == QUERY_READY);
    query_note_bind(query, query->db->driver->bind(query->statement, parameter, text, number));
}

void query_bind_text(Query *query, int parameter, const char *text)
{
    query_bind(query, parameter, text, NULL);
}

void query_bind_integer(Query *query, int parameter, int64_t number)
{
    query_bind(query, parameter, NULL, &number);
}

void query_bind_blob(Query *query, int parameter, const void *bytes, size_t size_bytes)
{
    assert(query->state == QUERY_READY);
    query_note_bind(query,
                    query->db->driver->bind_bytes(query->statement, parameter, bytes, size_bytes));
}

/* query_step() without its checks. A statement that is done stays done: a database would run it a
 * second time. */
static int query_advance(Query *query, Failure *failure)
{
    int r;

    if (query->code < 0)
        return fail(failure, query->code, "%s",
                    query->state == QUERY_FAILED ? "the statement has failed already"
                                                 : "a parameter of the statement can't be bound");
    if (query->state == QUERY_DONE)
        return 0;
    r = query->db->driver->step(query->statement, failure);
    query->state = r > 0 ? QUERY_ROW : r == 0 ? QUERY_DONE : QUERY_FAILED;
    query->code = r < 0 ? r : 0;
    return r;
}

int query_step(Query *query, Failure *failure)
{
    int r;

    assert(query->state != QUERY_IDLE);
    r = db_check(query->db, failure);
    if (r < 0)
        return r;
    return query_advance(query, failure);
}

const char *query_text(Query *query, int column)
{
    const char *text;

    assert(query->state == QUERY_ROW);
    query->db->driver->column(query->statement, column, &text, NULL);
    return text;
}

int64_t query_integer(Query *query, int column)
{
    int64_t number;

    assert(query->state == QUERY_ROW);
    query->db->driver->column(query->statement, column, NULL, &number);
    return number;
}

const void *query_blob(Query *query, int column, size_t *ret_size_bytes)
{
    assert(query->state == QUERY_ROW);
    return query->db->driver->column_bytes(query->statement, column, ret_size_bytes);
}

static int query_run(Query *query, Failure *failure)
{
    int r;

    do {
        r = query_advance(query, failure);
    } while (r > 0);
    return r;
}

static int db_run_unchecked(Db *db, const char *sql, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_take_query(db, sql, &query, failure);

    if (r < 0)
        return r;
    return query_run(query, failure);
}

int db_run(Db *db, const char *sql, Failure *failure)
{
    int r = db_check(db, failure);

    if (r < 0)
        return r;
    return db_run_unchecked(db, sql, failure);
}

int db_run_text(Db *db, const char *sql, Failure *failure)
{
    void *statement;
    int r = db_check(db, failure);

    if (r < 0)
        return r;
    r = db->driver->prepare(db->connection, sql, &statement, failure);
    if (r < 0)
        return r;
    do {
        r = db->driver->step(statement, failure);
    } while (r > 0);
    db->driver->finish(statement);
    return r;
}

static int db_begin_reader(Db *db, Failure *failure)
{
    int r = db_run_unchecked(db, db->driver->begin_reader, failure);

    if (r < 0 || !db->driver->look)
        return r;
    r = db_run_unchecked(db, db->driver->look, failure);
    if (r < 0)
        db_rollback(db, failure);
    return r;
}

int db_begin(Db *db, Failure *failure)
{
    int r;

    /* Left open by a rollback that failed: nobody wants it any more. */
    if (!db->is_begun && db_in_transaction(db)) {
        r = db_rollback(db, failure);
        if (r < 0)
            return r;
    }
    if (db->is_begun)
        return fail(failure, E_FAULT, "a transaction is open already");
    r = db_check(db, failure);
    if (r < 0)
        return r;
    r = db->mode == DB_READER ? db_begin_reader(db, failure)
                              : db_run_unchecked(db, db->driver->begin_writer, failure);
    if (r < 0)
        return r;
    db->is_begun = true;
    return 0;
}

/* For what makes sense only inside a transaction, and would begin or end one otherwise. */
static int db_run_inside(Db *db, const char *sql, Failure *failure)
{
    if (!db->is_begun)
        return fail(failure, E_FAULT, "no transaction is open");
    return db_run(db, sql, failure);
}

int db_commit(Db *db, Failure *failure)
{
    int r = db_run_inside(db, "COMMIT", failure);

    if (r < 0)
        return r;
    db->is_begun = false;
    return 0;
}

int db_rollback(Db *db, Failure *failure)
{
    db->is_begun = false;
    if (!db_in_transaction(db))
        return 0;
    return db_run_unchecked(db, "ROLLBACK", failure);
}

/* One name for all: the newest savepoint of a name hides those before it. */
int db_savepoint(Db *db, Failure *failure)
{
    return db_run_inside(db, "SAVEPOINT inside", failure);
}

int db_release(Db *db, Failure *failure)
{
    return db_run_inside(db, "RELEASE SAVEPOINT inside", failure);
}

int db_rollback_to(Db *db, Failure *failure)
{
    int r = db_run_inside(db, "ROLLBACK TO SAVEPOINT inside", failure);

    if (r < 0)
        return r;
    return db_release(db, failure);
}

int db_tend(Db *db, Failure *failure)
{
    if (db_in_transaction(db))
        return 0;
    return db->driver->tend(db->connection, failure);
}

bool db_wants_tending(const Db *db)
{
    return db->driver->wants_tending(db->connection);
}

int db_tend_beside(Db *db, Failure *failure)
{
    return db->driver->tend_beside(db->connection, failure);
}

int db_describe(Db *db, bool thorough, const char **ret_text, Failure *failure)
{
    return db->driver->describe(db->connection, thorough, ret_text, failure);
}

int64_t db_size_bytes(Db *db)
{
    return db->driver->size_bytes(db->connection);
}
