/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "check.h"
#include "db/db.h"
#include "store/temp_store.h"
#include "store/user_cache.h"
#include "store/user_store.h"

static const User li = { "7", "ou_7", "on_7", "u7", "李", "", "", "", USER_RESIGNED };

TEST(a_user_is_found_as_it_was_put)
{
    TEMP_STORE(kept);
    UserCache *cache = user_cache_new();
    User user = { 0 };

    CHECK(!user_cache_find(cache, 1, "7", kept.arena, &user));
    user_cache_put(cache, 1, &li);
    CHECK(user_cache_find(cache, 1, "7", kept.arena, &user));
    CHECK_TEXT(user.kunlun_id, "7");
    CHECK_TEXT(user.open_id, "ou_7");
    CHECK_TEXT(user.union_id, "on_7");
    CHECK_TEXT(user.user_id, "u7");
    CHECK_TEXT(user.name, "李");
    CHECK_TEXT(user.en_name, "");
    CHECK_INT(user.status, USER_RESIGNED);
    CHECK(!user_cache_find(cache, 2, "7", kept.arena, &user));
    CHECK(!user_cache_find(cache, 1, "8", kept.arena, &user));
    user_cache_free(cache);
}

TEST(another_version_empties_it)
{
    TEMP_STORE(kept);
    UserCache *cache = user_cache_new();
    User user;

    user_cache_check(cache, 3);
    user_cache_put(cache, 1, &li);
    user_cache_check(cache, 3);
    CHECK(user_cache_find(cache, 1, "7", kept.arena, &user));
    user_cache_check(cache, 4);
    CHECK(!user_cache_find(cache, 1, "7", kept.arena, &user));
    user_cache_free(cache);
}

TEST(a_change_by_another_connection_is_seen)
{
    TEMP_STORE(kept);
    User user = li;
    Store *other;

    store_keep_users(kept.store);
    CHECK_INT(user_put(kept.store, 1, &li, &kept.failure), 0); /* which ends the keeping */
    CHECK_INT(store_commit(kept.store, &kept.failure), 0);
    store_keep_users(kept.store);
    CHECK_INT(store_begin(kept.store, &kept.failure), 0);
    CHECK_INT(user_find(kept.store, 1, "7", kept.arena, &user, &kept.failure), 1);
    CHECK_INT(store_commit(kept.store, &kept.failure), 0);

    CHECK_INT(store_open(kept.url, STORE_WRITER, &other, &kept.failure), 0);
    CHECK_INT(store_begin(other, &kept.failure), 0);
    user.name = "Li";
    CHECK_INT(user_put(other, 1, &user, &kept.failure), 0);
    CHECK_INT(store_commit(other, &kept.failure), 0);
    store_close(other);

    CHECK_INT(store_begin(kept.store, &kept.failure), 0);
    CHECK_INT(user_find(kept.store, 1, "7", kept.arena, &user, &kept.failure), 1);
    CHECK_TEXT(user.name, "Li");
}

TEST(texts_that_are_too_long_are_not_kept)
{
    TEMP_STORE(kept);
    UserCache *cache = user_cache_new();
    char name[USER_CACHE_TEXT_BYTES + 1];
    User user = li;

    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    user.name = name;
    user_cache_put(cache, 1, &li);
    user_cache_put(cache, 1, &user);
    CHECK(!user_cache_find(cache, 1, "7", kept.arena, &user));
    user_cache_free(cache);
}

/* ---- many users: some share a place ---- */

enum { MANY = 1000 };

static User user_of(TempStore *kept, int number, const char *name)
{
    User user = li;

    user.kunlun_id = arena_print(kept->arena, "180000%010d", number);
    user.name = name;
    return user;
}

static void put_many(TempStore *kept, UserCache *cache, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        User user = user_of(kept, i, name);

        user_cache_put(cache, 1, &user);
    }
}

/* How many of them are not known. */
static int count_lost(TempStore *kept, const UserCache *cache)
{
    int lost = 0;

    for (int i = 0; i < MANY; i++) {
        User user = user_of(kept, i, ""), found;

        lost += !user_cache_find(cache, 1, user.kunlun_id, kept->arena, &found) ||
                !text_equal(found.kunlun_id, user.kunlun_id);
    }
    return lost;
}

/* With one slot to a place a tenth would be lost. */
TEST(two_share_a_place)
{
    TEMP_STORE(kept);
    UserCache *cache = user_cache_new();

    put_many(&kept, cache, MANY, "n");
    CHECK(count_lost(&kept, cache) < MANY / 50);
    put_many(&kept, cache, MANY, "n"); /* again, which puts nobody else out */
    CHECK(count_lost(&kept, cache) < MANY / 50);
    user_cache_check(cache, 1);
    CHECK_INT(count_lost(&kept, cache), MANY);
    user_cache_free(cache);
}

TEST(whoever_does_not_fit_puts_out_one_at_most)
{
    TEMP_STORE(kept);
    UserCache *cache = user_cache_new();
    char name[USER_CACHE_TEXT_BYTES + 1];
    User user;

    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    user_cache_put(cache, 1, &li);
    put_many(&kept, cache, 10 * MANY, name);
    put_many(&kept, cache, 10 * MANY, name);
    CHECK(user_cache_find(cache, 1, li.kunlun_id, kept.arena, &user));
    user_cache_free(cache);
}

CHECK_MAIN
