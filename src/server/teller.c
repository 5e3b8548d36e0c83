/* SPDX-License-Identifier: Apache-2.0 */
#include "server/teller.h"

#include <string.h>

#include "base/log.h"
#include "base/words.h"

#include "api/web_event.h"
#include "model/limits.h"
#include "store/chat_join_store.h"
#include "store/event_store.h"

enum { AUDIENCE_FIRST = 16 };

/* ---- who is told -------------------------------------------------------------------------------
 */

/* Those who are told of an event. */
typedef struct Audience {
    Teller *teller;
    const TenantEvent *row;
    bool is_behind; /* they are among those that are, or among the others */
    Follower **followers;
    HttpStream *streams;
    size_t count;
    size_t most;
} Audience;

static void audience_grow(Audience *audience)
{
    Arena *arena = audience->teller->arena;
    size_t most = audience->most > 0 ? 2 * audience->most : AUDIENCE_FIRST;
    Follower **followers = arena_array(arena, Follower *, most);
    HttpStream *streams = arena_array(arena, HttpStream, most);

    for (size_t i = 0; i < audience->count; i++) {
        followers[i] = audience->followers[i];
        streams[i] = audience->streams[i];
    }
    audience->followers = followers;
    audience->streams = streams;
    audience->most = most;
}

static void audience_add(Audience *audience, const char *kunlun_id, size_t id_bytes)
{
    int64_t number = audience->row->event.id.number;
    Follower *one =
        followers_of(audience->teller->followers, audience->row->tenant_id, kunlun_id, id_bytes);

    for (; one; one = one->next_of_person) {
        if (one->is_behind != audience->is_behind || one->position >= number ||
            one->marked == audience->teller->mark)
            continue;
        if (audience->count == audience->most)
            audience_grow(audience);
        one->marked = audience->teller->mark;
        audience->followers[audience->count] = one;
        audience->streams[audience->count++] = one->stream;
    }
}

/* Who is in the chat. */
static int audience_add_members(Audience *audience, Failure *failure)
{
    Teller *teller = audience->teller;
    const TenantEvent *row = audience->row;
    const char *words = NULL, *word;
    size_t size;
    int r;

    r = chat_join_users_at(teller->store, row->tenant_id, row->event.subject_number,
                           row->event.id.number, teller->arena, &words, failure);
    while (r >= 0 && (word = words_next(&words, &size)))
        audience_add(audience, word, size);
    return r;
}

/* Whoever is the actor comes first; how many streams that are. */
static size_t audience_sort(Audience *audience)
{
    const char *actor_id = audience->row->event.actor_id;
    size_t own = 0;

    for (size_t i = 0; i < audience->count; i++) {
        Follower *one = audience->followers[i];

        if (!follower_is(one, actor_id))
            continue;
        audience->followers[i] = audience->followers[own];
        audience->streams[i] = audience->streams[own];
        audience->followers[own] = one;
        audience->streams[own++] = one->stream;
    }
    return own;
}

static void audience_push(const Audience *audience, size_t first, size_t count, const Buffer *text)
{
    const LiveSink *sink = &audience->teller->sink;
    int64_t number = audience->row->event.id.number;

    sink->push(audience->streams + first, count, text->text, text->size_bytes, sink->state);
    for (size_t i = first; i < first + count; i++)
        audience->followers[i]->position = audience->followers[i]->told = number;
}

/* ---- what is told -------------------------------------------------------------------------------
 */

void teller_add_id(Buffer *text, int64_t number)
{
    buffer_print(text, "id: " WEB_EVENT_ID "\n", (unsigned long long)number);
}

/* An event that is more than a stream may have waiting is to be read instead. */
static void print_event(Buffer *text, const Teller *teller, const EventView *view, bool is_own)
{
    buffer_init(text, teller->arena, 1024);
    teller_add_id(text, view->event->id.number);
    buffer_print(text, "event: %s\ndata: ", view->event->event_type);
    web_event_print(text, teller->directory, view, is_own);
    buffer_add(text, "\n\n");
    if (text->size_bytes <= LIVE_EVENT_BYTES)
        return;
    buffer_init(text, teller->arena, 64);
    teller_add_id(text, view->event->id.number);
    buffer_add(text, "event: reset\ndata: {}\n\n");
}

static void tell_part(const Audience *audience, const EventView *view, size_t first, size_t count,
                      bool is_own)
{
    Buffer text;

    if (count == 0)
        return;
    print_event(&text, audience->teller, view, is_own);
    audience_push(audience, first, count, &text);
}

static int tell_audience(Audience *audience, const EventFacts *facts, Failure *failure)
{
    Teller *teller = audience->teller;
    const Tenant tenant = { .tenant_id = audience->row->tenant_id };
    Work work = { .store = teller->store,
                  .arena = teller->arena,
                  .failure = failure,
                  .directory = teller->directory,
                  .tenant = &tenant };
    EventView view;
    size_t own;
    int r;

    r = event_view(&work, &audience->row->event, facts, &view);
    if (r <= 0)
        return r;
    own = facts->uuid ? audience_sort(audience) : 0;
    tell_part(audience, &view, 0, own, true);
    tell_part(audience, &view, own, audience->count - own, false);
    return 0;
}

/* Whoever wrote it is to blame; everything behind it would wait. */
static int pass_over(const Event *event, Failure *failure)
{
    log_open(LOG_ERROR, "event_body");
    log_integer("event_number", event->id.number);
    log_text("reason", failure->text);
    log_close();
    failure_clear(failure);
    return 0;
}

/* Negative: the store failed, nobody was told. */
static int tell(Teller *teller, const TenantEvent *row, bool is_behind, Failure *failure)
{
    Audience audience = { .teller = teller, .row = row, .is_behind = is_behind };
    EventFacts facts = { 0 };
    int r;

    if (!followers_have_tenant(teller->followers, row->tenant_id))
        return 0;
    arena_reset(teller->arena);
    teller->mark++;
    r = audience_add_members(&audience, failure);
    if (r < 0 || (audience.count == 0 && !strstr(row->event.body, "\"users\"")))
        return r;
    r = web_event_read(&row->event, teller->arena, &facts, failure);
    if (r < 0)
        return pass_over(&row->event, failure);
    for (size_t i = 0; i < facts.users.count; i++)
        audience_add(&audience, facts.users.items[i], strlen(facts.users.items[i]));
    return r > 0 && audience.count > 0 ? tell_audience(&audience, &facts, failure) : 0;
}

/* ---- all of it ---- */

int teller_step(Teller *teller, bool is_behind, size_t limit, TellerStep *step, Failure *failure)
{
    TenantEvent *events = NULL;
    size_t count = 0;
    int r;

    step->read = 0;
    arena_reset(teller->rows);
    r = event_list(teller->store, step->position, limit, teller->rows, &events, &count,
                   &step->has_more, failure);
    while (r >= 0 && step->read < count) {
        const TenantEvent *row = &events[step->read];

        r = tell(teller, row, is_behind, failure);
        if (r < 0)
            break;
        step->position = row->event.id.number;
        step->read++;
    }
    return r < 0 ? r : 0;
}

static void sink_push(const HttpStream *streams, size_t count, const char *bytes, size_t size_bytes,
                      void *state)
{
    http_push_many(state, streams, count, bytes, size_bytes);
}

static void sink_end(HttpStream stream, void *state)
{
    http_end_stream(state, stream);
}

LiveSink live_sink_of(HttpServer *server)
{
    return (LiveSink){ .state = server, .push = sink_push, .end = sink_end };
}
