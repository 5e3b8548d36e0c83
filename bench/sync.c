/* SPDX-License-Identifier: Apache-2.0 */

/* What a disk takes for one commit at a time: so many bytes written with pwrite() and made durable
 * with fdatasync(), again and again, as a write-ahead log is: the file grows up to a limit, then it
 * is overwritten from its beginning.
 *
 * sync FILE BYTES LIMIT_BYTES SECONDS    prints {"syncs":…,"p50_us":…,"p99_us":…} */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SYNCS_MOST = 1 << 20 };

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000 + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

static void fail(const char *what)
{
    fprintf(stderr, "sync: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* One commit's worth; how long it took. */
static int64_t sync_once(int fd, const char *block, size_t bytes, off_t at)
{
    int64_t begun_ns = now_ns();

    if (pwrite(fd, block, bytes, at) != (ssize_t)bytes)
        fail("pwrite");
    if (fdatasync(fd) != 0)
        fail("fdatasync");
    return now_ns() - begun_ns;
}

int main(int argument_count, char **arguments)
{
    static int64_t taken_ns[SYNCS_MOST];
    int64_t end_ns, count = 0;
    size_t bytes;
    off_t limit, at = 0;
    char *block;
    int fd;

    if (argument_count != 5) {
        fprintf(stderr, "usage: sync FILE BYTES LIMIT_BYTES SECONDS\n");
        return 2;
    }
    bytes = strtoul(arguments[2], NULL, 10);
    limit = strtoll(arguments[3], NULL, 10);
    block = malloc(bytes + 1);
    fd = open(arguments[1], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (bytes == 0 || !block || fd < 0)
        fail(arguments[1]);
    memset(block, 'x', bytes);
    end_ns = now_ns() + strtoll(arguments[4], NULL, 10) * 1000000000;
    while (now_ns() < end_ns && count < SYNCS_MOST) {
        if (at + (off_t)bytes > limit)
            at = 0;
        memcpy(block, &count, bytes < sizeof count ? bytes : sizeof count);
        taken_ns[count++] = sync_once(fd, block, bytes, at);
        at += (off_t)bytes;
    }
    qsort(taken_ns, (size_t)count, sizeof *taken_ns, compare);
    printf("{\"syncs\":%lld,\"p50_us\":%.1f,\"p99_us\":%.1f}\n", (long long)count,
           (double)taken_ns[count / 2] / 1e3, (double)taken_ns[count * 99 / 100] / 1e3);
    close(fd);
    free(block);
}
