/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/text.h"

#include "domain/chat_change.h"
#include "domain/chat_list.h"
#include "domain/direct_chat.h"
#include "domain/membership.h"
#include "domain/talk.h"
#include "domain/user.h"
#include "fault_check.h"

static User user_of(const Work *work, const char *open_id)
{
    User user = { 0 };

    if (user_get(work, ID_OPEN, open_id, &user) < 0)
        abort();
    return user;
}

static Chat open_with(const Work *work, const char *open_id)
{
    User user = user_of(work, open_id);
    Chat chat = { 0 };

    if (direct_chat_open(work, &user, &chat) < 0)
        abort();
    return chat;
}

static const char *id_of(const Work *work, const Chat *chat)
{
    return id_print(chat->id, CHAT_ID_PREFIX, work->arena);
}

static Work as(const Fixture *house, const User *user)
{
    Work own = house->work;

    own.app = NULL;
    own.user = user;
    return own;
}

TEST(a_new_one_is_exactly_these_rows)
{
    FIXTURE(house);
    const char *before = fixture_rows(&house), *rows;
    Chat chat = open_with(&house.work, "ou_2");

    CHECK_TEXT(fixture_changes(&house, before), "chat +1 chat_join +1 direct_chat +1 event +1");
    rows = fixture_rows(&house);
    CHECK(strstr(rows, "|||" FIXTURE_APP "|normal|2||1|" FIXTURE_APP "|"));
    CHECK(strstr(rows, arena_print(house.kept.arena, "direct_chat|1|" FIXTURE_APP "|2|%lld\n",
                                   (long long)chat.id.number)));
    CHECK(strstr(rows, "||2||1795000000000\n")); /* the join: no task, the user, no bot */
    CHECK(strstr(rows, "|p2p_chat_create|" FIXTURE_APP "||"));
    CHECK(strstr(rows, "{\"name\":\"\",\"users\":[\"2\"]}"));
    CHECK(chat.is_direct);
    CHECK_INT(chat.user_count, 1);
}

TEST(there_is_one_for_each_app_and_user)
{
    FIXTURE(house);
    Chat chat = open_with(&house.work, "ou_2");
    const char *before = fixture_rows(&house);

    CHECK_INT(open_with(&house.work, "ou_2").id.number, chat.id.number);
    CHECK_INT(open_with(&house.work, "ou_2").id.tail, chat.id.tail);
    CHECK_TEXT(fixture_changes(&house, before), "");
    CHECK(open_with(&house.work, "ou_3").id.number != chat.id.number);
    CHECK(open_with(&house.second, "ou_2").id.number != chat.id.number);
    CHECK(open_with(&house.stranger, "ou_2").id.number != chat.id.number);
    CHECK_INT(open_with(&house.work, "ou_2").id.number, chat.id.number);
}

TEST(who_has_resigned_gets_none)
{
    FIXTURE(house);
    const char *before = fixture_rows(&house);
    User user = user_of(&house.work, "ou_8");
    Chat chat = { 0 };

    CHECK_INT(direct_chat_open(&house.work, &user, &chat), E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "receive_id");
    CHECK_TEXT(fixture_changes(&house, before), "");
}

TEST(whether_it_can_be_written_in)
{
    FIXTURE(house);
    Chat direct = open_with(&house.work, "ou_1"), group = { .id = direct.id };

    CHECK_INT(direct_chat_check(&house.work, &direct), 0);
    fixture_run(&house.work, "UPDATE kunlun_user SET status = 'resigned' WHERE kunlun_id = '1'",
                NULL, NULL);
    CHECK_INT(direct_chat_check(&house.work, &group), 0);
    CHECK_INT(direct_chat_check(&house.work, &direct), E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "receive_id");
}

/* ---- what can't be done with it ---- */

