/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/text.h"

#include "domain/chat.h"
#include "fault_check.h"

static void dissolve(const Work *work, const char *chat_id)
{
    fixture_run(work, "UPDATE chat SET chat_status = 'dissolved' WHERE chat_number = $1",
                fixture_number(work, chat_id), NULL);
}

/* Of messages that differ in the letter, whatever their time. */
static Id message_id(int64_t ms, char letter)
{
    return (Id){ id_number_at(ms) + letter, -letter };
}

static const char *message_text(const Work *work, int64_t ms, char letter)
{
    return id_print(message_id(ms, letter), MESSAGE_ID_PREFIX, work->arena);
}

/* A message of that millisecond, by its sender. */
static void put_message(const Work *work, const char *chat_id, int64_t ms, char letter,
                        const char *sender_id)
{
    Id chat = { 0 };
    bool is_id = id_parse(chat_id, CHAT_ID_PREFIX, &chat);
    Message message = { .id = message_id(ms, letter),
                        .chat_number = is_id ? chat.number : -1,
                        .msg_type = "text",
                        .sender_id = sender_id,
                        .sender_type = text_starts_with(sender_id, "cli_") ? "app" : "user",
                        .content = "{}",
                        .created_ms = ms };

    message_insert(work->store, work->tenant->tenant_id, &message, work->failure);
}

/* ---- a chat ---- */

TEST(a_chat_is_seen_with_owner_and_counts)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    ChatView view = { 0 };

    CHECK_INT(chat_view(&house.work, chat_id, &view), 0);
    CHECK_TEXT(id_print(view.chat.id, "oc_", house.kept.arena), chat_id);
    CHECK_TEXT(view.chat.name, "采购审批");
    CHECK_TEXT(view.chat.chat_status, "normal");
    CHECK_TEXT(view.owner.open_id, "ou_1");
    CHECK_INT(view.chat.user_count, 2);
    CHECK_INT(chat_bot_count(&view.chat), 1);
    CHECK(view.is_inside);
}

/* Decision 39. */
TEST(who_is_outside_is_told_so)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    ChatView view = { 0 };
    MemberView *members;
    size_t count;
    int64_t total;

    CHECK_INT(chat_view(&house.second, chat_id, &view), 0);
    CHECK(!view.is_inside);
    CHECK_INT(view.chat.user_count, 2);
    CHECK_INT(
        chat_members(&house.second, chat_id, BEFORE_ALL_MEMBERS, 10, &members, &count, &total),
        E_DENIED);
    CHECK_TEXT(house.second.failure->field, "chat_id");
}

/* Decision 38. */
TEST(a_dissolved_chat_is_seen_but_not_entered)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    MessageQuery query = { chat_id, 0, INT64_MAX, NULL, false, 10 };
    MessageView *messages;
    ChatView view = { 0 };
    MemberView *members;
    size_t count;
    int64_t total;
    bool has_more;

    dissolve(&house.work, chat_id);
    CHECK_INT(chat_view(&house.work, chat_id, &view), 0);
    CHECK_TEXT(view.chat.chat_status, "dissolved");
    CHECK_INT(chat_members(&house.work, chat_id, BEFORE_ALL_MEMBERS, 10, &members, &count, &total),
              E_CONFLICT);
    failure_clear(house.work.failure);
    CHECK_INT(chat_messages(&house.work, &query, &messages, &count, &has_more), E_CONFLICT);
}

/* The number alone names nothing: neither here nor as another tenant's. */
TEST(half_of_an_id_is_none)
{
    FIXTURE(house);
    const char *ours = fixture_chat(&house.work, "1", "2");
    const char *theirs = fixture_chat(&house.stranger, "1", "2");
    const char *const none[] = {
        arena_print(house.kept.arena, "%.19s%016x", ours, 7),
        arena_print(house.kept.arena, "%.19s%016x", theirs, 7),
        arena_print(house.kept.arena, "%.19s", ours),
        arena_print(house.kept.arena, "oc_%016x%s", 7, ours + 19),
        arena_print(house.kept.arena, "om_%s", ours + 3),
        arena_print(house.kept.arena, "%s0", ours),
        "oc_ffffffffffffffffffffffffffffffff",
        "",
    };

    for (size_t i = 0; i < COUNT_OF(none); i++) {
        ChatView view = { 0 };

        failure_clear(house.work.failure);
        CHECK_INT(chat_view(&house.work, none[i], &view), E_NOT_FOUND);
        CHECK_TEXT(house.work.failure->field, "chat_id");
        CHECK_TEXT(house.work.failure->value, none[i]);
    }
}

