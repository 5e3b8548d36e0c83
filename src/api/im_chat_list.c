/* SPDX-License-Identifier: Apache-2.0 */
/* im/v1: the chats that a bot is in. */
#include "base/text.h"

#include "api/im_chat_form.h"
#include "api/im_v1.h"
#include "api/page.h"
#include "domain/chat_list.h"
#include "model/limits.h"

typedef struct ChatsQuery {
    const char *user_id_type;
    const char *sort_type;
    const char *page_size;
    const char *page_token;
} ChatsQuery;

typedef struct ChatsReply {
    ObjectArray items;
    const char *page_token;
    bool has_more;
} ChatsReply;

/* clang-format off */
const Field chat_list_query[] = {
    FIELD(ChatsQuery, user_id_type, JSON_TEXT, 0, .about = "open_id (default), union_id or user_id"),
    FIELD(ChatsQuery, sort_type,    JSON_TEXT, 0, .about = "ByCreateTimeAsc (default), or ByActiveTimeDesc, which is for a bot in fewer than 1,000 chats"),
    FIELD(ChatsQuery, page_size,    JSON_TEXT, 0, .about = "1 to 100; without it, 20"),
    FIELD(ChatsQuery, page_token,   JSON_TEXT, 0, .about = "from the page before"),
    FIELDS_END,
};
static const Field item_fields[] = {
    FIELD(ChatForm, chat_id,       JSON_TEXT,    FIELD_REQUIRED, .about = "the chat"),
    FIELD(ChatForm, avatar,        JSON_TEXT,    FIELD_REQUIRED, .about = "empty: none"),
    FIELD(ChatForm, name,          JSON_TEXT,    FIELD_REQUIRED, .about = "the chat's name"),
    FIELD(ChatForm, description,   JSON_TEXT,    FIELD_REQUIRED, .about = "empty: none"),
    FIELD(ChatForm, owner_id,      JSON_TEXT,    0, .about = "absent when a bot owns the chat"),
    FIELD(ChatForm, owner_id_type, JSON_TEXT,    0, .about = "as user_id_type; absent when a bot owns the chat"),
    FIELD(ChatForm, external,      JSON_BOOLEAN, FIELD_REQUIRED, .about = "false: of this tenant alone"),
    FIELD(ChatForm, tenant_key,    JSON_TEXT,    FIELD_REQUIRED, .about = "the tenant"),
    FIELD(ChatForm, chat_status,   JSON_TEXT,    FIELD_REQUIRED, .about = "normal or dissolved_save"),
    FIELDS_END,
};
const Field chat_list_reply[] = {
    FIELD(ChatsReply, items,      JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = item_fields, .item_bytes = sizeof(ChatForm), .about = "chats; a page may have fewer than asked for though more follow"),
    FIELD(ChatsReply, page_token, JSON_TEXT,         0, .about = "only while has_more"),
    FIELD(ChatsReply, has_more,   JSON_BOOLEAN,      FIELD_REQUIRED, .about = "whether another page follows"),
    FIELDS_END,
};
/* clang-format on */

static int read_order(Call *call, const char *sort_type, ChatOrder *ret_order)
{
    *ret_order = text_equal(sort_type, "ByActiveTimeDesc") ? CHATS_BY_ACTIVITY : CHATS_BY_CREATION;
    if (sort_type && *ret_order == CHATS_BY_CREATION && !text_equal(sort_type, "ByCreateTimeAsc"))
        return fail_field(&call->failure, E_INVALID, "sort_type", sort_type,
                          "sort_type is ByCreateTimeAsc or ByActiveTimeDesc");
    return 0;
}

/* list: what a page_token of it belongs to. */
static int read_query(Call *call, UserIdType *ret_type, ChatPageQuery *ret_wanted,
                      const char **ret_list)
{
    int64_t page_size = CHAT_PAGE_DEFAULT;
    const char *last = NULL;
    ChatsQuery query = { 0 };
    int r;

    r = call_read_query(call, &query);
    if (r >= 0)
        r = im_read_id_type(call, "user_id_type", query.user_id_type, ret_type);
    if (r >= 0)
        r = read_order(call, query.sort_type, &ret_wanted->order);
    if (r >= 0)
        r = im_read_page_size(call, query.page_size, CHAT_PAGE_MOST, &page_size);
    if (r < 0)
        return r;
    *ret_list = arena_print(call->arena, "chats %s %s %d", call->work.app->app_id,
                            user_id_type_text(*ret_type), ret_wanted->order);
    r = page_token_parse(&call->work, *ret_list, query.page_token, &last);
    ret_wanted->limit = (size_t)page_size;
    if (r < 0 || !last || text_parse_number(last, &ret_wanted->last) == 0)
        return r;
    return fail_field(&call->failure, E_INVALID, "page_token", query.page_token,
                      "this page_token does not belong to this list");
}

int chat_list_get(Call *call)
{
    ChatPageQuery wanted = { .last = -1 };
    UserIdType type = ID_OPEN;
    const char *list = NULL;
    ChatsReply reply;
    ChatForm *items;
    ChatPage page;
    int r;

    r = read_query(call, &type, &wanted, &list);
    if (r >= 0)
        r = chat_page(&call->work, &wanted, &page);
    if (r < 0)
        return r;
    items = arena_array(call->arena, ChatForm, page.count);
    for (size_t i = 0; r >= 0 && i < page.count; i++)
        r = chat_form_fill(call, &page.chats[i], type, &items[i]);
    if (r < 0)
        return r;
    reply = (ChatsReply){ .items = { items, page.count, true }, .has_more = page.has_more };
    if (page.has_more)
        reply.page_token = page_token_print(&call->work, list,
                                            arena_print(call->arena, "%lld", (long long)page.last));
    return call_reply(call, chat_list_reply, &reply);
}
