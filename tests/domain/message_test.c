/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/buffer.h"

#include "domain/chat.h"
#include "domain/message.h"
#include "fault_check.h"
#include "model/limits.h"

/* ---- what is said ---- */

static const char text_content[] = "{\"text\":\"好\"}";

static MessageDraft text_draft(const char *text)
{
    return (MessageDraft){ .msg_type = "text", .content = text_content, .text = text };
}

static const char *id_of(const Work *work, const MessageView *view)
{
    return id_print(view->message.id, MESSAGE_ID_PREFIX, work->arena);
}

/* Says it or aborts, and gives its id. */
static const char *say(const Work *work, const char *chat_id, const char *text)
{
    MessageDraft draft = text_draft(text);
    MessageView view;

    if (message_send(work, chat_id, &draft, &view) < 0) {
        fprintf(stderr, "%s\n", work->failure->text);
        abort();
    }
    return id_of(work, &view);
}

TEST(what_an_app_says_is_there_with_its_event)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2"), *before = fixture_rows(&house);
    MessageDraft draft = text_draft("好");
    MessageView view = { 0 }, again = { 0 };

    CHECK_INT(message_send(&house.work, chat_id, &draft, &view), 0);
    CHECK_TEXT(fixture_changes(&house, before), "message +1 event +1");
    CHECK_TEXT(view.chat_id, chat_id);
    CHECK_TEXT(view.message.msg_type, "text");
    CHECK_TEXT(view.message.content, "{\"text\":\"好\"}");
    CHECK_TEXT(view.message.sender_id, FIXTURE_APP);
    CHECK_INT(view.message.created_ms, FIXTURE_NOW_MS);
    CHECK(!view.sender);
    CHECK_INT(view.mention_count, 0);
    CHECK(strstr(fixture_rows(&house),
                 arena_print(house.kept.arena,
                             "|im.message.receive_v1|" FIXTURE_APP
                             "||%lld|{\"message_id\":\"%s\",\"msg_type\":\"text\"}|",
                             (long long)view.message.chat_number, id_of(&house.work, &view))));
    CHECK_INT(message_view(&house.work, id_of(&house.work, &view), false, &again), 0);
    CHECK_TEXT(again.chat_id, chat_id);
    CHECK_TEXT(again.message.content, view.message.content);
}

/* Whoever follows the events by number has seen the message by then. */
TEST(an_event_comes_after_its_message)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");

    say(&house.work, chat_id, "好");
    CHECK(house.ids.last_number > 0);
    fixture_run(
        &house.work,
        "DELETE FROM later_event WHERE event_number > (SELECT max(message_number) FROM message)",
        NULL, NULL);
    CHECK(!strstr(fixture_rows(&house), "im.message.receive_v1"));
}

TEST(what_isnt_text_is_kept_as_it_came)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    MessageDraft draft = { .msg_type = "interactive", .content = "{ \"elements\" : [] }" };
    MessageView view = { 0 };

    CHECK_INT(message_send(&house.work, chat_id, &draft, &view), 0);
    CHECK_TEXT(view.message.content, "{ \"elements\" : [] }");
    CHECK_TEXT(view.message.msg_type, "interactive");
}

TEST(what_opened_a_chat_is_viewed_too)
{
    FIXTURE(house);
    MessageQuery query = {
        fixture_chat(&house.work, "1", "2"), 0, INT64_MAX, NULL, false, 10, false
    };
    MessageView *messages = NULL, view = { 0 };
    size_t count = 0;
    bool has_more = false;

    fixture_chat(&house.stranger, "1", "2");
    fixture_chat(&house.work, "1", "2");
    CHECK_INT(chat_messages(&house.work, &query, &messages, &count, &has_more), 0);
    CHECK_INT(count, 1);
    CHECK_INT(message_view(&house.work, id_of(&house.work, &messages[0]), false, &view), 0);
    CHECK_TEXT(view.message.msg_type, "system");
    CHECK_TEXT(view.chat_id, query.chat_id);
}

