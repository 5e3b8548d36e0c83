/* SPDX-License-Identifier: Apache-2.0 */
#include "server/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/queue.h"

#include "domain/idempotency.h"
#include "domain/master_key.h"
#include "domain/page_session.h"
#include "server/installation.h"
#include "server/tender.h"
#include "store/event_store.h"

enum {
    READERS_MOST = 16,
    BATCH_MOST = 1024,
    READ_BATCH_MOST = 32,
    DIRECTORY_REFRESH_MS = 250, /* a change by another process is seen within a second */
    CHORES_MS = 1000,
    PRUNE_MS = 60 * 1000,
    FAREWELL_MS = 300, /* after a failed sync: for answers to leave */
    TRIAL_WRITES = 32, /* each takes a page of the log; a call needs several at once */
};

/* One thread with its own connection, snapshot and ids. */
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
    _Atomic bool is_full;
    _Atomic bool is_broken;
};

static void log_failure(const char *event, const Failure *failure)
{
    log_open(LOG_ERROR, event);
    log_text("error", error_name(failure->code));
    log_text("reason", failure->text);
    log_close();
}

/* ---- what both kinds of worker do ---- */

static void refresh_directory(Worker *worker)
{
    int64_t now_ms = clock_monotonic_ms();
    Failure failure = { 0 };

    if (worker->refreshed_ms > 0 && now_ms - worker->refreshed_ms < DIRECTORY_REFRESH_MS)
        return;
    worker->refreshed_ms = now_ms;
    if (directory_refresh(worker->directory, worker->store, &failure) < 0)
        log_failure("directory_refresh", &failure);
}

/* False: it has waited too long, and was told so. */
static bool is_in_time(const Worker *worker, Call *call)
{
    int64_t waited_us = clock_monotonic_us() - exchange_arrived_us(call->exchange);

    if (waited_us <= worker->workers->config->queue_wait_ms * 1000)
        return true;
    call_fail(call, E_UNAVAILABLE);
    return false;
}

static void answer(Worker *worker, Call *const *calls, size_t count)
{
    Exchange *exchanges[BATCH_MOST];

    for (size_t i = 0; i < count; i++)
        exchanges[i] = calls[i]->exchange;
    http_answer(worker->workers->server, exchanges, count);
}

/* What the disk holds is unknown. */
static void end_process(Worker *worker)
{
    Workers *workers = worker->workers;

    if (atomic_exchange(&workers->is_broken, true))
        return;
    log_open(LOG_ERROR, "sync_failed");
    log_text("reason", "what the disk holds is unknown; ending without another acknowledgement");
    log_close();
    log_flush();
    http_drain(workers->server);
}

/* ---- reading ---- */

/* One view of the database for the whole batch, newer than any answer given before it was taken.
 * goes_on (all false): which calls were prepared for a writer. */
static void carry_reads(Worker *worker, Call *const *calls, size_t count, bool *goes_on)
{
    Failure failure = { 0 };
    int r = store_begin(worker->store, &failure);

    for (size_t i = 0; i < count; i++) {
        if (!is_in_time(worker, calls[i]))
            continue;
        if (r < 0)
            call_fail(calls[i], r);
        else if (call_run(calls[i], &worker->context) > 0)
            goes_on[i] = true;
    }
    if (r >= 0)
        r = store_commit(worker->store, &failure);
    if (r < 0) {
        log_failure("read", &failure);
        failure_clear(&failure);
        store_rollback(worker->store, &failure);
    }
    if (store_is_broken(worker->store))
        end_process(worker);
}

/* Hands on what was prepared; the number of calls that are left, which are answered. */
static size_t hand_on(Worker *worker, Call **calls, size_t count, const bool *goes_on)
{
    size_t left = 0;

    for (size_t i = 0; i < count; i++) {
        int r = goes_on[i] ? workers_put(worker->workers, calls[i]) : E_CONFLICT;

        if (goes_on[i] && r < 0)
            call_fail(calls[i], r);
        if (r < 0)
            calls[left++] = calls[i];
    }
    if (left < count)
        queue_wake(worker->workers->write_queue);
    return left;
}

