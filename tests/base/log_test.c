/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

#include "check.h"

/* Standard error goes into a file while a test logs; capture_end() gives what came there. */
static int capture_saved_fd, capture_fd;
static char captured[4 * 1024 * 1024];

static void capture_begin(void)
{
    char path[] = "/tmp/log_test.XXXXXX";

    fflush(stderr);
    capture_saved_fd = dup(STDERR_FILENO);
    capture_fd = mkstemp(path);
    unlink(path);
    dup2(capture_fd, STDERR_FILENO);
}

static size_t capture_size(void)
{
    return (size_t)lseek(capture_fd, 0, SEEK_END);
}

static const char *capture_end(void)
{
    ssize_t size_bytes = pread(capture_fd, captured, sizeof(captured) - 1, 0);

    captured[size_bytes > 0 ? size_bytes : 0] = '\0';
    dup2(capture_saved_fd, STDERR_FILENO);
    close(capture_saved_fd);
    close(capture_fd);
    return captured;
}

/* The line behind its time. */
static const char *after_time(const char *line)
{
    static const char start[] = "{\"time\":\"";
    size_t time_bytes = sizeof("2026-11-23T00:00:00.000Z\",") - 1;

    if (strncmp(line, start, sizeof(start) - 1) != 0 ||
        strnlen(line, sizeof(start) + time_bytes) < sizeof(start) + time_bytes)
        return line;
    return line + sizeof(start) - 1 + time_bytes;
}

TEST(a_line_is_an_object)
{
    capture_begin();
    log_open(LOG_INFO, "request");
    log_text("path", "/a\"b\\c\n");
    log_integer("status", 200);
    log_integer("least", INT64_MIN);
    log_text("nothing", NULL);
    log_text("empty", "");
    log_close();
    log_flush();
    CHECK_TEXT(after_time(capture_end()),
               "\"level\":\"info\",\"event\":\"request\",\"path\":\"/a\\\"b\\\\c\\n\","
               "\"status\":200,\"least\":-9223372036854775808,\"nothing\":null,\"empty\":\"\"}\n");
}

TEST(levels_below_the_set_one_are_not_written)
{
    capture_begin();
    CHECK(!log_wants(LOG_DEBUG) && log_wants(LOG_INFO));
    log_open(LOG_DEBUG, "quiet");
    log_text("a", "b");
    log_close();
    log_set_level(LOG_NOTHING);
    CHECK(!log_wants(LOG_ERROR) && !log_wants(LOG_NOTHING));
    log_open(LOG_ERROR, "quiet");
    log_integer("a", 1);
    log_close();
    log_set_level(LOG_ERROR);
    log_open(LOG_ERROR, "loud");
    log_close();
    log_set_level(LOG_DEBUG);
    log_open(LOG_WARNING, "soft");
    log_close();
    log_set_level(LOG_INFO);
    log_flush();
    capture_end();
    CHECK_TEXT(after_time(captured), strstr(captured, "\"level\":\"error\""));
    CHECK(strstr(captured, "\"level\":\"warning\",\"event\":\"soft\"}\n") != NULL);
    CHECK(strstr(captured, "quiet") == NULL);
}

TEST(nothing_is_written_before_the_flush)
{
    capture_begin();
    log_open(LOG_INFO, "one");
    log_close();
    CHECK_INT(capture_size(), 0);
    log_open(LOG_INFO, "two");
    log_flush(); /* writes the whole line only */
    log_close();
    log_open(LOG_INFO, "dropped: never closed");
    log_open(LOG_INFO, "three");
    log_close();
    log_flush();
    log_flush();
    capture_end();
    CHECK(strstr(captured, "\"event\":\"one\"}\n{") != NULL);
    CHECK(strstr(captured, "\"event\":\"two\"}\n{") != NULL);
    CHECK(strstr(captured, "\"event\":\"three\"}\n") != NULL);
    CHECK(strstr(captured, "dropped") == NULL);
}

TEST(what_is_not_utf8_is_replaced)
{
    capture_begin();
    log_open(LOG_INFO, "\xff");
    log_text("a", "x\xE5\xBC"
                  "y\xC0\x80张");
    log_close();
    log_flush();
    CHECK_TEXT(after_time(capture_end()),
               "\"level\":\"info\",\"event\":\"\xEF\xBF\xBD\",\"a\":\"x\xEF\xBF\xBD\xEF\xBF\xBDy"
               "\xEF\xBF\xBD\xEF\xBF\xBD张\"}\n");
}

