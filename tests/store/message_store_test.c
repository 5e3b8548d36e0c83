/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "store/chat_store.h"
#include "store/message_store.h"
#include "store/temp_store.h"

enum { OURS = 1, THEIRS = 2, TAIL = -77 };

static int put_message(TempStore *kept, int64_t tenant_id, int64_t chat_number, int64_t number,
                       const char *content)
{
    Message message = { .id = { number, TAIL },
                        .chat_number = chat_number,
                        .msg_type = "text",
                        .sender_id = "7",
                        .sender_type = "user",
                        .content = content,
                        .created_ms = 1000 };

    return message_insert(kept->store, tenant_id, &message, &kept->failure);
}

/* opening: the number of what opened it; 0 = nothing. */
static int put_chat(TempStore *kept, int64_t tenant_id, int64_t number, int64_t opening)
{
    Chat chat = {
        { number, TAIL }, "x", "7", "cli_1", "normal", false, "", 1, "cli_1", 1000, false
    };
    Message message = { .id = { opening, TAIL }, .content = MESSAGE_OPENING_BEGIN "opened" };

    return chat_insert(kept->store, tenant_id, &chat, NULL, opening > 0 ? &message : NULL, NULL,
                       &kept->failure);
}

static int list(TempStore *kept, int64_t tenant_id, int64_t chat_number, MessageRange range,
                Message **ret_messages, size_t *ret_count)
{
    return message_list(kept->store, tenant_id, chat_number, &range, kept->arena, ret_messages,
                        ret_count, &kept->failure);
}

TEST(messages_are_listed_both_ways_between_two_numbers)
{
    TEMP_STORE(kept);
    Message *messages = NULL;
    size_t count = 0;

    put_message(&kept, OURS, 1, 0, "first");
    put_message(&kept, OURS, 1, 3, "third");
    put_message(&kept, OURS, 1, 2, "second");
    put_message(&kept, OURS, 2, 4, "other");
    put_message(&kept, THEIRS, 3, 5, "not ours");

    CHECK_INT(list(&kept, OURS, 1, (MessageRange){ -1, INT64_MAX, false, 10 }, &messages, &count),
              0);
    CHECK_INT(count, 3);
    CHECK_INT(messages[0].id.number, 0);
    CHECK_INT(messages[0].id.tail, TAIL);
    CHECK_INT(messages[0].chat_number, 1);
    CHECK_TEXT(messages[0].msg_type, "text");
    CHECK_TEXT(messages[0].sender_id, "7");
    CHECK_TEXT(messages[0].sender_type, "user");
    CHECK_TEXT(messages[0].content, "first");
    CHECK_INT(messages[0].created_ms, 1000);
    CHECK_TEXT(messages[1].content, "second");
    CHECK_TEXT(messages[2].content, "third");

    CHECK_INT(list(&kept, OURS, 1, (MessageRange){ -1, INT64_MAX, true, 2 }, &messages, &count), 0);
    CHECK_INT(count, 2);
    CHECK_TEXT(messages[0].content, "third");
    CHECK_TEXT(messages[1].content, "second");

    CHECK_INT(list(&kept, OURS, 1, (MessageRange){ 0, 3, false, 9 }, &messages, &count), 0);
    CHECK_INT(count, 1);
    CHECK_TEXT(messages[0].content, "second");
}