static void *run_reader(void *state)
{
    Worker *worker = state;
    void *calls[READ_BATCH_MOST];
    size_t count;

    while ((count = queue_take(worker->queue, calls, READ_BATCH_MOST, -1)) > 0) {
        bool goes_on[READ_BATCH_MOST] = { false };

        refresh_directory(worker);
        carry_reads(worker, (Call **)calls, count, goes_on);
        count = hand_on(worker, (Call **)calls, count, goes_on);
        answer(worker, (Call **)calls, count);
        log_flush();
    }
    return NULL;
}

/* ---- writing ---- */

/* Runs the call in a savepoint and ends that. failure: of the store's own part. */
static int run_inside(Worker *worker, Call *call, Failure *failure)
{
    int r;

    r = store_savepoint(worker->store, failure);
    if (r < 0) {
        call_fail(call, r);
        return r;
    }
    r = call_run(call, &worker->context);
    if (r < 0)
        return r;
    r = store_release(worker->store, failure);
    if (r < 0)
        call_fail(call, r);
    return r;
}

/* The calls of one transaction. */
typedef struct Batch {
    Call *const *calls;
    size_t count;
    bool is_guarded;              /* each call has a savepoint of its own */
    bool must_commit[BATCH_MOST]; /* its answer promises what only the commit makes true */
} Batch;

enum { E_UNGUARDED = -1000 }; /* a call failed that can't be undone alone */

/* One call. Negative: the whole transaction is lost, and lost says why. */
static int carry_write(Worker *worker, Batch *batch, size_t i, Failure *lost)
{
    Call *call = batch->calls[i];
    int64_t changes = store_change_count(worker->store);
    Failure failure = { 0 };
    int r;

    batch->must_commit[i] = true;
    r = batch->is_guarded ? run_inside(worker, call, &failure) : call_run(call, &worker->context);
    if (r == 0)
        return 0;
    if (failure.code < 0)
        log_failure("savepoint", &failure);
    if (!store_in_transaction(worker->store)) { /* a full disk can end it */
        *lost = failure.code < 0 ? failure : call->failure;
        return r;
    }
    if (!batch->is_guarded && store_change_count(worker->store) != changes)
        return E_UNGUARDED;
    r = batch->is_guarded ? store_rollback_to(worker->store, lost) : 0;
    if (r < 0)
        return r;
    batch->must_commit[i] = call->key_hash != NULL;
    r = call_keep_failure(call);
    if (r < 0)
        call_fail(call, r);
    return store_in_transaction(worker->store) ? 0 : fail(lost, r, "a refusal could not be kept");
}

static void note_outcome(Worker *worker, int code)
{
    if (store_is_broken(worker->store) || tender_is_broken(worker->workers->tender))
        end_process(worker);
    if (code == E_FULL)
        atomic_store(&worker->workers->is_full, true);
}

/* The clock may have gone back since the last start, and another process may have written since: a
 * number must never come twice, and never before one that readers have passed. */
static int continue_ids(Worker *worker, Failure *failure)
{
    int64_t number = 0;
    int r;

    if (worker->ids_version == store_data_version(worker->store))
        return 0;
    r = event_last_number(worker->store, &number, failure);
    if (r < 0)
        return r;
    id_continue(&worker->ids, number);
    worker->ids_version = store_data_version(worker->store);
    return 0;
}

/* A transaction, in which a piece of the index of chats rides: it shares the sync. On a full disk
 * there is no room for it. */
static int begin_writing(Worker *worker, Failure *lost)
{
    Failure failure = { 0 };
    int r = store_begin(worker->store, lost);

    if (r >= 0)
        r = continue_ids(worker, lost);
    if (r < 0 || atomic_load(&worker->workers->is_full))
        return r;
    if (tender_write_piece(worker->workers->tender, worker->store, &failure) >= 0)
        return 0;
    log_failure("index_chats", &failure);
    if (store_in_transaction(worker->store))
        return 0;
    *lost = failure;
    return failure.code;
}

/* All calls, in a transaction that stays open. */
static int carry_batch(Worker *worker, Batch *batch, Failure *lost)
{
    int r = begin_writing(worker, lost);

    for (size_t i = 0; i < batch->count && r != E_UNGUARDED; i++) {
        if (!is_in_time(worker, batch->calls[i]))
            continue;
        if (r >= 0)
            r = carry_write(worker, batch, i, lost);
        else
            batch->must_commit[i] = true;
    }
    return r;
}