typedef struct Refusal {
    const Work *work;
    const char *receive_id;
    MessageDraft draft;
    int code;
    const char *field;
} Refusal;

TEST(what_cant_be_said_changes_nothing)
{
    FIXTURE(house);
    Arena *arena = house.kept.arena;
    const char *ours = fixture_chat(&house.work, "1", "2");
    const char *gone = fixture_chat(&house.work, "1", "2");
    const char *theirs = fixture_chat(&house.stranger, "1", "2");
    MessageDraft fine = text_draft("x"), system = fine, card = { .msg_type = "interactive" },
                 none = fine;
    const char *before;

    fixture_dissolve(&house.work, gone);
    system.msg_type = "system";
    none.msg_type = "Text";
    card.content = arena_print(arena, "{\"a\":\"%0*d\"}", CONTENT_BYTES_MOST - 7, 0);
    before = fixture_rows(&house);
    const Refusal rows[] = {
        { &house.work, "oc_1", fine, E_NOT_FOUND, "receive_id" },
        { &house.work, "ou_1", fine, E_NOT_FOUND, "receive_id" },
        { &house.work, theirs, fine, E_DENIED, "tenant_key" },
        { &house.second, ours, fine, E_DENIED, "chat_id" },
        { &house.work, gone, fine, E_CONFLICT, "chat_id" },
        { &house.work, ours, system, E_INVALID, "msg_type" },
        { &house.work, ours, none, E_INVALID, "msg_type" },
        { &house.work, ours, card, E_LIMITED, "content" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        MessageView view;

        failure_clear(house.work.failure);
        CHECK_INT(message_send(rows[i].work, rows[i].receive_id, &rows[i].draft, &view),
                  rows[i].code);
        CHECK_TEXT(house.work.failure->field, rows[i].field);
    }
    CHECK_TEXT(fixture_changes(&house, before), "");
}

TEST(a_content_of_the_most_bytes_is_said)
{
    FIXTURE(house);
    Arena *arena = house.kept.arena;
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    MessageDraft draft = text_draft("x");
    MessageView view;

    draft.content = arena_print(arena, "{\"text\":\"%0*d\"}", TEXT_CONTENT_BYTES_MOST - 11, 0);
    CHECK_INT(strlen(draft.content), TEXT_CONTENT_BYTES_MOST);
    CHECK_INT(message_send(&house.work, chat_id, &draft, &view), 0);
    draft.content = arena_print(arena, "%s ", draft.content);
    CHECK_INT(message_send(&house.work, chat_id, &draft, &view), E_LIMITED);
    failure_clear(house.work.failure);
    draft = (MessageDraft){ .msg_type = "post" };
    draft.content = arena_print(arena, "{\"a\":\"%0*d\"}", CONTENT_BYTES_MOST - 8, 0);
    CHECK_INT(strlen(draft.content), CONTENT_BYTES_MOST);
    CHECK_INT(message_send(&house.work, chat_id, &draft, &view), 0);
}

TEST(a_user_is_written_to_by_any_id_in_one_chat)
{
    FIXTURE(house);
    MessageDraft draft = text_draft("x");
    MessageView by_open, by_union, by_user, by_email, in_chat;
    const char *before;

    fixture_run(&house.work, "UPDATE kunlun_user SET email = 'a@b.cn' WHERE kunlun_id = '1'", NULL,
                NULL);
    before = fixture_rows(&house);
    CHECK_INT(message_send_to_user(&house.work, ID_OPEN, "ou_1", &draft, &by_open), 0);
    CHECK_TEXT(fixture_changes(&house, before),
               "chat +1 chat_join +1 direct_chat +1 message +1 event +2");
    before = fixture_rows(&house);
    CHECK_INT(message_send_to_user(&house.work, ID_UNION, "on_1", &draft, &by_union), 0);
    CHECK_INT(message_send_to_user(&house.work, ID_USER, "u1", &draft, &by_user), 0);
    CHECK_INT(message_send_to_email(&house.work, "A@b.cn", &draft, &by_email), 0);
    CHECK_INT(message_send(&house.work, by_open.chat_id, &draft, &in_chat), 0);
    CHECK_TEXT(fixture_changes(&house, before), "message +4 event +4");
    CHECK_TEXT(by_union.chat_id, by_open.chat_id);
    CHECK_TEXT(by_user.chat_id, by_open.chat_id);
    CHECK_TEXT(by_email.chat_id, by_open.chat_id);
    CHECK_TEXT(in_chat.chat_id, by_open.chat_id);
}

TEST(what_is_said_to_one_user_is_read_answered_and_recalled)
{
    FIXTURE(house);
    MessageDraft draft = text_draft("x");
    MessageQuery query = { .end_ms = INT64_MAX, .limit = 10, .is_direct_only = true };
    MessageView said, answer, *messages = NULL;
    const char *message_id;
    bool has_more = false;
    size_t count = 0;

    CHECK_INT(message_send_to_user(&house.work, ID_OPEN, "ou_1", &draft, &said), 0);
    message_id = id_of(&house.work, &said);
    CHECK_INT(message_reply(&house.work, message_id, &draft, &answer), 0);
    CHECK_TEXT(answer.chat_id, said.chat_id);
    CHECK_INT(message_view(&house.work, message_id, true, &answer), 0);
    query.chat_id = said.chat_id;
    CHECK_INT(chat_messages(&house.work, &query, &messages, &count, &has_more), 0);
    CHECK_INT(count, 2);
    CHECK_INT(message_recall(&house.work, message_id), 0);
    CHECK_INT(message_send(&house.second, said.chat_id, &draft, &said), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "chat_id");
}

TEST(who_may_not_read_groups_reads_direct_chats_alone)
{
    FIXTURE(house);
    MessageQuery query = { .chat_id = fixture_chat(&house.work, "1", "2"),
                           .end_ms = INT64_MAX,
                           .limit = 10,
                           .is_direct_only = true };
    MessageView view, *messages = NULL;
    bool has_more = false;
    size_t count = 0;

    CHECK_INT(chat_messages(&house.work, &query, &messages, &count, &has_more), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "scope");
    failure_clear(house.work.failure);
    query.is_direct_only = false;
    CHECK_INT(chat_messages(&house.work, &query, &messages, &count, &has_more), 0);
    CHECK_INT(message_view(&house.work, id_of(&house.work, &messages[0]), true, &view), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "scope");
}

TEST(who_can_t_be_written_to_gets_no_chat)
{
    FIXTURE(house);
    MessageDraft draft = text_draft("x"), bad = { .msg_type = "system", .content = "{}" };
    const char *before = fixture_rows(&house);
    MessageView view;

    CHECK_INT(message_send_to_user(&house.work, ID_UNION, "ou_1", &draft, &view), E_NOT_FOUND);
    CHECK_TEXT(house.work.failure->field, "receive_id");
    failure_clear(house.work.failure);
    CHECK_INT(message_send_to_email(&house.work, "a@b", &draft, &view), E_NOT_FOUND);
    CHECK_TEXT(house.work.failure->field, "receive_id");
    failure_clear(house.work.failure);
    CHECK_INT(message_send_to_user(&house.work, ID_OPEN, "ou_8", &draft, &view), E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "receive_id");
    failure_clear(house.work.failure);
    CHECK_INT(message_send_to_user(&house.work, ID_OPEN, "ou_1", &bad, &view), E_INVALID);
    CHECK_TEXT(house.work.failure->field, "msg_type");
    CHECK_TEXT(fixture_changes(&house, before), "");
}

TEST(nothing_more_is_said_to_who_has_resigned)
{
    FIXTURE(house);
    MessageDraft draft = text_draft("x");
    const char *message_id, *before;
    MessageView said, view;

    CHECK_INT(message_send_to_user(&house.work, ID_OPEN, "ou_1", &draft, &said), 0);
    message_id = id_of(&house.work, &said);
    fixture_run(&house.work, "UPDATE kunlun_user SET status = 'resigned' WHERE kunlun_id = '1'",
                NULL, NULL);
    before = fixture_rows(&house);
    CHECK_INT(message_send_to_user(&house.work, ID_OPEN, "ou_1", &draft, &view), E_CONFLICT);
    failure_clear(house.work.failure);
    CHECK_INT(message_send(&house.work, said.chat_id, &draft, &view), E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "receive_id");
    failure_clear(house.work.failure);
    CHECK_INT(message_reply(&house.work, message_id, &draft, &view), E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "receive_id");
    failure_clear(house.work.failure);
    CHECK_TEXT(fixture_changes(&house, before), "");
    CHECK_INT(message_view(&house.work, message_id, false, &view), 0);
}

/* ---- whom it names ---- */

static const char *said(const Work *work, const char *chat_id, const char *text, MessageView *view)
{
    MessageDraft draft = text_draft(text);

    failure_clear(work->failure);
    return message_send(work, chat_id, &draft, view) < 0 ? work->failure->text
                                                         : view->message.content;
}

TEST(tags_become_keys_and_mentions)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    MessageView view = { 0 }, again = { 0 };

    CHECK_TEXT(said(&house.work, chat_id,
                    "<at user_id=\"ou_2\">Tom</at> 和 <at user_id=\"on_3\"></at>, "
                    "<at user_id=\"u2\"></at>!",
                    &view),
               "{\"text\":\"@_user_1 和 @_user_2, @_user_1!\"}");
    CHECK_INT(view.mention_count, 2);
    CHECK_TEXT(view.mentions[0].open_id, "ou_2");
    CHECK_TEXT(view.mentions[0].name, "王芳");
    CHECK_TEXT(view.mentions[1].open_id, "ou_3");
    CHECK_INT(message_view(&house.work, id_of(&house.work, &view), false, &again), 0);
    CHECK_INT(again.mention_count, 2);
    CHECK_TEXT(again.mentions[1].open_id, "ou_3");
}

