/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/buffer.h"
#include "base/text.h"

#include "domain/chat_change.h"
#include "domain/membership.h"
#include "fault_check.h"
#include "model/limits.h"

enum { NAMES_MOST = 4 };

static const ChatRights nobodys = { 0 };

/* A call's names: users by their open_id, or bots. */
typedef struct Named {
    MemberNames names;
    const char *ids[NAMES_MOST];
} Named;

static Named name(bool are_bots, const char *a, const char *b, const char *c)
{
    Named named = { .names = { .are_bots = are_bots }, .ids = { a, b, c } };

    while (named.names.id_list.count < NAMES_MOST && named.ids[named.names.id_list.count])
        named.names.id_list.count++;
    named.names.id_list.is_present = true;
    return named;
}

#define USERS(...) name(false, __VA_ARGS__)
#define BOTS(...)  name(true, __VA_ARGS__)

/* A chat of our first app's bot, with user 1 in it. */
static const char *make(const Work *work)
{
    const char *users[] = { "ou_1" };
    ChatDraft draft = { .name = "Chat", .settings = "", .user_id_list = { users, 1, true } };
    ChatView view = { 0 };

    if (chat_create(work, &draft, &view) < 0)
        abort();
    return id_print(view.chat.id, CHAT_ID_PREFIX, work->arena);
}

static Chat chat_of(const Work *work, const char *chat_id)
{
    ChatView view = { 0 };

    failure_clear(work->failure);
    chat_view(work, chat_id, &view);
    return view.chat;
}

static int add(const Work *work, const char *chat_id, Named named, SucceedType type,
               MemberMisses *ret_misses)
{
    Chat chat = chat_of(work, chat_id);

    named.names.id_list.items = named.ids;
    return members_add(work, &chat, &nobodys, &named.names, type, ret_misses);
}

static int take(const Work *work, const char *chat_id, Named named, MemberMisses *ret_misses)
{
    Chat chat = chat_of(work, chat_id);

    named.names.id_list.items = named.ids;
    return members_remove(work, &chat, &nobodys, &named.names, chat.settings, ret_misses);
}

/* Its users in the order of their coming, and its bots. */
static const char *members(const Work *work, const char *chat_id)
{
    Chat chat = chat_of(work, chat_id);
    Member *found = NULL;
    size_t count = 0;
    Buffer ids;

    buffer_init(&ids, work->arena, 64);
    chat_join_list(work->store, work->tenant->tenant_id, chat.id.number, BEFORE_ALL_MEMBERS, 100,
                   work->arena, &found, &count, work->failure);
    for (size_t i = 0; i < count; i++)
        buffer_print(&ids, "%s ", found[i].kunlun_id);
    if (chat.user_count != (int64_t)count)
        return "another count";
    buffer_print(&ids, "%s", chat.bot_ids);
    return ids.text;
}

static const char *list(const Work *work, const TextArray *ids)
{
    Buffer text;

    buffer_init(&text, work->arena, 64);
    for (size_t i = 0; i < ids->count; i++)
        buffer_print(&text, "%s%s", i > 0 ? " " : "", ids->items[i]);
    return text.text;
}

/* ---- who comes ---- */

TEST(users_come_by_any_of_their_ids)
{
    FIXTURE(house);
    const char *chat_id = make(&house.work), *before = fixture_rows(&house);
    MemberMisses misses = { 0 };
    Named named = USERS("on_4", "on_3", NULL);

    CHECK_INT(add(&house.work, chat_id, USERS("ou_2", NULL, NULL), 0, &misses), 0);
    named.names.id_type = ID_UNION;
    CHECK_INT(add(&house.work, chat_id, named, 0, &misses), 0);
    named = USERS("u5", NULL, NULL);
    named.names.id_type = ID_USER;
    CHECK_INT(add(&house.work, chat_id, named, 0, &misses), 0);
    CHECK_TEXT(members(&house.work, chat_id), "1 2 4 3 5 " FIXTURE_APP);
    CHECK_TEXT(fixture_changes(&house, before), "chat +1 -1 chat_join +3 event +3");
    CHECK(strstr(fixture_rows(&house), "|{\"name\":\"Chat\",\"users\":[\"4\",\"3\"]}|"));
}

