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
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    FDS_MOST = 4096,
    EVENTS_MOST = 256,
    INPUT_BYTES = 4096,
    INVITEES_MOST = 20,
    ID_BYTES = 36, /* "oc_", 32 hex digits, NUL */
    LOG_ID_BYTES = 35,
    BODY_BYTES = 8192, /* a request's input and what is put around it */
    ANSWER_BYTES = 512,
    TENANT_ID = 1,
};

/* A part of a connection's input; not terminated. */
typedef struct Slice {
    const char *text;
    int bytes;
} Slice;

/* One client, and the one request of it that is under way. */
typedef struct Connection {
    int fd;
    bool is_pending; /* its request lies with the writer: the input stays as it is */
    bool is_closed;  /* the client left meanwhile */
    size_t used;
    size_t request_bytes;
    Slice task_id;
    Slice operator_id;
    Slice invitees[INVITEES_MOST];
    int invitee_count;
    Slice chat_name;
    char chat_id[ID_BYTES];
    struct Connection *next; /* in the list that holds it */
    char input[INPUT_BYTES];
} Connection;

typedef struct List {
    Connection *first;
    Connection *last;
} List;

typedef enum Insert {
    INSERT_CHAT,
    INSERT_MEMBER,
    INSERT_TASK_CHAT,
    INSERT_MESSAGE,
    INSERT_EVENT,
    INSERTS
} Insert;

/* clang-format off */
static const char *const insert_sql[INSERTS] = {
    [INSERT_CHAT] = "INSERT INTO chat (tenant_id, chat_id, name, owner_id, creator_app_id,"
                    " chat_status, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, 'normal', ?6)",
    [INSERT_MEMBER] = "INSERT INTO member (tenant_id, chat_id, member_id, member_type, joined_ms)"
                      " VALUES (?1, ?2, ?3, ?4, ?5)",
    [INSERT_TASK_CHAT] = "INSERT INTO task_chat (tenant_id, task_id, chat_id, linked_ms)"
                         " VALUES (?1, ?2, ?3, ?4)",
    [INSERT_MESSAGE] = "INSERT INTO message (tenant_id, chat_id, message_id, msg_type, sender_id,"
                       " sender_type, content, created_ms)"
                       " VALUES (?1, ?2, ?3, 'system', ?4, 'app', ?5, ?6)",
    [INSERT_EVENT] = "INSERT INTO event (tenant_id, event_id, event_type, app_id, actor_id,"
                     " subject_id, body, created_ms, log_id)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
};
/* clang-format on */

/* What the writer thread alone touches. */
typedef struct Writer {
    sqlite3 *database;
    sqlite3_stmt *inserts[INSERTS];
    const char *app_id;
    uint64_t random;
    unsigned sequence;
} Writer;

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
static Writer writer;

static void demand(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(1);
}

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

/* As the product makes its ids: time, sequence, randomness. */
static void id_make(Writer *self, const char *prefix, int64_t at_ms, char ret_id[ID_BYTES])
{
    self->random ^= self->random << 13;
    self->random ^= self->random >> 7;
    self->random ^= self->random << 17;
    self->sequence++;
    snprintf(ret_id, ID_BYTES, "%s%012llx%04x%016llx", prefix, (unsigned long long)at_ms,
             self->sequence & 0xffff, (unsigned long long)self->random);
}

static void writer_demand(Writer *self, int r, int wanted)
{
    if (r == wanted)
        return;
    fprintf(stderr, "floor: %s\n", sqlite3_errmsg(self->database));
    exit(1);
}

static void bind_slice(sqlite3_stmt *insert, int parameter, Slice slice)
{
    sqlite3_bind_text(insert, parameter, slice.text, slice.bytes, SQLITE_STATIC);
}

static void bind_text(sqlite3_stmt *insert, int parameter, const char *text)
{
    sqlite3_bind_text(insert, parameter, text, -1, SQLITE_STATIC);
}

