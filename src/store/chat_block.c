/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chat_block.h"

#include <assert.h>
#include <string.h>

enum { VARINT_BITS = 7, VARINT_MORE = 1 << VARINT_BITS };

static const Posting before_all = { INT32_MIN, 0 };

/* ---- writing ---- */

static size_t varint_write(uint64_t number, uint8_t *ret_bytes)
{
    size_t size_bytes = 0;

    for (; number >= VARINT_MORE; number >>= VARINT_BITS)
        ret_bytes[size_bytes++] = (uint8_t)(number | VARINT_MORE);
    ret_bytes[size_bytes++] = (uint8_t)number;
    return size_bytes;
}

/* As it is kept behind last. Differences wrap around, and so come back whatever they are. */
static size_t posting_write(Posting last, Posting posting, uint8_t ret_bytes[POSTING_BYTES_MOST])
{
    uint64_t chat = (uint64_t)posting.chat_number - (uint64_t)last.chat_number;
    uint32_t hash = (uint32_t)posting.hash - (uint32_t)last.hash;
    bool is_negative = chat >> 63;
    size_t size_bytes;

    if (hash == 0 && !is_negative)
        return varint_write(chat << 1, ret_bytes);
    size_bytes = varint_write((uint64_t)hash << 1 | 1, ret_bytes);
    return size_bytes +
           varint_write(is_negative ? ~(chat << 1) : chat << 1, ret_bytes + size_bytes);
}

/* With the posting and the marks behind it. */
static bool has_room(const ChatBlock *block, size_t size_bytes)
{
    size_t marks = block->count / BLOCK_MARK_EVERY + 1;

    return block->size_bytes + size_bytes + (marks + 1) * BLOCK_MARK_BYTES <= sizeof(block->bytes);
}

static bool block_add(ChatBlock *block, size_t most_postings, Posting posting)
{
    bool is_mark = block->count % BLOCK_MARK_EVERY == 0;
    uint8_t bytes[POSTING_BYTES_MOST];
    size_t size_bytes = posting_write(is_mark ? before_all : block->last, posting, bytes);

    if (block->count == most_postings || !has_room(block, size_bytes))
        return false;
    if (is_mark)
        block->marks[block->count / BLOCK_MARK_EVERY] = (uint16_t)block->size_bytes;
    memcpy(block->bytes + block->size_bytes, bytes, size_bytes);
    block->size_bytes += size_bytes;
    if (block->count++ == 0)
        block->first = posting;
    block->last = posting;
    return true;
}

static size_t short_write(size_t number, uint8_t *ret_bytes)
{
    ret_bytes[0] = (uint8_t)number;
    ret_bytes[1] = (uint8_t)(number >> 8);
    return BLOCK_MARK_BYTES;
}

static void block_end(ChatBlock *block)
{
    size_t marks = (block->count + BLOCK_MARK_EVERY - 1) / BLOCK_MARK_EVERY;

    for (size_t i = 0; i < marks; i++)
        block->size_bytes += short_write(block->marks[i], block->bytes + block->size_bytes);
    block->size_bytes += short_write(marks, block->bytes + block->size_bytes);
}

void chat_blocks_clear(ChatBlocks *blocks)
{
    blocks->count = blocks->postings = 0;
}

bool chat_blocks_add(ChatBlocks *blocks, size_t most_blocks, size_t most_postings, Posting posting)
{
    ChatBlock *block;

    assert(most_blocks <= CHAT_INDEX_PIECE_BLOCKS_MOST);
    assert(most_postings >= 1 && most_postings <= CHAT_INDEX_BLOCK_POSTINGS);
    if (blocks->count == 0 ||
        !block_add(&blocks->blocks[blocks->count - 1], most_postings, posting)) {
        if (blocks->count == most_blocks)
            return false;
        block = &blocks->blocks[blocks->count++];
        block->count = block->size_bytes = 0;
        block_add(block, most_postings, posting);
    }
    blocks->postings++;
    return true;
}

void chat_blocks_end(ChatBlocks *blocks)
{
    for (size_t i = 0; i < blocks->count; i++)
        block_end(&blocks->blocks[i]);
}

/* ---- reading ---- */

static int fail_damaged(Failure *failure)
{
    return fail(failure, E_FAULT, "a block of the index of chats is damaged");
}

static size_t short_read(const uint8_t *bytes)
{
    return (size_t)bytes[0] | (size_t)bytes[1] << 8;
}

int chat_block_open(const void *bytes, size_t size_bytes, ChatBlockReader *ret_reader,
                    Failure *failure)
{
    const uint8_t *begin = bytes;
    size_t marks_bytes, mark_count;

    if (size_bytes < BLOCK_MARK_BYTES)
        return fail_damaged(failure);
    mark_count = short_read(begin + size_bytes - BLOCK_MARK_BYTES);
    marks_bytes = (mark_count + 1) * BLOCK_MARK_BYTES;
    if (mark_count > BLOCK_MARKS_MOST || marks_bytes > size_bytes)
        return fail_damaged(failure);
    *ret_reader = (ChatBlockReader){ .bytes = begin,
                                     .at = begin,
                                     .end = begin + size_bytes - marks_bytes,
                                     .mark_count = mark_count,
                                     .posting = before_all };
    return 0;
}

/* False: there is no whole number, or none of 64 bits. */
static bool varint_read(ChatBlockReader *reader, uint64_t *ret_number)
{
    uint64_t number = 0;

    for (int shift = 0; reader->at < reader->end && shift < 64; shift += VARINT_BITS) {
        uint8_t byte = *reader->at++;

        number |= (uint64_t)(byte % VARINT_MORE) << shift;
        if (byte < VARINT_MORE) {
            *ret_number = number;
            return true;
        }
    }
    return false;
}

int chat_block_next(ChatBlockReader *reader, Failure *failure)
{
    Posting *posting = &reader->posting;
    uint64_t first, chat;

    if (reader->at == reader->end)
        return 0;
    if (reader->count % BLOCK_MARK_EVERY == 0)
        *posting = before_all;
    if (reader->count++ == CHAT_INDEX_BLOCK_POSTINGS || !varint_read(reader, &first))
        return fail_damaged(failure);
    chat = first >> 1;
    if (first & 1) {
        posting->hash = (int32_t)((uint32_t)posting->hash + (uint32_t)chat);
        if (!varint_read(reader, &chat))
            return fail_damaged(failure);
        chat = chat & 1 ? ~chat >> 1 | UINT64_C(1) << 63 : chat >> 1;
    }
    posting->chat_number = (int64_t)((uint64_t)posting->chat_number + chat);
    return 1;
}

/* To the ith mark. */
static int reader_go(ChatBlockReader *reader, size_t i, Failure *failure)
{
    size_t place = short_read(reader->end + i * BLOCK_MARK_BYTES);

    if (place >= (size_t)(reader->end - reader->bytes))
        return fail_damaged(failure);
    reader->at = reader->bytes + place;
    reader->count = i * BLOCK_MARK_EVERY;
    return 0;
}

int chat_block_seek(ChatBlockReader *reader, Posting wanted, Failure *failure)
{
    size_t low = 0, high = reader->mark_count; /* marks before low are less, those from high not */

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int r = reader_go(reader, middle, failure);

        if (r >= 0)
            r = chat_block_next(reader, failure);
        if (r < 0)
            return r;
        if (posting_compare(&reader->posting, &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (reader->mark_count == 0)
        return 0;
    return reader_go(reader, low > 0 ? low - 1 : 0, failure);
}
