/* SPDX-License-Identifier: Apache-2.0 */

/* The writer's batches, seen from the socket: what one call does wrong is not the others' loss. */
#include <stdio.h>
#include <unistd.h>

#include "check.h"
#include "fault/nth_call_server.h"

#define GROUP "/open-apis/apaas/v1/user_tasks/t1/chat_group"

enum { CALLS = 5, CALLS_MOST = 2000, STEP = 5, GATHER_US = 20000 };

/* The first call is a batch of its own, which waits for the lock; meanwhile the others gather. */
static void ask_at_once(NthCallServer *server, int64_t n, DbFaultKind kind, Reply replies[CALLS])
{
    Fixture *house = &server->house;
    Arena *arena = house->kept.arena;
    const char *path = strchr(house->kept.url, ':') + 1;
    Store *lock = NULL;
    int fds[CALLS];

    if (store_open(arena_print(arena, "sqlite:%s", path), STORE_WRITER, &lock,
                   &house->kept.failure) < 0 ||
        store_begin(lock, &house->kept.failure) < 0)
        abort();
    for (int i = 0; i < CALLS; i++) {
        fds[i] = nth_call_send(
            server, "POST", GROUP, NULL,
            arena_print(arena, "{\"operator_user_id\":\"1\",\"chat_name\":\"name-%d\"}", i));
        usleep(GATHER_US);
    }
    db_fault_arm(n, kind, E_FAULT);
    store_rollback(lock, &house->kept.failure);
    for (int i = 0; i < CALLS; i++)
        replies[i] = nth_call_receive(server, fds[i]);
    store_close(lock);
}

/* Bit i: the ith call succeeded. -1: an answer and the rows don't say the same. */
static int what_succeeded(NthCallServer *server, const Reply replies[CALLS])
{
    Fixture *house = &server->house;
    const char *rows = fixture_rows(house);
    int succeeded = 0;

    for (int i = 0; i < CALLS; i++) {
        bool is_there = strstr(rows, arena_print(house->kept.arena, "|name-%d|1|", i));
        bool is_told = replies[i].status == 200 && replies[i].code == 0;

        if (is_there != is_told || (!is_told && replies[i].status != 500) || replies[i].code < 0) {
            printf("# name-%d is %s: %d %s\n", i, is_there ? "there" : "not there",
                   replies[i].status, replies[i].body ? replies[i].body : "");
            return -1;
        }
        succeeded |= is_told << i;
    }
    return succeeded;
}

static void clear_chats(NthCallServer *server)
{
    const Work *work = &server->house.work;

    store_begin(work->store, work->failure);
    fixture_run(work, "DELETE FROM chat", NULL, NULL);
    store_commit(work->store, work->failure);
}

TEST(one_call_that_fails_is_alone_with_it)
{
    NTH_CALL_SERVER(server);
    Arena *arena = server.house.kept.arena;
    int64_t n = 0;
    bool is_over = false;
    int alone = 0, succeeded;

    while (!is_over && n < CALLS_MOST) {
        Reply replies[CALLS];

        server.house.kept.arena = arena_new();
        n += STEP;
        ask_at_once(&server, n, DB_FAULT_ONCE, replies);
        is_over = !db_fault_fired();
        db_fault_arm(0, DB_FAULT_ONCE, 0);
        succeeded = what_succeeded(&server, replies);
        arena_free(server.house.kept.arena);
        server.house.kept.arena = arena;
        CHECK(succeeded >= 0);
        alone += __builtin_popcount((unsigned)succeeded) == CALLS - 1;
        if (is_over)
            CHECK_INT(succeeded, (1 << CALLS) - 1);
        clear_chats(&server);
    }
    CHECK(is_over);
    CHECK(alone > 10); /* most of a batch's calls are some request's own */
}

