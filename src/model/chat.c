/* SPDX-License-Identifier: Apache-2.0 */
#include "model/chat.h"

#include "base/text.h"

static const char *const member_types[] = { [MEMBER_USER] = "user", [MEMBER_BOT] = "bot" };

const char *member_type_text(MemberType type)
{
    return member_types[type];
}

bool chat_is_alive(const Chat *chat)
{
    return text_equal(chat->chat_status, CHAT_STATUS_NORMAL);
}
