/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/text.h"

#include "domain/group.h"
#include "fault_check.h"
#include "model/limits.h"
#include "store/chat_join_store.h"
#include "store/chat_store.h"

enum { INVITED_MOST = 3 };

typedef struct Invitation {
    GroupDraft draft;
    const char *invitees[INVITED_MOST];
} Invitation;

/* Ends its list with NULL; without any, there is no list. */
static Invitation invite(const char *operator_user_id, const char *a, const char *b, const char *c)
{
    Invitation invitation = { .draft = { .operator_user_id = operator_user_id },
                              .invitees = { a, b, c } };

    while (invitation.draft.invite_user_ids.count < INVITED_MOST &&
           invitation.invitees[invitation.draft.invite_user_ids.count])
        invitation.draft.invite_user_ids.count++;
    invitation.draft.invite_user_ids.is_present = a;
    return invitation;
}

static int open_group(const Work *work, const char *task_id, Invitation *invitation,
                      const char **ret_chat_id)
{
    invitation->draft.invite_user_ids.items = invitation->invitees;
    failure_clear(work->failure);
    return group_open(work, task_id, &invitation->draft, ret_chat_id);
}

/* Who is in a chat, and its rows in another table, as they are kept. */
static const char *rows_with(const Fixture *house, const char *table, const char *chat_id)
{
    const char *rows = fixture_rows(house);
    const char *number =
        arena_print(house->kept.arena, "|%s|", fixture_number(&house->work, chat_id));
    Buffer found;

    buffer_init(&found, house->kept.arena, 256);
    while (*rows) {
        size_t size = strcspn(rows, "\n");
        const char *row = arena_copy(house->kept.arena, rows, size);

        if (text_starts_with(row, arena_print(house->kept.arena, "%s|", table)) &&
            strstr(row, number))
            buffer_print(&found, "%s\n", row);
        rows += size + 1;
    }
    return found.text;
}

static Chat chat_of(const Fixture *house, const char *chat_id)
{
    Chat chat = { 0 };
    Id id = { 0 };

    if (id_parse(chat_id, "oc_", &id))
        chat_find(house->work.store, 1, id, house->kept.arena, &chat, house->work.failure);
    return chat;
}

/* Its users in the order of their coming, and its bots. */
static const char *members(const Fixture *house, const char *chat_id)
{
    const Work *work = &house->work;
    Member *found = NULL;
    size_t count = 0;
    Chat chat = chat_of(house, chat_id);
    Buffer ids;

    buffer_init(&ids, house->kept.arena, 64);
    chat_join_list(work->store, work->tenant->tenant_id, chat.id.number, BEFORE_ALL_MEMBERS,
                   CHAT_MEMBERS_MOST, house->kept.arena, &found, &count, work->failure);
    for (size_t i = 0; i < count; i++)
        buffer_print(&ids, "%s ", found[i].kunlun_id);
    if (chat.user_count != (int64_t)count)
        return "another count";
    buffer_print(&ids, "%s ", chat.bot_ids);
    return ids.text;
}

/* ---- a new chat ---- */

TEST(a_new_chat_is_exactly_these_rows)
{
    FIXTURE(house);
    Invitation invitation = invite("1", "4", "2", NULL);
    const char *chat_id = NULL, *before = fixture_rows(&house), *number, *wanted;
    Id id = { 0 };

    CHECK_INT(open_group(&house.work, "t1", &invitation, &chat_id), 0);
    CHECK(id_parse(chat_id, "oc_", &id));
    number = fixture_number(&house.work, chat_id);
    CHECK_TEXT(fixture_changes(&house, before), "chat +1 chat_join +1 event +2");
    wanted = arena_print(house.kept.arena,
                         "chat|1|%s|%lld|采购审批|1|" FIXTURE_APP "|normal|0||3|" FIXTURE_APP
                         "|1795000000000|%lld|",
                         number, (long long)id.tail, (long long)id.number + 1);
    CHECK(text_starts_with(rows_with(&house, "chat", chat_id), wanted));
    wanted = arena_print(house.kept.arena,
                         "chat_join|1|%s|%lld|t1|1 4 2|" FIXTURE_APP "|1795000000000\n", number,
                         (long long)house.ids.last_number);
    CHECK_TEXT(rows_with(&house, "chat_join", chat_id), wanted);
}

