/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "model/limits.h"
#include "store/chat_store.h"
#include "store/directory_store.h"
#include "store/temp_store.h"
#include "store/user_store.h"

enum { OURS = 1, THEIRS = 2 };

static int put_chat(TempStore *kept, int64_t tenant_id, const char *chat_id, const char *name)
{
    Chat chat = { chat_id, name, "7", "cli_1", "normal", 1000 };

    return chat_insert(kept->store, tenant_id, &chat, &kept->failure);
}

static int put_user(TempStore *kept, int64_t tenant_id, const char *id, const char *name)
{
    User user = { id,
                  arena_print(kept->arena, "ou_%s", id),
                  arena_print(kept->arena, "on_%s", id),
                  arena_print(kept->arena, "u%s", id),
                  name,
                  "",
                  USER_ACTIVE };

    return user_put(kept->store, tenant_id, &user, &kept->failure);
}

static int join(TempStore *kept, int64_t tenant_id, const char *chat_id, const char *member_id,
                MemberType type)
{
    return member_insert(kept->store, tenant_id, chat_id, member_id, type, 1000, &kept->failure);
}

static int put_message(TempStore *kept, int64_t tenant_id, const char *id, const char *content)
{
    Message message = { id, "oc_1", "text", "7", "user", content, 1000 };

    return message_insert(kept->store, tenant_id, &message, &kept->failure);
}

/* ---- chats ---- */

TEST(a_chat_is_found_as_it_was_put)
{
    TEMP_STORE(kept);
    Chat chat = { 0 };

    CHECK_INT(chat_find(kept.store, OURS, "oc_1", kept.arena, &chat, &kept.failure), 0);
    CHECK_INT(put_chat(&kept, OURS, "oc_1", "采购"), 0);
    CHECK_INT(chat_find(kept.store, OURS, "oc_1", kept.arena, &chat, &kept.failure), 1);
    CHECK_TEXT(chat.chat_id, "oc_1");
    CHECK_TEXT(chat.name, "采购");
    CHECK_TEXT(chat.owner_id, "7");
    CHECK_TEXT(chat.creator_app_id, "cli_1");
    CHECK_TEXT(chat.chat_status, "normal");
    CHECK_INT(chat.created_ms, 1000);
    CHECK_INT(put_chat(&kept, OURS, "oc_1", "again"), E_CONFLICT);
}

TEST(tenants_have_chats_of_their_own_under_equal_ids)
{
    TEMP_STORE(kept);
    Chat chat = { 0 };

    CHECK_INT(put_chat(&kept, OURS, "oc_1", "ours"), 0);
    CHECK_INT(chat_find(kept.store, THEIRS, "oc_1", kept.arena, &chat, &kept.failure), 0);
    CHECK_INT(put_chat(&kept, THEIRS, "oc_1", "theirs"), 0);
    CHECK_INT(chat_find(kept.store, OURS, "oc_1", kept.arena, &chat, &kept.failure), 1);
    CHECK_TEXT(chat.name, "ours");
    CHECK_INT(chat_find(kept.store, THEIRS, "oc_1", kept.arena, &chat, &kept.failure), 1);
    CHECK_TEXT(chat.name, "theirs");
}

TEST(whether_a_chat_lives_elsewhere_is_told)
{
    TEMP_STORE(kept);
    Tenant ours = { .tenant_key = "a", .name = "a" }, theirs = { .tenant_key = "b", .name = "b" };

    CHECK_INT(tenant_insert(kept.store, &ours, &kept.failure), 0);
    CHECK_INT(tenant_insert(kept.store, &theirs, &kept.failure), 0);
    put_chat(&kept, OURS, "oc_1", "x");
    CHECK_INT(chat_is_elsewhere(kept.store, OURS, "oc_1", &kept.failure), 0);
    CHECK_INT(chat_is_elsewhere(kept.store, THEIRS, "oc_1", &kept.failure), 1);
    CHECK_INT(chat_is_elsewhere(kept.store, THEIRS, "oc_2", &kept.failure), 0);
}

