/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"

#include <assert.h>
#include <string.h>

#include "base/crypto.h"
#include "base/text.h"

enum { ID_SEQUENCE_BITS = 16, ID_NUMBER_DIGITS = 16 };

int64_t id_number_at(int64_t ms)
{
    if (ms < 0)
        return 0;
    return ms > INT64_MAX >> ID_SEQUENCE_BITS ? INT64_MAX : ms << ID_SEQUENCE_BITS;
}

int64_t id_make_number(IdSource *source, int64_t now_ms)
{
    int64_t first = id_number_at(now_ms);

    /* A full sequence goes on in the next millisecond. */
    source->last_number = first > source->last_number ? first : source->last_number + 1;
    return source->last_number;
}

Id id_make(IdSource *source, int64_t now_ms)
{
    Id id = { .number = id_make_number(source, now_ms) };

    random_bytes(&id.tail, sizeof(id.tail));
    return id;
}

void id_continue(IdSource *source, int64_t number)
{
    if (number > source->last_number)
        source->last_number = number;
}

/* ---- as texts ---- */

static void put_digits(int64_t number, char ret_digits[ID_NUMBER_DIGITS])
{
    uint64_t rest = (uint64_t)number;

    for (int i = ID_NUMBER_DIGITS - 1; i >= 0; i--) {
        ret_digits[i] = "0123456789abcdef"[rest & 0xf];
        rest >>= 4;
    }
}

const char *id_print(Id id, const char *prefix, Arena *arena)
{
    char *text = arena_alloc(arena, ID_TEXT_BYTES); /* zeroed: it ends with a NUL */
    char *digits;

    assert(strlen(prefix) <= ID_PREFIX_BYTES);
    digits = stpcpy(text, prefix);
    put_digits(id.number, digits);
    put_digits(id.tail, digits + ID_NUMBER_DIGITS);
    return text;
}

/* Looks no further than the first character that is no digit, such as the NUL. */
static bool take_digits(const char *digits, int64_t *ret_number)
{
    uint64_t number = 0;

    for (int i = 0; i < ID_NUMBER_DIGITS; i++) {
        int digit = text_hex_digit(digits[i]);

        if (digit < 0 || (digits[i] >= 'A' && digits[i] <= 'F'))
            return false;
        number = number << 4 | (uint64_t)digit;
    }
    *ret_number = (int64_t)number;
    return true;
}

bool id_parse(const char *text, const char *prefix, Id *ret_id)
{
    const char *digits = text + strlen(prefix);
    Id id;

    if (!text_starts_with(text, prefix) || !take_digits(digits, &id.number) ||
        !take_digits(digits + ID_NUMBER_DIGITS, &id.tail) || digits[ID_DIGITS] != '\0' ||
        id.number < 0)
        return false;
    *ret_id = id;
    return true;
}
