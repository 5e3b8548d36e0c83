/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chat_join_store.h"

#include <string.h>

#include "base/text.h"
#include "base/words.h"

#include "db/db.h"
#include "store/chat_store.h"
#include "store/event_store.h"

int chat_later_join_insert(Store *store, int64_t tenant_id, const ChatJoin *join, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO chat_later_join (chat_number, event_number, tenant_id, task_id, "
                 "user_ids, bot_ids, joined_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, join->chat_number);
    query_bind_integer(query, 2, join->event_number);
    query_bind_integer(query, 3, tenant_id);
    query_bind_text(query, 4, join->task_id);
    query_bind_text(query, 5, join->user_ids);
    query_bind_text(query, 6, join->bot_ids);
    query_bind_integer(query, 7, join->joined_ms);
    return query_step(query, failure);
}

int chat_join_search(Store *store, int64_t tenant_id, int64_t chat_number,
                     const char *const *kunlun_ids, size_t count, bool *ret_is_inside,
                     const char *task_id, bool *ret_is_linked, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    memset(ret_is_inside, 0, count * sizeof(*ret_is_inside));
    *ret_is_linked = false;
    r = db_query(
        store->db,
        "SELECT task_id, user_ids FROM chat_join WHERE chat_number = $1 AND tenant_id = $2", &query,
        failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_integer(query, 2, tenant_id);
    while ((r = query_step(query, failure)) > 0) {
        const char *user_ids = query_text(query, 1);

        if (task_id && text_equal(query_text(query, 0), task_id))
            *ret_is_linked = true;
        for (size_t i = 0; i < count; i++)
            if (!ret_is_inside[i])
                ret_is_inside[i] = words_hold(user_ids, kunlun_ids[i]);
    }
    return r;
}

int chat_has_user(Store *store, int64_t tenant_id, int64_t chat_number, const char *kunlun_id,
                  Failure *failure)
{
    bool is_inside, is_linked;
    int r = chat_join_search(store, tenant_id, chat_number, &kunlun_id, 1, &is_inside, NULL,
                             &is_linked, failure);

    return r < 0 ? r : is_inside;
}

/* ---- who leaves ---- */

static bool is_one_of(const char *word, size_t size, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(ids[i]) == size && memcmp(ids[i], word, size) == 0)
            return true;
    return false;
}

/* The words with MEMBER_GONE in the place of each of the ids; how many others are left. */
static size_t strike_out(const char *words, const char *const *ids, size_t count, Arena *arena,
                         const char **ret_words, bool *is_changed)
{
    const char *word;
    size_t size, left = 0;
    Buffer kept;

    buffer_init(&kept, arena, strlen(words) + 1);
    while ((word = words_next(&words, &size))) {
        bool is_leaving = is_one_of(word, size, ids, count);
        const char *place = is_leaving ? MEMBER_GONE : arena_copy(arena, word, size);

        *is_changed = *is_changed || is_leaving;
        left += !text_equal(place, MEMBER_GONE);
        words_add(&kept, place);
    }
    *ret_words = kept.text;
    return left;
}

/* Those joins that hold one of the ids, as they will be; at most one for each, because nobody is in
 * a chat twice. One in which nobody is left has user_ids NULL. */
static int read_leavings(Store *store, int64_t tenant_id, int64_t chat_number,
                         const char *const *ids, size_t count, Arena *arena, ChatJoin *ret_joins,
                         size_t *ret_count, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    *ret_count = 0;
    r = db_query(store->db,
                 "SELECT event_number, task_id, user_ids, bot_ids, joined_ms FROM chat_join "
                 "WHERE chat_number = $1 AND tenant_id = $2 ORDER BY event_number",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_integer(query, 2, tenant_id);
    while (*ret_count < count && (r = query_step(query, failure)) > 0) {
        ChatJoin join = { .chat_number = chat_number,
                          .event_number = query_integer(query, 0),
                          .task_id = arena_text(arena, query_text(query, 1)),
                          .joined_ms = query_integer(query, 4) };
        bool is_changed = false;
        size_t left =
            strike_out(query_text(query, 2), ids, count, arena, &join.user_ids, &is_changed);

        left += strike_out(query_text(query, 3), ids, count, arena, &join.bot_ids, &is_changed);
        if (left == 0)
            join.user_ids = NULL;
        if (is_changed)
            ret_joins[(*ret_count)++] = join;
    }
    return r < 0 ? r : 0;
}

/* A join is in one of two places, so each of these is asked of both. */
static const char *const rewrite_sql[] = {
    "UPDATE chat SET first_user_ids = $4, first_bot_ids = $5 "
    "WHERE chat_number = $1 AND first_event = $2 AND tenant_id = $3",
    "UPDATE chat_later_join SET user_ids = $4, bot_ids = $5 "
    "WHERE chat_number = $1 AND event_number = $2 AND tenant_id = $3",
};

static const char *const end_sql[] = {
    "UPDATE chat SET first_event = 0, first_task_id = '', first_user_ids = '', first_bot_ids = '' "
    "WHERE chat_number = $1 AND first_event = $2 AND tenant_id = $3",
    "DELETE FROM chat_later_join "
    "WHERE chat_number = $1 AND event_number = $2 AND tenant_id = $3",
};

/* A statement about one join, of which $4 and what follows are still to be bound. */
static int query_join(Store *store, const char *sql, int64_t tenant_id, const ChatJoin *join,
                      Query **ret_query, Failure *failure)
{
    int r = db_query(store->db, sql, ret_query, failure);

    if (r < 0)
        return r;
    query_bind_integer(*ret_query, 1, join->chat_number);
    query_bind_integer(*ret_query, 2, join->event_number);
    query_bind_integer(*ret_query, 3, tenant_id);
    return 0;
}

static int rewrite_in(Store *store, const char *sql, int64_t tenant_id, const ChatJoin *join,
                      Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = query_join(store, sql, tenant_id, join, &query, failure);

    if (r < 0)
        return r;
    query_bind_text(query, 4, join->user_ids);
    query_bind_text(query, 5, join->bot_ids);
    return query_step(query, failure);
}

static int end_in(Store *store, const char *sql, int64_t tenant_id, const ChatJoin *join,
                  Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = query_join(store, sql, tenant_id, join, &query, failure);

    return r < 0 ? r : query_step(query, failure);
}

static int end_join(Store *store, int64_t tenant_id, const ChatJoin *join, Failure *failure)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < COUNT_OF(end_sql); i++)
        r = end_in(store, end_sql[i], tenant_id, join, failure);
    if (r >= 0)
        r = chat_event_insert(store, tenant_id, join->chat_number, join->event_number, failure);
    if (r < 0 || text_is_empty(join->task_id))
        return r;
    return task_chat_link(
        store, tenant_id,
        &(TaskLink){ join->chat_number, join->task_id, join->joined_ms, "", join->event_number },
        failure);
}

