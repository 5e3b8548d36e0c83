/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/text.h"

/* Busy connections in a closed loop: each sends a request, reads the answer, sends the next.
 *
 *     load_client --url-port PORT [--host 127.0.0.1] [--connections N] [--seconds S] [--path P]
 *                 [--method M] [--body-file F] [--header "Name: value"]…
 *
 * Prints {"answers":…,"errors":…,"unanswered":…,"per_second":…,"p50_us":…,"p99_us":…}: an answer
 * other than 2xx is an error; unanswered is what had none LAST_WAIT_SECONDS after the end. */

enum {
    CONNECTIONS_MOST = 20000,
    ANSWER_BYTES_MOST = 64 * 1024,
    SLOTS = 1024,
    LAST_WAIT_SECONDS = 20,
};

typedef struct Client {
    int fd;
    size_t sent_bytes;
    size_t read_bytes;
    size_t wanted_bytes; /* of the answer; 0 = its header is not complete */
    int64_t began_us;
    bool is_over; /* its last answer came after the end */
    char *answer;
} Client;

static struct {
    const char *host, *path, *method, *body_file;
    int port, connections;
    double seconds;
    Arena *arena;
    Buffer headers, request;
    Client *clients;
    int epoll_fd;
    unsigned long answers, errors, unanswered;
    int64_t end_us;
    unsigned long slots[SLOTS]; /* latencies, by eighths of powers of two */
} load = { .host = "127.0.0.1", .path = "/", .connections = 64, .seconds = 3 };

static int slot_of(int64_t us)
{
    int power = 0;

    while (us >> power >= 16)
        power++;
    return power * 8 + (int)(us >> power);
}

static int64_t slot_us(int slot)
{
    int power = slot < 16 ? 0 : slot / 8 - 1;

    return (int64_t)(slot - power * 8) << power;
}

static int64_t quantile_us(double part)
{
    unsigned long wanted = (unsigned long)((double)load.answers * part);
    unsigned long seen = 0;

    for (int slot = 0; slot < SLOTS; slot++) {
        seen += load.slots[slot];
        if (seen > wanted)
            return slot_us(slot);
    }
    return 0;
}

static void read_body(Buffer *body)
{
    char bytes[4096];
    size_t size_bytes;
    FILE *file = fopen(load.body_file, "rb");

    if (!file) {
        fprintf(stderr, "%s: %s\n", load.body_file, strerror(errno));
        exit(2);
    }
    while ((size_bytes = fread(bytes, 1, sizeof(bytes), file)) > 0)
        buffer_add_bytes(body, bytes, size_bytes);
    fclose(file);
}

static void build_request(void)
{
    Buffer body;

    buffer_init(&body, load.arena, 4096);
    if (load.body_file)
        read_body(&body);
    if (!load.method)
        load.method = load.body_file ? "POST" : "GET";
    buffer_init(&load.request, load.arena, 4096);
    buffer_print(&load.request, "%s %s HTTP/1.1\r\nHost: %s\r\n%s", load.method, load.path,
                 load.host, load.headers.text);
    if (load.body_file)
        buffer_print(&load.request, "Content-Length: %zu\r\n", body.size_bytes);
    buffer_add(&load.request, "\r\n");
    buffer_add_bytes(&load.request, body.text, body.size_bytes);
}

static void client_connect(Client *client)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)load.port) };
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = client };
    int on = 1;

    inet_pton(AF_INET, load.host, &address.sin_addr);
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (client->fd < 0 ||
        (connect(client->fd, (struct sockaddr *)&address, sizeof(address)) < 0 &&
         errno != EINPROGRESS) ||
        epoll_ctl(load.epoll_fd, EPOLL_CTL_ADD, client->fd, &event) < 0) {
        perror("connect");
        exit(2);
    }
    client->sent_bytes = client->read_bytes = client->wanted_bytes = 0;
    client->began_us = clock_monotonic_us();
}

static void client_fail(Client *client)
{
    load.errors++;
    close(client->fd);
    client_connect(client);
}

static void client_send(Client *client)
{
    while (!client->is_over && client->sent_bytes < load.request.size_bytes) {
        ssize_t sent = send(client->fd, load.request.text + client->sent_bytes,
                            load.request.size_bytes - client->sent_bytes, MSG_NOSIGNAL);

        if (sent < 0)
            return;
        client->sent_bytes += (size_t)sent;
    }
}

