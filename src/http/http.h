/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

/* HTTP/1.1 as RFC 9110 and 9112 have it: reads requests whole, strictly and within limits, and
 * sends answers. The only room that sees a client's socket.
 *
 * One thread runs the loop (http_run). On it, a request that has arrived whole is an Exchange and
 * goes to the listener's handle(). Whoever has the Exchange fills its answer and gives it back with
 * http_answer(), from any thread, now or later. Between handle() and http_answer() the Exchange
 * belongs to the taker; before and after, to this room. A connection's next request is read only
 * after the answer to the one before it was sent: that is the back-pressure. An answer that does
 * not end is a stream: its head gives the exchange back, and what follows is pushed. */

typedef struct HttpServer HttpServer;
typedef struct Exchange Exchange;
typedef uint64_t HttpStream; /* names one as long as the server lives; 0 = none */

/* What bounds a client. All times are absolute: a byte that arrives does not prolong them. */
typedef struct HttpLimits {
    size_t connections_most;     /* over it: 503 and closed */
    size_t header_bytes;         /* request line and header lines together: 431 */
    size_t header_count;         /* 431 */
    size_t target_bytes;         /* 414 */
    size_t body_bytes;           /* 413, before the body is read where its length is announced */
    size_t stream_unsent_bytes;  /* kept for a stream's reader: cut */
    size_t streams_unsent_bytes; /* kept for all streams' readers: who needs more is cut */
    int64_t header_ms;           /* first byte (or accept) to the end of the header: 408 */
    int64_t body_ms;             /* end of the header to the end of the body: 408 */
    int64_t idle_ms;             /* between an answer and the next request: closed */
    int64_t send_ms;             /* for an answer to be taken by its reader: closed */
    int64_t drain_ms;            /* for http_drain(): then what is left is cut */
    int64_t rest_ms;             /* the loop sleeps no longer, and looks at the times above */
    int64_t busy_wait_us;        /* the loop looks out for a lone answer before it sleeps */
} HttpLimits;

/* The platform's neighbours' customs and reliability.md D1, E5: see docs/limits.md. */
extern const HttpLimits http_default_limits;

typedef struct HttpHandler {
    void *state; /* borrowed; given back as the second argument */

    /* A request is whole. On the loop's thread: must not block. */
    void (*handle)(Exchange *exchange, void *state);

    /* This room refuses a request (status 400, 408, 413, 414, 431, 501, 503) or a connection
     * (503, then the exchange has no method and no path). Must fill the answer at once: only
     * exchange_set_*() and the request's parts that are known. why is a sentence; static text. */
    void (*refuse)(Exchange *exchange, int status, const char *why, void *state);

    /* The answer was sent (is_sent) or its connection was lost. For logs and counters; the last
     * that is heard of the exchange. Refusals get it too. May be NULL. */
    void (*done)(Exchange *exchange, bool is_sent, void *state);

    /* A connection ended in the middle of a request that nobody above has seen: its client left.
     * For logs; may be NULL. */
    void (*broken)(const char *peer, void *state);

    /* A stream has ended: its client left or fell behind, http_end_stream(), drain. On the loop's
     * thread, exactly once for each that was begun, after done(). May be NULL. */
    void (*ended)(HttpStream stream, void *state);
} HttpHandler;

/* ret_server is new: yours to free with http_free() after http_run() has returned. */
int http_new(const HttpLimits *limits, HttpServer **ret_server, Failure *failure);
HttpServer *http_free(HttpServer *server);

/* address is "127.0.0.1:7171", "[::1]:7171" or "host:0" for a free port. May be called for several
 * listeners before http_run(). handler is borrowed as long as the server lives. E_FAULT when the
 * address can't be had, with the reason. ret_url (may be NULL) is borrowed:
 * "http://127.0.0.1:7171". */
int http_listen(HttpServer *server, const char *address, const HttpHandler *handler,
                const char **ret_url, Failure *failure);

/* Runs until drained. turn (may be NULL) is called after each round of the loop, and at least once
 * every rest_ms: for what is done once for all requests that were handed over in it. */
void http_run(HttpServer *server, void (*turn)(void *state), void *state);

/* From any thread or a signal handler: accept nothing new, answer what has begun to arrive (with
 * "Connection: close"), then let http_run() return. Twice: return at once.
 * Listeners whose handler was given with http_listen_to_the_end() answer until the end. */
void http_drain(HttpServer *server);
bool http_is_draining(const HttpServer *server);

/* 0, or E_INVALID when the address is not of that form; nothing is opened. */
int http_check_address(const char *address, Failure *failure);

/* As http_listen(), for a private listener that still answers (/readyz) while the others drain. */
int http_listen_to_the_end(HttpServer *server, const char *address, const HttpHandler *handler,
                           const char **ret_url, Failure *failure);

