/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/queue.h"
#include "base/text.h"

#include "http/http.h"

/* A server for tests: it answers what it was asked, from a second thread that gives exchanges back
 * in batches. SIGTERM drains. On standard output: its two addresses, at the end how many answers
 * were sent and lost, and how many requests were broken.
 *
 *     GET /any            what was understood, as lines "name: value"
 *     GET /bytes/N        N bytes
 *     GET /slow/MS        the same as /any, MS milliseconds later
 *     GET /stream         a stream, which begins with "stream ID\n"
 *     GET /stream/N/SIZE  the same, then N pushes of SIZE bytes that begin with their number, and
 *                         its end
 *     POST /push/ID       pushes the body to a stream, or to all: "all"
 *     POST /push/ID/N     N times
 *     POST /end/ID        ends a stream, or all
 *
 * The private address answers with the counts, in JSON. */

enum {
    QUEUE_MOST = 16 * 1024,
    BATCH_MOST = 1024,
    LARGE_BYTES = 16 * 1024 * 1024,
    STREAMS_MOST = 16 * 1024,
};

/* What is done about a stream once its answer was given back. */
typedef struct Begun {
    HttpStream stream;
    unsigned long count, size_bytes;
} Begun;

static struct {
    HttpServer *http;
    Queue *queue;
    int batch_us;
    bool sends_at_once; /* its worker does, what fits; else the loop sends all */
    char large[LARGE_BYTES];
    Begun begun[BATCH_MOST];
    size_t begun_count;
    pthread_mutex_t lock;
    HttpStream streams[STREAMS_MOST]; /* under the lock: those that are open */
    size_t stream_count;
    unsigned long ended, ended_unknown;
} echo = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void echo_describe(Exchange *exchange)
{
    const char *path = exchange_path(exchange);
    const char *header = exchange_header(exchange, "x-test");
    const char *parameter = exchange_parameter(exchange, "q");
    size_t body_bytes;
    const char *body = exchange_body(exchange, &body_bytes);
    Buffer text;

    buffer_init(&text, exchange_arena(exchange), 256 + body_bytes);
    buffer_print(&text, "method: %s\npath: %s\npeer: %s\n", exchange_method(exchange), path,
                 exchange_peer(exchange));
    buffer_print(&text, "x-test: %s\nq: %s\nbody: ", header ? header : "(none)",
                 parameter ? parameter : "(none)");
    buffer_add_bytes(&text, body, body_bytes);
    exchange_set_header(exchange, "Content-Type", "text/plain");
    exchange_set_body(exchange, text.text, text.size_bytes);
}

/* ---- streams ---- */

static void echo_begin_stream(Exchange *exchange)
{
    Begun *begun = &echo.begun[echo.begun_count++];
    char *end;

    *begun = (Begun){ .stream = exchange_begin_stream(exchange) };
    if (text_starts_with(exchange_path(exchange), "/stream/")) {
        begun->count = strtoul(exchange_path(exchange) + 8, &end, 10);
        begun->size_bytes = *end ? strtoul(end + 1, NULL, 10) : 0;
    }
    exchange_set_header(exchange, "Content-Type", "text/event-stream");
    exchange_set_body(exchange, "not sent", 8);
    pthread_mutex_lock(&echo.lock);
    echo.streams[echo.stream_count++] = begun->stream;
    pthread_mutex_unlock(&echo.lock);
}

static void echo_push_begun(const Begun *begun)
{
    char first[64];

    http_push(echo.http, begun->stream, first,
              (size_t)snprintf(first, sizeof(first), "stream %" PRIu64 "\n", begun->stream));
    for (unsigned long i = 0; i < begun->count; i++) {
        snprintf(echo.large, sizeof(first), "%08lu", i);
        echo.large[8] = 'x';
        http_push(echo.http, begun->stream, echo.large, begun->size_bytes);
    }
    memset(echo.large, 'x', sizeof(first));
    if (begun->count > 0)
        http_end_stream(echo.http, begun->stream);
}

