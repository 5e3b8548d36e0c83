/* SPDX-License-Identifier: Apache-2.0 */
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

static int tell(const Work *work, void *state)
{
    Chat chat = { .id = { 5, 6 } };

    (void)state;
    return chat_tell(work, id_make(work->ids, work->now_ms), EVENT_USER_ADDED, "1", &chat, "{}");
}

TEST(telling_that_fails_fails)
{
    FAULTY_FIXTURE(house);

    CHECK_EACH_CALL(&house, &house.work, tell, NULL);
}

CHECK_MAIN
