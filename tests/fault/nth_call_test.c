/* SPDX-License-Identifier: Apache-2.0 */

/* The whole server while the nth call of its database fails, for n = 1, 2, 3 … until none does:
 * every answer is the platform's error and has changed nothing, or is right and whole; and the next
 * request succeeds. */
#include "check.h"
#include "fault/nth_call_server.h"

enum { CALLS_MOST = 400 };

#define GROUP "/open-apis/apaas/v1/user_tasks/t1/chat_group"

typedef struct Request {
    const char *method;
    const char *target;
    const char *body;
    const char *changes; /* what a success changes, as temp_store_changes() tells it */
    const char *says;    /* a piece of a success' body */
    int64_t code;        /* of a failure */
    bool is_keyed;
} Request;

static Reply ask(NthCallServer *server, const Request *request, const char *key)
{
    const char *line =
        key ? arena_print(server->house.kept.arena, "Idempotency-Key: %s\r\n", key) : NULL;

    return nth_call_ask(server, request->method, request->target, line, request->body);
}

static const char *complain(NthCallServer *server, const char *what, const Reply *reply)
{
    return arena_print(server->house.kept.arena, "%s: %d %s", what, reply->status,
                       reply->body ? reply->body : "(no answer)");
}

/* How often a header stands in an answer. */
static int count_headers(const Reply *reply, const char *name)
{
    int count = 0;

    for (const char *at = reply->head; (at = strstr(at, name)); at++)
        count += at[strlen(name)] == ':';
    return count;
}

/* NULL, or what is wrong with an answer and what it left behind. */
static const char *judge(NthCallServer *server, const Request *request, const Reply *reply,
                         const char *changes)
{
    bool is_good = reply->status == 200;
    int64_t late = reply->status == 503 ? 2200 : request->code;

    if (reply->code < 0 || !reply->has_log_id || count_headers(reply, "Content-Type") != 1)
        return complain(server, "not well formed", reply);
    if (is_good && (reply->code != 0 || !strstr(reply->body, request->says)))
        return complain(server, "not the right success", reply);
    if (!is_good && reply->status != 500 && reply->status != 503)
        return complain(server, "another status", reply);
    if (!is_good && reply->code != late)
        return complain(server, "another code", reply);
    if (reply->status == 503 && count_headers(reply, "Retry-After") != 1)
        return complain(server, "when to try again is not told", reply);
    if (!is_good && (strstr(reply->body, "fault") || strstr(reply->body, "SQL")))
        return complain(server, "something of the inside is told", reply);
    if (strcmp(changes, is_good ? request->changes : "") != 0)
        return complain(server, changes, reply);
    return NULL;
}

/* Under the same key: what had failed is done now, and what was done is told again. */
static const char *repeat(NthCallServer *server, const Request *request, const char *key,
                          const Reply *first)
{
    const char *before = fixture_rows(&server->house), *wrong;
    Request again = *request;
    Reply second, third;

    if (first->status == 200)
        again.changes = "";
    second = ask(server, request, key);
    wrong = judge(server, &again, &second, fixture_changes(&server->house, before));
    if (wrong || second.status != 200)
        return wrong ? wrong : complain(server, "the next request fails", &second);
    if (!key)
        return NULL;
    third = ask(server, request, key);
    if (strcmp(third.body, second.body) != 0 || !strstr(third.head, "Idempotency-Replayed: true") ||
        (first->status == 200 && strcmp(first->body, second.body) != 0))
        return complain(server, "not the same answer again", &third);
    return NULL;
}

static const char *fail_nth_call(NthCallServer *server, const Request *request, int64_t n,
                                 DbFaultKind kind, int code, bool *ret_is_over)
{
    Fixture *house = &server->house;
    const char *before = fixture_rows(house), *wrong, *key = NULL;
    Reply reply;

    if (request->is_keyed)
        key = arena_print(house->kept.arena, "key-%d-%d-%lld", (int)kind, code, (long long)n);
    db_fault_arm(n, kind, code);
    reply = ask(server, request, key);
    *ret_is_over = !db_fault_fired();
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    wrong = judge(server, request, &reply, fixture_changes(house, before));
    if (!wrong && *ret_is_over && reply.status != 200)
        wrong = complain(server, "it fails by itself", &reply);
    if (!wrong && key)
        wrong = repeat(server, request, key, &reply);
    if (!wrong && !key) {
        before = fixture_rows(house);
        reply = ask(server, request, NULL);
        wrong = judge(server, request, &reply, fixture_changes(house, before));
        if (!wrong && reply.status != 200)
            wrong = complain(server, "the next request fails", &reply);
    }
    return wrong;
}

