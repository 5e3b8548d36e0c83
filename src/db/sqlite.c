/* SPDX-License-Identifier: Apache-2.0 */

/* The driver for SQLite: its connections. With sqlite_statement.c and sqlite_log.c the only one
 * that sees the library.
 *
 * A commit is on the disk when it returns: write-ahead log, synchronous=FULL. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#include "db/driver.h"
#include "db/sqlite_connection.h"

enum {
    SQLITE_FILE_MODE = 0600, /* of a new database; its log gets the same from SQLite */
    SQLITE_PAUSE_MS = 5,
};

/* ---- failures ---- */

/* Of any connection of this process: what it learned holds for the others' closing too. */
static _Atomic bool is_any_broken;

static void connection_break(Connection *connection)
{
    connection->is_broken = true;
    atomic_store(&is_any_broken, true);
}

static bool is_space_error(int error)
{
    return error == ENOSPC || error == EFBIG || error == EDQUOT;
}

/* Why the newest write failed. Of the system's error numbers SQLite keeps one per file, and one per
 * connection that a COMMIT does not set. */
static bool connection_is_full(Connection *connection)
{
    sqlite3_file *log = NULL;
    int file_error = 0, log_error = 0;

    if (is_space_error(sqlite3_system_errno(connection->handle)))
        return true;
    sqlite3_file_control(connection->handle, "main", SQLITE_FCNTL_LAST_ERRNO, &file_error);
    sqlite3_file_control(connection->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log && log->pMethods)
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &log_error);
    return is_space_error(file_error) || is_space_error(log_error);
}

int connection_code(Connection *connection, int result)
{
    switch (result) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return E_CONFLICT;
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_SHMSIZE: return connection_is_full(connection) ? E_FULL : E_FAULT;
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC: connection_break(connection); return E_FAULT;
    default: break;
    }
    switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return E_UNAVAILABLE;
    case SQLITE_FULL: return E_FULL;
    /* Damage that was there before: what is written beside it could make it worse. */
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: connection_break(connection); return E_FAULT;
    default: return E_FAULT;
    }
}

int connection_fail(Connection *connection, int result, Failure *failure)
{
    return fail(failure, connection_code(connection, result), "SQLite: %s (%d)",
                sqlite3_errmsg(connection->handle), result);
}

/* ---- opening ---- */

int sqlite_ask(void *connection, const char *sql, char ret_text[SQLITE_VALUE_BYTES],
               Failure *failure)
{
    _cleanup_(sqlite_finishp) void *statement = NULL;
    const char *text = NULL;
    int r = sqlite_prepare(connection, sql, &statement, failure);

    if (r < 0)
        return r;
    assert(statement);
    r = sqlite_step(statement, failure);
    if (r < 0)
        return r;
    if (r > 0)
        sqlite_column(statement, 0, &text, NULL);
    snprintf(ret_text, SQLITE_VALUE_BYTES, "%s", text ? text : "");
    return 0;
}

/* SQLite would give a new file the permissions that the umask leaves. Only a file that is not there
 * yet is opened: see connection_file_bytes(). What else is wrong with the path, SQLite will say. */
static void create_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, SQLITE_FILE_MODE);

    if (fd >= 0)
        close(fd);
}

static int connection_open_file(Connection *connection, const char *path, Failure *failure)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    int result;

    if (connection->mode == DB_WRITER && path[0] != ':') /* ":memory:" is refused later */
        create_file(path);
    flags |= connection->mode == DB_WRITER ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    result = sqlite3_open_v2(path, &connection->handle, flags, NULL);
    assert(connection->handle && "out of memory");
    if (result != SQLITE_OK)
        return fail(failure, connection_code(connection, result), "%s can't be opened: %s (%d)",
                    path, sqlite3_errmsg(connection->handle), result);
    return 0;
}

/* Where two processes begin with the same new file, SQLite gives one of them SQLITE_BUSY without
 * waiting; and the busy handler is not asked in every other case either. */
static int connection_ask_patiently(Connection *connection, const char *sql,
                                    char ret_text[SQLITE_VALUE_BYTES], Failure *failure)
{
    const struct timespec pause = { .tv_nsec = SQLITE_PAUSE_MS * 1000000L };
    int64_t give_up_ms = clock_monotonic_ms() + DB_BUSY_MS;

    for (;;) {
        Failure attempt = { 0 };
        int r = sqlite_ask(connection, sql, ret_text, &attempt);

        if (r >= 0)
            return 0;
        if (r != E_UNAVAILABLE || clock_monotonic_ms() >= give_up_ms)
            return fail(failure, r, "%s: %s", sql, attempt.text);
        nanosleep(&pause, NULL);
    }
}

