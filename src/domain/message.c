/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/message.h"

#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "base/words.h"

#include "domain/chat.h"
#include "domain/chat_event.h"
#include "domain/direct_chat.h"
#include "domain/user.h"
#include "model/limits.h"
#include "store/message_store.h"
#include "store/user_store.h"

/* ---- as it is told ------------------------------------------------------------------------------
 */

static int read_sender(const Work *work, MessageView *view)
{
    User *user;
    int r;

    if (!text_equal(view->message.sender_type, "user"))
        return 0;
    user = arena_alloc(work->arena, sizeof(*user));
    r = user_find(work->store, work->tenant->tenant_id, view->message.sender_id, work->arena, user,
                  work->failure);
    if (r > 0)
        view->sender = user;
    return r;
}

static int read_mentions(const Work *work, MessageView *view)
{
    const char *left = view->message.mentions, *id;
    size_t size, count = left ? words_count(left) : 0;
    int r = 0;

    view->mentions = count > 0 ? arena_array(work->arena, User, count) : NULL;
    view->mention_count = count;
    for (size_t i = 0; r >= 0 && i < count && (id = words_next(&left, &size)); i++)
        r = user_find(work->store, work->tenant->tenant_id, arena_copy(work->arena, id, size),
                      work->arena, &view->mentions[i], work->failure);
    return r;
}

static int view_message(const Work *work, const Message *message, const char *chat_id,
                        MessageView *ret_view)
{
    int r;

    *ret_view = (MessageView){ .message = *message, .chat_id = chat_id };
    r = read_sender(work, ret_view);
    if (r >= 0)
        r = read_mentions(work, ret_view);
    return r < 0 ? r : 0;
}

/* Numbers begin with their time, so a span of time is a span of numbers. A last_id may come from a
 * list of another span. */
static int range_of(const Work *work, const MessageQuery *query, MessageRange *ret_range)
{
    Id last;

    *ret_range =
        (MessageRange){ .after = id_number_at(query->start_ms) - 1,
                        .before = query->end_ms == INT64_MAX ? INT64_MAX
                                                             : id_number_at(query->end_ms + 1),
                        .is_newest_first = query->is_newest_first,
                        .limit = query->limit + 1 };
    if (!query->last_id)
        return 0;
    if (!id_parse(query->last_id, MESSAGE_ID_PREFIX, &last))
        return fail_field(work->failure, E_INVALID, "page_token", query->last_id,
                          "%s is no id of a message", query->last_id);
    if (query->is_newest_first && last.number < ret_range->before)
        ret_range->before = last.number;
    if (!query->is_newest_first && last.number > ret_range->after)
        ret_range->after = last.number;
    return 0;
}

/* An app may be one that reads no groups. */
static int check_may_read(const Work *work, const Chat *chat, bool is_direct_only)
{
    if (is_direct_only && !chat->is_direct)
        return fail_field(work->failure, E_DENIED, "scope", NULL,
                          "a scope is missing by which a bot reads groups");
    return 0;
}

int chat_messages(const Work *work, const MessageQuery *query, MessageView **ret_messages,
                  size_t *ret_count, bool *ret_has_more)
{
    MessageRange range;
    Message *messages = NULL;
    MessageView *views;
    size_t count = 0;
    Chat chat = { 0 };
    int r;

    r = range_of(work, query, &range);
    if (r >= 0)
        r = chat_get_inside(work, query->chat_id, &chat);
    if (r >= 0)
        r = check_may_read(work, &chat, query->is_direct_only);
    if (r >= 0)
        r = message_list(work->store, work->tenant->tenant_id, chat.id.number, &range, work->arena,
                         &messages, &count, work->failure);
    if (r < 0)
        return r;
    *ret_has_more = count > query->limit;
    *ret_count = count > query->limit ? query->limit : count;
    *ret_messages = views = arena_array(work->arena, MessageView, *ret_count);
    for (size_t i = 0; r >= 0 && i < *ret_count; i++)
        r = view_message(work, &messages[i], query->chat_id, &views[i]);
    return r;
}

/* ---- one that was said --------------------------------------------------------------------------
 */

/* The message and its chat, which the app's bot must be in; whether it was recalled is not asked.
 */
static int get_message(const Work *work, const char *message_id, Message *ret_message,
                       Chat *ret_chat)
{
    int64_t tenant_id = work->tenant->tenant_id;
    Id id;
    int r = 0;

    if (id_parse(message_id, MESSAGE_ID_PREFIX, &id))
        r = message_find(work->store, tenant_id, id, work->arena, ret_message, work->failure);
    if (r > 0)
        r = chat_find_number(work->store, tenant_id, ret_message->chat_number, work->arena,
                             ret_chat, work->failure);
    if (r == 0)
        return fail_field(work->failure, E_NOT_FOUND, "message_id", message_id,
                          "message %s does not exist", message_id);
    return r < 0 ? r
                 : chat_get_inside(work, id_print(ret_chat->id, CHAT_ID_PREFIX, work->arena),
                                   ret_chat);
}

