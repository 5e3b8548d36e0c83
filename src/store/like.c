/* SPDX-License-Identifier: Apache-2.0 */
#include "store/like.h"

#include <string.h>

#include "base/buffer.h"
#include "base/text.h"

const char *like_pattern(Arena *arena, const char *text)
{
    Buffer pattern;

    if (text_is_empty(text))
        return "";
    buffer_init(&pattern, arena, strlen(text) + 8);
    buffer_add_char(&pattern, '%');
    for (; *text; text++) {
        if (strchr("%_\\", *text))
            buffer_add_char(&pattern, '\\');
        buffer_add_char(&pattern, *text);
    }
    buffer_add_char(&pattern, '%');
    return pattern.text;
}
