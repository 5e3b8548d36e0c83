/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <pthread.h>

#include "fixture.h"
#include "server/config.h"
#include "server/serve.h"

/* The whole server on a thread of this process, over a fixture's database whose calls can be made
 * to fail, and a client for it.
 *
 *     NTH_CALL_SERVER(server);
 *     reply = nth_call_ask(&server, "GET", "/open-apis/…", NULL, NULL);
 */

typedef struct NthCallServer {
    Fixture house; /* its own connection sees what is committed */
    Config config;
    pthread_t thread;
    int port;
    int private_port;
    ExitCode exit_code; /* once it has ended */
    const char *tenant_token;
} NthCallServer;

/* In place. scheme: of the database's URL. */
void nth_call_server_start(NthCallServer *server, const char *scheme);
void nth_call_server_restart(NthCallServer *server); /* on the same data */
void nth_call_server_stop(NthCallServer *server);

#define NTH_CALL_SERVER(name)                                   \
    _cleanup_(nth_call_server_stop) NthCallServer name = { 0 }; \
    nth_call_server_start(&name, "fault")

typedef struct Reply {
    int status;
    int64_t code;     /* the body's; -1: the body is not the platform's JSON */
    const char *head; /* status line and headers */
    const char *body; /* in the fixture's arena */
    bool has_log_id;  /* as a header, and with an error in the body too unless it is flat */
} Reply;

/* headers: whole lines, each ended by CRLF, or NULL; the tenant's token is sent too. */
Reply nth_call_ask(NthCallServer *server, const char *method, const char *target,
                   const char *headers, const char *body);

/* The same of the private listener, whose answers are texts: code is -1. */
Reply nth_call_ask_private(NthCallServer *server, const char *method, const char *target);

/* The same in two steps: a request on its way, and its answer. */
int nth_call_send(NthCallServer *server, const char *method, const char *target,
                  const char *headers, const char *body);
Reply nth_call_receive(NthCallServer *server, int fd);

/* The value of "name":"…" in a text, or NULL. */
const char *nth_call_member(NthCallServer *server, const char *body, const char *name);
