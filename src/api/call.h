/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/errors.h"
#include "api/limiter.h"
#include "api/route.h"
#include "domain/directory.h"
#include "domain/token.h"
#include "http/http.h"
#include "model/page_session.h"

/* One request on its way through the house. It lives in its exchange's arena.
 *
 *     loop thread   call_open() → call_route(), which parses a small body ahead → a queue
 *     worker        call_run(): token → scope → rate → JSON → fields → domain; the answer is built
 *                   (the transaction commits)
 *     loop thread   the answer is sent
 */

enum { LOG_ID_BYTES = 35 };

/* What a worker lends to every call that it carries. All borrowed. */
typedef struct CallContext {
    Store *store;
    Directory *directory;
    IdSource *ids;
    const Rules *rules;
    Limiter *limiter;
    TokenMemo *tokens;      /* NULL = none */
    bool has_verbose_codes; /* apaas_codes = verbose (decision 11) */
} CallContext;

typedef struct Call {
    Exchange *exchange;
    Arena *arena;
    const Route *route; /* NULL: none matched */
    const char *path_values[PATH_VALUES_MOST];
    const CallContext *context; /* while it runs */
    Work work;
    Failure failure;
    Json *body;              /* NULL: not parsed yet, or it can't be */
    const char *answer;      /* the answer's body, when it is JSON */
    bool is_refused;         /* by the gateway: the answer is written already */
    bool is_counted;         /* against its rate limit, which a second run does not do again */
    const char *key;         /* the caller's idempotency key; NULL = none */
    const char *key_hash;    /* a key was given, and its answer is to be kept */
    const char *fingerprint; /* with key_hash */
    const char *app_id;      /* whose token it was, for logs; NULL = unknown */
    bool is_prepared;        /* its route's prepare() has run */
    void *prepared;          /* what that has found out; in the arena */
    PageSession session;     /* of a route that needs one */
    User user;               /* whose session it is */
    HttpStream stream;       /* with which it is answered; 0 = none */
    bool ends_session;       /* of the same person: who follows by it is to be shut out */
    int wire_code;           /* what the answer says */
    char log_id[LOG_ID_BYTES];
} Call;

/* Makes the call of an exchange, gives it a log id and sets the headers that every answer has. */
Call *call_open(Exchange *exchange, int64_t wall_ms);

/* Finds its route, and parses a small body; one that can't be parsed is refused by call_run(), in
 * its turn. E_NOT_FOUND: no worker is needed, it is answered: with a file of the page, or there is
 * nothing of that name, and the answer says so (decision 5). */
int call_route(Call *call);

/* Carries it to its answer. 0: keep what it did; a negative code: undo it, the answer tells why; 1:
 * it was prepared (route.h) and has no answer yet, a writer must run it again. */
int call_run(Call *call, const CallContext *context);

/* Whether the next to run it is a writer. */
bool call_is_write(const Call *call);

/* After a call_run() that was undone together with others: makes it ready to be run once more. */
void call_begin_again(Call *call);

/* After an undone call_run(): keeps the answer under the caller's key when it is one that a
 * repetition would get again. In a transaction. The result is that of the store. */
int call_keep_failure(Call *call);

/* Throws the answer away, because what it promises didn't happen, and tells of code instead
 * (E_UNAVAILABLE, E_FULL, E_FAULT). */
void call_fail(Call *call, int code);

/* The answer to what http/ refuses (http.h). */
void call_refuse(Call *call, int status, const char *why);

/* ---- for handlers -------------------------------------------------------------------------------
 */

const char *call_path(const Call *call, size_t index);

/* Fills the struct that the route's body or query table describes. E_INVALID names the field. */
int call_read_body(Call *call, void *ret_struct);
int call_read_query(Call *call, void *ret_struct);

/* Answers with the struct that fields describes: in "data", or flat beside code and msg. */
int call_reply(Call *call, const Field *fields, const void *source);
int call_reply_flat(Call *call, const char *msg, const Field *fields, const void *source);

/* Idempotency (reliability §3.3 layer 1). call_find_key(): 1 = the request carries a key, then
 * call_replay() is next; 0 = it has none; E_INVALID: two keys, or a bad one. call_replay(): 1 = the
 * call was answered with a kept answer; 0 = go on, and end with call_keep(); E_CONFLICT: the key
 * was used for another request. */
int call_find_key(Call *call);
int call_replay(Call *call, const char *fingerprint);
int call_keep(Call *call);
