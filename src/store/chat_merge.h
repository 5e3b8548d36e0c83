/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "store/chat_block.h"

/* Some runs of the index of chats, read as one. Each read of a block is a statement of its own:
 * runs don't change, so nothing has to be held while others write. */

typedef struct ChatMergeInput {
    int64_t run_number;
    Posting first;                         /* of the block that is read */
    uint8_t bytes[CHAT_INDEX_BLOCK_BYTES]; /* its own */
    ChatBlockReader reader;
    bool has_block;
    bool has_posting; /* the reader's, which nobody has taken yet */
    bool is_over;
} ChatMergeInput;

typedef struct ChatMerge {
    ChatMergeInput inputs[CHAT_INDEX_MERGE_RUNS];
    size_t input_count;
    Posting last; /* that was given */
    bool has_last;
} ChatMerge;

/* At most CHAT_INDEX_MERGE_RUNS. */
void chat_merge_begin(ChatMerge *merge, const int64_t *run_numbers, size_t run_count);

/* Adds the next postings in their order, each once, as far as there is room for them in so many
 * blocks of so many postings. 1 = there are more, 0 = these were the last. */
int chat_merge_read(ChatMerge *merge, Store *store, ChatBlocks *blocks, size_t most_blocks,
                    size_t most_postings, Failure *failure);
