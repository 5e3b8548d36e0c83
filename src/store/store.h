/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/id.h"

/* Remembers the nouns. All SQL text of the product lives in this room, written once for every
 * database; each header beside this one says what is kept of one noun.
 *
 * Every function of a tenant's noun takes its tenant_id first: it comes from a checked token or
 * from the command line, never from a request's text. Texts that are returned live in the given
 * arena. Results: 0 (finders: 1 found, 0 not), or a negative code as db/db.h lists them. Whoever
 * joins the floors (server/, cli/) opens and ends transactions; these functions only run inside
 * them. */

struct Db;

typedef struct Store {
    struct Db *db;           /* owned */
    struct UserCache *users; /* owned; NULL = none, see store_keep_users() */
    struct ChatTail *chats;  /* owned; NULL = none, see store_keep_chats() */
    int64_t version;         /* of the data, where users are kept */
} Store;

typedef enum StoreMode { STORE_WRITER, STORE_READER } StoreMode;

bool store_exists(const char *url); /* see db_exists() */

/* ret_store is new: yours to close with store_close(). A writer brings the schema up to date. */
int store_open(const char *url, StoreMode mode, Store **ret_store, Failure *failure);
Store *store_close(Store *store);

/* From now on users that were found are remembered: for a store that finds them often. */
void store_keep_users(Store *store);

/* From now on what the index of chats has not taken up yet is remembered (chat_index_list()): for a
 * store that only reads. */
void store_keep_chats(Store *store);

int store_begin(Store *store, Failure *failure);

/* In a transaction of a store that keeps users: another number than in an earlier one means that
 * another connection has written in between. Not negative. */
int64_t store_data_version(const Store *store);

int store_commit(Store *store, Failure *failure); /* 0 only when all of it is on the disk */
int store_rollback(Store *store, Failure *failure);

/* As db_query(), for a statement whose first parameters say what it is about, and are bound here:
 * $1 and $2 an id's halves, $3 the tenant · $1 a number, $2 the tenant · $1 the tenant, $2 a name
 * in it. The caller binds the others. *ret_query is new, and to be finished. */
struct Query;
int store_query_id(Store *store, const char *sql, Id id, int64_t tenant_id,
                   struct Query **ret_query, Failure *failure);
int store_query_number(Store *store, const char *sql, int64_t number, int64_t tenant_id,
                       struct Query **ret_query, Failure *failure);
int store_query_named(Store *store, const char *sql, int64_t tenant_id, const char *name,
                      struct Query **ret_query, Failure *failure);

/* One part of a transaction, which can be undone alone. */
int store_savepoint(Store *store, Failure *failure);
int store_release(Store *store, Failure *failure);
int store_rollback_to(Store *store, Failure *failure);

bool store_in_transaction(const Store *store);
int64_t store_change_count(const Store *store); /* see db_change_count() */
bool store_is_broken(const Store *store);       /* see db_is_broken() */
int store_tend(Store *store, Failure *failure);
bool store_wants_tending(const Store *store);
int store_tend_beside(Store *store, Failure *failure); /* see db_tend_beside() */
int64_t store_size_bytes(Store *store);
int store_describe(Store *store, bool thorough, const char **ret_text, Failure *failure);
