/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of events against a model of what each has to be told. */
#include <stdlib.h>
#include <time.h>

#include "base/text.h"

#include "check.h"
#include "server/live_world.h"

enum {
    PEOPLE = 6,
    CHATS = 5,
    TOLD_MOST = 4000,
    ACTIONS = 400,
    OPEN_MOST = 12,
    POSITION_DIGITS = 16,
};

/* What a stream has to be told. */
typedef struct Wanted {
    HttpStream stream;
    bool is_open;
    int person;
    int64_t numbers[TOLD_MOST];
    size_t count;
} Wanted;

typedef struct Happened {
    int64_t number;
    int chat;
    int named; /* -1 = nobody */
} Happened;

typedef struct Model {
    World *world;
    int64_t chats[CHATS];
    int64_t joined[CHATS][PEOPLE]; /* by which event; 0 = outside */
    Happened events[TOLD_MOST];
    size_t event_count;
    Wanted wanted[OPEN_MOST];
    int64_t sentinel_chat;
    int sentinel;
    unsigned random;
} Model;

static int pick(Model *model, int below)
{
    return rand_r(&model->random) % below;
}

static const char *name_of(const Model *model, int person)
{
    return arena_print(model->world->house.kept.arena, "%d", person + 1);
}

static bool concerns(const Model *model, const Happened *event, int person)
{
    int64_t joined = event->chat < 0 ? 1 : model->joined[event->chat][person];

    return event->named == person || (joined > 0 && joined <= event->number);
}

static void note(Model *model, int64_t number, int chat, int named)
{
    const Happened event = { number, chat, named };

    model->events[model->event_count++] = event;
    for (size_t i = 0; i < OPEN_MOST; i++) {
        Wanted *wanted = &model->wanted[i];

        if (wanted->is_open && concerns(model, &event, wanted->person))
            wanted->numbers[wanted->count++] = number;
    }
}

/* An event of a chat that everybody is in: whoever has heard of it has heard of all before. */
static bool catch_up(Model *model)
{
    const Work *work = &model->world->house.work;
    const char *name = arena_print(work->arena, "sentinel-%d.", model->sentinel++);
    int64_t number;

    begin(model->world);
    number = rename_chat(model->world, work, model->sentinel_chat, name);
    commit(model->world);
    note(model, number, -1, -1);
    for (size_t i = 0; i < OPEN_MOST; i++)
        if (model->wanted[i].is_open && !wait_for(model->wanted[i].stream, name))
            return false;
    return true;
}

static void open_one(Model *model)
{
    Wanted *wanted = NULL;
    int64_t after = 0;
    size_t from = model->event_count;

    for (size_t i = 0; i < OPEN_MOST && !wanted; i++)
        if (!model->wanted[i].is_open)
            wanted = &model->wanted[i];
    if (!wanted || model->world->next_stream + 2 >= STREAMS)
        return;
    *wanted = (Wanted){ .is_open = true, .person = pick(model, PEOPLE) };
    if (pick(model, 3) > 0 && model->event_count > 0) {
        from = (size_t)pick(model, (int)model->event_count);
        after = model->events[from].number;
        from++;
    }
    for (size_t i = from; i < model->event_count; i++)
        if (concerns(model, &model->events[i], wanted->person))
            wanted->numbers[wanted->count++] = model->events[i].number;
    wanted->stream =
        follow_from(model->world, &model->world->house.work, name_of(model, wanted->person),
                    after ? id_of(model->world, after) : NULL);
}

/* What a stream was told so far, compared with what it had to be; NULL when it is the same. */
static const char *compare(const Model *model, const Wanted *wanted)
{
    Arena *arena = model->world->house.kept.arena;
    const char *text = told(&model->world->house, wanted->stream);
    size_t count = 0;

    while ((text = strstr(text, "id: "))) {
        const char *event = text + 4 + POSITION_DIGITS + 1;
        long long number = strtoll(text + 4, NULL, 16);

        text = event;
        if (text_starts_with(event, "event: ready") || text_starts_with(event, "event: position"))
            continue;
        if (count >= wanted->count)
            return arena_print(arena, "stream %d: %llx is one too many", (int)wanted->stream,
                               number);
        if (number != wanted->numbers[count])
            return arena_print(arena, "stream %d: %llx instead of %llx", (int)wanted->stream,
                               number, (long long)wanted->numbers[count]);
        count++;
    }
    return count == wanted->count ? NULL
                                  : arena_print(arena, "stream %d: %zu instead of %zu",
                                                (int)wanted->stream, count, wanted->count);
}

