/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "model/limits.h"
#include "store/chat_store.h"
#include "store/temp_store.h"

enum { OURS = 1, THEIRS = 2, TAIL = -77 };

static int put_chat(TempStore *kept, int64_t tenant_id, int64_t number, const char *name)
{
    Chat chat = { { number, TAIL }, name, "7",  "cli_1", "normal", true, "{}", 2,
                  "cli_1 cli_2",    1000, false };

    return chat_insert(kept->store, tenant_id, &chat, NULL, NULL, NULL, &kept->failure);
}

static int find_chat(TempStore *kept, int64_t tenant_id, Id id, Chat *ret_chat)
{
    return chat_find(kept->store, tenant_id, id, kept->arena, ret_chat, &kept->failure);
}

TEST(a_chat_is_found_as_it_was_put)
{
    TEMP_STORE(kept);
    Chat chat = { 0 };

    CHECK_INT(find_chat(&kept, OURS, (Id){ 1, TAIL }, &chat), 0);
    CHECK_INT(put_chat(&kept, OURS, 1, "采购"), 0);
    CHECK_INT(find_chat(&kept, OURS, (Id){ 1, TAIL }, &chat), 1);
    CHECK_INT(chat.id.number, 1);
    CHECK_INT(chat.id.tail, TAIL);
    CHECK_TEXT(chat.name, "采购");
    CHECK_TEXT(chat.owner_id, "7");
    CHECK_TEXT(chat.creator_app_id, "cli_1");
    CHECK_TEXT(chat.chat_status, "normal");
    CHECK(chat.is_public);
    CHECK_TEXT(chat.settings, "{}");
    CHECK_INT(chat.user_count, 2);
    CHECK_TEXT(chat.bot_ids, "cli_1 cli_2");
    CHECK_INT(chat.created_ms, 1000);
}

TEST(users_are_counted_up_and_down_in_their_tenant)
{
    TEMP_STORE(kept);
    Chat chat = { 0 };

    put_chat(&kept, OURS, 1, "x");
    put_chat(&kept, OURS, 2, "y");
    CHECK_INT(chat_count_users(kept.store, OURS, 1, 5, &kept.failure), 0);
    CHECK_INT(chat_count_users(kept.store, OURS, 1, -1, &kept.failure), 0);
    CHECK_INT(chat_count_users(kept.store, THEIRS, 1, 9, &kept.failure), 0);
    CHECK_INT(find_chat(&kept, OURS, (Id){ 1, TAIL }, &chat), 1);
    CHECK_INT(chat.user_count, 6);
    CHECK_INT(find_chat(&kept, OURS, (Id){ 2, TAIL }, &chat), 1);
    CHECK_INT(chat.user_count, 2);
}

TEST(all_of_a_chat_that_can_change_is_kept_in_its_tenant)
{
    TEMP_STORE(kept);
    Chat chat = { { 1, 5 },    "new", "",      "cli_9", "dissolved", false,
                  "{\"a\":1}", 7,     "cli_3", 9,       false };

    put_chat(&kept, OURS, 1, "x");
    put_chat(&kept, OURS, 2, "y");
    CHECK_INT(chat_update(kept.store, OURS, &chat, &kept.failure), 0);
    chat.name = "not theirs";
    CHECK_INT(chat_update(kept.store, THEIRS, &chat, &kept.failure), 0);
    CHECK_TEXT(temp_store_rows(kept.store, kept.arena),
               "revision|directory|1\n"
               "chat|1|1|-77|new||cli_1|dissolved|0|{\"a\":1}|7|cli_3|1000|0|0|\n"
               "chat|1|2|-77|y|7|cli_1|normal|1|{}|2|cli_1 cli_2|1000|0|0|\n");
}