TEST(what_opened_a_chat_is_listed_with_what_was_said)
{
    TEMP_STORE(kept);
    Message *messages = NULL;
    size_t count = 0;

    put_chat(&kept, OURS, 10, 11);
    put_chat(&kept, OURS, 12, 13);
    put_chat(&kept, OURS, 15, 0);
    put_message(&kept, OURS, 10, 20, "said");
    put_message(&kept, OURS, 10, 21, "again");
    CHECK_INT(list(&kept, OURS, 10, (MessageRange){ -1, INT64_MAX, false, 9 }, &messages, &count),
              0);
    CHECK_INT(count, 3);
    CHECK_INT(messages[0].id.number, 11);
    CHECK_TEXT(messages[0].msg_type, MESSAGE_SYSTEM);
    CHECK_TEXT(messages[0].content, MESSAGE_OPENING_BEGIN "opened");
    CHECK_TEXT(messages[2].content, "again");
    CHECK_INT(list(&kept, OURS, 10, (MessageRange){ -1, 21, true, 9 }, &messages, &count), 0);
    CHECK_INT(count, 2);
    CHECK_TEXT(messages[0].content, "said");
    CHECK_INT(messages[1].id.number, 11);
    CHECK_INT(list(&kept, OURS, 10, (MessageRange){ 11, INT64_MAX, false, 1 }, &messages, &count),
              0);
    CHECK_INT(count, 1);
    CHECK_TEXT(messages[0].content, "said");
    CHECK_INT(list(&kept, OURS, 10, (MessageRange){ -1, 11, true, 9 }, &messages, &count), 0);
    CHECK_INT(count, 0);
    CHECK_INT(list(&kept, OURS, 15, (MessageRange){ -1, INT64_MAX, true, 9 }, &messages, &count),
              0);
    CHECK_INT(count, 0);
    CHECK_INT(list(&kept, THEIRS, 10, (MessageRange){ -1, INT64_MAX, true, 9 }, &messages, &count),
              0);
    CHECK_INT(count, 0);
}

TEST(messages_are_their_tenants_alone)
{
    TEMP_STORE(kept);
    Message *messages = NULL;
    size_t count = 0;

    put_message(&kept, OURS, 1, 1, "ours");
    CHECK_INT(list(&kept, THEIRS, 1, (MessageRange){ -1, INT64_MAX, true, 9 }, &messages, &count),
              0);
    CHECK_INT(count, 0);
    CHECK_INT(list(&kept, OURS, 1, (MessageRange){ -1, INT64_MAX, true, 9 }, &messages, &count), 0);
    CHECK_INT(count, 1);
}

TEST(the_newest_message_of_a_chat_is_found)
{
    TEMP_STORE(kept);
    int64_t number = 77;

    CHECK_INT(message_newest(kept.store, OURS, 1, &number, &kept.failure), 0);
    CHECK_INT(number, 77);
    put_message(&kept, OURS, 1, 5, "a");
    put_message(&kept, OURS, 1, 3, "b");
    put_message(&kept, OURS, 2, 9, "c");
    CHECK_INT(message_newest(kept.store, OURS, 1, &number, &kept.failure), 1);
    CHECK_INT(number, 5);
    CHECK_INT(message_newest(kept.store, THEIRS, 1, &number, &kept.failure), 0);
}

TEST(what_opened_a_chat_is_the_newest_until_something_is_said)
{
    TEMP_STORE(kept);
    int64_t number = 77;

    put_chat(&kept, OURS, 10, 0);
    CHECK_INT(message_newest(kept.store, OURS, 10, &number, &kept.failure), 0);
    put_chat(&kept, OURS, 20, 21);
    CHECK_INT(message_newest(kept.store, OURS, 20, &number, &kept.failure), 1);
    CHECK_INT(number, 21);
    CHECK_INT(message_newest(kept.store, THEIRS, 20, &number, &kept.failure), 0);
    put_message(&kept, OURS, 20, 30, "said");
    CHECK_INT(message_newest(kept.store, OURS, 20, &number, &kept.failure), 1);
    CHECK_INT(number, 30);
}

TEST(all_messages_of_a_chat_are_dropped_and_no_others)
{
    TEMP_STORE(kept);

    put_message(&kept, OURS, 1, 1, "a");
    put_message(&kept, OURS, 1, 2, "b");
    put_message(&kept, OURS, 2, 3, "c");
    CHECK_INT(message_delete_all(kept.store, THEIRS, 1, &kept.failure), 0);
    CHECK_INT(message_delete_all(kept.store, OURS, 3, &kept.failure), 0);
    CHECK(strstr(temp_store_rows(kept.store, kept.arena), "|a|1000||||0\n"));
    CHECK_INT(message_delete_all(kept.store, OURS, 1, &kept.failure), 0);
    CHECK_TEXT(temp_store_rows(kept.store, kept.arena),
               "revision|directory|1\n"
               "message|1|2|3|-77|text|7|user|c|1000||||0\n");
}

