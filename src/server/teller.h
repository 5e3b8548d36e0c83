/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/directory.h"
#include "server/followers.h"

/* Reads events and tells those followers whom they concern. Runs inside a transaction of the store;
 * belongs to one thread. */

/* Where it tells: http_push_many() and http_end_stream(), but for tests. On the caller's thread. */
typedef struct LiveSink {
    void *state; /* borrowed; given back as the last argument */
    void (*push)(const HttpStream *streams, size_t count, const char *bytes, size_t size_bytes,
                 void *state);
    void (*end)(HttpStream stream, void *state);
} LiveSink;

LiveSink live_sink_of(HttpServer *server);

/* All that is pointed to is borrowed. */
typedef struct Teller {
    Store *store;
    Directory *directory;
    Followers *followers;
    LiveSink sink;
    Arena *rows;  /* of a step */
    Arena *arena; /* of one event */
    int64_t mark; /* its own: of the followers that were found for the present event */
} Teller;

typedef struct TellerStep {
    int64_t position; /* the number of the last event that was told of */
    size_t read;      /* how many there were */
    bool has_more;    /* there are others */
} TellerStep;

/* Tells of the events behind step->position, which moves on, those followers that are behind, or
 * those that are not. Nobody is told again what is not behind his own position. When it fails,
 * step->position is as far as it has come. */
int teller_step(Teller *teller, bool is_behind, size_t limit, TellerStep *step, Failure *failure);

/* "id: …", as all events of a stream have it. */
void teller_add_id(Buffer *text, int64_t number);