TEST(long_values_are_cut_between_characters)
{
    static char text[9001];

    for (size_t shift = 0; shift < 4; shift++) {
        const char *value;

        memset(text, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof(text); i += 3)
            memcpy(text + i, "张", 3);
        capture_begin();
        log_open(LOG_INFO, "cut");
        log_text("a", text);
        log_close();
        log_flush();
        capture_end();
        value = strstr(captured, "\"a\":\"");
        CHECK(value != NULL);
        value += 5;
        CHECK(text_is_utf8(captured, strlen(captured)));
        CHECK(strcspn(value, "\"") <= 2048 && strcspn(value, "\"") > 2044);
        CHECK_TEXT(value + strcspn(value, "\""), "\"}\n");
    }
    memset(text, 'x', 2048);
    text[2048] = '\0';
    capture_begin();
    log_open(LOG_INFO, "whole");
    log_text("a", text);
    log_close();
    log_flush();
    CHECK(strstr(capture_end(), text) != NULL);
}

/* How many lines text has; -1 when one of them is not whole. */
static int whole_lines(const char *text)
{
    int count = 0;

    for (const char *end; *text; text = end + 1, count++) {
        end = strchr(text, '\n');
        if (!end || strncmp(text, "{\"time\":\"2", 10) != 0 || end[-1] != '}')
            return -1;
        if (memmem(text + 1, (size_t)(end - text - 1), "{\"time\"", 7))
            return -1;
    }
    return count;
}

TEST(a_full_buffer_flushes_whole_lines)
{
    char value[501];

    memset(value, 'v', 500);
    value[500] = '\0';
    capture_begin();
    for (int i = 0; i < 1000; i++) {
        log_open(LOG_INFO, "line");
        log_text("value", value);
        log_integer("number", i);
        log_close();
    }
    CHECK(capture_size() > 0);
    log_flush();
    CHECK_INT(whole_lines(capture_end()), 1000);
}

TEST(a_line_that_never_fits_loses_members_and_says_so)
{
    static char value[2049];

    memset(value, 1, 2048); /* 12 KiB in JSON */
    capture_begin();
    for (int line = 0; line < 2; line++) {
        log_open(LOG_INFO, "long");
        for (int i = 0; i < 10; i++)
            log_text("value", value);
        log_close();
    }
    log_open(LOG_INFO, "short");
    log_close();
    log_flush();
    CHECK_INT(whole_lines(capture_end()), 3);
    CHECK(strstr(captured, ",\"is_cut\":true}\n") != NULL);
    CHECK(strstr(captured, "\"event\":\"short\"}\n") != NULL);
}

/* The lines that arrived and those that were told to be missing. */
static int64_t lines_accounted_for(int64_t *ret_dropped)
{
    static const char drop[] = "\"level\":\"warning\",\"event\":\"log_dropped\",\"lines\":";
    int64_t lines = whole_lines(captured);

    *ret_dropped = 0;
    for (const char *at = captured; (at = strstr(at, drop)); at += sizeof(drop)) {
        *ret_dropped += strtoll(at + sizeof(drop) - 1, NULL, 10);
        lines--;
    }
    return lines + *ret_dropped;
}

enum { THREADS = 4, LINES_EACH = 2000 };

static void *log_lines(void *data)
{
    for (int i = 0; i < LINES_EACH; i++) {
        log_open(LOG_INFO, data);
        log_integer("number", i);
        log_text("value", "0123456789012345678901234567890123456789");
        log_close();
        if (i % 100 == 0)
            log_flush();
    }
    log_flush();
    return NULL;
}

typedef struct Pipe {
    int read_fd;
    size_t size_bytes;
} Pipe;

static void *drain_pipe(void *data)
{
    Pipe *end = data;
    ssize_t got;

    while ((got = read(end->read_fd, captured + end->size_bytes,
                       sizeof(captured) - 1 - end->size_bytes)) > 0)
        end->size_bytes += (size_t)got;
    captured[end->size_bytes] = '\0';
    return NULL;
}

