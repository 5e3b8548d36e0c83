/* SPDX-License-Identifier: Apache-2.0 */
#include "server/metrics.h"

#include <stdlib.h>

#include "base/cleanup.h"

enum { ROUTES_MOST = 128, CODES_MOST = 32, BUCKETS = 12, MICROSECONDS = 1000000 /* a second */ };

static const int64_t duration_bounds_us[BUCKETS] = {
    250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000, 5000000
};
static const int64_t batch_bounds[BUCKETS] = { 1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 256, 1024 };

typedef struct CodeCount {
    int status;
    int wire_code;
    uint64_t count;
} CodeCount;

typedef struct Histogram {
    _Atomic uint64_t buckets[BUCKETS + 1]; /* the last: over every bound */
    _Atomic uint64_t count;
    _Atomic uint64_t sum;
} Histogram;

/* The last row stands for requests without a route; the last code of a row for all that have no
 * place. */
struct Metrics {
    CodeCount codes[ROUTES_MOST + 1][CODES_MOST];
    Histogram durations[ROUTES_MOST + 1];
    Histogram batches;
    Histogram commits;
    _Atomic uint64_t failed_commits;
    _Atomic int64_t database_bytes;
};

_Static_assert(ROUTES_MOST >= 64, "room for every route");

Metrics *metrics_new(void)
{
    Metrics *metrics = calloc(1, sizeof(*metrics));

    if (!metrics || route_count > ROUTES_MOST)
        abort();
    return metrics;
}

Metrics *metrics_free(Metrics *metrics)
{
    free(metrics);
    return NULL;
}

