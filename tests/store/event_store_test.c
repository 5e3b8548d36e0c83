/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/cleanup.h"

#include "check.h"
#include "model/limits.h"
#include "store/joins.h"

TEST(an_event_is_kept_with_all_its_members)
{
    TEMP_STORE(kept);
    const Event event = { .id = { 100, -7 },
                          .event_type = EVENT_USER_ADDED,
                          .app_id = "cli_1",
                          .actor_id = "7",
                          .subject_number = 50,
                          .body = "{\"users\":[\"7\"]}",
                          .created_ms = 1795000000000,
                          .log_id = "L1" };

    CHECK_INT(event_insert(kept.store, 1, &event, &kept.failure), 0);
    CHECK_TEXT(temp_store_rows(kept.store, kept.arena),
               "revision|directory|1\n"
               "event|1|100|-7|im.chat.member.user.added_v1|cli_1|7|50|{\"users\":[\"7\"]}|"
               "1795000000000|L1\n");
}

static int put_event(TempStore *kept, int64_t tenant_id, int64_t number)
{
    const Event event = { { number, 7 }, EVENT_BOT_ADDED, "cli_1", "7", 50, "{}", 1, "L1" };

    return event_insert(kept->store, tenant_id, &event, &kept->failure);
}

TEST(a_number_is_taken_once_by_whatever_tenant)
{
    TEMP_STORE(kept);

    CHECK_INT(put_event(&kept, 1, 100), 0);
    CHECK_INT(put_event(&kept, 1, 100), E_CONFLICT);
    CHECK_INT(put_event(&kept, 2, 100), E_CONFLICT);
    CHECK_INT(put_event(&kept, 2, 101), 0);
}

TEST(the_last_number_is_that_of_all_tenants)
{
    TEMP_STORE(kept);
    int64_t number = -1;

    CHECK_INT(event_last_number(kept.store, &number, &kept.failure), 0);
    CHECK_INT(number, 0);
    put_event(&kept, 1, 100);
    put_event(&kept, 2, INT64_C(0x0123456789ab0001));
    put_event(&kept, 1, 300);
    CHECK_INT(event_last_number(kept.store, &number, &kept.failure), 0);
    CHECK_INT(number, INT64_C(0x0123456789ab0001));
}

TEST(events_are_listed_behind_a_number_whoever_they_belong_to)
{
    TEMP_STORE(kept);
    TenantEvent *events = NULL;
    size_t count = 0;
    bool has_more = true;

    put_event(&kept, 1, 100);
    put_event(&kept, 2, 300);
    put_event(&kept, 1, 200);
    CHECK_INT(event_list(kept.store, 0, 10, kept.arena, &events, &count, &has_more, &kept.failure),
              0);
    CHECK_INT(count, 3);
    CHECK(!has_more);
    CHECK_INT(events[0].event.id.number, 100);
    CHECK_INT(events[1].event.id.number, 200);
    CHECK_INT(events[2].event.id.number, 300);
    CHECK_INT(events[2].event.id.tail, 7);
    CHECK_INT(events[2].tenant_id, 2);
    CHECK_TEXT(events[2].event.event_type, EVENT_BOT_ADDED);
    CHECK_TEXT(events[2].event.app_id, "cli_1");
    CHECK_TEXT(events[2].event.actor_id, "7");
    CHECK_INT(events[2].event.subject_number, 50);
    CHECK_TEXT(events[2].event.body, "{}");
    CHECK_INT(events[2].event.created_ms, 1);
    CHECK_TEXT(events[2].event.log_id, "L1");
    CHECK_INT(event_list(kept.store, 100, 1, kept.arena, &events, &count, &has_more, &kept.failure),
              0);
    CHECK_INT(count, 1);
    CHECK(has_more);
    CHECK_INT(events[0].event.id.number, 200);
    CHECK_INT(event_list(kept.store, 300, 1, kept.arena, &events, &count, &has_more, &kept.failure),
              0);
    CHECK_INT(count, 0);
    CHECK(!has_more);
}

