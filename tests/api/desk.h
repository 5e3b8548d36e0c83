/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/call.h"
#include "fixture.h"

/* An api without a server: a call goes from call_open() to its answer in one step, through an
 * exchange that no socket has seen, and is kept or undone in a savepoint as a worker does it.
 *
 *     DESK(desk);
 *     desk_ask(&desk, "GET", "/open-apis/im/v1/messages", NULL);
 *     CHECK_INT(desk.status, 200);
 */

enum { DESK_HEADERS_MOST = 4 };

typedef struct Desk {
    Fixture house;
    CallContext context;
    int64_t now_ms;

    /* the next request, beside what desk_ask() is given */
    const char *authorization; /* of our first app at first; NULL: none */
    const char *names[DESK_HEADERS_MOST];
    const char *values[DESK_HEADERS_MOST];
    bool is_run_twice; /* undone after its first run, as a call of a batch that failed is */

    /* the last answer, in the fixture's arena */
    int status;
    int64_t code; /* of the body; -1: the body is no JSON object with a code */
    const char *body;
    const char *head; /* "name: value" lines */
    int result;       /* of call_run(); of call_route() when there is no route */
    Call call;        /* only its plain members may be looked at */
} Desk;

void desk_open(Desk *desk, const char *scheme);
void desk_close(Desk *desk);

#define DESK(name)                                     \
    _cleanup_(desk_close) Desk name = { .status = 0 }; \
    desk_open(&name, NULL)

void desk_ask(Desk *desk, const char *method, const char *target, const char *body);

/* "Bearer t-…" for the app and the tenant of a work. */
const char *desk_bearer(const Desk *desk, const Work *work);

/* A header of the next requests, in place of the one of that number; value NULL: none. */
void desk_set_header(Desk *desk, size_t number, const char *name, const char *value);

/* The value of "name":"…" in the last answer's body, the first one, or NULL. */
const char *desk_member(const Desk *desk, const char *name);

/* Of the last answer: the header's value, or NULL; how often it stands there. */
const char *desk_header(const Desk *desk, const char *name);
int desk_count_headers(const Desk *desk, const char *name);
