/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/chat.h"

/* The chats that the calling app's bot is in, page by page. Dissolved ones, which nobody is in any
 * more, are left out. */

typedef enum ChatOrder {
    CHATS_BY_CREATION, /* the oldest first */
    CHATS_BY_ACTIVITY, /* first the one with the newest message; without one, its creation counts */
} ChatOrder;

/* last: where the page before ended, as that page says; -1 at first. limit: at most CHAT_PAGE_MOST.
 */
typedef struct ChatPageQuery {
    ChatOrder order;
    int64_t last;
    size_t limit;
} ChatPageQuery;

/* A page may have fewer chats than asked for, even none, though more follow: so much is looked at
 * for one page, and so long are its texts together. */
typedef struct ChatPage {
    ChatView *chats;
    size_t count;
    bool has_more;
    int64_t last; /* while has_more */
} ChatPage;

/* E_INVALID, field "sort_type": the bot is in too many chats to be sorted by activity. */
int chat_page(const Work *work, const ChatPageQuery *query, ChatPage *ret_page);