/* However long they are, a list fits into an arena, and the next one goes on. */
TEST(long_events_are_listed_in_parts)
{
    TEMP_STORE(kept);
    TenantEvent *events = NULL;
    size_t count = 0, listed = 0, lists = 0;
    bool has_more = true;
    char *body = arena_alloc(kept.arena, 400 * 1024 + 1);
    Event event = { { 1, 7 }, EVENT_BOT_ADDED, "cli_1", "7", 50, body, 1, "L1" };

    memset(body, 'x', 400 * 1024);
    for (; event.id.number <= 10; event.id.number++)
        CHECK_INT(event_insert(kept.store, 1, &event, &kept.failure), 0);
    for (; has_more; lists++) {
        CHECK_INT(event_list(kept.store, (int64_t)listed, 500, kept.arena, &events, &count,
                             &has_more, &kept.failure),
                  0);
        CHECK(count > 0);
        for (size_t i = 0; i < count; i++)
            CHECK_INT(events[i].event.id.number, ++listed);
    }
    CHECK_INT(listed, 10);
    CHECK(lists >= 3);
}

/* ---- of a chat ---- */

enum { CHAT = 50 };

static void put(TempStore *kept, int64_t tenant_id, int64_t number, const char *event_type)
{
    const Event event = { { number, 7 }, event_type, "cli_1", "7", CHAT, "{}", number, "L1" };

    CHECK_INT(event_insert(kept->store, tenant_id, &event, &kept->failure), 0);
}

/* With a join that has its number, or a row of its own. */
static void put_joined(TempStore *kept, int64_t tenant_id, int64_t chat_number, int64_t number)
{
    const ChatJoin join = { chat_number, number, "", "7", "", number };

    put(kept, tenant_id, number, EVENT_USER_ADDED);
    CHECK_INT(chat_later_join_insert(kept->store, tenant_id, &join, &kept->failure), 0);
}

static void put_listed(TempStore *kept, int64_t tenant_id, int64_t chat_number, int64_t number,
                       const char *event_type)
{
    put(kept, tenant_id, number, event_type);
    for (int i = 0; i < 2; i++)
        CHECK_INT(chat_event_insert(kept->store, tenant_id, chat_number, number, &kept->failure),
                  0);
}

/* A chat with events 1 (a join) to 8, among those of others. */
static void put_chat_with_events(TempStore *kept)
{
    put_joined(kept, 1, CHAT, 1);
    put_listed(kept, 1, CHAT, 2, EVENT_CHAT_UPDATED);
    put_joined(kept, 1, CHAT, 3);
    put_joined(kept, 1, CHAT + 1, 4);
    put_listed(kept, 1, CHAT - 1, 5, EVENT_CHAT_UPDATED);
    put_listed(kept, 1, CHAT, 6, EVENT_USER_DELETED);
    put(kept, 1, 7, EVENT_MESSAGE_RECEIVED);
    put_listed(kept, 1, CHAT, 8, EVENT_CHAT_DISBANDED);
    put_joined(kept, 2, CHAT, 9);
    put_listed(kept, 2, CHAT, 10, EVENT_CHAT_UPDATED);
}

static const char *list_of_chat(TempStore *kept, ChatEventRange range)
{
    Event *events = NULL;
    size_t count = 0;
    bool has_more = false;
    Buffer text;

    buffer_init(&text, kept->arena, 64);
    if (chat_event_list(kept->store, 1, CHAT, &range, kept->arena, &events, &count, &has_more,
                        &kept->failure) < 0)
        return kept->failure.text;
    for (size_t i = 0; i < count; i++)
        buffer_print(&text, "%lld ", (long long)events[i].id.number);
    buffer_add(&text, has_more ? "…" : "");
    return text.text;
}

