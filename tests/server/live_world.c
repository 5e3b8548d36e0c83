/* SPDX-License-Identifier: Apache-2.0 */
#include "server/live_world.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#include "store/chat_join_store.h"
#include "store/chat_store.h"
#include "store/event_store.h"
#include "store/message_store.h"
#include "store/page_session_store.h"

enum { TEXT_BYTES = 1024 * 1024 };

/* The fixture's time is not the clock's, and stays where it is: twenty years. */
static const int64_t LONG_AGO_MS = INT64_C(20) * 365 * 24 * 3600 * 1000;

/* ---- a place where streams end ---- */

typedef struct Sunk {
    char *text;
    size_t size;
    bool is_ended;
} Sunk;

static struct {
    pthread_mutex_t lock;
    Sunk streams[STREAMS];
    int pushes;
} sink = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void take(const HttpStream *streams, size_t count, const char *bytes, size_t size_bytes,
                 void *state)
{
    (void)state;
    pthread_mutex_lock(&sink.lock);
    sink.pushes++;
    for (size_t i = 0; i < count; i++) {
        Sunk *sunk = &sink.streams[streams[i] % STREAMS];

        if (!sunk->text && !(sunk->text = malloc(TEXT_BYTES)))
            abort();
        if (sunk->size + size_bytes >= TEXT_BYTES)
            abort();
        memcpy(sunk->text + sunk->size, bytes, size_bytes);
        sunk->size += size_bytes;
        sunk->text[sunk->size] = '\0';
    }
    pthread_mutex_unlock(&sink.lock);
}

static void take_end(HttpStream stream, void *state)
{
    (void)state;
    pthread_mutex_lock(&sink.lock);
    sink.streams[stream % STREAMS].is_ended = true;
    pthread_mutex_unlock(&sink.lock);
}

static void sink_clear(void)
{
    for (size_t i = 0; i < STREAMS; i++)
        free(sink.streams[i].text);
    memset(sink.streams, 0, sizeof(sink.streams));
    sink.pushes = 0;
}

bool has_ended(HttpStream stream)
{
    bool has;

    pthread_mutex_lock(&sink.lock);
    has = sink.streams[stream].is_ended;
    pthread_mutex_unlock(&sink.lock);
    return has;
}

int push_count(void)
{
    int count;

    pthread_mutex_lock(&sink.lock);
    count = sink.pushes;
    pthread_mutex_unlock(&sink.lock);
    return count;
}

const char *told(const Fixture *house, HttpStream stream)
{
    const char *text;

    pthread_mutex_lock(&sink.lock);
    text =
        arena_text(house->kept.arena, sink.streams[stream].text ? sink.streams[stream].text : "");
    pthread_mutex_unlock(&sink.lock);
    return text;
}

bool has_told(HttpStream stream, const char *what)
{
    bool has;

    pthread_mutex_lock(&sink.lock);
    has = sink.streams[stream].text && strstr(sink.streams[stream].text, what);
    pthread_mutex_unlock(&sink.lock);
    return has;
}

bool wait_for_either(HttpStream stream, const char *one, const char *other)
{
    int64_t end_ms = clock_monotonic_ms() + WAIT_MS;
    bool is_told;

    while (!(is_told = has_told(stream, one) || has_told(stream, other)) &&
           clock_monotonic_ms() < end_ms)
        usleep(1000);
    return is_told;
}

bool wait_for_end(HttpStream stream)
{
    int64_t end_ms = clock_monotonic_ms() + WAIT_MS;

    while (!has_ended(stream) && clock_monotonic_ms() < end_ms)
        usleep(1000);
    return has_ended(stream);
}

bool wait_for(HttpStream stream, const char *what)
{
    return wait_for_either(stream, what, what);
}

int count_of(const char *text, const char *what)
{
    int count = 0;

    for (; (text = strstr(text, what)); text += strlen(what))
        count++;
    return count;
}

/* ---- a house that is followed ---- */

void must(int r, const Failure *failure)
{
    if (r >= 0)
        return;
    fprintf(stderr, "live_test: %s\n", failure->text);
    abort();
}

void world_start(World *world)
{
    const LiveSink into = { .push = take, .end = take_end };
    const char *path = strchr(world->house.kept.url, ':') + 1;
    Failure *failure = &world->house.kept.failure;

    must(live_start(arena_print(world->house.kept.arena, "fault:%s", path), &world->limits, &into,
                    &world->live, failure),
         failure);
}

void begin(World *world)
{
    must(store_begin(world->house.kept.store, &world->house.kept.failure),
         &world->house.kept.failure);
}

void commit(World *world)
{
    must(store_commit(world->house.kept.store, &world->house.kept.failure),
         &world->house.kept.failure);
    if (world->live)
        live_nudge(world->live);
}