TEST(bots_come_that_may_act_in_the_tenant)
{
    FIXTURE(house);
    const char *chat_id = make(&house.work);
    MemberMisses misses = { 0 };

    CHECK_INT(
        add(&house.work, chat_id, BOTS(FIXTURE_SECOND_APP, FIXTURE_STORE_APP, NULL), 0, &misses),
        0);
    CHECK_TEXT(members(&house.work, chat_id),
               "1 " FIXTURE_APP " " FIXTURE_SECOND_APP " " FIXTURE_STORE_APP);
    CHECK_INT(add(&house.work, chat_id, BOTS(FIXTURE_FOREIGN_APP, NULL, NULL), 0, &misses),
              E_NOT_FOUND);
    CHECK_TEXT(house.work.failure->field, "app_id");
    CHECK_TEXT(list(&house.work, &misses.not_existed_id_list), FIXTURE_FOREIGN_APP);
}

/* Decision 20. */
TEST(who_is_inside_stays_silently)
{
    FIXTURE(house);
    const char *chat_id = make(&house.work), *before = fixture_rows(&house);
    MemberMisses misses = { 0 };

    CHECK_INT(add(&house.work, chat_id, USERS("ou_1", NULL, NULL), SUCCEED_FOR_ALL, &misses), 0);
    CHECK_INT(add(&house.work, chat_id, BOTS(FIXTURE_APP, NULL, NULL), 0, &misses), 0);
    CHECK_TEXT(fixture_changes(&house, before), "");
    CHECK_INT(add(&house.work, chat_id, USERS("ou_1", "ou_2", "ou_2"), 0, &misses), 0);
    CHECK_TEXT(members(&house.work, chat_id), "1 2 " FIXTURE_APP);
}

/* Contract 5.3. */
TEST(succeed_type_says_what_a_bad_id_does)
{
    FIXTURE(house);
    static const struct {
        SucceedType type;
        const char *ids[3];
        int code;
        const char *field, *resigned, *unknown;
    } rows[] = {
        { SUCCEED_IF_ALL_EXIST, { "ou_8", "ou_2" }, 0, "", "ou_8", "" },
        { SUCCEED_IF_ALL_EXIST, { "ou_8", "ou_3", "x" }, E_NOT_FOUND, "open_id", "ou_8", "x" },
        { SUCCEED_IF_ALL_EXIST, { "ou_8" }, E_NOT_FOUND, "id_list", "ou_8", "" },
        { SUCCEED_IF_ALL_EXIST, { NULL }, E_NOT_FOUND, "id_list", "", "" },
        { SUCCEED_FOR_SOME, { "x", "ou_8", "ou_4" }, 0, "", "ou_8", "x" },
        { SUCCEED_FOR_SOME, { "x", "ou_8", "x" }, 0, "", "ou_8", "x" },
        { SUCCEED_FOR_SOME, { NULL }, E_NOT_FOUND, "id_list", "", "" },
        { SUCCEED_FOR_ALL, { "ou_5", "ou_8", "x" }, E_CONFLICT, "id_list", "ou_8", "x" },
        { SUCCEED_FOR_ALL, { "ou_5", "ou_8" }, E_CONFLICT, "id_list", "ou_8", "" },
        { SUCCEED_FOR_ALL, { "ou_5" }, 0, "", "", "" },
        { SUCCEED_FOR_ALL, { NULL }, E_NOT_FOUND, "id_list", "", "" },
    };
    const char *chat_id = make(&house.work);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        MemberMisses misses = { 0 };

        CHECK_INT(add(&house.work, chat_id, USERS(rows[i].ids[0], rows[i].ids[1], rows[i].ids[2]),
                      rows[i].type, &misses),
                  rows[i].code);
        CHECK_TEXT(house.work.failure->field, rows[i].field);
        CHECK_TEXT(list(&house.work, &misses.invalid_id_list), rows[i].resigned);
        CHECK_TEXT(list(&house.work, &misses.not_existed_id_list), rows[i].unknown);
    }
    CHECK_TEXT(members(&house.work, chat_id), "1 2 4 5 " FIXTURE_APP);
}

TEST(only_the_owner_adds_when_the_chat_says_so)
{
    FIXTURE(house);
    const ChatRights owners = { .only_owner_adds = true };
    const char *chat_id = make(&house.work);
    MemberMisses misses = { 0 };
    Named named = USERS("ou_2", NULL, NULL);
    Chat chat = chat_of(&house.work, chat_id);

    named.names.id_list.items = named.ids;
    CHECK_INT(members_add(&house.second, &chat, &owners, &named.names, 0, &misses), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "add_member_permission");
    failure_clear(house.work.failure);
    CHECK_INT(members_add(&house.work, &chat, &owners, &named.names, 0, &misses), 0);
}

