/* SPDX-License-Identifier: Apache-2.0 */
#include "server/tender.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"

#include "store/chat_index_build.h"

enum {
    /* Each round moves what came during the one before, so each is shorter: what is left for the
     * writer is little more than a sync. */
    TENDER_ROUNDS = 3,

    INDEX_CHANGES = 4096,  /* rows that the writer changes until the thread looks again */
    INDEX_PAUSE_MS = 1000, /* after a failure */
};

typedef enum TenderState {
    TENDER_IDLE,
    TENDER_ASKED,
    TENDER_THROUGH, /* the writer's part is left */
    TENDER_ANEW,    /* that is done, too; when the writer next writes, the log begins anew */
} TenderState;

/* Whoever the state names has the index: the writer when it is IDLE, READY or FAILED. */
typedef enum IndexState { INDEX_IDLE, INDEX_ASKED, INDEX_READY, INDEX_FAILED } IndexState;

typedef struct Index {
    ChatIndexBuilder *builder; /* owned; the thread's */
    const ChatIndexPiece *piece;
    _Atomic int state;
    bool is_written;       /* the piece is in the open transaction */
    bool is_lost;          /* it was not kept */
    int64_t seen_changes;  /* of the writer when the thread was last asked; -1 = never */
    int64_t not_before_ms; /* it is asked */
    Failure failure;       /* when FAILED */
} Index;

struct Tender {
    pthread_t thread;
    bool is_running;
    Queue *wishes; /* owned; holds each wish at most once */
    Queue *writer; /* borrowed, may be NULL */
    Store *store;  /* owned */
    _Atomic int state;
    _Atomic bool is_broken;
    Failure failure; /* of the last round; read only when TENDER_THROUGH */
    Index index;
};

/* ---- the thread ---- */

static void move_log(Tender *tender)
{
    failure_clear(&tender->failure);
    for (int i = 0; i < TENDER_ROUNDS && tender->failure.code == 0; i++)
        store_tend_beside(tender->store, &tender->failure);
    atomic_store(&tender->is_broken, store_is_broken(tender->store));
    atomic_store(&tender->state, TENDER_THROUGH);
    if (tender->writer)
        queue_nudge(tender->writer);
}

static void look_for_piece(Tender *tender)
{
    Index *index = &tender->index;
    int r;

    if (index->is_lost)
        chat_index_builder_forget(index->builder);
    else if (index->piece)
        chat_index_builder_written(index->builder);
    index->piece = NULL;
    index->is_lost = false;
    failure_clear(&index->failure);
    r = chat_index_builder_next(index->builder, tender->store, &index->piece, &index->failure);
    if (r < 0)
        chat_index_builder_forget(index->builder);
    atomic_store(&tender->is_broken, store_is_broken(tender->store));
    atomic_store(&index->state, r < 0 ? INDEX_FAILED : r > 0 ? INDEX_READY : INDEX_IDLE);
    if (r > 0 && tender->writer)
        queue_nudge(tender->writer);
}

static void *run(void *pointer)
{
    Tender *tender = pointer;
    void *wish;

    while (queue_take(tender->wishes, &wish, 1, -1) > 0) {
        if (wish == tender)
            move_log(tender);
        else
            look_for_piece(tender);
    }
    return NULL;
}

/* There is room for each wish. */
static void wish_for(Tender *tender, void *wish)
{
    queue_put(tender->wishes, wish);
    queue_wake(tender->wishes);
}

int tender_start(const char *url, Queue *writer, Tender **ret_tender, Failure *failure)
{
    Tender *tender = calloc(1, sizeof(*tender));
    int r;

    if (!tender)
        abort();
    tender->wishes = queue_new(2);
    tender->writer = writer;
    tender->index.builder = chat_index_builder_new(&chat_index_sizes);
    tender->index.seen_changes = -1;
    r = store_open(url, STORE_WRITER, &tender->store, failure);
    if (r >= 0 && pthread_create(&tender->thread, NULL, run, tender) != 0)
        r = fail(failure, E_FAULT, "a thread can't be started");
    if (r < 0) {
        tender_stop(tender);
        return r;
    }
    tender->is_running = true;
    *ret_tender = tender;
    return 0;
}

