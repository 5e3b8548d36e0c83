/* SPDX-License-Identifier: Apache-2.0 */
/* im/v1: messages. */
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/words.h"

#include "api/answer.h"
#include "api/im_v1.h"
#include "api/page.h"
#include "domain/idempotency.h"
#include "domain/message.h"
#include "model/limits.h"

/* ---- a message, as every page tells it (contract §5.4) ---- */

typedef struct SenderReply {
    const char *id;
    const char *id_type;
    const char *sender_type;
    const char *tenant_key;
} SenderReply;

typedef struct BodyReply {
    const char *content;
} BodyReply;

typedef struct MentionReply {
    const char *key;
    const char *id;
    const char *id_type;
    const char *name;
    const char *tenant_key;
} MentionReply;

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
    ObjectArray mentions;
} MessageReply;

/* clang-format off */
static const Field sender_fields[] = {
    FIELD(SenderReply, id,          JSON_TEXT, FIELD_REQUIRED, .about = "an app_id or a user's id"),
    FIELD(SenderReply, id_type,     JSON_TEXT, FIELD_REQUIRED, .about = "app_id, open_id; with user_id_type, as that says"),
    FIELD(SenderReply, sender_type, JSON_TEXT, FIELD_REQUIRED, .about = "app or user"),
    FIELD(SenderReply, tenant_key,  JSON_TEXT, FIELD_REQUIRED, .about = "the sender's tenant"),
    FIELDS_END,
};
static const Field body_fields[] = {
    FIELD(BodyReply, content, JSON_TEXT, FIELD_REQUIRED, .about = "JSON in a text; its form depends on msg_type"),
    FIELDS_END,
};
static const Field mention_fields[] = {
    FIELD(MentionReply, key,        JSON_TEXT, FIELD_REQUIRED, .about = "what stands for them in the text: @_user_1 …"),
    FIELD(MentionReply, id,         JSON_TEXT, FIELD_REQUIRED, .about = "the user"),
    FIELD(MentionReply, id_type,    JSON_TEXT, FIELD_REQUIRED, .about = "open_id; of messages.get the user_id_type"),
    FIELD(MentionReply, name,       JSON_TEXT, FIELD_REQUIRED, .about = "their name"),
    FIELD(MentionReply, tenant_key, JSON_TEXT, FIELD_REQUIRED, .about = "their tenant"),
    FIELDS_END,
};
const Field message_reply_fields[] = {
    FIELD(MessageReply, message_id,  JSON_TEXT,    FIELD_REQUIRED, .about = "om_…"),
    FIELD(MessageReply, root_id,     JSON_TEXT,    0, .about = "the message that the replies began with; absent: not a reply"),
    FIELD(MessageReply, parent_id,   JSON_TEXT,    0, .about = "the message that this one answers; absent: not a reply"),
    FIELD(MessageReply, msg_type,    JSON_TEXT,    FIELD_REQUIRED, .about = "system for the one that tells who opened the chat"),
    FIELD(MessageReply, create_time, JSON_TEXT,    FIELD_REQUIRED, .about = "milliseconds"),
    FIELD(MessageReply, update_time, JSON_TEXT,    FIELD_REQUIRED, .about = "milliseconds; of a recalled one, when it was"),
    FIELD(MessageReply, deleted,     JSON_BOOLEAN, FIELD_REQUIRED, .about = "whether it was recalled: then nothing of its content is left"),
    FIELD(MessageReply, updated,     JSON_BOOLEAN, FIELD_REQUIRED, .about = "whether it was changed"),
    FIELD(MessageReply, chat_id,     JSON_TEXT,    FIELD_REQUIRED, .about = "the chat"),
    FIELD(MessageReply, sender,      JSON_OBJECT,  FIELD_REQUIRED, .fields = sender_fields, .item_bytes = sizeof(SenderReply), .about = "who sent it"),
    FIELD(MessageReply, body,        JSON_OBJECT,  FIELD_REQUIRED, .fields = body_fields, .item_bytes = sizeof(BodyReply), .about = "what it says"),
    FIELD(MessageReply, mentions,    JSON_OBJECT_ARRAY, 0, .fields = mention_fields, .item_bytes = sizeof(MentionReply), .about = "whom it names; absent: nobody"),
    FIELDS_END,
};
/* clang-format on */