TEST(a_tag_that_names_nobody_stays)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    MessageView view = { 0 };

    CHECK_TEXT(
        said(&house.work, chat_id, "<at user_id=\"all\"></at> <at user_id='ou_9'>x</at>", &view),
        "{\"text\":\"@_all <at user_id='ou_9'>x</at>\"}");
    CHECK_INT(view.mention_count, 0);
    CHECK_TEXT(said(&house.work, chat_id, "a \"b\" <at>", &view),
               "{\"text\":\"a \\\"b\\\" <at>\"}");
}

TEST(a_user_who_is_unknown_by_now_keeps_their_number)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    MessageView view = { 0 }, again = { 0 };

    said(&house.work, chat_id, "<at user_id=\"ou_7\"></at><at user_id=\"ou_2\"></at>", &view);
    fixture_run(&house.work, "DELETE FROM kunlun_user WHERE tenant_id = 1 AND kunlun_id = '7'",
                NULL, NULL);
    CHECK_INT(message_view(&house.work, id_of(&house.work, &view), false, &again), 0);
    CHECK_INT(again.mention_count, 2);
    CHECK_TEXT(again.mentions[0].open_id, NULL);
    CHECK_TEXT(again.mentions[1].open_id, "ou_2");
}

TEST(a_text_names_so_many)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    MessageView view = { 0 };
    Buffer text;

    buffer_init(&text, house.kept.arena, 64);
    for (int i = 0; i < MENTIONS_MOST; i++)
        buffer_add(&text, "<at user_id=\"ou_1\"></at>");
    said(&house.work, chat_id, text.text, &view);
    CHECK_INT(view.mention_count, 1);
    buffer_add(&text, "<at user_id=\"all\"></at>");
    said(&house.work, chat_id, text.text, &view);
    CHECK_INT(house.work.failure->code, E_INVALID);
    CHECK_TEXT(house.work.failure->field, "content");
}

