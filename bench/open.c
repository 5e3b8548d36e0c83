/* SPDX-License-Identifier: Apache-2.0 */

/* A load generator that keeps to a schedule. With a rate, request n is due at n / rate whatever the
 * server does, and its time counts from then: a server that stalls is charged for every request
 * that the stall kept waiting, which a client that waits for its answers never sees (coordinated
 * omission). With rate 0 every connection sends its next request when it has its answer.
 *
 * open PORT REQUESTS CONNECTIONS WARM_UP_S SECONDS RATE
 *
 * REQUESTS is a file of whole requests, each after its length in decimal and a newline; they are
 * sent in turn, over and over. Prints one line of JSON. What was due in the warm-up is not counted.
 */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/slice.h"

#include "histogram.h"

enum {
    CONNECTIONS_MOST = 4096,
    SCHEDULE_SLICE_US = 100,
    EVENTS_MOST = 256,
    INPUT_BYTES = 256 * 1024,
    LENGTH_BYTES = 20,
    FAREWELL_NS = 2000000000, /* after the end: for what is due or under way */
};

typedef struct Request {
    const char *text;
    size_t bytes;
} Request;

typedef struct Connection {
    int fd;
    bool is_busy;
    int64_t due_ns;
    size_t used;
    char *input; /* owned, INPUT_BYTES */
} Connection;

typedef struct Load {
    Request *requests; /* owned */
    size_t request_count;
    size_t next_request;
    Connection connections[CONNECTIONS_MOST];
    int connection_count;
    int idle[CONNECTIONS_MOST]; /* those that wait, the longest first */
    int idle_first, idle_count;
    int epoll_fd;
    double interval_ns; /* 0: closed loop */
    int64_t begun_ns, counted_ns, end_ns;
    int64_t sent;
    int64_t bad_status, lost, late; /* late: due, but no connection was free */
    Histogram times;
} Load;

static Load load;