static void client_answered(Client *client)
{
    int64_t now_us = clock_monotonic_us();

    load.answers++;
    if (client->answer[9] != '2')
        load.errors++;
    load.slots[slot_of(now_us - client->began_us)]++;
    client->sent_bytes = client->read_bytes = client->wanted_bytes = 0;
    client->began_us = now_us;
    if (now_us < load.end_us) {
        client_send(client);
        return;
    }
    client->is_over = true;
    load.unanswered--;
}

static void client_measure(Client *client)
{
    const char *end, *length;

    client->answer[client->read_bytes] = '\0';
    end = strstr(client->answer, "\r\n\r\n");
    if (!end)
        return;
    length = strcasestr(client->answer, "\r\nContent-Length:");
    client->wanted_bytes = (size_t)(end - client->answer) + 4;
    if (length && length < end)
        client->wanted_bytes += strtoul(length + 17, NULL, 10);
}

static void client_read(Client *client)
{
    for (;;) {
        ssize_t got = recv(client->fd, client->answer + client->read_bytes,
                           ANSWER_BYTES_MOST - 1 - client->read_bytes, 0);

        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            client_fail(client);
            return;
        }
        client->read_bytes += (size_t)got;
        if (!client->wanted_bytes)
            client_measure(client);
        if (client->wanted_bytes && client->read_bytes >= client->wanted_bytes)
            client_answered(client);
    }
}

static void run(void)
{
    struct epoll_event events[256];

    load.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    load.clients = arena_array(load.arena, Client, (size_t)load.connections);
    for (int i = 0; i < load.connections; i++) {
        load.clients[i].answer = malloc(ANSWER_BYTES_MOST);
        client_connect(&load.clients[i]);
    }
    load.unanswered = (unsigned long)load.connections;
    load.end_us = clock_monotonic_us() + (int64_t)(load.seconds * 1e6);
    while (load.unanswered > 0 &&
           clock_monotonic_us() < load.end_us + LAST_WAIT_SECONDS * INT64_C(1000000)) {
        int count = epoll_wait(load.epoll_fd, events, 256, 100);

        for (int i = 0; i < count; i++) {
            client_send(events[i].data.ptr);
            client_read(events[i].data.ptr);
        }
    }
    for (int i = 0; i < load.connections; i++)
        free(load.clients[i].answer);
}

static void take_flag(const char *name, const char *value)
{
    if (text_equal(name, "--url-port"))
        load.port = (int)strtol(value, NULL, 10);
    else if (text_equal(name, "--host"))
        load.host = value;
    else if (text_equal(name, "--connections"))
        load.connections = (int)strtol(value, NULL, 10);
    else if (text_equal(name, "--seconds"))
        load.seconds = strtod(value, NULL);
    else if (text_equal(name, "--path"))
        load.path = value;
    else if (text_equal(name, "--method"))
        load.method = value;
    else if (text_equal(name, "--body-file"))
        load.body_file = value;
    else if (text_equal(name, "--header"))
        buffer_print(&load.headers, "%s\r\n", value);
    else {
        fprintf(stderr, "unknown flag %s\n", name);
        exit(2);
    }
}

int main(int argument_count, char **arguments)
{
    load.arena = arena_new();
    buffer_init(&load.headers, load.arena, 256);
    for (int i = 1; i + 1 < argument_count; i += 2)
        take_flag(arguments[i], arguments[i + 1]);
    if (load.port <= 0 || load.connections <= 0 || load.connections > CONNECTIONS_MOST) {
        fprintf(stderr, "usage: load_client --url-port PORT [--connections N] …\n");
        return 2;
    }
    build_request();
    run();
    printf("{\"answers\":%lu,\"errors\":%lu,\"unanswered\":%lu,\"per_second\":%.0f,"
           "\"p50_us\":%lld,\"p99_us\":%lld}\n",
           load.answers, load.errors, load.unanswered, (double)load.answers / load.seconds,
           (long long)quantile_us(0.5), (long long)quantile_us(0.99));
    arena_free(load.arena);
    return 0;
}
