/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"

#include "api/web_event.h"
#include "check.h"
#include "domain/directory.h"
#include "fixture.h"
#include "json/json.h"

static void free_arena(Arena **arena)
{
    arena_free(*arena);
}

#define ARENA(name) _cleanup_(free_arena) Arena *name = arena_new()

#define FULL_BODY                                                                                \
    "{\"name\":\"n\",\"users\":[\"1\",\"2\"],\"message_id\":\"om_1\",\"uuid\":\"u\",\"secret\":" \
    "\"x\","                                                                                     \
    "\"before\":{\"name\":\"m\"}}"

static int read_event(const char *event_type, const char *body, Arena *arena, EventFacts *facts)
{
    const Event event = { { 1, 2 }, event_type, "cli_1", "7", 50, body, 1, "L1" };
    Failure failure = { 0 };

    *facts = (EventFacts){ 0 };
    return web_event_read(&event, arena, facts, &failure);
}

/* What is told of each kind, whatever else its row says. */
TEST(each_kind_has_its_facts)
{
    static const struct {
        const char *event_type;
        bool has_name, has_users, has_message_id, is_message;
    } kinds[] = {
        { "im.message.receive_v1", false, false, true, true },
        { "im.message.recalled_v1", false, false, true, false },
        { "im.chat.member.user.added_v1", true, true, false, false },
        { "im.chat.member.user.deleted_v1", false, true, false, false },
        { "im.chat.member.user.withdrawn_v1", false, true, false, false },
        { "im.chat.member.bot.added_v1", false, false, false, false },
        { "im.chat.updated_v1", true, false, false, false },
        { "im.chat.disbanded_v1", false, false, false, false },
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        ARENA(arena);
        EventFacts facts;

        CHECK_INT(read_event(kinds[i].event_type, FULL_BODY, arena, &facts), 1);
        CHECK_TEXT(facts.name, kinds[i].has_name ? "n" : NULL);
        CHECK_INT(facts.users.count, kinds[i].has_users ? 2 : 0);
        CHECK_TEXT(facts.message_id, kinds[i].has_message_id ? "om_1" : NULL);
        CHECK_INT(facts.is_message, kinds[i].is_message);
        CHECK_TEXT(facts.uuid, kinds[i].is_message ? "u" : NULL);
        CHECK_INT(read_event(kinds[i].event_type, "{}", arena, &facts), 1);
        CHECK(!facts.is_message);
    }
}

TEST(a_chat_that_was_changed_otherwise_got_no_name)
{
    static const char *const bodies[] = {
        "{\"name\":\"n\",\"before\":{\"owner_id\":\"1\",\"settings\":{}},"
        "\"after\":{\"owner_id\":\"2\",\"settings\":{}}}",
        "{\"name\":\"n\"}",
    };
    ARENA(arena);
    EventFacts facts;

    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        CHECK_INT(read_event(EVENT_CHAT_UPDATED, bodies[i], arena, &facts), 1);
        CHECK(!facts.name);
    }
    CHECK_INT(read_event(EVENT_CHAT_UPDATED, "{\"name\":\"n\",\"before\":{\"name\":\"\"}}", arena,
                         &facts),
              1);
    CHECK_TEXT(facts.name, "n");
    CHECK_INT(read_event(EVENT_USER_ADDED, bodies[0], arena, &facts), 1);
    CHECK_TEXT(facts.name, "n");
}

TEST(of_other_kinds_nobody_is_told)
{
    ARENA(arena);
    EventFacts facts;

    CHECK_INT(read_event("im.chat.member.bot.deleted_v1", FULL_BODY, arena, &facts), 0);
    CHECK_INT(read_event("", FULL_BODY, arena, &facts), 0);
    CHECK_INT(read_event("secret", "no JSON", arena, &facts), 0);
}

TEST(a_body_that_is_none_is_refused)
{
    static const char *const bodies[] = {
        "", "[]", "1", "{", "{\"users\":\"1\"}", "{\"users\":[1]}", "{\"name\":1}"
    };

    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        ARENA(arena);
        EventFacts facts;

        CHECK_INT(read_event(EVENT_USER_ADDED, bodies[i], arena, &facts), E_INVALID);
    }
}

static const char *print_to(const EventView *view, bool is_own, Arena *arena)
{
    Directory *directory = directory_new();
    Buffer text;

    buffer_init(&text, arena, 256);
    web_event_print(&text, directory, view, is_own);
    directory_free(directory);
    return text.text;
}

static const char *print(const EventView *view, Arena *arena)
{
    return print_to(view, false, arena);
}

static const Event event = { { 1, 2 }, EVENT_USER_ADDED, "cli_1", "7", 50, "{}", 1234, "L1" };
static const User zhang = { "1", "ou_1", "on_1", "u1", "张伟", "", "", "", USER_ACTIVE };

TEST(an_event_is_printed_with_its_people)
{
    ARENA(arena);
    User users[] = { zhang };
    const EventView view = { .event = &event,
                             .chat_id = "oc_1",
                             .actor = &zhang,
                             .name = "a\nb",
                             .users = users,
                             .user_count = 1,
                             .has_users = true };

    CHECK_TEXT(
        print(&view, arena),
        "{\"chat_id\":\"oc_1\",\"event_ms\":1234,"
        "\"actor\":{\"user_id\":\"1\",\"name\":\"张伟\",\"en_name\":\"\"},\"name\":\"a\\nb\","
        "\"users\":[{\"user_id\":\"1\",\"name\":\"张伟\",\"en_name\":\"\"}]}");
}