static void writer_step(Writer *self, Insert which)
{
    writer_demand(self, sqlite3_step(self->inserts[which]), SQLITE_DONE);
    sqlite3_reset(self->inserts[which]);
}

static void write_chat(Writer *self, const Connection *group, int64_t at_ms)
{
    sqlite3_stmt *insert = self->inserts[INSERT_CHAT];

    bind_text(insert, 2, group->chat_id);
    bind_slice(insert, 3, group->chat_name);
    bind_slice(insert, 4, group->operator_id);
    bind_text(insert, 5, self->app_id);
    sqlite3_bind_int64(insert, 6, at_ms);
    writer_step(self, INSERT_CHAT);

    insert = self->inserts[INSERT_TASK_CHAT];
    bind_slice(insert, 2, group->task_id);
    bind_text(insert, 3, group->chat_id);
    sqlite3_bind_int64(insert, 4, at_ms);
    writer_step(self, INSERT_TASK_CHAT);
}

static void write_member(Writer *self, const Connection *group, Slice member_id, const char *type,
                         int64_t at_ms)
{
    sqlite3_stmt *insert = self->inserts[INSERT_MEMBER];

    bind_text(insert, 2, group->chat_id);
    bind_slice(insert, 3, member_id);
    bind_text(insert, 4, type);
    sqlite3_bind_int64(insert, 5, at_ms);
    writer_step(self, INSERT_MEMBER);
}

/* Appends the list of quoted ids and returns the new length. */
static size_t add_ids(char body[BODY_BYTES], size_t used, const Slice *ids, int count)
{
    for (int i = 0; i < count; i++)
        used += (size_t)snprintf(body + used, BODY_BYTES - used, "%s\"%.*s\"", i ? "," : "",
                                 ids[i].bytes, ids[i].text);
    return used;
}

/* The product's message names people; here their ids stand for the names, which nobody looked up.
 */
static void write_message(Writer *self, const Connection *group, int64_t at_ms)
{
    sqlite3_stmt *insert = self->inserts[INSERT_MESSAGE];
    char message_id[ID_BYTES];
    char content[BODY_BYTES];
    size_t used;

    id_make(self, "om_", at_ms, message_id);
    used = (size_t)snprintf(content, sizeof content,
                            "{\"template\":\"{from_user} 从任务「{task}」发起了群聊，成员："
                            "{to_chatters}\",\"from_user\":[\"%.*s\"],\"to_chatters\":[",
                            group->operator_id.bytes, group->operator_id.text);
    used = add_ids(content, used, group->invitees, group->invitee_count);
    snprintf(content + used, sizeof content - used,
             "],\"task\":[\"采购审批\"],\"task_id\":\"%.*s\"}", group->task_id.bytes,
             group->task_id.text);
    bind_text(insert, 2, group->chat_id);
    bind_text(insert, 3, message_id);
    bind_text(insert, 4, self->app_id);
    bind_text(insert, 5, content);
    sqlite3_bind_int64(insert, 6, at_ms);
    writer_step(self, INSERT_MESSAGE);
}

static void write_event(Writer *self, const Connection *group, const char *type, const char *body,
                        int64_t at_ms)
{
    sqlite3_stmt *insert = self->inserts[INSERT_EVENT];
    char event_id[ID_BYTES];
    char log_id[LOG_ID_BYTES];

    id_make(self, "", at_ms, event_id);
    snprintf(log_id, sizeof log_id, "%014lld%.20s", (long long)at_ms, event_id + 12);
    bind_text(insert, 2, event_id);
    bind_text(insert, 3, type);
    bind_text(insert, 4, self->app_id);
    bind_slice(insert, 5, group->operator_id);
    bind_text(insert, 6, group->chat_id);
    bind_text(insert, 7, body);
    sqlite3_bind_int64(insert, 8, at_ms);
    bind_text(insert, 9, log_id);
    writer_step(self, INSERT_EVENT);
}

