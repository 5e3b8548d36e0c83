/* SPDX-License-Identifier: Apache-2.0 */
/* im/v1: messages. */
#include "base/text.h"
#include "base/words.h"

#include "api/im_v1.h"
#include "api/page.h"
#include "domain/chat.h"
#include "model/limits.h"

/* ---- messages.list ---- */

typedef struct MessagesQuery {
    const char *container_id_type;
    const char *container_id;
    const char *start_time;
    const char *end_time;
    const char *sort_type;
    const char *page_size;
    const char *page_token;
} MessagesQuery;

typedef struct SenderReply {
    const char *id;
    const char *id_type;
    const char *sender_type;
    const char *tenant_key;
} SenderReply;

typedef struct BodyReply {
    const char *content;
} BodyReply;

typedef struct MessageReply {
    const char *message_id;
    const char *root_id;
    const char *parent_id;
    const char *msg_type;
    const char *create_time;
    const char *update_time;
    bool deleted;
    bool updated;
    const char *chat_id;
    SenderReply *sender;
    BodyReply *body;
} MessageReply;

typedef struct MessagesReply {
    bool has_more;
    const char *page_token;
    ObjectArray items;
} MessagesReply;

/* clang-format off */
const Field message_list_query[] = {
    FIELD(MessagesQuery, container_id_type, JSON_TEXT, FIELD_REQUIRED, .about = "chat"),
    FIELD(MessagesQuery, container_id,      JSON_TEXT, FIELD_REQUIRED, .about = "the chat_id"),
    FIELD(MessagesQuery, start_time,        JSON_TEXT, 0, .about = "sent at or after, in seconds"),
    FIELD(MessagesQuery, end_time,          JSON_TEXT, 0, .about = "sent at or before, in seconds"),
    FIELD(MessagesQuery, sort_type,         JSON_TEXT, 0, .about = "ByCreateTimeAsc (default) or ByCreateTimeDesc"),
    FIELD(MessagesQuery, page_size,         JSON_TEXT, 0, .about = "1 to 50; without it, 20"),
    FIELD(MessagesQuery, page_token,        JSON_TEXT, 0, .about = "from the page before"),
    FIELDS_END,
};
static const Field sender_fields[] = {
    FIELD(SenderReply, id,          JSON_TEXT, FIELD_REQUIRED, .about = "an app_id or an open_id"),
    FIELD(SenderReply, id_type,     JSON_TEXT, FIELD_REQUIRED, .about = "app_id or open_id"),
    FIELD(SenderReply, sender_type, JSON_TEXT, FIELD_REQUIRED, .about = "app or user"),
    FIELD(SenderReply, tenant_key,  JSON_TEXT, FIELD_REQUIRED, .about = "the sender's tenant"),
    FIELDS_END,
};
static const Field body_fields[] = {
    FIELD(BodyReply, content, JSON_TEXT, FIELD_REQUIRED, .about = "JSON in a text; its form depends on msg_type"),
    FIELDS_END,
};
static const Field message_fields[] = {
    FIELD(MessageReply, message_id,  JSON_TEXT,    FIELD_REQUIRED, .about = "om_…"),
    FIELD(MessageReply, root_id,     JSON_TEXT,    0, .about = "absent: not a reply"),
    FIELD(MessageReply, parent_id,   JSON_TEXT,    0, .about = "absent: not a reply"),
    FIELD(MessageReply, msg_type,    JSON_TEXT,    FIELD_REQUIRED, .about = "system for the one that tells who opened the chat"),
    FIELD(MessageReply, create_time, JSON_TEXT,    FIELD_REQUIRED, .about = "milliseconds"),
    FIELD(MessageReply, update_time, JSON_TEXT,    FIELD_REQUIRED, .about = "milliseconds"),
    FIELD(MessageReply, deleted,     JSON_BOOLEAN, FIELD_REQUIRED, .about = "whether it was recalled"),
    FIELD(MessageReply, updated,     JSON_BOOLEAN, FIELD_REQUIRED, .about = "whether it was changed"),
    FIELD(MessageReply, chat_id,     JSON_TEXT,    FIELD_REQUIRED, .about = "the chat"),
    FIELD(MessageReply, sender,      JSON_OBJECT,  FIELD_REQUIRED, .fields = sender_fields, .item_bytes = sizeof(SenderReply), .about = "who sent it"),
    FIELD(MessageReply, body,        JSON_OBJECT,  FIELD_REQUIRED, .fields = body_fields, .item_bytes = sizeof(BodyReply), .about = "what it says"),
    FIELDS_END,
};
const Field message_list_reply[] = {
    FIELD(MessagesReply, has_more,   JSON_BOOLEAN,      FIELD_REQUIRED, .about = "whether another page follows"),
    FIELD(MessagesReply, page_token, JSON_TEXT,         0, .about = "only while has_more"),
    FIELD(MessagesReply, items,      JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = message_fields, .item_bytes = sizeof(MessageReply), .about = "messages"),
    FIELDS_END,
};
/* clang-format on */