/* ---- replies ---- */

TEST(a_reply_knows_its_parent_and_its_root)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    const char *root_id = say(&house.work, chat_id, "1"), *first_id;
    MessageDraft draft = text_draft("2");
    MessageView first = { 0 }, second = { 0 }, again = { 0 };

    CHECK_INT(message_reply(&house.work, root_id, &draft, &first), 0);
    first_id = id_of(&house.work, &first);
    CHECK_TEXT(first.message.root_id, root_id);
    CHECK_TEXT(first.message.parent_id, root_id);
    CHECK_TEXT(first.chat_id, chat_id);
    CHECK_INT(message_reply(&house.work, first_id, &draft, &second), 0);
    CHECK_TEXT(second.message.root_id, root_id);
    CHECK_TEXT(second.message.parent_id, first_id);
    CHECK_INT(message_view(&house.work, id_of(&house.work, &second), false, &again), 0);
    CHECK_TEXT(again.message.root_id, root_id);
    CHECK_TEXT(again.message.parent_id, first_id);
}

/* A message of the second app is one that ours may not take back. */
static const char *foreign_message(const Fixture *house, const char *chat_id)
{
    const char *message_id = say(&house->work, chat_id, "x");

    fixture_run(&house->work,
                "UPDATE message SET sender_id = $1 WHERE message_number = "
                "(SELECT max(message_number) FROM message)",
                FIXTURE_SECOND_APP, NULL);
    return message_id;
}