Tender *tender_stop(Tender *tender)
{
    if (!tender)
        return NULL;
    queue_close(tender->wishes);
    if (tender->is_running)
        pthread_join(tender->thread, NULL);
    if (tender->store)
        store_close(tender->store);
    chat_index_builder_free(tender->index.builder);
    queue_free(tender->wishes);
    free(tender);
    return NULL;
}

/* ---- the writer: the log ---- */

/* The writer's part. Where the log can't be moved, the index need not wait for it. */
static int end_moving(Tender *tender, Store *writer, Failure *failure)
{
    int r = tender->failure.code;

    if (r < 0)
        *failure = tender->failure;
    else
        r = store_tend(writer, failure);
    atomic_store(&tender->state, r < 0 ? TENDER_IDLE : TENDER_ANEW);
    return r;
}

int tender_serve(Tender *tender, Store *writer, Failure *failure)
{
    if (atomic_load(&tender->state) == TENDER_ANEW)
        atomic_store(&tender->state, TENDER_IDLE);
    switch (atomic_load(&tender->state)) {
    case TENDER_IDLE:
        if (!store_wants_tending(writer))
            return 0;
        atomic_store(&tender->state, TENDER_ASKED);
        wish_for(tender, tender);
        return 0;
    case TENDER_THROUGH: return end_moving(tender, writer, failure);
    default: return 0;
    }
}

/* ---- the writer: the index ---- */

/* A log begins anew only at a moment when nobody reads it, and grows otherwise: while it is moved,
 * and for the writer's next turn, in which it most likely writes, the index waits. */
static bool index_must_wait(const Tender *tender)
{
    return atomic_load(&tender->state) != TENDER_IDLE;
}

static void ask_index(Tender *tender)
{
    atomic_store(&tender->index.state, INDEX_ASKED);
    wish_for(tender, &tender->index);
}

/* The thread looks again after a pause, whatever the writer does. */
static void pause_index(Index *index)
{
    index->seen_changes = -1;
    index->not_before_ms = clock_monotonic_ms() + INDEX_PAUSE_MS;
    atomic_store(&index->state, INDEX_IDLE);
}

int tender_serve_index(Tender *tender, Store *writer, Failure *failure)
{
    Index *index = &tender->index;
    int64_t changes = store_change_count(writer);
    int state = atomic_load(&index->state);

    if (state == INDEX_FAILED) {
        *failure = index->failure;
        pause_index(index);
        return failure->code;
    }
    if (state != INDEX_IDLE || index_must_wait(tender))
        return 0;
    if (index->seen_changes >= 0 && changes - index->seen_changes < INDEX_CHANGES)
        return 0;
    if (index->not_before_ms > 0 && clock_monotonic_ms() < index->not_before_ms)
        return 0;
    index->seen_changes = changes;
    ask_index(tender);
    return 0;
}

bool tender_has_piece(const Tender *tender)
{
    return atomic_load(&tender->index.state) == INDEX_READY;
}

/* In a savepoint, which costs nothing where no page was changed yet: what is wrong with a piece is
 * not the calls' loss. */
int tender_write_piece(Tender *tender, Store *writer, Failure *failure)
{
    Index *index = &tender->index;
    int r;

    if (!tender_has_piece(tender) || index->is_lost)
        return 0;
    r = store_savepoint(writer, failure);
    if (r < 0)
        return r;
    index->is_written = true;
    r = chat_index_piece_write(writer, index->piece, failure);
    if (r >= 0)
        return store_release(writer, failure);
    index->is_lost = true;
    if (store_in_transaction(writer) && store_rollback_to(writer, failure) < 0)
        store_rollback(writer, failure); /* half a piece must not be kept */
    return r;
}

void tender_end_piece(Tender *tender, bool is_kept)
{
    Index *index = &tender->index;

    if (!index->is_written)
        return;
    index->is_written = false;
    index->is_lost = index->is_lost || !is_kept;
    if (index->is_lost) {
        pause_index(index);
    } else if (index_must_wait(tender)) {
        index->seen_changes = -1;
        atomic_store(&index->state, INDEX_IDLE);
    } else {
        ask_index(tender);
    }
}

bool tender_is_broken(const Tender *tender)
{
    return atomic_load(&tender->is_broken);
}
