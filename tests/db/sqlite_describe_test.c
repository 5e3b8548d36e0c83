/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "db/db.h"
#include "items.h"
#include "scratch.h"

TEST(a_connection_describes_itself)
{
    static const char *const lines[] = {
        "journal_mode=wal\nsynchronous=2\npage_size=4096\npage_count=",
        "\nfreelist_count=0\n",
        "\nwal_pages=",
        "\nforeign_keys=1\nsqlite_version=3.",
        "\nintegrity=ok\n",
        "\nforeign_key_check=ok\n"
    };
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_items(scratch.url);
    _cleanup_(db_closep) Db *reader = NULL;
    Failure failure = { 0 };
    const char *text = NULL;

    CHECK_INT(db_open(scratch.url, DB_READER, &reader, &failure), 0);
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        CHECK(describes(db, lines[i]) && describes(reader, lines[i]));
    CHECK(!describes(db, "\nwal_pages=0\n"));
    CHECK_INT(db_describe(db, false, &text, &failure), 0);
    CHECK(strstr(text, "\nintegrity=ok\n"));
    CHECK_INT(db_size_bytes(db), size_of(scratch.path, "") + size_of(scratch.path, "-wal"));
}

TEST(orphans_are_counted)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_items(scratch.url);
    Failure failure = { 0 };

    CHECK_INT(db_run(db, "CREATE TABLE part (item_id BIGINT REFERENCES item (id))", &failure), 0);
    CHECK_INT(db_run(db, "PRAGMA foreign_keys = OFF", &failure), 0);
    CHECK_INT(db_run(db, "INSERT INTO part (item_id) VALUES (7), (8)", &failure), 0);
    CHECK(describes(db, "\nforeign_key_check=2 rows without their parent\n"));
    CHECK(describes(db, "\nforeign_keys=0\n"));
}

/* Every page but the first three is overwritten. */
static void damage(const char *path)
{
    char page[4096];
    int fd = open(path, O_WRONLY);

    memset(page, 0x5a, sizeof(page));
    for (off_t at = 3 * 4096; at < size_of(path, ""); at += 4096)
        if (pwrite(fd, page, sizeof(page), at) != sizeof(page))
            abort();
    close(fd);
}

TEST(a_damaged_file_is_noticed)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_items(scratch.url);
    Failure failure = { 0 };

    CHECK_INT(insert_many(db, 1, 50, &failure), 0);
    db = db_close(db);
    damage(scratch.path);
    CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &failure), 0);
    CHECK(!db_is_broken(db));
    CHECK(!describes(db, "\nintegrity=ok\n") && describes(db, "\nintegrity="));
    CHECK_INT(db_run(db, "SELECT count(text) FROM item WHERE text > 'a'", &failure), E_FAULT);
    CHECK(db_is_broken(db));
    CHECK_INT(db_begin(db, &(Failure){ 0 }), E_FAULT);
    CHECK_INT(insert(db, 100, &(Failure){ 0 }), E_FAULT);
    CHECK_INT(db_tend(db, &(Failure){ 0 }), E_FAULT);
}

CHECK_MAIN
