/* SPDX-License-Identifier: Apache-2.0 */

/* SQLite's write-ahead log, and how it is moved into the database: between transactions, never
 * inside one, and by another connection as far as that can be. */
#include <sys/stat.h>

#include "db/sqlite_connection.h"

enum {
    SQLITE_LOG_PAGES = 4000,             /* a longer log is moved into the database */
    SQLITE_LOG_BYTES = 64 * 1024 * 1024, /* a longer file is cut, though it may cost a short wait */
    SQLITE_CUT_WAIT_MS = 50,             /* that wait: for readers to end */
    SQLITE_PACE_PAGES = 64, /* moved beside the writer without a sync: 256 KiB, a disk's blink */
};

/* By name only: opening and closing it would drop the locks of every connection that this process
 * has to it. */
static int64_t file_size_bytes(const char *path)
{
    struct stat file;

    return path && stat(path, &file) == 0 ? (int64_t)file.st_size : -1;
}

int64_t connection_file_bytes(const Connection *connection)
{
    return file_size_bytes(sqlite3_db_filename(connection->handle, "main"));
}

int64_t connection_log_bytes(const Connection *connection)
{
    return file_size_bytes(sqlite3_filename_wal(sqlite3_db_filename(connection->handle, "main")));
}

/* Called by SQLite after each commit of this connection. */
static int note_commit(void *pointer, sqlite3 *handle, const char *name, int pages)
{
    Connection *connection = pointer;

    (void)handle, (void)name;
    if (pages < connection->log_pages) /* the log began anew */
        connection->tend_at_pages = SQLITE_LOG_PAGES;
    connection->log_pages = pages;
    return SQLITE_OK;
}

void connection_watch_log(Connection *connection)
{
    connection->tend_at_pages = SQLITE_LOG_PAGES;
    sqlite3_wal_hook(connection->handle, note_commit, connection);
}

/* SQLITE_BUSY says that not all could be moved: a reader still needs some of it. */
static int move(Connection *connection, int how, Failure *failure)
{
    int result = sqlite3_wal_checkpoint_v2(connection->handle, NULL, how, NULL, NULL);

    if (result != SQLITE_OK && (result & 0xff) != SQLITE_BUSY)
        return connection_fail(connection, result, failure);
    return 0;
}

/* ---- beside the writer: a little at a time ---- */

static int pace_sync(const Pace *pace, sqlite3_file *file)
{
    *pace->unsynced_pages = 0;
    return pace->original->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
}

/* In the place of the file's own xWrite. A Pace begins with the methods that its file has. */
static int pace_write(sqlite3_file *file, const void *bytes, int size_bytes, sqlite3_int64 offset)
{
    const Pace *pace = (const Pace *)file->pMethods;
    int result = pace->original->xWrite(file, bytes, size_bytes, offset);

    if (result == SQLITE_OK && ++*pace->unsynced_pages >= SQLITE_PACE_PAGES)
        result = pace_sync(pace, file);
    return result;
}

static sqlite3_file *database_file(Connection *connection)
{
    sqlite3_file *file = NULL;

    sqlite3_file_control(connection->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    return file;
}

/* A checkpoint writes thousands of pages and syncs them at its end, if it comes to one. All at
 * once they keep the disk busy for milliseconds, and each commit of the writer waits for them. So
 * the file that this connection writes to is synced every so many pages. */
static void connection_pace(Connection *connection)
{
    sqlite3_file *file = database_file(connection);
    Pace *pace = &connection->pace;

    if (pace->original || !file)
        return;
    pace->original = file->pMethods;
    pace->methods = *file->pMethods;
    pace->methods.xWrite = pace_write;
    pace->unsynced_pages = &connection->unsynced_pages;
    file->pMethods = &pace->methods;
}

int sqlite_tend_beside(void *pointer, Failure *failure)
{
    Connection *connection = pointer;
    int result, r;

    if (connection->is_broken)
        return fail(failure, E_FAULT, "the database is broken: what its disk holds is unknown");
    connection_pace(connection);
    r = move(connection, SQLITE_CHECKPOINT_PASSIVE, failure);
    if (r < 0 || connection->unsynced_pages == 0)
        return r;
    result = pace_sync(&connection->pace, database_file(connection));
    return result == SQLITE_OK ? 0 : connection_fail(connection, result, failure);
}

/* ---- the writer ---- */

/* A passive checkpoint never waits, but leaves what a reader still needs, and the file its length.
 * Only a log that has become very long is worth a wait. Either is tried again after as many pages
 * more, if the log has not begun anew by then. */
bool sqlite_wants_tending(const void *pointer)
{
    const Connection *connection = pointer;

    return connection->mode == DB_WRITER && connection->log_pages >= connection->tend_at_pages;
}

int sqlite_tend(void *pointer, Failure *failure)
{
    Connection *connection = pointer;
    bool is_long;
    int r;

    if (connection->is_broken)
        return fail(failure, E_FAULT, "the database is broken: what its disk holds is unknown");
    if (!sqlite_wants_tending(connection))
        return 0;
    is_long = connection_log_bytes(connection) > SQLITE_LOG_BYTES;
    sqlite3_busy_timeout(connection->handle, is_long ? SQLITE_CUT_WAIT_MS : DB_BUSY_MS);
    r = move(connection, is_long ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, failure);
    sqlite3_busy_timeout(connection->handle, DB_BUSY_MS);
    if (r < 0)
        return r;
    connection->tend_at_pages = connection->log_pages + SQLITE_LOG_PAGES;
    return 0;
}
