/* SPDX-License-Identifier: Apache-2.0 */
#include "server/live.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/log.h"
#include "base/queue.h"
#include "base/text.h"

#include "model/limits.h"
#include "server/progress.h"
#include "store/event_store.h"
#include "store/page_session_store.h"

/* The thread's turns: it takes up who came and went, reads on in the record of events for those
 * that are at its end, a little for those that are behind, and gives a sign of life to whoever is
 * due. A turn is short, and so is its transaction: the log of the database can be moved in between.
 */

enum {
    WISHES_MOST = 4 * LIVE_OPENS_MOST, /* each open is followed by one close */
    WISHES_TAKEN = 256,
    DUE_MOST = 256, /* in one turn, so that the loop is not held up */
    ID_DIGITS_SHOWN = 16,
};

const LiveLimits live_default_limits = {
    .comment_ms = LIVE_COMMENT_MS,
    .life_ms = LIVE_LIFE_MS,
    .poll_ms = LIVE_POLL_MS,
    .behind_ms = LIVE_BEHIND_MS,
    .behind_events = LIVE_BEHIND_EVENTS,
    .step_events = LIVE_STEP_EVENTS,
};

struct Live {
    pthread_t thread;
    bool is_running;
    LiveLimits limits;
    Queue *wishes;        /* owned */
    Store *store;         /* owned; all below is the thread's */
    Directory *directory; /* owned */
    Followers *followers; /* owned */
    Arena *arena;         /* owned; of a turn */
    Teller teller;        /* its arenas are owned */
    Progress progress;    /* of the followers */
    int64_t refreshed_ms;
    _Atomic bool has_followers;
    _Atomic bool is_nudged;
};

typedef enum WishKind { WISH_OPEN, WISH_CLOSE, WISH_SIGN_OUT } WishKind;

/* That a stream is to be followed, or no longer, or that a person's sessions are to be looked at.
 */
typedef struct Wish {
    WishKind kind;
    HttpStream stream;
    int64_t tenant_id;
    char session_id[SESSION_ID_DIGITS + 1];
    bool has_place;
    char last_event_id[ID_DIGITS_SHOWN +
                       2]; /* one digit too many is enough to see that it is none */
    char kunlun_id[];
} Wish;

static void log_failure(const char *event, const Failure *failure)
{
    log_open(LOG_ERROR, event);
    log_text("error", error_name(failure->code));
    log_text("reason", failure->text);
    log_close();
}

/* ---- from any thread ---------------------------------------------------------------------------
 */

static Wish *wish_new(WishKind kind, HttpStream stream, const PageSession *session)
{
    size_t id_bytes = strlen(session->kunlun_id) + 1;
    Wish *wish = calloc(1, sizeof(*wish) + id_bytes);

    if (!wish)
        abort();
    wish->kind = kind;
    wish->stream = stream;
    wish->tenant_id = session->tenant_id;
    snprintf(wish->session_id, sizeof(wish->session_id), "%s", session->session_id);
    memcpy(wish->kunlun_id, session->kunlun_id, id_bytes);
    return wish;
}

static bool wish_put(Live *live, Wish *wish)
{
    if (queue_put(live->wishes, wish) < 0) {
        free(wish);
        return false;
    }
    queue_wake(live->wishes);
    return true;
}

void live_open(Live *live, HttpStream stream, const PageSession *session, const char *last_event_id)
{
    Wish *wish = wish_new(WISH_OPEN, stream, session);

    wish->has_place = last_event_id != NULL;
    snprintf(wish->last_event_id, sizeof(wish->last_event_id), "%s",
             last_event_id ? last_event_id : "");
    /* Room is left for the closes. */
    if (queue_length(live->wishes) >= LIVE_OPENS_MOST || !wish_put(live, wish))
        live->teller.sink.end(stream, live->teller.sink.state);
}

