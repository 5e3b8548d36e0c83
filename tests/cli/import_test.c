/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "cli/import.h"
#include "model/limits.h"

/* A file in memory with these bytes, read from its beginning. */
static int file_of(const void *bytes, size_t size)
{
    int fd = memfd_create("lines", MFD_CLOEXEC);

    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    return fd;
}

/* All lines of a text, each followed by '|'; and what the last call returned. */
static const char *lines_of(const char *bytes, size_t size, int *ret)
{
    static char found[256];
    Arena *arena = arena_new();
    Failure failure = { 0 };
    LineReader reader;
    const char *line;
    size_t line_size, at = 0;
    int fd = file_of(bytes, size);

    line_reader_init(&reader, fd, arena);
    while ((*ret = line_take(&reader, &line, &line_size, &failure)) > 0)
        at += (size_t)snprintf(found + at, sizeof(found) - at, "%.*s|", (int)line_size, line);
    found[at] = '\0';
    close(fd);
    arena_free(arena);
    return found;
}

TEST(lines_with_and_without_a_last_feed)
{
    int r;

    CHECK_TEXT(lines_of("a\nbc\n", 5, &r), "a|bc|");
    CHECK_INT(r, 0);
    CHECK_TEXT(lines_of("a\nbc", 4, &r), "a|bc|");
    CHECK_TEXT(lines_of("\n\na", 3, &r), "||a|");
    CHECK_TEXT(lines_of("", 0, &r), "");
    CHECK_INT(r, 0);
    CHECK_TEXT(lines_of("\n", 1, &r), "|");
}

/* A pipe gives what there is, not what was asked for. */
TEST(a_line_in_pieces)
{
    Arena *arena = arena_new();
    Failure failure = { 0 };
    LineReader reader;
    const char *line;
    size_t size;
    int ends[2];

    CHECK_INT(pipe(ends), 0);
    CHECK_INT(write(ends[1], "ab", 2), 2);
    line_reader_init(&reader, ends[0], arena);
    CHECK_INT(write(ends[1], "c\nd", 3), 3);
    CHECK_INT(line_take(&reader, &line, &size, &failure), 1);
    CHECK_INT(size, 3);
    CHECK_INT(write(ends[1], "ef\n", 3), 3);
    close(ends[1]);
    CHECK_INT(line_take(&reader, &line, &size, &failure), 1);
    CHECK_INT(size, 3);
    CHECK(memcmp(line, "def", 3) == 0);
    CHECK_INT(line_take(&reader, &line, &size, &failure), 0);
    CHECK_INT(line_take(&reader, &line, &size, &failure), 0);
    close(ends[0]);
    arena_free(arena);
}

/* What taking lines from count times a byte and a feed, then "x\n", gives. */
static int take_long(size_t count, bool has_feed, size_t *ret_first, Failure *ret_failure)
{
    Arena *arena = arena_new();
    char *bytes = malloc(count + 3);
    LineReader reader;
    const char *line;
    int fd, r;

    memset(bytes, 'y', count);
    memcpy(bytes + count, "\nx", 3);
    fd = file_of(bytes, has_feed ? count + 2 : count);
    line_reader_init(&reader, fd, arena);
    r = line_take(&reader, &line, ret_first, ret_failure);
    close(fd);
    free(bytes);
    arena_free(arena);
    return r;
}

TEST(the_longest_line)
{
    Failure failure = { 0 };
    size_t size = 0;

    CHECK_INT(take_long(IMPORT_LINE_BYTES, true, &size, &failure), 1);
    CHECK_INT(size, IMPORT_LINE_BYTES);
    CHECK_INT(take_long(IMPORT_LINE_BYTES, false, &size, &failure), 1);
    CHECK_INT(size, IMPORT_LINE_BYTES);
}

TEST(a_line_too_long)
{
    for (size_t more = 1; more < 4; more++) {
        Failure with_feed = { 0 }, without = { 0 };
        size_t size = 0;

        CHECK_INT(take_long(IMPORT_LINE_BYTES + more, true, &size, &with_feed), E_INVALID);
        CHECK_TEXT(with_feed.text, "a line has at most 262144 bytes");
        CHECK_INT(take_long(IMPORT_LINE_BYTES + more, false, &size, &without), E_INVALID);
    }
}

