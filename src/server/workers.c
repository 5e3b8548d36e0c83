/* SPDX-License-Identifier: Apache-2.0 */
#include "server/workers.h"

#include <stdlib.h>

#include "domain/master_key.h"
#include "server/installation.h"
#include "server/reader.h"
#include "server/worker.h"
#include "server/writer.h"

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
        r = worker_open(workers, &workers->writer, STORE_WRITER, failure);
    if (r >= 0)
        r = master_key_check(workers->writer.store, &workers->rules, failure);
    if (r >= 0)
        r = tender_start(workers->config->database, workers->write_queue, &workers->tender,
                         failure);
    if (r >= 0)
        r = start_live(workers, failure);
    for (size_t i = 0; r >= 0 && i < workers->reader_count; i++)
        r = worker_open(workers, &workers->readers[i], STORE_READER, failure);
    if (r >= 0)
        r = worker_start(&workers->writer, writer_run, failure);
    for (size_t i = 0; r >= 0 && i < workers->reader_count; i++)
        r = worker_start(&workers->readers[i], reader_run, failure);
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

Workers *workers_stop(Workers *workers)
{
    if (!workers)
        return NULL;
    queue_close(workers->write_queue);
    queue_close(workers->read_queue);
    for (size_t i = 0; i < workers->reader_count; i++)
        worker_stop(&workers->readers[i]);
    worker_stop(&workers->writer);
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
