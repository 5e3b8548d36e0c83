/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/text.h"

#include "domain/talk.h"
#include "fault_check.h"
#include "model/limits.h"

static const User one = { .kunlun_id = "1", .open_id = "ou_1", .name = "张伟", .en_name = "" };
static const User two = { .kunlun_id = "2", .open_id = "ou_2", .name = "王芳", .en_name = "" };
static const User five = { .kunlun_id = "5", .open_id = "ou_5", .name = "x", .en_name = "" };

/* The same work, done by a person on the page. */
static Work as(const Fixture *house, const User *user)
{
    Work own = house->work;

    own.app = NULL;
    own.user = user;
    return own;
}

/* Names and unread counts of one's chats, the newest first. */
static const char *list(const Work *work)
{
    TalkChat *chats = NULL;
    size_t count = 0;
    int64_t next = 0;
    Buffer text;

    buffer_init(&text, work->arena, 64);
    if (talk_chats(work, INT64_MAX, &chats, &count, &next) < 0)
        return work->failure->text;
    for (size_t i = 0; i < count; i++)
        buffer_print(&text, "%s=%lld ", chats[i].chat.name, (long long)chats[i].unread);
    return text.text;
}

TEST(ones_chats_are_listed_with_what_is_unread)
{
    FIXTURE(house);
    Work own = as(&house, &one), others = as(&house, &two), outside = as(&house, &five);
    const char *first = fixture_chat(&house.work, "1", "2"), *message_id;
    TalkMessage said;

    CHECK_INT(talk_rename(&own, first, "一"), 0);
    CHECK_INT(talk_rename(&own, fixture_chat(&house.work, "1", "3"), "二"), 0);
    CHECK_INT(talk_say(&others, first, "hello", NULL, &said), 0);
    CHECK_INT(talk_say(&others, first, "there", NULL, &said), 0);
    CHECK_TEXT(list(&own), "二=1 一=3 ");
    CHECK_TEXT(list(&others), "一=1 ");
    CHECK_TEXT(list(&outside), "");
    message_id = id_print(said.message.id, MESSAGE_ID_PREFIX, house.kept.arena);
    CHECK_INT(talk_read(&own, first, message_id), 0);
    CHECK_TEXT(list(&own), "二=1 一=0 ");
}

TEST(who_left_has_the_chat_no_more)
{
    FIXTURE(house);
    Work own = as(&house, &one), others = as(&house, &two);
    const char *chat_id = fixture_chat(&house.work, "1", "2"), *before;
    TalkMessage said;
    TalkView view;

    CHECK_INT(talk_leave(&own, chat_id), 0);
    CHECK_TEXT(list(&own), "");
    before = fixture_rows(&house);
    CHECK_INT(talk_say(&own, chat_id, "x", NULL, &said), E_NOT_FOUND);
    failure_clear(own.failure);
    CHECK_INT(talk_leave(&own, chat_id), E_NOT_FOUND);
    failure_clear(own.failure);
    CHECK_TEXT(fixture_changes(&house, before), "");
    CHECK_INT(talk_view(&others, chat_id, &view), 0);
    CHECK_TEXT(view.chat.owner_id, "2");
    CHECK_INT(view.chat.user_count, 1);
    CHECK_INT(talk_leave(&others, chat_id), 0);
    CHECK(strstr(fixture_rows(&house), "|采购审批||" FIXTURE_APP "|normal|0||0|" FIXTURE_APP));
}

TEST(reading_only_goes_forward)
{
    FIXTURE(house);
    Work own = as(&house, &one);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    TalkMessage first, second;
    TalkView view;

    CHECK_INT(talk_say(&own, chat_id, "1", NULL, &first), 0);
    CHECK_INT(talk_say(&own, chat_id, "2", NULL, &second), 0);
    CHECK_INT(talk_read(&own, chat_id, id_print(second.message.id, "om_", house.kept.arena)), 0);
    CHECK_INT(talk_read(&own, chat_id, id_print(first.message.id, "om_", house.kept.arena)), 0);
    CHECK_INT(talk_view(&own, chat_id, &view), 0);
    CHECK_INT(view.read_id.number, second.message.id.number);
    CHECK_INT(view.read_id.tail, second.message.id.tail);
    CHECK_INT(view.task_count, 1);
    CHECK_TEXT(view.tasks[0].task_id, "t1");
}