static const char *opening_of(const Work *work, const char *chat_id)
{
    MessageQuery query = { chat_id, 0, INT64_MAX, NULL, false, 1, false };
    MessageView *messages = NULL;
    size_t count = 0;
    bool has_more;

    return chat_messages(work, &query, &messages, &count, &has_more) < 0 || count != 1
               ? NULL
               : id_of(work, &messages[0]);
}

TEST(what_cant_be_answered_seen_or_recalled_changes_nothing)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    const char *gone = fixture_chat(&house.work, "1", "2");
    const char *theirs = fixture_chat(&house.stranger, "1", "2");
    const char *ours = say(&house.work, chat_id, "x"), *recalled = say(&house.work, chat_id, "y");
    const char *in_gone = say(&house.work, gone, "x");
    const char *in_theirs = say(&house.stranger, theirs, "x"), *before;
    MessageDraft draft = text_draft("2"), threaded = text_draft("2");
    const struct {
        const Work *work;
        const char *message_id;
        int code;
        const char *field, *reply_field;
    } rows[] = {
        { &house.work, "om_1", E_NOT_FOUND, "message_id", "message_id" },
        { &house.work, chat_id, E_NOT_FOUND, "message_id", "message_id" },
        { &house.work, in_theirs, E_NOT_FOUND, "message_id", "message_id" },
        { &house.second, ours, E_DENIED, "chat_id", "chat_id" },
        { &house.work, in_gone, E_CONFLICT, "chat_id", "chat_id" },
        { &house.work, recalled, E_CONFLICT, "message_id", "parent_id" },
    };
    MessageView view;

    CHECK_INT(message_recall(&house.work, recalled), 0);
    fixture_dissolve(&house.work, gone);
    before = fixture_rows(&house);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Failure *failure = rows[i].work->failure;

        failure_clear(failure);
        CHECK_INT(message_view(rows[i].work, rows[i].message_id, false, &view), rows[i].code);
        CHECK_TEXT(failure->field, rows[i].field);
        failure_clear(failure);
        CHECK_INT(message_recall(rows[i].work, rows[i].message_id), rows[i].code);
        CHECK_TEXT(failure->field, rows[i].field);
        failure_clear(failure);
        CHECK_INT(message_reply(rows[i].work, rows[i].message_id, &draft, &view), rows[i].code);
        CHECK_TEXT(failure->field, rows[i].reply_field);
    }
    threaded.reply_in_thread = true;
    failure_clear(house.work.failure);
    CHECK_INT(message_reply(&house.work, ours, &threaded, &view), E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "reply_in_thread");
    CHECK_TEXT(fixture_changes(&house, before), "");
}

