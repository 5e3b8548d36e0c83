/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of events, from the rows to what their clients read: with a sink in place of sockets, and
 * at the end with a whole server. */
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#include "check.h"
#include "domain/page_session.h"
#include "fault/nth_call_server.h"
#include "model/limits.h"
#include "server/live_world.h"
#include "store/page_session_store.h"

/* ---- greetings ---- */

TEST(a_stream_begins_where_the_table_ends)
{
    WORLD(world);
    int64_t chat, number;
    HttpStream stream;

    begin(&world);
    chat = open_chat(&world, &world.house.work);
    number = join(&world, &world.house.work, chat, "1");
    commit(&world);
    world_start(&world);
    stream = follow(&world, "1");
    CHECK_TEXT(told(&world.house, stream),
               arena_print(world.house.kept.arena,
                           "retry: 1000\nid: %s\nevent: ready\ndata: {}\n\n",
                           id_of(&world, number)));
    begin(&world);
    number = rename_chat(&world, &world.house.work, chat, "new");
    commit(&world);
    CHECK(wait_for(stream, id_line(&world, number)));
    CHECK(
        strstr(told(&world.house, stream), "event: im.chat.updated_v1\ndata: {\"chat_id\":\"oc_"));
    CHECK(strstr(told(&world.house, stream), "\"name\":\"new\"}\n\n"));
}

TEST(an_empty_table_is_followed_too)
{
    WORLD(world);
    HttpStream stream;

    world_start(&world);
    stream = follow(&world, "1");
    CHECK(strstr(told(&world.house, stream), "id: 0000000000000000\nevent: ready\n"));
}

TEST(a_place_that_is_none_begins_at_the_end_and_says_so)
{
    static const char *const places[] = { "",
                                          "x",
                                          "7fffffffffffffff",
                                          "ffffffffffffffff",
                                          "00000000000000000",
                                          "000000000000000",
                                          "0000000000000001", /* too old */
                                          "000000000000000g",
                                          "om_0123456789abcdef0123456789abcdef" };
    WORLD(world);
    int64_t number;

    begin(&world);
    number = join(&world, &world.house.work, open_chat(&world, &world.house.work), "1");
    commit(&world);
    world_start(&world);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        HttpStream stream = follow_from(&world, &world.house.work, "1", places[i]);

        CHECK(wait_for(stream, "event: reset\ndata: {}\n\n"));
        CHECK(strstr(told(&world.house, stream), id_line(&world, number)));
        CHECK_INT(count_of(told(&world.house, stream), "event: im."), 0);
    }
    CHECK(!has_told(follow_from(&world, &world.house.work, "1", id_of(&world, number)), "reset"));
}

/* ---- who sees what ---- */

TEST(only_who_is_in_a_chat_sees_it)
{
    WORLD(world);
    const Work *ours = &world.house.work, *theirs = &world.house.stranger;
    HttpStream one, two, five, foreign;
    int64_t chat, other, number, early, late;

    world_start(&world);
    one = follow(&world, "1");
    two = follow(&world, "2");
    five = follow(&world, "5");
    foreign = follow_from(&world, theirs, "1", NULL);
    begin(&world);
    chat = open_chat(&world, ours);
    join(&world, ours, chat, "1");
    join(&world, ours, chat, "2");
    early = say(&world, ours, chat, "early");
    other = open_chat(&world, theirs);
    join(&world, theirs, other, "1");
    number = say(&world, theirs, other, "foreign");
    commit(&world);
    CHECK(wait_for(foreign, id_line(&world, number)));
    CHECK(wait_for(two, id_line(&world, early)));
    CHECK(wait_for(one, "\"content\":\"{\\\"text\\\":\\\"early\\\"}\""));
    CHECK(!has_told(one, "foreign"));
    CHECK(!has_told(foreign, "early"));
    CHECK_INT(count_of(told(&world.house, foreign), "event: im."), 2);

    begin(&world);
    number = leave(&world, ours, chat, "2");
    join(&world, ours, chat, "5");
    late = say(&world, ours, chat, "late");
    commit(&world);
    CHECK(wait_for(one, id_line(&world, late)));
    CHECK(wait_for(five, id_line(&world, late)));
    CHECK(has_told(two, id_line(&world, number))); /* being taken out */
    CHECK(!has_told(two, "late"));
    CHECK(!has_told(five, "early"));
    CHECK_INT(count_of(told(&world.house, five), "event: im."), 2);
}