/* The platform says so in the place of what was recalled. */
static const char recalled_content[] = "This message was recalled";

static SenderReply *sender_of(Call *call, const MessageView *view, UserIdType type)
{
    SenderReply *sender = arena_alloc(call->arena, sizeof(*sender));

    *sender = (SenderReply){ .id = view->message.sender_id,
                             .id_type = "app_id",
                             .sender_type = view->message.sender_type,
                             .tenant_key = call->work.tenant->tenant_key };
    if (view->sender) {
        sender->id = user_id_of(view->sender, type);
        sender->id_type = user_id_type_text(type);
    }
    return sender;
}

static ObjectArray mentions_of(Call *call, const MessageView *view, UserIdType type)
{
    MentionReply *items = arena_array(call->arena, MentionReply, view->mention_count);

    for (size_t i = 0; i < view->mention_count; i++)
        items[i] = (MentionReply){ .key = arena_print(call->arena, "@_user_%zu", i + 1),
                                   .id = user_id_of(&view->mentions[i], type),
                                   .id_type = user_id_type_text(type),
                                   .name = view->mentions[i].name,
                                   .tenant_key = call->work.tenant->tenant_key };
    return (ObjectArray){ items, view->mention_count, view->mention_count > 0 };
}

static const char *print_time(Call *call, int64_t ms)
{
    return arena_print(call->arena, "%lld", (long long)ms);
}

static const char *or_absent(const char *text)
{
    return text_is_empty(text) ? NULL : text;
}

static MessageReply reply_of(Call *call, const MessageView *view, UserIdType type)
{
    const Message *message = &view->message;
    bool is_deleted = message->deleted_ms != 0;
    MessageReply reply = {
        .message_id = id_print(message->id, MESSAGE_ID_PREFIX, call->arena),
        .root_id = or_absent(message->root_id),
        .parent_id = or_absent(message->parent_id),
        .msg_type = message->msg_type,
        .create_time = print_time(call, message->created_ms),
        .update_time = print_time(call, is_deleted ? message->deleted_ms : message->created_ms),
        .deleted = is_deleted,
        .chat_id = view->chat_id,
        .sender = sender_of(call, view, type),
        .body = arena_alloc(call->arena, sizeof(BodyReply)),
        .mentions = mentions_of(call, view, type),
    };

    reply.body->content = is_deleted ? recalled_content : message->content;
    return reply;
}

/* A bot reads what is said in groups only with a scope of its own (contract §5.2, and both pages'
 * tip on permissions). */