TEST(another_tenants_chat_is_told_apart_from_none)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.stranger, "1", "2");
    static const char none[] = "oc_00000000000000000000000000000000";
    MessageQuery query = { chat_id, 0, INT64_MAX, NULL, false, 10 };
    MessageView *messages;
    ChatView view = { 0 };
    MemberView *members;
    size_t count;
    int64_t total;
    bool has_more;

    CHECK_INT(chat_view(&house.work, chat_id, &view), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "tenant_key");
    failure_clear(house.work.failure);
    CHECK_INT(chat_members(&house.work, chat_id, BEFORE_ALL_MEMBERS, 10, &members, &count, &total),
              E_DENIED);
    CHECK_TEXT(house.work.failure->field, "tenant_key");
    failure_clear(house.work.failure);
    CHECK_INT(chat_messages(&house.work, &query, &messages, &count, &has_more), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "tenant_key");

    failure_clear(house.work.failure);
    CHECK_INT(chat_view(&house.work, none, &view), E_NOT_FOUND);
    failure_clear(house.work.failure);
    CHECK_INT(chat_members(&house.work, none, BEFORE_ALL_MEMBERS, 10, &members, &count, &total),
              E_NOT_FOUND);
    query.chat_id = none;
    failure_clear(house.work.failure);
    CHECK_INT(chat_messages(&house.work, &query, &messages, &count, &has_more), E_NOT_FOUND);
    CHECK_TEXT(house.work.failure->field, "chat_id");
}

/* ---- members ---- */

TEST(members_come_in_pages_with_their_total)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    MemberView *members = NULL;
    size_t count = 0;
    int64_t total = 0;

    CHECK_INT(chat_members(&house.work, chat_id, BEFORE_ALL_MEMBERS, 1, &members, &count, &total),
              0);
    CHECK_INT(count, 1);
    CHECK_INT(total, 2);
    CHECK_TEXT(members[0].user.name, "张伟");
    CHECK_INT(chat_members(&house.work, chat_id, members[0].place, 10, &members, &count, &total),
              0);
    CHECK_INT(count, 1);
    CHECK_INT(total, 2);
    CHECK_TEXT(members[0].user.kunlun_id, "2");
}

/* ---- messages ---- */

typedef struct Found {
    const char *ids; /* the letter of each */
    bool has_more;
} Found;

static Found list(const Work *work, const MessageQuery *query)
{
    MessageView *messages = NULL;
    size_t count = 0;
    Found found = { 0 };
    Buffer ids;
    int r = chat_messages(work, query, &messages, &count, &found.has_more);

    buffer_init(&ids, work->arena, 64);
    for (size_t i = 0; r == 0 && i < count; i++)
        buffer_add_char(&ids, (char)-messages[i].message.id.tail);
    found.ids = r < 0 ? work->failure->text : ids.text;
    return found;
}

/* Nothing but these, at 1000, 1000, 1999, 2000 and 3000 ms. */
static const char *five_messages(const Fixture *house)
{
    const char *chat_id = fixture_chat(&house->work, "1", "2");

    fixture_run(&house->work, "DELETE FROM message", NULL, NULL);
    put_message(&house->work, chat_id, 1000, 'a', "1");
    put_message(&house->work, chat_id, 1000, 'b', FIXTURE_APP);
    put_message(&house->work, chat_id, 1999, 'c', "2");
    put_message(&house->work, chat_id, 2000, 'd', "1");
    put_message(&house->work, chat_id, 3000, 'e', "1");
    return chat_id;
}

TEST(messages_come_in_their_order)
{
    FIXTURE(house);
    MessageQuery query = { five_messages(&house), 0, INT64_MAX, NULL, false, 10 };

    CHECK_TEXT(list(&house.work, &query).ids, "abcde");
    query.is_newest_first = true;
    CHECK_TEXT(list(&house.work, &query).ids, "edcba");
    CHECK(!list(&house.work, &query).has_more);
    query.limit = 5;
    CHECK(!list(&house.work, &query).has_more);
    query.limit = 4;
    CHECK(list(&house.work, &query).has_more);
    CHECK_TEXT(list(&house.work, &query).ids, "edcb");
}

