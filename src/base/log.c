/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

enum {
    LOG_BUFFER_BYTES = 64 * 1024,
    LOG_VALUE_MAX_BYTES = 2 * 1024,
    LOG_ESCAPE_MAX_BYTES = 6, /* what one byte of a value becomes at most */
    LOG_END_BYTES = 32,       /* kept free in every line for how it ends */
    LOG_WAIT_MS = 100,        /* for standard error, in one flush: then lines are dropped */
};

static const char log_end[] = "}\n";
static const char log_cut_end[] = ",\"is_cut\":true}\n";
_Static_assert(sizeof(log_cut_end) <= LOG_END_BYTES, "a line can always be ended");

typedef struct LogBuffer {
    size_t line;       /* where the open line begins: all before it is whole lines */
    size_t size_bytes; /* whole lines and the open one */
    bool is_open;      /* between log_open() of a wanted level and log_close() */
    bool is_cut;       /* the open line lost a member that had no room */
    char bytes[LOG_BUFFER_BYTES];
} LogBuffer;

static LogLevel log_level = LOG_INFO;
static _Thread_local LogBuffer log_buffer;
/* A write() to a pipe may be split when it is long: one thread at a time keeps lines whole. */
static pthread_mutex_t log_mutex = PTHREAD_MUTEX_INITIALIZER;

/* What standard error still has to get before anything else; under log_mutex. */
static struct {
    size_t rest_from;
    size_t rest_bytes; /* of a line that was begun */
    uint64_t dropped_lines;
    atomic_bool is_behind; /* one of the two; also looked at without the mutex */
    char rest[LOG_BUFFER_BYTES];
} log_out;

void log_set_level(LogLevel level)
{
    log_level = level;
}

bool log_wants(LogLevel level)
{
    return level >= log_level && level < LOG_NOTHING;
}

/* One line of our own, past the thread's buffer, which holds others. */
static size_t log_print_dropped(char *line, size_t line_bytes)
{
    char time[CLOCK_ISO_BYTES];

    clock_print_iso(clock_wall_ms(), time);
    return (size_t)snprintf(line, line_bytes,
                            "{\"time\":\"%s\",\"level\":\"warning\",\"event\":\"log_dropped\","
                            "\"lines\":%llu}\n",
                            time, (unsigned long long)log_out.dropped_lines);
}

/* What standard error takes within deadline_ms. It may be a pipe that blocks, and others may have
 * it too, so it is left as it is: a pipe or socket that has room at all takes PIPE_BUF bytes. */
static size_t log_write(const char *bytes, size_t size_bytes, int64_t deadline_ms)
{
    size_t done_bytes = 0;

    while (done_bytes < size_bytes) {
        size_t left_bytes = size_bytes - done_bytes;
        int64_t wait_ms = deadline_ms - clock_monotonic_ms();
        struct pollfd room = { .fd = STDERR_FILENO, .events = POLLOUT };
        int ready = poll(&room, 1, wait_ms > 0 ? (int)wait_ms : 0);
        ssize_t written = -1;

        if (ready > 0)
            written = write(STDERR_FILENO, bytes + done_bytes,
                            left_bytes < PIPE_BUF ? left_bytes : PIPE_BUF);
        if (written > 0)
            done_bytes += (size_t)written;
        else if (ready == 0 || (errno != EINTR && errno != EAGAIN) || wait_ms <= 0)
            break;
    }
    return done_bytes;
}

/* Finishes the line that was begun, then says what was dropped. True when nothing is left. */
static bool log_catch_up(int64_t deadline_ms)
{
    size_t written = log_write(log_out.rest + log_out.rest_from, log_out.rest_bytes, deadline_ms);

    log_out.rest_from += written;
    log_out.rest_bytes -= written;
    if (log_out.rest_bytes > 0 || log_out.dropped_lines == 0)
        return log_out.rest_bytes == 0;
    log_out.rest_from = 0;
    log_out.rest_bytes = log_print_dropped(log_out.rest, sizeof(log_out.rest));
    log_out.dropped_lines = 0;
    return log_catch_up(deadline_ms);
}

/* Drops whole lines; of one that was begun the rest is kept. */
static void log_drop(const char *bytes, size_t size_bytes, bool is_begun)
{
    const char *end = bytes + size_bytes;

    if (is_begun) {
        log_out.rest_from = 0;
        log_out.rest_bytes = (size_t)((const char *)memchr(bytes, '\n', size_bytes) + 1 - bytes);
        memcpy(log_out.rest, bytes, log_out.rest_bytes);
        bytes += log_out.rest_bytes;
    }
    for (; bytes < end; bytes = (const char *)memchr(bytes, '\n', (size_t)(end - bytes)) + 1)
        log_out.dropped_lines++;
}

/* A reader that has let us wait in vain is not waited for again until it has read. */
static void log_write_lines(const char *bytes, size_t size_bytes)
{
    int64_t now_ms = clock_monotonic_ms();
    int64_t deadline_ms = log_out.is_behind ? now_ms : now_ms + LOG_WAIT_MS;
    size_t written = 0;

    if (log_catch_up(deadline_ms))
        written = log_write(bytes, size_bytes, deadline_ms);
    if (written < size_bytes)
        log_drop(bytes + written, size_bytes - written, written > 0 && bytes[written - 1] != '\n');
    log_out.is_behind = log_out.rest_bytes > 0 || log_out.dropped_lines > 0;
}

