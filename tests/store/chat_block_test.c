/* SPDX-License-Identifier: Apache-2.0 */

/* How postings are kept. That what is kept is found, is chat_index_test.c's. */
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#include "check.h"
#include "store/chat_block.h"

static bool add(ChatBlocks *blocks, int32_t hash, int64_t chat_number)
{
    return chat_blocks_add(blocks, CHAT_INDEX_PIECE_BLOCKS_MOST, CHAT_INDEX_BLOCK_POSTINGS,
                           (Posting){ hash, chat_number });
}

/* All of a block, in memory of exactly its size, beside those it was made of. */
static void check_block(const ChatBlock *block, const Posting *postings)
{
    Failure failure = { 0 };
    uint8_t *bytes = malloc(block->size_bytes);
    ChatBlockReader reader;

    memcpy(bytes, block->bytes, block->size_bytes);
    CHECK_INT(chat_block_open(bytes, block->size_bytes, &reader, &failure), 0);
    for (size_t i = 0; i < block->count; i++) {
        CHECK_INT(chat_block_next(&reader, &failure), 1);
        CHECK_INT(posting_compare(&reader.posting, &postings[i]), 0);
    }
    CHECK_INT(chat_block_next(&reader, &failure), 0);
    CHECK_INT(chat_block_next(&reader, &failure), 0);
    CHECK_INT(posting_compare(&block->first, &postings[0]), 0);
    CHECK_INT(posting_compare(&block->last, &postings[block->count - 1]), 0);
    for (size_t i = 0; i < block->count; i += 7) { /* to the mark before it, and no further */
        CHECK_INT(chat_block_open(bytes, block->size_bytes, &reader, &failure), 0);
        CHECK_INT(chat_block_seek(&reader, postings[i], &failure), 0);
        CHECK_INT(reader.count, i == 0 ? 0 : (i - 1) / 64 * 64);
        while (reader.count <= i)
            CHECK_INT(chat_block_next(&reader, &failure), 1);
        CHECK_INT(posting_compare(&reader.posting, &postings[i]), 0);
    }
    free(bytes);
}

/* They are in databases. */
TEST(the_form_never_changes)
{
    static const Posting postings[] = { { INT32_MIN, 1 }, { INT32_MIN, 64 }, { INT32_MIN, 65 },
                                        { 0, 65 },        { 1, 63 },         { 1, 63 + 8192 },
                                        { INT32_MAX, 63 } };
    static const uint8_t known[] = {
        0x02,                                     /* 1 */
        0x7e,                                     /* + 63 */
        0x02,                                     /* + 1 */
        0x81, 0x80, 0x80, 0x80, 0x10, 0x00,       /* hash + 2^31; + 0 */
        0x03, 0x03,                               /* hash + 1; - 2 */
        0x80, 0x80, 0x01,                         /* + 8192 */
        0xfd, 0xff, 0xff, 0xff, 0x0f, 0xff, 0x7f, /* hash + 2^31 - 2; - 8192 */
        0x00, 0x00,                               /* a mark at 0 */
        0x01, 0x00,                               /* one */
    };
    static ChatBlocks blocks;

    chat_blocks_clear(&blocks);
    for (size_t i = 0; i < COUNT_OF(postings); i++)
        CHECK(add(&blocks, postings[i].hash, postings[i].chat_number));
    chat_blocks_end(&blocks);
    CHECK_INT(blocks.count, 1);
    CHECK_INT(blocks.postings, COUNT_OF(postings));
    CHECK_INT(blocks.blocks[0].size_bytes, sizeof(known));
    CHECK_INT(memcmp(blocks.blocks[0].bytes, known, sizeof(known)), 0);
    check_block(&blocks.blocks[0], postings);
}

TEST(whatever_numbers_there_are_come_back)
{
    static const Posting postings[] = {
        { INT32_MIN, INT64_MIN }, { INT32_MIN, -1 },        { INT32_MIN, INT64_MAX },
        { -1, INT64_MIN },        { -1, INT64_MAX },        { 0, 0 },
        { 0, INT64_MAX },         { INT32_MAX, INT64_MIN }, { INT32_MAX, INT64_MAX },
    };
    static ChatBlocks blocks;

    chat_blocks_clear(&blocks);
    for (size_t i = 0; i < COUNT_OF(postings); i++)
        CHECK(add(&blocks, postings[i].hash, postings[i].chat_number));
    chat_blocks_end(&blocks);
    check_block(&blocks.blocks[0], postings);
}

/* Each of the greatest size. */
TEST(a_block_has_as_many_bytes_as_there_are)
{
    static ChatBlocks blocks;
    size_t each = CHAT_INDEX_BLOCK_BYTES / POSTING_BYTES_MOST, count = 0;

    chat_blocks_clear(&blocks);
    while (chat_blocks_add(&blocks, 2, CHAT_INDEX_BLOCK_POSTINGS,
                           (Posting){ (int32_t)(INT32_MIN + (int64_t)(count + 1) * (1 << 22)),
                                      count % 2 == 0 ? INT64_MAX : 0 }))
        count++;
    chat_blocks_end(&blocks);
    CHECK_INT(blocks.count, 2);
    CHECK(count >= 2 * (each - 1));
    CHECK(blocks.blocks[0].size_bytes > CHAT_INDEX_BLOCK_BYTES - POSTING_BYTES_MOST - 2);
    CHECK(blocks.blocks[0].size_bytes <= CHAT_INDEX_BLOCK_BYTES);
    CHECK_INT(blocks.postings, count);
    CHECK_INT(blocks.blocks[0].count + blocks.blocks[1].count, count);
}