TEST(both_ends_of_a_span_are_in_it)
{
    FIXTURE(house);
    MessageQuery query = { five_messages(&house), 1000, 1999, NULL, false, 10 };

    CHECK_TEXT(list(&house.work, &query).ids, "abc");
    query.end_ms = 1998;
    CHECK_TEXT(list(&house.work, &query).ids, "ab");
    query.start_ms = 1001;
    query.end_ms = INT64_MAX;
    CHECK_TEXT(list(&house.work, &query).ids, "cde");
    query.start_ms = 2000;
    query.end_ms = 2000;
    CHECK_TEXT(list(&house.work, &query).ids, "d");
    query.start_ms = 3001;
    query.end_ms = INT64_MAX;
    CHECK_TEXT(list(&house.work, &query).ids, "");
    query.start_ms = 3000;
    query.end_ms = 1000;
    CHECK_TEXT(list(&house.work, &query).ids, "");
    query.start_ms = INT64_C(253402300799000);
    query.end_ms = INT64_C(253402300799999);
    CHECK_TEXT(list(&house.work, &query).ids, "");
}

TEST(the_next_page_goes_on_where_the_last_one_ended)
{
    FIXTURE(house);
    const char *chat_id = five_messages(&house);
    MessageQuery query = { chat_id, 1000, 2999, NULL, false, 2 };

    CHECK_TEXT(list(&house.work, &query).ids, "ab");
    query.last_id = message_text(&house.work, 1000, 'b');
    CHECK_TEXT(list(&house.work, &query).ids, "cd");
    CHECK(!list(&house.work, &query).has_more);
    query.is_newest_first = true;
    query.last_id = message_text(&house.work, 2000, 'd');
    CHECK_TEXT(list(&house.work, &query).ids, "cb");
    CHECK(list(&house.work, &query).has_more);
}

TEST(a_page_never_leaves_its_span)
{
    FIXTURE(house);
    const char *chat_id = five_messages(&house);
    MessageQuery query = { chat_id, 2000, 2999, NULL, false, 10 };

    query.last_id = message_text(&house.work, 1000, 'a');
    CHECK_TEXT(list(&house.work, &query).ids, "d");
    query.is_newest_first = true;
    query.last_id = message_text(&house.work, 3000, 'e');
    CHECK_TEXT(list(&house.work, &query).ids, "d");
}

TEST(a_page_that_ended_with_no_message_has_no_next)
{
    FIXTURE(house);
    MessageQuery query = { five_messages(&house), 0, INT64_MAX, "om_1", false, 10 };
    MessageView *messages = NULL;
    size_t count = 0;
    bool has_more;

    CHECK_INT(chat_messages(&house.work, &query, &messages, &count, &has_more), E_INVALID);
    CHECK_TEXT(house.work.failure->field, "page_token");
}

TEST(a_sender_is_known_by_open_id_or_as_an_app)
{
    FIXTURE(house);
    MessageQuery query = { five_messages(&house), 0, INT64_MAX, NULL, false, 10 };
    MessageView *messages = NULL;
    size_t count = 0;
    bool has_more;

    fixture_run(&house.work, "DELETE FROM kunlun_user WHERE tenant_id = 1 AND kunlun_id = '2'",
                NULL, NULL);
    CHECK_INT(chat_messages(&house.work, &query, &messages, &count, &has_more), 0);
    CHECK_TEXT(messages[0].sender_open_id, "ou_1");
    CHECK_TEXT(messages[1].sender_open_id, NULL);
    CHECK_TEXT(messages[1].message.sender_id, FIXTURE_APP);
    CHECK_TEXT(messages[2].sender_open_id, NULL);
}

/* ---- all or nothing ---- */

static int read_all(const Work *work, void *state)
{
    MessageQuery query = { state, 0, INT64_MAX, NULL, false, 10 };
    MessageView *messages = NULL;
    ChatView view = { 0 };
    MemberView *members = NULL;
    size_t count = 0;
    int64_t total = 0;
    bool has_more = false;
    int r = chat_view(work, state, &view);

    if (r >= 0)
        r = chat_members(work, state, BEFORE_ALL_MEMBERS, 10, &members, &count, &total);
    if (r >= 0)
        r = chat_messages(work, &query, &messages, &count, &has_more);
    return r;
}

TEST(a_read_whose_call_fails_fails)
{
    FAULTY_FIXTURE(house);
    char *chat_id = arena_text(house.kept.arena, five_messages(&house));

    CHECK_EACH_CALL(&house, &house.work, read_all, chat_id);
}

static int look_elsewhere(const Work *work, void *state)
{
    ChatView view = { 0 };
    int r = chat_view(work, state, &view);

    if (r != E_DENIED)
        return r < 0 ? r : E_NOT_FOUND;
    failure_clear(work->failure);
    return 0;
}

TEST(a_look_at_a_foreign_chat_whose_call_fails_fails)
{
    FAULTY_FIXTURE(house);
    char *chat_id = arena_text(house.kept.arena, fixture_chat(&house.stranger, "1", "2"));

    CHECK_EACH_CALL(&house, &house.work, look_elsewhere, chat_id);
}

CHECK_MAIN
