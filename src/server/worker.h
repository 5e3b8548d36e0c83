/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "base/queue.h"

#include "server/tender.h"
#include "server/workers.h"

/* One thread that carries calls, with a connection to the database, a snapshot of tenants and apps
 * and a source of ids of its own; and the pool as its threads see it. What a reader does is in
 * reader.h, what the writer does in writer.h and batch.h; both are built on what stands here. For
 * these files and workers.c: everybody else knows the pool by workers.h.
 *
 * What is in a Worker belongs to its thread once worker_start() has begun it. What is in Workers
 * stays as workers_start() made it, but for the two atomic words. */

enum {
    READERS_MOST = 16,
    BATCH_MOST = 1024, /* calls that are carried at once; batch_most is at most this */
};

typedef struct Worker {
    Workers *workers;
    pthread_t thread;
    bool is_running;
    Queue *queue;         /* borrowed */
    Store *store;         /* owned */
    Directory *directory; /* owned */
    IdSource ids;
    int64_t ids_version; /* of the data, when its ids last took up what others had made */
    CallContext context;
    int64_t refreshed_ms;
    int64_t chores_ms;
    int64_t pruned_ms;
} Worker;

struct Workers {
    const Config *config;
    HttpServer *server;
    Metrics *metrics;
    Rules rules;
    Limiter *limiter;   /* owned */
    Queue *write_queue; /* owned */
    Queue *read_queue;  /* owned */
    Tender *tender;     /* owned */
    Live *live;         /* owned */
    Worker writer;
    Worker readers[READERS_MOST];
    size_t reader_count;
    _Atomic bool is_full;   /* the disk; set by the writer */
    _Atomic bool is_broken; /* a sync failed; set by whoever saw it */
};

/* ---- beginning and end, from the thread that starts and ends the server ---- */

/* Opens the worker's store, takes its first snapshot and gives it its queue, by the mode. worker is
 * all zero; after a failure too it is to be ended with worker_stop(). */
int worker_open(Workers *workers, Worker *worker, StoreMode mode, Failure *failure);

int worker_start(Worker *worker, void *(*run)(void *state), Failure *failure);

/* Waits for the thread, whose queue is closed, and frees what the worker owns. */
void worker_stop(Worker *worker);

/* ---- from its own thread ---- */

/* Between transactions: takes up what commands beside the server have changed in tenants and apps,
 * now and then. A failure is logged; the old snapshot stays. */
void worker_refresh_directory(Worker *worker);

/* False: the call has waited too long, and was told so. */
bool worker_is_in_time(const Worker *worker, Call *call);

/* Gives the exchanges of at most BATCH_MOST calls back to the loop; where they are few, their
 * answers are sent before. The calls are gone then. */
void worker_answer(Worker *worker, Call *const *calls, size_t count);

/* After a failed sync: what the disk holds is unknown. Says so, once, and drains the server. */
void worker_end_process(Worker *worker);

/* A line in the log, for what no request is to blame for. */
void worker_log_failure(const char *event, const Failure *failure);
