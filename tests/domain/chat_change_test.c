/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/buffer.h"
#include "base/text.h"

#include "domain/chat_change.h"
#include "fault_check.h"

static const ChatRights nobodys = { 0 };

static Chat make(const Work *work, const char *owner_id, const char *user_id)
{
    ChatDraft draft = { .name = "Chat",
                        .settings = "",
                        .owner_id = owner_id,
                        .user_id_list = { &user_id, user_id ? 1 : 0, true } };
    ChatView view = { 0 };

    failure_clear(work->failure);
    if (chat_create(work, &draft, &view) < 0)
        abort();
    return view.chat;
}

static Chat again(const Work *work, const Chat *chat)
{
    ChatView view = { 0 };

    chat_view(work, id_print(chat->id, CHAT_ID_PREFIX, work->arena), &view);
    return view.chat;
}

/* The app may act as owner of what it made, from now on. */
static void grant(Fixture *house, const char *app_id)
{
    fixture_run(&house->work,
                "UPDATE app SET scopes = '" SCOPE_OPERATE_AS_OWNER "' WHERE app_id = $1", app_id,
                NULL);
    fixture_run(&house->work, "UPDATE revision SET number = number + 1", NULL, NULL);
    directory_refresh(house->directory, house->kept.store, &house->kept.failure);
    house->work.app = directory_app(house->directory, FIXTURE_APP);
    house->second.app = directory_app(house->directory, FIXTURE_SECOND_APP);
    house->work.tenant = directory_tenant(house->directory, FIXTURE_TENANT_KEY);
    house->second.tenant = house->work.tenant;
}

/* ---- a new chat ---- */

TEST(a_new_chat_is_exactly_these_rows)
{
    FIXTURE(house);
    const char *users[] = { "ou_2", "ou_1", "ou_2" }, *bots[] = { FIXTURE_SECOND_APP, FIXTURE_APP };
    ChatDraft draft = { .name = "采购",
                        .is_public = true,
                        .settings = "{}",
                        .owner_id = "ou_1",
                        .user_id_list = { users, 3, true },
                        .bot_id_list = { bots, 2, true } };
    const char *before = fixture_rows(&house), *rows, *chat_row, *join_row;
    ChatView view = { 0 };

    CHECK_INT(chat_create(&house.work, &draft, &view), 0);
    CHECK_TEXT(fixture_changes(&house, before), "chat +1 chat_join +1 event +2");
    CHECK_TEXT(view.owner.open_id, "ou_1");
    CHECK(view.is_inside);
    rows = fixture_rows(&house);
    chat_row = arena_print(house.kept.arena,
                           "|%lld|采购|1|" FIXTURE_APP "|normal|1|{}|2|" FIXTURE_APP
                           " " FIXTURE_SECOND_APP "|1795000000000|0|0|\n",
                           (long long)view.chat.id.tail);
    join_row = arena_print(house.kept.arena,
                           "chat_join|1|%lld|%lld||1 2|" FIXTURE_APP " " FIXTURE_SECOND_APP
                           "|1795000000000\n",
                           (long long)view.chat.id.number, (long long)house.ids.last_number);
    CHECK(strstr(rows, chat_row));
    CHECK(strstr(rows, join_row));
    CHECK(strstr(rows, "|im.chat.member.bot.added_v1|" FIXTURE_APP "||"));
    CHECK(strstr(rows, "|{\"name\":\"采购\",\"bots\":[\"" FIXTURE_APP "\",\"" FIXTURE_SECOND_APP
                       "\"]}|1795000000000|LOG1\n"));
    CHECK(strstr(rows, "|{\"name\":\"采购\",\"users\":[\"1\",\"2\"]}|1795000000000|LOG1\n"));
}