TEST(a_person_is_told_on_each_stream)
{
    WORLD(world);
    HttpStream streams[5];
    int64_t number;

    world_start(&world);
    for (size_t i = 0; i < COUNT_OF(streams); i++)
        streams[i] = follow(&world, "1");
    begin(&world);
    number = join(&world, &world.house.work, open_chat(&world, &world.house.work), "1");
    commit(&world);
    for (size_t i = 0; i < COUNT_OF(streams); i++) {
        CHECK(wait_for(streams[i], id_line(&world, number)));
        CHECK_INT(count_of(told(&world.house, streams[i]), "event: im."), 1);
    }
}

/* By its uuid the sender's page knows the message again that it has just sent. */
TEST(only_the_sender_learns_the_uuid)
{
    WORLD(world);
    const Work *work = &world.house.work;
    HttpStream streams[6];
    int64_t chat, number;

    world_start(&world);
    for (size_t i = 0; i < COUNT_OF(streams); i++)
        streams[i] = follow(&world, i % 2 ? "1" : "2");
    begin(&world);
    chat = open_chat(&world, work);
    join(&world, work, chat, "2");
    join(&world, work, chat, "1");
    number = put_event(&world, work, chat, EVENT_MESSAGE_RECEIVED,
                       "{\"message_id\":\"om_1\",\"uuid\":\"mine\"}");
    commit(&world);
    CHECK(wait_for(streams[0], id_line(&world, number)));
    CHECK(!has_told(streams[1], "mine")); /* of one that is gone there is none to know again */
    begin(&world);
    say(&world, work, chat, "hi");
    fixture_run(work,
                "UPDATE later_event SET body = replace(body, '}', ',\"uuid\":\"mine\"}') "
                "WHERE body LIKE '%om_0%'",
                NULL, NULL);
    number = rename_chat(&world, work, chat, "end");
    commit(&world);
    for (size_t i = 0; i < COUNT_OF(streams); i++) {
        CHECK(wait_for(streams[i], id_line(&world, number)));
        CHECK_INT(count_of(told(&world.house, streams[i]), "\"uuid\":\"mine\""), i % 2);
        CHECK_INT(count_of(told(&world.house, streams[i]), "receive_v1"), 2);
    }
}

TEST(many_are_told_of_one_event_at_once)
{
    WORLD(world);
    HttpStream last = 0;
    int64_t number;

    world_start(&world);
    for (int i = 0; i < STREAMS - 1; i++)
        last = follow(&world, i % 2 ? "1" : "2");
    begin(&world);
    number = leave(&world, &world.house.work, open_chat(&world, &world.house.work), "1");
    commit(&world);
    for (HttpStream stream = 2; stream <= last; stream += 2)
        CHECK(wait_for(stream, id_line(&world, number)));
    CHECK_INT(push_count(), STREAMS); /* a greeting each, and one for all */
}

/* An event that is larger than a stream may hold is read by the page itself. */
TEST(a_huge_event_is_a_reset)
{
    WORLD(world);
    const Work *work = &world.house.work;
    char *name = arena_alloc(work->arena, 200 * 1024 + 1);
    HttpStream stream;
    int64_t chat, number;

    memset(name, 'x', 200 * 1024);
    world_start(&world);
    stream = follow(&world, "1");
    begin(&world);
    chat = open_chat(&world, work);
    join(&world, work, chat, "1");
    number = rename_chat(&world, work, chat, name);
    commit(&world);
    CHECK(wait_for(stream, arena_print(work->arena, "%sevent: reset\n", id_line(&world, number))));
    CHECK(!has_told(stream, "updated"));
}