TEST(a_bot_doesn_t_change_it)
{
    FIXTURE(house);
    const char *ids[] = { "ou_2" };
    const MemberNames names = { false, ID_OPEN, { ids, 1, true } };
    const ChatRights rights = { 0 };
    const ChatChange change = { .name = "x" };
    Chat chat = open_with(&house.work, "ou_1");
    const char *before = fixture_rows(&house);
    MemberMisses misses = { 0 };
    int results[] = {
        chat_change(&house.work, &chat, &rights, &change),
        chat_dissolve(&house.work, &chat),
        members_add(&house.work, &chat, &rights, &names, SUCCEED_FOR_SOME, &misses),
        members_remove(&house.work, &chat, &rights, &names, "", &misses),
        member_join(&house.work, &chat, &rights),
    };

    for (size_t i = 0; i < COUNT_OF(results); i++)
        CHECK_INT(results[i], E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "chat_mode");
    CHECK_TEXT(fixture_changes(&house, before), "");
}

TEST(its_user_doesn_t_change_it)
{
    FIXTURE(house);
    static const char *const ids[] = { "2" };
    User one = user_of(&house.work, "ou_1");
    Work own = as(&house, &one);
    Chat chat = open_with(&house.work, "ou_1");
    const char *chat_id = id_of(&house.work, &chat), *before = fixture_rows(&house);
    int results[] = {
        talk_rename(&own, chat_id, "x"),
        talk_add(&own, chat_id, ids, 1),
        talk_leave(&own, chat_id),
    };

    for (size_t i = 0; i < COUNT_OF(results); i++)
        CHECK_INT(results[i], E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "chat_mode");
    CHECK_TEXT(fixture_changes(&house, before), "");
}

TEST(a_task_doesn_t_bring_people_into_it)
{
    FIXTURE(house);
    Chat chat = open_with(&house.work, "ou_1");
    const GroupDraft draft = { .operator_user_id = "1", .chat_id = id_of(&house.work, &chat) };
    const char *before = fixture_rows(&house), *chat_id = NULL;

    CHECK_INT(group_open(&house.work, "t1", &draft, &chat_id), E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "chat_id");
    CHECK_TEXT(fixture_changes(&house, before), "");
}

/* ---- who sees it ---- */

TEST(its_user_has_it_among_the_chats_and_talks_in_it)
{
    FIXTURE(house);
    User one = user_of(&house.work, "ou_1"), two = user_of(&house.work, "ou_2");
    Work own = as(&house, &one), other = as(&house, &two);
    Chat chat = open_with(&house.work, "ou_1");
    const char *chat_id = id_of(&house.work, &chat);
    TalkChat *chats = NULL;
    TalkMessage said;
    size_t count = 0;
    int64_t next = 0;

    CHECK_INT(talk_chats(&own, INT64_MAX, &chats, &count, &next), 0);
    CHECK_INT(count, 1);
    CHECK(count == 1 && chats[0].chat.is_direct);
    CHECK_INT(talk_say(&own, chat_id, "hello", NULL, &said), 0);
    CHECK_INT(talk_chats(&other, INT64_MAX, &chats, &count, &next), 0);
    CHECK_INT(count, 0);
    CHECK_INT(talk_say(&other, chat_id, "hello", NULL, &said), E_NOT_FOUND);
}

TEST(its_bot_does_not_list_it)
{
    FIXTURE(house);
    ChatPageQuery query = { .last = -1, .limit = 10 };
    ChatPage page;

    open_with(&house.work, "ou_1");
    for (int order = CHATS_BY_CREATION; order <= CHATS_BY_ACTIVITY; order++) {
        query.order = (ChatOrder)order;
        CHECK_INT(chat_page(&house.work, &query, &page), 0);
        CHECK_INT(page.count, 0);
    }
}

/* ---- all or nothing ---- */

static int open_one(const Work *work, void *state)
{
    User user = { 0 };
    Chat chat = { 0 };
    int r = user_get(work, ID_OPEN, state, &user);

    if (r >= 0)
        r = direct_chat_open(work, &user, &chat);
    return r < 0 ? r : direct_chat_check(work, &chat);
}

TEST(it_is_made_whole_or_not_at_all)
{
    FAULTY_FIXTURE(house);
    char *open_id = arena_text(house.kept.arena, "ou_1");

    CHECK_EACH_CALL(&house, &house.work, open_one, open_id);
}

CHECK_MAIN
