/* SPDX-License-Identifier: Apache-2.0 */
#include "store/user_store.h"

#include "db/db.h"
#include "store/like.h"
#include "store/user_cache.h"

#define USER_COLUMNS                                                                      \
    "SELECT kunlun_id, open_id, union_id, user_id, name, en_name, email, mobile, status " \
    "FROM kunlun_user "

static int take_user(Query *query, Arena *arena, User *ret_user, Failure *failure)
{
    int r = query_step(query, failure);

    if (r <= 0)
        return r;
    *ret_user = (User){ .kunlun_id = arena_text(arena, query_text(query, 0)),
                        .open_id = arena_text(arena, query_text(query, 1)),
                        .union_id = arena_text(arena, query_text(query, 2)),
                        .user_id = arena_text(arena, query_text(query, 3)),
                        .name = arena_text(arena, query_text(query, 4)),
                        .en_name = arena_text(arena, query_text(query, 5)),
                        .email = arena_text(arena, query_text(query, 6)),
                        .mobile = arena_text(arena, query_text(query, 7)) };
    user_status_parse(query_text(query, 8), &ret_user->status);
    return 1;
}

int user_find(Store *store, int64_t tenant_id, const char *kunlun_id, Arena *arena, User *ret_user,
              Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    if (store->users && user_cache_find(store->users, tenant_id, kunlun_id, arena, ret_user))
        return 1;
    r = store_query_named(store, USER_COLUMNS "WHERE tenant_id = $1 AND kunlun_id = $2", tenant_id,
                          kunlun_id, &query, failure);
    if (r < 0)
        return r;
    r = take_user(query, arena, ret_user, failure);
    if (r > 0 && store->users)
        user_cache_put(store->users, tenant_id, ret_user);
    return r;
}

int user_find_by(Store *store, int64_t tenant_id, UserIdType type, const char *id, Arena *arena,
                 User *ret_user, Failure *failure)
{
    static const char *const sql[] = {
        [ID_OPEN] = USER_COLUMNS "WHERE tenant_id = $1 AND open_id = $2",
        [ID_UNION] = USER_COLUMNS "WHERE tenant_id = $1 AND union_id = $2",
        [ID_USER] = USER_COLUMNS "WHERE tenant_id = $1 AND user_id = $2",
    };
    _cleanup_(query_finishp) Query *query = NULL;
    int r = store_query_named(store, sql[type], tenant_id, id, &query, failure);

    if (r < 0)
        return r;
    return take_user(query, arena, ret_user, failure);
}

int user_find_contact(Store *store, int64_t tenant_id, ContactType type, const char *contact,
                      Arena *arena, User *ret_user, Failure *failure)
{
    static const char *const sql[] = {
        [CONTACT_EMAIL] = USER_COLUMNS "WHERE tenant_id = $1 AND email = $2 AND email <> '' "
                                       "ORDER BY status, kunlun_id LIMIT 1",
        [CONTACT_MOBILE] = USER_COLUMNS "WHERE tenant_id = $1 AND mobile = $2 AND mobile <> '' "
                                        "ORDER BY status, kunlun_id LIMIT 1",
    };
    _cleanup_(query_finishp) Query *query = NULL;
    int r = store_query_named(store, sql[type], tenant_id, contact, &query, failure);

    if (r < 0)
        return r;
    return take_user(query, arena, ret_user, failure);
}

int user_search(Store *store, int64_t tenant_id, const char *text, size_t limit, Arena *arena,
                User **ret_users, size_t *ret_count, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    User *users = arena_array(arena, User, limit);
    size_t count = 0;
    int r;

    r = store_query_named(store,
                          USER_COLUMNS
                          "WHERE tenant_id = $1 AND status = 'active' AND ($2 = '' OR name LIKE $2 "
                          "ESCAPE '\\' OR en_name LIKE $2 ESCAPE '\\') "
                          "ORDER BY kunlun_id LIMIT $3",
                          tenant_id, like_pattern(arena, text), &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 3, (int64_t)limit);
    while (count < limit && (r = take_user(query, arena, &users[count], failure)) > 0)
        count++;
    if (r < 0)
        return r;
    *ret_users = users;
    *ret_count = count;
    return 0;
}

int user_put(Store *store, int64_t tenant_id, const User *user, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    store->users = user_cache_free(store->users); /* it could not tell when this is undone */
    r = db_query(store->db,
                 "INSERT INTO kunlun_user (tenant_id, kunlun_id, open_id, union_id, user_id, name, "
                 "en_name, status, email, mobile) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
                 "ON CONFLICT (tenant_id, kunlun_id) DO UPDATE SET open_id = $3, union_id = $4, "
                 "user_id = $5, name = $6, en_name = $7, status = $8, email = $9, mobile = $10",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, user->kunlun_id);
    query_bind_text(query, 3, user->open_id);
    query_bind_text(query, 4, user->union_id);
    query_bind_text(query, 5, user->user_id);
    query_bind_text(query, 6, user->name);
    query_bind_text(query, 7, user->en_name);
    query_bind_text(query, 8, user_status_text(user->status));
    query_bind_text(query, 9, user->email ? user->email : "");
    query_bind_text(query, 10, user->mobile ? user->mobile : "");
    return query_step(query, failure);
}
