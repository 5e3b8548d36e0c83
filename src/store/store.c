/* SPDX-License-Identifier: Apache-2.0 */
/* One connection per Store; the rest is passed on to the seam. */
#include "store/store.h"

#include <stdlib.h>

#include "db/db.h"
#include "store/chat_tail.h"
#include "store/user_cache.h"

int store_open(const char *url, StoreMode mode, Store **ret_store, Failure *failure)
{
    _cleanup_(db_closep) Db *db = NULL;
    Store *store;
    int r;

    r = db_open(url, mode == STORE_WRITER ? DB_WRITER : DB_READER, &db, failure);
    if (r < 0)
        return r;
    if (mode == STORE_WRITER) {
        r = db_migrate(db, failure);
        if (r < 0)
            return r;
    }
    store = calloc(1, sizeof(*store));
    if (!store)
        abort();
    store->db = db;
    db = NULL;
    *ret_store = store;
    return 0;
}

Store *store_close(Store *store)
{
    if (store) {
        user_cache_free(store->users);
        chat_tail_free(store->chats);
        db_close(store->db);
    }
    free(store);
    return NULL;
}

int store_query_id(Store *store, const char *sql, Id id, int64_t tenant_id, Query **ret_query,
                   Failure *failure)
{
    int r = db_query(store->db, sql, ret_query, failure);

    if (r < 0)
        return r;
    query_bind_integer(*ret_query, 1, id.number);
    query_bind_integer(*ret_query, 2, id.tail);
    query_bind_integer(*ret_query, 3, tenant_id);
    return 0;
}

int store_query_number(Store *store, const char *sql, int64_t number, int64_t tenant_id,
                       Query **ret_query, Failure *failure)
{
    int r = db_query(store->db, sql, ret_query, failure);

    if (r < 0)
        return r;
    query_bind_integer(*ret_query, 1, number);
    query_bind_integer(*ret_query, 2, tenant_id);
    return 0;
}

int store_query_named(Store *store, const char *sql, int64_t tenant_id, const char *name,
                      Query **ret_query, Failure *failure)
{
    int r = db_query(store->db, sql, ret_query, failure);

    if (r < 0)
        return r;
    query_bind_integer(*ret_query, 1, tenant_id);
    query_bind_text(*ret_query, 2, name);
    return 0;
}

bool store_exists(const char *url)
{
    return db_exists(url);
}

void store_keep_users(Store *store)
{
    if (!store->users)
        store->users = user_cache_new();
}

void store_keep_chats(Store *store)
{
    if (!store->chats)
        store->chats = chat_tail_new();
}

int store_begin(Store *store, Failure *failure)
{
    int64_t version = 0;
    int r = db_begin(store->db, failure);

    if (r < 0 || !store->users)
        return r;
    r = db_data_version(store->db, &version, failure);
    if (r < 0) {
        db_rollback(store->db, failure);
        return r;
    }
    user_cache_check(store->users, version);
    store->version = version;
    return 0;
}

int64_t store_data_version(const Store *store)
{
    return store->version;
}

int store_commit(Store *store, Failure *failure)
{
    return db_commit(store->db, failure);
}

int store_rollback(Store *store, Failure *failure)
{
    return db_rollback(store->db, failure);
}

int store_savepoint(Store *store, Failure *failure)
{
    return db_savepoint(store->db, failure);
}

int store_release(Store *store, Failure *failure)
{
    return db_release(store->db, failure);
}

int store_rollback_to(Store *store, Failure *failure)
{
    return db_rollback_to(store->db, failure);
}

bool store_in_transaction(const Store *store)
{
    return db_in_transaction(store->db);
}

int64_t store_change_count(const Store *store)
{
    return db_change_count(store->db);
}

bool store_is_broken(const Store *store)
{
    return db_is_broken(store->db);
}

int store_tend(Store *store, Failure *failure)
{
    return db_tend(store->db, failure);
}

bool store_wants_tending(const Store *store)
{
    return db_wants_tending(store->db);
}

int store_tend_beside(Store *store, Failure *failure)
{
    return db_tend_beside(store->db, failure);
}

int64_t store_size_bytes(Store *store)
{
    return db_size_bytes(store->db);
}

int store_describe(Store *store, bool thorough, const char **ret_text, Failure *failure)
{
    return db_describe(store->db, thorough, ret_text, failure);
}