TEST(chats_are_listed_from_the_newest)
{
    TEMP_STORE(kept);
    Chat *chats = NULL;
    size_t count = 0;

    put_chat(&kept, OURS, "oc_1", "old");
    put_chat(&kept, OURS, "oc_3", "new");
    put_chat(&kept, OURS, "oc_f", "newest");
    put_chat(&kept, THEIRS, "oc_2", "not ours");
    CHECK_INT(chat_list(kept.store, OURS, NULL, kept.arena, &chats, &count, &kept.failure), 0);
    CHECK_INT(count, 3);
    CHECK_TEXT(chats[0].name, "newest");
    CHECK_TEXT(chats[1].name, "new");
    CHECK_TEXT(chats[2].name, "old");
    CHECK_INT(chat_list(kept.store, OURS, "oc_3", kept.arena, &chats, &count, &kept.failure), 0);
    CHECK_INT(count, 1);
    CHECK_TEXT(chats[0].chat_id, "oc_1");
}

TEST(a_list_of_chats_has_its_end)
{
    TEMP_STORE(kept);
    Chat *chats = NULL;
    size_t count = 0;

    for (int i = 0; i < LIST_ROWS_MOST + 1; i++)
        put_chat(&kept, OURS, arena_print(kept.arena, "oc_%08x", i), "x");
    CHECK_INT(chat_list(kept.store, OURS, NULL, kept.arena, &chats, &count, &kept.failure), 0);
    CHECK_INT(count, LIST_ROWS_MOST);
    CHECK_TEXT(chats[count - 1].chat_id, "oc_00000001");
}

TEST(a_task_is_linked_to_a_chat_once)
{
    TEMP_STORE(kept);

    CHECK_INT(task_chat_link(kept.store, OURS, "t", "oc_1", 5, &kept.failure), 0);
    CHECK_INT(task_chat_link(kept.store, OURS, "t", "oc_1", 6, &kept.failure), 0);
    CHECK_INT(task_chat_link(kept.store, OURS, "t", "oc_2", 7, &kept.failure), 0);
    CHECK_INT(task_chat_link(kept.store, THEIRS, "t", "oc_1", 8, &kept.failure), 0);
    CHECK_TEXT(temp_store_rows(kept.store, kept.arena), "revision|directory|1\n"
                                                        "task_chat|1|t|oc_1|5\n"
                                                        "task_chat|1|t|oc_2|7\n"
                                                        "task_chat|2|t|oc_1|8\n");
}

/* ---- members ---- */

TEST(who_has_joined_is_inside_once)
{
    TEMP_STORE(kept);

    CHECK_INT(member_exists(kept.store, OURS, "oc_1", "7", &kept.failure), 0);
    CHECK_INT(join(&kept, OURS, "oc_1", "7", MEMBER_USER), 0);
    CHECK_INT(join(&kept, OURS, "oc_1", "7", MEMBER_USER), E_CONFLICT);
    CHECK_INT(join(&kept, OURS, "oc_1", "7", MEMBER_BOT), E_CONFLICT);
    CHECK_INT(member_exists(kept.store, OURS, "oc_1", "7", &kept.failure), 1);
    CHECK_INT(member_exists(kept.store, OURS, "oc_2", "7", &kept.failure), 0);
    CHECK_INT(member_exists(kept.store, OURS, "oc_1", "8", &kept.failure), 0);
    CHECK_INT(member_exists(kept.store, THEIRS, "oc_1", "7", &kept.failure), 0);
}

TEST(users_and_bots_are_counted_apart)
{
    TEMP_STORE(kept);
    MemberCounts counts = { -1, -1 };

    CHECK_INT(member_count(kept.store, OURS, "oc_1", &counts, &kept.failure), 0);
    CHECK_INT(counts.users, 0);
    CHECK_INT(counts.bots, 0);
    join(&kept, OURS, "oc_1", "7", MEMBER_USER);
    join(&kept, OURS, "oc_1", "8", MEMBER_USER);
    join(&kept, OURS, "oc_1", "cli_1", MEMBER_BOT);
    join(&kept, OURS, "oc_2", "9", MEMBER_USER);
    join(&kept, THEIRS, "oc_1", "9", MEMBER_USER);
    join(&kept, THEIRS, "oc_1", "cli_2", MEMBER_BOT);
    CHECK_INT(member_count(kept.store, OURS, "oc_1", &counts, &kept.failure), 0);
    CHECK_INT(counts.users, 2);
    CHECK_INT(counts.bots, 1);
}

