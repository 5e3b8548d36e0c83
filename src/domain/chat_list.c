/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/chat_list.h"

#include <stdlib.h>
#include <string.h>

#include "model/limits.h"
#include "store/chat_index.h"
#include "store/message_store.h"

/* A chat that the bot is in; rank: what it is listed by. */
typedef struct Place {
    int64_t chat_number;
    int64_t rank;
} Place;

static int list_candidates(const Work *work, int64_t after, size_t limit, int64_t **ret_numbers,
                           size_t *ret_count)
{
    const ChatIndexRange range = { .after = after, .before = INT64_MAX, .limit = limit };

    return chat_index_list(work->store, work->tenant->tenant_id, CHAT_INDEX_BOT, work->app->app_id,
                           &range, work->arena, ret_numbers, ret_count, work->failure);
}

/* 1 or 0. */
static int is_inside(const Work *work, int64_t chat_number)
{
    return chat_holds_bot(work->store, work->tenant->tenant_id, chat_number, work->app->app_id,
                          work->failure);
}

/* ---- by creation: the order of the numbers ---- */

/* Those of some candidates that the bot is in, until there are most of them. */
static int take_inside(const Work *work, const int64_t *numbers, size_t count, size_t most,
                       Place *places, size_t *place_count)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < count && *place_count < most; i++) {
        r = is_inside(work, numbers[i]);
        if (r > 0)
            places[(*place_count)++] = (Place){ numbers[i], numbers[i] };
    }
    return r < 0 ? r : 0;
}

/* One more than the page holds tells that there is another page; so does giving up. */
static int places_by_creation(const Work *work, const ChatPageQuery *query, Place *places,
                              size_t *ret_count, ChatPage *page)
{
    size_t most = query->limit + 1, seen = 0, count = CHATS_SCANNED_AT_ONCE;
    int64_t *numbers = NULL;
    int r = 0;

    page->last = query->last;
    while (r >= 0 && *ret_count < most && count == CHATS_SCANNED_AT_ONCE &&
           seen < CHATS_SCANNED_MOST) {
        r = list_candidates(work, page->last, CHATS_SCANNED_AT_ONCE, &numbers, &count);
        if (r >= 0)
            r = take_inside(work, numbers, count, most, places, ret_count);
        seen += count;
        if (r >= 0 && count > 0)
            page->last = numbers[count - 1];
    }
    if (r < 0)
        return r;
    page->has_more = *ret_count == most || count == CHATS_SCANNED_AT_ONCE;
    if (*ret_count < most)
        return 0;
    *ret_count = query->limit;
    page->last = places[query->limit - 1].rank;
    return 0;
}

/* ---- by activity: all of them are sorted ---- */

static int compare_rank(const void *a, const void *b)
{
    const Place *one = a, *other = b;

    return (one->rank < other->rank) - (one->rank > other->rank);
}

/* Messages and chats have their numbers from one source, so no two ranks are the same. */
static int rank_all(const Work *work, Place *places, size_t count)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < count; i++) {
        r = message_newest(work->store, work->tenant->tenant_id, places[i].chat_number,
                           &places[i].rank, work->failure);
    }
    if (r >= 0)
        qsort(places, count, sizeof(*places), compare_rank);
    return r < 0 ? r : 0;
}

static int places_by_activity(const Work *work, const ChatPageQuery *query, Place *places,
                              size_t *ret_count, ChatPage *page)
{
    Place *all = arena_array(work->arena, Place, CHATS_SCANNED_MOST);
    int64_t *numbers = NULL;
    size_t count = 0, all_count = 0, first = 0;
    int r;

    r = list_candidates(work, -1, CHATS_SCANNED_MOST, &numbers, &count);
    if (r >= 0 && count == CHATS_SCANNED_MOST)
        return fail_field(work->failure, E_INVALID, "sort_type", "ByActiveTimeDesc",
                          "fewer than %d chats are sorted by activity", CHATS_SCANNED_MOST);
    if (r >= 0)
        r = take_inside(work, numbers, count, count, all, &all_count);
    if (r >= 0)
        r = rank_all(work, all, all_count);
    if (r < 0)
        return r;
    while (query->last >= 0 && first < all_count && all[first].rank >= query->last)
        first++;
    *ret_count = all_count - first < query->limit ? all_count - first : query->limit;
    memcpy(places, all + first, *ret_count * sizeof(*places));
    page->has_more = all_count - first > *ret_count;
    if (*ret_count > 0)
        page->last = places[*ret_count - 1].rank;
    return 0;
}

/* ---- both ---- */

/* A chat's own row, as the bot's page shows it; how long its texts are. */
static int read_chat(const Work *work, int64_t chat_number, ChatView *ret_view, size_t *bytes)
{
    Chat chat = { 0 };
    int r;

    r = chat_find_number(work->store, work->tenant->tenant_id, chat_number, work->arena, &chat,
                         work->failure);
    if (r <= 0)
        return r < 0 ? r : fail(work->failure, E_FAULT, "a chat is gone from under its list");
    *bytes += strlen(chat.name) + strlen(chat.settings);
    return chat_look(work, &chat, ret_view);
}

int chat_page(const Work *work, const ChatPageQuery *query, ChatPage *ret_page)
{
    Place *places = arena_array(work->arena, Place, query->limit + 1);
    size_t place_count = 0, bytes = 0;
    int r;

    *ret_page = (ChatPage){ .chats = arena_array(work->arena, ChatView, query->limit) };
    r = query->order == CHATS_BY_CREATION
            ? places_by_creation(work, query, places, &place_count, ret_page)
            : places_by_activity(work, query, places, &place_count, ret_page);
    for (size_t i = 0; r >= 0 && i < place_count; i++) {
        if (bytes > CHAT_PAGE_BYTES) {
            ret_page->has_more = true;
            ret_page->last = places[i - 1].rank;
            break;
        }
        r = read_chat(work, places[i].chat_number, &ret_page->chats[ret_page->count++], &bytes);
    }
    return r < 0 ? r : 0;
}