/* What nobody can read does not keep what is behind it. */
TEST(a_broken_row_is_passed_over)
{
    WORLD(world);
    const Work *work = &world.house.work;
    HttpStream stream;
    int64_t chat, number;

    world_start(&world);
    stream = follow(&world, "1");
    begin(&world);
    chat = open_chat(&world, work);
    join(&world, work, chat, "1");
    put_event(&world, work, chat, EVENT_CHAT_UPDATED, "{");
    put_event(&world, work, chat, "unheard.of", "{}");
    put_event(&world, work, chat + 1, EVENT_CHAT_UPDATED, "{\"users\":[\"1\"]}");
    put_event(&world, work, chat + 1, EVENT_USER_DELETED, "{\"users\":[\"1\"]}");
    number = rename_chat(&world, work, chat, "m");
    commit(&world);
    CHECK(wait_for(stream, id_line(&world, number)));
    CHECK_INT(count_of(told(&world.house, stream), "event: im."), 2);
}

/* ---- time ---- */

TEST(who_is_told_nothing_hears_something_and_learns_where_it_is)
{
    WORLD(world);
    const Work *work = &world.house.work;
    HttpStream stream;
    int64_t number;

    world.limits.comment_ms = 30;
    world_start(&world);
    stream = follow(&world, "1");
    CHECK(wait_for(stream, "\n\n: \n\n: \n\n"));
    CHECK(!has_told(stream, "event: position"));
    begin(&world);
    number = join(&world, work, open_chat(&world, work), "2"); /* another's */
    commit(&world);
    CHECK(wait_for(stream, arena_print(work->arena, ": \n%sevent: position\ndata: {}\n\n: \n\n",
                                       id_line(&world, number))));
    CHECK_INT(count_of(told(&world.house, stream), "event: position"), 1);
    CHECK_INT(count_of(told(&world.house, stream), "event: im."), 0);
}

TEST(a_stream_lives_only_so_long)
{
    WORLD(world);
    HttpStream stream;

    world.limits.comment_ms = 20;
    world.limits.life_ms = 100;
    world_start(&world);
    stream = follow(&world, "1");
    CHECK(wait_for_end(stream));
    live_close(world.live, stream);
    live_close(world.live, stream);
}

/* ---- who is signed in no longer ---- */

enum { NEVER_MS = 1000 * 1000 };

/* In a transaction. Nobody is told. */
static void end_session(const Work *work, const PageSession *session)
{
    must(page_session_delete(work->store, session->tenant_id, session->kunlun_id,
                             session->session_id, work->failure),
         work->failure);
}

TEST(who_signs_out_is_told_nothing_more_on_any_stream_of_that_session)
{
    WORLD(world);
    const Work *work = &world.house.work;
    PageSession session = session_of(work, "1"), other = session;
    HttpStream streams[2], others, twos, foreign;
    int64_t chat, number;

    world.limits.comment_ms = NEVER_MS;
    world_start(&world);
    begin(&world);
    other.session_id = "another";
    must(page_session_insert(work->store, &other, "another", work->failure), work->failure);
    chat = open_chat(&world, work);
    join(&world, work, chat, "1");
    join(&world, work, chat, "2");
    commit(&world);
    streams[0] = follow(&world, "1");
    streams[1] = follow(&world, "1");
    others = ++world.next_stream;
    live_open(world.live, others, &other, NULL);
    twos = follow(&world, "2");
    foreign = follow_from(&world, &world.house.stranger, "1", NULL);
    CHECK(wait_for(others, "event: ready\n"));

    live_sign_out(world.live, &session); /* of another session: nothing has become of these */
    CHECK(has_told(follow(&world, "3"), "ready"));
    CHECK(!has_ended(streams[0]));
    begin(&world);
    end_session(work, &session);
    must(store_commit(work->store, work->failure), work->failure);
    live_sign_out(world.live, &session);
    for (size_t i = 0; i < COUNT_OF(streams); i++)
        CHECK(wait_for_end(streams[i]));
    begin(&world);
    number = rename_chat(&world, work, chat, "afterwards");
    commit(&world);
    CHECK(wait_for(twos, id_line(&world, number)));
    CHECK(wait_for(others, id_line(&world, number)));
    for (size_t i = 0; i < COUNT_OF(streams); i++) {
        CHECK(!has_told(streams[i], "afterwards"));
        live_close(world.live, streams[i]); /* as the loop does afterwards */
    }
    CHECK(!has_ended(twos) && !has_ended(others) && !has_ended(foreign));
}

