/* SPDX-License-Identifier: Apache-2.0 */

/* What the SQLite driver promises beyond db.h: files, locks, and a disk that fails. */
#include <signal.h>
#include <sys/resource.h>

#include "check.h"
#include "db/db.h"
#include "items.h"
#include "scratch.h"

static int mode_of(const char *path, const char *suffix)
{
    char name[SCRATCH_PATH_BYTES + 8];
    struct stat file;

    snprintf(name, sizeof(name), "%s%s", path, suffix);
    return stat(name, &file) == 0 ? (int)(file.st_mode & 07777) : -1;
}

/* ---- files ---- */

TEST(a_new_database_is_its_owners_alone)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = NULL;
    mode_t mask = umask(0);
    Failure failure = { 0 };
    int r = db_open(scratch.url, DB_WRITER, &db, &failure);

    if (r == 0)
        r = db_run(db, create_item, &failure);
    umask(mask);
    CHECK_INT(r, 0);
    CHECK_INT(mode_of(scratch.path, ""), 0600);
    CHECK_INT(mode_of(scratch.path, "-wal"), 0600);
    CHECK_INT(mode_of(scratch.path, "-shm"), 0600);
}

TEST(an_old_database_keeps_its_mode)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_items(scratch.url);

    db = db_close(db);
    CHECK_INT(chmod(scratch.path, 0640), 0);
    CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &(Failure){ 0 }), 0);
    CHECK_INT(mode_of(scratch.path, ""), 0640);
}

TEST(what_is_no_database_is_refused)
{
    SCRATCH(scratch);
    Db *db = NULL;
    char url[SCRATCH_PATH_BYTES + 32];
    Failure failure = { 0 };

    CHECK_INT(db_open(scratch.url, DB_READER, &db, &failure), E_FAULT);
    CHECK(strstr(failure.text, scratch.path));
    CHECK_INT(mode_of(scratch.path, ""), -1);
    snprintf(url, sizeof(url), "%s/none/x.db", scratch.url);
    CHECK_INT(db_open(url, DB_WRITER, &db, &(Failure){ 0 }), E_FAULT);
    snprintf(url, sizeof(url), "sqlite:%s", scratch.folder);
    CHECK_INT(db_open(url, DB_WRITER, &db, &(Failure){ 0 }), E_FAULT);
    scratch_write(scratch.path, "This is a text, and not a short one, but no database at all.\n"
                                "SQLite needs more than a hundred bytes to say so with certainty.");
    CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &(Failure){ 0 }), E_FAULT);
    CHECK_INT(db_open(scratch.url, DB_READER, &db, &(Failure){ 0 }), E_FAULT);
    CHECK(!db);
}

TEST(without_a_log_nothing_opens)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = NULL;
    Db *reader = NULL;
    Failure failure = { 0 };

    CHECK_INT(db_open("sqlite::memory:", DB_WRITER, &db, &failure), E_FAULT);
    CHECK(strstr(failure.text, "\"memory\""));
    CHECK(!db);

    db = open_items(scratch.url);
    CHECK_INT(db_run(db, "PRAGMA journal_mode = DELETE", &(Failure){ 0 }), 0);
    failure_clear(&failure);
    CHECK_INT(db_open(scratch.url, DB_READER, &reader, &failure), E_FAULT);
    CHECK(strstr(failure.text, "\"delete\""));
    CHECK(!reader);
}

/* Its journal can't change while another connection writes. */
TEST(a_held_file_that_needs_a_log_is_refused)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_items(scratch.url);
    _cleanup_(db_closep) Db *other = NULL;
    Failure failure = { 0 };

    CHECK_INT(db_run(db, "PRAGMA journal_mode = DELETE", &failure), 0);
    CHECK_INT(db_begin(db, &failure), 0);
    CHECK_INT(insert(db, 1, &failure), 0);
    CHECK_INT(db_open(scratch.url, DB_WRITER, &other, &failure), E_UNAVAILABLE);
    CHECK(strstr(failure.text, "write-ahead log"));
    CHECK(!other);
    db = db_close(db);
    failure_clear(&failure);
    CHECK_INT(db_open(scratch.url, DB_WRITER, &other, &failure), 0);
    CHECK(describes(other, "journal_mode=wal\n"));
}

TEST(a_path_is_a_path)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = NULL;
    char folder[SCRATCH_PATH_BYTES];
    int r;

    CHECK(getcwd(folder, sizeof(folder)));
    CHECK_INT(chdir(scratch.folder), 0);
    r = db_open("sqlite:file:x?mode=memory", DB_WRITER, &db, &(Failure){ 0 });
    db = db_close(db);
    CHECK_INT(chdir(folder), 0);
    CHECK_INT(r, 0);
    snprintf(folder, sizeof(folder), "%s/file:x?mode=memory", scratch.folder);
    CHECK_INT(mode_of(folder, ""), 0600);
}

/* ---- a disk that is full ---- */

static void limit_files(rlim_t size_bytes)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
        abort();
    limit.rlim_cur = size_bytes;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        abort();
}

