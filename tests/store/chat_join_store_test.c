/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/text.h"

#include "check.h"
#include "store/joins.h"

enum { OURS = 1, THEIRS = 2 };

static int join(TempStore *kept, int64_t tenant_id, int64_t chat_number, int64_t event_number,
                const char *user_ids)
{
    const ChatJoin row = { chat_number, event_number, "t", user_ids, "cli_1", 1000 };

    return chat_later_join_insert(kept->store, tenant_id, &row, &kept->failure);
}

static int has(TempStore *kept, int64_t tenant_id, int64_t chat_number, const char *kunlun_id)
{
    return chat_has_user(kept->store, tenant_id, chat_number, kunlun_id, &kept->failure);
}

TEST(a_join_is_kept_with_all_its_members)
{
    TEMP_STORE(kept);
    const ChatJoin row = { 5, 9, "t1", "7 8", "cli_1 cli_2", 1795000000000 };

    CHECK_INT(chat_later_join_insert(kept.store, OURS, &row, &kept.failure), 0);
    CHECK_TEXT(temp_store_rows(kept.store, kept.arena),
               "revision|directory|1\n"
               "chat_join|1|5|9|t1|7 8|cli_1 cli_2|1795000000000\n");
}

TEST(an_event_brings_people_into_a_chat_once)
{
    TEMP_STORE(kept);

    CHECK_INT(join(&kept, OURS, 1, 10, "7"), 0);
    CHECK_INT(join(&kept, OURS, 1, 10, "8"), E_CONFLICT);
    CHECK_INT(join(&kept, THEIRS, 1, 10, "8"), E_CONFLICT);
    CHECK_INT(join(&kept, OURS, 1, 11, "8"), 0);
}

TEST(who_has_come_is_inside)
{
    TEMP_STORE(kept);

    CHECK_INT(has(&kept, OURS, 1, "7"), 0);
    join(&kept, OURS, 1, 10, "7 88");
    join(&kept, OURS, 1, 11, "9");
    join(&kept, OURS, 2, 12, "5");
    CHECK_INT(has(&kept, OURS, 1, "7"), 1);
    CHECK_INT(has(&kept, OURS, 1, "88"), 1);
    CHECK_INT(has(&kept, OURS, 1, "9"), 1);
    CHECK_INT(has(&kept, OURS, 1, "8"), 0);
    CHECK_INT(has(&kept, OURS, 1, "5"), 0);
    CHECK_INT(has(&kept, OURS, 1, "cli_1"), 0);
    CHECK_INT(has(&kept, OURS, 1, ""), 0);
    CHECK_INT(has(&kept, OURS, 2, "5"), 1);
    CHECK_INT(has(&kept, THEIRS, 1, "7"), 0);
}

TEST(several_are_looked_for_in_one_go_and_so_is_the_task)
{
    TEMP_STORE(kept);
    const ChatJoin other = { 1, 11, "t2", "9", "", 1000 };
    const char *const ids[] = { "9", "6", "7" };
    bool is_inside[] = { false, true, false }, is_linked = false;

    join(&kept, OURS, 1, 10, "7 8");
    chat_later_join_insert(kept.store, OURS, &other, &kept.failure);
    CHECK_INT(
        chat_join_search(kept.store, OURS, 1, ids, 3, is_inside, "t2", &is_linked, &kept.failure),
        0);
    CHECK(is_inside[0] && !is_inside[1] && is_inside[2]);
    CHECK(is_linked);
    CHECK_INT(
        chat_join_search(kept.store, OURS, 1, ids, 3, is_inside, "t3", &is_linked, &kept.failure),
        0);
    CHECK(!is_linked);
    CHECK_INT(
        chat_join_search(kept.store, THEIRS, 1, ids, 3, is_inside, "t2", &is_linked, &kept.failure),
        0);
    CHECK(!is_inside[0] && !is_inside[2] && !is_linked);
}

