/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "domain/chat.h"
#include "fault_check.h"

/* ---- a chat ---- */

TEST(a_chat_is_seen_with_owner_and_counts)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    ChatView view = { 0 };

    CHECK_INT(chat_view(&house.work, chat_id, &view), 0);
    CHECK_TEXT(id_print(view.chat.id, "oc_", house.kept.arena), chat_id);
    CHECK_TEXT(view.chat.name, "采购审批");
    CHECK_TEXT(view.chat.chat_status, "normal");
    CHECK_TEXT(view.owner.open_id, "ou_1");
    CHECK_INT(view.chat.user_count, 2);
    CHECK_INT(chat_bot_count(&view.chat), 1);
    CHECK(view.is_inside);
}

/* Decision 39. */
TEST(who_is_outside_is_told_so)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    ChatView view = { 0 };
    MemberView *members;
    size_t count;
    int64_t total;

    CHECK_INT(chat_view(&house.second, chat_id, &view), 0);
    CHECK(!view.is_inside);
    CHECK_INT(view.chat.user_count, 2);
    CHECK_INT(
        chat_members(&house.second, chat_id, BEFORE_ALL_MEMBERS, 10, &members, &count, &total),
        E_DENIED);
    CHECK_TEXT(house.second.failure->field, "chat_id");
}

/* Decision 38. */
TEST(a_dissolved_chat_is_seen_but_not_entered)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    ChatView view = { 0 };
    MemberView *members;
    size_t count;
    int64_t total;

    fixture_dissolve(&house.work, chat_id);
    CHECK_INT(chat_view(&house.work, chat_id, &view), 0);
    CHECK_TEXT(view.chat.chat_status, "dissolved");
    CHECK_INT(chat_members(&house.work, chat_id, BEFORE_ALL_MEMBERS, 10, &members, &count, &total),
              E_CONFLICT);
}

/* The number alone names nothing: neither here nor as another tenant's. */
TEST(half_of_an_id_is_none)
{
    FIXTURE(house);
    const char *ours = fixture_chat(&house.work, "1", "2");
    const char *theirs = fixture_chat(&house.stranger, "1", "2");
    const char *const none[] = {
        arena_print(house.kept.arena, "%.19s%016x", ours, 7),
        arena_print(house.kept.arena, "%.19s%016x", theirs, 7),
        arena_print(house.kept.arena, "%.19s", ours),
        arena_print(house.kept.arena, "oc_%016x%s", 7, ours + 19),
        arena_print(house.kept.arena, "om_%s", ours + 3),
        arena_print(house.kept.arena, "%s0", ours),
        "oc_ffffffffffffffffffffffffffffffff",
        "",
    };

    for (size_t i = 0; i < COUNT_OF(none); i++) {
        ChatView view = { 0 };

        failure_clear(house.work.failure);
        CHECK_INT(chat_view(&house.work, none[i], &view), E_NOT_FOUND);
        CHECK_TEXT(house.work.failure->field, "chat_id");
        CHECK_TEXT(house.work.failure->value, none[i]);
    }
}

TEST(another_tenants_chat_is_told_apart_from_none)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.stranger, "1", "2");
    static const char none[] = "oc_00000000000000000000000000000000";
    ChatView view = { 0 };
    MemberView *members;
    size_t count;
    int64_t total;

    CHECK_INT(chat_view(&house.work, chat_id, &view), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "tenant_key");
    failure_clear(house.work.failure);
    CHECK_INT(chat_members(&house.work, chat_id, BEFORE_ALL_MEMBERS, 10, &members, &count, &total),
              E_DENIED);
    CHECK_TEXT(house.work.failure->field, "tenant_key");

    failure_clear(house.work.failure);
    CHECK_INT(chat_view(&house.work, none, &view), E_NOT_FOUND);
    failure_clear(house.work.failure);
    CHECK_INT(chat_members(&house.work, none, BEFORE_ALL_MEMBERS, 10, &members, &count, &total),
              E_NOT_FOUND);
    CHECK_TEXT(house.work.failure->field, "chat_id");
}

/* ---- members ---- */

TEST(members_come_in_pages_with_their_total)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2");
    MemberView *members = NULL;
    size_t count = 0;
    int64_t total = 0;

    CHECK_INT(chat_members(&house.work, chat_id, BEFORE_ALL_MEMBERS, 1, &members, &count, &total),
              0);
    CHECK_INT(count, 1);
    CHECK_INT(total, 2);
    CHECK_TEXT(members[0].user.name, "张伟");
    CHECK_INT(chat_members(&house.work, chat_id, members[0].place, 10, &members, &count, &total),
              0);
    CHECK_INT(count, 1);
    CHECK_INT(total, 2);
    CHECK_TEXT(members[0].user.kunlun_id, "2");
}

/* ---- all or nothing ---- */

static int read_all(const Work *work, void *state)
{
    ChatView view = { 0 };
    MemberView *members = NULL;
    size_t count = 0;
    int64_t total = 0;
    int r = chat_view(work, state, &view);

    if (r >= 0)
        r = chat_members(work, state, BEFORE_ALL_MEMBERS, 10, &members, &count, &total);
    return r;
}

TEST(a_read_whose_call_fails_fails)
{
    FAULTY_FIXTURE(house);
    char *chat_id = arena_text(house.kept.arena, fixture_chat(&house.work, "1", "2"));

    CHECK_EACH_CALL(&house, &house.work, read_all, chat_id);
}

static int look_elsewhere(const Work *work, void *state)
{
    ChatView view = { 0 };
    int r = chat_view(work, state, &view);

    if (r != E_DENIED)
        return r < 0 ? r : E_NOT_FOUND;
    failure_clear(work->failure);
    return 0;
}

TEST(a_look_at_a_foreign_chat_whose_call_fails_fails)
{
    FAULTY_FIXTURE(house);
    char *chat_id = arena_text(house.kept.arena, fixture_chat(&house.stranger, "1", "2"));

    CHECK_EACH_CALL(&house, &house.work, look_elsewhere, chat_id);
}

CHECK_MAIN
