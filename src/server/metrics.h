/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdatomic.h>
#include <stdint.h>

#include "base/buffer.h"

#include "api/route.h"
#include "http/http.h"

/* What is counted, and its text for Prometheus. Requests are counted and printed on the loop's
 * thread alone; what the writer tells is atomic. The number of series is bounded by the tables. */

typedef struct Metrics Metrics;

Metrics *metrics_new(void);
Metrics *metrics_free(Metrics *metrics); /* takes NULL, returns NULL */

/* route NULL: none matched, or the request was refused before. */
void metrics_count_request(Metrics *metrics, const Route *route, int status, int wire_code,
                           int64_t duration_us);

/* From the writer's thread. */
void metrics_count_commit(Metrics *metrics, size_t calls, int64_t duration_us, bool is_good);
void metrics_set_database_bytes(Metrics *metrics, int64_t size_bytes);

/* What is asked for at the moment of printing. */
typedef struct Gauges {
    size_t write_queue;
    size_t read_queue;
    HttpCounts http;
    bool is_ready;
} Gauges;

void metrics_print(const Metrics *metrics, const Gauges *gauges, Buffer *buffer);