TEST(a_text_has_its_measure)
{
    FIXTURE(house);
    Work own = as(&house, &one);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    char *longest = arena_alloc(house.kept.arena, TALK_TEXT_BYTES_MOST + 2);
    TalkMessage said;

    memset(longest, 'x', TALK_TEXT_BYTES_MOST + 1);
    CHECK_INT(talk_say(&own, chat_id, longest, NULL, &said), E_INVALID);
    failure_clear(own.failure);
    CHECK_INT(talk_say(&own, chat_id, "", NULL, &said), E_INVALID);
    failure_clear(own.failure);
    longest[TALK_TEXT_BYTES_MOST] = '\0';
    CHECK_INT(talk_say(&own, chat_id, longest, NULL, &said), 0);
}

/* ---- pages ---- */

/* "m" and "e" for what was said and what happened, in the order of their numbers, oldest first. */
static const char *page_in_order(const TalkPage *page, Arena *arena)
{
    size_t messages = page->message_count, events = page->event_count;
    Buffer text;

    buffer_init(&text, arena, 64);
    while (messages + events > 0) {
        bool is_event =
            messages == 0 || (events > 0 && page->events[events - 1].id.number <
                                                page->messages[messages - 1].message.id.number);

        buffer_add_char(&text, is_event ? 'e' : 'm');
        if (is_event)
            events--;
        else
            messages--;
    }
    return text.text;
}

/* All pages from the newest on, with a space between. */
static const char *read_pages(const Work *work, const char *chat_id)
{
    TalkPage page = { .next = INT64_MAX };
    Buffer text;

    buffer_init(&text, work->arena, 64);
    while (page.next >= 0) {
        if (talk_messages(work, chat_id, page.next, &page) < 0)
            return work->failure->text;
        buffer_print(&text, "%s ", page_in_order(&page, work->arena));
    }
    return text.text;
}

static void say_often(const Work *work, const char *chat_id, size_t count)
{
    TalkMessage said;

    for (size_t i = 0; i < count; i++)
        CHECK_INT(talk_say(work, chat_id, "x", NULL, &said), 0);
}

static void rename_often(const Work *work, const char *chat_id, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CHECK_INT(talk_rename(work, chat_id,
                              arena_print(work->arena, "%lld", (long long)work->ids->last_number)),
                  0);
}

static const char *times(Arena *arena, const char *letter, size_t count)
{
    Buffer text;

    buffer_init(&text, arena, 64);
    for (size_t i = 0; i < count; i++)
        buffer_add(&text, letter);
    return text.text;
}

/* The opening is a message, and the event of its people: that of the bot tells nothing. */
TEST(what_happened_is_told_between_what_was_said)
{
    FIXTURE(house);
    Work own = as(&house, &one), others = as(&house, &two);
    const char *chat_id = fixture_chat(&house.work, "1", "2"), *three = "3";

    CHECK_TEXT(read_pages(&own, chat_id), "me ");
    say_often(&own, chat_id, 2);
    rename_often(&others, chat_id, 1);
    say_often(&own, chat_id, 1);
    CHECK_INT(talk_add(&own, chat_id, &three, 1), 0);
    CHECK_TEXT(read_pages(&own, chat_id), "memmeme ");
}

TEST(pages_follow_each_other_without_a_gap)
{
    FIXTURE(house);
    Work own = as(&house, &one);
    const char *chat_id = fixture_chat(&house.work, "1", "2"), *fifty;

    fifty = times(house.kept.arena, "m", TALK_MESSAGES_PAGE - 1);
    say_often(&own, chat_id, TALK_MESSAGES_PAGE - 1);
    CHECK_TEXT(read_pages(&own, chat_id), arena_print(house.kept.arena, "me%s ", fifty));
    rename_often(&own, chat_id, 2);
    say_often(&own, chat_id, TALK_MESSAGES_PAGE);
    rename_often(&own, chat_id, 1);
    CHECK_TEXT(read_pages(&own, chat_id),
               arena_print(house.kept.arena, "m%se me%see ", fifty, fifty));
}

