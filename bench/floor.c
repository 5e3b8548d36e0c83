/* SPDX-License-Identifier: Apache-2.0 */

/* The floor that scripts/bench measures against: the least that a program can do which answers
 * chat_group durably. One thread runs a bare epoll loop and cuts requests by hand, one thread
 * writes the product's rows into SQLite, one COMMIT for all that wait, and what was asked is
 * answered after it.
 *
 * It checks nothing: no token, no scope, no grammar of HTTP or JSON, no task, no user, no deadline.
 * It can only be run against the load that it is measured with.
 *
 * floor DATABASE APP_ID    DATABASE holds the product's tables; prints {"url":…} when ready */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "rows.h"

enum {
    FDS_MOST = 4096,
    EVENTS_MOST = 256,
    INPUT_BYTES = 4096,
    ANSWER_BYTES = 512,
};

/* One client, and the one request of it that is under way. */
typedef struct Connection {
    int fd;
    bool is_pending; /* its request lies with the writer: the input stays as it is */
    bool is_closed;  /* the client left meanwhile */
    size_t used;
    size_t request_bytes;
    Group group;
    struct Connection *next; /* in the list that holds it */
    char input[INPUT_BYTES];
} Connection;

typedef struct List {
    Connection *first;
    Connection *last;
} List;

typedef struct Exchange {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    List waiting;  /* loop to writer */
    List answered; /* writer to loop */
    int event_fd;  /* wakes the loop */
} Exchange;

typedef struct Loop {
    int epoll_fd;
    int listen_fd;
    Exchange *exchange;
    List gathered; /* of this turn, handed over at its end */
    Connection *connections[FDS_MOST];
} Loop;

static Exchange exchange = { .lock = PTHREAD_MUTEX_INITIALIZER,
                             .filled = PTHREAD_COND_INITIALIZER };
static Loop loop = { .exchange = &exchange };
static Rows writer; /* the writer thread's alone */

static void list_append(List *list, Connection *connection)
{
    connection->next = NULL;
    if (list->first == NULL)
        list->first = connection;
    else
        list->last->next = connection;
    list->last = connection;
}

static void list_move(List *to, List *from)
{
    if (from->first == NULL)
        return;
    if (to->first == NULL)
        to->first = from->first;
    else
        to->last->next = from->first;
    to->last = from->last;
    *from = (List){ NULL, NULL };
}

/* ---- the writer ---- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void *writer_main(void *unused)
{
    uint64_t wake = 1;

    (void)unused;
    for (;;) {
        List batch = { NULL, NULL };
        int64_t at_ms;

        pthread_mutex_lock(&exchange.lock);
        while (exchange.waiting.first == NULL)
            pthread_cond_wait(&exchange.filled, &exchange.lock);
        list_move(&batch, &exchange.waiting);
        pthread_mutex_unlock(&exchange.lock);

        at_ms = now_ms();
        rows_run(&writer, "BEGIN IMMEDIATE");
        for (Connection *one = batch.first; one != NULL; one = one->next)
            rows_write(&writer, &one->group, at_ms);
        rows_run(&writer, "COMMIT");

        pthread_mutex_lock(&exchange.lock);
        list_move(&exchange.answered, &batch);
        pthread_mutex_unlock(&exchange.lock);
        demand(write(exchange.event_fd, &wake, sizeof wake) == sizeof wake, "eventfd");
    }
    return NULL;
}

/* ---- the loop ---- */

static void connection_close(Connection *self)
{
    if (!self->is_closed)
        close(self->fd); /* which takes it out of epoll as well */
    loop.connections[self->fd] = NULL;
    self->is_closed = true;
    if (!self->is_pending)
        free(self);
}

/* The text between the quote after `key` and the next quote. */
static Slice cut_after(const char *text, const char *end, const char *key)
{
    const char *from = memmem(text, (size_t)(end - text), key, strlen(key));
    const char *to;

    if (from == NULL)
        return (Slice){ "", 0 };
    from += strlen(key);
    to = memchr(from, '"', (size_t)(end - from));
    return to == NULL ? (Slice){ "", 0 } : (Slice){ from, (int)(to - from) };
}

static void cut_invitees(Connection *self, const char *body, const char *end)
{
    static const char key[] = "\"invite_user_ids\":[";
    const char *at = memmem(body, (size_t)(end - body), key, sizeof key - 1);

    self->group.invitee_count = 0;
    if (at == NULL)
        return;
    at += sizeof key - 1;
    while (at < end && *at != ']' && self->group.invitee_count < INVITED_MOST) {
        Slice id = cut_after(at, end, "\"");

        self->group.invitees[self->group.invitee_count++] = id;
        at = id.text + id.bytes + 1;
    }
}

static void connection_send(Connection *self, const char *answer, size_t bytes)
{
    /* Less than a socket's buffer on an idle connection: it goes out whole or the client is gone.
     */
    if (send(self->fd, answer, bytes, MSG_NOSIGNAL) != (ssize_t)bytes)
        shutdown(self->fd, SHUT_RDWR);
}