TEST(a_chats_events_are_listed_from_the_newest_down)
{
    TEMP_STORE(kept);

    put_chat_with_events(&kept);
    CHECK_TEXT(list_of_chat(&kept, (ChatEventRange){ -1, INT64_MAX, 10 }), "8 6 3 2 1 ");
    CHECK_TEXT(list_of_chat(&kept, (ChatEventRange){ -1, INT64_MAX, 5 }), "8 6 3 2 1 ");
    CHECK_TEXT(list_of_chat(&kept, (ChatEventRange){ -1, INT64_MAX, 4 }), "8 6 3 2 …");
    CHECK_TEXT(list_of_chat(&kept, (ChatEventRange){ 2, 8, 2 }), "6 3 ");
    CHECK_TEXT(list_of_chat(&kept, (ChatEventRange){ 2, 8, 1 }), "6 …");
    CHECK_TEXT(list_of_chat(&kept, (ChatEventRange){ 3, 6, 1 }), "");
}

TEST(long_events_of_a_chat_end_its_list)
{
    TEMP_STORE(kept);
    char *body = arena_alloc(kept.arena, CHAT_EVENTS_BYTES + 1);
    Event event = { { 1, 7 }, EVENT_CHAT_UPDATED, "cli_1", "7", CHAT, body, 1, "L1" };

    memset(body, 'x', CHAT_EVENTS_BYTES);
    for (; event.id.number <= 2; event.id.number++) {
        CHECK_INT(event_insert(kept.store, 1, &event, &kept.failure), 0);
        CHECK_INT(chat_event_insert(kept.store, 1, CHAT, event.id.number, &kept.failure), 0);
    }
    CHECK_TEXT(list_of_chat(&kept, (ChatEventRange){ -1, INT64_MAX, 10 }), "2 …");
    CHECK_TEXT(list_of_chat(&kept, (ChatEventRange){ -1, 2, 10 }), "1 ");
}

TEST(changes_are_picked_out_of_the_newest)
{
    TEMP_STORE(kept);
    static const ChatEventRange ranges[] = {
        { -1, INT64_MAX, 3 }, { -1, INT64_MAX, 2 }, { 2, INT64_MAX, 3 }, { -1, 8, 3 }
    };
    static const int64_t wanted[][3] = { { 2, 8, 2 }, { 1, 8, 0 }, { 1, 8, 0 }, { 1, 2, 0 } };

    put_chat_with_events(&kept);
    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        int64_t numbers[3] = { 0 };
        size_t count = 0;

        CHECK_INT(chat_event_numbers(kept.store, 1, CHAT, &ranges[i], EVENT_CHAT_UPDATED,
                                     EVENT_CHAT_DISBANDED, numbers, &count, &kept.failure),
                  0);
        CHECK_INT(count, wanted[i][0]);
        CHECK_INT(numbers[0], wanted[i][1]);
        CHECK_INT(numbers[1], wanted[i][2]);
    }
}

TEST(a_chat_begins_with_a_join_or_what_is_left_of_it)
{
    TEMP_STORE(kept);
    int64_t first = 0;

    put_chat_with_events(&kept);
    CHECK_INT(chat_event_first(kept.store, 1, CHAT, &first, &kept.failure), 0);
    CHECK_INT(first, 1);
    CHECK_INT(chat_event_first(kept.store, 1, CHAT - 1, &first, &kept.failure), 0);
    CHECK_INT(first, 5);
    CHECK_INT(chat_event_first(kept.store, 2, CHAT, &first, &kept.failure), 0);
    CHECK_INT(first, 9);
    CHECK_INT(chat_event_first(kept.store, 1, CHAT + 2, &first, &kept.failure), 0);
    CHECK_INT(first, -1);
    joins_open(kept.store, 1, 30, CHAT + 2, "", "7", "");
    CHECK_INT(chat_event_first(kept.store, 1, CHAT + 2, &first, &kept.failure), 0);
    CHECK_INT(first, 30);
    CHECK_INT(chat_event_first(kept.store, 2, CHAT + 2, &first, &kept.failure), 0);
    CHECK_INT(first, -1);
}