/* A savepoint costs a copy of every page that its call changes after another call did, so at first
 * there are none. A call that fails has nearly always changed nothing yet; when it has, all is
 * undone and carried again, each call in its savepoint. Nobody has been told anything by then. */
static int carry_guarded(Worker *worker, Batch *batch, Failure *lost)
{
    int r = store_rollback(worker->store, lost);

    if (r < 0)
        return r;
    for (size_t i = 0; i < batch->count; i++)
        call_begin_again(batch->calls[i]);
    *batch = (Batch){ .calls = batch->calls, .count = batch->count, .is_guarded = true };
    return carry_batch(worker, batch, lost);
}

/* Runs the calls in one transaction and commits it. Those whose answers a failure made untrue are
 * told. */
static int carry_writes(Worker *worker, Call *const *calls, size_t count)
{
    Batch batch = { .calls = calls, .count = count };
    int64_t began_us;
    Failure failure = { 0 };
    int r;

    r = carry_batch(worker, &batch, &failure);
    if (r == E_UNGUARDED)
        r = carry_guarded(worker, &batch, &failure);
    began_us = clock_monotonic_us();
    if (r >= 0)
        r = store_commit(worker->store, &failure);
    if (r >= 0 && tender_is_broken(worker->workers->tender))
        r = fail(&failure, E_FAULT, "a sync of the database failed beside the writer");
    tender_end_piece(worker->workers->tender, r >= 0);
    metrics_count_commit(worker->workers->metrics, count, clock_monotonic_us() - began_us, r >= 0);
    if (r < 0) {
        log_failure("commit", &failure);
        for (size_t i = 0; i < count; i++)
            if (batch.must_commit[i])
                call_fail(calls[i], r);
        failure_clear(&failure);
        store_rollback(worker->store, &failure);
    }
    if (r >= 0)
        live_nudge(worker->workers->live);
    note_outcome(worker, r);
    return r;
}

/* Takes calls as carry_writes() would, and refuses them; how many. */
static size_t refuse_writes(Worker *worker, size_t most, int timeout_ms)
{
    void *calls[BATCH_MOST];
    size_t count =
        queue_take(worker->queue, calls, most < BATCH_MOST ? most : BATCH_MOST, timeout_ms);

    for (size_t i = 0; i < count; i++)
        call_fail(calls[i], E_UNAVAILABLE);
    answer(worker, (Call **)calls, count);
    return count;
}

/* Another process has kept the lock for as long as we wait for it. Who stands behind would wait as
 * long again, and a drain would be over before. */
static void refuse_waiting(Worker *worker)
{
    size_t left = queue_length(worker->queue), count = 1;

    for (; left > 0 && count > 0; left -= count)
        count = refuse_writes(worker, left, 0);
}

/* After a failed sync: what comes is refused, until the answers have had time to leave. */
static void say_farewell(Worker *worker)
{
    int64_t end_ms = clock_monotonic_ms() + FAREWELL_MS, left_ms = FAREWELL_MS;

    for (; left_ms > 0 && !queue_is_closed(worker->queue); left_ms = end_ms - clock_monotonic_ms())
        refuse_writes(worker, BATCH_MOST, (int)left_ms);
    http_drain(worker->workers->server); /* the second time: at once */
    while (refuse_writes(worker, BATCH_MOST, -1) > 0)
        ;
}

/* ---- the writer's chores ---- */

/* What has grown too old. 1 = there is more of it. */
static int prune(const Work *work)
{
    int r = idempotency_prune(work), s;

    if (r < 0)
        return r;
    s = page_session_tidy(work);
    return s < 0 ? s : r > 0 || s > 0;
}

