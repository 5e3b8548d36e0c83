/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "store/temp_store.h"
#include "store/user_store.h"

enum { OURS = 1, THEIRS = 2 };

static const User zhang = { "1", "ou_1", "on_1", "u1", "张伟", "Zhang Wei", "", "", USER_ACTIVE };

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
    User changed = { "1", "ou_9", "on_9", "u9", "张维", "", "", "", USER_RESIGNED }, user = { 0 };
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
        { "2", "ou_1", "on_2", "u2", "x", "", "", "", USER_ACTIVE },
        { "2", "ou_2", "on_1", "u2", "x", "", "", "", USER_ACTIVE },
        { "2", "ou_2", "on_2", "u1", "x", "", "", "", USER_ACTIVE },
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
    User li = { "1", "ou_1", "on_1", "u1", "李娜", "Li Na", "", "", USER_RESIGNED }, user = { 0 };

    CHECK_INT(user_put(kept.store, OURS, &zhang, &kept.failure), 0);
    CHECK_INT(user_find(kept.store, THEIRS, "1", kept.arena, &user, &kept.failure), 0);
    CHECK_INT(user_put(kept.store, THEIRS, &li, &kept.failure), 0);
    CHECK_INT(user_find(kept.store, OURS, "1", kept.arena, &user, &kept.failure), 1);
    CHECK_TEXT(user.name, "张伟");
    CHECK_INT(user_find(kept.store, THEIRS, "1", kept.arena, &user, &kept.failure), 1);
    CHECK_TEXT(user.name, "李娜");
    CHECK_INT(user.status, USER_RESIGNED);
}

static User with_contact(const char *kunlun_id, const char *email, const char *mobile,
                         UserStatus status)
{
    return (User){ kunlun_id, kunlun_id, kunlun_id, kunlun_id, "x", "", email, mobile, status };
}

static const char *find_contact(TempStore *kept, int64_t tenant_id, ContactType type,
                                const char *contact)
{
    User user = { 0 };
    int r = user_find_contact(kept->store, tenant_id, type, contact, kept->arena, &user,
                              &kept->failure);

    return r > 0 ? user.kunlun_id : r == 0 ? NULL : kept->failure.text;
}

TEST(a_user_is_found_by_address_and_number)
{
    TEMP_STORE(kept);
    const User users[] = {
        with_contact("1", "same@b", "111", USER_RESIGNED),
        with_contact("2", "same@b", "222", USER_ACTIVE),
        with_contact("3", "same@b", "", USER_ACTIVE),
        with_contact("4", NULL, NULL, USER_ACTIVE),
    };
    User user = { 0 };

    for (size_t i = 0; i < COUNT_OF(users); i++)
        CHECK_INT(user_put(kept.store, OURS, &users[i], &kept.failure), 0);
    CHECK_TEXT(find_contact(&kept, OURS, CONTACT_EMAIL, "same@b"), "2");
    CHECK_TEXT(find_contact(&kept, OURS, CONTACT_MOBILE, "111"), "1");
    CHECK_TEXT(find_contact(&kept, OURS, CONTACT_MOBILE, "same@b"), NULL);
    CHECK_TEXT(find_contact(&kept, OURS, CONTACT_EMAIL, "111"), NULL);
    CHECK_TEXT(find_contact(&kept, OURS, CONTACT_EMAIL, ""), NULL);
    CHECK_TEXT(find_contact(&kept, OURS, CONTACT_MOBILE, ""), NULL);
    CHECK_TEXT(find_contact(&kept, THEIRS, CONTACT_EMAIL, "same@b"), NULL);
    CHECK_INT(user_find(kept.store, OURS, "2", kept.arena, &user, &kept.failure), 1);
    CHECK_TEXT(user.email, "same@b");
    CHECK_TEXT(user.mobile, "222");
    CHECK_INT(user_find(kept.store, OURS, "4", kept.arena, &user, &kept.failure), 1);
    CHECK_TEXT(user.email, "");
    CHECK_TEXT(user.mobile, "");
}

CHECK_MAIN