TEST(an_event_without_facts_has_its_chat)
{
    ARENA(arena);
    const EventView view = { .event = &event, .chat_id = "oc_1" };

    CHECK_TEXT(print(&view, arena), "{\"chat_id\":\"oc_1\",\"event_ms\":1234,\"actor\":null}");
}

TEST(a_recalled_message_is_named)
{
    ARENA(arena);
    const EventView view = { .event = &event, .chat_id = "oc_1", .message_id = "om_1" };

    CHECK_TEXT(print(&view, arena), "{\"chat_id\":\"oc_1\",\"event_ms\":1234,\"actor\":null,"
                                    "\"message_id\":\"om_1\"}");
}

TEST(a_message_is_printed_with_its_sender)
{
    ARENA(arena);
    TalkMessage message = { .message = { .id = { 1, 2 },
                                         .msg_type = "text",
                                         .sender_id = "cli_1",
                                         .content = "{\"text\":\"\"}",
                                         .created_ms = 5 },
                            .sender = zhang };
    EventView view = { .event = &event,
                       .chat_id = "oc_1",
                       .message_id = "om_1",
                       .message = &message,
                       .is_message = true,
                       .uuid = "u" };

    CHECK_TEXT(print(&view, arena),
               "{\"chat_id\":\"oc_1\",\"event_ms\":1234,\"actor\":null,\"message\":{"
               "\"message_id\":\"om_00000000000000010000000000000002\",\"chat_id\":\"oc_1\","
               "\"msg_type\":\"text\",\"create_ms\":5,"
               "\"sender\":{\"user_id\":\"1\",\"name\":\"张伟\",\"en_name\":\"\"},"
               "\"deleted\":false,\"content\":\"{\\\"text\\\":\\\"\\\"}\"}}");
    CHECK(strstr(print_to(&view, true, arena), "},\"uuid\":\"u\",\"deleted\":false"));
    message.sender = (User){ 0 };
    CHECK(strstr(print(&view, arena), "\"sender\":{\"app_id\":\"cli_1\",\"name\":\"\"},"));
}

TEST(a_message_that_is_gone_keeps_its_place)
{
    ARENA(arena);
    const EventView view = {
        .event = &event, .chat_id = "oc_1", .message_id = "om_1", .is_message = true
    };

    CHECK(strstr(print(&view, arena), "\"message_id\":\"om_1\""));
    CHECK(strstr(print(&view, arena), "\"create_ms\":1234"));
    CHECK(strstr(print(&view, arena), "\"deleted\":true,\"content\":\"\"}"));
}

/* ---- what is read back ---- */

/* As it stands in a page of messages. */
static const char *notice(Fixture *house, const char *event_type, const char *actor_id,
                          const char *body)
{
    const char *chat_number = fixture_number(&house->work, fixture_chat(&house->work, "1", "2"));
    const Event read = { .id = { 0xabc, 2 },
                         .event_type = event_type,
                         .app_id = "cli_1",
                         .actor_id = actor_id,
                         .subject_number = atoll(chat_number),
                         .body = body,
                         .created_ms = 1234,
                         .log_id = "L1" };
    WebNotice found = { 0 };
    Buffer text;
    int r = web_notice_of(&house->work, &read, &found);

    if (r <= 0)
        return r < 0 ? "failed" : "none";
    buffer_init(&text, house->work.arena, 256);
    json_print(&text, web_notice_fields, &found);
    return text.text;
}

TEST(a_notice_says_who_did_what)
{
    FIXTURE(house);

    CHECK_TEXT(notice(&house, EVENT_USER_ADDED, "1", "{\"name\":\"n\",\"users\":[\"2\",\"x\"]}"),
               "{\"event_id\":\"0000000000000abc\",\"event\":\"im.chat.member.user.added_v1\","
               "\"event_ms\":1234,\"actor\":{\"user_id\":\"1\",\"name\":\"张伟\",\"en_name\":\"\"},"
               "\"name\":\"n\",\"users\":[{\"user_id\":\"2\",\"name\":\"王芳\",\"en_name\":\"\"},"
               "{\"user_id\":\"x\",\"name\":\"\",\"en_name\":\"\"}]}");
    CHECK_TEXT(notice(&house, EVENT_CHAT_DISBANDED, "", "{\"name\":\"n\"}"),
               "{\"event_id\":\"0000000000000abc\",\"event\":\"im.chat.disbanded_v1\","
               "\"event_ms\":1234,\"actor\":null}");
}

TEST(what_the_page_is_not_told_is_no_notice)
{
    FIXTURE(house);

    CHECK_TEXT(notice(&house, EVENT_BOT_DELETED, "", "{}"), "none");
    CHECK_TEXT(notice(&house, EVENT_USER_ADDED, "1", "no JSON"), "none");
    CHECK_INT(house.work.failure->code, 0);
}

CHECK_MAIN
