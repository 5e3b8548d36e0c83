/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/buffer.h"

#include "http/head.h"
#include "http/http.h"
#include "http/target.h"

/* The room's own view of its nouns: a Server has Listeners, a Listener has Connections, a
 * Connection has at most one Exchange at a time. All but http_answer(), http_drain() and
 * http_counts() happen on the loop's thread. docs/adr/0003-http-library.md says which duties
 * libmicrohttpd leaves to us. */

typedef struct Connection Connection;
typedef struct Listener Listener;

enum {
    LISTENERS_MOST = 8,
    EXCHANGES_KEPT_MOST = 1024, /* for reuse: 16 KiB each */
    REFUSED_MOST = 64,          /* connections over the limit that are being told so */
    PRIVATE_CONNECTIONS_MOST = 256,
    LINGER_MS = 1000,             /* for a refused client to read its answer */
    GRACE_MS = 200,               /* for a request that is on its way when draining begins */
    UNASKED_BYTES_MOST = 8,       /* of no request: empty lines, and the end counts as a byte */
    DISCARD_BYTES_MOST = 1 << 20, /* thrown away of what a closing connection still holds */
};

/* Where a connection stands. */
typedef enum Phase {
    PHASE_IDLE,    /* between an answer and the first byte of the next request */
    PHASE_HEADER,  /* accepted, or a request has begun */
    PHASE_BODY,    /* the header was accepted */
    PHASE_WHOLE,   /* the request is complete: see request_whole() */
    PHASE_TAKEN,   /* with whom handle() gave it to: suspended, nothing may happen to it */
    PHASE_SENDING, /* answered: the client has to take it */
    PHASE_LINGER,  /* refused and closed for writing: what still arrives is thrown away */
    PHASE_CUT,     /* shut down: the library closes it at its next turn */
} Phase;

struct Exchange {
    Arena *arena;           /* owned */
    Connection *connection; /* borrowed */
    Exchange *next;         /* in the server's pool or its list of answers */
    void *state;            /* the handler's */

    /* the request; texts are the library's (valid until the exchange is over) or the arena's */
    const char *method;
    Target target;
    Head head;
    Buffer body;
    int64_t arrived_us;
    bool is_chunked;

    /* the answer */
    int status;
    size_t answer_header_count;
    const char *answer_names[HTTP_ANSWER_HEADERS_MOST];
    const char *answer_values[HTTP_ANSWER_HEADERS_MOST];
    const char *answer_bytes;
    size_t answer_size_bytes;
    bool is_closing; /* "Connection: close" */
    bool is_handled; /* handle() or refuse() saw it, done() has not */
};

struct Connection {
    Listener *listener;             /* borrowed */
    struct MHD_Connection *library; /* borrowed */
    char *target;                   /* owned; as sent, while the header is incomplete */
    const char *raw_target;         /* the same where the library keeps it: only compared */
    Exchange *exchange;             /* owned; NULL until the header is complete */
    Connection *previous;
    Connection *next;
    int fd; /* borrowed: the library closes it */
    Phase phase;
    bool is_counted;         /* among the listener's connections: not refused for their number */
    int64_t since_ms;        /* accepted or answered */
    int64_t deadline_ms;     /* of its phase */
    uint64_t bytes_consumed; /* by the requests whose header was complete */
    char peer[INET6_ADDRSTRLEN];
};

struct Listener {
    HttpServer *server;         /* borrowed */
    const HttpHandler *handler; /* borrowed */
    struct MHD_Daemon *daemon;  /* owned */
    int fd;                     /* owned; -1 when it no longer listens */
    int epoll_fd;               /* borrowed */
    bool is_to_the_end;
    bool is_draining;
    bool is_accept_failing;  /* out of descriptors: see listener_pause() */
    int64_t paused_until_ms; /* 0 = it is in the loop's epoll set */
    size_t connections_most;
    size_t connection_count; /* counted ones */
    Connection *first;       /* counted or not */
    char url[INET6_ADDRSTRLEN + 32];
};

struct HttpServer {
    HttpLimits limits;
    size_t pool_bytes; /* the library's memory per connection */
    Listener listeners[LISTENERS_MOST];
    size_t listener_count;
    int epoll_fd; /* owned */
    int wake_fd;  /* owned */
    int64_t now_ms;
    int64_t sweep_every_ms;
    int64_t sweep_at_ms;
    bool has_work; /* the library wants its next turn at once */

    atomic_int drains_asked;
    int64_t drain_began_ms; /* 0 = not yet */

    pthread_mutex_t answers_lock;
    Exchange *answers_first; /* under answers_lock, oldest first */
    Exchange *answers_last;

    Exchange *pool; /* free exchanges */
    size_t pool_count;

    atomic_uint_fast64_t accepted;
    atomic_uint_fast64_t refused;
    atomic_uint_fast64_t open;
    atomic_uint_fast64_t timeouts;
    atomic_uint_fast64_t broken;
};

/* ---- exchange.c ---- */

/* An exchange from the pool, or new, with the connection's target: yours to give back with
 * exchange_release(). */
Exchange *exchange_acquire(Connection *connection);
void exchange_release(HttpServer *server, Exchange *exchange);
void exchange_pool_free(HttpServer *server);

/* Tells the handler, once, how it ended. */
void exchange_finish(Exchange *exchange, bool is_sent);

/* Hands the answer to the library. False when it can't be. */
bool exchange_queue_answer(Exchange *exchange);

/* ---- connection.c: what the library tells ---- */

void connection_notify(void *listener, struct MHD_Connection *library, void **connection,
                       enum MHD_ConnectionNotificationCode code);
Connection *connection_of(struct MHD_Connection *library);

/* Bytes that the client has sent so far. */
uint64_t connection_received(const Connection *connection);

/* True when a byte of a request has arrived that was not answered yet. */
bool connection_has_begun(const Connection *connection);

/* Shuts it down both ways. with_reset: unsent bytes are dropped rather than kept by the kernel. */
void connection_cut(Connection *connection, bool with_reset);

/* Throws away what has arrived, so that closing does not turn into a reset that would destroy the
 * answer on its way. */
void connection_discard(const Connection *connection);

/* ---- refusal.c ---- */

/* Answers by ourselves, past the library, and lets the client read it: PHASE_LINGER. */
void connection_refuse(Connection *connection, int status, const char *why);

/* ---- request.c: callbacks of the library ---- */

void *request_begun(void *listener, const char *target, struct MHD_Connection *library);
enum MHD_Result request_part(void *listener, struct MHD_Connection *library, const char *url,
                             const char *method, const char *version, const char *bytes,
                             size_t *size_bytes, void **unused);
void request_over(void *listener, struct MHD_Connection *library, void **unused,
                  enum MHD_RequestTerminationCode code);
size_t request_unescape(void *listener, struct MHD_Connection *library, char *text);

/* ---- deadline.c ---- */

void deadline_sweep(Listener *listener);

/* ---- drain.c ---- */

/* One step; true when everything was answered or the time is over. */
bool drain_step(HttpServer *server);

/* ---- listen.c ---- */

/* Stops accepting; what was accepted goes on. */
void listener_close(Listener *listener);
