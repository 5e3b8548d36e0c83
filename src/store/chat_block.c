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

static bool block_add(ChatBlock *block, size_t most_postings, Posting posting)
{
    uint8_t bytes[POSTING_BYTES_MOST];
    size_t size_bytes = posting_write(block->count > 0 ? block->last : before_all, posting, bytes);

    if (block->count == most_postings || size_bytes > sizeof(block->bytes) - block->size_bytes)
        return false;
    memcpy(block->bytes + block->size_bytes, bytes, size_bytes);
    block->size_bytes += size_bytes;
    if (block->count++ == 0)
        block->first = posting;
    block->last = posting;
    return true;
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

/* ---- reading ---- */

ChatBlockReader chat_block_read(const void *bytes, size_t size_bytes)
{
    const uint8_t *at = bytes;

    return (ChatBlockReader){ .at = at, .end = at + size_bytes, .posting = before_all };
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
    if (reader->count++ == CHAT_INDEX_BLOCK_POSTINGS || !varint_read(reader, &first))
        return fail(failure, E_FAULT, "a block of the index of chats is damaged");
    chat = first >> 1;
    if (first & 1) {
        posting->hash = (int32_t)((uint32_t)posting->hash + (uint32_t)chat);
        if (!varint_read(reader, &chat))
            return fail(failure, E_FAULT, "a block of the index of chats is damaged");
        chat = chat & 1 ? ~chat >> 1 | UINT64_C(1) << 63 : chat >> 1;
    }
    posting->chat_number = (int64_t)((uint64_t)posting->chat_number + chat);
    return 1;
}
