/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

/* The SQL seam. Rooms above write one portable SQL text for every database; which one it is, the
 * URL says at run time ("sqlite:/path/to/file"). Parameters are $1 … $n.
 *
 * A Db is one connection and belongs to one thread. Statements are prepared once per connection and
 * text: sql must be a literal or live as long as the Db, since its address is its name.
 *
 * Codes: E_CONFLICT a UNIQUE or PRIMARY KEY stands in the way · E_UNAVAILABLE another connection
 * holds the lock for longer than DB_BUSY_MS · E_FULL no space, or a file size limit · E_FAULT all
 * else. */

enum { DB_BUSY_MS = 5000, DB_STATEMENTS_MOST = 256, DB_PARAMETERS_MOST = 32 };

typedef struct Db Db;
typedef struct Query Query;

typedef enum DbMode {
    DB_WRITER, /* may write; creates the file where there is none */
    DB_READER, /* reads beside the writer; a write through it is E_FAULT */
} DbMode;

/* Whether the URL is of a kind of database that this program has a driver for. */
bool db_knows(const char *url);

/* Whether there is a database at the URL, of whatever content. False too for a URL of no known
 * kind. */
bool db_exists(const char *url);

/* ret_db is new: yours to close with db_close(). For SQLite: WAL and synchronous=FULL, both read
 * back; E_FAULT when the file doesn't take them. */
int db_open(const char *url, DbMode mode, Db **ret_db, Failure *failure);
Db *db_close(Db *db); /* takes NULL, returns NULL; rolls back what is open */
DEFINE_CLEANUP(Db *, db_close)

/* Transactions. db_begin() takes the write lock at once on a writer; on a reader it fixes what is
 * seen until the end. A savepoint is a transaction inside one; they nest, and the newest is the one
 * that db_release() and db_rollback_to() end. When the database has ended the transaction by itself
 * (see db_in_transaction()), db_rollback() succeeds and all else is E_FAULT until it was called, so
 * that nothing of half a transaction is kept by mistake. */
int db_begin(Db *db, Failure *failure);
int db_commit(Db *db, Failure *failure); /* returns 0 only when the transaction is on the disk */
int db_rollback(Db *db, Failure *failure);
int db_savepoint(Db *db, Failure *failure);
int db_release(Db *db, Failure *failure);     /* keeps what was done since db_savepoint() */
int db_rollback_to(Db *db, Failure *failure); /* undoes it, and ends the savepoint */

/* Whether a transaction is open: after E_FULL or E_FAULT the database may have ended it by itself.
 */
bool db_in_transaction(const Db *db);

/* How many rows this connection has changed so far: the same number before and after means that
 * there is nothing to undo. Rolling back does not count down. */
int64_t db_change_count(const Db *db);

/* In a transaction: the same number as in an earlier one means that no other connection has changed
 * anything in between. Own changes don't count. */
int db_data_version(Db *db, int64_t *ret_version, Failure *failure);

/* Sticky: a sync failed, so that what the disk holds is unknown. Nothing may be acknowledged any
 * more, and the process must end (reliability: a second fsync may falsely succeed). */
bool db_is_broken(const Db *db);

/* To be called between transactions, now and then: moves the write-ahead log into the database when
 * it is long. Cheap when there is nothing to do. Its failure is E_FULL or E_FAULT; see
 * db_is_broken(). */
int db_tend(Db *db, Failure *failure);

/* Whether db_tend() on this writer would do something; and the bulk of it done from another
 * connection (also a writer's, in a thread of its own), so that the writer's own db_tend()
 * afterwards finds only the little that came meanwhile. */
bool db_wants_tending(const Db *db);
int db_tend_beside(Db *db, Failure *failure);

/* The statement for sql, ready to bind. ret_query is borrowed from the Db until query_finish(),
 * which makes it ready for its next use; the same sql can't be in use twice at a time. */
int db_query(Db *db, const char *sql, Query **ret_query, Failure *failure);
void query_finish(Query *query); /* takes NULL */
DEFINE_CLEANUP(Query *, query_finish)

/* Parameters, from 1; each that the text names must be bound. A failure is kept and returned by
 * the next query_step(). A NULL text binds NULL, NULL bytes bind none. Texts and bytes are borrowed
 * until query_finish(). */
void query_bind_text(Query *query, int parameter, const char *text);
void query_bind_integer(Query *query, int parameter, int64_t number);
void query_bind_blob(Query *query, int parameter, const void *bytes, size_t size_bytes);

/* 1 = there is a row, 0 = no more rows (a statement without rows is done), or a negative code. */
int query_step(Query *query, Failure *failure);

/* Columns of the current row, from 0. Text and bytes are borrowed until the next step or finish;
 * NULL for NULL. */
const char *query_text(Query *query, int column);
int64_t query_integer(Query *query, int column);
const void *query_blob(Query *query, int column, size_t *ret_size_bytes);

/* db_query, bind nothing, step to the end, finish: for statements without parameters. */
int db_run(Db *db, const char *sql, Failure *failure);

/* What the connection really uses, for doctor and the start-up check: journal mode, synchronous,
 * page size, integrity … One line per fact, "name=value", in the order that the driver gives them.
 * ret_text is borrowed until the next call. thorough also checks every page of the file. */
int db_describe(Db *db, bool thorough, const char **ret_text, Failure *failure);
int64_t db_size_bytes(Db *db); /* with its log; -1 when unknown */

/* Brings the schema to the newest version, each step in its own transaction. sql/NNNN_name.sql are
 * built into the program. E_CONFLICT: the database is newer than this program, or was made with
 * other statements in a step of the same number; it is left untouched. */
int db_migrate(Db *db, Failure *failure);
int db_schema_version(Db *db, int64_t *ret_version, Failure *failure); /* 0 = empty database */
int db_check_schema(Db *db, Failure *failure); /* 0, or E_CONFLICT as above; changes nothing */