static int connection_use_log(Connection *connection, const char *path, Failure *failure)
{
    const char *sql =
        connection->mode == DB_WRITER ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode";
    char journal_mode[SQLITE_VALUE_BYTES];
    Failure refused = { 0 };
    int r = connection_ask_patiently(connection, sql, journal_mode, &refused);

    if (r < 0)
        return fail(failure, r, "%s can't be given a write-ahead log. %s", path, refused.text);
    if (strcmp(journal_mode, "wal") != 0)
        return fail(failure, E_FAULT,
                    "%s has no write-ahead log (its journal_mode is \"%s\", not \"wal\"): without "
                    "it nothing is safe here. It must be a file on a local disk",
                    path, journal_mode);
    return 0;
}

typedef struct Setting {
    const char *sql;    /* sets it; NULL = only looks */
    const char *look;   /* reads it back; NULL = its failure would harm nothing */
    const char *wanted; /* what must be read then */
} Setting;

static const Setting settings_of_both[] = {
    { "PRAGMA synchronous = FULL", "PRAGMA synchronous", "2" },
    { "PRAGMA foreign_keys = ON", "PRAGMA foreign_keys", "1" },
    { "PRAGMA temp_store = MEMORY", NULL, NULL },
    { "PRAGMA mmap_size = 0", NULL, NULL },
    { "PRAGMA cell_size_check = ON", NULL, NULL },
};
static const Setting settings_of_writer[] = {
    { "PRAGMA cache_size = -4096", NULL, NULL }, /* KiB */
    /* Some distributions' libraries fill what is freed with zeroes, and write each page that a
     * deletion leaves empty to the log once more. */
    { "PRAGMA secure_delete = FAST", "PRAGMA secure_delete", "2" },
};
static const Setting settings_of_reader[] = {
    { "PRAGMA cache_size = -2048", NULL, NULL }, /* KiB; a list that is looked at again */
    { "PRAGMA query_only = ON", "PRAGMA query_only", "1" },
};

static int connection_apply(Connection *connection, const Setting *settings, size_t count,
                            Failure *failure)
{
    char value[SQLITE_VALUE_BYTES];

    for (size_t i = 0; i < count; i++) {
        const Setting *setting = &settings[i];
        int r = sqlite_ask(connection, setting->sql, value, failure);

        if (r < 0)
            return r;
        if (!setting->look)
            continue;
        r = sqlite_ask(connection, setting->look, value, failure);
        if (r < 0)
            return r;
        if (strcmp(value, setting->wanted) != 0)
            return fail(failure, E_FAULT, "SQLite did not take \"%s\": it reads \"%s\" afterwards",
                        setting->sql, value);
    }
    return 0;
}

/* What a damaged or foreign file could do to us through its own schema, and what SQL texts of ours
 * never need. */
