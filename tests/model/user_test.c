/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"

#include "check.h"
#include "model/limits.h"
#include "model/user.h"

TEST(statuses_have_texts_and_come_back)
{
    UserStatus status = USER_ACTIVE;

    CHECK_TEXT(user_status_text(USER_ACTIVE), "active");
    CHECK_TEXT(user_status_text(USER_RESIGNED), "resigned");
    CHECK(user_status_parse("resigned", &status));
    CHECK_INT(status, USER_RESIGNED);
    CHECK(user_status_parse("active", &status));
    CHECK_INT(status, USER_ACTIVE);
    CHECK(!user_status_parse("gone", &status));
    CHECK(!user_status_parse(NULL, &status));
    CHECK_INT(status, USER_ACTIVE);
}

TEST(an_absent_id_type_is_open_id)
{
    UserIdType type = ID_USER;

    CHECK(user_id_type_parse(NULL, &type));
    CHECK_INT(type, ID_OPEN);
    CHECK(user_id_type_parse("union_id", &type));
    CHECK_INT(type, ID_UNION);
    CHECK(user_id_type_parse("user_id", &type));
    CHECK_INT(type, ID_USER);
    CHECK(user_id_type_parse("open_id", &type));
    CHECK_INT(type, ID_OPEN);
    CHECK(!user_id_type_parse("app_id", &type));
    CHECK(!user_id_type_parse("kunlun_id", &type));
    CHECK(!user_id_type_parse("", &type));
}

TEST(each_id_type_names_one_id)
{
    const User user = { .kunlun_id = "1", .open_id = "ou_1", .union_id = "on_1", .user_id = "u1" };

    CHECK_TEXT(user_id_of(&user, ID_OPEN), "ou_1");
    CHECK_TEXT(user_id_of(&user, ID_UNION), "on_1");
    CHECK_TEXT(user_id_of(&user, ID_USER), "u1");
    CHECK_TEXT(user_id_type_text(ID_OPEN), "open_id");
    CHECK_TEXT(user_id_type_text(ID_UNION), "union_id");
    CHECK_TEXT(user_id_type_text(ID_USER), "user_id");
}

TEST(an_imported_id_is_short_and_plain)
{
    static const char *const bad[] = { "", " ", "a b", "a/b", "a%b", "a,b", "a\nb", "a.b", "é" };
    char id[EXTERNAL_ID_BYTES_MOST + 2] = { 0 };

    CHECK(external_id_is_valid("1"));
    CHECK(external_id_is_valid("ou_Az-09"));
    CHECK(!external_id_is_valid(NULL));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (external_id_is_valid(bad[i]))
            CHECK_FAIL("\"%s\" passed", bad[i]);
    memset(id, 'x', EXTERNAL_ID_BYTES_MOST);
    CHECK(external_id_is_valid(id));
    id[EXTERNAL_ID_BYTES_MOST] = 'x';
    CHECK(!external_id_is_valid(id));
}

CHECK_MAIN
