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

TEST(an_address_is_compared_in_small_letters)
{
    Arena *arena = arena_new();
    char most[EMAIL_BYTES_MOST + 2];
    static const char *const none[] = {
        "", "a", "@", "a@", "@b", "a@b@c", "a b@c", "ä@b", "a@b\n"
    };

    CHECK_TEXT(email_normalise(arena, "Zhang.Wei@Example.COM"), "zhang.wei@example.com");
    CHECK_TEXT(email_normalise(arena, "a@b"), "a@b");
    for (size_t i = 0; i < COUNT_OF(none); i++)
        CHECK_TEXT(email_normalise(arena, none[i]), NULL);
    memset(most, 'x', sizeof(most));
    most[1] = '@';
    most[EMAIL_BYTES_MOST + 1] = '\0';
    CHECK_TEXT(email_normalise(arena, most), NULL);
    most[EMAIL_BYTES_MOST] = '\0';
    CHECK_TEXT(email_normalise(arena, most), most);
    arena_free(arena);
}

TEST(a_number_is_compared_by_its_digits)
{
    Arena *arena = arena_new();
    static const char *const rows[][2] = {
        { "13011111111", "13011111111" },
        { "+8613011111111", "13011111111" },
        { "+86 130-1111 1111", "13011111111" },
        { "+1 (202)", NULL },
        { "+1 202-555-0101", "+12025550101" },
        { "1234", "1234" },
        { "+1234", "+1234" },
        { "123", NULL },
        { "+123", NULL },
        { "+86123", NULL },
        { "12345678901234567890", "12345678901234567890" },
        { "+12345678901234567890", "+12345678901234567890" },
        { "123456789012345678901", NULL },
        { "+123456789012345678901", NULL },
        { "12+34", NULL },
        { "++1234", NULL },
        { "", NULL },
        { "12a45", NULL },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_TEXT(mobile_normalise(arena, rows[i][0]), rows[i][1]);
    arena_free(arena);
}

CHECK_MAIN