TEST(a_database_that_is_gone_takes_everything_and_gives_it_back)
{
    NTH_CALL_SERVER(server);
    Reply replies[CALLS];

    for (int64_t n = 1; n < 60; n += 7) {
        ask_at_once(&server, n, DB_FAULT_FROM_THEN_ON, replies);
        db_fault_arm(0, DB_FAULT_ONCE, 0);
        CHECK(what_succeeded(&server, replies) >= 0);
        /* what could not be rolled back then is now */
        CHECK_INT(nth_call_ask(&server, "POST", GROUP, NULL, "{\"operator_user_id\":\"1\"}").status,
                  200);
        clear_chats(&server);
        ask_at_once(&server, 0, DB_FAULT_ONCE, replies);
        CHECK_INT(what_succeeded(&server, replies), (1 << CALLS) - 1);
        clear_chats(&server);
    }
}

/* Reliability 3.4, A5 in small: the same key at once is one chat, and everybody is told of it. */
TEST(the_same_key_at_once_is_one_chat)
{
    NTH_CALL_SERVER(server);
    const char *before = fixture_rows(&server.house);
    int fds[16];
    Reply first = { 0 };

    for (int i = 0; i < 16; i++)
        fds[i] = nth_call_send(&server, "POST", GROUP, "Idempotency-Key: same\r\n",
                               "{\"operator_user_id\":\"1\"}");
    for (int i = 0; i < 16; i++) {
        Reply reply = nth_call_receive(&server, fds[i]);

        CHECK_INT(reply.status, 200);
        if (i == 0)
            first = reply;
        CHECK_TEXT(reply.body, first.body);
    }
    CHECK_TEXT(fixture_changes(&server.house, before),
               "chat +1 chat_join +1 event +2 idempotency +1");
}

/* The platform answers 232019 to who changes one chat's members at once; here they stand in a
 * queue (decision 22). Each connection adds one user and takes another out, some of them the same;
 * what is left is what the answers say. */
TEST(members_of_one_chat_come_and_go_at_once)
{
    enum { AT_ONCE = 32, USERS = 7 };
    NTH_CALL_SERVER(server);
    Arena *arena = server.house.kept.arena;
    const char *target, *members;
    Reply reply = nth_call_ask(&server, "POST", "/open-apis/im/v1/chats", NULL, "{}");
    int fds[AT_ONCE];

    CHECK_INT(reply.status, 200);
    target = arena_print(arena, "/open-apis/im/v1/chats/%s/members",
                         nth_call_member(&server, reply.body, "chat_id"));
    for (int round = 0; round < 4; round++) {
        bool is_leaving = round % 2 == 1;

        for (int i = 0; i < AT_ONCE; i++)
            fds[i] = nth_call_send(&server, is_leaving ? "DELETE" : "POST", target, NULL,
                                   arena_print(arena, "{\"id_list\":[\"ou_%d\"]}", i % USERS + 1));
        for (int i = 0, done = 0; i < AT_ONCE; i++) {
            reply = nth_call_receive(&server, fds[i]);
            /* 232027: another connection has taken the user out already */
            CHECK(reply.code == 0 || (is_leaving && reply.code == 232027));
            done += reply.code == 0;
            if (i == AT_ONCE - 1)
                CHECK_INT(done, is_leaving ? USERS : AT_ONCE);
        }
        members = nth_call_ask(&server, "GET", target, NULL, NULL).body;
        CHECK(strstr(members, is_leaving ? "\"member_total\":0" : "\"member_total\":7"));
    }
}

TEST(an_answer_is_seen_by_the_next_read)
{
    NTH_CALL_SERVER(server);

    for (int i = 0; i < 50; i++) {
        Reply reply = nth_call_ask(&server, "POST", GROUP, NULL, "{\"operator_user_id\":\"1\"}");
        const char *chat_id = nth_call_member(&server, reply.body, "chat_id");

        CHECK(chat_id);
        reply = nth_call_ask(
            &server, "GET",
            arena_print(server.house.kept.arena, "/open-apis/im/v1/chats/%s", chat_id), NULL, NULL);
        CHECK_INT(reply.status, 200);
        CHECK(strstr(reply.body, "\"user_count\":\"3\""));
    }
}

CHECK_MAIN
