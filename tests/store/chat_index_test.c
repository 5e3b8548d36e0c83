/* SPDX-License-Identifier: Apache-2.0 */

/* The index of chats against a plain model: people join at random, pieces of the index are written
 * or lost at random, and at each step its lists are what the model says. */
#include <unistd.h>

#include "base/clock.h"

#include "check.h"
#include "joins.h"
#include "model/limits.h"
#include "store/chat_index.h"
#include "store/chat_index_build.h"
#include "store/chat_store.h"

enum { KINDS = 3, TENANTS = 2, IDS = 9, CHATS = 400, STEPS = 400, PENDING = 256, LINE = 64 };

/* So small that every way is gone often: many levels, blocks and pieces. */
static const ChatIndexSizes small = { .block_postings = 4,
                                      .flush_postings = 20,
                                      .flush_events = 15,
                                      .piece_blocks = 6,
                                      .drop_blocks = 3,
                                      .merge_runs = 4 };

typedef struct World {
    TempStore kept;
    Store *reader; /* owned; keeps its tail */
    ChatIndexBuilder *builder;
    uint64_t random;
    int64_t last_number; /* of chats and events, which have one source */
    size_t chats;
    int64_t numbers[CHATS + 1]; /* a chat's; and behind them one that is greater */
    int tenants[CHATS];         /* a chat's */
    bool is_in[KINDS][IDS][CHATS];
    bool *pending[PENDING]; /* what a rollback takes back */
    size_t pending_count;
} World;

static uint64_t draw(World *world, uint64_t below)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return (world->random >> 11) % below;
}

static void open_stores(World *world)
{
    Failure failure = { 0 };

    joins_demand(store_open(world->kept.url, STORE_READER, &world->reader, &failure), &failure);
    store_keep_chats(world->reader);
    world->builder = chat_index_builder_new(&small);
}

static void world_open(World *world)
{
    Failure failure = { 0 };

    world->kept = temp_store_open(NULL);
    world->random = (uint64_t)clock_monotonic_us() << 20 | (uint64_t)getpid();
    printf("# seed %" PRIu64 "\n", world->random);
    world->last_number = INT64_C(1700000000000) << 16;
    joins_demand(store_commit(world->kept.store, &failure), &failure);
    open_stores(world);
}

static void world_close(World *world)
{
    chat_index_builder_free(world->builder);
    store_close(world->reader);
    temp_store_close(&world->kept);
}

/* As after kill -9: nothing but what was committed is left. */
static void crash(World *world)
{
    Failure failure = { 0 };

    chat_index_builder_free(world->builder);
    store_close(world->reader);
    store_close(world->kept.store);
    joins_demand(store_open(world->kept.url, STORE_WRITER, &world->kept.store, &failure), &failure);
    open_stores(world);
}

/* ---- joining ---- */

static void put_in(World *world, ChatIndexKind kind, uint64_t id, size_t chat)
{
    bool *is_in = &world->is_in[kind][id][chat];

    if (*is_in || world->pending_count == PENDING)
        return;
    *is_in = true;
    world->pending[world->pending_count++] = is_in;
}

/* Up to most ids of a kind, as a row has them; some have left already. */
static const char *draw_ids(World *world, ChatIndexKind kind, size_t chat, uint64_t most)
{
    const char *ids = "";

    for (uint64_t i = draw(world, most + 1); i > 0; i--) {
        uint64_t id = draw(world, IDS);
        bool has_left = draw(world, 8) == 0;

        ids = arena_print(world->kept.arena, has_left ? "%s%s" MEMBER_GONE : "%s%s%d", ids,
                          *ids ? " " : "", (int)id);
        if (!has_left)
            put_in(world, kind, id, chat);
    }
    return ids;
}

static int64_t make_number(World *world)
{
    return world->last_number += 1 + (int64_t)draw(world, 3);
}

static void join(World *world)
{
    bool is_new = world->chats == 0 || (world->chats < CHATS && draw(world, 3) > 0);
    size_t chat = is_new ? world->chats++ : draw(world, world->chats);
    const char *users, *bots, *task = "";

    if (is_new) {
        world->tenants[chat] = 1 + (int)draw(world, TENANTS);
        world->numbers[chat] = make_number(world);
        world->numbers[chat + 1] = INT64_MAX - 1;
    }
    users = draw_ids(world, CHAT_INDEX_USER, chat, 5);
    bots = draw_ids(world, CHAT_INDEX_BOT, chat, 1);
    if (draw(world, 2) == 0) {
        uint64_t id = draw(world, IDS);

        task = arena_print(world->kept.arena, "%d", (int)id);
        put_in(world, CHAT_INDEX_TASK, id, chat);
    }
    joins_add(world->kept.store, world->tenants[chat], make_number(world), world->numbers[chat],
              task, users, bots);
    if (draw(world, 3) == 0)
        joins_add_event(world->kept.store, world->tenants[chat], make_number(world),
                        world->numbers[chat]);
}