TEST(without_an_owner_the_bot_is)
{
    FIXTURE(house);
    ChatDraft draft = { .settings = "" };
    const char *before = fixture_rows(&house);
    ChatView view = { 0 };

    CHECK_INT(chat_create(&house.work, &draft, &view), 0);
    CHECK_TEXT(fixture_changes(&house, before), "chat +1 chat_join +1 event +1");
    CHECK_TEXT(view.chat.name, CHAT_NAME_DEFAULT);
    CHECK_TEXT(view.chat.owner_id, "");
    CHECK_TEXT(view.owner.open_id, NULL);
    CHECK_INT(view.chat.user_count, 0);
    CHECK(strstr(fixture_rows(&house), "|{\"name\":\"(无主题)\"}|"));
}

TEST(whoever_cannot_come_keeps_the_chat_from_being_made)
{
    FIXTURE(house);
    const char *user = "ou_2", *bot = FIXTURE_SECOND_APP, *before = fixture_rows(&house);
    const struct {
        const char *owner_id, *user_id, *bot_id;
        int code;
        const char *field;
    } rows[] = {
        { "ou_99", user, bot, E_NOT_FOUND, "owner_id" },
        { "ou_8", user, bot, E_CONFLICT, "owner_id" },
        { "ou_1", "ou_99", bot, E_NOT_FOUND, "user_id_list" },
        { "ou_1", "ou_8", bot, E_CONFLICT, "user_id_list" },
        { "ou_1", "1", bot, E_NOT_FOUND, "user_id_list" },
        { "ou_1", user, FIXTURE_FOREIGN_APP, E_NOT_FOUND, "bot_id_list" },
        { "ou_1", user, "", E_NOT_FOUND, "bot_id_list" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *users[] = { rows[i].user_id }, *bots[] = { rows[i].bot_id };
        ChatDraft draft = { .settings = "",
                            .owner_id = rows[i].owner_id,
                            .user_id_list = { users, 1, true },
                            .bot_id_list = { bots, 1, true } };
        ChatView view = { 0 };

        failure_clear(house.work.failure);
        CHECK_INT(chat_create(&house.work, &draft, &view), rows[i].code);
        CHECK_TEXT(house.work.failure->field, rows[i].field);
    }
    CHECK_TEXT(fixture_changes(&house, before), "");
}

TEST(a_public_chat_has_a_name_of_two_characters)
{
    FIXTURE(house);
    static const struct {
        const char *name;
        int code;
    } rows[] = { { NULL, E_NOT_FOUND }, { "", E_NOT_FOUND }, { "群", E_CONFLICT }, { "群聊", 0 } };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ChatDraft draft = { .name = rows[i].name, .is_public = true, .settings = "" };
        ChatView view = { 0 };

        failure_clear(house.work.failure);
        CHECK_INT(chat_create(&house.work, &draft, &view), rows[i].code);
    }
}

/* ---- rights ---- */

TEST(a_chat_is_owned_by_its_bot_and_by_who_made_it_with_the_scope)
{
    FIXTURE(house);
    const char *bots[] = { FIXTURE_SECOND_APP };
    const ChatRights seconds = { .bot_managers = { bots, 1, true } };
    Chat bots_own = make(&house.work, NULL, "ou_2"), users_own = make(&house.work, "ou_1", NULL);

    CHECK(chat_is_owned(&house.work, &bots_own));
    CHECK(!chat_is_owned(&house.second, &bots_own));
    CHECK(!chat_is_owned(&house.work, &users_own));
    CHECK(!chat_is_managed(&house.work, &users_own, &seconds));
    CHECK(!chat_is_managed(&house.second, &users_own, &nobodys));
    CHECK(chat_is_managed(&house.second, &users_own, &seconds));
    CHECK(!chat_is_owned(&house.second, &users_own));
    users_own = again(&house.work, &users_own); /* grant() takes the app's texts away */
    grant(&house, FIXTURE_APP);
    grant(&house, FIXTURE_SECOND_APP);
    CHECK(chat_is_owned(&house.work, &users_own));
    CHECK(chat_is_managed(&house.work, &users_own, &nobodys));
    CHECK(!chat_is_owned(&house.second, &users_own));
}