TEST(whether_a_bot_is_in_a_chat_is_told_unless_that_is_dissolved)
{
    TEMP_STORE(kept);
    Chat chat = { { 1, TAIL }, "x", "", "cli_1", "dissolved", false, "", 0, "cli_1", 0, false };

    put_chat(&kept, OURS, 1, "x");
    CHECK_INT(chat_holds_bot(kept.store, OURS, 1, "cli_2", &kept.failure), 1);
    CHECK_INT(chat_holds_bot(kept.store, OURS, 1, "cli_3", &kept.failure), 0);
    CHECK_INT(chat_holds_bot(kept.store, OURS, 2, "cli_2", &kept.failure), 0);
    CHECK_INT(chat_holds_bot(kept.store, THEIRS, 1, "cli_2", &kept.failure), 0);
    chat_update(kept.store, OURS, &chat, &kept.failure);
    CHECK_INT(chat_holds_bot(kept.store, OURS, 1, "cli_1", &kept.failure), 0);
}

TEST(half_of_an_id_finds_no_chat)
{
    TEMP_STORE(kept);
    Chat chat = { 0 };

    put_chat(&kept, OURS, 1, "x");
    CHECK_INT(find_chat(&kept, OURS, (Id){ 1, TAIL + 1 }, &chat), 0);
    CHECK_INT(find_chat(&kept, OURS, (Id){ 2, TAIL }, &chat), 0);
    CHECK_INT(chat_is_elsewhere(kept.store, THEIRS, (Id){ 1, TAIL + 1 }, &kept.failure), 0);
}

TEST(a_chat_is_its_tenants_alone)
{
    TEMP_STORE(kept);
    Chat chat = { 0 };

    CHECK_INT(put_chat(&kept, OURS, 1, "ours"), 0);
    CHECK_INT(put_chat(&kept, THEIRS, 2, "theirs"), 0);
    CHECK_INT(find_chat(&kept, OURS, (Id){ 1, TAIL }, &chat), 1);
    CHECK_INT(find_chat(&kept, THEIRS, (Id){ 1, TAIL }, &chat), 0);
    CHECK_INT(find_chat(&kept, OURS, (Id){ 2, TAIL }, &chat), 0);
    CHECK_INT(find_chat(&kept, THEIRS, (Id){ 2, TAIL }, &chat), 1);
    CHECK_TEXT(chat.name, "theirs");
}

TEST(a_chat_is_found_by_its_number_in_its_tenant)
{
    TEMP_STORE(kept);
    Chat chat = { 0 };

    put_chat(&kept, OURS, 1, "ours");
    CHECK_INT(chat_find_number(kept.store, OURS, 1, kept.arena, &chat, &kept.failure), 1);
    CHECK_TEXT(chat.name, "ours");
    CHECK_INT(chat.id.tail, TAIL);
    CHECK_INT(chat_find_number(kept.store, THEIRS, 1, kept.arena, &chat, &kept.failure), 0);
    CHECK_INT(chat_find_number(kept.store, OURS, 2, kept.arena, &chat, &kept.failure), 0);
}

TEST(a_number_is_taken_once_by_whatever_tenant)
{
    TEMP_STORE(kept);

    CHECK_INT(put_chat(&kept, OURS, 1, "x"), 0);
    CHECK_INT(put_chat(&kept, OURS, 1, "again"), E_CONFLICT);
    CHECK_INT(put_chat(&kept, THEIRS, 1, "again"), E_CONFLICT);
}

TEST(whether_a_chat_lives_elsewhere_is_told)
{
    TEMP_STORE(kept);

    put_chat(&kept, OURS, 1, "x");
    CHECK_INT(chat_is_elsewhere(kept.store, OURS, (Id){ 1, TAIL }, &kept.failure), 0);
    CHECK_INT(chat_is_elsewhere(kept.store, THEIRS, (Id){ 1, TAIL }, &kept.failure), 1);
    CHECK_INT(chat_is_elsewhere(kept.store, THEIRS, (Id){ 2, TAIL }, &kept.failure), 0);
}