/* A transaction for one chore, or for what rides in any (NULL); its result. */
static int write_alone(Worker *worker, const char *event, int (*chore)(const Work *work))
{
    Failure failure = { 0 };
    Arena *arena = arena_new();
    Work work = { .store = worker->store,
                  .arena = arena,
                  .failure = &failure,
                  .ids = &worker->ids,
                  .directory = worker->directory,
                  .rules = &worker->workers->rules,
                  .now_ms = clock_wall_ms(),
                  .log_id = event };
    int r, done = 0;

    r = begin_writing(worker, &failure);
    if (r >= 0 && chore)
        r = done = chore(&work);
    if (r >= 0)
        r = store_commit(worker->store, &failure);
    tender_end_piece(worker->workers->tender, r >= 0);
    if (r < 0) {
        log_failure(event, &failure);
        failure_clear(&failure);
        store_rollback(worker->store, &failure);
    }
    note_outcome(worker, r);
    arena_free(arena);
    if (r == E_UNAVAILABLE)
        refuse_waiting(worker);
    return r < 0 ? r : done;
}

/* Whether there is space again. One small write would fit where the last call that failed began to
 * be written, and so would a call that changes nothing. */
static void try_to_write(Worker *worker)
{
    int r = 0;

    for (int i = 0; i < TRIAL_WRITES && r >= 0; i++)
        r = write_alone(worker, "try_write", directory_touch);
    if (r >= 0)
        atomic_store(&worker->workers->is_full, false);
}

/* Without calls there is no transaction in which a piece of the index could ride. */
static void index_chats(Worker *worker)
{
    Workers *workers = worker->workers;
    Failure failure = { 0 };

    if (tender_serve_index(workers->tender, worker->store, &failure) < 0)
        log_failure("index_chats", &failure);
    if (tender_has_piece(workers->tender) && !atomic_load(&workers->is_full) &&
        queue_length(worker->queue) == 0)
        write_alone(worker, "index_chats", NULL);
}

static void do_chores(Worker *worker)
{
    int64_t now_ms = clock_monotonic_ms();
    Failure failure = { 0 };

    if (store_in_transaction(worker->store)) /* its rollback failed: the lock must not stay */
        store_rollback(worker->store, &failure);
    failure_clear(&failure);
    if (tender_serve(worker->workers->tender, worker->store, &failure) < 0) {
        log_failure("tend", &failure);
        note_outcome(worker, failure.code);
    }
    index_chats(worker);
    if (now_ms - worker->pruned_ms >= PRUNE_MS &&
        write_alone(worker, "prune", prune) <= 0) /* 1: there is more, for the next turn */
        worker->pruned_ms = now_ms;
    if (now_ms - worker->chores_ms < CHORES_MS)
        return;
    worker->chores_ms = now_ms;
    metrics_set_database_bytes(worker->workers->metrics, store_size_bytes(worker->store));
    if (atomic_load(&worker->workers->is_full))
        try_to_write(worker);
}

static void *run_writer(void *state)
{
    Worker *worker = state;
    Workers *workers = worker->workers;
    void *calls[BATCH_MOST];
    size_t count, most = (size_t)workers->config->batch_most;
    int r;

    while (!atomic_load(&workers->is_broken)) {
        count = queue_take(worker->queue, calls, most, CHORES_MS);
        if (count > 0) {
            refresh_directory(worker);
            r = carry_writes(worker, (Call **)calls, count);
            if (r == E_UNAVAILABLE)
                refuse_waiting(worker); /* before an answer brings the next request */
            answer(worker, (Call **)calls, count);
        } else if (queue_is_closed(worker->queue)) {
            log_flush();
            return NULL;
        }
        do_chores(worker);
        log_flush();
    }
    say_farewell(worker);
    return NULL;
}

/* ---- beginning and end ---- */

static int open_worker(Workers *workers, Worker *worker, StoreMode mode, Failure *failure)
{
    int r;

    worker->workers = workers;
    worker->queue = mode == STORE_WRITER ? workers->write_queue : workers->read_queue;
    r = installation_find_database(workers->config, failure);
    if (r >= 0)
        r = store_open(workers->config->database, mode, &worker->store, failure);
    if (r < 0)
        return r;
    store_keep_users(worker->store);
    if (mode == STORE_READER)
        store_keep_chats(worker->store);
    worker->ids_version = -1;
    worker->directory = directory_new();
    worker->context =
        (CallContext){ .store = worker->store,
                       .directory = worker->directory,
                       .ids = &worker->ids,
                       .rules = &workers->rules,
                       .limiter = workers->limiter,
                       .tokens = token_memo_new(),
                       .has_verbose_codes = workers->config->apaas_codes == APAAS_CODES_VERBOSE };
    r = directory_refresh(worker->directory, worker->store, failure);
    return r < 0 ? r : 0;
}

