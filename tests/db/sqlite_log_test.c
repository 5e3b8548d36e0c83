/* SPDX-License-Identifier: Apache-2.0 */

/* When the log is moved into the database, and when not. That what is moved is synced:
 * sqlite_test.c, on a disk that fails. */
#include "check.h"
#include "db/db.h"
#include "items.h"
#include "scratch.h"

TEST(a_long_log_moves_into_the_database)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_items(scratch.url);
    Failure failure = { 0 };
    int64_t log_bytes;

    CHECK_INT(insert_many(db, 1, 1000, &failure), 0);
    CHECK_INT(db_tend(db, &failure), 0);
    CHECK(size_of(scratch.path, "") < 100000); /* not long yet, and SQLite did nothing by itself */
    CHECK_INT(insert_many(db, 1001, 4000, &failure), 0);
    CHECK(size_of(scratch.path, "") < 100000);
    CHECK_INT(db_begin(db, &failure), 0);
    CHECK_INT(db_tend(db, &failure), 0); /* not inside a transaction */
    CHECK_INT(db_commit(db, &failure), 0);
    CHECK_INT(db_tend(db, &failure), 0);
    CHECK(size_of(scratch.path, "") > 5000 * TEXT_BYTES);
    log_bytes = size_of(scratch.path, "-wal");
    for (int64_t id = 5001; id < 5101; id++)
        CHECK_INT(insert(db, id, &failure), 0);
    CHECK_INT(size_of(scratch.path, "-wal"), log_bytes); /* it began anew */
    CHECK_INT(db_tend(db, &failure), 0);
    CHECK(describes(db, "\nintegrity=ok\n"));
}

/* Not at each call: after as many pages more, or when a log that began anew is long again. */
TEST(the_log_is_not_moved_too_often)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_items(scratch.url);
    _cleanup_(db_closep) Db *reader = NULL;
    Failure failure = { 0 };

    CHECK_INT(db_open(scratch.url, DB_READER, &reader, &failure), 0);
    CHECK_INT(db_begin(reader, &failure), 0);
    CHECK_INT(insert_many(db, 1, 5000, &failure), 0);
    CHECK_INT(db_tend(db, &failure), 0); /* in vain: the reader needs what the database holds */
    CHECK_INT(db_commit(reader, &failure), 0);
    CHECK_INT(insert_many(db, 5001, 1, &failure), 0);
    CHECK_INT(db_tend(db, &failure), 0);
    CHECK(size_of(scratch.path, "") < 100000);
    CHECK_INT(insert_many(db, 5002, 4000, &failure), 0);
    CHECK_INT(db_tend(db, &failure), 0);
    CHECK(size_of(scratch.path, "") > 9000 * TEXT_BYTES);
    CHECK_INT(insert_many(db, 10001, 4500, &failure), 0);
    CHECK_INT(db_tend(db, &failure), 0);
    CHECK(size_of(scratch.path, "") > 13500 * TEXT_BYTES);
}

TEST(a_log_that_a_reader_held_is_cut)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_items(scratch.url);
    _cleanup_(db_closep) Db *reader = NULL;
    Failure failure = { 0 };
    int64_t id = 1;

    CHECK_INT(db_open(scratch.url, DB_READER, &reader, &failure), 0);
    CHECK_INT(db_begin(reader, &failure), 0);
    for (; size_of(scratch.path, "-wal") <= 80 * 1024 * 1024; id += 2000) {
        CHECK_INT(insert_many(db, id, 2000, &failure), 0);
        CHECK_INT(db_tend(db, &failure), 0);
        CHECK_INT(count(reader), 0);
    }
    CHECK_INT(db_commit(reader, &failure), 0);
    CHECK_INT(count(reader), id - 1);
    for (int i = 0; i < 4; i++, id += 2000) {
        CHECK_INT(insert_many(db, id, 2000, &failure), 0);
        CHECK_INT(db_tend(db, &failure), 0);
    }
    CHECK(size_of(scratch.path, "-wal") < 40 * 1024 * 1024);
    CHECK_INT(count(reader), id - 1);
}

/* The bulk of it beside the writer, as far as its readers let it. */
TEST(the_log_moves_beside_the_writer)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_items(scratch.url);
    _cleanup_(db_closep) Db *beside = NULL;
    Failure failure = { 0 };
    int64_t log_bytes;

    CHECK_INT(db_open(scratch.url, DB_WRITER, &beside, &failure), 0);
    CHECK_INT(insert_many(db, 1, 5000, &failure), 0);
    CHECK_INT(db_begin(db, &failure), 0);
    CHECK_INT(insert(db, 5001, &failure), 0);
    for (int i = 0; i < 2; i++) /* again is no harm */
        CHECK_INT(db_tend_beside(beside, &failure), 0);
    CHECK(size_of(scratch.path, "") > 5000 * TEXT_BYTES);
    CHECK_INT(db_commit(db, &failure), 0);
    CHECK(db_wants_tending(db));
    CHECK_INT(db_tend(db, &failure), 0);
    log_bytes = size_of(scratch.path, "-wal");
    CHECK_INT(insert_many(db, 5002, 100, &failure), 0);
    CHECK(!db_wants_tending(db));
    CHECK_INT(size_of(scratch.path, "-wal"), log_bytes); /* it began anew */
    CHECK_INT(count(beside), 5101);
    CHECK(describes(beside, "\nintegrity=ok\n"));
}

int main(void)
{
    return check_main();
}