TEST(a_name_is_taken_by_another_public_chat_that_lives)
{
    TEMP_STORE(kept);
    Chat chat = { 0 };

    put_chat(&kept, OURS, 1, "x");
    CHECK_INT(chat_name_is_taken(kept.store, OURS, "x", 2, &kept.failure), 1);
    CHECK_INT(chat_name_is_taken(kept.store, OURS, "x", 1, &kept.failure), 0);
    CHECK_INT(chat_name_is_taken(kept.store, OURS, "y", 2, &kept.failure), 0);
    CHECK_INT(chat_name_is_taken(kept.store, THEIRS, "x", 2, &kept.failure), 0);
    CHECK_INT(find_chat(&kept, OURS, (Id){ 1, TAIL }, &chat), 1);
    chat.is_public = false;
    CHECK_INT(chat_update(kept.store, OURS, &chat, &kept.failure), 0);
    CHECK_INT(chat_name_is_taken(kept.store, OURS, "x", 2, &kept.failure), 0);
    chat.is_public = true;
    chat.chat_status = "dissolved";
    CHECK_INT(chat_update(kept.store, OURS, &chat, &kept.failure), 0);
    CHECK_INT(chat_name_is_taken(kept.store, OURS, "x", 2, &kept.failure), 0);
}

TEST(chats_are_listed_from_the_newest)
{
    TEMP_STORE(kept);
    Chat *chats = NULL;
    size_t count = 0;

    put_chat(&kept, OURS, 0, "old");
    put_chat(&kept, OURS, 3, "new");
    put_chat(&kept, OURS, INT64_C(0x0123456789ab0000), "newest");
    put_chat(&kept, THEIRS, 2, "not ours");
    CHECK_INT(chat_list(kept.store, OURS, INT64_MAX, kept.arena, &chats, &count, &kept.failure), 0);
    CHECK_INT(count, 3);
    CHECK_TEXT(chats[0].name, "newest");
    CHECK_TEXT(chats[1].name, "new");
    CHECK_TEXT(chats[2].name, "old");
    CHECK_INT(chat_list(kept.store, OURS, 3, kept.arena, &chats, &count, &kept.failure), 0);
    CHECK_INT(count, 1);
    CHECK_INT(chats[0].id.number, 0);
    CHECK_INT(chats[0].id.tail, TAIL);
}

TEST(a_list_of_chats_has_its_end)
{
    TEMP_STORE(kept);
    Chat *chats = NULL;
    size_t count = 0;

    for (int i = 0; i < LIST_ROWS_MOST + 1; i++)
        put_chat(&kept, OURS, i, "x");
    CHECK_INT(chat_list(kept.store, OURS, INT64_MAX, kept.arena, &chats, &count, &kept.failure), 0);
    CHECK_INT(count, LIST_ROWS_MOST);
    CHECK_INT(chats[count - 1].id.number, 1);
}

/* Of app, user and chat, or "". */
static const char *find_direct(TempStore *kept, int64_t tenant_id, const char *app_id,
                               const char *kunlun_id)
{
    Chat chat = { .name = "" };
    int r = direct_chat_find(kept->store, tenant_id, app_id, kunlun_id, kept->arena, &chat,
                             &kept->failure);

    return r < 0 ? kept->failure.text : chat.name;
}

TEST(a_direct_chat_is_found_by_app_and_user)
{
    TEMP_STORE(kept);

    put_chat(&kept, OURS, 1, "one");
    put_chat(&kept, OURS, 2, "two");
    put_chat(&kept, THEIRS, 3, "three");
    CHECK_INT(direct_chat_insert(kept.store, OURS, "cli_1", "7", 1, &kept.failure), 0);
    CHECK_INT(direct_chat_insert(kept.store, OURS, "cli_2", "7", 2, &kept.failure), 0);
    CHECK_INT(direct_chat_insert(kept.store, THEIRS, "cli_1", "7", 3, &kept.failure), 0);
    CHECK_TEXT(find_direct(&kept, OURS, "cli_1", "7"), "one");
    CHECK_TEXT(find_direct(&kept, OURS, "cli_2", "7"), "two");
    CHECK_TEXT(find_direct(&kept, THEIRS, "cli_1", "7"), "three");
    CHECK_TEXT(find_direct(&kept, OURS, "cli_1", "8"), "");
    CHECK_TEXT(find_direct(&kept, THEIRS, "cli_2", "7"), "");
}

