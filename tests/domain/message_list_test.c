/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of a chat, in pages: chat_messages() of domain/message.h. */
#include "base/buffer.h"
#include "base/text.h"

#include "domain/chat.h"
#include "domain/message.h"
#include "fault_check.h"
#include "store/message_store.h"

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

    fixture_run(&house->work, "UPDATE chat SET opening_number = 0", NULL, NULL);
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
    MessageQuery query = { five_messages(&house), 0, INT64_MAX, NULL, false, 10, false };

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
    MessageQuery query = { five_messages(&house), 1000, 1999, NULL, false, 10, false };

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
    MessageQuery query = { chat_id, 1000, 2999, NULL, false, 2, false };

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
    MessageQuery query = { chat_id, 2000, 2999, NULL, false, 10, false };

    query.last_id = message_text(&house.work, 1000, 'a');
    CHECK_TEXT(list(&house.work, &query).ids, "d");
    query.is_newest_first = true;
    query.last_id = message_text(&house.work, 3000, 'e');
    CHECK_TEXT(list(&house.work, &query).ids, "d");
}

TEST(a_page_that_ended_with_no_message_has_no_next)
{
    FIXTURE(house);
    MessageQuery query = { five_messages(&house), 0, INT64_MAX, "om_1", false, 10, false };
    MessageView *messages = NULL;
    size_t count = 0;
    bool has_more;

    CHECK_INT(chat_messages(&house.work, &query, &messages, &count, &has_more), E_INVALID);
    CHECK_TEXT(house.work.failure->field, "page_token");
}

TEST(a_sender_is_known_by_open_id_or_as_an_app)
{
    FIXTURE(house);
    MessageQuery query = { five_messages(&house), 0, INT64_MAX, NULL, false, 10, false };
    MessageView *messages = NULL;
    size_t count = 0;
    bool has_more;

    fixture_run(&house.work, "DELETE FROM kunlun_user WHERE tenant_id = 1 AND kunlun_id = '2'",
                NULL, NULL);
    CHECK_INT(chat_messages(&house.work, &query, &messages, &count, &has_more), 0);
    CHECK_TEXT(messages[0].sender->open_id, "ou_1");
    CHECK(!messages[1].sender);
    CHECK_TEXT(messages[1].message.sender_id, FIXTURE_APP);
    CHECK(!messages[2].sender);
}

TEST(a_chat_that_isnt_open_lists_nothing)
{
    FIXTURE(house);
    const char *gone = fixture_chat(&house.work, "1", "2");
    const char *theirs = fixture_chat(&house.stranger, "1", "2");
    const char *outside = fixture_chat(&house.second, "1", "2");
    const struct {
        const char *chat_id;
        int code;
        const char *field;
    } rows[] = {
        { gone, E_CONFLICT, "chat_id" },
        { theirs, E_DENIED, "tenant_key" },
        { outside, E_DENIED, "chat_id" },
        { "oc_00000000000000000000000000000000", E_NOT_FOUND, "chat_id" },
    };

    fixture_dissolve(&house.work, gone);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        MessageQuery query = { rows[i].chat_id, 0, INT64_MAX, NULL, false, 10, false };
        MessageView *messages;
        size_t count;
        bool has_more;

        failure_clear(house.work.failure);
        CHECK_INT(chat_messages(&house.work, &query, &messages, &count, &has_more), rows[i].code);
        CHECK_TEXT(house.work.failure->field, rows[i].field);
    }
}

static int read_all(const Work *work, void *state)
{
    MessageQuery query = { state, 0, INT64_MAX, NULL, false, 10, false };
    MessageView *messages = NULL;
    size_t count = 0;
    bool has_more = false;

    return chat_messages(work, &query, &messages, &count, &has_more);
}

TEST(a_list_whose_call_fails_fails)
{
    FAULTY_FIXTURE(house);
    char *chat_id = arena_text(house.kept.arena, five_messages(&house));

    CHECK_EACH_CALL(&house, &house.work, read_all, chat_id);
}

CHECK_MAIN
