/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "domain/my_task.h"
#include "fault_check.h"

/* The same work, done by a person on the page. */
static Work as(const Work *work, const User *user)
{
    Work own = *work;

    own.app = NULL;
    own.user = user;
    return own;
}

static int view(const Work *work, const char *kunlun_id, TaskView *ret_view)
{
    const User user = { .kunlun_id = kunlun_id };
    Work own = as(work, &user);

    failure_clear(work->failure);
    return my_task_view(&own, "t1", ret_view);
}

TEST(who_takes_part_sees_people_and_chats)
{
    FIXTURE(house);
    static const char *const inside[] = { "1", "2", "3", "4" };
    const char *older = fixture_chat(&house.work, "1", "5");
    const char *newer = fixture_chat(&house.work, "2", "3");
    TaskView found;

    for (size_t i = 0; i < COUNT_OF(inside); i++) {
        CHECK_INT(view(&house.work, inside[i], &found), 0);
        CHECK_TEXT(found.task.task_id, "t1");
        CHECK_INT(found.task.label_count, 2);
        CHECK_TEXT(found.initiator.kunlun_id, "1");
        CHECK_INT(found.assignee_count, 2);
        CHECK_TEXT(found.assignees[1].kunlun_id, "3");
        CHECK_INT(found.cc_count, 1);
        CHECK_INT(found.chat_count, 2);
        CHECK_TEXT(id_print(found.chats[0].chat.id, "oc_", house.kept.arena), newer);
        CHECK_TEXT(id_print(found.chats[1].chat.id, "oc_", house.kept.arena), older);
        CHECK(found.chats[0].is_member == (i == 1 || i == 2));
        CHECK(found.chats[1].is_member == (i == 0));
    }
}

TEST(who_is_in_a_chat_of_it_sees_it_too)
{
    FIXTURE(house);
    TaskView found;

    CHECK_INT(view(&house.work, "5", &found), E_NOT_FOUND);
    fixture_chat(&house.work, "1", "5");
    CHECK_INT(view(&house.work, "5", &found), 0);
    CHECK_INT(view(&house.work, "6", &found), E_NOT_FOUND);
    CHECK_TEXT(house.work.failure->field, "task_id");
    CHECK_INT(view(&house.stranger, "5", &found), E_NOT_FOUND);
}

TEST(a_chat_that_was_linked_later_is_one_of_its_chats)
{
    FIXTURE(house);
    const User one = { .kunlun_id = "1" };
    Work own = as(&house.work, &one);
    GroupDraft draft = { .operator_user_id = "1", .chat_id = fixture_chat(&house.work, "1", "5") };
    const char *chat_id = NULL;
    TaskView found;

    CHECK_INT(group_open(&house.work, "t2", &draft, &chat_id), 0);
    CHECK_INT(my_task_view(&own, "t2", &found), 0);
    CHECK_INT(found.chat_count, 1);
    CHECK(found.chats[0].is_member);
}

/* ---- opening a chat without a bot ---- */

TEST(a_person_opens_a_chat_without_a_bot)
{
    FIXTURE(house);
    const User one = { .kunlun_id = "1" };
    Work own = as(&house.work, &one);
    const char *invitee = "2", *chat_id = NULL, *before = fixture_rows(&house);
    GroupDraft draft = { .operator_user_id = "1", .invite_user_ids = { &invitee, 1, true } };

    CHECK_INT(group_open(&own, "t1", &draft, &chat_id), 0);
    CHECK_TEXT(fixture_changes(&house, before), "chat +1 chat_join +1 event +1");
    CHECK(strstr(fixture_rows(&house), "|t1|1 2||1795000000000\n"));
}

TEST(a_person_brings_others_into_his_own_chats_alone)
{
    FIXTURE(house);
    const User two = { .kunlun_id = "2" }, five = { .kunlun_id = "5" };
    Work inside = as(&house.work, &two), outside = as(&house.work, &five);
    const char *invitee = "3", *chat_id = NULL;
    GroupDraft draft = { .operator_user_id = "5",
                         .invite_user_ids = { &invitee, 1, true },
                         .chat_id = fixture_chat(&house.work, "1", "2") };

    CHECK_INT(group_open(&outside, "t1", &draft, &chat_id), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "chat_id");
    failure_clear(house.work.failure);
    draft.operator_user_id = "2";
    CHECK_INT(group_open(&inside, "t1", &draft, &chat_id), 0);
    CHECK_TEXT(chat_id, draft.chat_id);
}

static int view_it(const Work *work, void *state)
{
    TaskView found;

    (void)state;
    return my_task_view(work, "t1", &found);
}

TEST(a_view_whose_call_fails_fails)
{
    FAULTY_FIXTURE(house);
    const User one = { .kunlun_id = "1" };
    Work own = as(&house.work, &one);

    fixture_chat(&house.work, "1", "5");
    CHECK_EACH_CALL(&house, &own, view_it, NULL);
}

CHECK_MAIN