/* Writes the whole lines; an open one moves to the front. */
static void log_drain(LogBuffer *buffer)
{
    if (buffer->line == 0 && !log_out.is_behind)
        return;
    pthread_mutex_lock(&log_mutex);
    log_write_lines(buffer->bytes, buffer->line);
    pthread_mutex_unlock(&log_mutex);
    buffer->size_bytes -= buffer->line;
    memmove(buffer->bytes, buffer->bytes + buffer->line, buffer->size_bytes);
    buffer->line = 0;
}

void log_flush(void)
{
    log_drain(&log_buffer);
}

/* True when size_bytes more and the line's end fit, the whole lines written out if need be. */
static bool log_reserve(LogBuffer *buffer, size_t size_bytes)
{
    size_t need_bytes = size_bytes + LOG_END_BYTES;

    if (need_bytes > sizeof(buffer->bytes) - buffer->size_bytes)
        log_drain(buffer);
    return need_bytes <= sizeof(buffer->bytes) - buffer->size_bytes;
}

static void log_put(LogBuffer *buffer, const char *text, size_t size_bytes)
{
    memcpy(buffer->bytes + buffer->size_bytes, text, size_bytes);
    buffer->size_bytes += size_bytes;
}

/* Adds what stands at value up to the next escape or, where not all is UTF-8, one character;
 * returns how many bytes of the value it was. */
static size_t log_put_piece(LogBuffer *buffer, const char *value, size_t left_bytes, bool is_utf8)
{
    const char *escape = text_escape(*value);
    size_t piece_bytes;

    if (escape) {
        log_put(buffer, escape, strlen(escape));
        return 1;
    }
    piece_bytes =
        is_utf8 ? text_plain_bytes(value, left_bytes) : text_character_bytes(value, left_bytes);
    if (piece_bytes > 0) {
        log_put(buffer, value, piece_bytes);
        return piece_bytes;
    }
    log_put(buffer, "\xEF\xBF\xBD", 3);
    return 1;
}

static void log_put_quoted(LogBuffer *buffer, const char *value, size_t size_bytes)
{
    bool is_utf8 = text_is_utf8(value, size_bytes);

    log_put(buffer, "\"", 1);
    for (size_t i = 0; i < size_bytes;)
        i += log_put_piece(buffer, value + i, size_bytes - i, is_utf8);
    log_put(buffer, "\"", 1);
}

/* The size of what is printed of a value: all of it, or as many whole characters as are allowed. */
static size_t log_value_bytes(const char *value)
{
    size_t size_bytes = strnlen(value, LOG_VALUE_MAX_BYTES + TEXT_CHARACTER_MAX_BYTES);
    size_t start;

    if (size_bytes <= LOG_VALUE_MAX_BYTES)
        return size_bytes;
    for (start = LOG_VALUE_MAX_BYTES; start > LOG_VALUE_MAX_BYTES - TEXT_CHARACTER_MAX_BYTES;
         start--) {
        size_t character_bytes = text_character_bytes(value + start, size_bytes - start);

        if (character_bytes > 0 && start + character_bytes > LOG_VALUE_MAX_BYTES)
            return start;
    }
    return LOG_VALUE_MAX_BYTES;
}

/* Names are literals of ours: nothing in them wants an escape. Adds ,"name": and makes sure that a
 * value of value_bytes fits behind it; false when it can't. */
static bool log_name(LogBuffer *buffer, const char *name, size_t value_bytes)
{
    size_t name_bytes = strlen(name);

    if (!log_reserve(buffer, name_bytes + value_bytes + 4)) {
        buffer->is_cut = true;
        return false;
    }
    log_put(buffer, ",\"", 2);
    log_put(buffer, name, name_bytes);
    log_put(buffer, "\":", 2);
    return true;
}

void log_open(LogLevel level, const char *event)
{
    static const char *const names[] = { "debug", "info", "warning", "error" };
    LogBuffer *buffer = &log_buffer;
    char time[CLOCK_ISO_BYTES];

    buffer->is_open = false;
    buffer->size_bytes = buffer->line; /* a line that nobody closed is dropped */
    if (!log_wants(level))
        return;
    log_reserve(buffer, CLOCK_ISO_BYTES + 32); /* an empty buffer always has that */
    buffer->is_open = true;
    buffer->is_cut = false;
    clock_print_iso(clock_wall_ms(), time);
    log_put(buffer, "{\"time\":\"", 9);
    log_put(buffer, time, CLOCK_ISO_BYTES - 1);
    log_put(buffer, "\"", 1);
    log_text("level", names[level]);
    log_text("event", event);
}

void log_text(const char *name, const char *value)
{
    LogBuffer *buffer = &log_buffer;
    size_t value_bytes;

    if (!buffer->is_open)
        return;
    value_bytes = value ? log_value_bytes(value) : 4;
    if (!log_name(buffer, name, value_bytes * LOG_ESCAPE_MAX_BYTES + 2))
        return;
    if (value)
        log_put_quoted(buffer, value, value_bytes);
    else
        log_put(buffer, "null", 4);
}

void log_integer(const char *name, int64_t value)
{
    LogBuffer *buffer = &log_buffer;
    char digits[TEXT_INTEGER_BYTES];

    if (!buffer->is_open || !log_name(buffer, name, TEXT_INTEGER_BYTES))
        return;
    log_put(buffer, digits, text_print_integer(value, digits));
}

void log_close(void)
{
    LogBuffer *buffer = &log_buffer;

    if (!buffer->is_open)
        return;
    if (buffer->is_cut)
        log_put(buffer, log_cut_end, sizeof(log_cut_end) - 1);
    else
        log_put(buffer, log_end, sizeof(log_end) - 1);
    buffer->line = buffer->size_bytes;
    buffer->is_open = false;
}
