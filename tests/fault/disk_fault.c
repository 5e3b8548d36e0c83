/* SPDX-License-Identifier: Apache-2.0 */

/* A disk that fails on demand, for tests of a whole program: LD_PRELOAD=disk_fault.so with
 * DISK_FAULT naming a file. While that file holds "sync", fsync() and fdatasync() give EIO; while
 * it holds "full", pwrite() to a regular file gives ENOSPC. Without the file all is as ever. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* One system call as long as the file is not there. Keeps errno. */
static bool is_ordered(const char *fault)
{
    const char *path = getenv("DISK_FAULT");
    char order[16] = "";
    int old_errno = errno;
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        ssize_t size_bytes = read(fd, order, sizeof(order) - 1);

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

int fsync(int fd)
{
    if (is_ordered("sync")) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    if (is_ordered("sync")) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

/* On this platform the two are the same: off_t has 64 bits. */
ssize_t pwrite64(int fd, const void *bytes, size_t size_bytes, off64_t offset)
{
    if (is_ordered("full") && is_regular(fd)) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_pwrite64, fd, bytes, size_bytes, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t size_bytes, off_t offset)
{
    return pwrite64(fd, bytes, size_bytes, offset);
}
