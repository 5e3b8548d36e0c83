/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "check.h"
#include "fault/nth_call_server.h"
#include "server/private.h"

#define GROUP "/open-apis/apaas/v1/user_tasks/t1/chat_group"

TEST(it_lives_and_is_ready)
{
    NTH_CALL_SERVER(server);
    Reply reply = nth_call_ask_private(&server, "GET", "/livez");

    CHECK_INT(reply.status, 200);
    CHECK_TEXT(reply.body, "alive\n");
    reply = nth_call_ask_private(&server, "GET", "/readyz");
    CHECK_INT(reply.status, 200);
    CHECK_TEXT(reply.body, "ready\n");
}

TEST(there_is_nothing_else)
{
    NTH_CALL_SERVER(server);
    static const char *const targets[] = { "/", "/livez/x", "/open-apis/im/v1/messages",
                                           "/metricsx" };

    for (size_t i = 0; i < COUNT_OF(targets); i++)
        CHECK_INT(nth_call_ask_private(&server, "GET", targets[i]).status, 404);
    CHECK_INT(nth_call_ask_private(&server, "POST", "/readyz").status, 404);
    CHECK_INT(nth_call_ask(&server, "GET", "/metrics", NULL, NULL).status, 404);
    CHECK_INT(nth_call_ask(&server, "GET", "/readyz", NULL, NULL).status, 404);
}

TEST(what_was_asked_is_counted)
{
    NTH_CALL_SERVER(server);
    Reply reply;

    nth_call_ask(&server, "POST", GROUP, NULL, "{\"operator_user_id\":\"1\"}");
    nth_call_ask(&server, "POST", GROUP, NULL, "{}");
    nth_call_ask(&server, "GET", "/nothing", NULL, NULL);
    reply = nth_call_ask_private(&server, "GET", "/metrics");
    CHECK_INT(reply.status, 200);
    CHECK(strstr(reply.head, "Content-Type: text/plain; version=0.0.4"));
    CHECK(strstr(reply.body, "taskroom_requests_total{route=\"apaas.userTask.chatGroup\","
                             "status=\"200\",code=\"0\"} 1\n"));
    CHECK(strstr(reply.body, "taskroom_requests_total{route=\"apaas.userTask.chatGroup\","
                             "status=\"400\",code=\"2320001\"} 1\n"));
    CHECK(strstr(reply.body, "taskroom_requests_total{route=\"none\",status=\"404\",code=\"0\"} "
                             "1\n"));
    CHECK(strstr(reply.body, "taskroom_ready 1\n"));
}

/* A commit that finds no space: not ready, until a trial write goes through by itself. */
TEST(a_full_disk_is_told_and_forgotten)
{
    NTH_CALL_SERVER(server);
    Reply reply = { 0 };

    db_fault_arm(1, DB_FAULT_FROM_THEN_ON, E_FULL);
    CHECK_INT(nth_call_ask(&server, "POST", GROUP, NULL, "{\"operator_user_id\":\"1\"}").status,
              503);
    reply = nth_call_ask_private(&server, "GET", "/readyz");
    CHECK_INT(reply.status, 503);
    CHECK_TEXT(reply.body, "the disk takes no write\n");
    CHECK_INT(nth_call_ask_private(&server, "GET", "/livez").status, 200);
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    for (int i = 0; i < 600 && reply.status != 200; i++) {
        usleep(50 * 1000);
        reply = nth_call_ask_private(&server, "GET", "/readyz");
    }
    CHECK_INT(reply.status, 200);
    CHECK_INT(nth_call_ask(&server, "POST", GROUP, NULL, "{\"operator_user_id\":\"1\"}").status,
              200);
}

CHECK_MAIN
