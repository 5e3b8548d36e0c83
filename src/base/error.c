/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Copies as many whole characters as fit. Bytes that are not UTF-8 become '?' of Unicode's own,
 * because the slot is printed into JSON. */
static void failure_copy(char *target, size_t capacity_bytes, const char *source)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    size_t size_bytes = 0;
    /* Each byte read writes at least one: no more than the target's size is of interest. */
    size_t left_bytes = strnlen(source, capacity_bytes + TEXT_CHARACTER_MAX_BYTES);

    while (left_bytes > 0) {
        size_t step_bytes = text_character_bytes(source, left_bytes);
        const char *character = step_bytes > 0 ? source : replacement;
        size_t character_bytes = step_bytes > 0 ? step_bytes : sizeof(replacement) - 1;

        if (size_bytes + character_bytes >= capacity_bytes)
            break;
        memcpy(target + size_bytes, character, character_bytes);
        size_bytes += character_bytes;
        step_bytes += !step_bytes;
        source += step_bytes;
        left_bytes -= step_bytes;
    }
    target[size_bytes] = '\0';
}

int failure_fill(Failure *failure, int code, const char *file, int line, const char *field,
                 const char *value, const char *format, ...)
{
    /* Longer than the slot, so that printf's own cut is never what the slot's end shows. */
    char text[FAILURE_TEXT_BYTES + TEXT_CHARACTER_MAX_BYTES];
    va_list arguments;

    assert(code < 0);
    if (failure->code != 0)
        return code;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    failure->code = code;
    failure_copy(failure->text, sizeof(failure->text), text);
    failure_copy(failure->field, sizeof(failure->field), field ? field : "");
    failure_copy(failure->value, sizeof(failure->value), value ? value : "");
    failure->file = file;
    failure->line = line;
    return code;
}

void failure_clear(Failure *failure)
{
    *failure = (Failure){ 0 };
}

const char *error_name(int code)
{
    switch (code) {
    case 0: return "OK";
#define X(name, status, text) \
    case E_##name: return #name;
        ERRORS(X)
#undef X
    default: return "UNKNOWN";
    }
}
