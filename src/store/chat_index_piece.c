/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chat_index_piece.h"

#include "db/db.h"

static int write_block(Store *store, int64_t run_number, int64_t block_number,
                       const ChatBlock *block, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r;

    r = db_query(store->db,
                 "INSERT INTO chat_index_block (block_number, run_number, first_hash, first_chat, "
                 "packed) VALUES ($1, $2, $3, $4, $5)",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, block_number);
    query_bind_integer(query, 2, run_number);
    query_bind_integer(query, 3, block->first.hash);
    query_bind_integer(query, 4, block->first.chat_number);
    query_bind_blob(query, 5, block->bytes, block->size_bytes);
    return query_step(query, failure);
}

static int write_blocks(Store *store, const ChatIndexPiece *piece, Failure *failure)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < piece->blocks->count; i++)
        r = write_block(store, piece->run_number, piece->first_block + (int64_t)i,
                        &piece->blocks->blocks[i], failure);
    return r;
}

/* A statement with one number, or two. */
static int run_with(Store *store, const char *sql, int64_t first, const int64_t *second,
                    Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(store->db, sql, &query, failure);

    if (r < 0)
        return r;
    query_bind_integer(query, 1, first);
    if (second)
        query_bind_integer(query, 2, *second);
    return query_step(query, failure);
}

static int write_run(Store *store, const ChatIndexPiece *piece, Failure *failure)
{
    int r = run_with(store, "INSERT INTO chat_index_run (run_number, level) VALUES ($1, $2)",
                     piece->run_number, &piece->level, failure);

    for (size_t i = 0; r >= 0 && i < piece->input_count; i++)
        r = run_with(store, "DELETE FROM chat_index_run WHERE run_number = $1", piece->inputs[i],
                     NULL, failure);
    return r;
}

static int drop_blocks(Store *store, const ChatIndexPiece *piece, Failure *failure)
{
    return run_with(store,
                    "DELETE FROM chat_index_block WHERE block_number IN "
                    "(SELECT block_number FROM chat_index_block WHERE run_number = $1 "
                    "ORDER BY first_hash, first_chat LIMIT $2)",
                    piece->run_number, &piece->drop_blocks, failure);
}

int chat_index_piece_write(Store *store, const ChatIndexPiece *piece, Failure *failure)
{
    int r;

    if (piece->drop_blocks > 0)
        return drop_blocks(store, piece, failure);
    r = write_blocks(store, piece, failure);
    if (r >= 0 && piece->run_number > 0)
        r = run_with(store, "UPDATE chat_index_progress SET last_run = $1 WHERE last_run < $1",
                     piece->run_number, NULL, failure);
    if (r >= 0 && piece->is_whole)
        r = write_run(store, piece, failure);
    if (r >= 0 && piece->last_event > 0)
        r = run_with(store, "UPDATE chat_index_progress SET last_event = $1", piece->last_event,
                     NULL, failure);
    return r;
}