void live_close(Live *live, HttpStream stream)
{
    static const PageSession nobodys = { .session_id = "", .kunlun_id = "" };

    wish_put(live, wish_new(WISH_CLOSE, stream, &nobodys));
}

/* Who is taken up afterwards is looked at then; and where too much waits, a sign of life does it.
 */
void live_sign_out(Live *live, const PageSession *session)
{
    if (atomic_load(&live->has_followers) && queue_length(live->wishes) < LIVE_OPENS_MOST)
        wish_put(live, wish_new(WISH_SIGN_OUT, 0, session));
}

void live_nudge(Live *live)
{
    if (atomic_load(&live->has_followers) && !atomic_exchange(&live->is_nudged, true))
        queue_nudge(live->wishes);
}

/* ---- who is signed in no longer -----------------------------------------------------------------
 */

/* 1, 0 or an error. */
static int is_signed_in(Live *live, const char *session_id, Failure *failure)
{
    return page_session_lives(live->store, session_id,
                              clock_wall_ms() - (int64_t)SESSION_LIFE_S * 1000, failure);
}

/* One that is not there, too. */
static void let_go(Live *live, HttpStream stream)
{
    const Follower *follower = followers_find(live->followers, stream);

    if (!follower)
        return;
    progress_end(&live->progress, follower);
    followers_remove(live->followers, stream);
}

static void dismiss(Live *live, HttpStream stream)
{
    let_go(live, stream);
    live->teller.sink.end(stream, live->teller.sink.state);
}

/* True when it was dismissed. Who can't be asked about stays. */
static bool dismiss_stranger(Live *live, const Follower *follower)
{
    Failure failure = { 0 };
    int r = is_signed_in(live, follower->session_id, &failure);

    if (r < 0)
        log_failure("live_session", &failure);
    if (r == 0)
        dismiss(live, follower->stream);
    return r == 0;
}

static void sign_out(Live *live, const Wish *wish)
{
    const Follower *next;

    for (const Follower *one = followers_of(live->followers, wish->tenant_id, wish->kunlun_id,
                                            strlen(wish->kunlun_id));
         one; one = next) {
        next = one->next_of_person;
        dismiss_stranger(live, one);
    }
}

/* ---- signs of life ------------------------------------------------------------------------------
 */

/* The same text for several. */
typedef struct Round {
    HttpStream streams[DUE_MOST];
    size_t count;
} Round;

static void round_push(Live *live, const Round *round, const char *text)
{
    if (round->count > 0)
        live->teller.sink.push(round->streams, round->count, text, strlen(text),
                               live->teller.sink.state);
}

/* Who has long been told nothing learns where it stands, so that it need not be read again. */
static void comment(Live *live, Follower *follower, Round *plain, Round *placed)
{
    Round *round = plain;

    if (!follower->is_behind && follower->told < live->progress.position) {
        follower->told = live->progress.position;
        round = placed;
    }
    round->streams[round->count++] = follower->stream;
}

/* True when there are others that are due. */
static bool comment_on_those_due(Live *live, int64_t now_ms)
{
    Round plain = { .count = 0 }, placed = { .count = 0 };
    Follower *follower;
    Buffer text;
    int left = DUE_MOST;

    while ((follower = followers_first(live->followers)) && follower->due_ms <= now_ms &&
           left-- > 0) {
        if (follower->ends_ms <= now_ms) {
            dismiss(live, follower->stream);
        } else if (!dismiss_stranger(live, follower)) {
            comment(live, follower, &plain, &placed);
            followers_put_off(live->followers, follower, now_ms + live->limits.comment_ms);
        }
    }
    buffer_init(&text, live->arena, 64);
    buffer_add(&text, ": \n");
    teller_add_id(&text, live->progress.position);
    buffer_add(&text, "event: position\ndata: {}\n\n");
    round_push(live, &plain, ": \n\n");
    round_push(live, &placed, text.text);
    return left < 0;
}