TEST(a_chat_has_room_for_so_many)
{
    FIXTURE(house);
    const char *chat_id = make(&house.work), *number = fixture_number(&house.work, chat_id);
    MemberMisses misses = { 0 };

    fixture_run(&house.work, "UPDATE chat SET user_count = 4999 WHERE chat_number = $1", number,
                NULL);
    CHECK_INT(add(&house.work, chat_id, USERS("ou_2", "ou_3", NULL), 0, &misses), E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "user_count");
    CHECK_INT(add(&house.work, chat_id, USERS("ou_2", "ou_1", NULL), 0, &misses), 0);
    CHECK_INT(add(&house.work, chat_id, USERS("ou_2", NULL, NULL), 0, &misses), 0);
    CHECK_INT(chat_of(&house.work, chat_id).user_count, CHAT_MEMBERS_MOST);
    fixture_run(&house.work,
                "UPDATE chat SET bot_ids = bot_ids || ' b c d e f g h i j k l m n' "
                "WHERE chat_number = $1",
                number, NULL);
    CHECK_INT(
        add(&house.work, chat_id, BOTS(FIXTURE_SECOND_APP, FIXTURE_STORE_APP, NULL), 0, &misses),
        E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "bot_count");
    CHECK_INT(add(&house.work, chat_id, BOTS(FIXTURE_SECOND_APP, NULL, NULL), 0, &misses), 0);
}

TEST(a_bot_joins_a_public_chat_by_itself)
{
    FIXTURE(house);
    const ChatRights approved = { .needs_approval = true };
    const char *chat_id = make(&house.work), *before;
    Chat chat = chat_of(&house.work, chat_id);

    CHECK_INT(member_join(&house.work, &chat, &approved), 0); /* it is inside */
    CHECK_INT(member_join(&house.second, &chat, &nobodys), E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "chat_type");
    chat.is_public = true;
    failure_clear(house.work.failure);
    CHECK_INT(member_join(&house.second, &chat, &approved), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "membership_approval");
    failure_clear(house.work.failure);
    before = fixture_rows(&house);
    CHECK_INT(member_join(&house.second, &chat, &nobodys), 0);
    CHECK_TEXT(members(&house.work, chat_id), "1 " FIXTURE_APP " " FIXTURE_SECOND_APP);
    CHECK_TEXT(fixture_changes(&house, before), "chat +1 -1 chat_join +1 event +1");
}

/* ---- who leaves ---- */

TEST(members_are_taken_out)
{
    FIXTURE(house);
    const char *chat_id = make(&house.work), *before;
    MemberMisses misses = { 0 };

    add(&house.work, chat_id, USERS("ou_2", "ou_3", NULL), 0, &misses);
    add(&house.work, chat_id, BOTS(FIXTURE_SECOND_APP, NULL, NULL), 0, &misses);
    before = fixture_rows(&house);
    CHECK_INT(take(&house.work, chat_id, USERS("ou_2", "ou_99", "ou_4"), &misses), 0);
    CHECK_TEXT(list(&house.work, &misses.invalid_id_list), "ou_99 ou_4");
    CHECK_TEXT(members(&house.work, chat_id), "1 3 " FIXTURE_APP " " FIXTURE_SECOND_APP);
    CHECK_TEXT(fixture_changes(&house, before),
               "chat +1 -1 chat_join +1 -1 event +1 chat_event +1");
    CHECK(strstr(fixture_rows(&house), "|{\"name\":\"Chat\",\"users\":[\"2\"]}|"));
    CHECK_INT(take(&house.work, chat_id, BOTS(FIXTURE_SECOND_APP, NULL, NULL), &misses), 0);
    CHECK_TEXT(members(&house.work, chat_id), "1 3 " FIXTURE_APP);
    CHECK(strstr(fixture_rows(&house), "|im.chat.member.bot.deleted_v1|" FIXTURE_APP "||"));
    CHECK(strstr(fixture_rows(&house),
                 "|{\"name\":\"Chat\",\"bots\":[\"" FIXTURE_SECOND_APP "\"]}|"));
}

TEST(nobody_of_the_list_inside_is_a_refusal)
{
    FIXTURE(house);
    const char *chat_id = make(&house.work);
    MemberMisses misses = { 0 };

    CHECK_INT(take(&house.work, chat_id, USERS("ou_2", "ou_99", NULL), &misses), E_NOT_FOUND);
    CHECK_TEXT(house.work.failure->field, "id_list");
    CHECK_INT(take(&house.work, chat_id, USERS(NULL, NULL, NULL), &misses), E_NOT_FOUND);
}

