/* SPDX-License-Identifier: Apache-2.0 */

/* A disk that fails on demand, for tests of a whole program: LD_PRELOAD=disk_fault.so with
 * DISK_FAULT naming a file. While that file holds "sync", fsync() and fdatasync() give EIO, with
 * "sync 5" the sixth alone; while it holds "full", pwrite() to a regular file gives ENOSPC.
 * Without the file all is as ever. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ORDER_BYTES = 16 };

/* One system call as long as the file is not there. Keeps errno. */
static bool is_ordered(const char *fault, char order[ORDER_BYTES])
{
    const char *path = getenv("DISK_FAULT");
    int old_errno = errno;
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    order[0] = '\0';
    if (fd >= 0) {
        ssize_t size_bytes = read(fd, order, ORDER_BYTES - 1);

        order[size_bytes > 0 ? size_bytes : 0] = '\0';
        close(fd);
    }
    errno = old_errno;
    return strncmp(order, fault, strlen(fault)) == 0;
}

static bool is_regular(int fd)
{
    struct stat file;

    return fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
}

static bool is_sync_to_fail(void)
{
    static _Atomic int syncs;
    char order[ORDER_BYTES];

    if (!is_ordered("sync", order))
        return false;
    return !order[strlen("sync")] || syncs++ == atoi(order + strlen("sync"));
}

static int sync_or_fail(long number, int fd)
{
    if (is_sync_to_fail()) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(number, fd);
}

int fsync(int fd)
{
    return sync_or_fail(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return sync_or_fail(SYS_fdatasync, fd);
}

/* On this platform the two are the same: off_t has 64 bits. */
ssize_t pwrite64(int fd, const void *bytes, size_t size_bytes, off64_t offset)
{
    char order[ORDER_BYTES];

    if (is_ordered("full", order) && is_regular(fd)) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_pwrite64, fd, bytes, size_bytes, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t size_bytes, off_t offset)
{
    return pwrite64(fd, bytes, size_bytes, offset);
}
