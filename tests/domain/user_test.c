/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/text.h"

#include "domain/user.h"
#include "fault_check.h"
#include "model/limits.h"
#include "store/user_store.h"

static User find(const Work *work, const char *kunlun_id)
{
    User user = { 0 };

    user_find(work->store, work->tenant->tenant_id, kunlun_id, work->arena, &user, work->failure);
    return user;
}

static bool is_hex_after(const char *text, const char *prefix)
{
    size_t size = strlen(prefix);

    return text_starts_with(text, prefix) && strlen(text) == size + 32 &&
           strspn(text + size, "0123456789abcdef") == 32;
}

TEST(ids_that_are_not_given_are_made_in_the_platforms_form)
{
    FIXTURE(house);
    User draft = { .kunlun_id = "20", .name = "新人" }, user, other;
    const char *before = fixture_rows(&house);

    CHECK_INT(user_import(&house.work, &draft), 0);
    CHECK_TEXT(fixture_changes(&house, before), "kunlun_user +1");
    user = find(&house.work, "20");
    CHECK(is_hex_after(user.open_id, "ou_"));
    CHECK(is_hex_after(user.union_id, "on_"));
    CHECK_INT(strlen(user.user_id), 8);
    CHECK_INT(strspn(user.user_id, "0123456789abcdefghijklmnopqrstuvwxyz"), 8);
    CHECK_TEXT(user.en_name, "");
    CHECK_INT(user.status, USER_ACTIVE);
    draft.kunlun_id = "21";
    CHECK_INT(user_import(&house.work, &draft), 0);
    other = find(&house.work, "21");
    CHECK(!text_equal(user.open_id, other.open_id));
    CHECK(!text_equal(user.user_id, other.user_id));
}

TEST(ids_that_are_not_given_again_stay)
{
    FIXTURE(house);
    User draft = { .kunlun_id = "1", .name = "张大伟", .status = USER_RESIGNED }, user;
    const char *before = fixture_rows(&house);

    CHECK_INT(user_import(&house.work, &draft), 0);
    CHECK_TEXT(fixture_changes(&house, before), "kunlun_user +1 -1");
    user = find(&house.work, "1");
    CHECK_TEXT(user.name, "张大伟");
    CHECK_TEXT(user.open_id, "ou_1");
    CHECK_TEXT(user.union_id, "on_1");
    CHECK_TEXT(user.user_id, "u1");
    CHECK_INT(user.status, USER_RESIGNED);
    draft = (User){ .kunlun_id = "1", .name = "x", .open_id = "ou_x", .en_name = "Zhang" };
    CHECK_INT(user_import(&house.work, &draft), 0);
    draft = (User){ .kunlun_id = "1", .name = "x" };
    CHECK_INT(user_import(&house.work, &draft), 0);
    user = find(&house.work, "1");
    CHECK_TEXT(user.open_id, "ou_x");
    CHECK_TEXT(user.union_id, "on_1");
    CHECK_TEXT(user.en_name, "Zhang");
    CHECK_TEXT(find(&house.stranger, "1").open_id, "ou_1");
}

TEST(the_field_to_blame_is_named)
{
    FIXTURE(house);
    Buffer name;
    const char *before = fixture_rows(&house);

    buffer_init(&name, house.kept.arena, 1024);
    for (int i = 0; i <= NAME_CHARACTERS_MOST; i++)
        buffer_add(&name, "名");
    const struct {
        User draft;
        const char *field;
    } bad[] = {
        { { .kunlun_id = "20", .name = "" }, "name" },
        { { .kunlun_id = "20", .name = NULL }, "name" },
        { { .kunlun_id = "20", .name = name.text }, "name" },
        { { .kunlun_id = "20", .name = "x", .en_name = name.text }, "en_name" },
        { { .kunlun_id = "", .name = "x" }, "kunlun_id" },
        { { .kunlun_id = NULL, .name = "x" }, "kunlun_id" },
        { { .kunlun_id = "a b", .name = "x" }, "kunlun_id" },
        { { .kunlun_id = "20", .name = "x", .open_id = "" }, "open_id" },
        { { .kunlun_id = "20", .name = "x", .union_id = "a,b" }, "union_id" },
        { { .kunlun_id = "20", .name = "x", .user_id = "/" }, "user_id" },
        /* as a member of a chat it would take the bot's place */
        { { .kunlun_id = FIXTURE_APP, .name = "x" }, "kunlun_id" },
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        failure_clear(house.work.failure);
        CHECK_INT(user_import(&house.work, &bad[i].draft), E_INVALID);
        CHECK_TEXT(house.work.failure->field, bad[i].field);
    }
    CHECK_TEXT(fixture_changes(&house, before), "");
    name.text[3 * NAME_CHARACTERS_MOST] = '\0';
    CHECK_INT(user_import(&house.work, &(User){ .kunlun_id = "20", .name = name.text }), 0);
}

TEST(an_id_belongs_to_one_user_of_a_tenant)
{
    FIXTURE(house);
    User draft = { .kunlun_id = "20", .name = "x", .open_id = "ou_2" };

    CHECK_INT(user_import(&house.work, &draft), E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "kunlun_id");
    CHECK_TEXT(house.work.failure->value, "20");
    CHECK_INT(house.work.failure->code, E_CONFLICT);
}