static int start_thread(Worker *worker, void *(*run)(void *state), Failure *failure)
{
    if (pthread_create(&worker->thread, NULL, run, worker) != 0)
        return fail(failure, E_FAULT, "a thread can't be started");
    worker->is_running = true;
    return 0;
}

static int start_live(Workers *workers, Failure *failure)
{
    const LiveSink sink = live_sink_of(workers->server);

    return live_start(workers->config->database, &live_default_limits, &sink, &workers->live,
                      failure);
}

static int start_all(Workers *workers, Failure *failure)
{
    int r;

    r = installation_read_rules(workers->config, &workers->rules, failure);
    if (r >= 0)
        r = open_worker(workers, &workers->writer, STORE_WRITER, failure);
    if (r >= 0)
        r = master_key_check(workers->writer.store, &workers->rules, failure);
    if (r >= 0)
        r = tender_start(workers->config->database, workers->write_queue, &workers->tender,
                         failure);
    if (r >= 0)
        r = start_live(workers, failure);
    for (size_t i = 0; r >= 0 && i < workers->reader_count; i++)
        r = open_worker(workers, &workers->readers[i], STORE_READER, failure);
    if (r >= 0)
        r = start_thread(&workers->writer, run_writer, failure);
    for (size_t i = 0; r >= 0 && i < workers->reader_count; i++)
        r = start_thread(&workers->readers[i], run_reader, failure);
    return r;
}

int workers_start(const Config *config, HttpServer *server, Metrics *metrics, Workers **ret_workers,
                  Failure *failure)
{
    Workers *workers = calloc(1, sizeof(*workers));
    int r;

    if (!workers)
        abort();
    workers->config = config;
    workers->server = server;
    workers->metrics = metrics;
    workers->limiter = limiter_new(config->rate_limits == RATE_LIMITS_FEISHU);
    workers->write_queue = queue_new((size_t)config->queue_most);
    workers->read_queue = queue_new((size_t)config->queue_most);
    workers->reader_count = (size_t)config->readers;
    r = start_all(workers, failure);
    if (r < 0) {
        workers_stop(workers);
        return r;
    }
    *ret_workers = workers;
    return 0;
}

static void stop_worker(Worker *worker)
{
    if (worker->is_running)
        pthread_join(worker->thread, NULL);
    token_memo_free(worker->context.tokens);
    directory_free(worker->directory);
    if (worker->store)
        store_close(worker->store);
}

Workers *workers_stop(Workers *workers)
{
    if (!workers)
        return NULL;
    queue_close(workers->write_queue);
    queue_close(workers->read_queue);
    for (size_t i = 0; i < workers->reader_count; i++)
        stop_worker(&workers->readers[i]);
    stop_worker(&workers->writer);
    tender_stop(workers->tender);
    live_stop(workers->live);
    queue_free(workers->write_queue);
    queue_free(workers->read_queue);
    limiter_free(workers->limiter);
    crypto_forget(&workers->rules, sizeof(workers->rules));
    free(workers);
    return NULL;
}

int workers_put(Workers *workers, Call *call)
{
    return queue_put(call_is_write(call) ? workers->write_queue : workers->read_queue, call);
}

void workers_wake(Workers *workers)
{
    queue_wake(workers->write_queue);
    queue_wake(workers->read_queue);
}

Live *workers_live(const Workers *workers)
{
    return workers->live;
}

bool workers_can_write(const Workers *workers)
{
    return !atomic_load(&workers->is_full) && !workers_are_broken(workers);
}

bool workers_are_broken(const Workers *workers)
{
    return atomic_load(&workers->is_broken);
}

void workers_queue_lengths(const Workers *workers, size_t *ret_write, size_t *ret_read)
{
    *ret_write = queue_length(workers->write_queue);
    *ret_read = queue_length(workers->read_queue);
}
