/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chat_merge.h"

#include <string.h>

#include "db/db.h"

void chat_merge_begin(ChatMerge *merge, const int64_t *run_numbers, size_t run_count)
{
    merge->has_last = false;
    merge->input_count = run_count;
    for (size_t i = 0; i < run_count; i++) {
        ChatMergeInput *input = &merge->inputs[i];

        input->run_number = run_numbers[i];
        input->reader = (ChatBlockReader){ 0 };
        input->has_block = input->has_posting = input->is_over = false;
    }
}

static int input_take_block(ChatMergeInput *input, Query *query, Failure *failure)
{
    size_t size_bytes = 0;
    const void *bytes = query_blob(query, 0, &size_bytes);
    int r;

    if (size_bytes == 0 || size_bytes > sizeof(input->bytes))
        return fail(failure, E_FAULT, "a block of the index of chats has %zu bytes", size_bytes);
    memcpy(input->bytes, bytes, size_bytes);
    input->first = (Posting){ (int32_t)query_integer(query, 1), query_integer(query, 2) };
    input->has_block = true;
    r = chat_block_open(input->bytes, size_bytes, &input->reader, failure);
    return r < 0 ? r : 1;
}

/* The block behind the one that was read: blocks are known by how they begin. */
static int input_read(ChatMergeInput *input, Store *store, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    Posting before = input->has_block ? input->first : (Posting){ INT32_MIN, INT64_MIN };
    int r;

    r = db_query(store->db,
                 "SELECT packed, first_hash, first_chat FROM chat_index_block "
                 "WHERE run_number = $1 AND (first_hash, first_chat) > ($2, $3) "
                 "ORDER BY first_hash, first_chat LIMIT 1",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, input->run_number);
    query_bind_integer(query, 2, before.hash);
    query_bind_integer(query, 3, before.chat_number);
    r = query_step(query, failure);
    return r > 0 ? input_take_block(input, query, failure) : r;
}

/* Its next posting, if it has one and none is waiting. */
static int input_advance(ChatMergeInput *input, Store *store, Failure *failure)
{
    int r = 1;

    while (r > 0 && !input->has_posting && !input->is_over) {
        r = chat_block_next(&input->reader, failure);
        input->has_posting = r > 0;
        if (r == 0)
            r = input_read(input, store, failure);
        input->is_over = r == 0;
    }
    return r < 0 ? r : 0;
}

/* The input with the least posting: 1 and *ret_input, or 0 when all are over. */
static int merge_choose(ChatMerge *merge, Store *store, ChatMergeInput **ret_input,
                        Failure *failure)
{
    ChatMergeInput *least = NULL;

    for (size_t i = 0; i < merge->input_count; i++) {
        ChatMergeInput *input = &merge->inputs[i];
        int r = input_advance(input, store, failure);

        if (r < 0)
            return r;
        if (!input->is_over &&
            (!least || posting_compare(&input->reader.posting, &least->reader.posting) < 0))
            least = input;
    }
    *ret_input = least;
    return least != NULL;
}

int chat_merge_read(ChatMerge *merge, Store *store, ChatBlocks *blocks, size_t most_blocks,
                    size_t most_postings, Failure *failure)
{
    ChatMergeInput *input;
    int r;

    while ((r = merge_choose(merge, store, &input, failure)) > 0) {
        Posting posting = input->reader.posting;
        bool is_new = !merge->has_last || posting_compare(&merge->last, &posting) != 0;

        if (is_new && !chat_blocks_add(blocks, most_blocks, most_postings, posting))
            return 1;
        input->has_posting = false;
        merge->last = posting;
        merge->has_last = true;
    }
    return r;
}