static int check_not_recalled(const Work *work, const char *field, const char *message_id,
                              const Message *message)
{
    if (message->deleted_ms != 0)
        return fail_field(work->failure, E_CONFLICT, field, message_id, "message %s was recalled",
                          message_id);
    return 0;
}

int message_view(const Work *work, const char *message_id, bool is_direct_only,
                 MessageView *ret_view)
{
    Message message = { 0 };
    Chat chat = { 0 };
    int r;

    r = get_message(work, message_id, &message, &chat);
    if (r >= 0)
        r = check_may_read(work, &chat, is_direct_only);
    if (r >= 0)
        r = check_not_recalled(work, "message_id", message_id, &message);
    if (r < 0)
        return r;
    return view_message(work, &message, id_print(chat.id, CHAT_ID_PREFIX, work->arena), ret_view);
}

/* ---- mentions -----------------------------------------------------------------------------------
 */

/* By whichever of the three ids a tag has. */
static int find_user(const Work *work, const char *id, User *ret_user)
{
    static const UserIdType types[] = { ID_OPEN, ID_UNION, ID_USER };
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof(types) / sizeof(types[0]); i++)
        r = user_find_by(work->store, work->tenant->tenant_id, types[i], id, work->arena, ret_user,
                         work->failure);
    return r;
}

/* The number of a user's key, from 1: that of the first tag which names them. */
static size_t number_of(Buffer *mentions, const char *kunlun_id)
{
    const char *left = mentions->text, *id;
    size_t size, number = 1;

    for (; (id = words_next(&left, &size)); number++)
        if (strlen(kunlun_id) == size && memcmp(kunlun_id, id, size) == 0)
            return number;
    words_add(mentions, kunlun_id);
    return number;
}

static int add_mention(const Work *work, const MentionTag *tag, Buffer *text, Buffer *mentions)
{
    const char *id = arena_copy(work->arena, tag->id, tag->id_bytes);
    User user = { 0 };
    int r;

    if (text_equal(id, MENTION_ALL)) {
        buffer_add(text, "@_all");
        return 0;
    }
    r = find_user(work, id, &user);
    if (r > 0)
        buffer_print(text, "@_user_%zu", number_of(mentions, user.kunlun_id));
    else
        buffer_add_bytes(text, tag->begin, tag->size_bytes);
    return r < 0 ? r : 0;
}

static int take_mentions(const Work *work, const char *said, Buffer *text, Buffer *mentions)
{
    MentionTag tag;
    int r = 0;

    for (size_t count = 1; r >= 0 && mention_tag_find(said, &tag); count++) {
        if (count > MENTIONS_MOST)
            return fail_field(work->failure, E_INVALID, "content", NULL,
                              "a text names at most %d users", MENTIONS_MOST);
        buffer_add_bytes(text, said, (size_t)(tag.begin - said));
        r = add_mention(work, &tag, text, mentions);
        said = tag.begin + tag.size_bytes;
    }
    buffer_add(text, said);
    return r;
}

/* ---- saying something ---------------------------------------------------------------------------
 */

static int check_draft(const Work *work, const MessageDraft *draft)
{
    const MessageKind *kind = message_kind_find(draft->msg_type);

    if (!kind)
        return fail_field(work->failure, E_INVALID, "msg_type", draft->msg_type,
                          "no message of type %s can be sent", draft->msg_type);
    if (strlen(draft->content) > kind->content_bytes_most)
        return fail_field(work->failure, E_LIMITED, "content", NULL,
                          "the content of a message of type %s has at most %zu bytes",
                          draft->msg_type, kind->content_bytes_most);
    return 0;
}

/* A text's content is written anew: it holds nothing but the text. */
static int fill_content(const Work *work, const MessageDraft *draft, Message *message)
{
    Buffer text, mentions, content;
    int r;

    message->content = draft->content;
    if (!draft->text)
        return 0;
    buffer_init(&text, work->arena, strlen(draft->text) + 1);
    buffer_init(&mentions, work->arena, 64);
    r = take_mentions(work, draft->text, &text, &mentions);
    if (r < 0)
        return r;
    buffer_init(&content, work->arena, text.size_bytes + 16);
    buffer_add(&content, "{\"text\":");
    buffer_add_quoted(&content, text.text);
    buffer_add_char(&content, '}');
    message->content = content.text;
    message->mentions = mentions.text;
    return 0;
}

/* A reader of events has the message itself by its id (docs/adr/0007-events.md). */
int message_tell(const Work *work, const char *event_type, const Chat *chat, const Message *message,
                 const char *uuid)
{
    Buffer body;

    buffer_init(&body, work->arena, 128);
    buffer_add(&body, "{\"message_id\":");
    buffer_add_quoted(&body, id_print(message->id, MESSAGE_ID_PREFIX, work->arena));
    buffer_add(&body, ",\"msg_type\":");
    buffer_add_quoted(&body, message->msg_type);
    if (uuid) {
        buffer_add(&body, ",\"uuid\":");
        buffer_add_quoted(&body, uuid);
    }
    buffer_add_char(&body, '}');
    return chat_tell(work, id_make(work->ids, work->now_ms), event_type,
                     work->app ? "" : work->user->kunlun_id, chat, body.text);
}

