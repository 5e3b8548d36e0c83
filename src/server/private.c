/* SPDX-License-Identifier: Apache-2.0 */
#include "server/private.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

enum { METRICS_BYTES = 16384 }; /* expected; it grows */

static void reply(Exchange *exchange, int status, const char *text)
{
    exchange_set_status(exchange, status);
    exchange_set_header(exchange, "Content-Type", "text/plain; charset=utf-8");
    exchange_set_header(exchange, "Cache-Control", "no-store");
    exchange_set_body(exchange, text, strlen(text));
}

static void livez(Private *private, Exchange *exchange)
{
    (void)private;
    reply(exchange, 200, "alive\n");
}

static bool is_ready(const Private *private)
{
    return workers_can_write(private->workers) && !http_is_draining(private->server);
}

static void readyz(Private *private, Exchange *exchange)
{
    const char *text = http_is_draining(private->server)     ? "draining\n"
                       : workers_can_write(private->workers) ? "ready\n"
                                                             : "the disk takes no write\n";

    reply(exchange, is_ready(private) ? 200 : 503, text);
}

static void metrics(Private *private, Exchange *exchange)
{
    Gauges gauges = { .http = http_counts(private->server), .is_ready = is_ready(private) };
    Buffer text;

    workers_queue_lengths(private->workers, &gauges.write_queue, &gauges.read_queue);
    buffer_init(&text, exchange_arena(exchange), METRICS_BYTES);
    metrics_print(private->metrics, &gauges, &text);
    reply(exchange, 200, text.text);
    exchange_set_header(exchange, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
}

static const struct {
    const char *path;
    void (*page)(Private *private, Exchange *exchange);
} pages[] = {
    { "/livez", livez },
    { "/readyz", readyz },
    { "/metrics", metrics },
};

static void handle(Exchange *exchange, void *state)
{
    Private *private = state;
    size_t i = 0;

    while (i < COUNT_OF(pages) && !text_equal(exchange_path(exchange), pages[i].path))
        i++;
    if (i < COUNT_OF(pages) && text_equal(exchange_method(exchange), "GET"))
        pages[i].page(private, exchange);
    else
        reply(exchange, 404, "404 page not found\n");
    http_answer(private->server, &exchange, 1);
}

static void refuse(Exchange *exchange, int status, const char *why, void *state)
{
    (void)state;
    reply(exchange, status, why);
}

void private_init(Private *private, HttpServer *server, Workers *workers, Metrics *counted,
                  HttpHandler *ret_handler)
{
    *private = (Private){ server, workers, counted };
    *ret_handler = (HttpHandler){ .state = private, .handle = handle, .refuse = refuse };
}
