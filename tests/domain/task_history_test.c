/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/text.h"

#include "domain/chat_change.h"
#include "domain/talk.h"
#include "domain/task_history.h"
#include "fault_check.h"
#include "model/limits.h"

static const User one = { .kunlun_id = "1" }, two = { .kunlun_id = "2" };

/* The same work, done by a person on the page; a moment later each time. */
static Work as(Work *work, const User *user)
{
    Work own;

    work->now_ms += 1000;
    own = *work;
    own.app = NULL;
    own.user = user;
    return own;
}

static const char *open_for(Work *work, const char *task_id, const char *chat_id,
                            const char *invitee)
{
    GroupDraft draft = { .operator_user_id = "1",
                         .invite_user_ids = { &invitee, 1, true },
                         .chat_id = chat_id };
    const char *opened = NULL;

    work->now_ms += 1000;
    if (group_open(work, task_id, &draft, &opened) < 0)
        abort();
    return opened;
}

static void rename_to(Work *work, const char *chat_id, const char *name)
{
    Work own = as(work, &one);

    CHECK_INT(talk_rename(&own, chat_id, name), 0);
}

static void history_of(Work *work, const char *task_id, TaskHistory *ret_history)
{
    Work own = as(work, &one);
    TaskView *view = arena_alloc(work->arena, sizeof(*view)); /* steps point into it */

    CHECK_INT(my_task_view(&own, task_id, view), 0);
    CHECK_INT(task_history(&own, view, ret_history), 0);
    for (size_t i = 0; i < ret_history->count; i++) {
        const TaskStep *step = &ret_history->steps[i];

        CHECK(i == 0 || step->step_ms >= step[-1].step_ms);
        CHECK((step->chat == NULL) == (step->kind == TASK_STARTED));
    }
}

/* Kind and actor of each step. */
static const char *steps_of(Work *work, const char *task_id)
{
    static const char *const kinds[] = { "started", "opened", "linked", "changed" };
    TaskHistory history;
    Buffer text;

    history_of(work, task_id, &history);
    buffer_init(&text, work->arena, 128);
    for (size_t i = 0; i < history.count; i++) {
        const TaskStep *step = &history.steps[i];

        buffer_print(&text, "%s:%s ", kinds[step->kind],
                     step->actor ? step->actor->kunlun_id : "-");
    }
    buffer_add(&text, history.has_more ? "…" : "");
    return text.text;
}

TEST(a_task_that_nobody_talked_of_was_started)
{
    FIXTURE(house);

    CHECK_TEXT(steps_of(&house.work, "t1"), "started:1 ");
}

TEST(chats_that_were_opened_from_it_are_told)
{
    FIXTURE(house);
    const char *first, *second;
    TaskHistory history;

    first = open_for(&house.work, "t1", NULL, "2");
    second = open_for(&house.work, "t1", NULL, "3");
    CHECK_TEXT(steps_of(&house.work, "t1"), "started:1 opened:1 opened:1 ");
    history_of(&house.work, "t1", &history);
    CHECK_TEXT(id_print(history.steps[1].chat->chat.id, "oc_", house.work.arena), first);
    CHECK_TEXT(id_print(history.steps[2].chat->chat.id, "oc_", house.work.arena), second);
    CHECK_INT(history.steps[1].step_ms, FIXTURE_NOW_MS + 1000);
    CHECK_TEXT(history.steps[1].event->event_type, EVENT_USER_ADDED);
    CHECK(strstr(history.steps[1].event->body, "\"users\":[\"1\",\"2\"]"));
}

/* With people and without, and again with people. */
TEST(a_chat_that_was_there_is_linked)
{
    FIXTURE(house);
    const char *chat_id = open_for(&house.work, "t1", NULL, "2");
    TaskHistory history;

    open_for(&house.work, "t2", chat_id, "2");
    CHECK_TEXT(steps_of(&house.work, "t2"), "started:1 linked:1 ");
    history_of(&house.work, "t2", &history);
    CHECK(!history.steps[1].event);
    open_for(&house.work, "t2", chat_id, "3");
    CHECK_TEXT(steps_of(&house.work, "t2"), "started:1 linked:1 linked:1 ");
    history_of(&house.work, "t2", &history);
    CHECK(strstr(history.steps[2].event->body, "\"users\":[\"3\"]"));
    CHECK_TEXT(steps_of(&house.work, "t1"), "started:1 opened:1 ");
}