/* Somebody of it has left. */
static int change_join(Store *store, int64_t tenant_id, const ChatJoin *join, Failure *failure)
{
    int r = 0;

    if (!join->user_ids)
        return end_join(store, tenant_id, join, failure);
    for (size_t i = 0; r >= 0 && i < COUNT_OF(rewrite_sql); i++)
        r = rewrite_in(store, rewrite_sql[i], tenant_id, join, failure);
    return r;
}

int chat_join_leave(Store *store, int64_t tenant_id, int64_t chat_number, const char *const *ids,
                    size_t count, Arena *arena, Failure *failure)
{
    ChatJoin *joins = arena_array(arena, ChatJoin, count);
    size_t join_count = 0;
    int r;

    r = event_write_out(store, tenant_id, chat_number, failure);
    if (r >= 0)
        r = read_leavings(store, tenant_id, chat_number, ids, count, arena, joins, &join_count,
                          failure);
    for (size_t i = 0; r >= 0 && i < join_count; i++)
        r = change_join(store, tenant_id, &joins[i], failure);
    return r;
}

/* ---- lists ---- */

/* The users of one row that stand behind that place. */
static size_t take_members(Query *query, MemberPlace after, size_t room, Arena *arena,
                           Member *ret_members)
{
    MemberPlace place = { .event_number = query_integer(query, 0) };
    const char *words = query_text(query, 1), *word;
    size_t size, count = 0;

    for (; count < room && (word = words_next(&words, &size)); place.position++) {
        bool is_gone = size == sizeof(MEMBER_GONE) - 1 && memcmp(word, MEMBER_GONE, size) == 0;

        if (is_gone ||
            (place.event_number == after.event_number && place.position <= after.position))
            continue;
        ret_members[count++] = (Member){ arena_copy(arena, word, size), place };
    }
    return count;
}

