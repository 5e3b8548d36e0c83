/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/limits.h"

/* C0, DEL and C1: what would move the cursor or change a terminal's colours. */
static bool is_control(const char *character, size_t size)
{
    unsigned char first = (unsigned char)character[0];

    if (size == 1)
        return first < ' ' || first == 0x7f;
    return size == 2 && first == 0xc2 && (unsigned char)character[1] < 0xa0;
}

void output_cell(Buffer *row, const char *text, size_t width)
{
    const char *at = text ? text : "";
    size_t left = strlen(at), shown = 0;

    while (left > 0 && shown < CHAT_NAME_SHOWN_CHARACTERS) {
        size_t size = text_character_bytes(at, left);

        if (size == 0 || is_control(at, size))
            buffer_add_char(row, ' ');
        else
            buffer_add_bytes(row, at, size);
        size += !size;
        at += size;
        left -= size;
        shown++;
    }
    if (left > 0)
        buffer_add(row, "…");
    shown += left > 0;
    if (width == 0)
        return;
    while (shown++ < width)
        buffer_add_char(row, ' ');
    buffer_add(row, "  ");
}

void output_text(const Buffer *text)
{
    fwrite(text->text, 1, text->size_bytes, stdout);
}

void output_json(Arena *arena, const Field *fields, const void *source)
{
    Buffer line;

    buffer_init(&line, arena, 512);
    json_print(&line, fields, source);
    buffer_add_char(&line, '\n');
    output_text(&line);
}

int output_finish(Failure *failure)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        return fail(failure, E_FAULT, "standard output: %s", strerror(errno));
    return 0;
}
