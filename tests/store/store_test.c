/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "db/migrate.h"
#include "store/store.h"
#include "store/temp_store.h"
#include "store/user_store.h"

static const User zhang = { "1", "ou_1", "on_1", "u1", "张伟", "Zhang Wei", "", "", USER_ACTIVE };

static int count_words(const char *text, const char *word)
{
    int count = 0;

    for (; (text = strstr(text, word)); text += strlen(word))
        count++;
    return count;
}

TEST(the_list_of_tables_is_whole)
{
    TEMP_STORE(kept);
    const char *rows = temp_store_rows(kept.store, kept.arena);
    int tables = 0;

    for (size_t i = 0; i < migration_count; i++)
        tables += count_words(migrations[i].sql, "CREATE TABLE ");
    /* A new one has its place in temp_store.c; but the index of chats is derived from others. */
    CHECK_INT(tables, 22 + 3);
    CHECK_TEXT(rows, "revision|directory|1\n");
}

TEST(what_is_committed_stays_and_what_is_rolled_back_goes)
{
    TEMP_STORE(kept);
    const char *empty = temp_store_rows(kept.store, kept.arena), *full;

    CHECK(store_in_transaction(kept.store));
    CHECK_INT(user_put(kept.store, 1, &zhang, &kept.failure), 0);
    CHECK_INT(store_rollback(kept.store, &kept.failure), 0);
    CHECK(!store_in_transaction(kept.store));
    CHECK_TEXT(temp_store_rows(kept.store, kept.arena), empty);

    CHECK_INT(store_begin(kept.store, &kept.failure), 0);
    CHECK_INT(user_put(kept.store, 1, &zhang, &kept.failure), 0);
    CHECK_INT(store_commit(kept.store, &kept.failure), 0);
    full = temp_store_rows(kept.store, kept.arena);
    CHECK_TEXT(temp_store_changes(empty, full, kept.arena), "kunlun_user +1");

    store_close(kept.store);
    CHECK_INT(store_open(kept.url, STORE_WRITER, &kept.store, &kept.failure), 0);
    CHECK_TEXT(temp_store_rows(kept.store, kept.arena), full);
}

TEST(a_savepoint_is_undone_alone)
{
    TEMP_STORE(kept);
    User li = { "2", "ou_2", "on_2", "u2", "李娜", "", "", "", USER_ACTIVE };
    User wang = { "3", "ou_3", "on_3", "u3", "王芳", "", "", "", USER_ACTIVE };
    const char *rows;

    CHECK_INT(user_put(kept.store, 1, &zhang, &kept.failure), 0);
    CHECK_INT(store_savepoint(kept.store, &kept.failure), 0);
    CHECK_INT(user_put(kept.store, 1, &li, &kept.failure), 0);
    CHECK_INT(store_rollback_to(kept.store, &kept.failure), 0);
    CHECK_INT(store_savepoint(kept.store, &kept.failure), 0);
    CHECK_INT(user_put(kept.store, 1, &wang, &kept.failure), 0);
    CHECK_INT(store_release(kept.store, &kept.failure), 0);
    CHECK_INT(store_commit(kept.store, &kept.failure), 0);
    rows = temp_store_rows(kept.store, kept.arena);
    CHECK(strstr(rows, "|ou_1|"));
    CHECK(!strstr(rows, "|ou_2|"));
    CHECK(strstr(rows, "|ou_3|"));
}

TEST(a_reader_sees_what_is_committed_and_writes_nothing)
{
    TEMP_STORE(kept);
    Store *reader = NULL;
    User user;

    CHECK_INT(user_put(kept.store, 1, &zhang, &kept.failure), 0);
    CHECK_INT(store_open(kept.url, STORE_READER, &reader, &kept.failure), 0);
    CHECK_INT(store_begin(reader, &kept.failure), 0);
    CHECK_INT(user_find(reader, 1, "1", kept.arena, &user, &kept.failure), 0);
    CHECK_INT(store_commit(kept.store, &kept.failure), 0);
    CHECK_INT(user_find(reader, 1, "1", kept.arena, &user, &kept.failure), 0);
    CHECK_INT(store_commit(reader, &kept.failure), 0);
    CHECK_INT(user_find(reader, 1, "1", kept.arena, &user, &kept.failure), 1);
    CHECK_INT(user_put(reader, 1, &zhang, &kept.failure), E_FAULT);
    store_close(reader);
}

TEST(it_tells_of_itself)
{
    TEMP_STORE(kept);
    const char *text = NULL;

    CHECK(!store_is_broken(kept.store));
    CHECK_INT(store_commit(kept.store, &kept.failure), 0);
    CHECK_INT(store_tend(kept.store, &kept.failure), 0);
    CHECK(store_size_bytes(kept.store) > 4096);
    CHECK_INT(store_describe(kept.store, true, &text, &kept.failure), 0);
    CHECK(text && strstr(text, "journal_mode=wal"));
}

TEST(an_unknown_database_is_refused)
{
    Store *store = NULL;
    Failure failure = { 0 };

    CHECK_INT(store_open("oracle:x", STORE_WRITER, &store, &failure), E_FAULT);
    CHECK(!store);
    CHECK(!store_close(NULL));
}

/* Its own changes are none. */
TEST(the_version_of_the_data_tells_of_others)
{
    TEMP_STORE(kept);
    Store *other = NULL;
    int64_t version;

    store_commit(kept.store, &kept.failure);
    store_keep_users(kept.store);
    CHECK_INT(store_begin(kept.store, &kept.failure), 0);
    version = store_data_version(kept.store);
    CHECK(version >= 0);
    user_put(kept.store, 1, &zhang, &kept.failure);
    CHECK_INT(store_commit(kept.store, &kept.failure), 0);
    store_keep_users(kept.store);
    CHECK_INT(store_begin(kept.store, &kept.failure), 0);
    CHECK_INT(store_data_version(kept.store), version);
    store_commit(kept.store, &kept.failure);
    CHECK_INT(store_open(kept.url, STORE_WRITER, &other, &kept.failure), 0);
    store_begin(other, &kept.failure);
    user_put(other, 2, &zhang, &kept.failure);
    store_commit(other, &kept.failure);
    CHECK(!store_close(other));
    CHECK_INT(store_begin(kept.store, &kept.failure), 0);
    CHECK(store_data_version(kept.store) != version);
}

CHECK_MAIN