TEST(an_app_and_a_user_have_one_direct_chat)
{
    TEMP_STORE(kept);

    put_chat(&kept, OURS, 1, "one");
    put_chat(&kept, OURS, 2, "two");
    CHECK_INT(direct_chat_insert(kept.store, OURS, "cli_1", "7", 1, &kept.failure), 0);
    CHECK_INT(direct_chat_insert(kept.store, OURS, "cli_1", "7", 2, &kept.failure), E_CONFLICT);
    CHECK_TEXT(find_direct(&kept, OURS, "cli_1", "7"), "one");
}

TEST(a_chat_of_each_kind_is_found_as_it_was_put)
{
    TEMP_STORE(kept);

    for (int i = 0; i < 3; i++) {
        Chat chat = { .id = { i, TAIL },
                      .name = "",
                      .owner_id = "",
                      .creator_app_id = "cli_1",
                      .chat_status = "normal",
                      .is_public = i == 1,
                      .settings = "",
                      .bot_ids = "cli_1",
                      .is_direct = i == 2 };
        Chat found = { 0 };

        CHECK_INT(chat_insert(kept.store, OURS, &chat, NULL, NULL, NULL, &kept.failure), 0);
        CHECK_INT(find_chat(&kept, OURS, chat.id, &found), 1);
        CHECK(found.is_public == chat.is_public && found.is_direct == chat.is_direct);
        CHECK_INT(chat_update(kept.store, OURS, &found, &kept.failure), 0);
        CHECK_INT(find_chat(&kept, OURS, chat.id, &found), 1);
        CHECK(found.is_public == chat.is_public && found.is_direct == chat.is_direct);
    }
}

static int link_task(TempStore *kept, int64_t tenant_id, int64_t chat_number, int64_t linked_ms,
                     const char *linked_by)
{
    const TaskLink link = { chat_number, "t", linked_ms, linked_by, linked_ms * 10 };

    return task_chat_link(kept->store, tenant_id, &link, &kept->failure);
}

TEST(a_task_is_linked_to_a_chat_once)
{
    TEMP_STORE(kept);
    TaskLink link = { 0 };

    CHECK_INT(link_task(&kept, OURS, 1, 5, "7"), 0);
    CHECK_INT(link_task(&kept, OURS, 1, 6, "8"), 0);
    CHECK_INT(link_task(&kept, OURS, 2, 7, ""), 0);
    CHECK_INT(link_task(&kept, THEIRS, 3, 8, "9"), 0);
    CHECK_TEXT(temp_store_rows(kept.store, kept.arena), "revision|directory|1\n"
                                                        "task_chat|1|1|t|5|7|50\n"
                                                        "task_chat|1|2|t|7||70\n"
                                                        "task_chat|2|3|t|8|9|80\n");
    CHECK_INT(task_chat_find(kept.store, OURS, "t", 1, kept.arena, &link, &kept.failure), 1);
    CHECK_INT(link.chat_number, 1);
    CHECK_TEXT(link.task_id, "t");
    CHECK_INT(link.linked_ms, 5);
    CHECK_TEXT(link.linked_by, "7");
    CHECK_INT(link.event_number, 50);
    CHECK_INT(task_chat_find(kept.store, OURS, "u", 1, kept.arena, &link, &kept.failure), 0);
    CHECK_INT(task_chat_find(kept.store, OURS, "t", 3, kept.arena, &link, &kept.failure), 0);
}

CHECK_MAIN
