/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "model/limits.h"
#include "store/chat_posting.h"

/* Some runs of the index of chats, read as one. Each read of a block is a statement of its own:
 * runs don't change, so nothing has to be held while others write. */

typedef struct ChatMergeInput {
    int64_t run_number;
    Posting block[CHAT_INDEX_BLOCK_POSTINGS];
    size_t count; /* of the block */
    size_t next;  /* in it */
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

/* The next postings in their order, each once, encoded. Fewer than most: these were the last. */
int chat_merge_read(ChatMerge *merge, Store *store, uint8_t *ret_bytes, size_t most,
                    size_t *ret_count, Failure *failure);