static bool is_direct_only(const Call *call)
{
    return !words_hold(call->work.app->scopes, SCOPE_GROUP_MESSAGES);
}

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
const Field message_list_reply[] = {
    FIELD(MessagesReply, has_more,   JSON_BOOLEAN,      FIELD_REQUIRED, .about = "whether another page follows"),
    FIELD(MessagesReply, page_token, JSON_TEXT,         0, .about = "only while has_more"),
    FIELD(MessagesReply, items,      JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = message_reply_fields, .item_bytes = sizeof(MessageReply), .about = "messages"),
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

static int read_messages_query(Call *call, MessagesQuery *query, MessageQuery *ret_wanted)
{
    int64_t page_size = MESSAGE_PAGE_DEFAULT;
    int r;

    *ret_wanted = (MessageQuery){ .end_ms = INT64_MAX, .is_direct_only = is_direct_only(call) };
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
        items[i] = reply_of(call, &views[i], ID_OPEN);
    reply.items = (ObjectArray){ items, count, true };
    if (reply.has_more)
        reply.page_token = page_token_print(&call->work, list, items[count - 1].message_id);
    return call_reply(call, message_list_reply, &reply);
}

/* ---- messages.get ---- */

typedef struct MessageGetQuery {
    const char *user_id_type;
} MessageGetQuery;

typedef struct ItemsReply {
    ObjectArray items;
} ItemsReply;

/* clang-format off */
const Field message_get_query[] = {
    FIELD(MessageGetQuery, user_id_type, JSON_TEXT, 0, .about = "open_id (default), union_id or user_id"),
    FIELDS_END,
};
const Field message_get_reply[] = {
    FIELD(ItemsReply, items, JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = message_reply_fields, .item_bytes = sizeof(MessageReply), .about = "the message alone"),
    FIELDS_END,
};
/* clang-format on */

int message_get(Call *call)
{
    MessageGetQuery query = { 0 };
    UserIdType type = ID_OPEN;
    MessageView view;
    MessageReply item;
    int r;

    r = call_read_query(call, &query);
    if (r >= 0)
        r = im_read_id_type(call, "user_id_type", query.user_id_type, &type);
    if (r >= 0)
        r = message_view(&call->work, call_path(call, 0), is_direct_only(call), &view);
    if (r < 0)
        return r;
    item = reply_of(call, &view, type);
    return call_reply(call, message_get_reply, &(ItemsReply){ { &item, 1, true } });
}

/* ---- messages.create, messages.reply ---- */

typedef struct MessageCreateQuery {
    const char *receive_id_type;
} MessageCreateQuery;

/* Of both: what a page doesn't have stays absent. */
typedef struct MessageBody {
    const char *receive_id;
    const char *msg_type;
    const char *content;
    bool reply_in_thread;
    const char *uuid;
} MessageBody;

typedef struct TextContent {
    const char *text;
} TextContent;

/* clang-format off */
const Field message_create_query[] = {
    FIELD(MessageCreateQuery, receive_id_type, JSON_TEXT, FIELD_REQUIRED, .about = "chat_id; or open_id, union_id, user_id or email of one user. user_id takes " SCOPE_USER_ID),
    FIELDS_END,
};
const Field message_create_body[] = {
    FIELD(MessageBody, receive_id, JSON_TEXT, FIELD_REQUIRED, .about = "the chat, or the user, whose chat with the bot the first message makes"),
    FIELD(MessageBody, msg_type,   JSON_TEXT, FIELD_REQUIRED, .about = "text, post, interactive, image, file, audio, media, sticker, share_chat or share_user"),
    FIELD(MessageBody, content,    JSON_TEXT, FIELD_REQUIRED, .about = "a JSON object in a text; of a text message {\"text\"}, in which at tags name users"),
    FIELD(MessageBody, uuid,       JSON_TEXT, 0, .at_most = MESSAGE_UUID_CHARACTERS_MOST, .about = "idempotency key"),
    FIELDS_END,
};
const Field message_reply_body[] = {
    FIELD(MessageBody, msg_type,        JSON_TEXT,    FIELD_REQUIRED, .about = "as of messages.create"),
    FIELD(MessageBody, content,         JSON_TEXT,    FIELD_REQUIRED, .about = "as of messages.create"),
    FIELD(MessageBody, reply_in_thread, JSON_BOOLEAN, 0, .about = "true is refused: there are no threads"),
    FIELD(MessageBody, uuid,            JSON_TEXT,    0, .at_most = MESSAGE_UUID_CHARACTERS_MOST, .about = "idempotency key"),
    FIELDS_END,
};
static const Field text_fields[] = {
    FIELD(TextContent, text, JSON_TEXT, FIELD_REQUIRED),
    FIELDS_END,
};
/* clang-format on */

/* content is JSON in a text: of a text message its text is wanted, of others only its form. */
static int read_content(Call *call, const MessageBody *body, MessageDraft *ret_draft)
{
    bool is_text = text_equal(body->msg_type, MESSAGE_TEXT);
    Failure failure = { 0 };
    TextContent content = { 0 };
    Json *json = NULL;
    int r;

    *ret_draft = (MessageDraft){ .msg_type = body->msg_type,
                                 .content = body->content,
                                 .reply_in_thread = body->reply_in_thread };
    r = json_parse(body->content, strlen(body->content), call->arena, &json, &failure);
    if (r >= 0 && !json_is_object(json))
        r = fail(&failure, E_INVALID, "no object");
    if (r >= 0 && is_text)
        r = json_read(json, text_fields, &content, call->arena, &failure);
    if (r < 0)
        return fail_field(&call->failure, E_INVALID, "content", NULL,
                          "the content must be a JSON object in a text: %s", failure.text);
    ret_draft->text = content.text;
    return 0;
}

/* The body of both, and the answer that was kept for its key: 1 = it was given again. */
static int begin_saying(Call *call, const char *to, const char *to_type, const MessageBody *body,
                        MessageDraft *ret_draft)
{
    const char *parts[] = { to_type, to, body->msg_type, body->content,
                            body->reply_in_thread ? "in thread" : NULL };
    int r;

    r = read_content(call, body, ret_draft);
    if (r >= 0)
        r = call_find_key(call);
    if (r > 0)
        r = call_replay(call, idempotency_fingerprint(&call->work, parts, COUNT_OF(parts)));
    return r;
}

static int end_saying(Call *call, const MessageView *view)
{
    MessageReply reply = reply_of(call, view, ID_OPEN);

    call_reply(call, message_reply_fields, &reply);
    return call_keep(call);
}

/* A user's own id of the tenant is guarded by a scope. */
static int check_receive_id_type(Call *call, const char *receive_id_type)
{
    if (text_equal(receive_id_type, user_id_type_text(ID_USER)) &&
        !words_hold(call->work.app->scopes, SCOPE_USER_ID))
        return answer_scope_missing(call, SCOPE_USER_ID, "field_scope_required");
    return 0;
}

static int send(Call *call, const char *receive_id_type, const char *receive_id,
                const MessageDraft *draft, MessageView *ret_view)
{
    UserIdType type = ID_OPEN;

    if (text_equal(receive_id_type, "chat_id"))
        return message_send(&call->work, receive_id, draft, ret_view);
    if (text_equal(receive_id_type, "email"))
        return message_send_to_email(&call->work, receive_id, draft, ret_view);
    if (user_id_type_parse(receive_id_type, &type))
        return message_send_to_user(&call->work, type, receive_id, draft, ret_view);
    return fail_field(&call->failure, E_INVALID, "receive_id_type", receive_id_type,
                      "receive_id_type is chat_id, open_id, union_id, user_id or email");
}

int message_create(Call *call)
{
    MessageCreateQuery query = { 0 };
    MessageBody body = { 0 };
    MessageDraft draft;
    MessageView view = { 0 };
    int r;

    r = call_read_query(call, &query);
    if (r >= 0)
        r = check_receive_id_type(call, query.receive_id_type);
    if (r >= 0)
        r = call_read_body(call, &body);
    if (r >= 0)
        r = begin_saying(call, body.receive_id, query.receive_id_type, &body, &draft);
    if (r != 0)
        return r;
    r = send(call, query.receive_id_type, body.receive_id, &draft, &view);
    return r < 0 ? r : end_saying(call, &view);
}

int message_reply_create(Call *call)
{
    const char *message_id = call_path(call, 0);
    MessageBody body = { 0 };
    MessageDraft draft;
    MessageView view;
    int r;

    r = call_read_body(call, &body);
    if (r >= 0)
        r = begin_saying(call, message_id, "message_id", &body, &draft);
    if (r != 0)
        return r;
    r = message_reply(&call->work, message_id, &draft, &view);
    return r < 0 ? r : end_saying(call, &view);
}

/* ---- messages.delete ---- */

const Field message_delete_reply[] = { FIELDS_END };

int message_delete(Call *call)
{
    int r = message_recall(&call->work, call_path(call, 0));

    return r < 0 ? r : call_reply(call, message_delete_reply, NULL);
}