/* parent: what it answers, or NULL. */
static int say(const Work *work, const Chat *chat, const Message *parent, const MessageDraft *draft,
               MessageView *ret_view)
{
    Message message = { .id = id_make(work->ids, work->now_ms),
                        .chat_number = chat->id.number,
                        .msg_type = draft->msg_type,
                        .sender_id = work->app->app_id,
                        .sender_type = "app",
                        .created_ms = work->now_ms };
    int r;

    if (parent) {
        message.parent_id = id_print(parent->id, MESSAGE_ID_PREFIX, work->arena);
        message.root_id = text_is_empty(parent->root_id) ? message.parent_id : parent->root_id;
    }
    r = fill_content(work, draft, &message);
    if (r >= 0)
        r = message_insert(work->store, work->tenant->tenant_id, &message, work->failure);
    if (r >= 0)
        r = message_tell(work, EVENT_MESSAGE_RECEIVED, chat, &message, NULL);
    if (r < 0)
        return r;
    return view_message(work, &message, id_print(chat->id, CHAT_ID_PREFIX, work->arena), ret_view);
}

int message_send(const Work *work, const char *receive_id, const MessageDraft *draft,
                 MessageView *ret_view)
{
    Chat chat = { 0 };
    int r;

    r = check_draft(work, draft);
    if (r >= 0)
        r = chat_get_inside(work, receive_id, &chat);
    if (r == E_NOT_FOUND) {
        failure_clear(work->failure);
        return fail_field(work->failure, r, "receive_id", receive_id, "chat %s does not exist",
                          receive_id);
    }
    if (r >= 0)
        r = direct_chat_check(work, &chat);
    return r < 0 ? r : say(work, &chat, NULL, draft, ret_view);
}

/* found: 1 or 0, as finders give it. */
static int send_to(const Work *work, int found, const User *user, const char *receive_id,
                   const MessageDraft *draft, MessageView *ret_view)
{
    Chat chat = { 0 };
    int r = found;

    if (r == 0)
        return fail_field(work->failure, E_NOT_FOUND, "receive_id", receive_id,
                          "user %s does not exist", receive_id);
    if (r > 0)
        r = check_draft(work, draft);
    if (r >= 0)
        r = direct_chat_open(work, user, &chat);
    return r < 0 ? r : say(work, &chat, NULL, draft, ret_view);
}

int message_send_to_user(const Work *work, UserIdType type, const char *receive_id,
                         const MessageDraft *draft, MessageView *ret_view)
{
    User user = { 0 };
    int r = user_find_by(work->store, work->tenant->tenant_id, type, receive_id, work->arena, &user,
                         work->failure);

    return send_to(work, r, &user, receive_id, draft, ret_view);
}

int message_send_to_email(const Work *work, const char *email, const MessageDraft *draft,
                          MessageView *ret_view)
{
    User user = { 0 };
    int r = user_find_by_contact(work, CONTACT_EMAIL, email, &user);

    return send_to(work, r, &user, email, draft, ret_view);
}

int message_reply(const Work *work, const char *message_id, const MessageDraft *draft,
                  MessageView *ret_view)
{
    Message parent = { 0 };
    Chat chat = { 0 };
    int r;

    r = check_draft(work, draft);
    if (r >= 0)
        r = get_message(work, message_id, &parent, &chat);
    if (r >= 0)
        r = check_not_recalled(work, "parent_id", message_id, &parent);
    if (r >= 0 && draft->reply_in_thread)
        r = fail_field(work->failure, E_CONFLICT, "reply_in_thread", "true",
                       "there are no threads in a chat");
    if (r >= 0)
        r = direct_chat_check(work, &chat);
    return r < 0 ? r : say(work, &chat, &parent, draft, ret_view);
}

/* ---- taking it back -----------------------------------------------------------------------------
 */

static int check_sender(const Work *work, const char *message_id, const Message *message)
{
    if (!text_equal(message->sender_id, work->app->app_id))
        return fail_field(work->failure, E_DENIED, "sender", NULL, "message %s was sent by another",
                          message_id);
    if (text_equal(message->msg_type, MESSAGE_SYSTEM))
        return fail_field(work->failure, E_DENIED, "msg_type", message->msg_type,
                          "message %s tells who opened the chat", message_id);
    return 0;
}

int message_recall(const Work *work, const char *message_id)
{
    Message message = { 0 };
    Chat chat = { 0 };
    int r;

    r = get_message(work, message_id, &message, &chat);
    if (r >= 0)
        r = check_not_recalled(work, "message_id", message_id, &message);
    if (r >= 0)
        r = check_sender(work, message_id, &message);
    if (r >= 0)
        r = message_empty(work->store, work->tenant->tenant_id, &message, work->now_ms,
                          work->failure);
    return r < 0 ? r : message_tell(work, EVENT_MESSAGE_RECALLED, &chat, &message, NULL);
}