TEST(the_first_message_says_who_opened_it_and_why)
{
    FIXTURE(house);
    Invitation invitation = invite("7", "4", "2", NULL);
    const char *chat_id = NULL, *row;

    CHECK_INT(open_group(&house.work, "t1", &invitation, &chat_id), 0);
    row = rows_with(&house, "chat", chat_id);
    CHECK(strstr(row, "|{\"template\":\"{from_user} 从任务「{task}」发起了群聊"));
    CHECK(strstr(row, "\"from_user\":[\"杨\\\\光\"]"));
    CHECK(strstr(row, "\"to_chatters\":[\"Joan \\\"J\\\" Ng\",\"王芳\"]"));
    CHECK(strstr(row, "\"task\":[\"采购审批\"],\"task_id\":\"t1\"}\n"));
}

/* Decision 23. */
TEST(one_event_tells_of_the_bot_and_one_of_all_users)
{
    FIXTURE(house);
    Invitation invitation = invite("1", "4", "2", NULL);
    const char *chat_id = NULL, *rows, *users;

    CHECK_INT(open_group(&house.work, "t1", &invitation, &chat_id), 0);
    rows = rows_with(&house, "event", chat_id);
    users = strstr(rows, "|im.chat.member.user.added_v1|");
    CHECK(strstr(rows, "|im.chat.member.bot.added_v1|" FIXTURE_APP "|1|"));
    CHECK(strstr(rows, "|{\"name\":\"采购审批\"}|1795000000000|LOG1\n"));
    CHECK(users);
    CHECK(text_starts_with(users, arena_print(house.kept.arena,
                                              "|im.chat.member.user.added_v1|" FIXTURE_APP
                                              "|1|%s|{\"name\":\"采购审批\",\"users\":[\"1\","
                                              "\"4\",\"2\"]}|1795000000000|LOG1\n",
                                              fixture_number(&house.work, chat_id))));
    CHECK(!strstr(users + strlen("|im.chat.member.user.added_v1|"), "added_v1"));
}

/* Decision 14. */
TEST(without_invitees_the_assignees_come)
{
    FIXTURE(house);
    Invitation invitation = invite("7", NULL, NULL, NULL);
    const char *chat_id = NULL;

    CHECK_INT(open_group(&house.work, "t1", &invitation, &chat_id), 0);
    CHECK_TEXT(members(&house, chat_id), "7 2 3 " FIXTURE_APP " ");
    CHECK_INT(open_group(&house.work, "t2", &invitation, &chat_id), 0);
    CHECK_TEXT(members(&house, chat_id), "7 " FIXTURE_APP " ");
}

TEST(an_assignee_who_has_resigned_is_not_missed)
{
    FIXTURE(house);
    Invitation invitation = invite("2", NULL, NULL, NULL);
    const char *chat_id = NULL;

    fixture_run(&house.work,
                "UPDATE kunlun_user SET status = 'resigned' WHERE tenant_id = 1 AND kunlun_id = $1",
                "3", NULL);
    CHECK_INT(open_group(&house.work, "t1", &invitation, &chat_id), 0);
    CHECK_INT(house.work.failure->code, 0);
    CHECK_TEXT(members(&house, chat_id), "2 " FIXTURE_APP " ");
}

/* Decision 13. */
TEST(who_is_named_twice_comes_once)
{
    FIXTURE(house);
    Invitation invitation = invite("2", "3", "2", "3");
    const char *chat_id = NULL;

    CHECK_INT(open_group(&house.work, "t1", &invitation, &chat_id), 0);
    CHECK_TEXT(members(&house, chat_id), "2 3 " FIXTURE_APP " ");
    CHECK(strstr(rows_with(&house, "event", chat_id), "\"users\":[\"2\",\"3\"]"));
}

/* Decision 12. */
TEST(one_who_cannot_come_keeps_all_away)
{
    FIXTURE(house);
    static const char *const absent[] = { "8", "99", "" };
    const char *chat_id = "untouched", *before = fixture_rows(&house);

    for (size_t i = 0; i < COUNT_OF(absent); i++) {
        Invitation invitation = invite("1", "2", absent[i], "3");

        CHECK_INT(open_group(&house.work, "t1", &invitation, &chat_id), E_NOT_FOUND);
        CHECK_TEXT(house.work.failure->field, "invite_user_ids");
        CHECK_TEXT(house.work.failure->value, absent[i]);
        CHECK_TEXT(fixture_changes(&house, before), "");
    }
    CHECK_TEXT(chat_id, "untouched");
}