/* A pipe splits long writes; the non-blocking one gives EAGAIN as well. */
static int64_t lines_through_a_pipe(bool may_block)
{
    char event[] = "event";
    pthread_t threads[THREADS], reader;
    int fds[2], saved_fd = dup(STDERR_FILENO);
    Pipe end = { 0 };
    int64_t dropped;

    if (pipe2(fds, 0) < 0 || (!may_block && fcntl(fds[1], F_SETFL, O_NONBLOCK) < 0))
        return -1;
    end.read_fd = fds[0];
    dup2(fds[1], STDERR_FILENO);
    close(fds[1]);
    pthread_create(&reader, NULL, drain_pipe, &end);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, log_lines, event);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 100; i++) { /* where the reader was given too little time */
        log_flush();
        usleep(1000);
    }
    dup2(saved_fd, STDERR_FILENO);
    pthread_join(reader, NULL);
    close(fds[0]);
    close(saved_fd);
    return lines_accounted_for(&dropped);
}

TEST(threads_do_not_mix_lines)
{
    CHECK_INT(lines_through_a_pipe(true), THREADS * LINES_EACH);
    CHECK_INT(lines_through_a_pipe(false), THREADS * LINES_EACH);
}

static void *log_members_of_no_line(void *data)
{
    log_text("name", data);
    log_integer("number", 1);
    log_close();
    log_flush();
    log_open(LOG_INFO, "first");
    log_close();
    log_flush();
    return NULL;
}

TEST(a_thread_begins_with_no_line_open)
{
    char value[] = "value";
    pthread_t thread;

    capture_begin();
    pthread_create(&thread, NULL, log_members_of_no_line, value);
    pthread_join(thread, NULL);
    CHECK_TEXT(after_time(capture_end()), "\"level\":\"info\",\"event\":\"first\"}\n");
}

/* Standard error is a pipe of four pages that is read only when the test says so. */
static int slow_saved_fd, slow_fd;
static size_t slow_bytes;

static void slow_begin(void)
{
    int fds[2];

    fflush(stderr);
    slow_saved_fd = dup(STDERR_FILENO);
    CHECK_INT(pipe2(fds, 0), 0);
    CHECK(fcntl(fds[1], F_SETPIPE_SZ, 4 * 4096) > 0);
    CHECK(fcntl(fds[0], F_SETFL, O_NONBLOCK) >= 0);
    dup2(fds[1], STDERR_FILENO);
    close(fds[1]);
    slow_fd = fds[0];
    slow_bytes = 0;
    captured[0] = '\0';
}

/* A page of it at most; how much came. */
static size_t slow_read_page(void)
{
    ssize_t got = read(slow_fd, captured + slow_bytes, 4096);

    if (got <= 0)
        return 0;
    slow_bytes += (size_t)got;
    captured[slow_bytes] = '\0';
    return (size_t)got;
}

static void slow_read(void)
{
    while (slow_read_page() > 0)
        continue;
}

static void slow_end(void)
{
    dup2(slow_saved_fd, STDERR_FILENO);
    close(slow_saved_fd);
    close(slow_fd);
}

static void log_numbered(int number)
{
    log_open(LOG_INFO, "numbered");
    log_text("value", "0123456789012345678901234567890123456789012345678901234567890123456789");
    log_integer("number", number);
    log_close();
}

TEST(who_does_not_read_does_not_stop_the_writer)
{
    int64_t dropped;

    alarm(60);
    slow_begin();
    for (int i = 0; i < 100; i++) {
        log_numbered(i);
        log_flush();
    }
    slow_read();
    CHECK(whole_lines(captured) > 10);
    log_numbered(100);
    log_flush();
    slow_read();
    CHECK(strstr(captured, "\"number\":100}\n"));
    CHECK_INT(lines_accounted_for(&dropped), 101);
    CHECK(dropped > 10);
    slow_end();
    alarm(0);
}

TEST(a_line_that_was_begun_is_finished_first)
{
    int64_t dropped;

    alarm(60);
    slow_begin();
    for (int i = 0; i < 1000; i++)
        log_numbered(i); /* some are written while the buffer is full */
    log_flush();
    slow_read();
    CHECK_INT(slow_bytes, 4 * 4096);
    CHECK_INT(whole_lines(captured), -1);
    log_flush(); /* without a line of its own */
    slow_read();
    CHECK_INT(lines_accounted_for(&dropped), 1000);
    CHECK(dropped > 800);
    log_numbered(1000);
    log_flush();
    slow_read();
    CHECK_INT(lines_accounted_for(&dropped), 1001);
    slow_end();
    alarm(0);
}