TEST(an_event_is_found_by_its_tenant)
{
    TEMP_STORE(kept);
    Event event = { 0 };

    put_chat_with_events(&kept);
    CHECK_INT(event_find(kept.store, 1, 6, kept.arena, &event, &kept.failure), 1);
    CHECK_TEXT(event.event_type, EVENT_USER_DELETED);
    CHECK_INT(event.created_ms, 6);
    CHECK_INT(event_find(kept.store, 1, 9, kept.arena, &event, &kept.failure), 0);
    CHECK_INT(event_find(kept.store, 2, 9, kept.arena, &event, &kept.failure), 1);
}

/* ---- what the rows of chats tell ---- */

/* Chats of numbers 10 (its events are 11 and 12), 20 (of users alone, 21) and 30 (of another
 * tenant's bot, 31), with events of their own between, 13, 22 and 32. */
static void put_told(TempStore *kept)
{
    joins_open_told(kept->store, 1, 10, "t", "7 18", "cli_1");
    joins_add_event(kept->store, 1, 13, 10);
    joins_open_told(kept->store, 1, 20, "", "7", "");
    joins_add_event(kept->store, 1, 22, 20);
    joins_open_told(kept->store, 2, 30, "", "", "cli_1 cli_2");
    joins_add_event(kept->store, 2, 32, 30);
}

static const char *list_all(TempStore *kept, int64_t after, size_t limit)
{
    TenantEvent *events = NULL;
    size_t count = 0;
    bool has_more = false;
    Buffer text;

    buffer_init(&text, kept->arena, 64);
    if (event_list(kept->store, after, limit, kept->arena, &events, &count, &has_more,
                   &kept->failure) < 0)
        return kept->failure.text;
    for (size_t i = 0; i < count; i++)
        buffer_print(&text, "%lld ", (long long)events[i].event.id.number);
    buffer_add(&text, has_more ? "…" : "");
    return text.text;
}

TEST(what_rows_of_chats_tell_is_listed_in_its_place)
{
    TEMP_STORE(kept);

    put_told(&kept);
    CHECK_TEXT(list_all(&kept, 0, 10), "11 12 13 21 22 31 32 ");
    CHECK_TEXT(list_all(&kept, 0, 1), "11 …");
    CHECK_TEXT(list_all(&kept, 11, 1), "12 …"); /* within what one row tells */
    CHECK_TEXT(list_all(&kept, 12, 2), "13 21 …");
    CHECK_TEXT(list_all(&kept, 20, 2), "21 22 …");
    CHECK_TEXT(list_all(&kept, 30, 3), "31 32 ");
    CHECK_TEXT(list_all(&kept, 32, 2), "");
}

TEST(the_last_number_may_be_in_the_row_of_a_chat)
{
    TEMP_STORE(kept);
    int64_t number = 0;

    joins_add_event(kept.store, 1, 5, 1);
    joins_open_told(kept.store, 1, 10, "t", "7", "cli_1");
    CHECK_INT(event_last_number(kept.store, &number, &kept.failure), 0);
    CHECK_INT(number, 12);
}

static const char *found(TempStore *kept, int64_t tenant_id, int64_t number)
{
    Event event = { 0 };
    int r = event_find(kept->store, tenant_id, number, kept->arena, &event, &kept->failure);

    if (r <= 0)
        return r < 0 ? kept->failure.text : "none";
    return arena_print(kept->arena, "%lld %s %s %s %lld %s %lld %s", (long long)event.id.number,
                       event.event_type, event.app_id, event.actor_id,
                       (long long)event.subject_number, event.body, (long long)event.created_ms,
                       event.log_id);
}

