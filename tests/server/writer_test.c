/* SPDX-License-Identifier: Apache-2.0 */

/* The writer, seen from the socket and from the database beside it: its numbers and its chores. */
#include <unistd.h>

#include "check.h"
#include "fault/nth_call_server.h"
#include "store/chat_index.h"
#include "store/event_store.h"
#include "store/joins.h"

#define GROUP "/open-apis/apaas/v1/user_tasks/t1/chat_group"

/* The number of a chat that is opened now. */
static int64_t number_now(NthCallServer *server)
{
    Reply reply = nth_call_ask(server, "POST", GROUP, NULL, "{\"operator_user_id\":\"1\"}");
    const char *chat_id = nth_call_member(server, reply.body, "chat_id");
    Id id = { -1, -1 };

    if (chat_id)
        id_parse(chat_id, CHAT_ID_PREFIX, &id);
    return id.number;
}

/* As if the clock had been years ahead until the server ended. */
TEST(a_number_never_comes_twice_although_the_clock_went_back)
{
    NTH_CALL_SERVER(server);
    const Work *work = &server.house.work;
    int64_t last = id_number_at(INT64_C(4000000000000)) | 0xffff, first, second;
    const Event event = { { last, 1 }, EVENT_BOT_ADDED, FIXTURE_APP, "1", 1, "{}", 1, "L" };

    CHECK(number_now(&server) < last);
    store_begin(work->store, work->failure);
    CHECK_INT(event_insert(work->store, work->tenant->tenant_id, &event, work->failure), 0);
    store_commit(work->store, work->failure);
    nth_call_server_restart(&server);
    first = number_now(&server);
    second = number_now(&server);
    CHECK_INT(first, last + 1);
    CHECK(second > first);
}

/* ---- the index of chats ---- */

enum { EACH = 4096, JOINS = 40, SEARCHED = 12, WAIT_MS = 10, WAITS_MOST = 3000 };

/* Whether the newest chat of a user is this one, by a reader as the server's are. */
static bool is_newest(NthCallServer *server, Store *reader, const char *kunlun_id, int64_t number)
{
    const Work *work = &server->house.work;
    const ChatIndexRange range = { 0, INT64_MAX, true, 1 };
    int64_t *numbers = NULL;
    size_t count = 0;

    joins_demand(store_begin(reader, work->failure), work->failure);
    joins_demand(chat_index_list(reader, work->tenant->tenant_id, CHAT_INDEX_USER, kunlun_id,
                                 &range, work->arena, &numbers, &count, work->failure),
                 work->failure);
    joins_demand(store_commit(reader, work->failure), work->failure);
    return count == 1 && numbers[0] == number;
}

/* A backlog, as another version of the program or a filler may leave it. */
static void add_backlog(NthCallServer *server)
{
    const Work *work = &server->house.work;
    const char *users = joins_ids(work->arena, 1, EACH);

    joins_demand(store_begin(work->store, work->failure), work->failure);
    for (int i = 1; i <= JOINS; i++)
        joins_add(work->store, work->tenant->tenant_id, i, i, "", users, "");
    joins_demand(store_commit(work->store, work->failure), work->failure);
}

static bool is_up_to_date(Store *store)
{
    return joins_ask(store, "SELECT count(*) FROM chat_index_run") == 3 &&
           joins_ask(store, "SELECT max(level) FROM chat_index_run") == 1 &&
           joins_ask(store, "SELECT count(*) FROM chat_index_block WHERE run_number NOT IN "
                            "(SELECT run_number FROM chat_index_run)") == 0;
}

/* Under writes the pieces ride with them; each chat is found as soon as it was answered. */
TEST(the_index_catches_up_under_writes)
{
    NTH_CALL_SERVER(server);
    Store *reader = NULL;
    int chats = 0;

    add_backlog(&server);
    nth_call_server_restart(&server);
    joins_demand(
        store_open(server.house.kept.url, STORE_READER, &reader, &server.house.kept.failure),
        &server.house.kept.failure);
    for (; chats < WAITS_MOST && !is_up_to_date(reader); chats++) {
        int64_t number = number_now(&server);

        usleep(WAIT_MS * 1000); /* the index is made by a thread that must have its turn */
        if (joins_ask(reader, "SELECT last_event FROM chat_index_progress") < JOINS - SEARCHED)
            continue; /* more waits than is searched */
        store_keep_chats(reader);
        CHECK(is_newest(&server, reader, "1", number));
        CHECK(is_newest(&server, reader, "4096", JOINS));
    }
    CHECK(is_up_to_date(reader));
    store_close(reader);
}

/* And where nobody writes it goes on by itself, to its end. */
TEST(the_index_catches_up_alone)
{
    NTH_CALL_SERVER(server);
    Store *store = server.house.work.store;
    int waits = 0;

    add_backlog(&server);
    nth_call_server_restart(&server);
    while (waits++ < WAITS_MOST && !is_up_to_date(store))
        usleep(WAIT_MS * 1000);
    CHECK(is_up_to_date(store));
    usleep(20 * WAIT_MS * 1000);
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    usleep(20 * WAIT_MS * 1000);
    CHECK_INT(db_fault_calls(), 0); /* it rests */
}

/* Readers follow the table of events by their numbers: what is committed later must come later. */
TEST(a_number_is_never_before_one_that_another_process_has_committed)
{
    NTH_CALL_SERVER(server);
    const Work *work = &server.house.work;
    int64_t last = id_number_at(INT64_C(4000000000000)) | 0xffff;
    const Event event = { { last, 1 }, EVENT_BOT_ADDED, FIXTURE_APP, "1", 1, "{}", 1, "L" };

    CHECK(number_now(&server) < last);
    store_begin(work->store, work->failure);
    CHECK_INT(event_insert(work->store, work->tenant->tenant_id, &event, work->failure), 0);
    store_commit(work->store, work->failure);
    CHECK_INT(number_now(&server), last + 1);
}

CHECK_MAIN
