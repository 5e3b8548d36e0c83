/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#include "http/exchange.h"

/* The server's sockets: limits, addresses, listeners. */

enum {
    BODY_BYTES_MOST = 4 * 1024 * 1024, /* so that an Arena can hold it while it grows */
    DESCRIPTORS_RESERVED = 128,        /* for everything that is not a connection */
    BACKLOG = 4096,
    ACCEPTS_MOST = 64, /* in one turn of the loop */
    PAUSE_MS = 100,
    HOST_BYTES = 256,
    PORT_BYTES = 6,
};

const HttpLimits http_default_limits = {
    .connections_most = 8192,
    .header_bytes = 8192,
    .header_count = 100,
    .target_bytes = 4096,
    .body_bytes = 65536,
    .stream_unsent_bytes = 262144,
    .streams_unsent_bytes = 67108864,
    .header_ms = 10000,
    .body_ms = 10000,
    .idle_ms = 75000,
    .send_ms = 30000,
    .drain_ms = 8000,
    .rest_ms = 1000,
    .busy_wait_us = 200,
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A limit is looked at about four times while it runs. */
static int64_t server_sweep_every_ms(const HttpLimits *limits)
{
    int64_t shortest_ms =
        least(least(limits->header_ms, limits->body_ms), least(limits->idle_ms, limits->send_ms));
    int64_t every_ms = least(shortest_ms / 4, limits->rest_ms);

    return every_ms < 20 ? 20 : every_ms;
}

/* Raises the process's limit as far as it is needed and may be. Connections that still don't fit
 * are refused with an answer rather than left in the backlog. */
static void server_fit_descriptors(HttpServer *server)
{
    rlim_t others = DESCRIPTORS_RESERVED + REFUSED_MOST + PRIVATE_CONNECTIONS_MOST;
    rlim_t needed = server->limits.connections_most + others;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= needed)
        return;
    limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < needed)
        server->limits.connections_most =
            limit.rlim_cur > 2 * others ? limit.rlim_cur - others : limit.rlim_cur / 2;
}

static int server_open(HttpServer *server, Failure *failure)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = server };

    server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    server->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (server->epoll_fd < 0 || server->wake_fd < 0 ||
        epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, server->wake_fd, &event) < 0)
        return fail(failure, E_FAULT, "cannot wait for events: %s", strerror(errno));
    return 0;
}

/* A client that is gone is told by send(), not by a signal. */
static void ignore_broken_pipes(void)
{
    struct sigaction action;

    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

int http_new(const HttpLimits *limits, HttpServer **ret_server, Failure *failure)
{
    HttpServer *server;
    int r;

    if (limits->body_bytes > BODY_BYTES_MOST || limits->header_bytes > BODY_BYTES_MOST)
        return fail(failure, E_INVALID, "the limits allow more than %d bytes", BODY_BYTES_MOST);
    server = calloc(1, sizeof(*server));
    if (!server)
        abort();
    server->limits = *limits;
    server->bytes = malloc(limits->header_bytes + READ_BYTES);
    if (!server->bytes)
        abort();
    server->sweep_every_ms = server_sweep_every_ms(limits);
    server->now_ms = clock_monotonic_ms();
    server->stream_places = STREAM_PLACES_FIRST;
    server->streams = calloc(server->stream_places, sizeof(StreamList));
    if (!server->streams)
        abort();
    pthread_mutex_init(&server->answers_lock, NULL);
    ignore_broken_pipes();
    server_fit_descriptors(server);
    r = server_open(server, failure);
    if (r < 0) {
        http_free(server);
        return r;
    }
    *ret_server = server;
    return 0;
}

/* Those that are with a handler, too: nobody will answer them. */
static void listener_free(Listener *listener)
{
    listener_close(listener);
    while (listener->first) {
        if (listener->first->phase == PHASE_TAKEN) {
            listener->first->phase = PHASE_SENDING;
            stream_register(listener->first);
        }
        connection_close(listener->first, false);
    }
}

HttpServer *http_free(HttpServer *server)
{
    if (!server)
        return NULL;
    for (size_t i = 0; i < server->listener_count; i++)
        listener_free(&server->listeners[i]);
    connection_free_closed(server);
    exchange_pool_free(server);
    stream_forget_pushes(server);
    free(server->streams);
    if (server->wake_fd >= 0)
        close(server->wake_fd);
    if (server->epoll_fd >= 0)
        close(server->epoll_fd);
    pthread_mutex_destroy(&server->answers_lock);
    free(server->bytes);
    free(server);
    return NULL;
}

void listener_close(Listener *listener)
{
    if (listener->fd < 0)
        return;
    close(listener->fd);
    listener->fd = -1;
}

/* "host:port" or "[host]:port". */
static int address_split(const char *address, char ret_host[HOST_BYTES], char ret_port[PORT_BYTES],
                         Failure *failure)
{
    const char *colon = strrchr(address, ':');
    const char *host = address;
    size_t host_bytes = colon ? (size_t)(colon - address) : 0;
    int64_t number;

    if (host_bytes > 2 && host[0] == '[' && host[host_bytes - 1] == ']') {
        host++;
        host_bytes -= 2;
    }
    if (host_bytes == 0 || host_bytes >= HOST_BYTES || text_parse_number(colon + 1, &number) < 0 ||
        number > UINT16_MAX || strlen(colon + 1) >= PORT_BYTES)
        return fail(failure, E_FAULT, "cannot listen on \"%s\": not of the form host:port",
                    address);
    snprintf(ret_host, HOST_BYTES, "%.*s", (int)host_bytes, host);
    snprintf(ret_port, PORT_BYTES, "%s", colon + 1);
    return 0;
}

int http_check_address(const char *address, Failure *failure)
{
    char host[HOST_BYTES];
    char port[PORT_BYTES];
    Failure why = { 0 };

    if (address_split(address, host, port, &why) < 0)
        return fail(failure, E_INVALID, "%s", why.text);
    return 0;
}

/* The socket, or -1 with errno. */
static int socket_listen(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    int saved;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* what is accepted inherits it */
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static int listener_bind(Listener *listener, const char *address, Failure *failure)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *found;
    char host[HOST_BYTES];
    char port[PORT_BYTES];
    int r;

    r = address_split(address, host, port, failure);
    if (r < 0)
        return r;
    r = getaddrinfo(host, port, &hints, &found);
    if (r != 0)
        return fail(failure, E_FAULT, "cannot listen on \"%s\": %s", address, gai_strerror(r));
    for (const struct addrinfo *one = found; one && listener->fd < 0; one = one->ai_next)
        listener->fd = socket_listen(one);
    freeaddrinfo(found);
    if (listener->fd < 0)
        return fail(failure, E_FAULT, "cannot listen on \"%s\": %s", address, strerror(errno));
    return 0;
}

/* Fills listener->url. */
static void listener_name(Listener *listener)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size_bytes = sizeof(address);
    char host[INET6_ADDRSTRLEN] = "";
    char port[PORT_BYTES] = "";
    bool is_v6;

    getsockname(listener->fd, (struct sockaddr *)&address, &size_bytes);
    getnameinfo((struct sockaddr *)&address, size_bytes, host, sizeof(host), port, sizeof(port),
                NI_NUMERICHOST | NI_NUMERICSERV);
    is_v6 = address.ss_family == AF_INET6;
    snprintf(listener->url, sizeof(listener->url), is_v6 ? "http://[%s]:%s" : "http://%s:%s", host,
             port);
}