PageSession session_of(const Work *work, const char *kunlun_id)
{
    int64_t tenant_id = work->tenant->tenant_id;

    return (PageSession){ .session_id =
                              arena_print(work->arena, "%lld.%s", (long long)tenant_id, kunlun_id),
                          .tenant_id = tenant_id,
                          .kunlun_id = kunlun_id,
                          .created_ms = clock_wall_ms(),
                          .user_agent = "" };
}

static void sign_in_everybody(const Work *work)
{
    for (int i = 1; i <= FIXTURE_USERS; i++) {
        PageSession session = session_of(work, arena_print(work->arena, "%d", i));

        must(page_session_insert(work->store, &session, session.session_id, work->failure),
             work->failure);
    }
}

void world_open(World *world)
{
    fixture_open(&world->house, NULL);
    sign_in_everybody(&world->house.work);
    sign_in_everybody(&world->house.stranger);
    world->limits = live_default_limits;
    world->limits.behind_ms = LONG_AGO_MS;
    world->limits.poll_ms = 50;
    must(store_commit(world->house.kept.store, &world->house.kept.failure),
         &world->house.kept.failure);
}

void world_close(World *world)
{
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    live_stop(world->live);
    fixture_close(&world->house);
    sink_clear();
}

HttpStream follow_from(World *world, const Work *work, const char *kunlun_id,
                       const char *last_event_id)
{
    PageSession session = session_of(work, kunlun_id);
    HttpStream stream = ++world->next_stream;

    live_open(world->live, stream, &session, last_event_id);
    wait_for(stream, "event: ready\n");
    return stream;
}

HttpStream follow(World *world, const char *kunlun_id)
{
    return follow_from(world, &world->house.work, kunlun_id, NULL);
}

/* ---- what happens ---- */

int64_t put_event(World *world, const Work *work, int64_t chat_number, const char *event_type,
                  const char *body)
{
    Id id = id_make(&world->house.ids, work->now_ms);
    const Event event = { id, event_type, FIXTURE_APP, "1", chat_number, body, work->now_ms, "L" };

    must(event_insert(work->store, work->tenant->tenant_id, &event, work->failure), work->failure);
    return id.number;
}

int64_t open_chat(World *world, const Work *work)
{
    Chat chat = { .id = id_make(&world->house.ids, work->now_ms),
                  .name = "n",
                  .owner_id = "1",
                  .creator_app_id = FIXTURE_APP,
                  .chat_status = CHAT_STATUS_NORMAL,
                  .settings = "",
                  .bot_ids = FIXTURE_APP,
                  .created_ms = work->now_ms };

    must(chat_insert(work->store, work->tenant->tenant_id, &chat, NULL, NULL, NULL, work->failure),
         work->failure);
    return chat.id.number;
}

static const char *users_body(const Work *work, const char *kunlun_id)
{
    return arena_print(work->arena, "{\"name\":\"n\",\"users\":[\"%s\"]}", kunlun_id);
}

int64_t join(World *world, const Work *work, int64_t chat_number, const char *kunlun_id)
{
    int64_t number =
        put_event(world, work, chat_number, EVENT_USER_ADDED, users_body(work, kunlun_id));
    const ChatJoin row = { chat_number, number, "", kunlun_id, "", work->now_ms };

    must(chat_later_join_insert(work->store, work->tenant->tenant_id, &row, work->failure),
         work->failure);
    return number;
}

int64_t leave(World *world, const Work *work, int64_t chat_number, const char *kunlun_id)
{
    fixture_run(
        work, "UPDATE chat_later_join SET user_ids = '.' WHERE chat_number = $1 AND user_ids = $2",
        arena_print(work->arena, "%lld", (long long)chat_number), kunlun_id);
    return put_event(world, work, chat_number, EVENT_USER_DELETED, users_body(work, kunlun_id));
}

int64_t rename_chat(World *world, const Work *work, int64_t chat_number, const char *name)
{
    return put_event(
        world, work, chat_number, EVENT_CHAT_UPDATED,
        arena_print(work->arena, "{\"name\":\"%s\",\"before\":{\"name\":\"old\"}}", name));
}

int64_t say(World *world, const Work *work, int64_t chat_number, const char *text)
{
    Message message = { .id = id_make(&world->house.ids, work->now_ms),
                        .chat_number = chat_number,
                        .msg_type = "text",
                        .sender_id = "1",
                        .sender_type = "user",
                        .content = arena_print(work->arena, "{\"text\":\"%s\"}", text),
                        .created_ms = work->now_ms };

    must(message_insert(work->store, work->tenant->tenant_id, &message, work->failure),
         work->failure);
    return put_event(world, work, chat_number, EVENT_MESSAGE_RECEIVED,
                     arena_print(work->arena, "{\"message_id\":\"%s\"}",
                                 id_print(message.id, MESSAGE_ID_PREFIX, work->arena)));
}

const char *id_of(const World *world, int64_t number)
{
    return arena_print(world->house.kept.arena, "%016llx", (unsigned long long)number);
}

const char *id_line(const World *world, int64_t number)
{
    return arena_print(world->house.kept.arena, "id: %s\n", id_of(world, number));
}