TEST(who_may_change_what)
{
    FIXTURE(house);
    const ChatRights owners = { .only_owner_edits = true };
    const ChatChange name = { .name = "New", .settings_before = "{}", .settings_after = "{}" };
    const ChatChange more = { .name = "Newer",
                              .settings_before = "{}",
                              .settings_after = "{}",
                              .owners_field = "at_all_permission" };
    Chat chat = make(&house.second, NULL, NULL);

    CHECK_INT(chat_change(&house.work, &chat, &owners, &name), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "edit_permission");
    failure_clear(house.work.failure);
    CHECK_INT(chat_change(&house.work, &chat, &nobodys, &more), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "");
    failure_clear(house.work.failure);
    CHECK_INT(chat_change(&house.work, &chat, &nobodys, &name), 0);
    CHECK_INT(chat_change(&house.second, &chat, &owners, &more), 0);
    CHECK_INT(chat_dissolve(&house.work, &chat), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "");
}

/* ---- changes ---- */

TEST(what_changes_is_kept_and_told_of)
{
    FIXTURE(house);
    const bool is_public = true;
    Chat chat = make(&house.work, NULL, "ou_2"), after;
    ChatChange change = { .name = "新名",
                          .is_public = &is_public,
                          .owner_id = "on_2",
                          .id_type = ID_UNION,
                          .settings = "{\"a\":1}",
                          .settings_before = "{\"a\":0}",
                          .settings_after = "{\"a\":1}" };
    const char *before = fixture_rows(&house);

    CHECK_INT(chat_change(&house.work, &chat, &nobodys, &change), 0);
    CHECK_TEXT(fixture_changes(&house, before), "chat +1 -1 event +1 chat_event +1");
    after = again(&house.work, &chat);
    CHECK_TEXT(after.name, "新名");
    CHECK_TEXT(after.owner_id, "2");
    CHECK_TEXT(after.settings, "{\"a\":1}");
    CHECK(after.is_public);
    CHECK_INT(after.user_count, 1);
    CHECK(strstr(fixture_rows(&house), "|im.chat.updated_v1|" FIXTURE_APP "||"));
    CHECK(strstr(fixture_rows(&house),
                 "|{\"name\":\"新名\",\"before\":{\"name\":\"Chat\",\"owner_id\":\"\","
                 "\"chat_type\":\"private\",\"settings\":{\"a\":0}},"
                 "\"after\":{\"name\":\"新名\",\"owner_id\":\"2\",\"chat_type\":\"public\","
                 "\"settings\":{\"a\":1}}}|"));
}

TEST(what_stays_the_same_is_not_told_of)
{
    FIXTURE(house);
    const bool is_public = false;
    Chat chat = make(&house.work, "ou_1", NULL);
    ChatChange nothing = { .settings_before = "{}", .settings_after = "{}" };
    ChatChange same = { .name = "Chat",
                        .is_public = &is_public,
                        .owner_id = "ou_1",
                        .settings = "",
                        .settings_before = "{}",
                        .settings_after = "{}" };
    const char *before = fixture_rows(&house);

    CHECK_INT(chat_change(&house.work, &chat, &nobodys, &nothing), 0);
    CHECK_INT(chat_change(&house.work, &chat, &nobodys, &same), 0);
    CHECK_TEXT(fixture_changes(&house, before), "");
}