/* ---- coming and going ---------------------------------------------------------------------------
 */

/* False: it is none of ours. */
static bool parse_place(const char *text, int64_t *ret_number)
{
    uint8_t bytes[ID_DIGITS_SHOWN / 2];
    uint64_t number = 0;

    if (!hex_parse(text, bytes, sizeof(bytes)))
        return false;
    for (size_t i = 0; i < sizeof(bytes); i++)
        number = number << 8 | bytes[i];
    *ret_number = (int64_t)number;
    return number <= INT64_MAX;
}

/* Whether it can be caught up from there: not from the future, nor from too long ago. */
static bool find_place(const Live *live, const Wish *wish, int64_t last_number, int64_t *ret_number)
{
    int64_t oldest_ms = clock_wall_ms() - live->limits.behind_ms;

    return parse_place(wish->last_event_id, ret_number) && *ret_number <= last_number &&
           (*ret_number == last_number || *ret_number >= id_number_at(oldest_ms));
}

static void greet(Live *live, const Follower *follower, bool is_reset)
{
    Buffer text;

    buffer_init(&text, live->arena, 128);
    buffer_print(&text, "retry: %d\n", LIVE_RETRY_MS);
    teller_add_id(&text, follower->position);
    buffer_add(&text, "event: ready\ndata: {}\n\n");
    if (is_reset)
        buffer_add(&text, "event: reset\ndata: {}\n\n");
    live->teller.sink.push(&follower->stream, 1, text.text, text.size_bytes,
                           live->teller.sink.state);
}

static void take_up(Live *live, const Wish *wish, int64_t last_number)
{
    int64_t now_ms = clock_monotonic_ms();
    Follower *follower =
        followers_add(live->followers, wish->stream, wish->tenant_id, wish->kunlun_id);
    int64_t place = live->progress.position;
    bool is_known = !wish->has_place || find_place(live, wish, last_number, &place);

    snprintf(follower->session_id, sizeof(follower->session_id), "%s", wish->session_id);
    progress_begin(&live->progress, follower, is_known ? place : live->progress.position);
    follower->due_ms = now_ms + live->limits.comment_ms;
    follower->ends_ms = now_ms + live->limits.life_ms;
    greet(live, follower, !is_known);
}

/* is_blind: the store can't be asked now; who comes may come again. */
static void grant(Live *live, const Wish *wish, int64_t last_number, bool is_blind)
{
    Failure failure = { 0 };

    if (wish->kind == WISH_CLOSE)
        let_go(live, wish->stream);
    else if (wish->kind == WISH_SIGN_OUT)
        sign_out(live, wish);
    else if (is_blind || is_signed_in(live, wish->session_id, &failure) <= 0)
        live->teller.sink.end(wish->stream, live->teller.sink.state);
    else
        take_up(live, wish, last_number);
}

/* ---- turns --------------------------------------------------------------------------------------
 */

static int see_the_end(Live *live, int64_t *ret_number, Failure *failure)
{
    int r = event_last_number(live->store, ret_number, failure);

    if (r >= 0 && followers_count(live->followers) == 0)
        live->progress.position = *ret_number;
    return r;
}

static void refresh_directory(Live *live)
{
    int64_t now_ms = clock_monotonic_ms();
    Failure failure = { 0 };

    if (live->refreshed_ms > 0 && now_ms - live->refreshed_ms < live->limits.poll_ms)
        return;
    live->refreshed_ms = now_ms;
    if (directory_refresh(live->directory, live->store, &failure) < 0)
        log_failure("directory_refresh", &failure);
}

