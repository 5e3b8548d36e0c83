/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "store/event_store.h"
#include "store/temp_store.h"

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

CHECK_MAIN
