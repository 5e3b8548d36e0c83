/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "model/limits.h"
#include "store/chat_posting.h"

/* How postings are kept (docs/adr/0014-chat-index.md): in blocks, each the content of one row.
 * Within a block every posting is told by what it adds to the one before it, the first to {
 * INT32_MIN, 0 }:
 *
 *     the same hash:  chat's difference * 2
 *     another hash:   hash's difference * 2 + 1, then the chat's difference, which may be negative
 *
 * in numbers of seven bits a byte, the least first, the top bit set in all bytes but the last. What
 * may be negative is doubled, and of a negative one that is inverted. Chats of one user in a run
 * are minutes from each other, not years: a posting takes 3 to 9 bytes, of 12 that it has. */

enum { POSTING_BYTES_MOST = 15 };

/* One that is being written: all zero at first, and then owned by whoever has it. */
typedef struct ChatBlock {
    Posting first;
    Posting last;
    size_t count;
    size_t size_bytes;
    uint8_t bytes[CHAT_INDEX_BLOCK_BYTES];
} ChatBlock;

/* Some, one behind the other. */
typedef struct ChatBlocks {
    size_t count;
    size_t postings; /* in all of them */
    ChatBlock blocks[CHAT_INDEX_PIECE_BLOCKS_MOST];
} ChatBlocks;

void chat_blocks_clear(ChatBlocks *blocks);

/* Adds a posting that is greater than the last one. False: there is no room in so many blocks, at
 * most CHAT_INDEX_PIECE_BLOCKS_MOST, of so many postings, at most CHAT_INDEX_BLOCK_POSTINGS. */
bool chat_blocks_add(ChatBlocks *blocks, size_t most_blocks, size_t most_postings, Posting posting);

/* One that is read, from its bytes, which are borrowed. */
typedef struct ChatBlockReader {
    const uint8_t *at;
    const uint8_t *end;
    size_t count;    /* read so far */
    Posting posting; /* the last of them */
} ChatBlockReader;

ChatBlockReader chat_block_read(const void *bytes, size_t size_bytes);

/* 1: the next posting is in the reader; 0: there is none. E_FAULT: what is kept is damaged. */
int chat_block_next(ChatBlockReader *reader, Failure *failure);
