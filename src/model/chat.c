/* SPDX-License-Identifier: Apache-2.0 */
#include "model/chat.h"

#include "base/text.h"
#include "base/words.h"

const char *chat_event_body(Arena *arena, const char *name, const char *which, const char *ids)
{
    const char *id, *comma = "";
    size_t size_bytes;
    Buffer body;

    buffer_init(&body, arena, 256);
    buffer_add(&body, "{\"name\":");
    buffer_add_quoted(&body, name);
    if (!text_is_empty(ids))
        buffer_print(&body, ",\"%s\":[", which);
    while ((id = words_next(&ids, &size_bytes))) {
        buffer_add(&body, comma);
        buffer_add_quoted(&body, arena_copy(arena, id, size_bytes));
        comma = ",";
    }
    buffer_add(&body, comma[0] ? "]}" : "}");
    return body.text;
}

bool chat_is_alive(const Chat *chat)
{
    return text_equal(chat->chat_status, CHAT_STATUS_NORMAL);
}

bool chat_has_bot(const Chat *chat, const char *app_id)
{
    return words_hold(chat->bot_ids, app_id);
}

int64_t chat_bot_count(const Chat *chat)
{
    return (int64_t)words_count(chat->bot_ids);
}

const char *chat_type_text(const Chat *chat)
{
    return chat->is_public ? "public" : "private";
}

const char *chat_mode_text(const Chat *chat)
{
    return chat->is_direct ? "p2p" : "group";
}