/* What a run leaves in the arena and in the database would be too much after many. */
static Arena *borrow_arena(NthCallServer *server)
{
    Arena *arena = server->house.kept.arena;

    server->house.kept.arena = arena_new();
    return arena;
}

static void clear_chats(NthCallServer *server)
{
    const Work *work = &server->house.work;

    store_begin(work->store, work->failure);
    fixture_run(work, "DELETE FROM chat", NULL, NULL);
    fixture_run(work, "DELETE FROM chat_later_join", NULL, NULL);
    fixture_run(work, "DELETE FROM task_chat", NULL, NULL);
    fixture_run(work, "DELETE FROM message", NULL, NULL);
    fixture_run(work, "DELETE FROM later_event", NULL, NULL);
    fixture_run(work, "DELETE FROM idempotency", NULL, NULL);
    store_commit(work->store, work->failure);
}

static void give_back_arena(NthCallServer *server, Arena *arena)
{
    arena_free(server->house.kept.arena);
    server->house.kept.arena = arena;
}

static const char *fail_each_call(NthCallServer *server, const Request *request, DbFaultKind kind,
                                  int code)
{
    const char *wrong = NULL;
    bool is_over = false;
    int64_t n = 0;

    while (!wrong && !is_over && n < CALLS_MOST) {
        Arena *arena = borrow_arena(server);

        wrong = arena_text(arena, fail_nth_call(server, request, ++n, kind, code, &is_over));
        give_back_arena(server, arena);
        if (*request->changes)
            clear_chats(server);
    }
    if (!wrong && !is_over)
        wrong = "it never ends";
    return wrong ? arena_print(server->house.kept.arena, "call %lld: %s", (long long)n, wrong)
                 : NULL;
}

#define CHECK_EACH_CALL(server, request)                                                         \
    do {                                                                                         \
        CHECK_TEXT(fail_each_call(server, request, DB_FAULT_ONCE, E_FAULT), NULL);               \
        CHECK_TEXT(fail_each_call(server, request, DB_FAULT_FROM_THEN_ON, E_FAULT), NULL);       \
        CHECK_TEXT(fail_each_call(server, request, DB_FAULT_ONCE, E_FULL), NULL);                \
        CHECK_TEXT(fail_each_call(server, request, DB_FAULT_FROM_THEN_ON, E_UNAVAILABLE), NULL); \
    } while (0)

TEST(a_token)
{
    NTH_CALL_SERVER(server);
    const Request request = {
        .method = "POST",
        .target = "/open-apis/auth/v3/tenant_access_token/internal",
        .body = "{\"app_id\":\"" FIXTURE_APP "\",\"app_secret\":\"" FIXTURE_SECRET "\"}",
        .changes = "",
        .says = "\"tenant_access_token\":\"t-",
        .code = 2200,
    };

    CHECK_EACH_CALL(&server, &request);
}

TEST(a_query)
{
    NTH_CALL_SERVER(server);
    const Request request = { .method = "POST",
                              .target = "/open-apis/apaas/v1/user_task/query",
                              .body = "{\"kunlun_user_id\":\"1\"}",
                              .changes = "",
                              .says = "\"count\":\"2\",\"tasks\":[{\"task_id\":\"t2\"",
                              .code = 2320002 };

    CHECK_EACH_CALL(&server, &request);
}

TEST(a_new_chat)
{
    NTH_CALL_SERVER(server);
    const Request request = { .method = "POST",
                              .target = GROUP,
                              .body = "{\"operator_user_id\":\"1\",\"invite_user_ids\":[\"4\"]}",
                              .changes = "chat +1 chat_join +1 event +2",
                              .says = "\"data\":{\"chat_id\":\"oc_",
                              .code = 2320002 };

    CHECK_EACH_CALL(&server, &request);
}

