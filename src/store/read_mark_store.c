/* SPDX-License-Identifier: Apache-2.0 */
#include "store/read_mark_store.h"

#include "db/db.h"
#include "model/limits.h"

int read_mark_find(Store *store, int64_t tenant_id, const char *kunlun_id, int64_t chat_number,
                   Id *ret_message_id, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = store_query_named(store,
                          "SELECT message_number, tail FROM read_mark "
                          "WHERE tenant_id = $1 AND kunlun_id = $2 AND chat_number = $3",
                          tenant_id, kunlun_id, &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 3, chat_number);
    r = query_step(query, failure);
    *ret_message_id = (Id){ 0, 0 };
    if (r > 0)
        *ret_message_id = (Id){ query_integer(query, 0), query_integer(query, 1) };
    return r < 0 ? r : 0;
}

int read_mark_put(Store *store, int64_t tenant_id, const char *kunlun_id, int64_t chat_number,
                  Id message_id, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO read_mark (tenant_id, kunlun_id, chat_number, message_number, tail) "
                 "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, kunlun_id, chat_number) "
                 "DO UPDATE SET message_number = $4, tail = $5 WHERE read_mark.message_number < $4",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, tenant_id);
    query_bind_text(query, 2, kunlun_id);
    query_bind_integer(query, 3, chat_number);
    query_bind_integer(query, 4, message_id.number);
    query_bind_integer(query, 5, message_id.tail);
    return query_step(query, failure);
}

int unread_count(Store *store, int64_t tenant_id, const char *kunlun_id, int64_t chat_number,
                 int64_t after, int64_t *ret_count, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "SELECT count(*) FROM (SELECT 1 FROM chat WHERE chat_number = $1 "
                 "AND opening_number > $2 AND opening_number <> 0 AND tenant_id = $3 "
                 "UNION ALL SELECT 1 FROM message WHERE chat_number = $1 "
                 "AND message_number > $2 AND tenant_id = $3 AND sender_id <> $4 LIMIT $5) AS some",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_integer(query, 2, after);
    query_bind_integer(query, 3, tenant_id);
    query_bind_text(query, 4, kunlun_id);
    query_bind_integer(query, 5, UNREAD_MOST);
    r = query_step(query, failure);
    if (r > 0)
        *ret_count = query_integer(query, 0);
    return r < 0 ? r : 0;
}