TEST(a_full_disk_refuses_and_recovers)
{
    static const int64_t sizes[] = { 1,
                                     2000 }; /* fails in COMMIT; in a step, with the cache full */

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        SCRATCH(scratch);
        _cleanup_(db_closep) Db *db = open_items(scratch.url);
        Failure failure = { 0 };
        int64_t id = 1;
        int r = 0;

        limit_files(2 * 1024 * 1024);
        for (; id < 10000 && r >= 0; id += r < 0 ? 0 : sizes[i])
            r = insert_many(db, id, sizes[i], &failure);
        limit_files(RLIM_INFINITY);
        CHECK_INT(r, E_FULL);
        CHECK_INT(failure.code, E_FULL);
        CHECK(!db_in_transaction(db) && !db_is_broken(db));
        CHECK_INT(count(db), id - 1);
        failure_clear(&failure);
        CHECK_INT(insert_many(db, id, 2000, &failure), 0);
        CHECK_INT(count(db), id - 1 + 2000);
        CHECK(describes(db, "\nintegrity=ok\n"));
    }
}

TEST(a_full_disk_stops_the_log_from_moving)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_items(scratch.url);
    Failure failure = { 0 };
    int r;

    CHECK_INT(insert_many(db, 1, 5000, &failure), 0);
    limit_files(2 * 1024 * 1024);
    r = db_tend(db, &failure);
    limit_files(RLIM_INFINITY);
    CHECK_INT(r, E_FULL);
    CHECK(!db_is_broken(db));
    CHECK_INT(count(db), 5000);
    failure_clear(&failure);
    CHECK_INT(db_tend(db, &failure), 0);
    CHECK(size_of(scratch.path, "") > 5000 * TEXT_BYTES);
    CHECK(describes(db, "\nintegrity=ok\n"));
}

/* ---- a disk that fails: this program again, with the library that does it ---- */

static int start_on_bad_disk(const char *story, const Scratch *scratch)
{
    const char *library = getenv("DISK_FAULT_LIBRARY");
    char order[SCRATCH_PATH_BYTES];
    int status;

    if (!library)
        return -1;
    snprintf(order, sizeof(order), "%s/order", scratch->folder);
    setenv("LD_PRELOAD", library, 1);
    setenv("DISK_FAULT", order, 1);
    setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
    status = scratch_wait(scratch_start(story, scratch->url, NULL));
    unsetenv("LD_PRELOAD");
    unsetenv("DISK_FAULT");
    unsetenv("ASAN_OPTIONS");
    return status;
}

/* "" ends the fault. */
static void order_fault(const char *fault)
{
    const char *path = getenv("DISK_FAULT");

    if (fault[0])
        scratch_write(path, fault);
    else
        unlink(path);
}

/* The stories end with 0, or with the number of the claim that does not hold. */
#define CLAIM(number, claim) \
    ((claim) ? (void)0 : (fprintf(stderr, "# %s\n", failure.text), exit(number)))

static void tell_commit_sync(Db *db)
{
    Failure failure = { 0 };

    CLAIM(10, insert_many(db, 1, 1, &failure) == 0);
    CLAIM(11, db_begin(db, &failure) == 0 && insert(db, 2, &failure) == 0);
    order_fault("sync");
    CLAIM(12, db_commit(db, &failure) == E_FAULT);
    order_fault("");
    CLAIM(13, db_is_broken(db));
    CLAIM(14, db_rollback(db, &failure) == 0 && !db_in_transaction(db));
    CLAIM(15, db_begin(db, &failure) == E_FAULT);
    CLAIM(16, insert(db, 3, &failure) == E_FAULT);
    CLAIM(17, db_tend(db, &failure) == E_FAULT);
    CLAIM(18, db_is_broken(db));
}

static void tell_tend_sync(Db *db)
{
    Failure failure = { 0 };

    CLAIM(20, insert_many(db, 1, 5000, &failure) == 0);
    order_fault("sync");
    CLAIM(21, db_tend(db, &failure) == E_FAULT);
    order_fault("");
    CLAIM(22, db_is_broken(db));
    CLAIM(23, insert_many(db, 5001, 1, &failure) == E_FAULT);
}

/* Some thousand pages are moved beside the writer with a sync every so many, not with one at the
 * end: the sixth is not the last, and it is heard of though the others succeed. */
static void tell_paced_sync(Db *db)
{
    Failure failure = { 0 };

    CLAIM(60, insert_many(db, 1, 5000, &failure) == 0);
    order_fault("sync 5");
    CLAIM(61, db_tend_beside(db, &failure) == E_FAULT);
    order_fault("");
    CLAIM(62, db_is_broken(db));
}

/* The last pages that were moved are synced too, though a reader keeps the log from ending. */
static void tell_last_sync(Db *db)
{
    const char *order = getenv("DISK_FAULT");
    char url[SCRATCH_PATH_BYTES + 16];
    Failure failure = { 0 };
    Db *reader = NULL;

    snprintf(url, sizeof(url), "sqlite:%.*s/test.db", (int)(strrchr(order, '/') - order), order);
    CLAIM(70, insert_many(db, 1, 50, &failure) == 0);
    CLAIM(71, db_open(url, DB_READER, &reader, &failure) == 0 && db_begin(reader, &failure) == 0);
    CLAIM(72, count(reader) == 50);
    CLAIM(73, insert_many(db, 51, 50, &failure) == 0);
    order_fault("sync 1"); /* after the log's own */
    CLAIM(74, db_tend_beside(db, &failure) == E_FAULT);
    order_fault("");
    CLAIM(75, db_is_broken(db));
    db_close(reader);
}

