/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "joins.h"
#include "model/limits.h"
#include "store/chat_posting.h"

static int32_t hash_of(ChatIndexKind kind, int64_t tenant_id, const char *id)
{
    return posting_hash(kind, tenant_id, id, strlen(id));
}

/* They are kept in databases. The expected numbers are those of another SipHash-2-4, of a byte for
 * the kind, eight for the tenant, the least first, and the id. */
TEST(hashes_never_change)
{
    CHECK_INT(hash_of(CHAT_INDEX_USER, 1, "1800000000000001"), 924171149502206811 >> 32);
    CHECK_INT(hash_of(CHAT_INDEX_TASK, -1, ""), 5828930639208182308 >> 32);
}

TEST(hashes_tell_kinds_tenants_and_ids_apart)
{
    int32_t hash = hash_of(CHAT_INDEX_USER, 1, "7");

    CHECK(hash != hash_of(CHAT_INDEX_BOT, 1, "7"));
    CHECK(hash != hash_of(CHAT_INDEX_TASK, 1, "7"));
    CHECK(hash != hash_of(CHAT_INDEX_USER, 257, "7"));
    CHECK(hash != hash_of(CHAT_INDEX_USER, 1, "8"));
    CHECK(hash != hash_of(CHAT_INDEX_USER, 1, "77"));
    CHECK_INT(hash, posting_hash(CHAT_INDEX_USER, 1, "77", 1));
}

/* Whoever asks may send any text. */
TEST(of_a_text_that_is_no_id_the_beginning_counts)
{
    char id[3 * EXTERNAL_ID_BYTES_MOST];
    int32_t hash;

    memset(id, 'x', sizeof(id));
    hash = posting_hash(CHAT_INDEX_USER, 1, id, EXTERNAL_ID_BYTES_MOST);
    CHECK_INT(posting_hash(CHAT_INDEX_USER, 1, id, sizeof(id)), hash);
    CHECK(posting_hash(CHAT_INDEX_USER, 1, id, EXTERNAL_ID_BYTES_MOST - 1) != hash);
}

/* In the order in which a database has two columns of BIGINT. */
TEST(postings_are_sorted_and_once)
{
    Posting postings[] = { { 5, 1 }, { -5, 9 },        { 5, 0 }, { -5, -9 },
                           { 5, 1 }, { INT32_MIN, 3 }, { 5, 1 }, { INT32_MAX, 3 } };
    static const Posting sorted[] = { { INT32_MIN, 3 }, { -5, -9 }, { -5, 9 },
                                      { 5, 0 },         { 5, 1 },   { INT32_MAX, 3 } };

    CHECK_INT(postings_sort(postings, COUNT_OF(postings)), COUNT_OF(sorted));
    for (size_t i = 0; i < COUNT_OF(sorted); i++)
        CHECK_INT(posting_compare(&postings[i], &sorted[i]), 0);
    CHECK_INT(postings_sort(postings, 0), 0);
}

static int compare_any(const void *a, const void *b)
{
    return posting_compare(a, b);
}

/* Many of one hash, and many in all, against the library's own sort. */
TEST(many_postings_are_sorted_too)
{
    enum { MANY = 5000 };
    static Posting postings[MANY], sorted[MANY];
    uint64_t number = 88172645463325252;
    size_t count = 0;

    for (size_t i = 0; i < MANY; i++) {
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        postings[i] =
            (Posting){ i % 4 == 0 ? -5 : (int32_t)(number >> 32), (int64_t)(number % 1009) };
    }
    memcpy(sorted, postings, sizeof(sorted));
    qsort(sorted, MANY, sizeof(*sorted), compare_any);
    for (size_t i = 0; i < MANY; i++)
        if (count == 0 || posting_compare(&sorted[count - 1], &sorted[i]) != 0)
            sorted[count++] = sorted[i];
    CHECK(count < MANY - 100);
    CHECK_INT(postings_sort(postings, MANY), count);
    for (size_t i = 0; i < count; i++)
        CHECK_INT(posting_compare(&postings[i], &sorted[i]), 0);
}

