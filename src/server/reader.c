/* SPDX-License-Identifier: Apache-2.0 */
#include "server/reader.h"

#include "base/log.h"
#include "base/slice.h"

#include "server/workers.h"

enum {
    READ_BATCH_MOST = 32,
    READ_SLICE_US = 100, /* a read is short: it goes before what writes */
};

/* One view of the database for the whole batch, newer than any answer given before it was taken.
 * goes_on (all false): which calls were prepared for a writer. */
static void carry_reads(Worker *worker, Call *const *calls, size_t count, bool *goes_on)
{
    Failure failure = { 0 };
    int r = store_begin(worker->store, &failure);

    for (size_t i = 0; i < count; i++) {
        if (!worker_is_in_time(worker, calls[i]))
            continue;
        if (r < 0)
            call_fail(calls[i], r);
        else if (call_run(calls[i], &worker->context) > 0)
            goes_on[i] = true;
    }
    if (r >= 0)
        r = store_commit(worker->store, &failure);
    if (r < 0) {
        worker_log_failure("read", &failure);
        failure_clear(&failure);
        store_rollback(worker->store, &failure);
    }
    if (store_is_broken(worker->store))
        worker_end_process(worker);
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

void *reader_run(void *state)
{
    Worker *worker = state;
    void *calls[READ_BATCH_MOST];
    size_t count;

    slice_ask_us(READ_SLICE_US);
    while ((count = queue_take(worker->queue, calls, READ_BATCH_MOST, -1)) > 0) {
        bool goes_on[READ_BATCH_MOST] = { false };

        worker_refresh_directory(worker);
        carry_reads(worker, (Call **)calls, count, goes_on);
        count = hand_on(worker, (Call **)calls, count, goes_on);
        worker_answer(worker, (Call **)calls, count);
        log_flush();
    }
    return NULL;
}