static void write_events(Writer *self, const Connection *group, int64_t at_ms)
{
    char body[BODY_BYTES];
    size_t used;

    snprintf(body, sizeof body, "{\"name\":\"%.*s\"}", group->chat_name.bytes,
             group->chat_name.text);
    write_event(self, group, "im.chat.member.bot.added_v1", body, at_ms);
    used = (size_t)snprintf(body, sizeof body, "{\"name\":\"%.*s\",\"users\":[\"%.*s\",",
                            group->chat_name.bytes, group->chat_name.text, group->operator_id.bytes,
                            group->operator_id.text);
    used = add_ids(body, used, group->invitees, group->invitee_count);
    snprintf(body + used, sizeof body - used, "]}");
    write_event(self, group, "im.chat.member.user.added_v1", body, at_ms);
}

static void write_group(Writer *self, Connection *group, int64_t at_ms)
{
    Slice bot = { self->app_id, (int)strlen(self->app_id) };

    id_make(self, "oc_", at_ms, group->chat_id);
    write_chat(self, group, at_ms);
    write_member(self, group, group->operator_id, "user", at_ms);
    for (int i = 0; i < group->invitee_count; i++)
        write_member(self, group, group->invitees[i], "user", at_ms);
    write_member(self, group, bot, "bot", at_ms);
    write_message(self, group, at_ms);
    write_events(self, group, at_ms);
}

static void writer_run(Writer *self, const char *sql)
{
    writer_demand(self, sqlite3_exec(self->database, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void writer_open(Writer *self, const char *path)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;

    writer_demand(self, sqlite3_open_v2(path, &self->database, flags, NULL), SQLITE_OK);
    writer_run(self, "PRAGMA journal_mode = WAL");
    writer_run(self, "PRAGMA synchronous = FULL");
    writer_run(self, "PRAGMA wal_autocheckpoint = 4000");
    for (int i = 0; i < INSERTS; i++) {
        writer_demand(
            self, sqlite3_prepare_v2(self->database, insert_sql[i], -1, &self->inserts[i], NULL),
            SQLITE_OK);
        sqlite3_bind_int64(self->inserts[i], 1, TENANT_ID);
    }
    demand(getrandom(&self->random, sizeof self->random, 0) == sizeof self->random, "getrandom");
    self->random |= 1;
}

static void *writer_main(void *unused)
{
    uint64_t one = 1;

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
        writer_run(&writer, "BEGIN IMMEDIATE");
        for (Connection *group = batch.first; group != NULL; group = group->next)
            write_group(&writer, group, at_ms);
        writer_run(&writer, "COMMIT");

        pthread_mutex_lock(&exchange.lock);
        list_move(&exchange.answered, &batch);
        pthread_mutex_unlock(&exchange.lock);
        demand(write(exchange.event_fd, &one, sizeof one) == sizeof one, "eventfd");
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

    self->invitee_count = 0;
    if (at == NULL)
        return;
    at += sizeof key - 1;
    while (at < end && *at != ']' && self->invitee_count < INVITEES_MOST) {
        Slice id = cut_after(at, end, "\"");

        self->invitees[self->invitee_count++] = id;
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
    self->task_id = (Slice){ task + 12, (int)strcspn(task + 12, "/ ") };
    self->operator_id = cut_after(body, end, "\"operator_user_id\":\"");
    self->chat_name = cut_after(body, end, "\"chat_name\":\"");
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
    int bytes;

    self->is_pending = false;
    if (self->is_closed) {
        free(self);
        return;
    }
    bytes =
        snprintf(body, sizeof body,
                 "{\"code\":0,\"msg\":\"success\",\"data\":{\"chat_id\":\"%s\"}}", self->chat_id);
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
    writer.app_id = arguments[2];
    writer_open(&writer, arguments[1]);
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
