/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"

#include "http/exchange.h"

/* Answers that the library can't give: before a request is whole, or without one. They go straight
 * to the socket, whose buffer is empty then but for answers that the client has not taken. Closing
 * with unread bytes would make the kernel send a reset, which destroys the answer at the client;
 * so only our direction is closed, what still arrives is thrown away, and deadline_sweep() cuts. */

static void refusal_print_date(Buffer *buffer)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t seconds = (time_t)(clock_wall_ms() / 1000);
    struct tm utc;

    if (!gmtime_r(&seconds, &utc))
        return;
    buffer_print(buffer, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", days[utc.tm_wday],
                 utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                 utc.tm_sec);
}

static Buffer refusal_print(Exchange *exchange)
{
    bool is_head = exchange->method && strcmp(exchange->method, "HEAD") == 0;
    Buffer buffer;

    buffer_init(&buffer, exchange->arena, 512 + exchange->answer_size_bytes);
    buffer_print(&buffer, "HTTP/1.1 %d %s\r\n", exchange->status,
                 MHD_get_reason_phrase_for((unsigned)exchange->status));
    refusal_print_date(&buffer);
    for (size_t i = 0; i < exchange->answer_header_count; i++)
        if (exchange->answer_values[i])
            buffer_print(&buffer, "%s: %s\r\n", exchange->answer_names[i],
                         exchange->answer_values[i]);
    buffer_print(&buffer, "Connection: close\r\nContent-Length: %zu\r\n\r\n",
                 exchange->answer_size_bytes);
    if (!is_head)
        buffer_add_bytes(&buffer, exchange->answer_bytes, exchange->answer_size_bytes);
    return buffer;
}

void connection_refuse(Connection *connection, int status, const char *why)
{
    HttpServer *server = connection->listener->server;
    const HttpHandler *handler = connection->listener->handler;
    Exchange *exchange = connection->exchange ? connection->exchange : exchange_acquire(connection);
    Buffer text;
    ssize_t sent;

    exchange->status = status;
    exchange->is_handled = true;
    handler->refuse(exchange, status, why, handler->state);
    text = refusal_print(exchange);
    sent = send(connection->fd, text.text, text.size_bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(connection->fd, SHUT_WR);
    connection->phase = PHASE_LINGER;
    connection->deadline_ms = server->now_ms + LINGER_MS;

    exchange_finish(exchange, sent == (ssize_t)text.size_bytes);
    if (!connection->exchange)
        exchange_release(server, exchange);
}
