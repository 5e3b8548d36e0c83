/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "model/limits.h"
#include "store/chat_posting.h"

/* How postings are kept (docs/adr/0014-chat-index.md): in blocks, each the content of one row.
 * Within a block a posting is told by what it adds to the one before it,
 *
 *     the same hash:  chat's difference * 2
 *     another hash:   hash's difference * 2 + 1, then the chat's difference, which may be negative
 *
 * in numbers of seven bits a byte, the least first, the top bit set in all bytes but the last. What
 * may be negative is doubled, and of a negative one that is inverted. Chats of one user in a run
 * are minutes from each other, not years: a posting takes 3 to 9 bytes, of 12 that it has.
 *
 * The first and every 64th after it are told by what they add to { INT32_MIN, 0 }: each is a mark,
 * at which reading can begin. Behind the postings stand the places of the marks, two bytes each,
 * the least first, and how many they are, in two bytes. */

enum {
    POSTING_BYTES_MOST = 15,
    BLOCK_MARK_EVERY = 64,
    BLOCK_MARKS_MOST = CHAT_INDEX_BLOCK_POSTINGS / BLOCK_MARK_EVERY,
    BLOCK_MARK_BYTES = 2,
};

/* One that is being written: all zero at first, and then owned by whoever has it. */
typedef struct ChatBlock {
    Posting first;
    Posting last;
    size_t count;
    size_t size_bytes; /* with the marks only after chat_blocks_end() */
    uint16_t marks[BLOCK_MARKS_MOST];
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

/* After the last posting, once: the marks of each, and they can be kept. */
void chat_blocks_end(ChatBlocks *blocks);

/* One that is read, from its bytes, which are borrowed. */
typedef struct ChatBlockReader {
    const uint8_t *bytes;
    const uint8_t *at;
    const uint8_t *end; /* of the postings: the marks stand here */
    size_t mark_count;
    size_t count;    /* postings that were passed or read so far */
    Posting posting; /* the last that was read */
} ChatBlockReader;

/* E_FAULT: what is kept is damaged. */
int chat_block_open(const void *bytes, size_t size_bytes, ChatBlockReader *ret_reader,
                    Failure *failure);

/* 1: the next posting is in the reader; 0: there is none. E_FAULT as above. */
int chat_block_next(ChatBlockReader *reader, Failure *failure);

/* Before the first is read: passes over postings that are less than wanted, as far as marks allow,
 * all but 63 of them. Then reader->count says whether there were any. E_FAULT as above. */
int chat_block_seek(ChatBlockReader *reader, Posting wanted, Failure *failure);
