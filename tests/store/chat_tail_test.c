/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "joins.h"
#include "model/limits.h"
#include "store/chat_tail.h"

static int32_t user_hash(const char *id)
{
    return posting_hash(CHAT_INDEX_USER, 1, id, strlen(id));
}

/* Its chats, like "3 2 ". */
static const char *chats_of(TempStore *kept, const ChatTail *tail, const char *id)
{
    const char *text = "";
    uint64_t place = 0;
    int64_t chat_number;

    while (chat_tail_next(tail, user_hash(id), &place, &chat_number))
        text = arena_print(kept->arena, "%s%d ", text, (int)chat_number);
    return text;
}

static int update(TempStore *kept, ChatTail *tail, int64_t last_event)
{
    failure_clear(&kept->failure);
    return chat_tail_update(tail, kept->store, last_event, &kept->failure);
}

TEST(it_reads_on_and_drops_what_was_passed)
{
    TEMP_STORE(kept);
    ChatTail *tail = chat_tail_new();

    CHECK_INT(update(&kept, tail, 0), 0);
    CHECK_TEXT(chats_of(&kept, tail, "7"), "");
    joins_add(kept.store, 1, 10, 1, "", "7 8", "");
    joins_add(kept.store, 1, 11, 2, "", "7", "");
    CHECK_INT(update(&kept, tail, 0), 0);
    CHECK_TEXT(chats_of(&kept, tail, "7"), "2 1 ");
    CHECK_TEXT(chats_of(&kept, tail, "8"), "1 ");
    CHECK_TEXT(chats_of(&kept, tail, "9"), "");
    joins_add(kept.store, 1, 12, 3, "", "7", "");
    CHECK_INT(update(&kept, tail, 10), 0);
    CHECK_TEXT(chats_of(&kept, tail, "7"), "3 2 ");
    CHECK_TEXT(chats_of(&kept, tail, "8"), "");
    CHECK_INT(chat_tail_count(tail), 2);
    CHECK_INT(update(&kept, tail, 12), 0);
    CHECK_INT(chat_tail_count(tail), 0);
    CHECK(!chat_tail_free(tail));
}

/* What runs have already is not read at all. */
TEST(a_new_one_begins_at_the_progress)
{
    TEMP_STORE(kept);
    ChatTail *tail = chat_tail_new();

    for (int i = 1; i <= 9; i++)
        joins_add(kept.store, 1, i, i, "", "7", "");
    CHECK_INT(update(&kept, tail, 7), 0);
    CHECK_TEXT(chats_of(&kept, tail, "7"), "9 8 ");
    chat_tail_free(tail);
}

enum { EACH = 4096, FITTING = CHAT_INDEX_TAIL_POSTINGS / EACH };

/* The ring comes round several times. */
TEST(it_holds_so_many_and_no_more)
{
    TEMP_STORE(kept);
    ChatTail *tail = chat_tail_new();

    for (int i = 1; i <= 3 * FITTING; i++)
        joins_add(kept.store, 1, i, i, "", joins_ids(kept.arena, 1, EACH), "");
    for (int passed = 0; passed < 2 * FITTING; passed++) {
        CHECK_INT(update(&kept, tail, passed), E_UNAVAILABLE);
        CHECK(chat_tail_count(tail) <= CHAT_INDEX_TAIL_POSTINGS);
        CHECK_TEXT(chats_of(&kept, tail, "1"), ""); /* no part of a stretch */
    }
    CHECK_INT(update(&kept, tail, 2 * FITTING), 0);
    CHECK_INT(chat_tail_count(tail), CHAT_INDEX_TAIL_POSTINGS);
    CHECK_TEXT(chats_of(&kept, tail, "4096"), "48 47 46 45 44 43 42 41 40 39 38 37 36 35 34 33 ");
    CHECK_INT(update(&kept, tail, 3 * FITTING - 1), 0);
    CHECK_TEXT(chats_of(&kept, tail, "1"), "48 ");
    chat_tail_free(tail);
}

TEST(events_that_bring_nobody_are_read_once)
{
    TEMP_STORE(kept);
    ChatTail *tail = chat_tail_new();

    for (int i = 1; i <= CHAT_INDEX_TAIL_EVENTS; i++)
        joins_add_event(kept.store, 1, i, 1);
    joins_add(kept.store, 1, CHAT_INDEX_TAIL_EVENTS + 1, 5, "", "7", "");
    CHECK_INT(update(&kept, tail, 0), E_UNAVAILABLE);
    CHECK_INT(update(&kept, tail, 0), 0);
    CHECK_TEXT(chats_of(&kept, tail, "7"), "5 ");
    chat_tail_free(tail);
}

CHECK_MAIN
