/* SPDX-License-Identifier: Apache-2.0 */
#include "api/web_message.h"

/* clang-format off */
static const Field sender_fields[] = {
    FIELD(WebSender, user_id, JSON_TEXT, 0, .about = "a kunlun id; absent: an app"),
    FIELD(WebSender, app_id,  JSON_TEXT, 0, .about = "absent: a person"),
    FIELD(WebSender, name,    JSON_TEXT, FIELD_REQUIRED, .about = "the name"),
    FIELD(WebSender, en_name, JSON_TEXT, 0, .about = "the English name of a person; empty: none"),
    FIELDS_END,
};
const Field web_message_fields[] = {
    FIELD(WebMessage, message_id, JSON_TEXT,    FIELD_REQUIRED, .about = "om_…"),
    FIELD(WebMessage, chat_id,    JSON_TEXT,    FIELD_REQUIRED, .about = "the chat"),
    FIELD(WebMessage, msg_type,   JSON_TEXT,    FIELD_REQUIRED, .about = "text, system …"),
    FIELD(WebMessage, create_ms,  JSON_INTEGER, FIELD_REQUIRED, .about = "when it was sent"),
    FIELD(WebMessage, sender,     JSON_OBJECT,  FIELD_REQUIRED, .fields = sender_fields, .item_bytes = sizeof(WebSender), .about = "who sent it"),
    FIELD(WebMessage, uuid,       JSON_TEXT,    0, .about = "of the request that sent it; to its sender alone"),
    FIELD(WebMessage, deleted,    JSON_BOOLEAN, FIELD_REQUIRED, .about = "it was recalled, or its chat is dissolved"),
    FIELD(WebMessage, content,    JSON_TEXT,    FIELD_REQUIRED, .about = "JSON in a text; its form depends on msg_type"),
    FIELDS_END,
};
/* clang-format on */
