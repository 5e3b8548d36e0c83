/* SPDX-License-Identifier: Apache-2.0 */

/* From a command line to an exit code. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/crypto.h"
#include "base/text.h"

#include "cli/invocation.h"
#include "cli/manual.h"
#include "cli/output.h"

static void add_sentence(Buffer *line, const Invocation *invocation)
{
    if (invocation->place)
        buffer_print(line, "%s: ", invocation->place);
    buffer_add(line, invocation->failure.text);
}

/* {"error":…}, and of a bad line of a file {"error":…,"line":…,"reason":…}. */
static void add_json(Buffer *line, const Invocation *invocation)
{
    Buffer sentence;

    buffer_init(&sentence, invocation->arena, FAILURE_TEXT_BYTES);
    add_sentence(&sentence, invocation);
    buffer_add(line, "{\"error\":");
    buffer_add_quoted(line, sentence.text);
    if (invocation->line > 0) {
        buffer_print(line, ",\"line\":%lld,\"reason\":", (long long)invocation->line);
        buffer_add_quoted(line, invocation->failure.text);
    }
    buffer_add(line, "}\n");
}

static void print_failure(const Invocation *invocation)
{
    Buffer line;

    buffer_init(&line, invocation->arena, 512);
    if (invocation->is_json) {
        add_json(&line, invocation);
    } else {
        if (!invocation->place)
            buffer_add(&line, "taskroom: ");
        add_sentence(&line, invocation);
        buffer_add_char(&line, '\n');
        if (invocation->exit_code == EXIT_USAGE)
            manual_add_usage(&line, invocation->command);
    }
    fputs(line.text, stderr);
}

static int run(Invocation *invocation, const char *const *words, size_t count)
{
    int r = invocation_parse(invocation, words, count);

    if (r < 0)
        return r;
    if (invocation->is_help) {
        manual_print_help(invocation->arena, invocation->command, invocation->family);
        return 0;
    }
    r = crypto_start(&invocation->failure);
    if (r < 0)
        return r;
    return invocation->command->run(invocation);
}

/* Who closed one of the three would else have a database or a socket in its place, and a log line
 * written into it. What is read of a closed standard input fails, as it did. */
static bool hold_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDWR) != fd)
            return false;
    return true;
}

int main(int count, char **words)
{
    Arena *arena = arena_new();
    Invocation invocation = { .arena = arena };
    ExitCode exit_code;
    int r;

    if (!hold_standard_descriptors())
        return EXIT_FAILED;
    /* What it makes is its owner's alone: a database, its log, copies that an editor leaves. */
    umask(077);
    r = run(&invocation, (const char *const *)words + 1, count > 0 ? (size_t)count - 1 : 0);
    if (r >= 0)
        r = output_finish(&invocation.failure);
    if (r < 0)
        print_failure(&invocation);
    exit_code = invocation.exit_code;
    if (r < 0 && exit_code == EXIT_GOOD)
        exit_code = EXIT_FAILED;
    arena_free(arena);
    return (int)exit_code;
}