/* ---- by its id ---- */

static int find(TempStore *kept, int64_t tenant_id, Id id, Message *ret_message)
{
    return message_find(kept->store, tenant_id, id, kept->arena, ret_message, &kept->failure);
}

TEST(a_reply_is_found_as_it_was_put)
{
    TEMP_STORE(kept);
    Message reply = { .id = { 9, TAIL },
                      .chat_number = 1,
                      .msg_type = "post",
                      .sender_id = "cli_1",
                      .sender_type = "app",
                      .content = "{}",
                      .created_ms = 1000,
                      .root_id = "om_1",
                      .parent_id = "om_2",
                      .mentions = "7 8" };
    Message message = { 0 };

    CHECK_INT(find(&kept, OURS, reply.id, &message), 0);
    CHECK_INT(message_insert(kept.store, OURS, &reply, &kept.failure), 0);
    CHECK_INT(find(&kept, OURS, reply.id, &message), 1);
    CHECK_INT(message.id.number, 9);
    CHECK_INT(message.id.tail, TAIL);
    CHECK_INT(message.chat_number, 1);
    CHECK_TEXT(message.msg_type, "post");
    CHECK_TEXT(message.sender_id, "cli_1");
    CHECK_TEXT(message.sender_type, "app");
    CHECK_TEXT(message.content, "{}");
    CHECK_INT(message.created_ms, 1000);
    CHECK_TEXT(message.root_id, "om_1");
    CHECK_TEXT(message.parent_id, "om_2");
    CHECK_TEXT(message.mentions, "7 8");
    CHECK_INT(message.deleted_ms, 0);
}

TEST(what_a_message_lacks_is_empty)
{
    TEMP_STORE(kept);
    Message message = { 0 }, named = { .id = { 2, TAIL },
                                       .chat_number = 1,
                                       .msg_type = "text",
                                       .sender_id = "7",
                                       .sender_type = "user",
                                       .content = "{}",
                                       .mentions = "8" };

    put_message(&kept, OURS, 1, 1, "{}");
    CHECK_INT(find(&kept, OURS, (Id){ 1, TAIL }, &message), 1);
    CHECK_TEXT(message.root_id, "");
    CHECK_TEXT(message.parent_id, "");
    CHECK_TEXT(message.mentions, "");
    CHECK_INT(message_insert(kept.store, OURS, &named, &kept.failure), 0);
    CHECK_INT(find(&kept, OURS, named.id, &message), 1);
    CHECK_TEXT(message.root_id, "");
    CHECK_TEXT(message.parent_id, "");
    CHECK_TEXT(message.mentions, "8");
}

TEST(half_of_an_id_and_another_tenants_find_no_message)
{
    TEMP_STORE(kept);
    Message message = { 0 };

    put_message(&kept, OURS, 1, 5, "x");
    CHECK_INT(find(&kept, OURS, (Id){ 5, TAIL + 1 }, &message), 0);
    CHECK_INT(find(&kept, OURS, (Id){ 4, TAIL }, &message), 0);
    CHECK_INT(find(&kept, THEIRS, (Id){ 5, TAIL }, &message), 0);
}

