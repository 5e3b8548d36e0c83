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

CHECK_MAIN