/* ---- the feed ---- */

static bool is_posting(const Posting *posting, ChatIndexKind kind, const char *id,
                       int64_t chat_number)
{
    return posting->hash == hash_of(kind, 1, id) && posting->chat_number == chat_number;
}

TEST(a_join_gives_who_came_in)
{
    TEMP_STORE(kept);
    _cleanup_(feed_end) Feed feed = { 0 };
    FeedJoin join;
    Posting postings[5] = { 0 };

    joins_add(kept.store, 1, 10, 3, "t", "7 . 18", "cli_1");
    CHECK_INT(feed_begin(kept.store, 9, 10, &feed, &kept.failure), 1);
    CHECK_INT(feed_step(&feed, &join, &kept.failure), 1);
    CHECK_INT(join.event_number, 10);
    CHECK_INT(join.tenant_id, 1);
    CHECK_INT(feed_postings(&join, postings, 5), 4);
    CHECK(is_posting(&postings[0], CHAT_INDEX_USER, "7", 3));
    CHECK(is_posting(&postings[1], CHAT_INDEX_USER, "18", 3));
    CHECK(is_posting(&postings[2], CHAT_INDEX_BOT, "cli_1", 3));
    CHECK(is_posting(&postings[3], CHAT_INDEX_TASK, "t", 3));
    for (size_t most = 0; most < 4; most++) {
        memset(postings, 0, sizeof(postings));
        CHECK_INT(feed_postings(&join, postings, most), 4);
        CHECK_INT(postings[most].chat_number, 0); /* nothing is written behind */
        CHECK(most == 0 || postings[most - 1].chat_number == 3);
    }
    CHECK_INT(feed_step(&feed, &join, &kept.failure), 0);
    CHECK_INT(feed_step(&feed, &join, &kept.failure), 0);
}

/* The only join of a stretch. */
static const char *join_behind(TempStore *kept, int64_t after)
{
    _cleanup_(feed_end) Feed feed = { 0 };
    FeedJoin join;
    const char *text;

    joins_demand(feed_begin(kept->store, after, 10, &feed, &kept->failure), &kept->failure);
    if (feed_step(&feed, &join, &kept->failure) <= 0)
        return "none";
    text = arena_print(kept->arena, "%d of tenant %d into %d by %s: %s and %s",
                       (int)join.event_number, (int)join.tenant_id, (int)join.chat_number,
                       join.task_id, join.user_ids, join.bot_ids);
    return feed_step(&feed, &join, &kept->failure) == 0 ? text : "several";
}

/* Found by its chat's number, and by its event's where a stretch begins between the two. */
TEST(a_first_join_is_found_by_either_number)
{
    TEMP_STORE(kept);

    joins_open(kept.store, 2, 10, 3, "t", "7 . 18", "cli_1");
    CHECK_TEXT(join_behind(&kept, 2), "10 of tenant 2 into 3 by t: 7 . 18 and cli_1");
    CHECK_TEXT(join_behind(&kept, 9), "10 of tenant 2 into 3 by t: 7 . 18 and cli_1");
}

/* The events of a stretch's joins, like "3 4 "; they come in no certain order. */
static const char *events_of(TempStore *kept, int64_t after, int64_t most)
{
    _cleanup_(feed_end) Feed feed = { 0 };
    FeedJoin join;
    uint64_t seen = 0;
    const char *text = "";

    joins_demand(feed_begin(kept->store, after, most, &feed, &kept->failure), &kept->failure);
    while (feed_step(&feed, &join, &kept->failure) > 0) {
        if (seen & UINT64_C(1) << join.event_number)
            return "twice";
        seen |= UINT64_C(1) << join.event_number;
    }
    for (int i = 0; i < 64; i++)
        if (seen & UINT64_C(1) << i)
            text = arena_print(kept->arena, "%s%d ", text, i);
    return arena_print(kept->arena, "%s/ %d to %d", text, (int)feed.events, (int)feed.until);
}

