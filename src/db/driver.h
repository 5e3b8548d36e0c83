/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "db/db.h"

/* What one kind of database must do. Seen by this room and by the test driver that wraps another
 * and fails its nth call (tests/fault); everyone else uses db.h. Handles are the driver's own.
 *
 * Each function returns 0 or a negative code as db.h lists them, with its sentence in failure. */

typedef struct DbDriver {
    const char *scheme; /* "sqlite": what stands before the first ':' of a URL */

    /* What replaces {{clustered}} at the end of a CREATE TABLE in sql/: rows kept in the primary
     * key's order, where the database can do that. */
    const char *clustered;

    /* What replaces {{row_key}}: the type of a BIGINT that alone is the primary key, such that a
     * row is found by it without another index, where the database has a type for that. */
    const char *row_key;

    /* What replaces {{bytes}}: the type of bytes that are no text. */
    const char *bytes;

    /* What begins a transaction: on a writer it takes the write lock, on a reader it fixes what is
     * seen as soon as look, a statement that reads next to nothing, has run (NULL = at once). */
    const char *begin_writer;
    const char *begin_reader;
    const char *look;

    /* How many tables are named $1: 0 or 1. */
    const char *count_tables;

    bool (*exists)(const char *location);
    int (*open)(const char *location, DbMode mode, void **ret_connection, Failure *failure);
    void (*close)(void *connection);
    int (*prepare)(void *connection, const char *sql, void **ret_statement, Failure *failure);
    /* text NULL and number NULL bind NULL; otherwise exactly one of them is given. Every parameter
     * of the statement must be bound before its first step. */
    int (*bind)(void *statement, int parameter, const char *text, const int64_t *number);
    int (*bind_bytes)(void *statement, int parameter, const void *bytes, size_t size_bytes);
    int (*step)(void *statement, Failure *failure); /* 1, 0 or a negative code */
    void (*column)(void *statement, int column, const char **ret_text, int64_t *ret_number);
    const void *(*column_bytes)(void *statement, int column, size_t *ret_size_bytes);
    void (*reset)(void *statement);  /* ready for its next use */
    void (*finish)(void *statement); /* gone */
    bool (*in_transaction)(void *connection);
    int64_t (*change_count)(void *connection);
    const char *data_version; /* the statement that db_data_version() runs */
    /* Sticky, as db_is_broken() says: a sync failed, or the file turned out to be damaged. */
    bool (*is_broken)(void *connection);
    int (*tend)(void *connection, Failure *failure);
    bool (*wants_tending)(const void *connection);
    int (*tend_beside)(void *connection, Failure *failure);
    int (*describe)(void *connection, bool thorough, const char **ret_text, Failure *failure);
    int64_t (*size_bytes)(void *connection);
} DbDriver;

extern const DbDriver db_sqlite; /* the driver of sqlite.c */

/* Adds a driver to those that db_open() knows (tests only); at most DB_DRIVERS_MOST in all. */
enum { DB_DRIVERS_MOST = 4 };
void db_add_driver(const DbDriver *driver);