/* The members behind a place, as "event.position=id …". */
static const char *list(TempStore *kept, int64_t tenant_id, MemberPlace after, size_t limit)
{
    Member *members = NULL;
    size_t count = 0;
    Buffer text;

    buffer_init(&text, kept->arena, 64);
    if (chat_join_list(kept->store, tenant_id, 1, after, limit, kept->arena, &members, &count,
                       &kept->failure) < 0)
        return kept->failure.text;
    for (size_t i = 0; i < count; i++)
        buffer_print(&text, "%s%lld.%lld=%s", i ? " " : "",
                     (long long)members[i].place.event_number, (long long)members[i].place.position,
                     members[i].kunlun_id);
    return text.text;
}

TEST(members_are_listed_in_the_order_of_their_coming)
{
    TEMP_STORE(kept);

    join(&kept, OURS, 1, 11, "3 2 1");
    join(&kept, OURS, 1, 10, "9");
    join(&kept, OURS, 1, 12, "");
    join(&kept, OURS, 1, 13, "5");
    join(&kept, OURS, 2, 14, "6");
    CHECK_TEXT(list(&kept, OURS, BEFORE_ALL_MEMBERS, 9), "10.0=9 11.0=3 11.1=2 11.2=1 13.0=5");
    CHECK_TEXT(list(&kept, OURS, BEFORE_ALL_MEMBERS, 3), "10.0=9 11.0=3 11.1=2");
    CHECK_TEXT(list(&kept, OURS, (MemberPlace){ 11, 1 }, 9), "11.2=1 13.0=5");
    CHECK_TEXT(list(&kept, OURS, (MemberPlace){ 11, 2 }, 9), "13.0=5");
    CHECK_TEXT(list(&kept, OURS, (MemberPlace){ 13, 0 }, 9), "");
    CHECK_TEXT(list(&kept, THEIRS, BEFORE_ALL_MEMBERS, 9), "");
}

TEST(who_has_left_leaves_a_place_that_nobody_has)
{
    TEMP_STORE(kept);

    join(&kept, OURS, 1, 10, ". 8 . 9");
    CHECK_TEXT(list(&kept, OURS, BEFORE_ALL_MEMBERS, 9), "10.1=8 10.3=9");
    CHECK_TEXT(list(&kept, OURS, (MemberPlace){ 10, 1 }, 1), "10.3=9");
    CHECK_TEXT(list(&kept, OURS, (MemberPlace){ 10, 2 }, 1), "10.3=9");
}

/* ---- who leaves ---- */

static int leave(TempStore *kept, int64_t tenant_id, int64_t chat_number, const char *a,
                 const char *b)
{
    const char *const ids[] = { a, b };

    return chat_join_leave(kept->store, tenant_id, chat_number, ids, b ? 2 : 1, kept->arena,
                           &kept->failure);
}

TEST(who_leaves_is_replaced_and_nobody_else)
{
    TEMP_STORE(kept);

    join(&kept, OURS, 1, 10, "7 77 8");
    join(&kept, OURS, 1, 11, "9");
    join(&kept, OURS, 2, 12, "7");
    CHECK_INT(leave(&kept, THEIRS, 1, "7", NULL), 0);
    CHECK_INT(leave(&kept, OURS, 1, "1", NULL), 0);
    CHECK_INT(leave(&kept, OURS, 1, "8", "7"), 0);
    CHECK_TEXT(temp_store_rows(kept.store, kept.arena), "revision|directory|1\n"
                                                        "chat_join|1|1|10|t|. 77 .|cli_1|1000\n"
                                                        "chat_join|1|1|11|t|9|cli_1|1000\n"
                                                        "chat_join|1|2|12|t|7|cli_1|1000\n");
    CHECK_INT(has(&kept, OURS, 1, "7"), 0);
    CHECK_INT(has(&kept, OURS, 1, "77"), 1);
}

TEST(a_bot_leaves_likewise)
{
    TEMP_STORE(kept);
    const ChatJoin row = { 1, 10, "", "7", "cli_1 cli_2", 1000 };

    chat_later_join_insert(kept.store, OURS, &row, &kept.failure);
    CHECK_INT(leave(&kept, OURS, 1, "cli_2", NULL), 0);
    CHECK(strstr(temp_store_rows(kept.store, kept.arena), "|7|cli_1 .|"));
}

