/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <string.h>

#include "base/error.h"

enum { TEXT_NUMBER_MAX_DIGITS = 18 };

/* Eight bytes at a time: 1 in each byte, and the highest bit of each. */
#define TEXT_ONES      UINT64_C(0x0101010101010101)
#define TEXT_HIGH_BITS UINT64_C(0x8080808080808080)

bool text_equal(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    return strcmp(a, b) == 0;
}

bool text_is_empty(const char *text)
{
    return !text || !*text;
}

bool text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool text_is_tail(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* RFC 3629 §4: the second byte alone decides about overlong forms, surrogates and the last plane.
 */
size_t text_character_bytes(const char *bytes, size_t size_bytes)
{
    const unsigned char *at = (const unsigned char *)bytes;
    unsigned char lead, least = 0x80, most = 0xBF;
    size_t need_bytes;

    if (size_bytes == 0)
        return 0;
    lead = at[0];
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    need_bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (need_bytes > size_bytes)
        return 0;
    if (lead == 0xE0)
        least = 0xA0;
    else if (lead == 0xED)
        most = 0x9F;
    else if (lead == 0xF0)
        least = 0x90;
    else if (lead == 0xF4)
        most = 0x8F;
    if (at[1] < least || at[1] > most)
        return 0;
    for (size_t i = 2; i < need_bytes; i++) {
        if (!text_is_tail(at[i]))
            return 0;
    }
    return need_bytes;
}

bool text_is_utf8(const char *bytes, size_t size_bytes)
{
    size_t i = 0;

    while (i < size_bytes) {
        uint64_t word;
        size_t step_bytes;

        /* Most text is ASCII: eight bytes at a time. */
        if (size_bytes - i >= sizeof(word)) {
            memcpy(&word, bytes + i, sizeof(word));
            if (!(word & TEXT_HIGH_BITS)) {
                i += sizeof(word);
                continue;
            }
        }
        step_bytes = text_character_bytes(bytes + i, size_bytes - i);
        if (step_bytes == 0)
            return false;
        i += step_bytes;
    }
    return true;
}

size_t text_prefix_bytes(const char *text, size_t n)
{
    size_t i = 0;

    for (; text[i]; i++) {
        if (text_is_tail((unsigned char)text[i]))
            continue;
        if (n == 0)
            return i;
        n--;
    }
    return i;
}

int text_hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

int text_parse_number(const char *text, int64_t *ret_number)
{
    int64_t number = 0;
    size_t i = 0;

    if (text_is_empty(text))
        return E_INVALID;
    for (; text[i]; i++) {
        if (i == TEXT_NUMBER_MAX_DIGITS || text[i] < '0' || text[i] > '9')
            return E_INVALID;
        number = number * 10 + (text[i] - '0');
    }
    *ret_number = number;
    return 0;
}

bool text_is_visible_ascii(const char *text, size_t least, size_t most)
{
    size_t i = 0;

    if (!text)
        return false;
    for (; text[i]; i++) {
        if (i == most || text[i] < 0x21 || text[i] > 0x7E)
            return false;
    }
    return i >= least;
}

size_t text_print_integer(int64_t number, char ret_text[TEXT_INTEGER_BYTES])
{
    char digits[TEXT_INTEGER_BYTES];
    /* The smallest number has no positive counterpart, but one among the unsigned. */
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    size_t digit_count = 0, size_bytes = 0;

    do {
        digits[digit_count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        ret_text[size_bytes++] = '-';
    while (digit_count > 0)
        ret_text[size_bytes++] = digits[--digit_count];
    ret_text[size_bytes] = '\0';
    return size_bytes;
}

/* What JSON.stringify writes for the control characters. */
static const char text_control_escapes[0x20][7] = {
    "\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004", "\\u0005", "\\u0006", "\\u0007",
    "\\b",     "\\t",     "\\n",     "\\u000b", "\\f",     "\\r",     "\\u000e", "\\u000f",
    "\\u0010", "\\u0011", "\\u0012", "\\u0013", "\\u0014", "\\u0015", "\\u0016", "\\u0017",
    "\\u0018", "\\u0019", "\\u001a", "\\u001b", "\\u001c", "\\u001d", "\\u001e", "\\u001f",
};

const char *text_escape(char byte)
{
    if (byte == '"')
        return "\\\"";
    if (byte == '\\')
        return "\\\\";
    return (unsigned char)byte < 0x20 ? text_control_escapes[(unsigned char)byte] : NULL;
}

/* True when one of the eight bytes of word is below least (1 to 128). */
static bool text_has_less(uint64_t word, uint64_t least)
{
    return ((word - TEXT_ONES * least) & ~word & TEXT_HIGH_BITS) != 0;
}

size_t text_plain_bytes(const char *text, size_t size_bytes)
{
    size_t i = 0;

    for (uint64_t word; size_bytes - i >= sizeof(word); i += sizeof(word)) {
        memcpy(&word, text + i, sizeof(word));
        if (text_has_less(word, 0x20) || text_has_less(word ^ TEXT_ONES * '"', 1) ||
            text_has_less(word ^ TEXT_ONES * '\\', 1))
            break;
    }
    while (i < size_bytes && (unsigned char)text[i] >= 0x20 && text[i] != '"' && text[i] != '\\')
        i++;
    return i;
}
