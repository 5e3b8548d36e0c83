/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <sqlite3.h>

#include "base/cleanup.h"

#include "db/sqlite_internal.h"

/* A connection, as the files know it that call the library: sqlite.c, sqlite_log.c and
 * sqlite_statement.c. */

/* Between SQLite and the database's file: see connection_pace(). SQLite holds it as const. */
typedef struct Pace {
    sqlite3_io_methods methods;         /* what SQLite calls */
    const sqlite3_io_methods *original; /* borrowed; NULL: SQLite calls the file itself */
    int *unsynced_pages;                /* borrowed: the connection's */
} Pace;

typedef struct Connection {
    sqlite3 *handle; /* owned */
    DbMode mode;
    bool is_broken;
    int log_pages; /* in the log after the newest commit of this connection */
    int tend_at_pages;
    Pace pace;
    int unsynced_pages; /* moved by this connection since its last paced sync */
    Description description;
} Connection;

/* What a result of the library means here. Some break the connection: nothing may follow them. */
int connection_code(Connection *connection, int result);

/* The same with SQLite's sentence, which names tables and columns, never what is in them. */
int connection_fail(Connection *connection, int result, Failure *failure);

/* ---- sqlite_log.c ---- */

/* SQLite doesn't move the log into the database by itself any more: it would do so inside some
 * commit. */
void connection_watch_log(Connection *connection);

/* The sizes of the database's file and of its log's; -1 = there is none. */
int64_t connection_file_bytes(const Connection *connection);
int64_t connection_log_bytes(const Connection *connection);

/* The log's part of the driver (driver.h). pointer: a Connection. */
bool sqlite_wants_tending(const void *pointer);
int sqlite_tend_beside(void *pointer, Failure *failure);
int sqlite_tend(void *pointer, Failure *failure);

/* ---- sqlite_statement.c: the statements' part of the driver (driver.h) ----
 * pointer: a Connection to sqlite_prepare(), a statement to the others. */

int sqlite_prepare(void *pointer, const char *sql, void **ret_statement, Failure *failure);
int sqlite_bind(void *pointer, int parameter, const char *text, const int64_t *number);
int sqlite_bind_bytes(void *pointer, int parameter, const void *bytes, size_t size_bytes);
int sqlite_step(void *pointer, Failure *failure);
void sqlite_column(void *pointer, int column, const char **ret_text, int64_t *ret_number);
const void *sqlite_column_bytes(void *pointer, int column, size_t *ret_size_bytes);
void sqlite_reset(void *pointer);
void sqlite_finish(void *pointer);
DEFINE_CLEANUP(void *, sqlite_finish)