/* Takes one whole request from the input, if there is one, and lists it for the writer. */
static void connection_cut(Connection *self)
{
    static const char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    const char *body = memmem(self->input, self->used, "\r\n\r\n", 4);
    const char *length;
    const char *task;
    const char *end;

    if (body == NULL)
        return;
    body += 4;
    length = memmem(self->input, (size_t)(body - self->input), "Content-Length: ", 16);
    end = body + (length == NULL ? 0 : strtoul(length + 16, NULL, 10));
    if (end > self->input + self->used)
        return;
    self->request_bytes = (size_t)(end - self->input);
    task = memmem(self->input, (size_t)(body - self->input), "/user_tasks/", 12);
    if (task == NULL) {
        connection_send(self, not_found, sizeof not_found - 1);
        self->used = 0;
        return;
    }
    self->group.task_id = (Slice){ task + 12, (int)strcspn(task + 12, "/ ") };
    self->group.operator_id = cut_after(body, end, "\"operator_user_id\":\"");
    self->group.chat_name = cut_after(body, end, "\"chat_name\":\"");
    cut_invitees(self, body, end);
    self->is_pending = true;
    list_append(&loop.gathered, self);
}

static void connection_read(Connection *self)
{
    ssize_t n = read(self->fd, self->input + self->used, INPUT_BYTES - 1 - self->used);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        connection_close(self);
        return;
    }
    self->used += (size_t)n;
    self->input[self->used] = '\0';
    if (!self->is_pending)
        connection_cut(self);
}

static void connection_answer(Connection *self)
{
    char body[ANSWER_BYTES];
    char answer[2 * ANSWER_BYTES];
    char chat_id[ID_BYTES];
    int bytes;

    self->is_pending = false;
    if (self->is_closed) {
        free(self);
        return;
    }
    rows_print_id(self->group.id, "oc_", chat_id);
    bytes = snprintf(body, sizeof body,
                     "{\"code\":0,\"msg\":\"success\",\"data\":{\"chat_id\":\"%s\"}}", chat_id);
    bytes = snprintf(answer, sizeof answer,
                     "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
                     "Content-Length: %d\r\n\r\n%s",
                     bytes, body);
    connection_send(self, answer, (size_t)bytes);
    self->used -= self->request_bytes;
    memmove(self->input, self->input + self->request_bytes, self->used);
    self->input[self->used] = '\0';
    connection_cut(self);
}

static void loop_watch(int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    demand(epoll_ctl(loop.epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

static void loop_accept(void)
{
    for (;;) {
        int fd = accept4(loop.listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        int on = 1;

        if (fd < 0)
            return;
        demand(fd < FDS_MOST, "too many connections");
        loop.connections[fd] = calloc(1, sizeof(Connection));
        demand(loop.connections[fd] != NULL, "calloc");
        loop.connections[fd]->fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        loop_watch(fd);
    }
}

static void loop_answer(void)
{
    List answered = { NULL, NULL };
    Connection *next;
    uint64_t count;

    demand(read(exchange.event_fd, &count, sizeof count) == sizeof count, "eventfd");
    pthread_mutex_lock(&exchange.lock);
    list_move(&answered, &exchange.answered);
    pthread_mutex_unlock(&exchange.lock);
    for (Connection *one = answered.first; one != NULL; one = next) {
        next = one->next;
        connection_answer(one);
    }
}

static void loop_hand_over(void)
{
    if (loop.gathered.first == NULL)
        return;
    pthread_mutex_lock(&exchange.lock);
    list_move(&exchange.waiting, &loop.gathered);
    pthread_mutex_unlock(&exchange.lock);
    pthread_cond_signal(&exchange.filled);
}

static void loop_turn(void)
{
    struct epoll_event events[EVENTS_MOST];
    int n = epoll_wait(loop.epoll_fd, events, EVENTS_MOST, -1);

    for (int i = 0; i < n; i++) {
        int fd = events[i].data.fd;

        if (fd == loop.listen_fd)
            loop_accept();
        else if (fd == exchange.event_fd)
            loop_answer();
        else if (loop.connections[fd] != NULL)
            connection_read(loop.connections[fd]);
    }
    loop_hand_over();
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    demand(fd >= 0, "socket");
    demand(bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    demand(listen(fd, SOMAXCONN) == 0, "listen");
    return fd;
}

static void print_ready(int fd)
{
    struct sockaddr_in address;
    socklen_t bytes = sizeof address;

    demand(getsockname(fd, (struct sockaddr *)&address, &bytes) == 0, "getsockname");
    printf("{\"url\":\"http://127.0.0.1:%d\"}\n", ntohs(address.sin_port));
    fflush(stdout);
}

int main(int argument_count, char **arguments)
{
    pthread_t thread;

    if (argument_count != 3) {
        fprintf(stderr, "usage: floor DATABASE APP_ID\n");
        return 2;
    }
    rows_open(&writer, arguments[1], arguments[2]);
    exchange.event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    loop.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop.listen_fd = listen_somewhere();
    loop_watch(loop.listen_fd);
    loop_watch(exchange.event_fd);
    demand(pthread_create(&thread, NULL, writer_main, NULL) == 0, "pthread_create");
    print_ready(loop.listen_fd);
    for (;;) /* until a signal ends it: every answered group is on disk by then */
        loop_turn();
}
