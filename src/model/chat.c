/* SPDX-License-Identifier: Apache-2.0 */
#include "model/chat.h"

#include "base/text.h"
#include "base/words.h"

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
