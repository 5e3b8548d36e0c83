/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "store/store.h"

/* From a user, a bot or a task to chats (docs/adr/0014-chat-index.md). It is derived from
 * chat_join, beside the requests: what they write is appended, and a reader sees it at once. The
 * few links of tasks that are no joins (task_chat) are listed with it.
 *
 * What it gives are candidates: every chat that the one joined is among them, and perhaps others,
 * since it knows ids by their hashes and forgets nobody who left. Ask the chat. */

/* The numbers are part of what is kept. */
typedef enum ChatIndexKind {
    CHAT_INDEX_USER = 0,
    CHAT_INDEX_BOT = 1,
    CHAT_INDEX_TASK = 2,
} ChatIndexKind;

/* Numbers of chats with after < number < before, at most limit, from the greatest down when
 * is_newest_first. limit: 1 to CHAT_INDEX_CANDIDATES_MOST. */
typedef struct ChatIndexRange {
    int64_t after;
    int64_t before;
    bool is_newest_first;
    size_t limit;
} ChatIndexRange;

/* In the order asked for, each once. id: a kunlun_id, an app_id or a task_id. E_UNAVAILABLE: so
 * much waits to be indexed, after a backlog, that it is not searched; it can be said to the caller.
 */
int chat_index_list(Store *store, int64_t tenant_id, ChatIndexKind kind, const char *id,
                    const ChatIndexRange *range, Arena *arena, int64_t **ret_numbers,
                    size_t *ret_count, Failure *failure);