/* To one stream or all, as the path says. */
static void echo_push(Exchange *exchange)
{
    const char *path = exchange_path(exchange), *end;
    bool is_end = text_starts_with(path, "/end/");
    const char *which = path + (is_end ? 5 : 6);
    HttpStream named = strtoull(which, NULL, 10), *streams = &named;
    size_t body_bytes, count = 1;
    const char *body = exchange_body(exchange, &body_bytes);
    unsigned long times = (end = strchr(which, '/')) ? strtoul(end + 1, NULL, 10) : 1;

    pthread_mutex_lock(&echo.lock);
    if (text_starts_with(which, "all")) {
        streams = echo.streams;
        count = echo.stream_count;
    }
    for (size_t i = 0; is_end && i < count; i++)
        http_end_stream(echo.http, streams[i]);
    for (unsigned long i = 0; !is_end && i < times; i++)
        http_push_many(echo.http, streams, count, body, body_bytes);
    pthread_mutex_unlock(&echo.lock);
}

static void echo_ended(HttpStream stream, void *state)
{
    size_t i = 0;

    (void)state;
    pthread_mutex_lock(&echo.lock);
    while (i < echo.stream_count && echo.streams[i] != stream)
        i++;
    if (i < echo.stream_count)
        echo.streams[i] = echo.streams[--echo.stream_count];
    else
        echo.ended_unknown++;
    echo.ended++;
    pthread_mutex_unlock(&echo.lock);
}

/* ---- requests ---- */

static void echo_answer(Exchange *exchange)
{
    const char *path = exchange_path(exchange);

    if (text_starts_with(path, "/stream"))
        echo_begin_stream(exchange);
    else if (text_starts_with(path, "/push/") || text_starts_with(path, "/end/"))
        echo_push(exchange);
    else if (text_starts_with(path, "/slow/"))
        usleep((useconds_t)strtoul(path + 6, NULL, 10) * 1000);
    if (text_starts_with(path, "/bytes/")) {
        size_t size_bytes = strtoul(path + 7, NULL, 10);

        exchange_set_body(exchange, echo.large,
                          size_bytes < LARGE_BYTES ? size_bytes : LARGE_BYTES);
    } else if (!text_starts_with(path, "/stream")) {
        echo_describe(exchange);
    }
}

static void *echo_work(void *unused)
{
    void *items[BATCH_MOST];
    Exchange *exchanges[BATCH_MOST];
    size_t count;

    while ((count = queue_take(echo.queue, items, BATCH_MOST, -1)) > 0) {
        if (echo.batch_us)
            usleep((useconds_t)echo.batch_us);
        for (size_t i = 0; i < count; i++) {
            exchanges[i] = items[i];
            echo_answer(exchanges[i]);
            if (echo.sends_at_once)
                exchange_send(exchanges[i]);
        }
        http_answer(echo.http, exchanges, count);
        for (size_t i = 0; i < echo.begun_count; i++)
            echo_push_begun(&echo.begun[i]);
        echo.begun_count = 0;
    }
    return unused;
}

static void echo_handle(Exchange *exchange, void *state)
{
    (void)state;
    if (queue_put(echo.queue, exchange) == 0)
        return;
    exchange_set_status(exchange, 503);
    http_answer(echo.http, &exchange, 1);
}

static void echo_turn(void *state)
{
    (void)state;
    queue_wake(echo.queue);
}

static void echo_handle_private(Exchange *exchange, void *state)
{
    HttpCounts counts = http_counts(echo.http);
    char *text = arena_print(exchange_arena(exchange),
                             "{\"open\":%" PRIu64 ",\"accepted\":%" PRIu64 ",\"refused\":%" PRIu64
                             ",\"timeouts\":%" PRIu64 ",\"broken\":%" PRIu64 ",\"streams\":%" PRIu64
                             ",\"cut\":%" PRIu64 ",\"unsent\":%" PRIu64 "}",
                             counts.connections_open, counts.connections_accepted,
                             counts.connections_refused, counts.timeouts, counts.requests_broken,
                             counts.streams_open, counts.streams_cut, counts.streams_unsent_bytes);

    (void)state;
    exchange_set_status(exchange, http_is_draining(echo.http) ? 503 : 200);
    exchange_set_body(exchange, text, strlen(text));
    http_answer(echo.http, &exchange, 1);
}

static void echo_refuse(Exchange *exchange, int status, const char *why, void *state)
{
    char *text = arena_print(exchange_arena(exchange), "refused %d: %s", status, why);

    (void)state;
    exchange_set_header(exchange, "X-Refused", "yes");
    exchange_set_header(exchange, "Retry-After", "1");
    exchange_set_body(exchange, text, strlen(text));
}

static unsigned long done_sent, done_lost; /* of the loop's thread */

static void echo_done(Exchange *exchange, bool is_sent, void *state)
{
    (void)exchange;
    (void)state;
    done_sent += is_sent;
    done_lost += !is_sent;
}

