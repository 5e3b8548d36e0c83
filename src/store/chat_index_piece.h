/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "store/chat_block.h"

/* What one transaction of the writer adds to the index of chats, thought out beforehand by its
 * builder (chat_index_build.h): blocks of a run, or the deletion of some. A run counts as soon as
 * it is whole; until then, and when it never is, its blocks are nobody's. */
typedef struct ChatIndexPiece {
    int64_t run_number;  /* whose blocks; 0 = none, there is only progress */
    int64_t drop_blocks; /* above 0: so many of them are deleted, and nothing else is done */

    const ChatBlocks *blocks; /* borrowed: postings in their order, behind those of pieces before */
    int64_t first_block;      /* numbers from here on are free */

    bool is_whole; /* the run has all it gets, and takes the place of its inputs */
    int64_t level;
    const int64_t *inputs; /* borrowed: runs */
    size_t input_count;
    int64_t last_event; /* above 0: all up to here is in some run by now */
} ChatIndexPiece;

/* Inside a transaction, which must be rolled back when it fails. */
int chat_index_piece_write(Store *store, const ChatIndexPiece *piece, Failure *failure);
