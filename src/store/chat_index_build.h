/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "store/chat_index_piece.h"

/* Brings the index of chats up to date (docs/adr/0014-chat-index.md): what the feed has beyond the
 * progress becomes a run of level 0 when there is enough of it, some runs of one level are merged
 * into one of the next, and the blocks of runs that have no use any more are deleted.
 *
 * A builder belongs to one thread and only reads, in statements that are short, outside of
 * transactions. What is to be written it gives out in pieces, one at a time; whoever writes does so
 * with chat_index_piece_write(), and it is told the outcome. There must be no other builder of the
 * same database. After a crash, or forgotten, it begins from what the database says. */

typedef struct ChatIndexBuilder ChatIndexBuilder;

/* Other sizes than the product's are for tests. */
typedef struct ChatIndexSizes {
    size_t block_postings; /* at most CHAT_INDEX_BLOCK_POSTINGS */
    size_t flush_postings; /* at most CHAT_INDEX_FLUSH_POSTINGS */
    int64_t flush_events;
    size_t piece_blocks; /* of a merge; at most CHAT_INDEX_PIECE_BLOCKS */
    int64_t drop_blocks;
    size_t merge_runs; /* from 2 to CHAT_INDEX_MERGE_RUNS */
} ChatIndexSizes;

extern const ChatIndexSizes chat_index_sizes; /* as model/limits.h has them */

ChatIndexBuilder *chat_index_builder_new(const ChatIndexSizes *sizes); /* borrowed */
ChatIndexBuilder *chat_index_builder_free(ChatIndexBuilder *builder); /* takes NULL, returns NULL */

/* 1 and *ret_piece, borrowed until it is told the outcome, or 0: nothing is to be done now. After a
 * failure it is to be forgotten. */
int chat_index_builder_next(ChatIndexBuilder *builder, Store *store,
                            const ChatIndexPiece **ret_piece, Failure *failure);

/* The piece is written, for whoever reads next. */
void chat_index_builder_written(ChatIndexBuilder *builder);

/* The piece is not, or it isn't known: all is read anew from the database. */
void chat_index_builder_forget(ChatIndexBuilder *builder);

/* All there is to do, by a store that writes and has no transaction open, in transactions of its
 * own. */
int chat_index_build(Store *store, const ChatIndexSizes *sizes, Failure *failure);
