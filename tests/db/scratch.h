/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

/* A folder of its own for a test, and this program started again as another process. */

enum { SCRATCH_PATH_BYTES = 256, SCRATCH_ARGUMENTS_MOST = 8 };

typedef struct Scratch {
    char folder[SCRATCH_PATH_BYTES / 2];
    char path[SCRATCH_PATH_BYTES];      /* of a database that is not there yet */
    char url[SCRATCH_PATH_BYTES];       /* sqlite:path */
    char fault_url[SCRATCH_PATH_BYTES]; /* fault:path */
} Scratch;

static inline int scratch_remove(const char *path, const struct stat *file, int kind,
                                 struct FTW *place)
{
    (void)file, (void)kind, (void)place;
    return remove(path);
}

static inline void scratch_done(Scratch *scratch)
{
    if (scratch->folder[0])
        nftw(scratch->folder, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
}

#define SCRATCH(name) _cleanup_(scratch_done) Scratch name = scratch_make()

static inline Scratch scratch_make(void)
{
    const char *parent = getenv("TMPDIR");
    Scratch scratch = { 0 };

    snprintf(scratch.folder, sizeof(scratch.folder), "%s/db-test-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(scratch.folder))
        abort();
    snprintf(scratch.path, sizeof(scratch.path), "%s/test.db", scratch.folder);
    snprintf(scratch.url, sizeof(scratch.url), "sqlite:%s/test.db", scratch.folder);
    snprintf(scratch.fault_url, sizeof(scratch.fault_url), "fault:%s/test.db", scratch.folder);
    return scratch;
}

/* All bytes of a file, NUL-terminated; yours to free. */
static inline char *scratch_read(const char *path, size_t *ret_size_bytes)
{
    FILE *file = fopen(path, "rb");
    char *bytes = calloc(1, 1 << 20);

    if (!bytes || !file)
        abort();
    *ret_size_bytes = fread(bytes, 1, (1 << 20) - 1, file);
    fclose(file);
    return bytes;
}

static inline void scratch_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");

    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
}

extern char **environ;

/* Starts this program with these arguments (the last is NULL), without waiting. */
static inline pid_t scratch_start(const char *first, ...)
{
    char program[] = "/proc/self/exe";
    char *arguments[SCRATCH_ARGUMENTS_MOST + 2] = { program };
    const char *next = first;
    va_list list;
    pid_t child;
    int n = 1;

    va_start(list, first);
    for (; next && n <= SCRATCH_ARGUMENTS_MOST; next = va_arg(list, const char *))
        arguments[n++] = strdup(next);
    va_end(list);
    if (posix_spawn(&child, program, NULL, NULL, arguments, environ) != 0)
        abort();
    while (n > 1)
        free(arguments[--n]);
    return child;
}

/* Its exit status, or 128 and more when a signal ended it. */
static inline int scratch_wait(pid_t child)
{
    int status;

    if (waitpid(child, &status, 0) != child)
        abort();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
