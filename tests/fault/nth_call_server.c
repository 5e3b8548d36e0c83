/* SPDX-License-Identifier: Apache-2.0 */
#include "fault/nth_call_server.h"

#include <arpa/inet.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypto.h"

#include "body_code.h"
#include "domain/token.h"

enum { ANSWER_BYTES_MOST = 256 * 1024, ANSWER_TIMEOUT_S = 60 };

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "nth_call_server: %s: %s\n", what, why);
    abort();
}

/* ---- the server ---- */

typedef struct Start {
    NthCallServer *server;
    sem_t is_ready;
} Start;

static void ready(const ServeAddresses *addresses, void *state)
{
    Start *start = state;

    start->server->port = atoi(strrchr(addresses->url, ':') + 1);
    start->server->private_port = atoi(strrchr(addresses->private_url, ':') + 1);
    sem_post(&start->is_ready);
}

static void *run(void *state)
{
    Start *start = state;
    NthCallServer *server = start->server;
    Failure failure = { 0 };

    server->exit_code = serve(&server->config, ready, start, &failure);
    if (failure.code < 0 && server->port == 0)
        die("serve", failure.text);
    return NULL;
}

static const char *master_key(const Fixture *house)
{
    char text[2 * CRYPTO_KEY_BYTES + 1];

    hex_print(house->rules.master_key, CRYPTO_KEY_BYTES, text);
    return arena_text(house->kept.arena, text);
}

static void launch(NthCallServer *server)
{
    static Start start;

    server->port = 0;
    start = (Start){ .server = server };
    sem_init(&start.is_ready, 0, 0);
    if (pthread_create(&server->thread, NULL, run, &start) != 0)
        die("thread", "it can't be started");
    sem_wait(&start.is_ready);
}

static void end(NthCallServer *server)
{
    kill(getpid(), SIGTERM);
    pthread_join(server->thread, NULL);
}

void nth_call_server_start(NthCallServer *server, const char *scheme)
{
    Fixture *house = &server->house;
    Token token;

    fixture_open(house, scheme);
    if (store_commit(house->kept.store, &house->kept.failure) < 0)
        die("commit", house->kept.failure.text);
    const ConfigFlag flags[] = {
        { "data", house->kept.folder },      { "database", house->kept.url },
        { "master_key", master_key(house) }, { "listen", "127.0.0.1:0" },
        { "private_listen", "127.0.0.1:0" }, { "readers", "1" },
        { "log_level", "nothing" },          { "queue_wait_ms", "60000" },
    };

    if (config_load(house->kept.arena, NULL, flags, COUNT_OF(flags), &server->config,
                    &house->kept.failure) < 0)
        die("config", house->kept.failure.text);
    launch(server);
    token_issue(&house->rules, TOKEN_TENANT, house->work.app, house->work.tenant, clock_wall_ms(),
                house->kept.arena, &token);
    server->tenant_token = token.text;
}

void nth_call_server_restart(NthCallServer *server)
{
    end(server);
    launch(server);
}

void nth_call_server_stop(NthCallServer *server)
{
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    end(server);
    fixture_close(&server->house);
}

/* ---- its client ---- */

static int send_to(int port, const char *text)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval timeout = { .tv_sec = ANSWER_TIMEOUT_S };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t size = strlen(text);

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
        send(fd, text, size, MSG_NOSIGNAL) != (ssize_t)size)
        die("send", "the server is not there");
    return fd;
}

int nth_call_send(NthCallServer *server, const char *method, const char *target,
                  const char *headers, const char *body)
{
    return send_to(server->port,
                   arena_print(server->house.kept.arena,
                               "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                               "Authorization: Bearer %s\r\n%sContent-Length: %zu\r\n\r\n%s",
                               method, target, server->tenant_token, headers ? headers : "",
                               body ? strlen(body) : 0, body ? body : ""));
}

Reply nth_call_receive(NthCallServer *server, int fd)
{
    Arena *arena = server->house.kept.arena;
    char *text = malloc(ANSWER_BYTES_MOST);
    size_t size = 0;
    ssize_t got;
    const char *end, *log_id;
    Reply reply = { .code = -1 };

    if (!text)
        abort();
    while (size < ANSWER_BYTES_MOST - 1 &&
           (got = recv(fd, text + size, ANSWER_BYTES_MOST - 1 - size, 0)) > 0)
        size += (size_t)got;
    close(fd);
    text[size] = '\0';
    end = strstr(text, "\r\n\r\n");
    if (end && sscanf(text, "HTTP/1.1 %d", &reply.status) == 1) {
        reply.head = arena_copy(arena, text, (size_t)(end - text) + 2);
        reply.body = arena_text(arena, end + 4);
        if (strstr(reply.body, "\"msg\":\""))
            reply.code = body_code(arena, reply.body);
        log_id = strstr(reply.head, "X-Tt-Logid: ");
        reply.has_log_id = log_id && (!strstr(reply.body, "\"error\":") ||
                                      strstr(reply.body, arena_copy(arena, log_id + 12, 34)));
    }
    free(text);
    return reply;
}

Reply nth_call_ask(NthCallServer *server, const char *method, const char *target,
                   const char *headers, const char *body)
{
    return nth_call_receive(server, nth_call_send(server, method, target, headers, body));
}

Reply nth_call_ask_private(NthCallServer *server, const char *method, const char *target)
{
    int fd = send_to(server->private_port,
                     arena_print(server->house.kept.arena,
                                 "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", method,
                                 target));

    return nth_call_receive(server, fd);
}

const char *nth_call_member(NthCallServer *server, const char *body, const char *name)
{
    Arena *arena = server->house.kept.arena;
    const char *mark = arena_print(arena, "\"%s\":\"", name), *at = strstr(body, mark);

    return at ? arena_copy(arena, at + strlen(mark), strcspn(at + strlen(mark), "\"")) : NULL;
}