static void demand(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "open: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- the requests ---- */

static char *read_file(const char *path, size_t *ret_bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat file;
    size_t used = 0;
    char *text;

    demand(fd >= 0 && fstat(fd, &file) == 0, path);
    text = malloc((size_t)file.st_size + 1);
    demand(text != NULL, "malloc");
    while (used < (size_t)file.st_size) {
        ssize_t n = read(fd, text + used, (size_t)file.st_size - used);

        demand(n > 0, path);
        used += (size_t)n;
    }
    close(fd);
    text[used] = '\0';
    *ret_bytes = used;
    return text;
}

static void load_requests(const char *path)
{
    size_t bytes, room = 0;
    char *text = read_file(path, &bytes), *at = text;

    while (at < text + bytes) {
        char *head;
        size_t length = strtoul(at, &head, 10);

        demand(*head == '\n' && length > 0 && length < (size_t)(text + bytes - head), "REQUESTS");
        if (load.request_count == room) {
            room = room ? 2 * room : 1024;
            load.requests = realloc(load.requests, room * sizeof *load.requests);
            demand(load.requests != NULL, "realloc");
        }
        load.requests[load.request_count++] = (Request){ head + 1, length };
        at = head + 1 + length;
    }
    demand(load.request_count > 0, "no requests");
}

/* ---- connections ---- */

static void connection_open(Connection *self, int number, int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = (uint32_t)number };
    int on = 1;

    self->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    demand(self->fd >= 0, "socket");
    demand(connect(self->fd, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    setsockopt(self->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    demand(fcntl(self->fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
    demand(epoll_ctl(load.epoll_fd, EPOLL_CTL_ADD, self->fd, &event) == 0, "epoll_ctl");
    self->input = malloc(INPUT_BYTES);
    demand(self->input != NULL, "malloc");
}

static void idle_put(int number)
{
    load.idle[(load.idle_first + load.idle_count++) % load.connection_count] = number;
}

static int idle_take(void)
{
    int number = load.idle[load.idle_first];

    load.idle_first = (load.idle_first + 1) % load.connection_count;
    load.idle_count--;
    return number;
}

/* A request is smaller than an idle socket's buffer: it goes out whole or the server is gone. */
static void connection_send(Connection *self, int64_t due_ns)
{
    const Request *request = &load.requests[load.next_request];

    load.next_request = (load.next_request + 1) % load.request_count;
    self->is_busy = true;
    self->due_ns = due_ns;
    self->used = 0;
    load.sent++;
    if (send(self->fd, request->text, request->bytes, MSG_NOSIGNAL) != (ssize_t)request->bytes)
        load.lost++;
}

/* Whether the input is a whole answer. The server answers in lengths, not in chunks. */
static bool connection_is_answered(Connection *self)
{
    const char *end = memmem(self->input, self->used, "\r\n\r\n", 4);
    const char *length;

    if (end == NULL)
        return false;
    length = strcasestr(self->input, "\r\nContent-Length:");
    demand(length != NULL && length < end, "an answer without Content-Length");
    end += 4 + strtoul(length + sizeof "\r\nContent-Length:" - 1, NULL, 10);
    return end <= self->input + self->used;
}

static void connection_count_answer(Connection *self, int64_t at_ns)
{
    if (self->used < sizeof "HTTP/1.1 200" || self->input[9] != '2')
        load.bad_status++;
    if (self->due_ns >= load.counted_ns)
        histogram_add(&load.times, (uint64_t)(at_ns - self->due_ns));
}

static void connection_read(Connection *self, int number)
{
    ssize_t n = read(self->fd, self->input + self->used, INPUT_BYTES - 1 - self->used);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    demand(n > 0, "the server closed a connection");
    self->used += (size_t)n;
    self->input[self->used] = '\0';
    demand(self->used < INPUT_BYTES - 1, "an answer is too long");
    if (!self->is_busy || !connection_is_answered(self))
        return;
    connection_count_answer(self, now_ns());
    self->is_busy = false;
    idle_put(number);
}

/* ---- the schedule ---- */

static int64_t due_ns(int64_t number)
{
    return load.begun_ns + (int64_t)((double)number * load.interval_ns);
}

/* Sends what is due; returns when the next one is, 0: when a connection is free. */
static int64_t send_due(void)
{
    int64_t at_ns = now_ns();
    int64_t next_ns = load.interval_ns > 0 ? due_ns(load.sent) : at_ns;

    while (next_ns <= at_ns && next_ns < load.end_ns) {
        if (load.idle_count == 0) {
            load.late++;
            return 0;
        }
        connection_send(&load.connections[idle_take()], next_ns);
        next_ns = load.interval_ns > 0 ? due_ns(load.sent) : at_ns;
        if (load.interval_ns == 0 && load.idle_count == 0)
            return 0;
    }
    return next_ns < load.end_ns ? next_ns : 0;
}

static void wait_and_read(int64_t until_ns)
{
    struct epoll_event events[EVENTS_MOST];
    int64_t wait_ns = until_ns - now_ns();
    struct timespec wait = { 0 };
    int n;

    if (wait_ns > 0)
        wait = (struct timespec){ wait_ns / 1000000000, wait_ns % 1000000000 };
    n = epoll_pwait2(load.epoll_fd, events, EVENTS_MOST, &wait, NULL);
    demand(n >= 0 || errno == EINTR, "epoll_pwait2");
    for (int i = 0; i < n; i++) {
        int number = (int)events[i].data.u32;

        connection_read(&load.connections[number], number);
    }
}

static void run(void)
{
    while (now_ns() < load.end_ns) {
        int64_t next_ns = send_due();

        wait_and_read(next_ns > 0 ? next_ns : load.end_ns);
    }
    /* What was due just before the end goes out late, and is charged for it. */
    do {
        send_due();
        if (load.idle_count < load.connection_count)
            wait_and_read(load.end_ns + FAREWELL_NS);
    } while (load.idle_count < load.connection_count && now_ns() < load.end_ns + FAREWELL_NS);
    load.lost += load.connection_count - load.idle_count;
}

/* What was due, and never sent: the server, or this program, did not keep up. */
static int64_t unsent(void)
{
    int64_t scheduled;

    if (load.interval_ns == 0)
        return 0;
    scheduled = (int64_t)((double)(load.end_ns - load.begun_ns) / load.interval_ns);
    return scheduled > load.sent ? scheduled - load.sent : 0;
}

static double quantile_us(double share)
{
    return (double)histogram_quantile_ns(&load.times, share) / 1e3;
}

int main(int argument_count, char **arguments)
{
    double rate;

    if (argument_count != 7) {
        fprintf(stderr, "usage: open PORT REQUESTS CONNECTIONS WARM_UP_S SECONDS RATE\n");
        return 2;
    }
    prctl(PR_SET_TIMERSLACK, 1UL);
    load_requests(arguments[2]);
    load.connection_count = atoi(arguments[3]);
    demand(load.connection_count >= 1 && load.connection_count <= CONNECTIONS_MOST, "CONNECTIONS");
    load.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < load.connection_count; i++) {
        connection_open(&load.connections[i], i, atoi(arguments[1]));
        idle_put(i);
    }
    rate = strtod(arguments[6], NULL);
    load.interval_ns = rate > 0 ? 1e9 / rate : 0;
    if (rate > 0) /* its own wait for a processor is not the server's delay */
        slice_ask_us(SCHEDULE_SLICE_US);
    load.begun_ns = now_ns();
    load.counted_ns = load.begun_ns + (int64_t)(strtod(arguments[4], NULL) * 1e9);
    load.end_ns = load.counted_ns + (int64_t)(strtod(arguments[5], NULL) * 1e9);
    run();
    printf("{\"sent\":%lld,\"requests\":%llu,\"duration_us\":%lld,\"p50_us\":%.1f,\"p90_us\":%.1f,"
           "\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f,\"status\":%lld,\"lost\":%lld,"
           "\"unsent\":%lld,\"late\":%lld}\n",
           (long long)load.sent, (unsigned long long)load.times.total,
           (long long)(load.end_ns - load.counted_ns) / 1000, quantile_us(0.5), quantile_us(0.9),
           quantile_us(0.99), quantile_us(0.999), (double)load.times.largest_ns / 1e3,
           (long long)load.bad_status, (long long)load.lost, (long long)unsent(),
           (long long)load.late);
}