/* ---- listing ---- */

static size_t expect(const World *world, int tenant, ChatIndexKind kind, uint64_t id,
                     const ChatIndexRange *range, int64_t *ret_numbers)
{
    size_t count = 0;

    for (size_t i = 0; i < world->chats && count < range->limit; i++) {
        size_t chat = range->is_newest_first ? world->chats - 1 - i : i;
        int64_t number = world->numbers[chat];

        if (world->tenants[chat] == tenant && world->is_in[kind][id][chat] &&
            number > range->after && number < range->before)
            ret_numbers[count++] = number;
    }
    return count;
}

static ChatIndexRange draw_range(World *world)
{
    ChatIndexRange range = { -1, INT64_MAX, draw(world, 2) == 0, 1 + draw(world, 12) };

    if (draw(world, 2) == 0)
        range.after = world->numbers[draw(world, world->chats + 1)] - (int64_t)draw(world, 2);
    if (draw(world, 2) == 0)
        range.before = world->numbers[draw(world, world->chats + 1)] + (int64_t)draw(world, 2);
    if (draw(world, 4) == 0)
        range.limit = CHATS;
    return range;
}

/* Whether one list at random is right. */
static bool list_is_right(World *world, Store *store)
{
    int tenant = 1 + (int)draw(world, TENANTS);
    ChatIndexKind kind = (ChatIndexKind)draw(world, KINDS);
    uint64_t id = draw(world, IDS);
    ChatIndexRange range = draw_range(world);
    int64_t expected[CHATS], *numbers = NULL;
    size_t wanted = expect(world, tenant, kind, id, &range, expected), count = 0;
    Failure failure = { 0 };

    joins_demand(chat_index_list(store, tenant, kind, arena_print(world->kept.arena, "%d", (int)id),
                                 &range, world->kept.arena, &numbers, &count, &failure),
                 &failure);
    if (count == wanted && memcmp(numbers, expected, count * sizeof(*numbers)) == 0)
        return true;
    printf("# kind %d, id %d, tenant %d, limit %zu, %s: got %zu, wanted %zu\n", (int)kind, (int)id,
           tenant, range.limit, range.is_newest_first ? "newest" : "oldest", count, wanted);
    return false;
}

static bool reader_is_right(World *world)
{
    Failure failure = { 0 };
    bool is_right = true;

    joins_demand(store_begin(world->reader, &failure), &failure);
    for (int i = 0; i < 4 && is_right; i++)
        is_right = list_is_right(world, world->reader);
    joins_demand(store_commit(world->reader, &failure), &failure);
    return is_right;
}

/* ---- steps ---- */

/* A writer sees its own rows, also those that are rolled back afterwards. */
static bool join_some(World *world)
{
    Store *store = world->kept.store;
    size_t chats = world->chats;
    Failure failure = { 0 };
    bool is_right;

    world->pending_count = 0;
    joins_demand(store_begin(store, &failure), &failure);
    for (uint64_t i = draw(world, 4); i > 0; i--)
        join(world);
    is_right = draw(world, 4) > 0 || list_is_right(world, store);
    if (draw(world, 8) > 0) {
        joins_demand(store_commit(store, &failure), &failure);
        return is_right;
    }
    joins_demand(store_rollback(store, &failure), &failure);
    for (size_t i = 0; i < world->pending_count; i++)
        *world->pending[i] = false;
    world->chats = chats;
    return is_right;
}

/* What a reader sees stays the same until its transaction ends. */
static bool join_beside_a_reader(World *world)
{
    World *before = malloc(sizeof(*before));
    Failure failure = { 0 };
    bool is_right;

    joins_demand(store_begin(world->reader, &failure), &failure);
    memcpy(before, world, sizeof(*before));
    is_right = join_some(world);
    for (int i = 0; i < 4 && is_right; i++)
        is_right = list_is_right(before, world->reader);
    joins_demand(store_commit(world->reader, &failure), &failure);
    free(before);
    return is_right;
}

