/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#include "cli/output.h"
#include "model/limits.h"

enum { LINE_READER_BYTES = IMPORT_LINE_BYTES + 1 /* its line feed */ };

/* ---- lines ---- */

void line_reader_init(LineReader *reader, int fd, Arena *arena)
{
    *reader = (LineReader){ .fd = fd, .bytes = arena_alloc(arena, LINE_READER_BYTES) };
}

/* Reads more behind what is there. */
static int fill(LineReader *reader, Failure *failure)
{
    ssize_t got;

    memmove(reader->bytes, reader->bytes + reader->begin, reader->end - reader->begin);
    reader->end -= reader->begin;
    reader->begin = 0;
    do
        got = read(reader->fd, reader->bytes + reader->end, LINE_READER_BYTES - reader->end);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return fail(failure, E_INVALID, "%s", strerror(errno));
    reader->end += (size_t)got;
    reader->is_at_end = got == 0;
    return 0;
}

/* Bytes up to the line feed, or the end of the file; the feed's own byte is counted in ret_taken.
 */
static int find_end(LineReader *reader, size_t *ret_size, size_t *ret_taken, Failure *failure)
{
    size_t searched = 0;

    for (;;) {
        size_t size = reader->end - reader->begin;
        const char *begin = reader->bytes + reader->begin;
        const char *feed = memchr(begin + searched, '\n', size - searched);
        int r;

        if (feed || reader->is_at_end) {
            *ret_size = feed ? (size_t)(feed - begin) : size;
            *ret_taken = *ret_size + (feed != NULL);
            return 0;
        }
        if (size == LINE_READER_BYTES)
            return fail(failure, E_INVALID, "a line has at most %d bytes", IMPORT_LINE_BYTES);
        searched = size;
        r = fill(reader, failure);
        if (r < 0)
            return r;
    }
}

int line_take(LineReader *reader, const char **ret_line, size_t *ret_size, Failure *failure)
{
    size_t size = 0, taken = 0;
    int r;

    reader->number++;
    r = find_end(reader, &size, &taken, failure);
    if (r < 0)
        return r;
    if (taken == 0)
        return 0;
    if (size > IMPORT_LINE_BYTES)
        return fail(failure, E_INVALID, "a line has at most %d bytes", IMPORT_LINE_BYTES);
    if (reader->number > IMPORT_LINES_MOST)
        return fail(failure, E_INVALID, "a file has at most %d lines", IMPORT_LINES_MOST);
    *ret_line = reader->bytes + reader->begin;
    *ret_size = size;
    reader->begin += taken;
    return 1;
}

/* ---- the whole input ---- */

static void closep(const int *fd)
{
    if (*fd > STDERR_FILENO)
        close(*fd);
}

static void file_closep(FILE **file)
{
    if (*file)
        fclose(*file);
}

/* ret_file is new, and has no name any more: whatever ends the command takes it away. It lies in
 * the data directory, unless an installation whose key and database are elsewhere has none. */
static int make_copy(const Session *session, FILE **ret_file)
{
    char *path = arena_print(session->work.arena, "%s/import.XXXXXX", session->config.data);
    int fd = mkostemp(path, O_CLOEXEC);

    if (fd < 0 && errno == ENOENT) {
        *ret_file = tmpfile();
        if (*ret_file)
            return 0;
    }
    if (fd < 0)
        return fail(session->work.failure, E_FAULT, "%s: %s", session->config.data,
                    strerror(errno));
    unlink(path);
    *ret_file = fdopen(fd, "w+");
    if (!*ret_file)
        abort();
    return 0;
}

/* Ends with the copy at its beginning, so that its descriptor can be read. */
static int copy_lines(const Session *session, LineReader *reader, FILE *copy)
{
    Failure *failure = session->work.failure;
    const char *line = NULL;
    size_t size = 0;
    int r;

    while ((r = line_take(reader, &line, &size, failure)) > 0) {
        fwrite(line, 1, size, copy);
        if (fputc('\n', copy) == EOF)
            break;
    }
    if (r < 0)
        return r;
    if (fflush(copy) != 0 || ferror(copy) || fseek(copy, 0, SEEK_SET) != 0)
        return fail(failure, E_FAULT, "%s: the input doesn't fit in a temporary file: %s",
                    session->config.data, strerror(errno));
    return 0;
}

