/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"

#include "domain/chat_event.h"
#include "fault_check.h"

TEST(an_event_is_the_calling_apps_and_of_its_time)
{
    FIXTURE(house);
    const char *before = fixture_rows(&house);
    Chat chat = { .id = { 5, 6 } };

    CHECK_INT(chat_tell(&house.work, (Id){ 77, -1 }, EVENT_USER_ADDED, "1", &chat, "{}"), 0);
    CHECK_TEXT(fixture_changes(&house, before), "event +1");
    CHECK(strstr(fixture_rows(&house), "event|1|77|-1|im.chat.member.user.added_v1|" FIXTURE_APP
                                       "|1|5|{}|1795000000000|LOG1"));
}

/* Joins have the numbers of the others, and messages are read themselves. */
TEST(what_no_join_tells_is_listed_for_its_chat)
{
    FIXTURE(house);
    static const struct {
        const char *event_type, *changes;
    } rows[] = {
        { EVENT_USER_ADDED, "event +1" },
        { EVENT_BOT_ADDED, "event +1" },
        { EVENT_DIRECT_CREATED, "event +1" },
        { EVENT_MESSAGE_RECEIVED, "event +1" },
        { EVENT_MESSAGE_RECALLED, "event +1" },
        { EVENT_USER_DELETED, "event +1 chat_event +1" },
        { EVENT_USER_WITHDRAWN, "event +1 chat_event +1" },
        { EVENT_BOT_DELETED, "event +1 chat_event +1" },
        { EVENT_CHAT_UPDATED, "event +1 chat_event +1" },
        { EVENT_CHAT_DISBANDED, "event +1 chat_event +1" },
    };
    Chat chat = { .id = { 5, 6 } };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *before = fixture_rows(&house);

        CHECK_INT(chat_tell(&house.work, (Id){ 70 + (int64_t)i, 1 }, rows[i].event_type, "1", &chat,
                            "{}"),
                  0);
        CHECK_TEXT(fixture_changes(&house, before), rows[i].changes);
    }
    CHECK(strstr(fixture_rows(&house), "chat_event|1|5|79\n"));
}

static int tell(const Work *work, void *state)
{
    Chat chat = { .id = { 5, 6 } };

    (void)state;
    return chat_tell(work, id_make(work->ids, work->now_ms), EVENT_CHAT_UPDATED, "1", &chat, "{}");
}

TEST(telling_that_fails_fails)
{
    FAULTY_FIXTURE(house);

    CHECK_EACH_CALL(&house, &house.work, tell, NULL);
}

CHECK_MAIN