/* The numbers are of one source, so that other tenants' chats stand between ours. */
TEST(what_opened_a_chat_is_found_through_the_chat)
{
    TEMP_STORE(kept);
    Message message = { 0 };

    put_chat(&kept, OURS, 10, 11);
    put_chat(&kept, THEIRS, 12, 14);
    put_chat(&kept, OURS, 16, 17);
    CHECK_INT(find(&kept, OURS, (Id){ 11, TAIL }, &message), 1);
    CHECK_INT(message.chat_number, 10);
    CHECK_TEXT(message.msg_type, MESSAGE_SYSTEM);
    CHECK_TEXT(message.sender_id, "cli_1");
    CHECK_TEXT(message.sender_type, "app");
    CHECK_TEXT(message.content, MESSAGE_OPENING_BEGIN "opened");
    CHECK_INT(message.created_ms, 1000);
    CHECK_INT(find(&kept, OURS, (Id){ 17, TAIL }, &message), 1);
    CHECK_INT(message.chat_number, 16);
    CHECK_INT(find(&kept, THEIRS, (Id){ 14, TAIL }, &message), 1);
    CHECK_INT(message.chat_number, 12);
    CHECK_INT(find(&kept, OURS, (Id){ 14, TAIL }, &message), 0);
    CHECK_INT(find(&kept, OURS, (Id){ 11, TAIL + 1 }, &message), 0);
    CHECK_INT(find(&kept, OURS, (Id){ 12, TAIL }, &message), 0);
    CHECK_INT(find(&kept, OURS, (Id){ 3, TAIL }, &message), 0);
}

TEST(what_opened_a_chat_is_dropped_too)
{
    TEMP_STORE(kept);
    Message message = { 0 };
    int64_t number = 0;

    put_chat(&kept, OURS, 10, 11);
    put_chat(&kept, OURS, 12, 13);
    CHECK_INT(message_delete_all(kept.store, THEIRS, 10, &kept.failure), 0);
    CHECK_INT(message_delete_all(kept.store, OURS, 12, &kept.failure), 0);
    CHECK_INT(message_newest(kept.store, OURS, 12, &number, &kept.failure), 0);
    CHECK_INT(find(&kept, OURS, (Id){ 13, TAIL }, &message), 0);
    CHECK_INT(find(&kept, OURS, (Id){ 11, TAIL }, &message), 1);
    CHECK(strstr(temp_store_rows(kept.store, kept.arena),
                 "cli_1|1000|11|-77|" MESSAGE_OPENING_BEGIN "opened\n"));
    CHECK(strstr(temp_store_rows(kept.store, kept.arena), "cli_1|1000|0|0|\n"));
}

TEST(a_number_is_taken_once_in_whatever_chat)
{
    TEMP_STORE(kept);

    CHECK_INT(put_message(&kept, OURS, 1, 5, "x"), 0);
    CHECK_INT(put_message(&kept, OURS, 1, 5, "y"), E_CONFLICT);
    CHECK_INT(put_message(&kept, OURS, 2, 5, "y"), E_CONFLICT);
}

/* ---- recalled ---- */

TEST(nothing_of_a_recalled_message_is_left_but_that_it_was)
{
    TEMP_STORE(kept);
    Message message = { 0 };

    put_message(&kept, OURS, 1, 5, "secret");
    put_message(&kept, OURS, 1, 6, "other");
    CHECK_INT(find(&kept, OURS, (Id){ 5, TAIL }, &message), 1);
    CHECK_INT(message_empty(kept.store, THEIRS, &message, 2000, &kept.failure), 0);
    CHECK_INT(find(&kept, OURS, (Id){ 5, TAIL }, &message), 1);
    CHECK_TEXT(message.content, "secret");
    CHECK_INT(message_empty(kept.store, OURS, &message, 2000, &kept.failure), 0);
    CHECK_INT(find(&kept, OURS, (Id){ 5, TAIL }, &message), 1);
    CHECK_TEXT(message.content, "");
    CHECK_TEXT(message.mentions, "");
    CHECK_INT(message.deleted_ms, 2000);
    CHECK_INT(message.created_ms, 1000);
    CHECK_TEXT(message.msg_type, "text");
    CHECK_INT(find(&kept, OURS, (Id){ 6, TAIL }, &message), 1);
    CHECK_TEXT(message.content, "other");
    CHECK_INT(message.deleted_ms, 0);
}

CHECK_MAIN