TEST(users_of_a_chat_are_listed_in_pages)
{
    TEMP_STORE(kept);
    User *users = NULL;
    size_t count = 0;

    put_user(&kept, OURS, "7", "Seven");
    put_user(&kept, OURS, "8", "Eight");
    put_user(&kept, OURS, "9", "Nine");
    put_user(&kept, OURS, "cli_1", "a bot's namesake");
    put_user(&kept, THEIRS, "7", "Not ours");
    put_user(&kept, THEIRS, "8", "Not ours");
    join(&kept, OURS, "oc_1", "9", MEMBER_USER);
    join(&kept, OURS, "oc_1", "7", MEMBER_USER);
    join(&kept, OURS, "oc_2", "8", MEMBER_USER);
    join(&kept, OURS, "oc_1", "cli_1", MEMBER_BOT);
    join(&kept, THEIRS, "oc_1", "8", MEMBER_USER);

    CHECK_INT(member_list_users(kept.store, OURS, "oc_1", "", 10, kept.arena, &users, &count,
                                &kept.failure),
              0);
    CHECK_INT(count, 2);
    CHECK_TEXT(users[0].kunlun_id, "7");
    CHECK_TEXT(users[0].open_id, "ou_7");
    CHECK_TEXT(users[0].union_id, "on_7");
    CHECK_TEXT(users[0].user_id, "u7");
    CHECK_TEXT(users[0].name, "Seven");
    CHECK_TEXT(users[1].name, "Nine");
    CHECK_INT(member_list_users(kept.store, OURS, "oc_1", "", 1, kept.arena, &users, &count,
                                &kept.failure),
              0);
    CHECK_INT(count, 1);
    CHECK_TEXT(users[0].kunlun_id, "7");
    CHECK_INT(member_list_users(kept.store, OURS, "oc_1", "7", 10, kept.arena, &users, &count,
                                &kept.failure),
              0);
    CHECK_INT(count, 1);
    CHECK_TEXT(users[0].kunlun_id, "9");
}

/* ---- messages ---- */

static int list(TempStore *kept, int64_t tenant_id, MessageRange range, Message **ret_messages,
                size_t *ret_count)
{
    return message_list(kept->store, tenant_id, "oc_1", &range, kept->arena, ret_messages,
                        ret_count, &kept->failure);
}

TEST(messages_are_listed_both_ways_between_two_ids)
{
    TEMP_STORE(kept);
    Message *messages = NULL, other = { "om_2", "oc_2", "text", "7", "user", "other", 1000 };
    size_t count = 0;

    put_message(&kept, OURS, "om_1", "first");
    put_message(&kept, OURS, "om_3", "third");
    put_message(&kept, OURS, "om_2", "second");
    put_message(&kept, THEIRS, "om_2", "not ours");
    CHECK_INT(message_insert(kept.store, OURS, &other, &kept.failure), 0);

    CHECK_INT(list(&kept, OURS, (MessageRange){ "", "om_g", false, 10 }, &messages, &count), 0);
    CHECK_INT(count, 3);
    CHECK_TEXT(messages[0].message_id, "om_1");
    CHECK_TEXT(messages[0].chat_id, "oc_1");
    CHECK_TEXT(messages[0].msg_type, "text");
    CHECK_TEXT(messages[0].sender_id, "7");
    CHECK_TEXT(messages[0].sender_type, "user");
    CHECK_TEXT(messages[0].content, "first");
    CHECK_INT(messages[0].created_ms, 1000);
    CHECK_TEXT(messages[1].content, "second");
    CHECK_TEXT(messages[2].content, "third");

    CHECK_INT(list(&kept, OURS, (MessageRange){ "", "om_g", true, 2 }, &messages, &count), 0);
    CHECK_INT(count, 2);
    CHECK_TEXT(messages[0].content, "third");
    CHECK_TEXT(messages[1].content, "second");

    CHECK_INT(list(&kept, OURS, (MessageRange){ "om_1", "om_3", false, 9 }, &messages, &count), 0);
    CHECK_INT(count, 1);
    CHECK_TEXT(messages[0].content, "second");
    CHECK_INT(list(&kept, THEIRS, (MessageRange){ "", "om_g", true, 9 }, &messages, &count), 0);
    CHECK_INT(count, 1);
    CHECK_TEXT(messages[0].content, "not ours");
}

TEST(a_message_id_is_a_chats_once)
{
    TEMP_STORE(kept);

    CHECK_INT(put_message(&kept, OURS, "om_1", "x"), 0);
    CHECK_INT(put_message(&kept, OURS, "om_1", "y"), E_CONFLICT);
}

CHECK_MAIN