TEST(a_bot_that_is_only_inside_takes_out_itself_alone)
{
    FIXTURE(house);
    const char *chat_id = make(&house.work);
    MemberMisses misses = { 0 };

    add(&house.work, chat_id, BOTS(FIXTURE_SECOND_APP, FIXTURE_STORE_APP, NULL), 0, &misses);
    CHECK_INT(take(&house.second, chat_id, USERS("ou_1", NULL, NULL), &misses), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "");
    CHECK_INT(
        take(&house.second, chat_id, BOTS(FIXTURE_SECOND_APP, FIXTURE_STORE_APP, NULL), &misses),
        E_DENIED);
    CHECK_INT(take(&house.second, chat_id, BOTS(FIXTURE_SECOND_APP, NULL, NULL), &misses), 0);
    CHECK_TEXT(members(&house.work, chat_id), "1 " FIXTURE_APP " " FIXTURE_STORE_APP);
}

TEST(a_bot_that_leaves_its_chat_hands_it_over)
{
    FIXTURE(house);
    const char *chat_id = make(&house.work), *before;
    MemberMisses misses = { 0 };

    add(&house.work, chat_id, USERS("ou_4", "ou_3", NULL), 0, &misses);
    take(&house.work, chat_id, USERS("ou_1", NULL, NULL), &misses);
    fixture_run(&house.work,
                "UPDATE kunlun_user SET status = 'resigned' WHERE tenant_id = 1 AND kunlun_id = $1",
                "4", NULL);
    before = fixture_rows(&house);
    CHECK_INT(take(&house.work, chat_id, BOTS(FIXTURE_APP, NULL, NULL), &misses), 0);
    CHECK_TEXT(fixture_changes(&house, before), "chat +1 -1 chat_join -1 event +2 chat_event +3");
    CHECK_TEXT(chat_of(&house.work, chat_id).owner_id, "3");
    CHECK_TEXT(members(&house.work, chat_id), "4 3 ");
}

TEST(without_a_user_the_bot_stays)
{
    FIXTURE(house);
    const char *chat_id = make(&house.work), *before;
    MemberMisses misses = { 0 };

    take(&house.work, chat_id, USERS("ou_1", NULL, NULL), &misses);
    before = fixture_rows(&house);
    CHECK_INT(take(&house.work, chat_id, BOTS(FIXTURE_APP, NULL, NULL), &misses), E_NOT_FOUND);
    CHECK_TEXT(house.work.failure->field, "owner_id");
    CHECK_TEXT(fixture_changes(&house, before), "");
}

TEST(the_user_who_owns_a_chat_stays)
{
    FIXTURE(house);
    const char *managers[] = { FIXTURE_APP }, *before;
    const ChatRights ours = { .bot_managers = { managers, 1, true } };
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    Named named = USERS("ou_2", "ou_1", NULL);
    MemberMisses misses = { 0 };
    Chat chat = chat_of(&house.work, chat_id);

    before = fixture_rows(&house);
    named.names.id_list.items = named.ids;
    CHECK_INT(members_remove(&house.work, &chat, &ours, &named.names, "", &misses), E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "owner_id");
    CHECK_TEXT(fixture_changes(&house, before), "");
}

TEST(settings_change_with_who_leaves)
{
    FIXTURE(house);
    const char *chat_id = make(&house.work);
    Named named = USERS("ou_1", NULL, NULL);
    MemberMisses misses = { 0 };
    Chat chat = chat_of(&house.work, chat_id);

    named.names.id_list.items = named.ids;
    CHECK_INT(members_remove(&house.work, &chat, &nobodys, &named.names, "{}", &misses), 0);
    CHECK_TEXT(chat_of(&house.work, chat_id).settings, "{}");
}

/* ---- when the database fails ---- */

static int come_and_go(const Work *work, void *state)
{
    const ChatRights rights = { 0 };
    const char *chat_id = state;
    MemberMisses misses = { 0 };
    Named users = USERS("ou_2", "ou_3", NULL), bot = BOTS(FIXTURE_SECOND_APP, NULL, NULL);
    ChatView view = { 0 };
    int r = chat_view(work, chat_id, &view);

    users.names.id_list.items = users.ids;
    bot.names.id_list.items = bot.ids;
    if (r >= 0)
        r = members_add(work, &view.chat, &rights, &users.names, 0, &misses);
    if (r >= 0)
        r = chat_view(work, chat_id, &view);
    if (r >= 0)
        r = members_remove(work, &view.chat, &rights, &users.names, "", &misses);
    if (r >= 0)
        r = members_add(work, &view.chat, &rights, &bot.names, 0, &misses);
    if (r >= 0)
        r = chat_view(work, chat_id, &view);
    return r < 0 ? r : members_remove(work, &view.chat, &rights, &bot.names, "", &misses);
}

TEST(members_come_and_go_whole_or_not_at_all)
{
    FAULTY_FIXTURE(house);
    char *chat_id = arena_text(house.kept.arena, make(&house.work));

    CHECK_EACH_CALL(&house, &house.work, come_and_go, chat_id);
}

CHECK_MAIN