TEST(a_public_chat_takes_no_other_public_chats_name)
{
    FIXTURE(house);
    const bool is_public = true;
    const ChatChange renamed = { .name = "Chat", .settings_before = "{}", .settings_after = "{}" };
    const ChatChange opened = { .is_public = &is_public,
                                .settings_before = "{}",
                                .settings_after = "{}" };
    const ChatChange away = {
        .name = "新名", .is_public = &is_public, .settings_before = "{}", .settings_after = "{}"
    };
    Chat first = make(&house.work, "ou_1", NULL), second = make(&house.work, "ou_1", NULL);
    const char *before;

    CHECK_INT(chat_change(&house.work, &first, &nobodys, &opened), 0);
    before = fixture_rows(&house);
    CHECK_INT(chat_change(&house.work, &second, &nobodys, &opened), E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "name");
    CHECK_TEXT(fixture_changes(&house, before), "");
    failure_clear(house.work.failure);
    CHECK_INT(chat_change(&house.work, &second, &nobodys, &away), 0);
    second = again(&house.work, &second);
    CHECK_INT(chat_change(&house.work, &second, &nobodys, &renamed), E_CONFLICT);
    failure_clear(house.work.failure);
    first = again(&house.work, &first);
    CHECK_INT(chat_change(&house.work, &first, &nobodys, &renamed), 0); /* its own */
}

TEST(a_new_owner_is_an_active_user_who_is_inside)
{
    FIXTURE(house);
    Chat chat = make(&house.work, NULL, "ou_2");
    static const struct {
        const char *owner_id;
        int code;
    } rows[] = { { "ou_99", E_NOT_FOUND }, { "ou_8", E_NOT_FOUND }, { "ou_3", E_CONFLICT } };
    const char *before = fixture_rows(&house);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ChatChange change = { .owner_id = rows[i].owner_id };

        failure_clear(house.work.failure);
        CHECK_INT(chat_change(&house.work, &chat, &nobodys, &change), rows[i].code);
        CHECK_TEXT(house.work.failure->field, "owner_id");
    }
    CHECK_TEXT(fixture_changes(&house, before), "");
}

/* ---- the end ---- */

TEST(a_dissolved_chat_keeps_its_members_and_no_message)
{
    FIXTURE(house);
    const char *chat_id, *before;
    ChatView view = { 0 };

    grant(&house, FIXTURE_APP);
    chat_id = fixture_chat(&house.work, "1", "2");
    before = fixture_rows(&house);
    CHECK_INT(chat_view(&house.work, chat_id, &view), 0);
    CHECK_INT(chat_dissolve(&house.work, &view.chat), 0);
    CHECK_TEXT(fixture_changes(&house, before), "chat +1 -1 event +1 chat_event +1");
    CHECK(strstr(before, "\"template\"") && !strstr(fixture_rows(&house), "\"template\""));
    CHECK_INT(chat_view(&house.work, chat_id, &view), 0);
    CHECK_TEXT(view.chat.chat_status, "dissolved");
    CHECK_INT(view.chat.user_count, 2);
    CHECK(view.is_inside);
    CHECK(strstr(fixture_rows(&house), "|im.chat.disbanded_v1|" FIXTURE_APP "||"));
    CHECK_INT(chat_get_alive(&house.work, chat_id, &view.chat), E_CONFLICT);
}

/* ---- when the database fails ---- */

static int live_and_die(const Work *work, void *state)
{
    const char *users[] = { "ou_2" };
    ChatDraft draft = { .name = "x", .settings = "", .user_id_list = { users, 1, true } };
    ChatChange change = { .name = state,
                          .owner_id = "ou_2",
                          .settings = "{}",
                          .settings_before = "{}",
                          .settings_after = "{}" };
    ChatView view = { 0 };
    int r;

    r = chat_create(work, &draft, &view);
    if (r >= 0)
        r = chat_change(work, &view.chat, &nobodys, &change);
    return r < 0 ? r : chat_dissolve(work, &view.chat);
}

TEST(a_chat_is_made_changed_and_dissolved_whole_or_not_at_all)
{
    FAULTY_FIXTURE(house);
    char name[] = "New";

    CHECK_EACH_CALL(&house, &house.work, live_and_die, name);
}

CHECK_MAIN