static void observe(Histogram *histogram, const int64_t bounds[BUCKETS], int64_t value)
{
    size_t i = 0;

    while (i < BUCKETS && value > bounds[i])
        i++;
    atomic_fetch_add_explicit(&histogram->buckets[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->count, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum, (uint64_t)value, memory_order_relaxed);
}

static CodeCount *code_of(CodeCount codes[CODES_MOST], int status, int wire_code)
{
    size_t i = 0;

    while (i < CODES_MOST - 1 && codes[i].count > 0 &&
           (codes[i].status != status || codes[i].wire_code != wire_code))
        i++;
    return &codes[i];
}

void metrics_count_request(Metrics *metrics, const Route *route, int status, int wire_code,
                           int64_t duration_us)
{
    size_t row = route ? route_index(route) : ROUTES_MOST;
    CodeCount *code = code_of(metrics->codes[row], status, wire_code);
    bool is_other = code == &metrics->codes[row][CODES_MOST - 1];

    code->status = is_other ? 0 : status; /* 0 and 0 stand for "other" */
    code->wire_code = is_other ? 0 : wire_code;
    code->count++;
    observe(&metrics->durations[row], duration_bounds_us, duration_us);
}

void metrics_count_commit(Metrics *metrics, size_t calls, int64_t duration_us, bool is_good)
{
    observe(&metrics->batches, batch_bounds, (int64_t)calls);
    observe(&metrics->commits, duration_bounds_us, duration_us);
    if (!is_good)
        atomic_fetch_add(&metrics->failed_commits, 1);
}

void metrics_set_database_bytes(Metrics *metrics, int64_t size_bytes)
{
    atomic_store(&metrics->database_bytes, size_bytes);
}

/* ---- printing ---- */

static void print_head(Buffer *buffer, const char *name, const char *type, const char *help)
{
    buffer_print(buffer, "# HELP taskroom_%s %s\n# TYPE taskroom_%s %s\n", name, help, name, type);
}

static void print_number(Buffer *buffer, const char *name, const char *type, const char *help,
                         int64_t value)
{
    print_head(buffer, name, type, help);
    buffer_print(buffer, "taskroom_%s %lld\n", name, (long long)value);
}

/* With every digit: a sum that is rounded seems to stand still once it is large. */
static void print_sum(Buffer *buffer, uint64_t sum, unsigned per)
{
    if (per == 1)
        buffer_print(buffer, "%llu\n", (unsigned long long)sum);
    else
        buffer_print(buffer, "%llu.%06u\n", (unsigned long long)(sum / MICROSECONDS),
                     (unsigned)(sum % MICROSECONDS));
}

/* per: by how much a value is divided to be printed: 1, or MICROSECONDS to tell seconds. */
static void print_histogram(Buffer *buffer, const char *name, const char *label,
                            const Histogram *histogram, const int64_t bounds[BUCKETS], unsigned per)
{
    uint64_t sum = 0;
    const char *comma = *label ? "," : "";

    for (size_t i = 0; i < BUCKETS; i++) {
        sum += histogram->buckets[i];
        buffer_print(buffer, "taskroom_%s_bucket{%s%sle=\"%g\"} %llu\n", name, label, comma,
                     (double)bounds[i] / per, (unsigned long long)sum);
    }
    buffer_print(buffer, "taskroom_%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, label, comma,
                 (unsigned long long)histogram->count);
    buffer_print(buffer, "taskroom_%s_sum%s%s%s ", name, *label ? "{" : "", label,
                 *label ? "}" : "");
    print_sum(buffer, histogram->sum, per);
    buffer_print(buffer, "taskroom_%s_count%s%s%s %llu\n", name, *label ? "{" : "", label,
                 *label ? "}" : "", (unsigned long long)histogram->count);
}

static const char *route_name(size_t row)
{
    return row < route_count ? routes[row].name : "none";
}

static void print_requests(const Metrics *metrics, Buffer *buffer)
{
    print_head(buffer, "requests_total", "counter", "Answers by route, HTTP status and wire code.");
    for (size_t row = 0; row <= ROUTES_MOST; row++)
        for (size_t i = 0; i < CODES_MOST && metrics->codes[row][i].count > 0; i++)
            buffer_print(
                buffer, "taskroom_requests_total{route=\"%s\",status=\"%d\",code=\"%d\"} %llu\n",
                route_name(row), metrics->codes[row][i].status, metrics->codes[row][i].wire_code,
                (unsigned long long)metrics->codes[row][i].count);
    print_head(buffer, "request_duration_seconds", "histogram",
               "From the request's last byte to its answer's.");
    for (size_t row = 0; row <= ROUTES_MOST; row++)
        if (metrics->durations[row].count > 0)
            print_histogram(buffer, "request_duration_seconds",
                            arena_print(buffer->arena, "route=\"%s\"", route_name(row)),
                            &metrics->durations[row], duration_bounds_us, MICROSECONDS);
}

void metrics_print(const Metrics *metrics, const Gauges *gauges, Buffer *buffer)
{
    print_requests(metrics, buffer);
    print_head(buffer, "batch_size", "histogram", "Writes that were committed together.");
    print_histogram(buffer, "batch_size", "", &metrics->batches, batch_bounds, 1);
    print_head(buffer, "commit_duration_seconds", "histogram", "Time of a commit to the disk.");
    print_histogram(buffer, "commit_duration_seconds", "", &metrics->commits, duration_bounds_us,
                    MICROSECONDS);
    print_number(buffer, "failed_commits_total", "counter", "Commits that failed.",
                 (int64_t)metrics->failed_commits);
    print_number(buffer, "database_bytes", "gauge", "Size of the database with its log.",
                 metrics->database_bytes);
    print_head(buffer, "queue_length", "gauge", "Calls that wait.");
    buffer_print(buffer, "taskroom_queue_length{queue=\"write\"} %zu\n", gauges->write_queue);
    buffer_print(buffer, "taskroom_queue_length{queue=\"read\"} %zu\n", gauges->read_queue);
    print_number(buffer, "connections_open", "gauge", "Connections that are open.",
                 (int64_t)gauges->http.connections_open);
    print_number(buffer, "connections_accepted_total", "counter", "Connections accepted.",
                 (int64_t)gauges->http.connections_accepted);
    print_number(buffer, "connections_refused_total", "counter",
                 "Connections refused because there were too many.",
                 (int64_t)gauges->http.connections_refused);
    print_number(buffer, "timeouts_total", "counter", "Connections ended at a deadline.",
                 (int64_t)gauges->http.timeouts);
    print_number(buffer, "requests_broken_total", "counter",
                 "Requests whose connection ended before they were whole.",
                 (int64_t)gauges->http.requests_broken);
    print_number(buffer, "streams_open", "gauge", "Streams that are open.",
                 (int64_t)gauges->http.streams_open);
    print_number(buffer, "streams_cut_total", "counter",
                 "Streams cut because their readers had fallen behind.",
                 (int64_t)gauges->http.streams_cut);
    print_number(buffer, "streams_unsent_bytes", "gauge", "What is kept for streams' readers.",
                 (int64_t)gauges->http.streams_unsent_bytes);
    print_number(buffer, "ready", "gauge", "1 when /readyz says so.", gauges->is_ready);
}
