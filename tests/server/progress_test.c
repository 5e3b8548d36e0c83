/* SPDX-License-Identifier: Apache-2.0 */
/* Followers who were away, or wait while the database fails: all is told to them, in order and
 * once. With a sink in place of sockets. */
#include <unistd.h>

#include "check.h"
#include "server/live_world.h"

enum { EVENTS = 40 };

static bool has_all_in_order(const World *world, HttpStream stream, const int64_t *numbers,
                             size_t count)
{
    const char *text = told(&world->house, stream);

    for (size_t i = 0; i < count; i++) {
        const char *line =
            arena_print(world->house.kept.arena, "%sevent: im.", id_line(world, numbers[i]));

        if (count_of(text, line) != 1)
            return false;
        text = strstr(text, line);
    }
    return count_of(text, "event: im.") == 1;
}

TEST(who_was_away_is_told_what_happened)
{
    WORLD(world);
    const Work *work = &world.house.work;
    int64_t chat, numbers[EVENTS];
    HttpStream stream;

    world.limits.step_events = 3;
    world_start(&world);
    stream = follow(&world, "1");
    begin(&world);
    chat = open_chat(&world, work);
    numbers[0] = join(&world, work, chat, "1");
    for (size_t i = 1; i < EVENTS; i++)
        numbers[i] = i % 2 ? say(&world, work, chat, "x") : rename_chat(&world, work, chat, "y");
    commit(&world);
    CHECK(wait_for(stream, id_line(&world, numbers[EVENTS - 1])));
    CHECK(has_all_in_order(&world, stream, numbers, EVENTS));
    live_stop(world.live); /* a restart */
    world_start(&world);
    for (size_t i = 0; i + 1 < EVENTS; i += 7) {
        HttpStream again = follow_from(&world, work, "1", id_of(&world, numbers[i]));

        CHECK(wait_for(again, id_line(&world, numbers[EVENTS - 1])));
        CHECK(has_all_in_order(&world, again, numbers + i + 1, EVENTS - i - 1));
        CHECK(!has_told(again, "reset"));
    }
}

TEST(who_was_away_too_long_begins_anew)
{
    WORLD(world);
    const Work *work = &world.house.work;
    int64_t chat, first, last = 0;
    HttpStream stream;

    world.limits.step_events = 3;
    world.limits.behind_events = 10;
    world_start(&world);
    begin(&world);
    chat = open_chat(&world, work);
    first = join(&world, work, chat, "1");
    for (size_t i = 0; i < EVENTS; i++)
        last = rename_chat(&world, work, chat, "y");
    commit(&world);
    stream = follow_from(&world, work, "1", id_of(&world, first));
    CHECK(wait_for(stream, "event: reset\n"));
    CHECK(!has_told(stream, id_line(&world, last)));
    begin(&world);
    last = rename_chat(&world, work, chat, "z");
    commit(&world);
    CHECK(wait_for(stream, id_line(&world, last)));
    CHECK_INT(count_of(told(&world.house, stream), "reset"), 1);
}

/* With a limit of so many events, and so many that are behind: whether all were told. What comes
 * while he catches up counts too, so nothing does. */
static bool tells_all(int64_t most, size_t behind)
{
    WORLD(world);
    const Work *work = &world.house.work;
    int64_t chat, first, last = 0;
    HttpStream stream;

    world.limits.step_events = 5;
    world.limits.behind_events = most;
    world_start(&world);
    begin(&world);
    chat = open_chat(&world, work);
    first = join(&world, work, chat, "1");
    for (size_t i = 0; i < behind; i++)
        last = rename_chat(&world, work, chat, "y");
    commit(&world);
    stream = follow_from(&world, work, "1", id_of(&world, first));
    if (!wait_for_either(stream, id_line(&world, last), "event: reset\n"))
        return false;
    begin(&world);
    rename_chat(&world, work, chat, "last");
    commit(&world);
    return wait_for(stream, "last") && has_told(stream, id_line(&world, last)) &&
           !has_told(stream, "reset");
}

TEST(who_was_away_just_not_too_long_is_told_all)
{
    CHECK(tells_all(10, 10));
    CHECK(!tells_all(10, 11));
}

/* Who leaves before he has caught up leaves nothing to do. */
TEST(who_leaves_while_he_is_behind_is_forgotten)
{
    WORLD(world);
    const Work *work = &world.house.work;
    PageSession session;
    HttpStream stream;
    int64_t chat, first, calls;

    world.limits.step_events = 1;
    world.limits.poll_ms = 10000;
    world_start(&world);
    begin(&world);
    chat = open_chat(&world, work);
    first = join(&world, work, chat, "1");
    for (size_t i = 0; i < 10 * EVENTS; i++)
        rename_chat(&world, work, chat, "y");
    commit(&world);
    follow(&world, "2");
    stream = ++world.next_stream;
    session = session_of(work, "1");
    live_open(world.live, stream, &session, id_of(&world, first));
    live_close(world.live, stream);
    stream = follow_from(&world, work, "1", id_of(&world, first));
    live_close(world.live, stream);
    follow(&world, "3");
    usleep(50000);
    calls = db_fault_calls();
    usleep(50000);
    CHECK_INT(db_fault_calls(), calls);
}

/* Somebody who comes later is not told of what was before, though he catches up. */
TEST(what_was_before_is_not_told_when_catching_up)
{
    WORLD(world);
    const Work *work = &world.house.work;
    HttpStream stream;
    int64_t chat, begin_number, number;

    world_start(&world);
    begin(&world);
    chat = open_chat(&world, work);
    begin_number = join(&world, work, chat, "1");
    say(&world, work, chat, "before");
    join(&world, work, chat, "2");
    number = say(&world, work, chat, "after");
    commit(&world);
    stream = follow_from(&world, work, "2", id_of(&world, begin_number));
    CHECK(wait_for(stream, id_line(&world, number)));
    CHECK(!has_told(stream, "before"));
    CHECK_INT(count_of(told(&world.house, stream), "event: im."), 2);
}

TEST(a_database_that_fails_for_a_while_loses_nothing)
{
    for (int64_t n = 1; n < 40; n += 3) {
        WORLD(world);
        const Work *work = &world.house.work;
        int64_t chat, numbers[EVENTS];
        HttpStream stream;

        world.limits.step_events = 5;
        world_start(&world);
        stream = follow(&world, "1");
        begin(&world);
        chat = open_chat(&world, work);
        numbers[0] = join(&world, work, chat, "1");
        for (size_t i = 1; i < EVENTS; i++)
            numbers[i] = say(&world, work, chat, "x");
        db_fault_arm(n, DB_FAULT_ONCE, E_FAULT);
        commit(&world);
        CHECK(wait_for(stream, id_line(&world, numbers[EVENTS - 1])));
        CHECK(has_all_in_order(&world, stream, numbers, EVENTS));
    }
}

CHECK_MAIN
