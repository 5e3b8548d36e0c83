/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "store/temp_store.h"
#include "store/user_store.h"

enum { OURS = 1, THEIRS = 2 };

static const User zhang = { "1", "ou_1", "on_1", "u1", "张伟", "Zhang Wei", USER_ACTIVE };

TEST(a_user_is_found_as_it_was_put)
{
    TEMP_STORE(kept);
    User user = { 0 };

    CHECK_INT(user_find(kept.store, OURS, "1", kept.arena, &user, &kept.failure), 0);
    CHECK_INT(user_put(kept.store, OURS, &zhang, &kept.failure), 0);
    CHECK_INT(user_find(kept.store, OURS, "1", kept.arena, &user, &kept.failure), 1);
    CHECK_TEXT(user.kunlun_id, "1");
    CHECK_TEXT(user.open_id, "ou_1");
    CHECK_TEXT(user.union_id, "on_1");
    CHECK_TEXT(user.user_id, "u1");
    CHECK_TEXT(user.name, "张伟");
    CHECK_TEXT(user.en_name, "Zhang Wei");
    CHECK_INT(user.status, USER_ACTIVE);
    CHECK_INT(user_find(kept.store, OURS, "ou_1", kept.arena, &user, &kept.failure), 0);
    CHECK_INT(user_find(kept.store, OURS, "", kept.arena, &user, &kept.failure), 0);
}

TEST(a_user_is_found_by_each_of_its_ids)
{
    TEMP_STORE(kept);
    User user = { 0 };

    user_put(kept.store, OURS, &zhang, &kept.failure);
    for (UserIdType type = ID_OPEN; type <= ID_USER; type++) {
        const char *id = user_id_of(&zhang, type);

        user = (User){ 0 };
        CHECK_INT(user_find_by(kept.store, OURS, type, id, kept.arena, &user, &kept.failure), 1);
        CHECK_TEXT(user.kunlun_id, "1");
        CHECK_TEXT(user.name, "张伟");
        CHECK_INT(user_find_by(kept.store, THEIRS, type, id, kept.arena, &user, &kept.failure), 0);
        CHECK_INT(user_find_by(kept.store, OURS, type, "1", kept.arena, &user, &kept.failure), 0);
    }
}

TEST(putting_again_replaces_all_but_the_kunlun_id)
{
    TEMP_STORE(kept);
    User changed = { "1", "ou_9", "on_9", "u9", "张维", "", USER_RESIGNED }, user = { 0 };
    const char *before;

    CHECK_INT(user_put(kept.store, OURS, &zhang, &kept.failure), 0);
    before = temp_store_rows(kept.store, kept.arena);
    CHECK_INT(user_put(kept.store, OURS, &changed, &kept.failure), 0);
    CHECK_TEXT(temp_store_changes(before, temp_store_rows(kept.store, kept.arena), kept.arena),
               "kunlun_user +1 -1");
    CHECK_INT(user_find(kept.store, OURS, "1", kept.arena, &user, &kept.failure), 1);
    CHECK_TEXT(user.open_id, "ou_9");
    CHECK_TEXT(user.union_id, "on_9");
    CHECK_TEXT(user.user_id, "u9");
    CHECK_TEXT(user.name, "张维");
    CHECK_TEXT(user.en_name, "");
    CHECK_INT(user.status, USER_RESIGNED);
}

TEST(ids_are_unique_in_a_tenant)
{
    TEMP_STORE(kept);
    const User clashes[] = {
        { "2", "ou_1", "on_2", "u2", "x", "", USER_ACTIVE },
        { "2", "ou_2", "on_1", "u2", "x", "", USER_ACTIVE },
        { "2", "ou_2", "on_2", "u1", "x", "", USER_ACTIVE },
    };

    CHECK_INT(user_put(kept.store, OURS, &zhang, &kept.failure), 0);
    for (size_t i = 0; i < COUNT_OF(clashes); i++) {
        failure_clear(&kept.failure);
        CHECK_INT(user_put(kept.store, OURS, &clashes[i], &kept.failure), E_CONFLICT);
        CHECK_INT(kept.failure.code, E_CONFLICT);
    }
}

TEST(tenants_have_users_of_their_own_under_equal_ids)
{
    TEMP_STORE(kept);
    User li = { "1", "ou_1", "on_1", "u1", "李娜", "Li Na", USER_RESIGNED }, user = { 0 };

    CHECK_INT(user_put(kept.store, OURS, &zhang, &kept.failure), 0);
    CHECK_INT(user_find(kept.store, THEIRS, "1", kept.arena, &user, &kept.failure), 0);
    CHECK_INT(user_put(kept.store, THEIRS, &li, &kept.failure), 0);
    CHECK_INT(user_find(kept.store, OURS, "1", kept.arena, &user, &kept.failure), 1);
    CHECK_TEXT(user.name, "张伟");
    CHECK_INT(user_find(kept.store, THEIRS, "1", kept.arena, &user, &kept.failure), 1);
    CHECK_TEXT(user.name, "李娜");
    CHECK_INT(user.status, USER_RESIGNED);
}

CHECK_MAIN