TEST(an_operator_must_be_there_and_active)
{
    FIXTURE(house);
    Invitation resigned = invite("8", "1", NULL, NULL), nobody = invite("99", "1", NULL, NULL);
    const char *chat_id = NULL, *before = fixture_rows(&house);

    CHECK_INT(open_group(&house.work, "t1", &resigned, &chat_id), E_NOT_FOUND);
    CHECK_TEXT(house.work.failure->field, "operator_user_id");
    CHECK_INT(open_group(&house.work, "t1", &nobody, &chat_id), E_NOT_FOUND);
    CHECK_TEXT(fixture_changes(&house, before), "");
}

TEST(a_task_must_be_there)
{
    FIXTURE(house);
    Invitation invitation = invite("1", "2", NULL, NULL);
    const char *chat_id = NULL;

    CHECK_INT(open_group(&house.work, "t9", &invitation, &chat_id), E_NOT_FOUND);
    CHECK_TEXT(house.work.failure->field, "task_id");
    CHECK_TEXT(house.work.failure->value, "t9");
}

/* Decision 16. */
TEST(a_chat_has_the_given_name_or_the_tasks_or_the_default)
{
    FIXTURE(house);
    Invitation given = invite("1", "2", NULL, NULL), none = invite("1", "2", NULL, NULL);
    const char *chat_id = NULL;
    Chat chat = { 0 };

    given.draft.chat_name = "a \"name\" | 名";
    CHECK_INT(open_group(&house.work, "t1", &given, &chat_id), 0);
    chat = chat_of(&house, chat_id);
    CHECK_TEXT(chat.name, "a \"name\" | 名");
    CHECK(strstr(rows_with(&house, "event", chat_id), "{\"name\":\"a \\\"name\\\" | 名\"}"));
    CHECK_INT(open_group(&house.work, "t1", &none, &chat_id), 0);
    chat = chat_of(&house, chat_id);
    CHECK_TEXT(chat.name, "采购审批");
    CHECK_INT(open_group(&house.work, "t2", &none, &chat_id), 0);
    chat = chat_of(&house, chat_id);
    CHECK_TEXT(chat.name, CHAT_NAME_DEFAULT);
    CHECK(strstr(rows_with(&house, "chat", chat_id), "\"task\":[\"t2\"]"));
}

/* Decisions 19 and 21: t2 is archived and canceled. */
TEST(the_second_call_opens_a_second_chat)
{
    FIXTURE(house);
    Invitation invitation = invite("1", "2", NULL, NULL);
    const char *first = NULL, *second = NULL;

    CHECK_INT(open_group(&house.work, "t2", &invitation, &first), 0);
    CHECK_INT(open_group(&house.work, "t2", &invitation, &second), 0);
    CHECK(strcmp(first, second) < 0);
    CHECK(strstr(rows_with(&house, "chat_join", first), "|t2|"));
    CHECK(strstr(rows_with(&house, "chat_join", second), "|t2|"));
}

TEST(a_tenant_sees_its_own_tasks_and_people)
{
    FIXTURE(house);
    Invitation invitation = invite("1", NULL, NULL, NULL);
    const char *chat_id = NULL, *before = fixture_rows(&house);

    fixture_run(&house.work, "DELETE FROM task WHERE tenant_id = 1", NULL, NULL);
    before = fixture_rows(&house);
    CHECK_INT(open_group(&house.work, "t1", &invitation, &chat_id), E_NOT_FOUND);
    CHECK_INT(open_group(&house.stranger, "t1", &invitation, &chat_id), 0);
    CHECK_TEXT(fixture_changes(&house, before), "chat +1 chat_join +1 event +2");
    CHECK(text_starts_with(rows_with(&house, "chat", chat_id), "chat|2|"));
    CHECK(text_starts_with(rows_with(&house, "chat_join", chat_id), "chat_join|2|"));
    CHECK(text_starts_with(rows_with(&house, "event", chat_id), "event|2|"));
}

TEST(only_participants_may_act_where_that_is_chosen)
{
    FIXTURE(house);
    static const char *const inside[] = { "1", "2", "3", "4" };
    Invitation outside = invite("7", "1", NULL, NULL);
    const char *chat_id = NULL, *before = fixture_rows(&house);

    house.rules.only_participants = true;
    CHECK_INT(open_group(&house.work, "t1", &outside, &chat_id), E_DENIED);
    CHECK_TEXT(house.work.failure->field, "operator_user_id");
    CHECK_TEXT(fixture_changes(&house, before), "");
    for (size_t i = 0; i < COUNT_OF(inside); i++) {
        Invitation invitation = invite(inside[i], "7", NULL, NULL);

        CHECK_INT(open_group(&house.work, "t1", &invitation, &chat_id), 0);
    }
    house.rules.only_participants = false;
    CHECK_INT(open_group(&house.work, "t1", &outside, &chat_id), 0);
}

