/* SPDX-License-Identifier: Apache-2.0 */

/* That a commit's part of the log is written in large pieces, and is there for everyone. */
#include <errno.h>
#include <sqlite3.h>

#include "check.h"
#include "db/sqlite_log.h"
#include "items.h"

enum { FRAME_BYTES = 24 + 4096 };

/* ---- SQLite's pwrite64(), counted, and failing on demand ---- */

static struct {
    int calls;
    size_t bytes;
    bool is_full;
} written;

static ssize_t count_write(int fd, const void *bytes, size_t size_bytes, off64_t offset)
{
    if (written.is_full) {
        errno = ENOSPC;
        return -1;
    }
    written.calls++;
    written.bytes += size_bytes;
    return pwrite64(fd, bytes, size_bytes, offset);
}

static Db *open_counted(const Scratch *scratch)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

    if (vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)count_write) != SQLITE_OK)
        abort();
    written.is_full = false;
    return open_items(scratch->url);
}

static void count_anew(void)
{
    written.calls = 0;
    written.bytes = 0;
}

TEST(a_commit_writes_its_frames_in_large_pieces)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_counted(&scratch);
    _cleanup_(db_closep) Db *reader = NULL;
    Failure failure = { 0 };

    CHECK_INT(db_open(scratch.url, DB_READER, &reader, &failure), 0);
    CHECK_INT(insert_many(db, 1, 1, &failure), 0);
    for (int64_t n = 2; n < 100; n += 40) {
        count_anew();
        CHECK_INT(insert_many(db, n, 40, &failure), 0);
        CHECK_INT(written.calls, (int)(written.bytes / SQLITE_LOG_GATHER_BYTES) + 1);
        CHECK_INT((int64_t)(written.bytes % FRAME_BYTES), 0);
        CHECK(written.bytes > (size_t)40 * FRAME_BYTES);
        CHECK_INT(count(reader), n + 39);
    }
}

TEST(what_was_committed_is_there_after_reopening)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_counted(&scratch);
    Failure failure = { 0 };

    CHECK_INT(insert_many(db, 1, 100, &failure), 0);
    db = db_close(db);
    CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &failure), 0);
    CHECK_INT(count(db), 100);
    CHECK(describes(db, "\nintegrity=ok\n"));
}

/* More than the page cache and the gathered bytes hold: frames are written, and read back, before
 * the commit. */
TEST(a_transaction_that_outgrows_the_cache_reads_what_it_wrote)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_counted(&scratch);
    _cleanup_(db_closep) Db *reader = NULL;
    Failure failure = { 0 };
    const int64_t n = 4000;

    CHECK_INT(db_open(scratch.url, DB_READER, &reader, &failure), 0);
    CHECK_INT(insert_many(db, 1, 1, &failure), 0);
    CHECK_INT(db_begin(db, &failure), 0);
    for (int64_t i = 2; i <= n; i++)
        CHECK_INT(insert(db, i, &failure), 0);
    CHECK(written.bytes > (size_t)SQLITE_LOG_GATHER_BYTES);
    CHECK_INT(count(db), n);
    CHECK_INT(count(reader), 1);
    CHECK_INT(db_rollback(db, &failure), 0);
    CHECK_INT(count(db), 1);
    CHECK_INT(insert_many(db, 2, n, &failure), 0);
    CHECK_INT(count(reader), n + 1);
    CHECK(describes(db, "\nintegrity=ok\n"));
}

TEST(a_full_disk_is_told_at_the_commit)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_counted(&scratch);
    Failure failure = { 0 };

    CHECK_INT(insert_many(db, 1, 10, &failure), 0);
    written.is_full = true;
    CHECK_INT(insert_many(db, 11, 10, &failure), E_FULL);
    failure_clear(&failure);
    CHECK_INT(insert_many(db, 11, 10, &failure), E_FULL);
    failure_clear(&failure);
    CHECK(!db_is_broken(db));
    CHECK_INT(count(db), 10);
    written.is_full = false;
    CHECK_INT(insert_many(db, 11, 10, &failure), 0);
    CHECK_INT(count(db), 20);
    CHECK(describes(db, "\nintegrity=ok\n"));
}

CHECK_MAIN