int chat_join_list(Store *store, int64_t tenant_id, int64_t chat_number, MemberPlace after,
                   size_t limit, Arena *arena, Member **ret_members, size_t *ret_count,
                   Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    Member *members = arena_array(arena, Member, limit);
    size_t count = 0;
    int r;

    r = db_query(store->db,
                 "SELECT event_number, user_ids FROM chat_join "
                 "WHERE chat_number = $1 AND event_number >= $2 AND tenant_id = $3 "
                 "ORDER BY event_number",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_integer(query, 2, after.event_number);
    query_bind_integer(query, 3, tenant_id);
    while (count < limit && (r = query_step(query, failure)) > 0)
        count += take_members(query, after, limit - count, arena, members + count);
    if (r < 0)
        return r;
    *ret_members = members;
    *ret_count = count;
    return 0;
}

/* The + keeps SQLite from the index by task, which has the order, and from reading all of the
 * tenant's links. */
int chat_task_ids(Store *store, int64_t tenant_id, int64_t chat_number, size_t limit, Arena *arena,
                  const char ***ret_task_ids, size_t *ret_count, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    const char **task_ids = arena_array(arena, const char *, limit);
    size_t count = 0;
    int r;

    r = db_query(store->db,
                 "SELECT task_id FROM chat_join WHERE chat_number = $1 AND tenant_id = $2 "
                 "AND task_id <> '' UNION SELECT task_id FROM task_chat "
                 "WHERE chat_number = $1 AND +tenant_id = $2 ORDER BY task_id LIMIT $3",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_integer(query, 2, tenant_id);
    query_bind_integer(query, 3, (int64_t)limit);
    while (count < limit && (r = query_step(query, failure)) > 0)
        task_ids[count++] = arena_text(arena, query_text(query, 0));
    if (r < 0)
        return r;
    *ret_task_ids = task_ids;
    *ret_count = count;
    return 0;
}

int chat_join_task_events(Store *store, int64_t tenant_id, int64_t chat_number, const char *task_id,
                          size_t limit, int64_t *ret_numbers, size_t *ret_count, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    *ret_count = 0;
    r = db_query(store->db,
                 "SELECT event_number FROM chat_join WHERE chat_number = $1 AND task_id = $2 "
                 "AND tenant_id = $3 ORDER BY event_number DESC LIMIT $4",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_text(query, 2, task_id);
    query_bind_integer(query, 3, tenant_id);
    query_bind_integer(query, 4, (int64_t)limit);
    while (*ret_count < limit && (r = query_step(query, failure)) > 0)
        ret_numbers[(*ret_count)++] = query_integer(query, 0);
    return r < 0 ? r : 0;
}

/* The event's number is read for its order: without it SQLite would sort. */
int chat_join_users_at(Store *store, int64_t tenant_id, int64_t chat_number, int64_t event_number,
                       Arena *arena, const char **ret_user_ids, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    Buffer user_ids;
    int r;

    r = db_query(store->db,
                 "SELECT event_number, user_ids FROM chat_join WHERE chat_number = $1 "
                 "AND event_number <= $2 AND tenant_id = $3 ORDER BY event_number",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, chat_number);
    query_bind_integer(query, 2, event_number);
    query_bind_integer(query, 3, tenant_id);
    buffer_init(&user_ids, arena, 128);
    while ((r = query_step(query, failure)) > 0) {
        if (!text_is_empty(query_text(query, 1)))
            words_add(&user_ids, query_text(query, 1));
    }
    *ret_user_ids = user_ids.text;
    return r;
}
