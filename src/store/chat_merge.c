/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chat_merge.h"

#include "db/db.h"

void chat_merge_begin(ChatMerge *merge, const int64_t *run_numbers, size_t run_count)
{
    merge->has_last = false;
    merge->input_count = run_count;
    for (size_t i = 0; i < run_count; i++) {
        ChatMergeInput *input = &merge->inputs[i];

        input->run_number = run_numbers[i];
        input->count = input->next = 0;
        input->is_over = false;
    }
}

static int input_take_block(ChatMergeInput *input, Query *query, Failure *failure)
{
    size_t size_bytes = 0;
    const uint8_t *bytes = query_blob(query, 0, &size_bytes);

    input->count = size_bytes / POSTING_BYTES;
    input->next = 0;
    if (input->count == 0 || input->count > CHAT_INDEX_BLOCK_POSTINGS)
        return fail(failure, E_FAULT, "a block of the index of chats has %zu postings",
                    input->count);
    for (size_t i = 0; i < input->count; i++)
        input->block[i] = posting_decode(bytes, i);
    return 0;
}

/* The block behind the one that was read: blocks are known by how they begin. */
static int input_read(ChatMergeInput *input, Store *store, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    Posting before = input->count > 0 ? input->block[0] : (Posting){ INT32_MIN, INT64_MIN };
    int r;

    r = db_query(store->db,
                 "SELECT postings FROM chat_index_block "
                 "WHERE run_number = $1 AND (first_hash, first_chat) > ($2, $3) "
                 "ORDER BY first_hash, first_chat LIMIT 1",
                 &query, failure);
    if (r < 0)
        return r;
    query_bind_integer(query, 1, input->run_number);
    query_bind_integer(query, 2, before.hash);
    query_bind_integer(query, 3, before.chat_number);
    r = query_step(query, failure);
    if (r > 0)
        return input_take_block(input, query, failure);
    input->is_over = r == 0;
    return r;
}

/* The input with the least posting: 1 and *ret_input, or 0 when all are over. */
static int merge_choose(ChatMerge *merge, Store *store, ChatMergeInput **ret_input,
                        Failure *failure)
{
    ChatMergeInput *least = NULL;

    for (size_t i = 0; i < merge->input_count; i++) {
        ChatMergeInput *input = &merge->inputs[i];

        if (input->next == input->count && !input->is_over) {
            int r = input_read(input, store, failure);

            if (r < 0)
                return r;
        }
        if (!input->is_over &&
            (!least || posting_compare(&input->block[input->next], &least->block[least->next]) < 0))
            least = input;
    }
    *ret_input = least;
    return least != NULL;
}

int chat_merge_read(ChatMerge *merge, Store *store, uint8_t *ret_bytes, size_t most,
                    size_t *ret_count, Failure *failure)
{
    ChatMergeInput *input;
    size_t count = 0;
    int r = 1;

    while (count < most && (r = merge_choose(merge, store, &input, failure)) > 0) {
        Posting posting = input->block[input->next++];

        if (merge->has_last && posting_compare(&merge->last, &posting) == 0)
            continue;
        merge->last = posting;
        merge->has_last = true;
        posting_encode(posting, ret_bytes + count++ * POSTING_BYTES);
    }
    *ret_count = count;
    return r < 0 ? r : 0;
}