TEST(a_page_ends_where_too_much_happened)
{
    FIXTURE(house);
    Work own = as(&house, &one);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    const char *most = times(house.kept.arena, "e", TALK_EVENTS_PAGE);

    rename_often(&own, chat_id, TALK_EVENTS_PAGE - 1);
    CHECK_TEXT(read_pages(&own, chat_id), arena_print(house.kept.arena, "m%s ", most));
    say_often(&own, chat_id, 1);
    rename_often(&own, chat_id, 2 * TALK_EVENTS_PAGE);
    CHECK_TEXT(read_pages(&own, chat_id),
               arena_print(house.kept.arena, "%s %s m%sm ", most, most, most));
    say_often(&own, chat_id, 1);
    CHECK_TEXT(read_pages(&own, chat_id),
               arena_print(house.kept.arena, "%sm %s m%sm ", most, most, most));
}

TEST(who_came_and_left_is_still_told_of)
{
    FIXTURE(house);
    Work own = as(&house, &one), others = as(&house, &five);
    const char *chat_id = fixture_chat(&house.work, "1", "2"), *newcomer = "5";
    TalkPage page;

    CHECK_INT(talk_add(&own, chat_id, &newcomer, 1), 0);
    CHECK_INT(talk_leave(&others, chat_id), 0);
    CHECK_INT(talk_messages(&own, chat_id, INT64_MAX, &page), 0);
    CHECK_INT(page.event_count, 3);
    CHECK_TEXT(page.events[0].event_type, EVENT_USER_WITHDRAWN);
    CHECK_TEXT(page.events[1].event_type, EVENT_USER_ADDED);
    CHECK_TEXT(page.events[1].body, "{\"name\":\"采购审批\",\"users\":[\"5\"]}");
    CHECK_TEXT(page.events[1].actor_id, "1");
    CHECK_INT(talk_messages(&others, chat_id, INT64_MAX, &page), E_NOT_FOUND);
}

/* ---- all or nothing ---- */

static int talk_of_all(const Work *work, void *state)
{
    static const char *const people[] = { "3", "4", "1" };
    TalkMessage said;
    TalkPage page;
    MemberView *members = NULL;
    TalkChat *chats = NULL;
    TalkView view;
    size_t count = 0;
    int64_t next, total;
    int r = talk_say(work, state, "hello", "u", &said);

    if (r >= 0)
        r = talk_rename(work, state,
                        arena_print(work->arena, "%lld", (long long)work->ids->last_number));
    if (r >= 0)
        r = talk_add(work, state, people, COUNT_OF(people));
    if (r >= 0)
        r = talk_read(work, state, id_print(said.message.id, MESSAGE_ID_PREFIX, work->arena));
    if (r >= 0)
        r = talk_chats(work, INT64_MAX, &chats, &count, &next);
    if (r >= 0)
        r = talk_view(work, state, &view);
    if (r >= 0)
        r = talk_members(work, state, BEFORE_ALL_MEMBERS, 10, &members, &count, &total);
    if (r >= 0)
        r = talk_messages(work, state, INT64_MAX, &page);
    return r;
}

TEST(whatever_call_fails_nothing_is_half_said)
{
    FAULTY_FIXTURE(house);
    Work own = as(&house, &one);
    char *chat_id = arena_text(house.kept.arena, fixture_chat(&house.work, "1", "2"));

    CHECK_EACH_CALL(&house, &own, talk_of_all, chat_id);
}

static int leave(const Work *work, void *state)
{
    return talk_leave(work, state);
}

TEST(whatever_call_fails_nobody_has_half_left)
{
    FAULTY_FIXTURE(house);
    Work own = as(&house, &one);

    for (int i = 0; i < 2; i++) {
        char *chat_id = arena_text(house.kept.arena, fixture_chat(&house.work, "1", "2"));

        CHECK_TEXT(fixture_fail_each_call(&house, &own, i ? DB_FAULT_ONCE : DB_FAULT_FROM_THEN_ON,
                                          E_FAULT, leave, chat_id),
                   NULL);
    }
}

CHECK_MAIN