static void tell_full(Db *db)
{
    Failure failure = { 0 };

    CLAIM(30, insert_many(db, 1, 1, &failure) == 0);
    order_fault("full");
    CLAIM(31, insert_many(db, 2, 1, &failure) == E_FULL);
    CLAIM(32, count(db) == 1);
    CLAIM(33, insert_many(db, 2, 1, &failure) == E_FULL);
    order_fault("");
    CLAIM(34, !db_is_broken(db));
    CLAIM(35, insert_many(db, 2, 1, &failure) == 0);
    CLAIM(36, count(db) == 2);
}

/* The memory that connections share is a file too, and grows when the first one opens. */
static void tell_full_open(Db *db)
{
    const char *order = getenv("DISK_FAULT");
    char url[SCRATCH_PATH_BYTES + 16];
    Failure failure = { 0 };
    Db *other = NULL;

    (void)db;
    snprintf(url, sizeof(url), "sqlite:%s.db", order);
    other = open_items(url);
    db_close(other);
    order_fault("full");
    CLAIM(50, db_open(url, DB_WRITER, &other, &failure) == E_FULL);
    order_fault("");
    failure_clear(&failure);
    CLAIM(51, db_open(url, DB_WRITER, &other, &failure) == 0);
    CLAIM(52, count(other) == 0);
    db_close(other);
}

/* Ends without closing, as after kill -9: what was committed is in the log alone. */
static void tell_death(Db *db)
{
    Failure failure = { 0 };

    CLAIM(40, insert_many(db, 1, 3, &failure) == 0);
    CLAIM(41, db_begin(db, &failure) == 0 && insert(db, 4, &failure) == 0);
    _exit(0);
}

static int tell(const char *story, const char *url)
{
    static const struct {
        const char *name;
        void (*tell)(Db *db);
    } stories[] = {
        { "commit-sync", tell_commit_sync },
        { "tend-sync", tell_tend_sync },
        { "paced-sync", tell_paced_sync },
        { "last-sync", tell_last_sync },
        { "full", tell_full },
        { "full-open", tell_full_open },
        { "death", tell_death },
    };

    for (size_t i = 0; i < COUNT_OF(stories); i++) {
        _cleanup_(db_closep) Db *db = NULL;

        if (strcmp(stories[i].name, story) != 0)
            continue;
        db = open_items(url);
        stories[i].tell(db);
        return 0;
    }
    return 2;
}

TEST(a_failed_sync_breaks_the_connection)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = NULL;

    CHECK_INT(start_on_bad_disk("commit-sync", &scratch), 0);
    CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &(Failure){ 0 }), 0);
    CHECK(describes(db, "\nintegrity=ok\n"));
    CHECK(count(db) == 1 || count(db) == 2); /* unknown until now; the first is there */
}

TEST(a_failed_sync_of_the_database_breaks_it_too)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = NULL;

    CHECK_INT(start_on_bad_disk("tend-sync", &scratch), 0);
    CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &(Failure){ 0 }), 0);
    CHECK(describes(db, "\nintegrity=ok\n"));
    CHECK_INT(count(db), 5000);
}

TEST(what_is_moved_beside_the_writer_is_synced_in_pieces)
{
    static const char *const stories[] = { "paced-sync", "last-sync" };

    for (size_t i = 0; i < COUNT_OF(stories); i++) {
        SCRATCH(scratch);
        _cleanup_(db_closep) Db *db = NULL;

        CHECK_INT(start_on_bad_disk(stories[i], &scratch), 0);
        CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &(Failure){ 0 }), 0);
        CHECK(describes(db, "\nintegrity=ok\n"));
        CHECK_INT(count(db), i == 0 ? 5000 : 100);
    }
}

TEST(a_write_without_space_is_refused)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = NULL;

    CHECK_INT(start_on_bad_disk("full", &scratch), 0);
    CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &(Failure){ 0 }), 0);
    CHECK(describes(db, "\nintegrity=ok\n"));
    CHECK_INT(count(db), 2);
}

TEST(opening_without_space_is_refused)
{
    SCRATCH(scratch);

    CHECK_INT(start_on_bad_disk("full-open", &scratch), 0);
}

TEST(a_reader_finds_what_a_dead_writer_committed)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = NULL;

    CHECK_INT(scratch_wait(scratch_start("death", scratch.url, NULL)), 0);
    CHECK_INT(db_open(scratch.url, DB_READER, &db, &(Failure){ 0 }), 0);
    CHECK_INT(count(db), 3);
    db = db_close(db);
    CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &(Failure){ 0 }), 0);
    CHECK_INT(count(db), 3);
}

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN);
    if (argc > 2)
        return tell(argv[1], argv[2]);
    return check_main();
}