TEST(what_can_not_be_read)
{
    Arena *arena = arena_new();
    Failure failure = { 0 };
    LineReader reader;
    const char *line;
    size_t size;

    line_reader_init(&reader, -1, arena);
    CHECK_INT(line_take(&reader, &line, &size, &failure), E_INVALID);
    CHECK_TEXT(failure.text, "Bad file descriptor");
    arena_free(arena);
}

static int taken;

static int count_taken(const Work *work, const Json *json)
{
    (void)work;
    taken += json_is_object(json);
    return 0;
}

static int refuse(const Work *work, const Json *json)
{
    (void)json;
    return fail(work->failure, E_INVALID, "no");
}

static int import_text(ImportTake take, const char *text, Failure *failure)
{
    Arena *arena = arena_new();
    Work work = { .arena = arena, .failure = failure };
    int r;

    failure_clear(failure);
    r = import_line(&work, take, text, strlen(text));
    arena_free(arena);
    return r;
}

TEST(lines_are_objects)
{
    Failure failure = { 0 };

    taken = 0;
    CHECK_INT(import_text(count_taken, "{\"a\":1}\r", &failure), 1);
    CHECK_INT(taken, 1);
    CHECK_INT(import_text(count_taken, " \t\r", &failure), 0);
    CHECK_INT(import_text(count_taken, "", &failure), 0);
    CHECK_INT(import_text(count_taken, "[]", &failure), E_INVALID);
    CHECK_TEXT(failure.text, "a line is a JSON object");
    CHECK_INT(import_text(count_taken, "{\"a\":1,\"a\":2}", &failure), E_INVALID);
    CHECK_INT(import_text(count_taken, "{\"a\":1} {}", &failure), E_INVALID);
    CHECK_INT(taken, 1);
    CHECK_INT(import_text(refuse, "{}", &failure), E_INVALID);
    CHECK_TEXT(failure.text, "no");
}

/* The tables of users and tasks, up to where a database would be asked. */
TEST(fields_are_blamed)
{
    static const struct {
        ImportTake take;
        const char *line, *field;
    } bad[] = {
        { import_user, "{\"name\":\"a\"}", "kunlun_id" },
        { import_user, "{\"kunlun_id\":\"1\"}", "name" },
        { import_user, "{\"kunlun_id\":\"1\",\"name\":1}", "name" },
        { import_user, "{\"kunlun_id\":\"1\",\"name\":\"a\",\"status\":\"gone\"}", "status" },
        { import_user, "{\"kunlun_id\":\"1 2\",\"name\":\"a\"}", "kunlun_id" },
        { import_task, "{}", "task_id" },
        { import_task, "{\"task_id\":\"1\"}", "type" },
        { import_task, "{\"task_id\":\"1\",\"type\":\"pending\",\"task_start_time\":1}",
          "task_start_time" },
        { import_task,
          "{\"task_id\":\"1\",\"type\":\"pending\",\"task_start_time\":\"1\","
          "\"workflow_instance\":{\"id\":\"1\",\"api_id\":\"f\"}}",
          "workflow_instance.label" },
        { import_task,
          "{\"task_id\":\"1\",\"type\":\"pending\",\"task_start_time\":\"1\",\"workflow_instance\":"
          "{\"id\":\"1\",\"api_id\":\"f\",\"label\":[{\"language_code\":\"2052\"}]}}",
          "workflow_instance.label[0].text" },
        { import_task,
          "{\"task_id\":\"1\",\"type\":\"pending\",\"task_start_time\":\"yesterday\","
          "\"workflow_instance\":{\"id\":\"1\",\"api_id\":\"f\",\"label\":[]},"
          "\"initiator\":{\"user_id\":\"1\"}}",
          "task_start_time" },
        { import_task,
          "{\"task_id\":\"1\",\"type\":\"pending\",\"task_start_time\":\"1\","
          "\"workflow_instance\":{\"id\":\"1\",\"api_id\":\"f\",\"label\":[]},"
          "\"initiator\":{\"user_id\":\"1\"},\"summarys\":[{\"file_key\":[]}]}",
          "summarys[0].file_key" },
    };
    Failure failure = { 0 };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_INT(import_text(bad[i].take, bad[i].line, &failure), E_INVALID);
        CHECK_TEXT(failure.field, bad[i].field);
    }
}

CHECK_MAIN