TEST(a_new_chat_under_a_key)
{
    NTH_CALL_SERVER(server);
    const Request request = { .method = "POST",
                              .target = GROUP,
                              .body = "{\"operator_user_id\":\"1\",\"invite_user_ids\":[\"4\"]}",
                              .changes = "chat +1 chat_join +1 event +2 idempotency +1",
                              .says = "\"data\":{\"chat_id\":\"oc_",
                              .code = 2320002,
                              .is_keyed = true };

    CHECK_EACH_CALL(&server, &request);
}

/* The same for what is more than one request: n = 1, 2, 3 … until no call fails any more. */
static const char *until_over(NthCallServer *server,
                              const char *(*fail_nth)(NthCallServer *server, int64_t n,
                                                      bool *ret_is_over))
{
    const char *wrong = NULL;
    bool is_over = false;
    int64_t n = 0;

    while (!wrong && !is_over && n < CALLS_MOST) {
        Arena *arena = borrow_arena(server);

        wrong = arena_text(arena, fail_nth(server, ++n, &is_over));
        give_back_arena(server, arena);
        clear_chats(server);
    }
    return wrong || (is_over && n > 10) ? wrong : "it never ends, or at once";
}

/* A refusal is kept too, and is as whole as a success. */
static const char *fail_nth_call_of_refusal(NthCallServer *server, int64_t n, bool *ret_is_over)
{
    static const char body[] = "{\"operator_user_id\":\"99\"}";
    Fixture *house = &server->house;
    const char *before = fixture_rows(house), *changes;
    const char *line = arena_print(house->kept.arena, "Idempotency-Key: r-%lld\r\n", (long long)n);
    Reply first, second;
    bool is_refused, is_kept;

    db_fault_arm(n, DB_FAULT_ONCE, E_FAULT);
    first = nth_call_ask(server, "POST", GROUP, line, body);
    *ret_is_over = !db_fault_fired();
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    changes = fixture_changes(house, before);
    is_refused = first.status == 400;
    if (!first.has_log_id || first.code != (is_refused ? 2320001 : 2320002))
        return complain(server, "another answer", &first);
    is_kept = strcmp(changes, "idempotency +1") == 0;
    if (!is_kept && strcmp(changes, "") != 0)
        return complain(server, changes, &first);
    if (is_kept && !is_refused)
        return complain(server, "it is kept and not told", &first);
    second = nth_call_ask(server, "POST", GROUP, line, body);
    if (second.status != 400 || (is_kept && strcmp(first.body, second.body) != 0))
        return complain(server, "another answer under the same key", &second);
    if (strcmp(fixture_changes(house, before), "idempotency +1") != 0)
        return "not kept once";
    return NULL;
}

TEST(a_refusal_under_a_key)
{
    NTH_CALL_SERVER(server);

    CHECK_TEXT(until_over(&server, fail_nth_call_of_refusal), NULL);
}

/* A chat of users 1 and 2 that is committed. */
static const char *committed_chat(NthCallServer *server)
{
    Fixture *house = &server->house;
    const char *chat_id;

    store_begin(house->kept.store, &house->kept.failure);
    chat_id = fixture_chat(&house->work, "1", "2");
    store_commit(house->kept.store, &house->kept.failure);
    return chat_id;
}

static const char *fail_nth_call_of_joining(NthCallServer *server, int64_t n, bool *ret_is_over)
{
    Fixture *house = &server->house;
    const char *chat_id = committed_chat(server), *before = fixture_rows(house), *wrong;
    const Request request = {
        .method = "POST",
        .target = GROUP,
        .body = arena_print(house->kept.arena,
                            "{\"operator_user_id\":\"5\",\"invite_user_ids\":[\"4\",\"2\"],"
                            "\"chat_id\":\"%s\"}",
                            chat_id),
        .changes = "chat +1 -1 chat_join +1 event +1",
        .says = chat_id,
        .code = 2320002,
    };
    Reply reply;

    db_fault_arm(n, n % 2 ? DB_FAULT_ONCE : DB_FAULT_FROM_THEN_ON, E_FAULT);
    reply = ask(server, &request, NULL);
    *ret_is_over = !db_fault_fired();
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    wrong = judge(server, &request, &reply, fixture_changes(house, before));
    if (wrong)
        return wrong;
    reply = ask(server, &request, NULL);
    if (reply.status != 200)
        return complain(server, "the next request fails", &reply);
    return judge(server, &request, &reply, fixture_changes(house, before));
}

