/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "store/event_store.h"
#include "store/temp_store.h"

TEST(an_event_is_kept_with_all_its_members)
{
    TEMP_STORE(kept);
    const Event event = { .event_id = "e1",
                          .event_type = EVENT_USER_ADDED,
                          .app_id = "cli_1",
                          .actor_id = "7",
                          .subject_id = "oc_1",
                          .body = "{\"users\":[\"7\"]}",
                          .created_ms = 1795000000000,
                          .log_id = "L1" };

    CHECK_INT(event_insert(kept.store, 1, &event, &kept.failure), 0);
    CHECK_TEXT(temp_store_rows(kept.store, kept.arena),
               "revision|directory|1\n"
               "event|1|e1|im.chat.member.user.added_v1|cli_1|7|oc_1|{\"users\":[\"7\"]}|"
               "1795000000000|L1\n");
}

TEST(an_event_id_is_its_tenants_once)
{
    TEMP_STORE(kept);
    const Event event = { "e1", EVENT_BOT_ADDED, "cli_1", "7", "oc_1", "{}", 1, "L1" };

    CHECK_INT(event_insert(kept.store, 1, &event, &kept.failure), 0);
    CHECK_INT(event_insert(kept.store, 2, &event, &kept.failure), 0);
    CHECK_INT(event_insert(kept.store, 1, &event, &kept.failure), E_CONFLICT);
}

CHECK_MAIN