TEST(what_became_of_its_chats_since_is_told)
{
    FIXTURE(house);
    const char *chat_id = open_for(&house.work, "t1", NULL, "2");
    Work others;

    rename_to(&house.work, chat_id, "before");
    open_for(&house.work, "t2", chat_id, "3");
    rename_to(&house.work, chat_id, "after");
    others = as(&house.work, &two);
    CHECK_INT(talk_leave(&others, chat_id), 0);
    CHECK_TEXT(steps_of(&house.work, "t1"), "started:1 opened:1 changed:1 changed:1 ");
    CHECK_TEXT(steps_of(&house.work, "t2"), "started:1 linked:1 changed:1 ");
}

/* Its join is gone, and the event of it still tells. */
TEST(a_chat_that_all_have_left_was_opened_all_the_same)
{
    FIXTURE(house);
    Work own = as(&house.work, &one), others;
    const char *chat_id = open_for(&own, "t1", NULL, "2");

    house.work.now_ms = own.now_ms;
    others = as(&house.work, &two);
    CHECK_INT(talk_leave(&others, chat_id), 0);
    own = as(&house.work, &one);
    CHECK_INT(talk_leave(&own, chat_id), 0);
    CHECK_TEXT(steps_of(&house.work, "t1"), "started:1 opened:1 ");
}

TEST(the_newest_steps_are_kept)
{
    FIXTURE(house);
    TaskHistory history;

    for (int i = 0; i < TASK_CHATS_MOST - 1; i++)
        open_for(&house.work, "t1", NULL, "2");
    history_of(&house.work, "t1", &history);
    CHECK_INT(history.count, TASK_CHATS_MOST);
    CHECK(!history.has_more);
    open_for(&house.work, "t1", NULL, "2");
    history_of(&house.work, "t1", &history);
    CHECK(history.has_more);
}

TEST(only_so_many_steps_are_told)
{
    FIXTURE(house);
    const char *chat_id = NULL;
    TaskHistory history;

    for (int i = 0; i < TASK_HISTORY_MOST; i++) {
        if (i % TASK_CHAT_CHANGES_MOST == 0)
            chat_id = open_for(&house.work, "t1", NULL, "2");
        rename_to(&house.work, chat_id, arena_print(house.work.arena, "%d", i));
    }
    history_of(&house.work, "t1", &history);
    CHECK_INT(history.count, TASK_HISTORY_MOST);
    CHECK(history.has_more);
    CHECK(history.steps[0].kind == TASK_CHAT_CHANGED);
    CHECK(strstr(history.steps[TASK_HISTORY_MOST - 1].event->body, "\"99\""));
}

/* However long they are, they fit into an arena. */
TEST(long_events_end_a_history)
{
    FIXTURE(house);
    const char *chat_id = open_for(&house.work, "t1", NULL, "2");
    char *body = arena_alloc(house.work.arena, CHAT_EVENTS_BYTES + 2);
    TaskHistory history;

    memset(body, 'x', CHAT_EVENTS_BYTES + 1);
    rename_to(&house.work, chat_id, "first");
    rename_to(&house.work, chat_id, "second");
    fixture_run(&house.work, "UPDATE later_event SET body = $1 WHERE body LIKE $2", body,
                "%second%");
    history_of(&house.work, "t1", &history);
    CHECK_INT(history.count, 1);
    CHECK(history.has_more);
    CHECK_INT(strlen(history.steps[0].event->body), CHAT_EVENTS_BYTES + 1);
}

static int read_it(const Work *work, void *state)
{
    TaskHistory history;
    TaskView view;
    int r = my_task_view(work, "t2", &view);

    (void)state;
    return r < 0 ? r : task_history(work, &view, &history);
}

TEST(a_history_whose_call_fails_fails)
{
    FAULTY_FIXTURE(house);
    char *chat_id = arena_text(house.kept.arena, open_for(&house.work, "t1", NULL, "2"));
    Work own;

    open_for(&house.work, "t2", chat_id, "2");
    rename_to(&house.work, chat_id, "new");
    own = as(&house.work, &one);
    CHECK_EACH_CALL(&house, &own, read_it, NULL);
}

CHECK_MAIN
