/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"

#include "http/body.h"
#include "http/head.h"
#include "http/http.h"
#include "http/target.h"

/* The room's own view of its nouns: a Server has Listeners, a Listener has Connections, a
 * Connection has at most one Exchange at a time. All but http_answer(), exchange_send(), pushes,
 * http_drain() and http_counts() happen on the loop's thread. docs/adr/0013-http-layer.md says why
 * the room reads and writes its sockets itself. */

typedef struct Connection Connection;
typedef struct Listener Listener;

enum {
    LISTENERS_MOST = 8,
    EXCHANGES_KEPT_MOST = 1024, /* for reuse: 16 KiB each */
    REFUSED_MOST = 64,          /* connections over the limit that are being told so */
    PRIVATE_CONNECTIONS_MOST = 256,
    READ_BYTES = 16 * 1024,       /* from a socket at a time */
    LINGER_MS = 1000,             /* for a refused client to read its answer */
    GRACE_MS = 200,               /* for a request that is on its way when draining begins */
    DISCARD_BYTES_MOST = 1 << 20, /* thrown away of what a closing connection still holds */
    DATE_BYTES = 32,
    PUSHES_BYTES_MOST = 16 << 20, /* before the loop sent them: their streams are ended */
    STREAM_PLACES_FIRST = 64,
    LONE_REQUESTS_LEAST = 16, /* in a row, before the loop looks out for an answer */
};

static const int64_t never_ms = INT64_MAX; /* as a deadline */

/* Where a connection stands. */
typedef enum Phase {
    PHASE_IDLE,    /* between an answer and the first byte of the next request */
    PHASE_HEADER,  /* accepted, or a request has begun */
    PHASE_BODY,    /* the header was accepted */
    PHASE_TAKEN,   /* with whom handle() gave it to: nothing may happen to it */
    PHASE_SENDING, /* answered: the client has to take it */
    PHASE_STREAM,  /* the answer's head was sent: what is pushed follows */
    PHASE_LINGER,  /* closed for writing: what still arrives is thrown away */
    PHASE_CLOSED,  /* its descriptor is gone; the memory goes at the end of the loop's turn */
} Phase;

struct Exchange {
    Arena *arena;           /* owned */
    Connection *connection; /* borrowed */
    Exchange *next;         /* in the server's pool or its list of answers */
    void *state;            /* the handler's */

    /* the request; all of it is in the arena */
    Head head;
    Target target;
    Body body;
    int64_t arrived_us;

    /* the answer */
    int status;
    size_t answer_header_count;
    const char *answer_names[HTTP_ANSWER_HEADERS_MOST];
    const char *answer_values[HTTP_ANSWER_HEADERS_MOST];
    const char *answer_bytes;
    size_t answer_size_bytes;
    Buffer answer_head;
    HttpStream stream; /* 0: the answer has an end */
    size_t sent_bytes; /* of head and body together */
    bool is_closing;   /* "Connection: close" */
    bool is_handled;   /* handle() or refuse() saw it, done() has not */
};

/* What a stream's reader has not taken yet. */
typedef struct Unsent {
    size_t capacity_bytes;
    size_t size_bytes;
    size_t sent_bytes;
    char bytes[];
} Unsent;

/* Something for some streams, on its way to the loop. Its bytes stand behind the streams. */
typedef struct Push {
    struct Push *next;
    size_t size_bytes;
    bool is_end;
    size_t stream_count;
    HttpStream streams[];
} Push;

/* Some streams, by their connections. */
typedef struct StreamList {
    Connection *first;
} StreamList;

struct Connection {
    Listener *listener; /* borrowed */
    Exchange *exchange; /* owned; NULL until the header is complete */
    Connection *previous;
    Connection *next; /* among its listener's, or among those to be freed */
    char *kept;       /* owned; what arrived and was not taken yet, or NULL */
    size_t kept_bytes;
    size_t scanned_bytes; /* of a header that is not whole */
    size_t stray_bytes;   /* empty lines before a request; thrown away in PHASE_LINGER */
    int64_t since_ms;     /* accepted or answered */
    int64_t deadline_ms;  /* of its phase */
    int fd;               /* owned */
    Phase phase;
    bool is_counted;  /* among the listener's connections: not refused for their number */
    bool is_readable; /* as far as is known: epoll tells of a change only */
    bool is_ending;   /* the client has closed its half: there is an end to be read */

    /* its stream, from its answer on */
    bool is_chunked;
    bool is_last;            /* nothing more is pushed to it */
    HttpStream stream;       /* 0 = none */
    Connection *next_stream; /* in the same list of the server's */
    Unsent *unsent;          /* owned; NULL: the reader has taken all */

    char peer[INET6_ADDRSTRLEN];
};

struct Listener {
    HttpServer *server;         /* borrowed */
    const HttpHandler *handler; /* borrowed */
    int fd;                     /* owned; -1 when it no longer listens */
    bool is_to_the_end;
    bool is_draining;
    int64_t paused_until_ms; /* 0 = it accepts: see listener_pause() */
    size_t connections_most;
    size_t connection_count; /* counted ones */
    size_t open_count;       /* counted or not */
    Connection *first;       /* the same */
    char url[INET6_ADDRSTRLEN + 32];
};