typedef struct HttpCounts {
    uint64_t connections_accepted;
    uint64_t connections_refused;
    uint64_t connections_open;
    uint64_t timeouts;
    uint64_t requests_broken; /* see HttpHandler */
    uint64_t streams_open;
    uint64_t streams_cut;          /* because more was kept for their readers than may be */
    uint64_t streams_unsent_bytes; /* that is kept for their readers now */
} HttpCounts;
HttpCounts http_counts(const HttpServer *server); /* from any thread */

/* ---- the request ------------------------------------------------------------------------------
 */

const char *exchange_method(const Exchange *exchange); /* "GET"; NULL on a refused connection */

/* The target's path as sent, without scheme, authority, query and one trailing slash; not decoded.
 * NULL when none was understood. */
const char *exchange_path(const Exchange *exchange);

/* The first header or query parameter of that name, or NULL. Header names match in any case;
 * parameters are percent-decoded ("+" is a space). Repeated parameters are allowed, the first
 * counts. */
const char *exchange_header(const Exchange *exchange, const char *name);
const char *exchange_parameter(const Exchange *exchange, const char *name);

/* For those to whom repetitions matter: the first one from *place on, which moves behind it; *place
 * is 0 at first. A parameter that can't be decoded reads as the last. */
const char *exchange_header_next(const Exchange *exchange, const char *name, size_t *place);
const char *exchange_parameter_next(const Exchange *exchange, const char *name, size_t *place);

/* Whether every parameter can be decoded: one that can't reads as NULL, as if it weren't there. */
bool exchange_query_is_sound(const Exchange *exchange);

const char *exchange_body(const Exchange *exchange,
                          size_t *ret_size_bytes);     /* never NULL; ends with NUL */
const char *exchange_peer(const Exchange *exchange);   /* "127.0.0.1" */
int64_t exchange_arrived_us(const Exchange *exchange); /* monotonic: when it was whole */
Arena *exchange_arena(Exchange *exchange);             /* lives until done() has returned */

/* One pointer for the handler's own use, NULL at first. */
void exchange_set_state(Exchange *exchange, void *state);
void *exchange_state(const Exchange *exchange);

/* Percent-decodes text once into the arena; NULL when a % is not followed by two hex digits, or the
 * result holds NUL or is not UTF-8. */
char *http_percent_decode(Arena *arena, const char *text, size_t size_bytes);

/* ---- the answer --------------------------------------------------------------------------------
 */

/* 200 at first. Texts are borrowed: static, or from exchange_arena(). Content-Length and Date are
 * sent by this room; Content-Type is a header like any other. */
enum { HTTP_ANSWER_HEADERS_MOST = 12 };
void exchange_set_status(Exchange *exchange, int status);
/* Takes the place of a header of that name, spelt the same; value NULL takes it away. */
void exchange_set_header(Exchange *exchange, const char *name, const char *value);
void exchange_set_body(Exchange *exchange, const char *bytes, size_t size_bytes);
int exchange_status(const Exchange *exchange);
size_t exchange_answer_bytes(const Exchange *exchange); /* of the answer's body */

/* Sends what its client takes of the answer at once, from the thread that has it, so that it does
 * not wait for the loop. When the answer is as it will be, before http_answer(), which sends the
 * rest; it may be left out. done() is called later, as after any answer. */
void exchange_send(Exchange *exchange);

/* Gives the exchanges back to be sent: one wake-up for all. Each must have come from handle(). */
void http_answer(HttpServer *server, Exchange *const *exchanges, size_t count);

/* ---- an answer that does not end ---------------------------------------------------------------
 */

/* Begins a stream: from the exchange's taker, before http_answer(). The head is sent with the
 * headers that were set, in chunks to come (to an HTTP/1.0 client: until the connection is closed);
 * a body that was set is not. Then done() is called, and an idle stream holds its connection alone.
 * What its client still sends is thrown away; the connection ends with the stream. */
HttpStream exchange_begin_stream(Exchange *exchange);

/* Sends the bytes, which are copied, as one chunk to each. From any thread, in the order of the
 * calls; after http_answer(), or they are lost. Never blocks: what a reader does not take is kept
 * up to stream_unsent_bytes and for send_ms; beyond that its stream is cut. A stream that has ended
 * is passed over. */
void http_push(HttpServer *server, HttpStream stream, const char *bytes, size_t size_bytes);
void http_push_many(HttpServer *server, const HttpStream *streams, size_t count, const char *bytes,
                    size_t size_bytes);

/* Ends a stream in good order, behind what was pushed before. */
void http_end_stream(HttpServer *server, HttpStream stream);
