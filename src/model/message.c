/* SPDX-License-Identifier: Apache-2.0 */
#include "model/message.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#include "model/limits.h"

static const MessageKind kinds[] = {
    { MESSAGE_TEXT, TEXT_CONTENT_BYTES_MOST },
    { "post", CONTENT_BYTES_MOST },
    { "interactive", CONTENT_BYTES_MOST },
    { "image", CONTENT_BYTES_MOST },
    { "file", CONTENT_BYTES_MOST },
    { "audio", CONTENT_BYTES_MOST },
    { "media", CONTENT_BYTES_MOST },
    { "sticker", CONTENT_BYTES_MOST },
    { "share_chat", CONTENT_BYTES_MOST },
    { "share_user", CONTENT_BYTES_MOST },
};

const MessageKind *message_kind_find(const char *msg_type)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (text_equal(kinds[i].msg_type, msg_type))
            return &kinds[i];
    return NULL;
}

/* The tag that text begins with. */
static bool read_tag(const char *text, MentionTag *ret_tag)
{
    static const char opening[] = "<at user_id=", closing[] = "</at>";
    const char *id = text + sizeof(opening), *end;
    char quote;

    if (!text_starts_with(text, opening))
        return false;
    quote = text[sizeof(opening) - 1];
    if (quote != '"' && quote != '\'')
        return false;
    end = strchr(id, quote);
    if (!end || end == id || end[1] != '>')
        return false;
    *ret_tag = (MentionTag){ .begin = text, .id = id, .id_bytes = (size_t)(end - id) };
    end = strchr(end, '<'); /* a name has none */
    if (!end || !text_starts_with(end, closing))
        return false;
    ret_tag->size_bytes = (size_t)(end - text) + sizeof(closing) - 1;
    return true;
}

bool mention_tag_find(const char *text, MentionTag *ret_tag)
{
    for (; (text = strchr(text, '<')); text++)
        if (read_tag(text, ret_tag))
            return true;
    return false;
}