/* ---- a chat that is there ---- */

/* Decisions 17 and 20. */
TEST(who_is_not_inside_joins_and_is_told_of)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2"), *before = fixture_rows(&house);
    const char *same = NULL;
    Invitation invitation = invite("5", "2", "3", NULL);

    invitation.draft.chat_id = chat_id;
    invitation.draft.chat_name = "ignored";
    CHECK_INT(open_group(&house.work, "t2", &invitation, &same), 0);
    CHECK_TEXT(same, chat_id);
    CHECK_TEXT(fixture_changes(&house, before), "chat +1 -1 chat_join +1 event +1");
    CHECK_TEXT(members(&house, chat_id), "1 2 5 3 " FIXTURE_APP " ");
    CHECK(strstr(rows_with(&house, "event", chat_id),
                 "|5|")); /* the actor, and the chat's own name */
    CHECK(strstr(rows_with(&house, "event", chat_id),
                 "{\"name\":\"采购审批\",\"users\":[\"5\",\"3\"]}"));
}

/* Decision 18: and no assignees. */
TEST(without_invitees_only_the_operator_joins)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2"), *before = fixture_rows(&house);
    const char *same = NULL;
    Invitation invitation = invite("5", NULL, NULL, NULL);

    invitation.draft.chat_id = chat_id;
    CHECK_INT(open_group(&house.work, "t1", &invitation, &same), 0);
    CHECK_TEXT(same, chat_id);
    CHECK_TEXT(fixture_changes(&house, before), "chat +1 -1 chat_join +1 event +1");
}

TEST(who_is_inside_already_leaves_no_trace)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2"), *before = fixture_rows(&house);
    const char *same = NULL;
    Invitation invitation = invite("2", "1", "2", NULL);

    invitation.draft.chat_id = chat_id;
    CHECK_INT(open_group(&house.work, "t1", &invitation, &same), 0);
    CHECK_TEXT(same, chat_id);
    CHECK_TEXT(fixture_changes(&house, before), "");
}

/* Nobody has come by it, so that it has no join to stand in; once it is linked, it stays so. */
TEST(a_second_task_is_linked_though_nobody_comes)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2"), *before = fixture_rows(&house);
    const char *same = NULL;
    Invitation invitation = invite("2", "1", NULL, NULL);

    invitation.draft.chat_id = chat_id;
    for (int i = 0; i < 2; i++) {
        CHECK_INT(open_group(&house.work, "t2", &invitation, &same), 0);
        CHECK_TEXT(fixture_changes(&house, before), "task_chat +1");
    }
    CHECK(strstr(rows_with(&house, "task_chat", chat_id), "|t2|"));
}

TEST(a_chat_that_cannot_be_joined_is_left_alone)
{
    FIXTURE(house);
    const char *ours = fixture_chat(&house.work, "1", "2");
    const char *theirs = fixture_chat(&house.stranger, "1", "2");
    const char *gone = fixture_chat(&house.work, "1", "2");
    const struct {
        const Work *work;
        const char *chat_id;
        int code;
    } rows[] = {
        { &house.work, "oc_00000000000000000000000000000000", E_NOT_FOUND },
        { &house.work, theirs, E_NOT_FOUND },
        { &house.work, gone, E_CONFLICT },
        { &house.second, ours, E_DENIED },
        { &house.stranger, ours, E_NOT_FOUND },
    };
    const char *before;

    fixture_dissolve(&house.work, gone);
    before = fixture_rows(&house);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Invitation invitation = invite("1", "3", NULL, NULL);
        const char *chat_id = NULL;

        invitation.draft.chat_id = rows[i].chat_id;
        CHECK_INT(open_group(rows[i].work, "t1", &invitation, &chat_id), rows[i].code);
        CHECK_TEXT(rows[i].work->failure->field, "chat_id");
        CHECK_TEXT(fixture_changes(&house, before), "");
    }
}