TEST(a_chat_that_somebody_joins)
{
    NTH_CALL_SERVER(server);

    CHECK_TEXT(until_over(&server, fail_nth_call_of_joining), NULL);
}

TEST(a_chat_its_members_and_its_messages)
{
    NTH_CALL_SERVER(server);
    Arena *arena = server.house.kept.arena;
    const char *chat_id = committed_chat(&server);
    const Request requests[] = {
        { "GET", arena_print(arena, "/open-apis/im/v1/chats/%s", chat_id), NULL, "",
          "\"user_count\":\"2\"", 2200, false },
        { "GET", arena_print(arena, "/open-apis/im/v1/chats/%s/members", chat_id), NULL, "",
          "\"member_total\":2", 2200, false },
        { "GET",
          arena_print(arena, "/open-apis/im/v1/messages?container_id_type=chat&container_id=%s",
                      chat_id),
          NULL, "", "\"msg_type\":\"system\"", 2200, false },
    };

    for (size_t i = 0; i < COUNT_OF(requests); i++)
        CHECK_EACH_CALL(&server, &requests[i]);
}

#define MESSAGES "/open-apis/im/v1/messages"

/* Into a new chat; or, is_recalled, taken back out of it. */
static Request message_request(NthCallServer *server, bool is_recalled)
{
    Arena *arena = server->house.kept.arena;
    Request said = {
        .method = "POST",
        .target = MESSAGES "?receive_id_type=chat_id",
        .body = arena_print(arena,
                            "{\"receive_id\":\"%s\",\"msg_type\":\"text\","
                            "\"content\":\"{\\\"text\\\":\\\"x\\\"}\"}",
                            committed_chat(server)),
        .changes = "message +1 event +1",
        .says = "\"data\":{\"message_id\":\"om_",
        .code = 2200,
    };
    Request recalled = {
        "DELETE", NULL, NULL, "message +1 -1 event +1", "\"data\":{}", 2200, false
    };
    const char *id;

    if (!is_recalled)
        return said;
    id = strstr(ask(server, &said, NULL).body, "om_");
    recalled.target = arena_print(arena, MESSAGES "/%.35s", id);
    return recalled;
}

static const char *fail_nth_call_of_message(NthCallServer *server, bool is_recalled, int64_t n,
                                            bool *ret_is_over)
{
    Fixture *house = &server->house;
    const Request request = message_request(server, is_recalled);
    const char *before = fixture_rows(house), *wrong;
    Reply reply;

    db_fault_arm(n, n % 2 ? DB_FAULT_ONCE : DB_FAULT_FROM_THEN_ON, E_FAULT);
    reply = ask(server, &request, NULL);
    *ret_is_over = !db_fault_fired();
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    wrong = judge(server, &request, &reply, fixture_changes(house, before));
    if (wrong || reply.status == 200)
        return wrong;
    reply = ask(server, &request, NULL);
    if (reply.status != 200)
        return complain(server, "the next request fails", &reply);
    return judge(server, &request, &reply, fixture_changes(house, before));
}

static const char *fail_nth_call_of_saying(NthCallServer *server, int64_t n, bool *ret_is_over)
{
    return fail_nth_call_of_message(server, false, n, ret_is_over);
}

static const char *fail_nth_call_of_recalling(NthCallServer *server, int64_t n, bool *ret_is_over)
{
    return fail_nth_call_of_message(server, true, n, ret_is_over);
}

TEST(a_message_that_is_said_and_recalled)
{
    NTH_CALL_SERVER(server);

    CHECK_TEXT(until_over(&server, fail_nth_call_of_saying), NULL);
    CHECK_TEXT(until_over(&server, fail_nth_call_of_recalling), NULL);
}

TEST(it_ends_well)
{
    NthCallServer server = { 0 };

    nth_call_server_start(&server, "fault");
    db_fault_arm(1, DB_FAULT_FROM_THEN_ON, E_FAULT);
    CHECK_INT(nth_call_ask(&server, "POST", GROUP, NULL, "{\"operator_user_id\":\"1\"}").status,
              500);
    nth_call_server_stop(&server);
    CHECK_INT(server.exit_code, EXIT_GOOD);
}

CHECK_MAIN
