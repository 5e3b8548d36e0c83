/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "api/desk.h"
#include "check.h"
#include "domain/user.h"
#include "model/limits.h"

#define USERS "/open-apis/contact/v3/users/"
#define STATUS(is_resigned, is_active)                                                            \
    "\"status\":{\"is_frozen\":false,\"is_resigned\":" is_resigned ",\"is_activated\":" is_active \
    ",\"is_exited\":false,\"is_unjoin\":false}"

static void set_scopes(Desk *desk, const char *scopes)
{
    Fixture *house = &desk->house;

    fixture_run(&house->work, "UPDATE app SET scopes = $2 WHERE app_id = $1", FIXTURE_APP, scopes);
    fixture_run(&house->work, "UPDATE revision SET number = number + 1", NULL, NULL);
    CHECK_INT(directory_refresh(house->directory, house->kept.store, &house->kept.failure), 1);
}

static void add_contacts(const Desk *desk)
{
    const User users[] = {
        { .kunlun_id = "1", .name = "张伟", .email = "A@b.c", .mobile = "13011111111" },
        { .kunlun_id = "8", .name = "x", .mobile = "+12025550101", .status = USER_RESIGNED },
    };

    for (size_t i = 0; i < 2; i++)
        CHECK_INT(user_import(&desk->house.work, &users[i]), 0);
}

TEST(a_user_is_told_in_the_pages_types)
{
    DESK(desk);

    add_contacts(&desk);
    set_scopes(&desk, "contact:contact.base:readonly contact:user.email:readonly "
                      "contact:user.phone:readonly");
    desk_ask(&desk, "GET", USERS "ou_1", NULL);
    CHECK_TEXT(desk.body,
               "{\"code\":0,\"msg\":\"success\",\"data\":{\"user\":{\"union_id\":\"on_1\","
               "\"user_id\":\"u1\",\"open_id\":\"ou_1\",\"name\":\"张伟\",\"en_name\":\"\","
               "\"email\":\"a@b.c\",\"mobile\":\"13011111111\"," STATUS("false", "true") "}}}");
    desk_ask(&desk, "GET", USERS "on_1?user_id_type=union_id&department_id_type=x", NULL);
    CHECK(strstr(desk.body, "\"open_id\":\"ou_1\""));
    desk_ask(&desk, "GET", USERS "u8?user_id_type=user_id", NULL);
    CHECK(strstr(desk.body, STATUS("true", "false")));
    desk_ask(&desk, "GET", USERS "u1", NULL);
    CHECK_INT(desk.status, 400);
    CHECK_INT(desk.code, 41012);
    desk_ask(&desk, "GET", USERS "ou_1?user_id_type=email", NULL);
    CHECK_INT(desk.status, 400);
    CHECK_INT(desk.code, 40001);
}

TEST(addresses_and_numbers_take_scopes_of_their_own)
{
    DESK(desk);

    add_contacts(&desk);
    set_scopes(&desk, "contact:contact:readonly_as_app");
    desk_ask(&desk, "GET", USERS "ou_1", NULL);
    CHECK_INT(desk.code, 0);
    CHECK(!strstr(desk.body, "email") && !strstr(desk.body, "mobile"));
    set_scopes(&desk, "contact:contact:readonly contact:user.phone:readonly");
    desk_ask(&desk, "GET", USERS "ou_1", NULL);
    CHECK(!strstr(desk.body, "email") && strstr(desk.body, "\"mobile\":\"13011111111\""));
    desk_ask(&desk, "POST", USERS "batch_get_id", "{}");
    CHECK_INT(desk.code, 99991672);
}

TEST(ids_come_for_each_that_was_asked_for)
{
    DESK(desk);

    add_contacts(&desk);
    set_scopes(&desk, "contact:user.id:readonly");
    desk_ask(&desk, "POST", USERS "batch_get_id",
             "{\"emails\":[\"a@B.c\",\"no@b.c\",\"\"],\"mobiles\":[\"+86 13011111111\","
             "\"+12025550101\",\"x\"]}");
    CHECK_TEXT(
        desk.body,
        "{\"code\":0,\"msg\":\"success\",\"data\":{\"user_list\":["
        "{\"user_id\":\"ou_1\",\"email\":\"a@B.c\"," STATUS(
            "false", "true") "},"
                             "{\"email\":\"no@b.c\"},{\"email\":\"\"},"
                             "{\"user_id\":\"ou_1\",\"mobile\":\"+86 13011111111\"," STATUS(
                                 "false",
                                 "true") "},"
                                         "{\"mobile\":\"+12025550101\"},{\"mobile\":\"x\"}]}}");
    desk_ask(&desk, "POST", USERS "batch_get_id?user_id_type=user_id",
             "{\"mobiles\":[\"+12025550101\"],\"include_resigned\":true}");
    CHECK_TEXT(desk.body,
               "{\"code\":0,\"msg\":\"success\",\"data\":{\"user_list\":["
               "{\"user_id\":\"u8\",\"mobile\":\"+12025550101\"," STATUS("true", "false") "}]}}");
    desk_ask(&desk, "POST", USERS "batch_get_id", "{}");
    CHECK_TEXT(desk.body, "{\"code\":0,\"msg\":\"success\",\"data\":{\"user_list\":[]}}");
}

TEST(so_many_are_asked_for_at_once)
{
    DESK(desk);
    Buffer list;

    set_scopes(&desk, "contact:user.id:readonly");
    buffer_init(&list, desk.house.kept.arena, 1024);
    for (int i = 0; i < CONTACTS_ASKED_MOST; i++)
        buffer_print(&list, "%s\"%d@b\"", i > 0 ? "," : "", i);
    desk_ask(&desk, "POST", USERS "batch_get_id",
             arena_print(desk.house.kept.arena, "{\"emails\":[%s],\"mobiles\":[%s]}", list.text,
                         list.text));
    CHECK_INT(desk.code, 0);
    desk_ask(&desk, "POST", USERS "batch_get_id",
             arena_print(desk.house.kept.arena, "{\"mobiles\":[%s,\"1\"]}", list.text));
    CHECK_INT(desk.status, 400);
    CHECK_INT(desk.code, 40001);
    desk_ask(&desk, "POST", USERS "batch_get_id", "{\"emails\":\"a@b\"}");
    CHECK_INT(desk.code, 40001);
    desk_ask(&desk, "POST", USERS "batch_get_id?user_id_type=x", "{}");
    CHECK_INT(desk.code, 40001);
}

CHECK_MAIN
