/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { BUFFER_LEAST_BYTES = 64 };

void buffer_init(Buffer *buffer, Arena *arena, size_t expected_bytes)
{
    buffer->arena = arena;
    buffer->size_bytes = 0;
    buffer->capacity_bytes =
        expected_bytes < BUFFER_LEAST_BYTES ? BUFFER_LEAST_BYTES : expected_bytes;
    buffer->text = arena_alloc(arena, buffer->capacity_bytes);
}

/* Room for size_bytes more and the NUL. The old text is left to the arena. */
static void buffer_reserve(Buffer *buffer, size_t size_bytes)
{
    size_t capacity_bytes = buffer->capacity_bytes;
    char *text;

    if (size_bytes < capacity_bytes - buffer->size_bytes)
        return;
    /* arena_alloc() aborts for anything above its cap: no sum below can overflow. */
    if (size_bytes >= ARENA_CAP_BYTES)
        capacity_bytes = size_bytes;
    else
        while (size_bytes >= capacity_bytes - buffer->size_bytes)
            capacity_bytes *= 2;
    text = arena_alloc(buffer->arena, capacity_bytes);
    memcpy(text, buffer->text, buffer->size_bytes);
    buffer->text = text;
    buffer->capacity_bytes = capacity_bytes;
}

void buffer_add_bytes(Buffer *buffer, const void *bytes, size_t size_bytes)
{
    if (size_bytes == 0)
        return;
    buffer_reserve(buffer, size_bytes);
    memcpy(buffer->text + buffer->size_bytes, bytes, size_bytes);
    buffer->size_bytes += size_bytes;
    buffer->text[buffer->size_bytes] = '\0';
}

void buffer_add(Buffer *buffer, const char *text)
{
    buffer_add_bytes(buffer, text, strlen(text));
}

void buffer_add_char(Buffer *buffer, char byte)
{
    buffer_reserve(buffer, 1);
    buffer->text[buffer->size_bytes++] = byte;
    buffer->text[buffer->size_bytes] = '\0';
}

void buffer_add_integer(Buffer *buffer, int64_t number)
{
    char digits[TEXT_INTEGER_BYTES];

    buffer_add_bytes(buffer, digits, text_print_integer(number, digits));
}

void buffer_print(Buffer *buffer, const char *format, ...)
{
    size_t free_bytes = buffer->capacity_bytes - buffer->size_bytes;
    int size_bytes;
    va_list arguments;

    va_start(arguments, format);
    size_bytes = vsnprintf(buffer->text + buffer->size_bytes, free_bytes, format, arguments);
    va_end(arguments);
    assert(size_bytes >= 0);
    if ((size_t)size_bytes >= free_bytes) {
        buffer_reserve(buffer, (size_t)size_bytes);
        va_start(arguments, format);
        vsnprintf(buffer->text + buffer->size_bytes, (size_t)size_bytes + 1, format, arguments);
        va_end(arguments);
    }
    buffer->size_bytes += (size_t)size_bytes;
}

void buffer_add_quoted(Buffer *buffer, const char *text)
{
    size_t left_bytes;

    if (!text) {
        buffer_add(buffer, "null");
        return;
    }
    left_bytes = strlen(text);
    buffer_reserve(buffer, left_bytes + 2);
    buffer->text[buffer->size_bytes++] = '"';
    for (;;) {
        size_t plain_bytes = text_plain_bytes(text, left_bytes);

        buffer_add_bytes(buffer, text, plain_bytes);
        text += plain_bytes;
        left_bytes -= plain_bytes;
        if (left_bytes == 0)
            break;
        buffer_add(buffer, text_escape(*text++));
        left_bytes--;
    }
    buffer_add_char(buffer, '"');
}
