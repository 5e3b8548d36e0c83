/* SPDX-License-Identifier: Apache-2.0 */
#include "server/worker.h"

#include "base/clock.h"
#include "base/log.h"

#include "server/installation.h"

enum {
    DIRECTORY_REFRESH_MS = 250, /* a change by another process is seen within a second */
    SENT_AT_ONCE_MOST = 4,      /* answers; of more, the loop sends all while the worker goes on */
};

void worker_log_failure(const char *event, const Failure *failure)
{
    log_open(LOG_ERROR, event);
    log_text("error", error_name(failure->code));
    log_text("reason", failure->text);
    log_close();
}

void worker_refresh_directory(Worker *worker)
{
    int64_t now_ms = clock_monotonic_ms();
    Failure failure = { 0 };

    if (worker->refreshed_ms > 0 && now_ms - worker->refreshed_ms < DIRECTORY_REFRESH_MS)
        return;
    worker->refreshed_ms = now_ms;
    if (directory_refresh(worker->directory, worker->store, &failure) < 0)
        worker_log_failure("directory_refresh", &failure);
}

bool worker_is_in_time(const Worker *worker, Call *call)
{
    int64_t waited_us = clock_monotonic_us() - exchange_arrived_us(call->exchange);

    if (waited_us <= worker->workers->config->queue_wait_ms * 1000)
        return true;
    call_fail(call, E_UNAVAILABLE);
    return false;
}

void worker_answer(Worker *worker, Call *const *calls, size_t count)
{
    Exchange *exchanges[BATCH_MOST];

    for (size_t i = 0; i < count; i++)
        exchanges[i] = calls[i]->exchange;
    for (size_t i = 0; count <= SENT_AT_ONCE_MOST && i < count; i++)
        exchange_send(exchanges[i]);
    http_answer(worker->workers->server, exchanges, count);
}

void worker_end_process(Worker *worker)
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

/* ---- beginning and end ---- */

int worker_open(Workers *workers, Worker *worker, StoreMode mode, Failure *failure)
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

int worker_start(Worker *worker, void *(*run)(void *state), Failure *failure)
{
    if (pthread_create(&worker->thread, NULL, run, worker) != 0)
        return fail(failure, E_FAULT, "a thread can't be started");
    worker->is_running = true;
    return 0;
}

void worker_stop(Worker *worker)
{
    if (worker->is_running)
        pthread_join(worker->thread, NULL);
    token_memo_free(worker->context.tokens);
    directory_free(worker->directory);
    if (worker->store)
        store_close(worker->store);
}
