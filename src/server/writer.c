/* SPDX-License-Identifier: Apache-2.0 */
#include "server/writer.h"

#include "base/clock.h"
#include "base/log.h"

#include "domain/idempotency.h"
#include "domain/page_session.h"
#include "server/batch.h"

enum {
    CHORES_MS = 1000,
    PRUNE_MS = 60 * 1000,
    FAREWELL_MS = 300,     /* after a failed sync: for answers to leave */
    LONE_CALLS_LEAST = 16, /* in a row, before the thread looks out for the next */
    TRIAL_WRITES = 32,     /* each takes a page of the log; a call needs several at once */
};

/* Takes calls as batch_carry() would, and refuses them; how many. */
static size_t refuse_writes(Worker *worker, size_t most, int timeout_ms)
{
    void *calls[BATCH_MOST];
    size_t count =
        queue_take(worker->queue, calls, most < BATCH_MOST ? most : BATCH_MOST, timeout_ms);

    for (size_t i = 0; i < count; i++)
        call_fail(calls[i], E_UNAVAILABLE);
    worker_answer(worker, (Call **)calls, count);
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

    for (; left_ms > 0 && !queue_is_over(worker->queue); left_ms = end_ms - clock_monotonic_ms())
        refuse_writes(worker, BATCH_MOST, (int)left_ms);
    http_drain(worker->workers->server); /* the second time: at once */
    while (!queue_is_over(worker->queue))
        refuse_writes(worker, BATCH_MOST, -1);
}

/* ---- chores ---- */

/* What has grown too old. 1 = there is more of it. */
static int prune(const Work *work)
{
    int r = idempotency_prune(work), s;

    if (r < 0)
        return r;
    s = page_session_tidy(work);
    return s < 0 ? s : r > 0 || s > 0;
}

/* See batch_run_chore(). */
static int write_alone(Worker *worker, const char *event, int (*chore)(const Work *work))
{
    int r = batch_run_chore(worker, event, chore);

    if (r == E_UNAVAILABLE)
        refuse_waiting(worker);
    return r;
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
        worker_log_failure("index_chats", &failure);
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
        worker_log_failure("tend", &failure);
        batch_note_outcome(worker, failure.code);
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

/* ---- the thread ---- */

void *writer_run(void *state)
{
    Worker *worker = state;
    Workers *workers = worker->workers;
    void *calls[BATCH_MOST];
    size_t count, lone_count = 0, most = (size_t)workers->config->batch_most;
    int r;

    while (!atomic_load(&workers->is_broken)) {
        count = queue_take(worker->queue, calls, most, CHORES_MS);
        if (count > 0) {
            worker_refresh_directory(worker);
            r = batch_carry(worker, (Call **)calls, count);
            if (r == E_UNAVAILABLE)
                refuse_waiting(worker); /* before an answer brings the next request */
            worker_answer(worker, (Call **)calls, count);
        } else if (queue_is_over(worker->queue)) {
            log_flush();
            return NULL;
        }
        do_chores(worker);
        log_flush();
        lone_count = count == 1 ? lone_count + 1 : 0;
        if (lone_count >= LONE_CALLS_LEAST) /* who is alone asks again when it has its answer */
            queue_look_out(worker->queue, workers->config->busy_wait_us);
    }
    say_farewell(worker);
    return NULL;
}