TEST(only_who_is_there_and_active_is_got)
{
    FIXTURE(house);
    User user = { .name = "untouched" };

    CHECK_INT(user_get_active(&house.work, "somebody", "8", &user), E_NOT_FOUND);
    CHECK_TEXT(house.work.failure->field, "somebody");
    CHECK_TEXT(house.work.failure->value, "8");
    failure_clear(house.work.failure);
    CHECK_INT(user_get_active(&house.work, "somebody", "99", &user), E_NOT_FOUND);
    CHECK_TEXT(house.work.failure->value, "99");
    CHECK_TEXT(user.name, "untouched");
    CHECK_INT(user_get_active(&house.work, "somebody", "4", &user), 0);
    CHECK_TEXT(user.name, fixture_names[4]);
}

TEST(a_user_of_another_tenant_is_nobody)
{
    FIXTURE(house);
    User draft = { .kunlun_id = "20", .name = "x" }, user;

    CHECK_INT(user_import(&house.stranger, &draft), 0);
    CHECK_INT(user_get_active(&house.stranger, "x", "20", &user), 0);
    CHECK_INT(user_get_active(&house.work, "x", "20", &user), E_NOT_FOUND);
}

/* ---- all or nothing ---- */

static int import(const Work *work, void *state)
{
    return user_import(work, state);
}

static int get(const Work *work, void *state)
{
    User user;

    return user_get_active(work, "x", state, &user);
}

TEST(whatever_call_fails_nobody_is_half_imported)
{
    FAULTY_FIXTURE(house);
    User fresh = { .kunlun_id = "20", .name = "x" }, old = { .kunlun_id = "1", .name = "x" };
    char id[] = "1";

    CHECK_EACH_CALL(&house, &house.work, import, &fresh);
    CHECK_EACH_CALL(&house, &house.work, import, &old);
    CHECK_EACH_CALL(&house, &house.work, get, id);
}

/* ---- addresses and numbers ---- */

TEST(an_address_stays_changes_and_goes)
{
    FIXTURE(house);
    User draft = { .kunlun_id = "1", .name = "x", .email = "A@B.c", .mobile = "+86 1301" }, user;

    CHECK_TEXT(find(&house.work, "1").email, "");
    CHECK_INT(user_import(&house.work, &draft), 0);
    user = find(&house.work, "1");
    CHECK_TEXT(user.email, "a@b.c");
    CHECK_TEXT(user.mobile, "1301");
    draft.email = draft.mobile = NULL;
    CHECK_INT(user_import(&house.work, &draft), 0);
    CHECK_TEXT(find(&house.work, "1").email, "a@b.c");
    draft.email = "";
    CHECK_INT(user_import(&house.work, &draft), 0);
    user = find(&house.work, "1");
    CHECK_TEXT(user.email, "");
    CHECK_TEXT(user.mobile, "1301");
}

TEST(what_is_no_address_or_number_is_refused)
{
    FIXTURE(house);
    User draft = { .kunlun_id = "1", .name = "x", .email = "a" };
    const char *before = fixture_rows(&house);

    CHECK_INT(user_import(&house.work, &draft), E_INVALID);
    CHECK_TEXT(house.work.failure->field, "email");
    failure_clear(house.work.failure);
    draft = (User){ .kunlun_id = "1", .name = "x", .mobile = "none" };
    CHECK_INT(user_import(&house.work, &draft), E_INVALID);
    CHECK_TEXT(house.work.failure->field, "mobile");
    CHECK_TEXT(fixture_changes(&house, before), "");
}

TEST(users_are_got_by_ids_and_found_by_contacts)
{
    FIXTURE(house);
    User draft = { .kunlun_id = "1", .name = "x", .email = "a@b", .mobile = "13011111111" };
    User user = { 0 };

    CHECK_INT(user_import(&house.work, &draft), 0);
    CHECK_INT(user_get(&house.work, ID_OPEN, "ou_8", &user), 0);
    CHECK_INT(user.status, USER_RESIGNED);
    CHECK_INT(user_get(&house.work, ID_USER, "u2", &user), 0);
    CHECK_TEXT(user.kunlun_id, "2");
    CHECK_INT(user_get(&house.work, ID_UNION, "u2", &user), E_NOT_FOUND);
    CHECK_TEXT(house.work.failure->field, "user_id");
    CHECK_INT(user_find_by_contact(&house.work, CONTACT_EMAIL, "A@B", &user), 1);
    CHECK_TEXT(user.kunlun_id, "1");
    CHECK_INT(user_find_by_contact(&house.work, CONTACT_MOBILE, "+8613011111111", &user), 1);
    CHECK_INT(user_find_by_contact(&house.work, CONTACT_MOBILE, "x", &user), 0);
    CHECK_INT(user_find_by_contact(&house.work, CONTACT_EMAIL, "", &user), 0);
    CHECK_INT(user_find_by_contact(&house.stranger, CONTACT_EMAIL, "a@b", &user), 0);
}

static int look(const Work *work, void *state)
{
    User user;
    int r = user_get(work, ID_OPEN, state, &user);

    if (r >= 0)
        r = user_find_by_contact(work, CONTACT_EMAIL, "a@b", &user);
    return r < 0 ? r : 0;
}

TEST(a_look_whose_call_fails_fails)
{
    FAULTY_FIXTURE(house);
    char *open_id = arena_text(house.kept.arena, "ou_1");

    CHECK_EACH_CALL(&house, &house.work, look, open_id);
}

CHECK_MAIN