static int listener_watch(Listener *listener)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = listener };

    return epoll_ctl(listener->server->epoll_fd, EPOLL_CTL_ADD, listener->fd, &event);
}

/* Out of descriptors, or with as many connections as may be refused at a time: who waits to be
 * accepted would wake the loop again and again. It is left out of the loop for a moment. */
static void listener_pause(Listener *listener)
{
    listener->paused_until_ms = listener->server->now_ms + PAUSE_MS;
    epoll_ctl(listener->server->epoll_fd, EPOLL_CTL_DEL, listener->fd, NULL);
}

void listener_resume(Listener *listener)
{
    if (!listener->paused_until_ms || listener->server->now_ms < listener->paused_until_ms)
        return;
    listener->paused_until_ms = 0;
    if (listener->fd >= 0 && listener_watch(listener) < 0)
        listener->paused_until_ms = listener->server->now_ms + PAUSE_MS;
}

void listener_accept(Listener *listener)
{
    for (int i = 0; i < ACCEPTS_MOST; i++) {
        struct sockaddr_storage address = { 0 };
        socklen_t size_bytes = sizeof(address);
        int fd;

        if (listener->open_count >= listener->connections_most + REFUSED_MOST) {
            listener_pause(listener);
            return;
        }
        fd = accept4(listener->fd, (struct sockaddr *)&address, &size_bytes,
                     SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            connection_open(listener, fd, &address);
        else if (errno == EAGAIN)
            return;
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            listener_pause(listener);
            return;
        }
    }
}

static int server_listen(HttpServer *server, const char *address, const HttpHandler *handler,
                         bool is_to_the_end, const char **ret_url, Failure *failure)
{
    Listener *listener = &server->listeners[server->listener_count];
    size_t most = server->limits.connections_most;
    int r;

    if (server->listener_count == LISTENERS_MOST)
        return fail(failure, E_FAULT, "more than %d listeners", LISTENERS_MOST);
    if (is_to_the_end && most > PRIVATE_CONNECTIONS_MOST)
        most = PRIVATE_CONNECTIONS_MOST;
    *listener = (Listener){ .server = server,
                            .handler = handler,
                            .fd = -1,
                            .is_to_the_end = is_to_the_end,
                            .connections_most = most };
    r = listener_bind(listener, address, failure);
    if (r < 0)
        return r;
    listener_name(listener);
    if (listener_watch(listener) < 0) {
        fail(failure, E_FAULT, "cannot serve %s: %s", listener->url, strerror(errno));
        close(listener->fd);
        return E_FAULT;
    }
    server->listener_count++;
    if (ret_url)
        *ret_url = listener->url;
    return 0;
}

int http_listen(HttpServer *server, const char *address, const HttpHandler *handler,
                const char **ret_url, Failure *failure)
{
    return server_listen(server, address, handler, false, ret_url, failure);
}

int http_listen_to_the_end(HttpServer *server, const char *address, const HttpHandler *handler,
                           const char **ret_url, Failure *failure)
{
    return server_listen(server, address, handler, true, ret_url, failure);
}