struct HttpServer {
    HttpLimits limits;
    Listener listeners[LISTENERS_MOST];
    size_t listener_count;
    int epoll_fd; /* owned */
    int wake_fd;  /* owned */
    int64_t now_ms;
    int64_t sweep_every_ms;
    int64_t sweep_at_ms;
    char *bytes; /* owned; what is being read: a header that had begun, and READ_BYTES behind it */
    Connection *closed; /* to be freed */

    Exchange *due_answers; /* taken off the lists below, oldest first, and not seen to */
    Push *due_pushes;
    size_t due_pushes_bytes;

    atomic_bool is_draining; /* for those who ask */
    int drains_seen;         /* by the loop */
    int64_t drain_began_ms;  /* 0 = not yet */
    int64_t drain_looked_ms; /* when connections were looked at for it last */
    size_t taken_count;      /* connections in PHASE_TAKEN */
    size_t lone_count;       /* requests in a row that were handed over while no other was */

    pthread_mutex_t answers_lock;
    Exchange *answers_first; /* under answers_lock, oldest first */
    Exchange *answers_last;
    Push *pushes_first; /* the same */
    Push *pushes_last;
    size_t pushes_bytes; /* of them and of those that are due */
    atomic_uint_fast64_t last_stream;

    StreamList *streams;  /* owned; a stream's number says in which of the lists it is */
    size_t stream_places; /* how many lists: a power of two */

    Exchange *pool; /* free exchanges */
    size_t pool_count;

    atomic_uint_fast64_t accepted;
    atomic_uint_fast64_t refused;
    atomic_uint_fast64_t open;
    atomic_uint_fast64_t timeouts;
    atomic_uint_fast64_t broken;
    atomic_uint_fast64_t streams_open;
    atomic_uint_fast64_t streams_cut;
    atomic_uint_fast64_t unsent_bytes; /* kept for all streams */
};

/* ---- exchange.c ---- */

/* An exchange from the pool, or new: yours to give back with exchange_release(). */
Exchange *exchange_acquire(Connection *connection);
void exchange_release(HttpServer *server, Exchange *exchange);
void exchange_pool_free(HttpServer *server);

/* Tells the handler, once, how it ended. */
void exchange_finish(Exchange *exchange, bool is_sent);

/* ---- connection.c ---- */

/* Takes the descriptor. A connection over the limit is told so. */
void connection_open(Listener *listener, int fd, const struct sockaddr_storage *address);

/* Its socket has something to say: epoll's bits. */
void connection_event(Connection *connection, uint32_t events);

/* Its answer was sent: what arrived meanwhile is the next request. */
void connection_next(Connection *connection);

/* Reads what there is to read, as far as its phase wants it. */
void connection_read(Connection *connection);

/* True when a byte of a request has arrived that was not answered yet. */
bool connection_has_begun(const Connection *connection);

/* Closes it for writing, throws away what still arrives, and closes it in a moment: closing with
 * unread bytes would make the kernel send a reset, which destroys the answer on its way. */
void connection_linger(Connection *connection);

/* Its answer goes on as a stream: what arrives is thrown away, but for its end. */
void connection_become_stream(Connection *connection);

/* Closes it at once. with_reset: unsent bytes are dropped rather than kept by the kernel. What is
 * TAKEN is only shut down, and closed when its answer comes. */
void connection_close(Connection *connection, bool with_reset);

/* Frees those that were closed in this turn. */
void connection_free_closed(HttpServer *server);

/* ---- request.c: how a request grows ---- */

/* Takes what belongs to the connection's present request; the bytes taken. Hands the request over
 * when it is whole, refuses it when it must be: the phase says so afterwards. */
size_t request_take(Connection *connection, const char *bytes, size_t size_bytes);

/* ---- answer.c ---- */

/* Sends the exchange's answer, or what is left of it; then the connection goes on or ends. */
void answer_begin(Connection *connection);
void answer_go_on(Connection *connection);

/* Refuses the request that is arriving, or the connection, and lets the client read why. */
void answer_refusal(Connection *connection, Verdict verdict);

/* Asks the client for the body that it waits with. */
void answer_continue(Connection *connection);

/* ---- stream.c ---- */

/* From the answer's beginning on, pushes find the exchange's stream. Nothing for one without. */
void stream_register(Connection *connection);

/* The head was sent. is_bare: nothing may follow it. */
void stream_begin(Connection *connection, bool is_bare);

/* The socket has room again. */
void stream_go_on(Connection *connection);

/* Says that there is no more, and closes the connection without waiting for its reader. */
void stream_cut_short(Connection *connection);

/* The connection is a stream no longer, which the handler is told. */
void stream_forget(Connection *connection);

/* Does what the pushes say, oldest first, and frees them. */
void stream_take_pushes(HttpServer *server, Push *push);

/* Frees those that nobody took. */
void stream_forget_pushes(HttpServer *server);

/* ---- loop.c ---- */

/* There is an answer or a push on a list that was empty. */
void loop_wake(HttpServer *server);

/* Sends all that waits on the lists, however much that is. */
void loop_send_all(HttpServer *server);

/* ---- deadline.c ---- */

void deadline_sweep(Listener *listener);

/* ---- drain.c ---- */

/* One step; true when everything was answered or the time is over. */
bool drain_step(HttpServer *server);

/* ---- listen.c ---- */

/* Accepts who waits, within limits. */
void listener_accept(Listener *listener);

/* Accepts again, when the time for it has come. */
void listener_resume(Listener *listener);

/* Stops accepting; what was accepted goes on. */
void listener_close(Listener *listener);