/* New chats, old ones, and such as have greater numbers than their events, which no product has. */
TEST(each_join_of_a_stretch_comes_once)
{
    static const int64_t chats[] = { 1, 2, 1, 40, 3, 9, 8, 5, 50, 17 };
    TEMP_STORE(kept);

    for (int i = 0; i < 10; i++)
        joins_add(kept.store, 1, 11 + 2 * i, chats[i], "", "7", "");
    for (int i = 0; i < 10; i++)
        joins_add_event(kept.store, 1, 12 + 2 * i, chats[i]);
    CHECK_TEXT(events_of(&kept, 0, 100), "11 13 15 17 19 21 23 25 27 29 / 20 to 30");
    CHECK_TEXT(events_of(&kept, 8, 4), "11 13 / 4 to 14");
    CHECK_TEXT(events_of(&kept, 14, 3), "15 17 / 3 to 17");
    CHECK_TEXT(events_of(&kept, 17, 1), "/ 1 to 18");
    CHECK_TEXT(events_of(&kept, 17, 12), "19 21 23 25 27 29 / 12 to 29");
    CHECK_TEXT(events_of(&kept, 9, 8), "11 13 15 17 / 8 to 18");
    CHECK_TEXT(events_of(&kept, 30, 9), "/ 0 to 0");
}

/* The last has a greater number than its event. */
TEST(who_came_first_is_in_a_stretch_once)
{
    static const int64_t chats[][2] = { { 1, 2 }, { 4, 7 }, { 5, 6 }, { 8, 9 }, { 40, 12 } };
    TEMP_STORE(kept);

    for (size_t i = 0; i < COUNT_OF(chats); i++)
        joins_open(kept.store, 1, chats[i][1], chats[i][0], "t", "7", "cli_1");
    joins_add(kept.store, 1, 10, 4, "", "8", "");
    joins_add_event(kept.store, 1, 11, 8);
    CHECK_TEXT(events_of(&kept, 0, 100), "2 6 7 9 10 12 / 7 to 12");
    CHECK_TEXT(events_of(&kept, 0, 1), "2 / 1 to 3");
    CHECK_TEXT(events_of(&kept, 3, 1), "/ 1 to 4"); /* what tells of that chat comes behind it */
    CHECK_TEXT(events_of(&kept, 4, 1), "6 / 1 to 6");
    CHECK_TEXT(events_of(&kept, 6, 1), "7 / 1 to 8");
    CHECK_TEXT(events_of(&kept, 7, 3), "9 10 / 3 to 11");
    CHECK_TEXT(events_of(&kept, 11, 1), "12 / 1 to 12");
}

/* As the product makes them: what tells of a chat follows its number. */
TEST(what_its_row_tells_of_a_chat_is_one_event_of_a_stretch)
{
    TEMP_STORE(kept);

    joins_open_told(kept.store, 1, 10, "t", "7", "cli_1"); /* its events: 11, 12 */
    joins_add(kept.store, 1, 14, 10, "", "8", "");
    joins_open_told(kept.store, 1, 15, "t", "7", "cli_1");
    joins_open_told(kept.store, 1, 20, "t", "7", "");
    CHECK_TEXT(events_of(&kept, 0, 100), "12 14 17 21 / 4 to 21");
    CHECK_TEXT(events_of(&kept, 0, 1), "12 14 / 1 to 14"); /* one of each kind */
    CHECK_TEXT(events_of(&kept, 14, 1), "17 / 1 to 19");
    CHECK_TEXT(events_of(&kept, 19, 1), "21 / 1 to 21");
    CHECK_TEXT(events_of(&kept, 21, 1), "/ 0 to 0");
}

CHECK_MAIN
