/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log_out.h"
#include "base/text.h"

enum {
    LOG_VALUE_MAX_BYTES = 2 * 1024,
    LOG_ESCAPE_MAX_BYTES = 6, /* what one byte of a value becomes at most */
    LOG_END_BYTES = 32,       /* kept free in every line for how it ends */
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
static pthread_once_t log_once = PTHREAD_ONCE_INIT;
static pthread_key_t log_key;               /* frees a thread's buffer when the thread ends */
static _Thread_local LogBuffer *log_buffer; /* owned; NULL before the thread's first line */

static void log_make_key(void)
{
    if (pthread_key_create(&log_key, free) != 0)
        abort();
}

/* New with the thread's first line: what is _Thread_local is cleared when a thread begins, and most
 * threads have nothing to say. */
static LogBuffer *log_own_buffer(void)
{
    if (log_buffer)
        return log_buffer;
    log_buffer = malloc(sizeof(*log_buffer));
    pthread_once(&log_once, log_make_key);
    if (!log_buffer || pthread_setspecific(log_key, log_buffer) != 0)
        abort();
    log_buffer->line = log_buffer->size_bytes = 0;
    log_buffer->is_open = log_buffer->is_cut = false;
    return log_buffer;
}

void log_set_level(LogLevel level)
{
    log_level = level;
}

bool log_wants(LogLevel level)
{
    return level >= log_level && level < LOG_NOTHING;
}

/* Writes the whole lines; an open one moves to the front. */
static void log_drain(LogBuffer *buffer)
{
    log_out_put(buffer->bytes, buffer->line);
    buffer->size_bytes -= buffer->line;
    memmove(buffer->bytes, buffer->bytes + buffer->line, buffer->size_bytes);
    buffer->line = 0;
}

void log_flush(void)
{
    if (log_buffer)
        log_drain(log_buffer);
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
    LogBuffer *buffer = log_own_buffer();
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
    LogBuffer *buffer = log_own_buffer();
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
    LogBuffer *buffer = log_own_buffer();
    char digits[TEXT_INTEGER_BYTES];

    if (!buffer->is_open || !log_name(buffer, name, TEXT_INTEGER_BYTES))
        return;
    log_put(buffer, digits, text_print_integer(value, digits));
}

void log_close(void)
{
    LogBuffer *buffer = log_own_buffer();

    if (!buffer->is_open)
        return;
    if (buffer->is_cut)
        log_put(buffer, log_cut_end, sizeof(log_cut_end) - 1);
    else
        log_put(buffer, log_end, sizeof(log_end) - 1);
    buffer->line = buffer->size_bytes;
    buffer->is_open = false;
}