static unsigned long told_broken;

static void echo_broken(const char *peer, void *state)
{
    (void)state;
    told_broken += text_equal(peer, "127.0.0.1");
}

static void echo_drain(int signal_number)
{
    (void)signal_number;
    http_drain(echo.http); /* NOLINT(bugprone-signal-handler): made for it */
}

static const struct {
    const char *name;
    size_t offset;
    bool is_time;
} flags[] = {
    { "--connections", offsetof(HttpLimits, connections_most), false },
    { "--header-bytes", offsetof(HttpLimits, header_bytes), false },
    { "--header-count", offsetof(HttpLimits, header_count), false },
    { "--target-bytes", offsetof(HttpLimits, target_bytes), false },
    { "--body-bytes", offsetof(HttpLimits, body_bytes), false },
    { "--stream-unsent-bytes", offsetof(HttpLimits, stream_unsent_bytes), false },
    { "--streams-unsent-bytes", offsetof(HttpLimits, streams_unsent_bytes), false },
    { "--header-ms", offsetof(HttpLimits, header_ms), true },
    { "--body-ms", offsetof(HttpLimits, body_ms), true },
    { "--idle-ms", offsetof(HttpLimits, idle_ms), true },
    { "--send-ms", offsetof(HttpLimits, send_ms), true },
    { "--drain-ms", offsetof(HttpLimits, drain_ms), true },
    { "--rest-ms", offsetof(HttpLimits, rest_ms), true },
};

static void echo_set_limit(HttpLimits *limits, const char *flag, const char *value)
{
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        void *limit = (char *)limits + flags[i].offset;

        if (!text_equal(flag, flags[i].name))
            continue;
        if (flags[i].is_time)
            *(int64_t *)limit = strtoll(value, NULL, 10);
        else
            *(size_t *)limit = strtoul(value, NULL, 10);
        return;
    }
    fprintf(stderr, "unknown flag %s\n", flag);
    exit(2);
}

static void echo_serve(const HttpLimits *limits)
{
    static const HttpHandler handler = { NULL,      echo_handle, echo_refuse,
                                         echo_done, echo_broken, echo_ended };
    static const HttpHandler private = { .handle = echo_handle_private,
                                         .refuse = echo_refuse,
                                         .done = echo_done };
    const char *url, *private_url;
    Failure failure = { 0 };

    if (http_new(limits, &echo.http, &failure) < 0 ||
        http_listen(echo.http, "127.0.0.1:0", &handler, &url, &failure) < 0 ||
        http_listen_to_the_end(echo.http, "[::1]:0", &private, &private_url, &failure) < 0) {
        fprintf(stderr, "%s\n", failure.text);
        exit(1);
    }
    printf("{\"url\":\"%s\",\"private_url\":\"%s\"}\n", url, private_url);
    signal(SIGTERM, echo_drain);
}

int main(int argument_count, char **arguments)
{
    HttpLimits limits = http_default_limits;
    rlim_t descriptors = 0;
    pthread_t worker;

    setvbuf(stdout, NULL, _IOLBF, 0);
    memset(echo.large, 'x', sizeof(echo.large));
    for (int i = 1; i + 1 < argument_count; i += 2) {
        if (text_equal(arguments[i], "--send-at-once"))
            echo.sends_at_once = text_equal(arguments[i + 1], "yes");
        else if (text_equal(arguments[i], "--batch-us"))
            echo.batch_us = (int)strtol(arguments[i + 1], NULL, 10);
        else if (text_equal(arguments[i], "--descriptors"))
            descriptors = strtoul(arguments[i + 1], NULL, 10);
        else
            echo_set_limit(&limits, arguments[i], arguments[i + 1]);
    }
    echo.queue = queue_new(QUEUE_MOST);
    echo_serve(&limits);
    if (descriptors)
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){ descriptors, descriptors });
    pthread_create(&worker, NULL, echo_work, NULL);
    http_run(echo.http, echo_turn, NULL);
    queue_close(echo.queue);
    pthread_join(worker, NULL);
    http_free(echo.http);
    queue_free(echo.queue);
    printf("{\"sent\":%lu,\"lost\":%lu,\"broken\":%lu", done_sent, done_lost, told_broken);
    if (echo.ended > 0)
        printf(",\"ended\":%lu,\"open\":%zu,\"unknown\":%lu", echo.ended, echo.stream_count,
               echo.ended_unknown);
    printf("}\n");
    return 0;
}