static const char *compare_all(const Model *model)
{
    const char *wrong = NULL;

    for (size_t i = 0; i < OPEN_MOST && !wrong; i++)
        if (model->wanted[i].is_open)
            wrong = compare(model, &model->wanted[i]);
    return wrong;
}

static void close_one(Model *model)
{
    Wanted *wanted = &model->wanted[pick(model, OPEN_MOST)];

    if (!wanted->is_open)
        return;
    live_close(model->world->live, wanted->stream);
    wanted->is_open = false;
}

static void restart(Model *model)
{
    for (size_t i = 0; i < OPEN_MOST; i++)
        model->wanted[i].is_open = false;
    live_stop(model->world->live);
    world_start(model->world);
}

/* Some things in one commit. Whoever is taken out has been told of all before. */
static bool happen_at_random(Model *model)
{
    World *world = model->world;
    const Work *work = &world->house.work;
    int chat = pick(model, CHATS), person = pick(model, PEOPLE);
    bool is_inside = model->joined[chat][person] > 0;
    int64_t number;

    if (is_inside && pick(model, 3) == 0) {
        if (!catch_up(model))
            return false;
        begin(world);
        number = leave(world, work, model->chats[chat], name_of(model, person));
        model->joined[chat][person] = 0;
        note(model, number, chat, person);
        commit(world);
        return catch_up(model);
    }
    begin(world);
    for (int i = pick(model, 6); i > 0; i--) {
        number = pick(model, 2) ? say(world, work, model->chats[chat], "hi")
                                : rename_chat(world, work, model->chats[chat], "r");
        note(model, number, chat, -1);
    }
    if (!is_inside) {
        number = join(world, work, model->chats[chat], name_of(model, person));
        model->joined[chat][person] = number;
        note(model, number, chat, person);
    }
    commit(world);
    return true;
}

static bool act(Model *model)
{
    switch (pick(model, 12)) {
    case 0:
    case 1:
    case 2:
    case 3:
        /* Where the end is, and who is inside, must be the same when it is opened and read. */
        if (!catch_up(model))
            return false;
        open_one(model);
        return catch_up(model);
    case 4: close_one(model); return true;
    case 5:
        if (pick(model, 6) == 0 && catch_up(model))
            restart(model);
        return true;
    default: return happen_at_random(model);
    }
}

static void model_open(Model *model, World *world)
{
    const Work *work = &world->house.work;

    model->world = world;
    begin(world);
    for (int i = 0; i < CHATS; i++)
        model->chats[i] = open_chat(world, work);
    model->sentinel_chat = open_chat(world, work);
    for (int i = 0; i < PEOPLE; i++)
        join(world, work, model->sentinel_chat, name_of(model, i));
    commit(world);
}

/* Whoever comes and goes, from whatever place: each hears of what concerns him once, in order. */
TEST(at_random_each_hears_all_that_concerns_him_once)
{
    const char *given = getenv("LIVE_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);

    printf("# LIVE_SEED=%u\n", seed);
    for (int round = 0; round < 4; round++) {
        WORLD(world);
        Model *model = calloc(1, sizeof(*model));
        const char *wrong = NULL;

        if (!model)
            abort();
        model->random = seed + (unsigned)round;
        world.limits.step_events = (size_t)(1 + pick(model, 9));
        world.limits.comment_ms = 5;
        world_start(&world);
        model_open(model, &world);
        for (int i = 0; i < ACTIONS && !wrong; i++) {
            if (!act(model))
                wrong = "somebody never heard of an event";
            if (!wrong && i % 10 == 9)
                wrong = catch_up(model) ? compare_all(model) : "somebody fell behind";
        }
        free(model);
        CHECK_TEXT(wrong, NULL);
    }
}

CHECK_MAIN