TEST(a_join_that_all_have_left_goes_and_its_task_stays_linked)
{
    TEMP_STORE(kept);
    const ChatJoin by_task = { 1, 10, "t1", "7 8", "", 1000 }, plain = { 1, 11, "", "9", "", 1000 },
                   bots = { 1, 12, "", "6", "cli_1", 1000 };

    chat_later_join_insert(kept.store, OURS, &by_task, &kept.failure);
    chat_later_join_insert(kept.store, OURS, &plain, &kept.failure);
    chat_later_join_insert(kept.store, OURS, &bots, &kept.failure);
    CHECK_INT(leave(&kept, OURS, 1, "7", NULL), 0);
    CHECK(strstr(temp_store_rows(kept.store, kept.arena), "chat_join|1|1|10|t1|. 8||1000\n"));
    CHECK_INT(leave(&kept, OURS, 1, "8", "9"), 0);
    CHECK_INT(leave(&kept, OURS, 1, "6", NULL), 0);
    CHECK_TEXT(temp_store_rows(kept.store, kept.arena), "revision|directory|1\n"
                                                        "chat_join|1|1|12||.|cli_1|1000\n"
                                                        "task_chat|1|1|t1|1000||10\n"
                                                        "chat_event|1|1|10\n"
                                                        "chat_event|1|1|11\n");
}

TEST(who_came_by_a_task_is_known_by_the_events)
{
    TEMP_STORE(kept);
    static const ChatJoin rows[] = {
        { 1, 10, "t", "1", "", 0 }, { 1, 11, "", "2", "", 0 },  { 1, 12, "t", "3", "", 0 },
        { 1, 13, "u", "4", "", 0 }, { 2, 14, "t", "1", "", 0 },
    };
    int64_t numbers[3] = { 0 };
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        chat_later_join_insert(kept.store, OURS, &rows[i], &kept.failure);
    CHECK_INT(chat_join_task_events(kept.store, OURS, 1, "t", 3, numbers, &count, &kept.failure),
              0);
    CHECK_INT(count, 2);
    CHECK_INT(numbers[0], 12);
    CHECK_INT(numbers[1], 10);
    CHECK_INT(chat_join_task_events(kept.store, OURS, 1, "t", 1, numbers, &count, &kept.failure),
              0);
    CHECK_INT(count, 1);
    CHECK_INT(numbers[0], 12);
    CHECK_INT(chat_join_task_events(kept.store, THEIRS, 1, "t", 1, numbers, &count, &kept.failure),
              0);
    CHECK_INT(count, 0);
}

/* ---- who came first ---- */

TEST(who_came_first_is_one_of_all)
{
    TEMP_STORE(kept);
    const char *const ids[] = { "7", "9", "6" };
    bool is_inside[3], is_linked;
    int64_t numbers[4];
    size_t count;

    joins_open(kept.store, OURS, 10, 1, "t", "7 8", "cli_1");
    joins_open(kept.store, OURS, 12, 2, "", "6", "cli_1");
    join(&kept, OURS, 1, 11, "9");
    CHECK_INT(
        chat_join_search(kept.store, OURS, 1, ids, 3, is_inside, "t", &is_linked, &kept.failure),
        0);
    CHECK(is_inside[0] && is_inside[1] && !is_inside[2] && is_linked);
    CHECK_INT(has(&kept, THEIRS, 1, "7"), 0);
    CHECK_TEXT(list(&kept, OURS, BEFORE_ALL_MEMBERS, 9), "10.0=7 10.1=8 11.0=9");
    CHECK_TEXT(list(&kept, OURS, (MemberPlace){ 10, 0 }, 9), "10.1=8 11.0=9");
    CHECK_TEXT(list(&kept, THEIRS, BEFORE_ALL_MEMBERS, 9), "");
    CHECK_INT(chat_join_task_events(kept.store, OURS, 1, "t", 4, numbers, &count, &kept.failure),
              0);
    CHECK_INT(count, 2);
    CHECK_INT(numbers[0], 11);
    CHECK_INT(numbers[1], 10);
}

