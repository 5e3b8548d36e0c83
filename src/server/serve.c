/* SPDX-License-Identifier: Apache-2.0 */
#include "server/serve.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"

#include "db/db.h"
#include "server/installation.h"
#include "server/private.h"
#include "server/workers.h"

#ifdef __SANITIZE_ADDRESS__
#    define IS_SANITIZED 1
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define IS_SANITIZED 1
#    endif
#endif

typedef struct Server {
    const Config *config;
    HttpServer *http;
    Workers *workers;
    Metrics *metrics;
    Private private;
    HttpHandler public_handler;
    HttpHandler private_handler;
    int lock_fd; /* owned */
} Server;

/* ---- a request's way in and out, on the loop's thread ---- */

static void handle(Exchange *exchange, void *state)
{
    Server *server = state;
    Call *call = call_open(exchange, clock_wall_ms());
    int r;

    r = call_route(call);
    if (r >= 0) {
        r = workers_put(server->workers, call);
        if (r >= 0)
            return;
        call_fail(call, r);
    }
    http_answer(server->http, &exchange, 1);
}

static void refuse(Exchange *exchange, int status, const char *why, void *state)
{
    Call *call = exchange_state(exchange);

    (void)state;
    if (!call)
        call = call_open(exchange, clock_wall_ms());
    call_refuse(call, status, why);
}

/* The sentence may quote the value that is to blame; then only its field is named. */
static void log_why(const Failure *failure)
{
    log_text("failure", error_name(failure->code));
    if (failure->field[0])
        log_text("field", failure->field);
    if (!failure->value[0])
        log_text("reason", failure->text);
}

/* The one line that a request leaves behind. Nothing of its headers, its query or its body. */
static void log_request(const Exchange *exchange, const Call *call, int64_t duration_us,
                        bool is_sent)
{
    if (!log_wants(LOG_INFO))
        return;
    log_open(LOG_INFO, "request");
    log_text("log_id", call ? call->log_id : "");
    log_text("method", exchange_method(exchange));
    log_text("path", exchange_path(exchange));
    log_integer("status", exchange_status(exchange));
    log_integer("code", call ? call->wire_code : 0);
    log_text("app_id", call && call->app_id ? call->app_id : "");
    log_integer("bytes", (int64_t)exchange_answer_bytes(exchange));
    log_integer("duration_us", duration_us);
    log_text("peer", exchange_peer(exchange));
    if (call && call->failure.code < 0)
        log_why(&call->failure);
    if (!is_sent)
        log_integer("is_lost", 1);
    log_close();
}

static void done(Exchange *exchange, bool is_sent, void *state)
{
    Server *server = state;
    const Call *call = exchange_state(exchange);
    int64_t arrived_us = exchange_arrived_us(exchange);
    int64_t duration_us = arrived_us > 0 ? clock_monotonic_us() - arrived_us : 0;

    metrics_count_request(server->metrics, call ? call->route : NULL, exchange_status(exchange),
                          call ? call->wire_code : 0, duration_us);
    log_request(exchange, call, duration_us, is_sent);
    if (call && call->stream && is_sent)
        live_open(workers_live(server->workers), call->stream, &call->session,
                  exchange_header(exchange, "Last-Event-ID"));
    if (call && call->ends_session)
        live_sign_out(workers_live(server->workers), &call->session);
}

/* When the server is freed the workers have stopped before. */
static void ended(HttpStream stream, void *state)
{
    Server *server = state;

    if (server->workers)
        live_close(workers_live(server->workers), stream);
}

/* Nobody here has seen the request, so it has no log id. */
static void broken(const char *peer, void *state)
{
    (void)state;
    log_open(LOG_INFO, "broken_request");
    log_text("peer", peer);
    log_close();
}

static void turn(void *state)
{
    const Server *server = state;

    workers_wake(server->workers);
    log_flush();
}

/* ---- beginning and end ---- */

static HttpServer *signalled; /* what a signal drains */

static void drain(int number)
{
    (void)number;
    if (signalled)
        http_drain(signalled);
}

/* A reader that went away and a file that grew too long are errors of one call, not of the process.
 * Core dumps would hold secrets, and so does the memory that another process of the same user could
 * look into; the sanitizer looks into it for leaks. */
static void settle_signals(void)
{
    struct sigaction action = { .sa_handler = SIG_IGN };
    struct rlimit none = { 0, 0 };

    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action, NULL);
    action.sa_handler = drain;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    setrlimit(RLIMIT_CORE, &none);