TEST(a_reader_that_was_slow_once_is_waited_for_again)
{
    int64_t dropped;

    alarm(60);
    for (int round = 0; round < 3; round++) {
        slow_begin();
        for (int i = 0; i < 200; i++)
            log_numbered(i);
        log_flush();
        for (int i = 0; i < 3; i++) {
            slow_read();
            log_flush();
        }
        slow_read();
        CHECK_INT(lines_accounted_for(&dropped), 200);
        slow_end();
    }
    CHECK_INT(lines_through_a_pipe(true), THREADS * LINES_EACH);
    alarm(0);
}

TEST(what_nobody_could_hear_is_counted)
{
    int saved_fd = dup(STDERR_FILENO);
    int64_t dropped;

    close(STDERR_FILENO);
    log_open(LOG_INFO, "lost");
    log_close();
    log_flush();
    dup2(saved_fd, STDERR_FILENO);
    close(saved_fd);
    capture_begin();
    log_open(LOG_INFO, "kept");
    log_close();
    log_flush();
    CHECK_INT(whole_lines(capture_end()), 2);
    CHECK_INT(lines_accounted_for(&dropped), 2);
    CHECK_INT(dropped, 1);
}

/* ---- with a thread of the log's own ----------------------------------------------------------
 */

TEST(the_thread_writes_all_that_was_flushed)
{
    pthread_t threads[THREADS];
    char event[] = "event";

    capture_begin();
    log_start();
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, log_lines, event);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    log_numbered(1);
    log_stop(); /* flushes what this thread has */
    CHECK_INT(whole_lines(capture_end()), THREADS * LINES_EACH + 1);
}

TEST(the_thread_writes_while_others_do_something_else)
{
    size_t size_bytes = 0;

    alarm(60);
    capture_begin();
    log_start();
    for (int i = 1; i <= 3; i++) {
        log_numbered(i);
        log_flush();
        while (capture_size() <= size_bytes)
            usleep(1000);
        size_bytes = capture_size();
    }
    log_stop();
    CHECK_INT(whole_lines(capture_end()), 3);
    log_numbered(4); /* nobody writes it any more but who logs */
    capture_begin();
    log_flush();
    CHECK_INT(whole_lines(capture_end()), 1);
    alarm(0);
}

/* More than the queue holds, and nobody who reads. */
TEST(a_full_queue_stops_nobody)
{
    enum { LINES = 30000 };
    int64_t dropped;

    alarm(60);
    slow_begin();
    log_start();
    for (int i = 0; i < LINES; i++)
        log_numbered(i);
    log_stop();
    slow_read();
    log_flush(); /* the line that was begun, and how many are missing */
    slow_read();
    CHECK_INT(lines_accounted_for(&dropped), LINES);
    CHECK(dropped > LINES / 2);
    slow_end();
    alarm(0);
}

/* Reads a little at a time until so many lines came or are told to be missing; how many are. */
static int64_t slow_read_all(int64_t lines)
{
    int64_t dropped;

    while (slow_read_page() > 0 || lines_accounted_for(&dropped) < lines)
        usleep(1000);
    return dropped;
}

/* A reader that takes a little at a time is waited for, however long all of it takes. Should the
 * test itself have been held up for long, it tries again. */
TEST(a_steady_reader_loses_nothing)
{
    int64_t dropped = 1;

    alarm(60);
    for (int round = 0; dropped > 0 && round < 10; round++) {
        slow_begin();
        log_start();
        for (int i = 0; i < 10000; i++)
            log_numbered(i);
        log_flush();
        dropped = slow_read_all(10000);
        log_stop();
        slow_end();
    }
    CHECK_INT(dropped, 0);
    alarm(0);
}

/* The thread tries by itself when there is nothing new to write. */
TEST(the_thread_comes_back_to_who_was_slow)
{
    int64_t dropped;

    alarm(60);
    slow_begin();
    log_start();
    for (int i = 0; i < 1000; i++)
        log_numbered(i);
    log_flush();
    usleep(300000); /* longer than it waits: it is behind now */
    slow_read_all(1000);
    log_stop();
    CHECK_INT(lines_accounted_for(&dropped), 1000);
    slow_end();
    alarm(0);
}

CHECK_MAIN
