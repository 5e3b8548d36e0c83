/* SPDX-License-Identifier: Apache-2.0 */
#include "api/web_message.h"

/* clang-format off */
static const Field sender_fields[] = {
    FIELD(WebSender, user_id, JSON_TEXT, 0, .about = "of a person"),
    FIELD(WebSender, app_id,  JSON_TEXT, 0, .about = "of a bot"),
    FIELD(WebSender, name,    JSON_TEXT, FIELD_REQUIRED, .about = "the name"),
    FIELD(WebSender, en_name, JSON_TEXT, 0, .about = "the English name; empty: none"),
    FIELDS_END,
};
const Field web_message_reply[] = {
    FIELD(WebMessage, message_id, JSON_TEXT,    FIELD_REQUIRED, .about = "the message"),
    FIELD(WebMessage, chat_id,    JSON_TEXT,    FIELD_REQUIRED, .about = "its chat"),
    FIELD(WebMessage, msg_type,   JSON_TEXT,    FIELD_REQUIRED, .about = "text, system …"),
    FIELD(WebMessage, create_ms,  JSON_INTEGER, FIELD_REQUIRED, .about = "when"),
    FIELD(WebMessage, sender,     JSON_OBJECT,  FIELD_REQUIRED, .fields = sender_fields, .item_bytes = sizeof(WebSender), .about = "who"),
    FIELD(WebMessage, uuid,       JSON_TEXT,    0, .about = "of the call that sent it; to its sender alone"),
    FIELD(WebMessage, deleted,    JSON_BOOLEAN, FIELD_REQUIRED, .about = "it was recalled, or its chat is dissolved"),
    FIELD(WebMessage, content,    JSON_TEXT,    FIELD_REQUIRED, .about = "JSON as a text, as im/v1 has it"),
    FIELDS_END,
};
/* clang-format on */

static WebSender sender_of(const Directory *directory, const TalkMessage *from)
{
    const App *app;

    if (from->sender.kunlun_id)
        return (WebSender){ .user_id = from->sender.kunlun_id,
                            .name = from->sender.name,
                            .en_name = from->sender.en_name };
    app = directory_app(directory, from->message.sender_id);
    return (WebSender){ .app_id = from->message.sender_id, .name = app ? app->name : "" };
}

WebMessage *web_message_of(Arena *arena, const Directory *directory, const char *chat_id,
                           const TalkMessage *from)
{
    WebMessage *reply = arena_alloc(arena, sizeof(*reply));
    WebSender *sender = arena_alloc(arena, sizeof(*sender));

    *sender = sender_of(directory, from);
    *reply = (WebMessage){ .message_id = id_print(from->message.id, MESSAGE_ID_PREFIX, arena),
                           .chat_id = chat_id,
                           .msg_type = from->message.msg_type,
                           .create_ms = from->message.created_ms,
                           .sender = sender,
                           .deleted = from->message.deleted_ms > 0,
                           .content = from->message.content };
    return reply;
}