TEST(a_stream_that_is_taken_up_after_its_session_ended_is_ended)
{
    WORLD(world);
    const Work *work = &world.house.work;
    PageSession session = session_of(work, "1");
    HttpStream stream = ++world.next_stream;

    world.limits.comment_ms = NEVER_MS;
    world_start(&world);
    begin(&world);
    end_session(work, &session);
    commit(&world);
    live_sign_out(world.live, &session); /* nobody is there yet */
    live_open(world.live, stream, &session, NULL);
    CHECK(wait_for_end(stream));
    CHECK(!has_told(stream, "ready"));
}

/* However it ended: in another process, by its age, or since its person has resigned. */
TEST(a_session_that_nobody_tells_of_is_missed_at_the_next_sign_of_life)
{
    static const char *const ends[] = {
        "DELETE FROM page_session WHERE kunlun_id = '1'",
        "UPDATE page_session SET created_ms = 1 WHERE kunlun_id = '1'",
        "UPDATE kunlun_user SET status = 'resigned' WHERE kunlun_id = '1'",
    };

    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        WORLD(world);
        const Work *work = &world.house.work;
        HttpStream stream, twos;

        world.limits.comment_ms = 20;
        world_start(&world);
        stream = follow(&world, "1");
        twos = follow(&world, "2");
        CHECK(wait_for(stream, ": \n\n: \n\n"));
        CHECK(!has_ended(stream));
        begin(&world);
        fixture_run(work, ends[i], NULL, NULL);
        commit(&world);
        CHECK(wait_for_end(stream));
        CHECK(!has_ended(twos));
    }
}

TEST(who_cannot_be_asked_about_stays)
{
    WORLD(world);
    HttpStream stream;

    world.limits.comment_ms = 20;
    world_start(&world);
    stream = follow(&world, "1");
    db_fault_arm(1, DB_FAULT_FROM_THEN_ON, E_FAULT);
    CHECK(wait_for(stream, ": \n\n: \n\n: \n\n"));
    CHECK(!has_ended(stream));
    db_fault_arm(0, DB_FAULT_ONCE, 0);
}

/* As other processes do. */
TEST(what_nobody_tells_of_is_seen_in_a_moment)
{
    WORLD(world);
    HttpStream stream;
    int64_t number;

    world_start(&world);
    stream = follow(&world, "1");
    begin(&world);
    number = join(&world, &world.house.work, open_chat(&world, &world.house.work), "1");
    must(store_commit(world.house.kept.store, &world.house.kept.failure),
         &world.house.kept.failure);
    CHECK(wait_for(stream, id_line(&world, number)));
}

/* Also when its turn ends, with nothing taken, between the two. */
TEST(who_comes_just_before_the_end_is_heard)
{
    for (int i = 0; i < 100; i++) {
        WORLD(world);
        PageSession session = session_of(&world.house.work, "1");
        HttpStream stream;

        session.session_id = "nobody's";
        world.limits.poll_ms = 1;
        world_start(&world);
        stream = follow(&world, "1") + 1;
        usleep((useconds_t)(i * 10 % 1000));
        live_open(world.live, stream, &session, NULL);
        world.live = live_stop(world.live);
        CHECK(has_ended(stream));
    }
}

/* ---- without followers, and when the database fails ---- */

static void happen(World *world, int times)
{
    int64_t chat;

    begin(world);
    chat = open_chat(world, &world->house.work);
    join(world, &world->house.work, chat, "1");
    for (int i = 0; i < times; i++)
        rename_chat(world, &world->house.work, chat, "m");
    commit(world);
}

TEST(nothing_is_read_while_nobody_follows)
{
    WORLD(world);
    HttpStream stream;

    world.limits.poll_ms = 5;
    world_start(&world);
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    for (int i = 0; i < 20; i++)
        happen(&world, 3);
    usleep(50000);
    CHECK_INT(db_fault_calls(), 0); /* only Live's own connection is counted */
    stream = follow(&world, "1");
    CHECK(db_fault_calls() > 0);
    live_close(world.live, stream);
    usleep(50000);
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    for (int i = 0; i < 20; i++)
        happen(&world, 3);
    usleep(50000);
    CHECK_INT(db_fault_calls(), 0);
}