/* A time of the query in seconds; unset stays what it was. is_end: to the end of that second. */
static int read_seconds(Call *call, const char *field, const char *text, bool is_end, int64_t *ms)
{
    const int64_t latest_s = INT64_C(253402300799); /* the year 9999 */
    int64_t seconds = 0;

    if (!text)
        return 0;
    if (text_parse_number(text, &seconds) < 0 || seconds > latest_s)
        return fail_field(&call->failure, E_INVALID, field, text, "%s is a time in seconds", field);
    *ms = seconds * 1000 + (is_end ? 999 : 0);
    return 0;
}

static int read_sort(Call *call, const char *sort_type, bool *ret_is_newest_first)
{
    *ret_is_newest_first = text_equal(sort_type, "ByCreateTimeDesc");
    if (sort_type && !*ret_is_newest_first && !text_equal(sort_type, "ByCreateTimeAsc"))
        return fail_field(&call->failure, E_INVALID, "sort_type", sort_type,
                          "sort_type is ByCreateTimeAsc or ByCreateTimeDesc");
    return 0;
}

/* A bot reads a group's history only with a scope of its own (contract §5.2). */
static int check_history_scope(Call *call)
{
    if (!words_hold(call->work.app->scopes, "im:message.group_msg"))
        return fail_field(&call->failure, E_DENIED, "scope", NULL,
                          "im:message.group_msg is required to read a group's messages");
    return 0;
}

static int read_messages_query(Call *call, MessagesQuery *query, MessageQuery *ret_wanted)
{
    int64_t page_size = MESSAGE_PAGE_DEFAULT;
    int r;

    *ret_wanted = (MessageQuery){ .end_ms = INT64_MAX };
    r = call_read_query(call, query);
    if (r < 0)
        return r;
    ret_wanted->chat_id = query->container_id;
    if (!text_equal(query->container_id_type, "chat"))
        return fail_field(&call->failure, E_INVALID, "container_id_type", query->container_id_type,
                          "container_id_type is chat");
    r = read_seconds(call, "start_time", query->start_time, false, &ret_wanted->start_ms);
    if (r >= 0)
        r = read_seconds(call, "end_time", query->end_time, true, &ret_wanted->end_ms);
    if (r >= 0)
        r = read_sort(call, query->sort_type, &ret_wanted->is_newest_first);
    if (r >= 0)
        r = im_read_page_size(call, query->page_size, MESSAGE_PAGE_MOST, &page_size);
    ret_wanted->limit = (size_t)page_size;
    return r;
}

static MessageReply reply_of(Call *call, const char *chat_id, const MessageView *view)
{
    const char *time = arena_print(call->arena, "%lld", (long long)view->message.created_ms);
    bool is_user = view->sender_open_id;
    MessageReply reply = { .message_id = id_print(view->message.id, MESSAGE_ID_PREFIX, call->arena),
                           .msg_type = view->message.msg_type,
                           .create_time = time,
                           .update_time = time,
                           .chat_id = chat_id,
                           .sender = arena_alloc(call->arena, sizeof(SenderReply)),
                           .body = arena_alloc(call->arena, sizeof(BodyReply)) };

    *reply.sender = (SenderReply){ is_user ? view->sender_open_id : view->message.sender_id,
                                   is_user ? "open_id" : "app_id", view->message.sender_type,
                                   call->work.tenant->tenant_key };
    reply.body->content = view->message.content;
    return reply;
}

int message_list_get(Call *call)
{
    MessagesQuery query = { 0 };
    MessageQuery wanted;
    MessagesReply reply = { 0 };
    MessageReply *items;
    MessageView *views = NULL;
    const char *list;
    size_t count = 0;
    int r;

    r = check_history_scope(call);
    if (r >= 0)
        r = read_messages_query(call, &query, &wanted);
    if (r < 0)
        return r;
    list = arena_print(call->arena, "messages %s %s", wanted.chat_id,
                       wanted.is_newest_first ? "down" : "up");
    r = page_token_parse(&call->work, list, query.page_token, &wanted.last_id);
    if (r >= 0)
        r = chat_messages(&call->work, &wanted, &views, &count, &reply.has_more);
    if (r < 0)
        return r;
    items = arena_array(call->arena, MessageReply, count);
    for (size_t i = 0; i < count; i++)
        items[i] = reply_of(call, wanted.chat_id, &views[i]);
    reply.items = (ObjectArray){ items, count, true };
    if (reply.has_more)
        reply.page_token = page_token_print(&call->work, list, items[count - 1].message_id);
    return call_reply(call, message_list_reply, &reply);
}
