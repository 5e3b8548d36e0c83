/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/buffer.h"
#include "base/text.h"

#include "domain/chat_change.h"
#include "domain/chat_list.h"
#include "domain/membership.h"
#include "fault_check.h"
#include "model/limits.h"
#include "store/message_store.h"

static Chat make(const Work *work, const char *name)
{
    ChatDraft draft = { .name = name, .settings = "" };
    ChatView view = { 0 };

    if (chat_create(work, &draft, &view) < 0)
        abort();
    return view.chat;
}

static void leave(const Work *work, const Chat *chat)
{
    const ChatRights rights = { 0 };
    const char *ids[] = { work->app->app_id };
    const MemberNames itself = { .are_bots = true, .id_list = { ids, 1, true } };
    MemberMisses misses;

    if (members_remove(work, chat, &rights, &itself, "", &misses) < 0)
        abort();
}

/* A message in that chat, newer than all there is. */
static void speak(const Work *work, const Chat *chat)
{
    Message message = { .id = id_make(work->ids, work->now_ms),
                        .chat_number = chat->id.number,
                        .msg_type = "text",
                        .sender_id = work->app->app_id,
                        .sender_type = "app",
                        .content = "{}",
                        .created_ms = work->now_ms };

    if (message_insert(work->store, work->tenant->tenant_id, &message, work->failure) < 0)
        abort();
}

/* The names of a page; "+" in the end when there is more. *last moves on. */
static const char *page(const Work *work, ChatOrder order, size_t limit, int64_t *last)
{
    const ChatPageQuery query = { order, *last, limit };
    ChatPage found;
    Buffer names;

    buffer_init(&names, work->arena, 64);
    if (chat_page(work, &query, &found) < 0)
        return work->failure->text;
    for (size_t i = 0; i < found.count; i++)
        buffer_print(&names, "%s ", found.chats[i].chat.name);
    if (found.has_more)
        buffer_add_char(&names, '+');
    *last = found.last;
    return names.text;
}

#define PAGE(work, order, limit) page(work, order, limit, &(int64_t){ -1 })

TEST(a_bot_is_listed_its_chats_from_the_oldest)
{
    FIXTURE(house);
    int64_t last = -1;

    CHECK_TEXT(PAGE(&house.work, CHATS_BY_CREATION, 5), "");
    make(&house.work, "a");
    make(&house.second, "x");
    make(&house.work, "b");
    make(&house.stranger, "y");
    make(&house.work, "c");
    CHECK_TEXT(PAGE(&house.work, CHATS_BY_CREATION, 5), "a b c ");
    CHECK_TEXT(PAGE(&house.work, CHATS_BY_CREATION, 3), "a b c ");
    CHECK_TEXT(page(&house.work, CHATS_BY_CREATION, 2, &last), "a b +");
    CHECK_TEXT(page(&house.work, CHATS_BY_CREATION, 2, &last), "c ");
    CHECK_TEXT(PAGE(&house.second, CHATS_BY_CREATION, 2), "x ");
}

TEST(what_was_left_or_dissolved_is_not_listed)
{
    FIXTURE(house);
    const char *ids[] = { FIXTURE_SECOND_APP };
    const MemberNames second = { .are_bots = true, .id_list = { ids, 1, true } };
    const ChatRights rights = { 0 };
    MemberMisses misses;
    Chat a = make(&house.work, "a"), b = make(&house.work, "b");

    members_add(&house.work, &a, &rights, &second, SUCCEED_FOR_ALL, &misses);
    members_add(&house.work, &b, &rights, &second, SUCCEED_FOR_ALL, &misses);
    CHECK_TEXT(PAGE(&house.second, CHATS_BY_CREATION, 5), "a b ");
    a.bot_ids = FIXTURE_APP " " FIXTURE_SECOND_APP;
    leave(&house.second, &a);
    CHECK_TEXT(PAGE(&house.second, CHATS_BY_CREATION, 5), "b ");
    CHECK_TEXT(PAGE(&house.work, CHATS_BY_CREATION, 1), "a +");
    chat_dissolve(&house.work, &b);
    CHECK_TEXT(PAGE(&house.second, CHATS_BY_CREATION, 5), "");
    CHECK_TEXT(PAGE(&house.second, CHATS_BY_ACTIVITY, 5), "");
    CHECK_TEXT(PAGE(&house.work, CHATS_BY_CREATION, 1), "a ");
}

TEST(by_activity_the_newest_message_counts)
{
    FIXTURE(house);
    Chat a = make(&house.work, "a"), b = make(&house.work, "b");
    int64_t last = -1;

    make(&house.work, "c");
    CHECK_TEXT(PAGE(&house.work, CHATS_BY_ACTIVITY, 5), "c b a ");
    speak(&house.work, &a);
    speak(&house.work, &b);
    speak(&house.work, &a);
    CHECK_TEXT(PAGE(&house.work, CHATS_BY_ACTIVITY, 5), "a b c ");
    CHECK_TEXT(page(&house.work, CHATS_BY_ACTIVITY, 2, &last), "a b +");
    CHECK_TEXT(page(&house.work, CHATS_BY_ACTIVITY, 2, &last), "c ");
}

/* So many chats that the bot has left stand in front that one page does not get past them. */
TEST(a_page_gives_up_and_the_next_goes_on)
{
    FIXTURE(house);
    int64_t last = -1;

    for (int i = 0; i < CHATS_SCANNED_MOST; i++)
        make(&house.work, "gone");
    fixture_run(&house.work, "UPDATE chat SET bot_ids = ''", NULL, NULL);
    make(&house.work, "here");
    CHECK_TEXT(page(&house.work, CHATS_BY_CREATION, 5, &last), "+");
    CHECK_TEXT(page(&house.work, CHATS_BY_CREATION, 5, &last), "here ");
    CHECK_TEXT(PAGE(&house.work, CHATS_BY_ACTIVITY, 5),
               "fewer than 1000 chats are sorted by activity");
    CHECK_TEXT(house.work.failure->field, "sort_type");
}

TEST(long_texts_end_a_page)
{
    FIXTURE(house);
    char *name = arena_alloc(house.kept.arena, CHAT_PAGE_BYTES + 2);
    const ChatPageQuery query = { CHATS_BY_CREATION, -1, 5 };
    ChatPage found;
    int64_t last;

    memset(name, 'n', CHAT_PAGE_BYTES + 1);
    make(&house.work, name);
    make(&house.work, "b");
    CHECK_INT(chat_page(&house.work, &query, &found), 0);
    CHECK_INT(found.count, 1);
    CHECK(found.has_more);
    last = found.last;
    CHECK_TEXT(page(&house.work, CHATS_BY_CREATION, 5, &last), "b ");
}

static int list_both(const Work *work, void *state)
{
    const ChatPageQuery creation = { CHATS_BY_CREATION, -1, 2 };
    const ChatPageQuery activity = { CHATS_BY_ACTIVITY, -1, 2 };
    ChatPage found;
    int r = chat_page(work, &creation, &found);

    (void)state;
    return r < 0 ? r : chat_page(work, &activity, &found);
}

TEST(a_list_whose_call_fails_fails)
{
    FAULTY_FIXTURE(house);

    fixture_chat(&house.work, "1", "2");
    make(&house.work, "b");
    CHECK_EACH_CALL(&house, &house.work, list_both, NULL);
}

CHECK_MAIN