TEST(who_comes_while_the_database_fails_comes_again)
{
    WORLD(world);
    PageSession session = session_of(&world.house.work, "1");

    world_start(&world);
    db_fault_arm(1, DB_FAULT_FROM_THEN_ON, E_FAULT);
    live_open(world.live, 1, &session, NULL);
    CHECK(wait_for_end(1));
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    world.next_stream = 1;
    CHECK(has_told(follow(&world, "2"), "ready"));
}

TEST(without_a_database_it_does_not_start)
{
    const LiveSink into = { .state = NULL };
    Live *live = NULL;
    Failure failure = { 0 };

    CHECK_INT(live_start("sqlite:/nowhere/x.db", &live_default_limits, &into, &live, &failure),
              E_FAULT);
    CHECK(!live);
    CHECK(!live_stop(NULL));
}

/* ---- a whole server ---- */

#define GROUP "/open-apis/apaas/v1/user_tasks/t1/chat_group"

static const char *cookie_of(NthCallServer *server, const char *kunlun_id)
{
    Work work = server->house.work;
    const char *token = NULL;

    work.now_ms = clock_wall_ms();
    must(store_begin(work.store, work.failure), work.failure);
    must(page_session_begin(&work, kunlun_id, "test", false, &token), work.failure);
    must(store_commit(work.store, work.failure), work.failure);
    return arena_print(work.arena, "Cookie: __Host-taskroom=%s\r\n", token);
}

TEST(a_person_who_is_signed_in_follows_from_call_to_end)
{
    NTH_CALL_SERVER(server);
    const char *cookie = cookie_of(&server, "2");
    Reply reply;
    int fd;

    CHECK_INT(nth_call_ask(&server, "GET", "/web/v1/events", NULL, NULL).status, 401);
    fd = nth_call_send(&server, "GET", "/web/v1/events", cookie, NULL);
    for (int i = 0; i < 3; i++) {
        usleep(20000);
        CHECK_INT(nth_call_ask(&server, "POST", GROUP, NULL,
                               "{\"operator_user_id\":\"1\",\"invite_user_ids\":[\"2\"]}")
                      .status,
                  200);
    }
    usleep(100000);
    nth_call_server_restart(&server); /* which ends the stream */
    reply = nth_call_receive(&server, fd);
    CHECK_INT(reply.status, 200);
    CHECK(strstr(reply.head, "Content-Type: text/event-stream"));
    CHECK(strstr(reply.head, "Cache-Control: no-store"));
    CHECK(strstr(reply.body, "retry: 1000\n"));
    CHECK(strstr(reply.body, "event: ready\n"));
    CHECK_INT(count_of(reply.body, "event: im.chat.member.user.added_v1\n"), 3);
    CHECK(strstr(reply.body, "\r\n0\r\n\r\n"));
}

TEST(signing_out_ends_the_streams_of_that_session)
{
    for (int i = 0; i < 2; i++) {
        NTH_CALL_SERVER(server);
        const Work *work = &server.house.work;
        const char *cookie = cookie_of(&server, "2");
        const char *head = arena_print(
            work->arena, "%sOrigin: http://x\r\nContent-Type: application/json\r\n", cookie);
        PageSession *sessions = NULL;
        size_t count = 0;
        Reply reply;
        int64_t began_ms = clock_monotonic_ms();
        int fd = nth_call_send(&server, "GET", "/web/v1/events", cookie, NULL);

        usleep(100000);
        must(page_session_list(work->store, work->tenant->tenant_id, "2", 0, work->arena, &sessions,
                               &count, work->failure),
             work->failure);
        CHECK_INT((int64_t)count, 1);
        if (i == 0)
            reply = nth_call_ask(&server, "POST", "/web/v1/sign_out", head, "{}");
        else
            reply = nth_call_ask(
                &server, "DELETE",
                arena_print(work->arena, "/web/v1/sessions/%s", sessions[0].session_id), head,
                "{}");
        CHECK_INT(reply.status, 200);
        reply = nth_call_receive(&server, fd); /* to its end, which no sign of life brings */
        CHECK(clock_monotonic_ms() - began_ms < LIVE_COMMENT_MS);
        CHECK(strstr(reply.body, "event: ready\n"));
        CHECK(strstr(reply.body, "\r\n0\r\n\r\n"));
    }
}

CHECK_MAIN