/* What the store is asked in one turn, from one view of it. */
static int look(Live *live, Wish **wishes, size_t count, Failure *failure)
{
    int64_t last_number = 0;
    int r;

    atomic_store(&live->has_followers, true); /* before the end of the table is read */
    atomic_exchange(&live->is_nudged, false);
    refresh_directory(live);
    r = store_begin(live->store, failure);
    if (r >= 0 && count > 0)
        r = see_the_end(live, &last_number, failure);
    for (size_t i = 0; i < count; i++)
        grant(live, wishes[i], last_number, r < 0);
    if (r >= 0)
        r = progress_read_on(&live->progress, &live->teller, failure);
    if (r >= 0 && store_commit(live->store, failure) < 0)
        r = failure->code;
    atomic_store(&live->has_followers, followers_count(live->followers) > 0);
    return r;
}

static void recover(Live *live, Failure *failure)
{
    log_failure("live", failure);
    failure_clear(failure);
    if (store_in_transaction(live->store))
        store_rollback(live->store, failure);
}

/* In how many ms the next turn is due; -1: when somebody comes. */
static int turn(Live *live, Wish **wishes, size_t count)
{
    int64_t wait_ms = live->limits.poll_ms, due_ms;
    Failure failure = { 0 };
    bool has_more;
    int r;

    if (count == 0 && followers_count(live->followers) == 0)
        return -1;
    arena_reset(live->arena);
    r = look(live, wishes, count, &failure);
    if (r < 0)
        recover(live, &failure);
    has_more = comment_on_those_due(live, clock_monotonic_ms());
    if (followers_count(live->followers) == 0)
        return -1;
    due_ms = followers_first(live->followers)->due_ms - clock_monotonic_ms();
    if (due_ms < wait_ms)
        wait_ms = due_ms > 0 ? due_ms : 0;
    if (r < 0)
        return (int)live->limits.poll_ms;
    return r > 0 || has_more ? 0 : (int)wait_ms;
}

static void *run(void *state)
{
    Live *live = state;
    void *wishes[WISHES_TAKEN];
    size_t count;
    int wait_ms = -1;

    while (!queue_is_over(live->wishes)) {
        count = queue_take(live->wishes, wishes, WISHES_TAKEN, wait_ms);
        wait_ms = turn(live, (Wish **)wishes, count);
        for (size_t i = 0; i < count; i++)
            free(wishes[i]);
        log_flush();
    }
    return NULL;
}

/* ---- beginning and end ---- */

static int open_store(Live *live, const char *url, Failure *failure)
{
    int r = store_open(url, STORE_READER, &live->store, failure);

    if (r < 0)
        return r;
    store_keep_users(live->store);
    live->teller.store = live->store;
    if (pthread_create(&live->thread, NULL, run, live) != 0)
        return fail(failure, E_FAULT, "a thread can't be started");
    live->is_running = true;
    return 0;
}

int live_start(const char *url, const LiveLimits *limits, const LiveSink *sink, Live **ret_live,
               Failure *failure)
{
    Live *live = calloc(1, sizeof(*live));
    int r;

    if (!live)
        abort();
    live->limits = *limits;
    live->progress =
        (Progress){ .step_events = limits->step_events, .behind_events = limits->behind_events };
    live->wishes = queue_new(WISHES_MOST);
    live->directory = directory_new();
    live->followers = followers_new();
    live->arena = arena_new();
    live->teller = (Teller){ .directory = live->directory,
                             .followers = live->followers,
                             .sink = *sink,
                             .rows = arena_new(),
                             .arena = arena_new() };
    r = open_store(live, url, failure);
    if (r < 0) {
        live_stop(live);
        return r;
    }
    *ret_live = live;
    return 0;
}

Live *live_stop(Live *live)
{
    if (!live)
        return NULL;
    queue_close(live->wishes);
    if (live->is_running)
        pthread_join(live->thread, NULL);
    followers_free(live->followers);
    directory_free(live->directory);
    arena_free(live->arena);
    arena_free(live->teller.rows);
    arena_free(live->teller.arena);
    if (live->store)
        store_close(live->store);
    queue_free(live->wishes);
    free(live);
    return NULL;
}
