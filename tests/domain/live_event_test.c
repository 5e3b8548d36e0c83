/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"

#include "domain/chat.h"
#include "domain/live_event.h"
#include "fault_check.h"
#include "store/message_store.h"

enum { EVENT_NUMBER = 1000000 };

static Event event_of(const Work *work, const char *chat_id, const char *actor_id)
{
    Id chat = { 0 };

    if (!id_parse(chat_id, CHAT_ID_PREFIX, &chat))
        abort();
    return (Event){ .id = { EVENT_NUMBER, 1 },
                    .event_type = EVENT_USER_ADDED,
                    .app_id = FIXTURE_APP,
                    .actor_id = actor_id,
                    .subject_number = chat.number,
                    .body = "{}",
                    .created_ms = work->now_ms,
                    .log_id = "L" };
}

static const char *put_message(const Work *work, const Event *event, const char *sender_id,
                               const char *sender_type)
{
    Message message = { .id = { 77, -3 },
                        .chat_number = event->subject_number,
                        .msg_type = "text",
                        .sender_id = sender_id,
                        .sender_type = sender_type,
                        .content = "{\"text\":\"hi\"}",
                        .created_ms = 5 };

    if (message_insert(work->store, work->tenant->tenant_id, &message, work->failure) < 0)
        abort();
    return id_print(message.id, MESSAGE_ID_PREFIX, work->arena);
}

TEST(an_event_is_seen_with_its_people)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2"), *users[] = { "2", "nobody" };
    const Event event = event_of(&house.work, chat_id, "1");
    const EventFacts facts = { .name = "n", .users = { users, 2, true } };
    EventView view = { 0 };

    CHECK_INT(event_view(&house.work, &event, &facts, &view), 1);
    CHECK_TEXT(view.chat_id, chat_id);
    CHECK_TEXT(view.actor->name, "张伟");
    CHECK_TEXT(view.name, "n");
    CHECK_INT(view.user_count, 2);
    CHECK_TEXT(view.users[0].name, "王芳");
    CHECK_TEXT(view.users[1].kunlun_id, "nobody");
    CHECK_TEXT(view.users[1].name, "");
    CHECK(!view.message);
    CHECK(!view.is_message);
}

TEST(an_app_is_no_actor)
{
    FIXTURE(house);
    const Event event = event_of(&house.work, fixture_chat(&house.work, "1", "2"), "");
    const EventFacts facts = { .name = NULL };
    EventView view = { 0 };

    CHECK_INT(event_view(&house.work, &event, &facts, &view), 1);
    CHECK(!view.actor);
    CHECK(!view.has_users);
}

TEST(a_message_is_read_with_its_sender)
{
    FIXTURE(house);
    const Event event = event_of(&house.work, fixture_chat(&house.work, "1", "2"), "2");
    EventFacts facts = { .is_message = true, .uuid = "u" };
    EventView view = { 0 };

    facts.message_id = put_message(&house.work, &event, "2", "user");
    CHECK_INT(event_view(&house.work, &event, &facts, &view), 1);
    CHECK_TEXT(view.message->message.content, "{\"text\":\"hi\"}");
    CHECK_TEXT(view.message->sender.name, "王芳");
    CHECK_TEXT(view.uuid, "u");
}

TEST(an_app_sends_messages_too)
{
    FIXTURE(house);
    const Event event = event_of(&house.work, fixture_chat(&house.work, "1", "2"), "");
    EventFacts facts = { .is_message = true };
    EventView view = { 0 };

    facts.message_id = put_message(&house.work, &event, FIXTURE_APP, "app");
    CHECK_INT(event_view(&house.work, &event, &facts, &view), 1);
    CHECK(!view.message->sender.kunlun_id);
    CHECK_TEXT(view.message->message.sender_id, FIXTURE_APP);
}

TEST(a_message_that_is_gone_or_another_chats_is_not_told)
{
    FIXTURE(house);
    const Event event = event_of(&house.work, fixture_chat(&house.work, "1", "2"), "2");
    const Event other = event_of(&house.work, fixture_chat(&house.work, "1", "2"), "2");
    const char *ids[] = { "om_000000000000004dfffffffffffffffe", "om_1",
                          "om_7fffffffffffffffffffffffffffffff", NULL };
    EventView view;

    ids[3] = put_message(&house.work, &other, "2", "user");
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        const EventFacts facts = { .is_message = true, .message_id = ids[i] };

        view = (EventView){ 0 };
        CHECK_INT(event_view(&house.work, &event, &facts, &view), 1);
        CHECK(!view.message);
        CHECK(view.is_message);
        CHECK_TEXT(view.message_id, ids[i]);
    }
}

TEST(a_chat_that_is_not_there_tells_nothing)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    Event event = event_of(&house.work, chat_id, "1");
    const EventFacts facts = { .name = "n" };
    EventView view = { 0 };

    CHECK_INT(event_view(&house.stranger, &event, &facts, &view), 0);
    event.subject_number++;
    CHECK_INT(event_view(&house.work, &event, &facts, &view), 0);
}

typedef struct Seen {
    Event event;
    EventFacts facts;
} Seen;

static int view_it(const Work *work, void *state)
{
    const Seen *seen = state;
    EventView view = { 0 };

    return event_view(work, &seen->event, &seen->facts, &view);
}

TEST(each_failing_call_is_told)
{
    FAULTY_FIXTURE(house);
    const char *users[] = { "2", "3" };
    Seen seen = { .facts = { .users = { users, 2, true }, .is_message = true } };

    seen.event = event_of(&house.work, fixture_chat(&house.work, "1", "2"), "1");
    seen.facts.message_id = put_message(&house.work, &seen.event, "2", "user");
    CHECK_EACH_CALL(&house, &house.work, view_it, &seen);
}

CHECK_MAIN
