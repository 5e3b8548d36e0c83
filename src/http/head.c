/* SPDX-License-Identifier: Apache-2.0 */
#include "http/head.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

static bool is_token(const char *text, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (!byte || byte >= 0x80 || (!isalnum(byte) && !strchr("!#$%&'*+-.^_`|~", byte)))
            return false;
    }
    return size_bytes > 0;
}

static bool is_field_value(const char *text, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        unsigned char byte = (unsigned char)text[i];

        if ((byte < ' ' && byte != '\t') || byte == 0x7f)
            return false;
    }
    return true;
}

static bool is_host(const char *text, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (!byte || byte >= 0x80 || (!isalnum(byte) && !strchr("-._~!$&'()*+;=:[]%", byte)))
            return false;
    }
    return true;
}

/* True when name, colon, white space and value of the line follow each other from *end, which moves
 * on behind the line's CRLF. The library puts a NUL in the place of the colon, and one for each
 * byte of the line's end: two for CRLF, one for a bare LF. */
static bool line_is_in_place(const HeaderLine *line, uintptr_t *end)
{
    uintptr_t name_end = (uintptr_t)line->name + line->name_bytes;

    if ((uintptr_t)line->name != *end || (uintptr_t)line->value <= name_end)
        return false;
    for (const char *byte = line->name + line->name_bytes + 1; byte < line->value; byte++) {
        if (*byte != ' ' && *byte != '\t')
            return false;
    }
    *end = (uintptr_t)line->value + line->value_bytes + 2;
    return true;
}

/* Every byte of the head is part of a piece that we know, or a separator as RFC 9112 wants it. One
 * forgery remains: a last line of only ":" with a bare LF looks like an empty line with CRLF. */
static bool head_is_in_place(const Head *head)
{
    uintptr_t end = (uintptr_t)head->method + strlen(head->method) + 1;

    if ((uintptr_t)head->target != end)
        return false;
    end += head->target_bytes + 1;
    if ((uintptr_t)head->version != end)
        return false;
    end += strlen(head->version) + 2;
    for (size_t i = 0; i < head->line_count; i++) {
        if (!line_is_in_place(&head->lines[i], &end))
            return false;
    }
    return end + 2 == (uintptr_t)head->method + head->size_bytes;
}

const HeaderLine *head_find_next(const Head *head, const char *name, size_t *place)
{
    size_t name_bytes = strlen(name);

    while (*place < head->line_count) {
        const HeaderLine *line = &head->lines[(*place)++];

        if (line->name_bytes == name_bytes && strcasecmp(line->name, name) == 0)
            return line;
    }
    return NULL;
}

const HeaderLine *head_find(const Head *head, const char *name)
{
    size_t place = 0;

    return head_find_next(head, name, &place);
}

static size_t head_count(const Head *head, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < head->line_count; i++)
        count += strcasecmp(head->lines[i].name, name) == 0;
    return count;
}

static Verdict head_check_lines(const Head *head)
{
    static const char *const once[] = { "Host", "Content-Length", "Transfer-Encoding",
                                        "Authorization" };

    for (size_t i = 0; i < head->line_count; i++) {
        const HeaderLine *line = &head->lines[i];

        if (!is_token(line->name, line->name_bytes))
            return (Verdict){ 400, "a header's name is not a token" };
        if (!is_field_value(line->value, line->value_bytes))
            return (Verdict){ 400, "a header's value holds a control character" };
    }
    for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
        if (head_count(head, once[i]) > 1)
            return (Verdict){ 400, "a header that may come once was repeated" };
    }
    return (Verdict){ 0 };
}

static Verdict head_check_host(const Head *head)
{
    const HeaderLine *host = head_find(head, "Host");

    if (!host && strcmp(head->version, "HTTP/1.1") == 0)
        return (Verdict){ 400, "the Host header is missing" };
    if (host && !is_host(host->value, host->value_bytes))
        return (Verdict){ 400, "the Host header is not a host" };
    return (Verdict){ 0 };
}

/* What the library would understand and what we do must be the same, so values are compared as it
 * compares them: white space after them is refused here. */
static Verdict head_check_framing(const Head *head, const HttpLimits *limits, Framing *framing)
{
    const HeaderLine *encoding = head_find(head, "Transfer-Encoding");
    const HeaderLine *length = head_find(head, "Content-Length");
    int64_t number;

    if (encoding && length)
        return (Verdict){ 400, "Content-Length and Transfer-Encoding exclude each other" };
    if (encoding && strcmp(head->version, "HTTP/1.1") != 0)
        return (Verdict){ 400, "HTTP/1.0 knows no Transfer-Encoding" };
    if (encoding && strcasecmp(encoding->value, "chunked") != 0)
        return (Verdict){ 501, "the only Transfer-Encoding understood is chunked" };
    framing->is_chunked = encoding != NULL;
    if (!length)
        return (Verdict){ 0 };
    if (strspn(length->value, "0123456789") != length->value_bytes || length->value_bytes == 0)
        return (Verdict){ 400, "Content-Length is not a number" };
    if (text_parse_number(length->value, &number) < 0 || (uint64_t)number > limits->body_bytes)
        return (Verdict){ 413, "the body is too large" };
    framing->length_bytes = (size_t)number;
    return (Verdict){ 0 };
}

Verdict head_check(const Head *head, const HttpLimits *limits, Framing *ret_framing)
{
    Verdict verdict;

    *ret_framing = (Framing){ 0 };
    if (head->target_bytes > limits->target_bytes)
        return (Verdict){ 414, "the request's target is too long" };
    if (head->size_bytes > limits->header_bytes || head->line_count > limits->header_count)
        return (Verdict){ 431, "the request's header is too large" };
    if (!is_token(head->method, strlen(head->method)))
        return (Verdict){ 400, "the method is not a token" };
    if (strcmp(head->version, "HTTP/1.1") != 0 && strcmp(head->version, "HTTP/1.0") != 0)
        return (Verdict){ 400, "only HTTP/1.0 and HTTP/1.1 are understood" };
    if (!head_is_in_place(head))
        return (Verdict){ 400, "the header is not in the form that RFC 9112 asks for" };
    verdict = head_check_lines(head);
    if (!verdict.status)
        verdict = head_check_host(head);
    if (!verdict.status)
        verdict = head_check_framing(head, limits, ret_framing);
    return verdict;
}