/* One piece, if there is one, which is written, or lost with the builder's knowledge or without. */
static int build(World *world)
{
    const ChatIndexPiece *piece;
    Store *store = world->kept.store;
    Failure failure = { 0 };
    uint64_t fate = draw(world, 20);
    int r = chat_index_builder_next(world->builder, store, &piece, &failure);

    joins_demand(r, &failure);
    if (r == 0)
        return 0;
    joins_demand(store_begin(store, &failure), &failure);
    joins_demand(chat_index_piece_write(store, piece, &failure), &failure);
    if (fate <= 1)
        joins_demand(store_rollback(store, &failure), &failure);
    else
        joins_demand(store_commit(store, &failure), &failure);
    if (fate == 0 || fate == 2)
        crash(world);
    else if (fate == 1)
        chat_index_builder_forget(world->builder);
    else
        chat_index_builder_written(world->builder);
    return 1;
}

static bool step(World *world)
{
    switch (draw(world, 4)) {
    case 0: return join_some(world);
    case 1: return join_beside_a_reader(world);
    default: build(world); return true;
    }
}

/* ---- what holds of the tables ---- */

static bool blocks_are_right(Store *store)
{
    return joins_ask(store, "SELECT count(*) FROM chat_index_block WHERE run_number NOT IN "
                            "(SELECT run_number FROM chat_index_run)") == 0 &&
           joins_ask(store, "SELECT count(*) FROM chat_index_block WHERE length(packed) NOT "
                            "BETWEEN 5 AND 4 * 15 + 4") == 0 &&
           joins_ask(store, "SELECT count(*) FROM (SELECT level FROM chat_index_run "
                            "GROUP BY level HAVING count(*) >= 4)") == 0 &&
           joins_ask(store, "SELECT max(level) FROM chat_index_run") >= 2;
}

TEST(lists_are_what_the_model_says)
{
    World *world = calloc(1, sizeof(*world));

    world_open(world);
    for (int i = 0; i < STEPS; i++) {
        Arena *arena = world->kept.arena;
        bool is_right;

        world->kept.arena = arena_new();
        is_right = step(world) && reader_is_right(world);
        arena_free(world->kept.arena);
        world->kept.arena = arena;
        if (!is_right)
            CHECK_FAIL("at step %d", i);
    }
    while (build(world) > 0)
        ;
    CHECK(blocks_are_right(world->kept.store));
    for (int i = 0; i < 200; i++)
        CHECK(reader_is_right(world));
    world_close(world);
    free(world);
}

/* ---- single cases ---- */

static const char *list(TempStore *kept, const char *id, ChatIndexRange range)
{
    int64_t *numbers = NULL;
    size_t count = 0;
    const char *text = "";

    if (chat_index_list(kept->store, 1, CHAT_INDEX_BOT, id, &range, kept->arena, &numbers, &count,
                        &kept->failure) < 0)
        return kept->failure.text;
    for (size_t i = 0; i < count; i++)
        text = arena_print(kept->arena, "%s%d ", text, (int)numbers[i]);
    return text;
}

#define ALL_UP(limit)   ((ChatIndexRange){ -1, INT64_MAX, false, (limit) })
#define ALL_DOWN(limit) ((ChatIndexRange){ -1, INT64_MAX, true, (limit) })

TEST(an_empty_index_lists_nothing)
{
    TEMP_STORE(kept);

    CHECK_TEXT(list(&kept, "cli_1", ALL_UP(1)), "");
    CHECK_TEXT(list(&kept, "", ALL_DOWN(CHAT_INDEX_CANDIDATES_MOST)), "");
}

/* A store that writes reads all that waits each time. */
TEST(what_is_rolled_back_is_not_listed)
{
    TEMP_STORE(kept);

    joins_add(kept.store, 1, 1, 1, "", "", "cli_1");
    CHECK_INT(store_savepoint(kept.store, &kept.failure), 0);
    joins_add(kept.store, 1, 2, 2, "", "", "cli_1");
    CHECK_TEXT(list(&kept, "cli_1", ALL_DOWN(5)), "2 1 ");
    CHECK_INT(store_rollback_to(kept.store, &kept.failure), 0);
    CHECK_TEXT(list(&kept, "cli_1", ALL_DOWN(5)), "1 ");
}