/* The lines that tell of joins, and of what is left of them. */
static const char *joins_of(TempStore *kept)
{
    const char *rows = temp_store_rows(kept->store, kept->arena);
    Buffer text;

    buffer_init(&text, kept->arena, 64);
    for (const char *end; (end = strchr(rows, '\n')); rows = end + 1)
        if (text_starts_with(rows, "chat_join|") || text_starts_with(rows, "task_chat|") ||
            text_starts_with(rows, "chat_event|"))
            buffer_add_bytes(&text, rows, (size_t)(end - rows) + 1);
    return text.text;
}

TEST(who_came_first_leaves_like_any_other)
{
    TEMP_STORE(kept);

    joins_open(kept.store, OURS, 10, 1, "t", "7 8", "cli_1");
    joins_open(kept.store, THEIRS, 12, 2, "t", "7 8", "cli_1");
    join(&kept, OURS, 1, 11, "9");
    CHECK_INT(leave(&kept, THEIRS, 1, "7", NULL), 0);
    CHECK_INT(leave(&kept, OURS, 2, "7", NULL), 0);
    CHECK_INT(leave(&kept, OURS, 1, "7", "9"), 0);
    CHECK_TEXT(joins_of(&kept), "chat_join|1|1|10|t|. 8|cli_1|0\n"
                                "chat_join|1|1|11|t|.|cli_1|1000\n"
                                "chat_join|2|2|12|t|7 8|cli_1|0\n");
    CHECK_INT(leave(&kept, OURS, 1, "cli_1", NULL), 0);
    CHECK_TEXT(joins_of(&kept), "chat_join|1|1|10|t|. 8|.|0\n"
                                "chat_join|1|1|11|t|.|cli_1|1000\n"
                                "chat_join|2|2|12|t|7 8|cli_1|0\n");
    CHECK_INT(leave(&kept, OURS, 1, "8", "cli_1"), 0);
    CHECK_TEXT(joins_of(&kept), "chat_join|2|2|12|t|7 8|cli_1|0\n"
                                "task_chat|1|1|t|0||10\n"
                                "chat_event|1|1|10\nchat_event|1|1|11\n");
    CHECK_TEXT(list(&kept, OURS, BEFORE_ALL_MEMBERS, 9), "");
    CHECK_INT(joins_ask(kept.store, "SELECT count(*) FROM chat WHERE first_event = 0 AND "
                                    "first_task_id || first_user_ids || first_bot_ids <> ''"),
              0);
}

TEST(an_event_finds_those_who_had_come)
{
    TEMP_STORE(kept);
    const char *words = NULL;

    join(&kept, OURS, 1, 10, "7 .");
    join(&kept, OURS, 1, 12, "");
    join(&kept, OURS, 1, 13, "9");
    join(&kept, OURS, 2, 11, "5");
    CHECK_INT(chat_join_users_at(kept.store, OURS, 1, 9, kept.arena, &words, &kept.failure), 0);
    CHECK_TEXT(words, "");
    CHECK_INT(chat_join_users_at(kept.store, OURS, 1, 10, kept.arena, &words, &kept.failure), 0);
    CHECK_TEXT(words, "7 .");
    CHECK_INT(chat_join_users_at(kept.store, OURS, 1, 13, kept.arena, &words, &kept.failure), 0);
    CHECK_TEXT(words, "7 . 9");
    CHECK_INT(chat_join_users_at(kept.store, THEIRS, 1, 13, kept.arena, &words, &kept.failure), 0);
    CHECK_TEXT(words, "");
    joins_open(kept.store, OURS, 14, 3, "", "8", "cli_1");
    join(&kept, OURS, 3, 15, "9");
    CHECK_INT(chat_join_users_at(kept.store, OURS, 3, 14, kept.arena, &words, &kept.failure), 0);
    CHECK_TEXT(words, "8");
    CHECK_INT(chat_join_users_at(kept.store, OURS, 3, 15, kept.arena, &words, &kept.failure), 0);
    CHECK_TEXT(words, "8 9");
}

CHECK_MAIN