/* Before they are rows of their own, and afterwards. */
TEST(what_rows_of_chats_tell_stays_the_same_when_it_is_written_out)
{
    static const char *const wanted[] = {
        "11 im.chat.member.bot.added_v1 cli_1 7 10 {\"name\":\"\"} 0 L",
        "12 im.chat.member.user.added_v1 cli_1 7 10 {\"name\":\"\",\"users\":[\"7\",\"18\"]} 0 L",
        "21 im.chat.member.user.added_v1 cli_1 7 20 {\"name\":\"\",\"users\":[\"7\"]} 0 L",
    };
    TEMP_STORE(kept);

    put_told(&kept);
    for (int i = 0; i < 3; i++) {
        CHECK_TEXT(found(&kept, 1, 11), wanted[0]);
        CHECK_TEXT(found(&kept, 1, 12), wanted[1]);
        CHECK_TEXT(found(&kept, 1, 21), wanted[2]);
        CHECK_TEXT(found(&kept, 2, 31), "31 im.chat.member.bot.added_v1 cli_1 7 30 "
                                        "{\"name\":\"\",\"bots\":[\"cli_1\",\"cli_2\"]} 0 L");
        CHECK_TEXT(found(&kept, 2, 12), "none");
        CHECK_TEXT(found(&kept, 1, 31), "none");
        CHECK_TEXT(found(&kept, 1, 20), "none");
        CHECK_TEXT(list_all(&kept, 0, 10), "11 12 13 21 22 31 32 ");
        CHECK_INT(event_write_out(kept.store, i, 10, &kept.failure),
                  0); /* first as another tenant */
        CHECK_INT(event_write_out(kept.store, 2, 30, &kept.failure), 0);
        CHECK_INT(joins_ask(kept.store, "SELECT count(*) FROM opening_event"), i == 0 ? 3 : 1);
    }
}

/* A name, and who came, as they were then. */
TEST(a_change_of_a_chat_does_not_change_what_was_told)
{
    TEMP_STORE(kept);
    const char *leaving = "7";
    Chat chat = { 0 };

    joins_open_told(kept.store, 1, 10, "t", "7 18", "cli_1");
    joins_open_told(kept.store, 1, 20, "t", "7 18", "cli_1");
    CHECK_INT(chat_find_number(kept.store, 1, 10, kept.arena, &chat, &kept.failure), 1);
    chat.name = "new";
    CHECK_INT(chat_update(kept.store, 1, &chat, &kept.failure), 0);
    CHECK_INT(chat_join_leave(kept.store, 1, 20, &leaving, 1, kept.arena, &kept.failure), 0);
    CHECK(strstr(found(&kept, 1, 11), "{\"name\":\"\"}"));
    CHECK(strstr(found(&kept, 1, 12), "{\"name\":\"\",\"users\":[\"7\",\"18\"]}"));
    CHECK(strstr(found(&kept, 1, 22), "{\"name\":\"\",\"users\":[\"7\",\"18\"]}"));
}

TEST(a_chats_first_event_is_listed_from_its_row)
{
    TEMP_STORE(kept);

    joins_open_told(kept.store, 1, CHAT, "t", "7 18", "cli_1");
    put_listed(&kept, 1, CHAT, CHAT + 3, EVENT_CHAT_UPDATED);
    CHECK_TEXT(list_of_chat(&kept, (ChatEventRange){ -1, INT64_MAX, 10 }),
               arena_print(kept.arena, "%d %d ", CHAT + 3, CHAT + 2));
    CHECK_TEXT(list_of_chat(&kept, (ChatEventRange){ -1, INT64_MAX, 1 }),
               arena_print(kept.arena, "%d …", CHAT + 3));
    CHECK_TEXT(list_of_chat(&kept, (ChatEventRange){ -1, CHAT + 3, 10 }),
               arena_print(kept.arena, "%d ", CHAT + 2));
    CHECK_TEXT(list_of_chat(&kept, (ChatEventRange){ CHAT + 2, INT64_MAX, 10 }),
               arena_print(kept.arena, "%d ", CHAT + 3));
}

CHECK_MAIN
