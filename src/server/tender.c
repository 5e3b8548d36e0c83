/* SPDX-License-Identifier: Apache-2.0 */
#include "server/tender.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/queue.h"

/* Each round moves what came during the one before, so each is shorter: what is left for the writer
 * is little more than a sync. */
enum { TENDER_ROUNDS = 3 };

typedef enum TenderState { TENDER_IDLE, TENDER_ASKED, TENDER_THROUGH } TenderState;

struct Tender {
    pthread_t thread;
    bool is_running;
    Queue *wishes; /* owned; holds at most one */
    Store *store;  /* owned */
    _Atomic int state;
    _Atomic bool is_broken;
    Failure failure; /* of the last round; read only when TENDER_THROUGH */
};

static void *run(void *pointer)
{
    Tender *tender = pointer;
    void *wish;

    while (queue_take(tender->wishes, &wish, 1, -1) > 0) {
        failure_clear(&tender->failure);
        for (int i = 0; i < TENDER_ROUNDS && tender->failure.code == 0; i++)
            store_tend_beside(tender->store, &tender->failure);
        atomic_store(&tender->is_broken, store_is_broken(tender->store));
        atomic_store(&tender->state, TENDER_THROUGH);
    }
    return NULL;
}

int tender_start(const char *url, Tender **ret_tender, Failure *failure)
{
    Tender *tender = calloc(1, sizeof(*tender));
    int r;

    if (!tender)
        abort();
    tender->wishes = queue_new(1);
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
    queue_free(tender->wishes);
    free(tender);
    return NULL;
}

int tender_serve(Tender *tender, Store *writer, Failure *failure)
{
    switch (atomic_load(&tender->state)) {
    case TENDER_IDLE:
        if (!store_wants_tending(writer))
            return 0;
        atomic_store(&tender->state, TENDER_ASKED);
        queue_put(tender->wishes, tender); /* there is room for the only one */
        queue_wake(tender->wishes);
        return 0;
    case TENDER_THROUGH:
        atomic_store(&tender->state, TENDER_IDLE);
        if (tender->failure.code < 0) {
            *failure = tender->failure;
            return failure->code;
        }
        return store_tend(writer, failure);
    default: return 0;
    }
}

bool tender_is_broken(const Tender *tender)
{
    return atomic_load(&tender->is_broken);
}