/* The bot is in every chat, by two events of each; its postings fill many blocks. */
TEST(who_is_everywhere_is_listed_in_pages)
{
    TEMP_STORE(kept);

    for (int i = 1; i <= 2000; i++)
        joins_add(kept.store, 1, i, i % 1000, "", "", "cli_1");
    CHECK_INT(store_commit(kept.store, &kept.failure), 0);
    CHECK_INT(chat_index_build(kept.store, &small, &kept.failure), 0);
    CHECK_INT(store_begin(kept.store, &kept.failure), 0);
    CHECK(joins_ask(kept.store, "SELECT count(*) FROM chat_index_block") > 200);
    CHECK_TEXT(list(&kept, "cli_1", ALL_UP(5)), "0 1 2 3 4 ");
    CHECK_TEXT(list(&kept, "cli_1", ALL_DOWN(5)), "999 998 997 996 995 ");
    CHECK_TEXT(list(&kept, "cli_1", ((ChatIndexRange){ 500, 504, false, 9 })), "501 502 503 ");
    CHECK_TEXT(list(&kept, "cli_1", ((ChatIndexRange){ 500, 504, true, 2 })), "503 502 ");
    CHECK_TEXT(list(&kept, "cli_1", ((ChatIndexRange){ 500, 501, true, 2 })), "");
    CHECK_TEXT(list(&kept, "cli_1", ((ChatIndexRange){ 998, INT64_MAX, false, 2 })), "999 ");
    CHECK_TEXT(list(&kept, "cli_1", ((ChatIndexRange){ -1, 1, true, 2 })), "0 ");
    CHECK_TEXT(list(&kept, "cli_2", ALL_UP(5)), "");
}

static int link_task(TempStore *kept, int64_t tenant_id, const char *task_id, int64_t chat_number)
{
    const TaskLink link = { chat_number, task_id, 0, "1", 0 };

    return task_chat_link(kept->store, tenant_id, &link, &kept->failure);
}

TEST(links_that_are_no_joins_are_listed_too)
{
    TEMP_STORE(kept);
    ChatIndexRange range = { -1, INT64_MAX, true, 3 };
    int64_t *numbers = NULL;
    size_t count = 0;

    joins_add(kept.store, 1, 1, 5, "t", "", "");
    joins_add(kept.store, 1, 2, 8, "t", "", "");
    for (int i = 4; i <= 6; i++)
        CHECK_INT(link_task(&kept, 1, "t", i), 0);
    CHECK_INT(link_task(&kept, 2, "t", 7), 0);
    CHECK_INT(link_task(&kept, 1, "u", 7), 0);
    CHECK_INT(chat_index_list(kept.store, 1, CHAT_INDEX_TASK, "t", &range, kept.arena, &numbers,
                              &count, &kept.failure),
              0);
    CHECK_INT(count, 3);
    CHECK(numbers[0] == 8 && numbers[1] == 6 && numbers[2] == 5);
    range = (ChatIndexRange){ 4, 8, false, 3 };
    CHECK_INT(chat_index_list(kept.store, 1, CHAT_INDEX_TASK, "t", &range, kept.arena, &numbers,
                              &count, &kept.failure),
              0);
    CHECK_INT(count, 2);
    CHECK(numbers[0] == 5 && numbers[1] == 6);
    CHECK_INT(chat_index_list(kept.store, 1, CHAT_INDEX_USER, "t", &range, kept.arena, &numbers,
                              &count, &kept.failure),
              0);
    CHECK_INT(count, 0);
}

/* Right after a backlog; the index catches up, and it is there again. */
TEST(too_much_that_waits_is_told)
{
    TEMP_STORE(kept);
    enum { EACH = 1024 };
    const char *bots = joins_ids(kept.arena, 0, EACH);

    for (int i = 1; i <= CHAT_INDEX_TAIL_POSTINGS / EACH; i++)
        joins_add(kept.store, 1, i, i, "", "", bots);
    CHECK_TEXT(list(&kept, "1023", ALL_DOWN(3)), "64 63 62 ");
    joins_add(kept.store, 1, 1000, 1000, "", "", "1023");
    CHECK_TEXT(list(&kept, "1023", ALL_DOWN(3)),
               "more than 65536 joins wait to be indexed: this list is there again when fewer do");
    CHECK_INT(kept.failure.code, E_UNAVAILABLE);
    CHECK_INT(store_commit(kept.store, &kept.failure), 0);
    CHECK_INT(chat_index_build(kept.store, &chat_index_sizes, &kept.failure), 0);
    CHECK_INT(store_begin(kept.store, &kept.failure), 0);
    CHECK_TEXT(list(&kept, "1023", ALL_DOWN(3)), "1000 64 63 ");
    CHECK_TEXT(list(&kept, "1023", ALL_UP(3)), "1 2 3 ");
}

CHECK_MAIN