static int connection_defend(Connection *connection, Failure *failure)
{
    static const struct {
        int option, value;
    } options[] = {
        { SQLITE_DBCONFIG_DEFENSIVE, 1 },
        { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
        { SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
        { SQLITE_DBCONFIG_DQS_DML, 0 },
        { SQLITE_DBCONFIG_DQS_DDL, 0 },
    };

    for (size_t i = 0; i < COUNT_OF(options); i++) {
        int is_set = -1;

        sqlite3_db_config(connection->handle, options[i].option, options[i].value, &is_set);
        if (is_set != options[i].value)
            return fail(failure, E_FAULT, "SQLite did not take option %d", options[i].option);
    }
    sqlite3_limit(connection->handle, SQLITE_LIMIT_ATTACHED, 0);
    return 0;
}

static int connection_open(Connection *connection, const char *path, Failure *failure)
{
    bool is_writer = connection->mode == DB_WRITER;
    int r = connection_open_file(connection, path, failure);

    if (r < 0)
        return r;
    r = connection_defend(connection, failure);
    if (r < 0)
        return r;
    r = connection_use_log(connection, path, failure);
    if (r < 0)
        return r;
    sqlite3_busy_timeout(connection->handle, DB_BUSY_MS);
    r = connection_apply(connection, settings_of_both, COUNT_OF(settings_of_both), failure);
    if (r < 0)
        return r;
    if (is_writer)
        r = connection_apply(connection, settings_of_writer, COUNT_OF(settings_of_writer), failure);
    else
        r = connection_apply(connection, settings_of_reader, COUNT_OF(settings_of_reader), failure);
    if (r < 0)
        return r;
    connection_watch_log(connection);
    return 0;
}

/* The last one to close moves the log into the database and removes it. After a failed sync that is
 * left to the next start, which checks the log before it believes it. */
static void sqlite_close(void *pointer)
{
    Connection *connection = pointer;
    int result;

    if (atomic_load(&is_any_broken))
        sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    result = sqlite3_close(connection->handle);
    assert(result == SQLITE_OK && "a statement outlives its connection");
    free(connection);
}

static pthread_once_t sqlite_once = PTHREAD_ONCE_INIT;

/* Counting its memory would make SQLite take one lock for all threads at each allocation. A path is
 * a path, also one that begins with "file:". Of its cache a connection gets pages as it wants them:
 * 20 at once would be touched at every start, and a start wants five. */
static void sqlite_configure(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_URI, 0);
    sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
}

static bool sqlite_exists(const char *location)
{
    return access(location, F_OK) == 0;
}

static int sqlite_open(const char *location, DbMode mode, void **ret_connection, Failure *failure)
{
    Connection *connection;
    int r;

    pthread_once(&sqlite_once, sqlite_configure);
    if (location[0] == '\0')
        return fail(failure, E_FAULT, "the database's URL names no file");
    connection = calloc(1, sizeof(*connection));
    assert(connection && "out of memory");
    connection->mode = mode;
    r = connection_open(connection, location, failure);
    if (r < 0) {
        sqlite_close(connection);
        return r;
    }
    *ret_connection = connection;
    return 0;
}

/* ---- the connection's life ---- */

static bool sqlite_in_transaction(void *pointer)
{
    const Connection *connection = pointer;

    return !sqlite3_get_autocommit(connection->handle);
}

static int64_t sqlite_change_count(void *pointer)
{
    const Connection *connection = pointer;

    return sqlite3_total_changes64(connection->handle);
}

static bool sqlite_is_broken(void *pointer)
{
    const Connection *connection = pointer;

    return connection->is_broken;
}

static int64_t sqlite_size_bytes(void *pointer)
{
    const Connection *connection = pointer;
    int64_t file_bytes = connection_file_bytes(connection);
    int64_t log_bytes = connection_log_bytes(connection);

    if (file_bytes < 0)
        return -1;
    return file_bytes + (log_bytes > 0 ? log_bytes : 0);
}

static int sqlite_describe(void *pointer, bool thorough, const char **ret_text, Failure *failure)
{
    Connection *connection = pointer;
    int64_t log_bytes = connection_log_bytes(connection);
    int r = description_write(&connection->description, connection, log_bytes, thorough, failure);

    if (r < 0)
        return r;
    *ret_text = connection->description.text;
    return 0;
}

const DbDriver db_sqlite = {
    .scheme = "sqlite",
    .clustered = " WITHOUT ROWID",
    .row_key = "INTEGER",
    .bytes = "BLOB",
    .begin_writer = "BEGIN IMMEDIATE",
    .begin_reader = "BEGIN",
    .look = "SELECT 1 FROM sqlite_schema LIMIT 1",
    .data_version = "PRAGMA data_version",
    .count_tables = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = $1",
    .exists = sqlite_exists,
    .open = sqlite_open,
    .close = sqlite_close,
    .prepare = sqlite_prepare,
    .bind = sqlite_bind,
    .bind_bytes = sqlite_bind_bytes,
    .step = sqlite_step,
    .column = sqlite_column,
    .column_bytes = sqlite_column_bytes,
    .reset = sqlite_reset,
    .finish = sqlite_finish,
    .in_transaction = sqlite_in_transaction,
    .change_count = sqlite_change_count,
    .is_broken = sqlite_is_broken,
    .tend = sqlite_tend,
    .wants_tending = sqlite_wants_tending,
    .tend_beside = sqlite_tend_beside,
    .describe = sqlite_describe,
    .size_bytes = sqlite_size_bytes,
};