/* ---- recalled ---- */

TEST(a_recalled_message_is_listed_without_its_content)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    const char *message_id = say(&house.work, chat_id, "<at user_id=\"ou_1\"></at>"), *before;
    MessageQuery query = { chat_id, 0, INT64_MAX, NULL, true, 1, false };
    MessageView *messages = NULL;
    size_t count = 0;
    bool has_more;

    before = fixture_rows(&house);
    house.work.now_ms += 5;
    CHECK_INT(message_recall(&house.work, message_id), 0);
    CHECK_TEXT(fixture_changes(&house, before), "message +1 -1 event +1");
    CHECK(strstr(fixture_rows(&house),
                 arena_print(house.kept.arena,
                             "|im.message.recalled_v1|" FIXTURE_APP "||%s|"
                             "{\"message_id\":\"%s\",\"msg_type\":\"text\"}|",
                             fixture_number(&house.work, chat_id), message_id)));
    CHECK_INT(chat_messages(&house.work, &query, &messages, &count, &has_more), 0);
    CHECK_TEXT(id_of(&house.work, &messages[0]), message_id);
    CHECK_INT(messages[0].message.deleted_ms, FIXTURE_NOW_MS + 5);
    CHECK_TEXT(messages[0].message.content, "");
    CHECK_INT(messages[0].mention_count, 0);
}

TEST(only_what_the_app_said_is_its_to_recall)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    const char *foreign = foreign_message(&house, chat_id), *before = fixture_rows(&house);

    CHECK_INT(message_recall(&house.work, foreign), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "sender");
    failure_clear(house.work.failure);
    CHECK_INT(message_recall(&house.work, opening_of(&house.work, chat_id)), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "msg_type");
    CHECK_TEXT(fixture_changes(&house, before), "");
}

/* ---- all or nothing ---- */

static int view_one(const Work *work, void *state)
{
    MessageView view;

    return message_view(work, state, false, &view);
}

static int answer_it(const Work *work, void *state)
{
    MessageDraft draft = text_draft("<at user_id=\"ou_1\"></at>");
    MessageView view;

    return message_reply(work, state, &draft, &view);
}

/* What is recalled was said in the same run, since it is there to be recalled only once. */
static int say_and_recall(const Work *work, void *state)
{
    MessageDraft draft = text_draft("x");
    MessageView view;
    int r = message_send(work, state, &draft, &view);

    return r < 0 ? r : message_recall(work, id_of(work, &view));
}

/* By the id and by the chat, which the first good run makes. */
static int write_to_user(const Work *work, void *state)
{
    MessageDraft draft = text_draft("x");
    MessageView view;
    int r = message_send_to_user(work, ID_OPEN, state, &draft, &view);

    return r < 0 ? r : message_send(work, view.chat_id, &draft, &view);
}

TEST(a_verb_whose_call_fails_changes_nothing)
{
    FAULTY_FIXTURE(house);
    char *chat_id = arena_text(house.kept.arena, fixture_chat(&house.work, "1", "2"));
    char *message_id = arena_text(house.kept.arena, say(&house.work, chat_id, "x"));
    char *open_id = arena_text(house.kept.arena, "ou_1");

    CHECK_EACH_CALL(&house, &house.work, view_one, message_id);
    CHECK_EACH_CALL(&house, &house.work, answer_it, message_id);
    CHECK_EACH_CALL(&house, &house.work, say_and_recall, chat_id);
    CHECK_EACH_CALL(&house, &house.work, write_to_user, open_id);
}

CHECK_MAIN
