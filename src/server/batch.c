/* SPDX-License-Identifier: Apache-2.0 */
#include "server/batch.h"

#include "base/clock.h"

#include "store/event_store.h"

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
        worker_log_failure("savepoint", &failure);
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

void batch_note_outcome(Worker *worker, int code)
{
    if (store_is_broken(worker->store) || tender_is_broken(worker->workers->tender))
        worker_end_process(worker);
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
    worker_log_failure("index_chats", &failure);
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
        if (!worker_is_in_time(worker, batch->calls[i]))
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

int batch_carry(Worker *worker, Call *const *calls, size_t count)
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
        worker_log_failure("commit", &failure);
        for (size_t i = 0; i < count; i++)
            if (batch.must_commit[i])
                call_fail(calls[i], r);
        failure_clear(&failure);
        store_rollback(worker->store, &failure);
    }
    if (r >= 0)
        live_nudge(worker->workers->live);
    batch_note_outcome(worker, r);
    return r;
}

int batch_run_chore(Worker *worker, const char *event, int (*chore)(const Work *work))
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
        worker_log_failure(event, &failure);
        failure_clear(&failure);
        store_rollback(worker->store, &failure);
    }
    batch_note_outcome(worker, r);
    arena_free(arena);
    return r < 0 ? r : done;
}