#ifndef IS_SANITIZED
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

static HttpLimits limits_of(const Config *config)
{
    HttpLimits limits = http_default_limits;

    limits.connections_most = (size_t)config->connections_most;
    limits.header_bytes = (size_t)config->header_bytes;
    limits.body_bytes = (size_t)config->body_bytes;
    limits.header_ms = config->header_ms;
    limits.body_ms = config->body_ms;
    limits.idle_ms = config->idle_ms;
    limits.send_ms = config->send_ms;
    limits.drain_ms = config->drain_ms;
    limits.busy_wait_us = config->busy_wait_us;
    return limits;
}

static int check_address(const char *key, const char *address, Failure *failure)
{
    Failure why = { 0 };

    if (http_check_address(address, &why) < 0)
        return fail(failure, E_INVALID, "%s: %s", key, why.text);
    return 0;
}

int serve_check(const Config *config, Failure *failure)
{
    uint8_t key[CRYPTO_KEY_BYTES];
    bool is_key =
        text_is_empty(config->master_key) || hex_parse(config->master_key, key, sizeof(key));
    int r;

    crypto_forget(key, sizeof(key));
    if (!is_key)
        return fail(failure, E_INVALID, "master_key: not %d hex digits", 2 * CRYPTO_KEY_BYTES);
    if (!db_knows(config->database))
        return fail(failure, E_INVALID,
                    "database: %s is not the URL of a database, like sqlite:/path",
                    config->database);
    r = check_address("listen", config->listen, failure);
    if (r >= 0 && !text_equal(config->private_listen, "off"))
        r = check_address("private_listen", config->private_listen, failure);
    return r;
}

static int open_listeners(Server *server, ServeAddresses *ret_addresses, Failure *failure)
{
    int r;

    server->public_handler = (HttpHandler){ .state = server,
                                            .handle = handle,
                                            .refuse = refuse,
                                            .done = done,
                                            .broken = broken,
                                            .ended = ended };
    r = http_listen(server->http, server->config->listen, &server->public_handler,
                    &ret_addresses->url, failure);
    if (r < 0 || text_equal(server->config->private_listen, "off"))
        return r;
    private_init(&server->private, server->http, server->workers, server->metrics,
                 &server->private_handler);
    return http_listen_to_the_end(server->http, server->config->private_listen,
                                  &server->private_handler, &ret_addresses->private_url, failure);
}

static int start(Server *server, ServeAddresses *ret_addresses, Failure *failure)
{
    HttpLimits limits = limits_of(server->config);
    int r;

    r = crypto_start(failure);
    if (r >= 0)
        r = installation_lock(server->config, &server->lock_fd, failure);
    if (r >= 0)
        r = http_new(&limits, &server->http, failure);
    if (r < 0)
        return r;
    signalled = server->http;
    settle_signals();
    r = workers_start(server->config, server->http, server->metrics, &server->workers, failure);
    return r < 0 ? r : open_listeners(server, ret_addresses, failure);
}

static ExitCode exit_code_of(const Server *server, int r)
{
    if (server->workers && workers_are_broken(server->workers))
        return EXIT_DISK;
    if (r == E_CONFLICT)
        return EXIT_NEWER_SCHEMA;
    return r < 0 ? EXIT_FAILED : EXIT_GOOD;
}

static void log_event(const char *event, const char *url)
{
    log_open(LOG_INFO, event);
    if (url)
        log_text("url", url);
    log_close();
    log_flush();
}

ExitCode serve(const Config *config, void (*ready)(const ServeAddresses *addresses, void *state),
               void *state, Failure *failure)
{
    Server server = { .config = config, .metrics = metrics_new(), .lock_fd = -1 };
    ServeAddresses addresses = { NULL, NULL };
    ExitCode code;
    int r;

    log_set_level((LogLevel)config->log_level);
    log_start();
    r = start(&server, &addresses, failure);
    if (r >= 0) {
        log_event("listening", addresses.url);
        ready(&addresses, state);
        http_run(server.http, turn, &server);
        log_event("drained", NULL);
    }
    code = exit_code_of(&server, r);
    signalled = NULL;
    server.workers = workers_stop(server.workers);
    http_free(server.http);
    metrics_free(server.metrics);
    if (server.lock_fd >= 0)
        close(server.lock_fd);
    log_stop();
    return code;
}
