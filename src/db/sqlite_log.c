/* SPDX-License-Identifier: Apache-2.0 */
#include "db/sqlite_log.h"

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdalign.h>
#include <stdbool.h>
#include <string.h>

/* A log as SQLite sees it; the system's own file lies behind it in the same memory. */
typedef struct LogFile {
    sqlite3_file base;
    bool is_gathering; /* the file system keeps what a sync does not promise: see the header */
    char *gathered;    /* owned; NULL until something is written */
    int size_bytes;
    sqlite3_int64 offset;               /* where the gathered bytes belong */
    alignas(sqlite3_int64) char file[]; /* SQLite aligns files to 8 bytes */
} LogFile;

static sqlite3_vfs *system_vfs; /* borrowed: SQLite's default */
static sqlite3_vfs log_vfs;

static sqlite3_file *file_of(LogFile *log)
{
    return (sqlite3_file *)log->file;
}

/* What could not be written is dropped: SQLite undoes the transaction, and writes these frames
 * anew. */
static int log_flush_gathered(LogFile *log)
{
    sqlite3_file *file = file_of(log);
    int size_bytes = log->size_bytes;

    if (size_bytes == 0)
        return SQLITE_OK;
    log->size_bytes = 0;
    return file->pMethods->xWrite(file, log->gathered, size_bytes, log->offset);
}

static int log_close(sqlite3_file *pointer)
{
    LogFile *log = (LogFile *)pointer;
    int written = log_flush_gathered(log);
    int closed = file_of(log)->pMethods->xClose(file_of(log));

    sqlite3_free(log->gathered);
    log->gathered = NULL;
    return closed != SQLITE_OK ? closed : written;
}

static int log_read(sqlite3_file *pointer, void *bytes, int size_bytes, sqlite3_int64 offset)
{
    LogFile *log = (LogFile *)pointer;
    int r = log_flush_gathered(log);

    return r != SQLITE_OK ? r
                          : file_of(log)->pMethods->xRead(file_of(log), bytes, size_bytes, offset);
}

static int log_write(sqlite3_file *pointer, const void *bytes, int size_bytes, sqlite3_int64 offset)
{
    LogFile *log = (LogFile *)pointer;
    int r = SQLITE_OK;

    if (!log->is_gathering)
        return file_of(log)->pMethods->xWrite(file_of(log), bytes, size_bytes, offset);
    if (log->size_bytes > 0 && (offset != log->offset + log->size_bytes ||
                                size_bytes > SQLITE_LOG_GATHER_BYTES - log->size_bytes))
        r = log_flush_gathered(log);
    if (r != SQLITE_OK)
        return r;
    if (!log->gathered)
        log->gathered = sqlite3_malloc(SQLITE_LOG_GATHER_BYTES);
    if (!log->gathered || size_bytes > SQLITE_LOG_GATHER_BYTES)
        return file_of(log)->pMethods->xWrite(file_of(log), bytes, size_bytes, offset);
    if (log->size_bytes == 0)
        log->offset = offset;
    memcpy(log->gathered + log->size_bytes, bytes, (size_t)size_bytes);
    log->size_bytes += size_bytes;
    return SQLITE_OK;
}

static int log_truncate(sqlite3_file *pointer, sqlite3_int64 size_bytes)
{
    LogFile *log = (LogFile *)pointer;
    int r = log_flush_gathered(log);

    return r != SQLITE_OK ? r : file_of(log)->pMethods->xTruncate(file_of(log), size_bytes);
}

static int log_sync(sqlite3_file *pointer, int flags)
{
    LogFile *log = (LogFile *)pointer;
    int r = log_flush_gathered(log);

    return r != SQLITE_OK ? r : file_of(log)->pMethods->xSync(file_of(log), flags);
}

static int log_file_size(sqlite3_file *pointer, sqlite3_int64 *ret_size_bytes)
{
    LogFile *log = (LogFile *)pointer;
    int r = log_flush_gathered(log);

    return r != SQLITE_OK ? r : file_of(log)->pMethods->xFileSize(file_of(log), ret_size_bytes);
}

static int log_lock(sqlite3_file *pointer, int kind)
{
    sqlite3_file *file = file_of((LogFile *)pointer);

    return file->pMethods->xLock(file, kind);
}

static int log_unlock(sqlite3_file *pointer, int kind)
{
    sqlite3_file *file = file_of((LogFile *)pointer);

    return file->pMethods->xUnlock(file, kind);
}

static int log_check_reserved_lock(sqlite3_file *pointer, int *ret_is_reserved)
{
    sqlite3_file *file = file_of((LogFile *)pointer);

    return file->pMethods->xCheckReservedLock(file, ret_is_reserved);
}

static int log_file_control(sqlite3_file *pointer, int operation, void *argument)
{
    sqlite3_file *file = file_of((LogFile *)pointer);

    return file->pMethods->xFileControl(file, operation, argument);
}

static int log_sector_size(sqlite3_file *pointer)
{
    sqlite3_file *file = file_of((LogFile *)pointer);

    return file->pMethods->xSectorSize(file);
}

static int log_device_characteristics(sqlite3_file *pointer)
{
    sqlite3_file *file = file_of((LogFile *)pointer);

    return file->pMethods->xDeviceCharacteristics(file);
}

static const sqlite3_io_methods log_methods = {
    .iVersion = 1, /* without shared memory and mapping, which are the database file's */
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_file_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_check_reserved_lock,
    .xFileControl = log_file_control,
    .xSectorSize = log_sector_size,
    .xDeviceCharacteristics = log_device_characteristics,
};

/* The other files get the system's methods, and are as if there were no VFS between. */
static int log_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *pointer, int flags,
                    int *ret_flags)
{
    LogFile *log = (LogFile *)pointer;
    sqlite3_file *file = file_of(log);
    int r;

    (void)vfs;
    if (!(flags & SQLITE_OPEN_WAL))
        return system_vfs->xOpen(system_vfs, name, pointer, flags, ret_flags);
    *log = (LogFile){ .base.pMethods = NULL };
    r = system_vfs->xOpen(system_vfs, name, file, flags, ret_flags);
    if (!file->pMethods)
        return r;
    log->base.pMethods = &log_methods;
    log->is_gathering =
        file->pMethods->xDeviceCharacteristics(file) & SQLITE_IOCAP_POWERSAFE_OVERWRITE;
    return r;
}

static void register_vfs(void)
{
    int r;

    system_vfs = sqlite3_vfs_find(NULL);
    assert(system_vfs);
    log_vfs = *system_vfs;
    log_vfs.pNext = NULL;
    log_vfs.zName = "gathered-log";
    log_vfs.szOsFile = (int)sizeof(LogFile) + system_vfs->szOsFile;
    log_vfs.xOpen = log_open;
    r = sqlite3_vfs_register(&log_vfs, 0);
    assert(r == SQLITE_OK);
}

const char *sqlite_log_vfs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, register_vfs);
    return log_vfs.zName;
}