TEST(a_block_has_as_many_postings_as_are_allowed)
{
    static ChatBlocks blocks;
    size_t count = 0;

    chat_blocks_clear(&blocks);
    while (chat_blocks_add(&blocks, 3, 4, (Posting){ 7, (int64_t)count }))
        count++;
    CHECK_INT(count, 12);
    CHECK_INT(blocks.blocks[2].count, 4);
    CHECK_INT(blocks.blocks[2].first.chat_number, 8);
    CHECK_INT(blocks.blocks[2].last.chat_number, 11);
}

/* Bytes of postings, and behind them so many marks at 0. */
static int read_all(const uint8_t *bytes, size_t size_bytes, size_t marks, size_t *ret_count)
{
    static uint8_t whole[CHAT_INDEX_BLOCK_BYTES];
    ChatBlockReader reader;
    Failure failure = { 0 };
    int r;

    memset(whole, 0, sizeof(whole));
    memcpy(whole, bytes, size_bytes);
    whole[size_bytes + marks * 2] = (uint8_t)marks;
    r = chat_block_open(whole, size_bytes + marks * 2 + 2, &reader, &failure);
    *ret_count = 0;
    while (r >= 0 && (r = chat_block_next(&reader, &failure)) > 0)
        ++*ret_count;
    return r;
}

TEST(damage_is_told)
{
    static const uint8_t half[] = { 0x02, 0x81 }, no_chat[] = { 0x03 },
                         endless[] = { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                                       0x80, 0x80, 0x80, 0x80, 0x00 };
    static uint8_t many[CHAT_INDEX_BLOCK_POSTINGS + 1];
    size_t count;

    CHECK_INT(read_all(half, sizeof(half), 1, &count), E_FAULT);
    CHECK_INT(count, 1);
    CHECK_INT(read_all(no_chat, sizeof(no_chat), 1, &count), E_FAULT);
    CHECK_INT(read_all(endless, sizeof(endless), 1, &count), E_FAULT);
    memset(many, 0x02, sizeof(many));
    CHECK_INT(read_all(many, sizeof(many) - 1, 25, &count), 0);
    CHECK_INT(count, CHAT_INDEX_BLOCK_POSTINGS);
    CHECK_INT(read_all(many, sizeof(many), 25, &count), E_FAULT);
    CHECK_INT(read_all(many, 10, 26, &count), E_FAULT);
    CHECK_INT(read_all(many, 0, 0, &count), 0);
}

/* More marks than bytes, none at all, and one that is behind the postings. */
TEST(damaged_marks_are_told)
{
    static const uint8_t more[] = { 0x02, 0x03, 0x00 }, behind[] = { 0x02, 0x01, 0x00, 0x01, 0x00 };
    ChatBlockReader reader;
    Failure failure = { 0 };

    CHECK_INT(chat_block_open(more, sizeof(more), &reader, &failure), E_FAULT);
    CHECK_INT(chat_block_open(more, 1, &reader, &failure), E_FAULT);
    CHECK_INT(chat_block_open(NULL, 0, &reader, &failure), E_FAULT);
    CHECK_INT(chat_block_open(behind, sizeof(behind), &reader, &failure), 0);
    CHECK_INT(chat_block_seek(&reader, (Posting){ 7, 7 }, &failure), E_FAULT);
}

/* Sorted postings at random, of few and of many hashes, near and far chats. */
TEST(random_postings_come_back)
{
    enum { ROUNDS = 200, MOST = 3000 };
    static ChatBlocks blocks;
    static Posting postings[MOST];
    uint64_t random = (uint64_t)clock_monotonic_us() << 20 | (uint64_t)getpid();

    printf("# seed %" PRIu64 "\n", random);
    for (int round = 0; round < ROUNDS; round++) {
        int hash_bits = round % 33, chat_bits = round % 63;
        size_t count, seen = 0;

        for (size_t i = 0; i < MOST; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            postings[i] = (Posting){ (int32_t)((random & 0xffffffff) >> (32 - hash_bits)),
                                     (int64_t)(random >> (63 - chat_bits) >> 1) };
        }
        count = postings_sort(postings, MOST);
        chat_blocks_clear(&blocks);
        for (size_t i = 0; i < count; i++)
            CHECK(add(&blocks, postings[i].hash, postings[i].chat_number));
        chat_blocks_end(&blocks);
        for (size_t i = 0; i < blocks.count; seen += blocks.blocks[i++].count)
            check_block(&blocks.blocks[i], postings + seen);
        CHECK_INT(seen, count);
    }
}

CHECK_MAIN