/* ---- import ---- */

static bool is_blank(const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
            return false;
    return true;
}

int import_line(const Work *work, ImportTake take, const char *line, size_t size)
{
    Json *json = NULL;
    int r;

    if (is_blank(line, size))
        return 0;
    r = json_parse(line, size, work->arena, &json, work->failure);
    if (r < 0)
        return r;
    if (!json_is_object(json))
        return fail(work->failure, E_INVALID, "a line is a JSON object");
    r = take(work, json);
    return r < 0 ? r : 1;
}

/* Says which line, and which of its fields, unless the line did nothing wrong. */
static void blame(Invocation *invocation, const char *name, int64_t line)
{
    Failure *failure = &invocation->failure, whole = { 0 };

    if (failure->code != E_INVALID && failure->code != E_NOT_FOUND && failure->code != E_CONFLICT)
        return;
    invocation->place = arena_print(invocation->arena, "%s:%lld", name, (long long)line);
    invocation->line = line;
    if (!*failure->field || strstr(failure->text, failure->field))
        return;
    fail_field(&whole, failure->code, failure->field, failure->value, "%s: %s", failure->field,
               failure->text);
    *failure = whole;
}

static void arena_freep(Arena **arena)
{
    arena_free(*arena);
}

/* ret_count: how many lines were taken. */
static int take_lines(const Session *session, ImportTake take, LineReader *reader,
                      int64_t *ret_count)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Work work = session->work;
    const char *line = NULL;
    size_t size = 0;
    int r;

    work.arena = arena;
    *ret_count = 0;
    while ((r = line_take(reader, &line, &size, work.failure)) > 0) {
        r = import_line(&work, take, line, size);
        if (r < 0)
            break;
        *ret_count += r;
        arena_reset(arena);
    }
    return r;
}

/* The input may be slow in coming: it is read to its end before the write lock is taken. */
static int import_lines(Session *session, ImportTake take, int fd, const char *name,
                        int64_t *ret_count)
{
    Invocation *invocation = session->invocation;
    _cleanup_(file_closep) FILE *copy = NULL;
    LineReader reader;
    int r;

    line_reader_init(&reader, fd, invocation->arena);
    r = make_copy(session, &copy);
    if (r >= 0)
        r = copy_lines(session, &reader, copy);
    if (r >= 0)
        r = session_resume(session, SESSION_WRITES);
    if (r >= 0) {
        line_reader_init(&reader, fileno(copy), invocation->arena);
        r = take_lines(session, take, &reader, ret_count);
    }
    if (r < 0)
        blame(invocation, name, reader.number);
    return r;
}

typedef struct ImportReply {
    int64_t imported;
} ImportReply;

static const Field import_fields[] = {
    FIELD(ImportReply, imported, JSON_INTEGER, FIELD_REQUIRED),
    FIELDS_END,
};

static void print_count(const Invocation *invocation, const char *noun, int64_t count)
{
    Buffer text;

    if (invocation->is_json) {
        output_json(invocation->arena, import_fields, &(ImportReply){ count });
        return;
    }
    buffer_init(&text, invocation->arena, 64);
    buffer_print(&text, "imported %lld %s%s\n", (long long)count, noun, count == 1 ? "" : "s");
    output_text(&text);
}

int import_run(Invocation *invocation, ImportTake take, const char *noun)
{
    const char *path = invocation->arguments[0];
    bool is_stdin = text_equal(path, "-");
    _cleanup_(closep) int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    _cleanup_(session_done) Session session = { 0 };
    int64_t count = 0;
    int r;

    if (fd < 0)
        return fail(&invocation->failure, E_INVALID, "%s: %s", path, strerror(errno));
    r = session_open(invocation, SESSION_READS, &session);
    if (r >= 0)
        r = session_choose_tenant(&session);
    if (r >= 0)
        r = session_pause(&session);
    if (r >= 0)
        r = import_lines(&session, take, fd, is_stdin ? "standard input" : path, &count);
    if (r >= 0)
        r = session_commit(&session);
    if (r < 0)
        return r;
    print_count(invocation, noun, count);
    return 0;
}