TEST(a_full_chat_takes_nobody_more)
{
    FIXTURE(house);
    const char *chat_id = fixture_chat(&house.work, "1", "2"), *same = NULL;
    Invitation one = invite("1", "3", NULL, NULL), two = invite("1", "3", "4", NULL);
    Invitation none = invite("1", "2", NULL, NULL);
    int64_t changes;
    Id id = { 0 };

    CHECK(id_parse(chat_id, "oc_", &id));
    one.draft.chat_id = two.draft.chat_id = none.draft.chat_id = chat_id;
    chat_count_users(house.work.store, 1, id.number, CHAT_MEMBERS_MOST - 3, house.work.failure);
    changes = store_change_count(house.work.store);
    CHECK_INT(open_group(&house.work, "t1", &two, &same), E_CONFLICT);
    CHECK_TEXT(house.work.failure->field, "chat_id");
    CHECK_TEXT(house.work.failure->value, chat_id);
    CHECK_INT(store_change_count(house.work.store), changes);
    CHECK_INT(open_group(&house.work, "t1", &one, &same), 0);
    CHECK_INT(open_group(&house.work, "t1", &none, &same), 0);
    CHECK_INT(open_group(&house.work, "t1", &two, &same), E_CONFLICT);
}

/* ---- which request ---- */

static const char *print_of(const Fixture *house, const char *task_id, Invitation invitation)
{
    invitation.draft.invite_user_ids.items = invitation.invitees;
    return group_fingerprint(&house->work, task_id, &invitation.draft);
}

TEST(a_request_is_known_by_what_it_asks_for)
{
    FIXTURE(house);
    Invitation plain = invite("1", "2", "3", NULL), in_chat = plain, named = plain, both = plain;
    const char *print = print_of(&house, "t1", plain);

    in_chat.draft.chat_id = "n";
    named.draft.chat_name = "n";
    both.draft.chat_id = both.draft.chat_name = "n";
    CHECK_INT(strlen(print), 64);
    CHECK_TEXT(print_of(&house, "t1", plain), print);
    CHECK_TEXT(print_of(&house, "t1", invite("1", "3", "2", NULL)), print);
    CHECK_TEXT(print_of(&house, "t1", invite("1", "3", "2", "3")), print);
    const char *const others[] = {
        print,
        print_of(&house, "t2", plain),
        print_of(&house, "t1", invite("2", "2", "3", NULL)),
        print_of(&house, "t1", invite("1", "2", NULL, NULL)),
        print_of(&house, "t1", invite("1", NULL, NULL, NULL)),
        print_of(&house, "t1", invite("1", "23", NULL, NULL)),
        print_of(&house, "t1", invite("12", "3", NULL, NULL)),
        print_of(&house, "t", invite("11", "2", "3", NULL)),
        print_of(&house, "t1", in_chat),
        print_of(&house, "t1", named),
        print_of(&house, "t1", both),
    };

    for (size_t i = 0; i < COUNT_OF(others); i++)
        for (size_t j = 0; j < i; j++)
            if (text_equal(others[i], others[j]))
                CHECK_FAIL("%zu and %zu look alike", i, j);
}

/* ---- all or nothing ---- */

static int open_any(const Work *work, void *state)
{
    const char *chat_id;

    return open_group(work, "t1", state, &chat_id);
}

TEST(whatever_call_fails_no_chat_is_half_opened)
{
    FAULTY_FIXTURE(house);
    Invitation invitation = invite("1", "4", "2", NULL), assignees = invite("7", NULL, NULL, NULL);
    const char *before = fixture_rows(&house);

    CHECK_EACH_CALL(&house, &house.work, open_any, &invitation);
    CHECK_TEXT(fixture_changes(&house, before), "chat +4 chat_join +4 event +8");
    CHECK_EACH_CALL(&house, &house.work, open_any, &assignees);
    house.rules.only_participants = true;
    CHECK_EACH_CALL(&house, &house.work, open_any, &invitation);
}

TEST(whatever_call_fails_nobody_has_half_joined)
{
    FAULTY_FIXTURE(house);
    Invitation invitation = invite("5", "4", "2", NULL);

    for (int i = 0; i < 4; i++) {
        invitation.draft.chat_id = fixture_chat(&house.work, "1", "2");
        CHECK_TEXT(fixture_fail_each_call(&house, &house.work,
                                          i % 2 ? DB_FAULT_ONCE : DB_FAULT_FROM_THEN_ON,
                                          i / 2 ? E_FAULT : E_UNAVAILABLE, open_any, &invitation),
                   NULL);
    }
}

CHECK_MAIN
