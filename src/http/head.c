/* SPDX-License-Identifier: Apache-2.0 */
#include "http/head.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

/* ---- what bytes may stand where: RFC 9110 sections 5.5 and 5.6.2, RFC 3986 section 3.2.2 --------
 */

enum { TOKEN = 1, VALUE = 2, HOST = 4, TARGET = 8 };

/* Bytes by what they may be part of; from 0x80 up only of a value, whose meaning is the reader's.
 */
enum {
    N = 0,
    V = VALUE,
    Q = VALUE | TARGET,
    M = VALUE | TARGET | TOKEN,
    P = VALUE | TARGET | HOST,
    A = VALUE | TARGET | HOST | TOKEN,
};

/* clang-format off */
static const unsigned char classes[128] = {
    N, N, N, N, N, N, N, N, N, V, N, N, N, N, N, N, /* a tab */
    N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
    V, A, Q, M, A, A, A, A, P, P, A, A, Q, A, A, Q, /*   ! " # $ % & ' ( ) * + , - . / */
    A, A, A, A, A, A, A, A, A, A, P, P, Q, P, Q, Q, /* 0 1 2 3 4 5 6 7 8 9 : ; < = > ? */
    Q, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, /* @ and capital letters */
    A, A, A, A, A, A, A, A, A, A, A, P, Q, P, M, A, /* P to Z, then [ \ ] ^ _ */
    M, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, /* ` and small letters */
    A, A, A, A, A, A, A, A, A, A, A, Q, M, Q, A, N, /* p to z, then { | } ~ */
};
/* clang-format on */

/* How many bytes at its beginning are of that class; a byte past the end is never read, since the
 * caller's text ends with one that is of no class. */
static size_t span(const char *text, unsigned char class)
{
    const unsigned char *byte = (const unsigned char *)text;

    while (*byte < 128 ? classes[*byte] & class : class & VALUE)
        byte++;
    return (size_t)(byte - (const unsigned char *)text);
}

/* ---- where it ends ------------------------------------------------------------------------------
 */

static Verdict scan_limits(const char *bytes, size_t size_bytes, size_t head_bytes,
                           const HttpLimits *limits)
{
    if ((head_bytes ? head_bytes : size_bytes) <= limits->header_bytes)
        return (Verdict){ 0 };
    if (!memchr(bytes, '\n', limits->header_bytes))
        return (Verdict){ 414, "the request's target is too long" };
    return (Verdict){ 431, "the request's header is too large" };
}

Verdict head_scan(const char *bytes, size_t size_bytes, const HttpLimits *limits, size_t *scanned,
                  size_t *ret_size_bytes)
{
    const char *end = bytes + size_bytes;
    const char *feed;

    *ret_size_bytes = 0;
    while ((feed = memchr(bytes + *scanned, '\n', (size_t)(end - bytes) - *scanned))) {
        *scanned = (size_t)(feed - bytes) + 1;
        if (feed == bytes || feed[-1] != '\r')
            return (Verdict){ 400, "a line of the header does not end with CRLF" };
        if (feed - bytes >= 2 && feed[-2] == '\n') {
            *ret_size_bytes = *scanned;
            return scan_limits(bytes, size_bytes, *scanned, limits);
        }
    }
    *scanned = size_bytes;
    return scan_limits(bytes, size_bytes, 0, limits);
}

/* ---- its parts ----------------------------------------------------------------------------------
 */

static const Verdict malformed = { 400, "the header is not in the form that RFC 9112 asks for" };

/* Ends a text at its place and returns the place behind its delimiter. */
static char *cut(char *text, size_t size_bytes, size_t delimiter_bytes)
{
    text[size_bytes] = '\0';
    return text + size_bytes + delimiter_bytes;
}

/* "GET /a HTTP/1.1": *text moves on behind its CRLF. */
static Verdict parse_first_line(char **text, const HttpLimits *limits, Head *head)
{
    char *method = *text;
    size_t size_bytes = span(method, TOKEN);
    char *target, *version;

    if (size_bytes == 0 || method[size_bytes] != ' ')
        return (Verdict){ 400, "the method is not a token" };
    target = cut(method, size_bytes, 1);
    head->method = method;
    size_bytes = span(target, TARGET);
    if (size_bytes > limits->target_bytes)
        return (Verdict){ 414, "the request's target is too long" };
    if (size_bytes == 0 || target[size_bytes] != ' ')
        return malformed;
    version = cut(target, size_bytes, 1);
    head->target = target;
    head->is_http_1_0 = text_starts_with(version, "HTTP/1.0\r\n");
    if (!head->is_http_1_0 && !text_starts_with(version, "HTTP/1.1\r\n"))
        return (Verdict){ 400, "only HTTP/1.0 and HTTP/1.1 are understood" };
    *text = version + sizeof("HTTP/1.1\r\n") - 1;
    return (Verdict){ 0 };
}

/* "Name: value": *text moves on behind its CRLF. */
static Verdict parse_line(char **text, HeaderLine *line)
{
    size_t size_bytes = span(*text, TOKEN);
    char *value;

    if (size_bytes == 0 || (*text)[size_bytes] != ':')
        return (Verdict){ 400, "a header's name is not a token with a colon behind it" };
    line->name = *text;
    value = cut(*text, size_bytes, 1);
    value += strspn(value, " \t");
    size_bytes = span(value, VALUE);
    if (value[size_bytes] != '\r' || value[size_bytes + 1] != '\n')
        return (Verdict){ 400, "a header's value holds a control character" };
    *text = value + size_bytes + 2;
    while (size_bytes > 0 && (value[size_bytes - 1] == ' ' || value[size_bytes - 1] == '\t'))
        size_bytes--;
    value[size_bytes] = '\0';
    line->value = value;
    return (Verdict){ 0 };
}

static size_t count_lines(const char *text, size_t size_bytes)
{
    const char *end = text + size_bytes;
    size_t count = 0;

    while ((text = memchr(text, '\n', (size_t)(end - text)))) {
        text++;
        count++;
    }
    return count - 2; /* without the first line and the empty one */
}

Verdict head_parse(char *text, size_t size_bytes, const HttpLimits *limits, Arena *arena,
                   Head *ret_head)
{
    size_t line_count = count_lines(text, size_bytes);
    const char *end = text + size_bytes - 2;
    Verdict verdict;

    *ret_head = (Head){ 0 };
    verdict = parse_first_line(&text, limits, ret_head);
    if (verdict.status)
        return verdict;
    if (line_count > limits->header_count)
        return (Verdict){ 431, "the request's header is too large" };
    ret_head->lines = arena_array(arena, HeaderLine, line_count);
    while (text < end && !verdict.status) {
        verdict = parse_line(&text, &ret_head->lines[ret_head->line_count]);
        ret_head->line_count += !verdict.status;
    }
    assert(verdict.status || text == end);
    return verdict;
}

bool head_line_is_sound(const char *line, size_t size_bytes)
{
    size_t name_bytes = span(line, TOKEN);

    if (name_bytes == 0 || line[name_bytes] != ':')
        return false;
    name_bytes += 1 + span(line + name_bytes + 1, VALUE);
    return name_bytes + 2 == size_bytes && line[name_bytes] == '\r';
}

const HeaderLine *head_find_next(const Head *head, const char *name, size_t *place)
{
    while (*place < head->line_count) {
        const HeaderLine *line = &head->lines[(*place)++];

        if (strcasecmp(line->name, name) == 0)
            return line;
    }
    return NULL;
}

const HeaderLine *head_find(const Head *head, const char *name)
{
    size_t place = 0;

    return head_find_next(head, name, &place);
}

/* ---- what it asks for ---------------------------------------------------------------------------
 */

/* The headers that decide how a request is read, and whose it is. */
typedef struct Deciding {
    const HeaderLine *host;
    const HeaderLine *length;
    const HeaderLine *encoding;
    const HeaderLine *authorization;
} Deciding;

/* Notes a line in its place; false when the place is taken. */
static bool note_once(const HeaderLine *line, const HeaderLine **place)
{
    if (*place)
        return false;
    *place = line;
    return true;
}

static bool note_line(const HeaderLine *line, Deciding *deciding)
{
    /* By the length of the name first: most lines are none of these. */
    switch (strlen(line->name)) {
    case sizeof("Host") - 1:
        return strcasecmp(line->name, "Host") != 0 || note_once(line, &deciding->host);
    case sizeof("Content-Length") - 1:
        return strcasecmp(line->name, "Content-Length") != 0 || note_once(line, &deciding->length);
    case sizeof("Transfer-Encoding") - 1:
        return strcasecmp(line->name, "Transfer-Encoding") != 0 ||
               note_once(line, &deciding->encoding);
    case sizeof("Authorization") - 1:
        return strcasecmp(line->name, "Authorization") != 0 ||
               note_once(line, &deciding->authorization);
    default: return true;
    }
}

static Verdict check_host(const Head *head, const HeaderLine *host)
{
    if (!host && !head->is_http_1_0)
        return (Verdict){ 400, "the Host header is missing" };
    if (host && host->value[span(host->value, HOST)] != '\0')
        return (Verdict){ 400, "the Host header is not a host" };
    return (Verdict){ 0 };
}

static Verdict check_framing(const Head *head, const Deciding *deciding, const HttpLimits *limits,
                             Framing *framing)
{
    const HeaderLine *encoding = deciding->encoding;
    const HeaderLine *length = deciding->length;
    int64_t number;

    if (encoding && length)
        return (Verdict){ 400, "Content-Length and Transfer-Encoding exclude each other" };
    if (encoding && head->is_http_1_0)
        return (Verdict){ 400, "HTTP/1.0 knows no Transfer-Encoding" };
    if (encoding && strcasecmp(encoding->value, "chunked") != 0)
        return (Verdict){ 501, "the only Transfer-Encoding understood is chunked" };
    framing->is_chunked = encoding != NULL;
    if (!length)
        return (Verdict){ 0 };
    if (!*length->value || length->value[strspn(length->value, "0123456789")] != '\0')
        return (Verdict){ 400, "Content-Length is not a number" };
    if (text_parse_number(length->value, &number) < 0 || (uint64_t)number > limits->body_bytes)
        return (Verdict){ 413, "the body is too large" };
    framing->length_bytes = (size_t)number;
    return (Verdict){ 0 };
}

Verdict head_check(const Head *head, const HttpLimits *limits, Framing *ret_framing)
{
    Deciding deciding = { 0 };
    Verdict verdict;

    *ret_framing = (Framing){ 0 };
    for (size_t i = 0; i < head->line_count; i++) {
        if (!note_line(&head->lines[i], &deciding))
            return (Verdict){ 400, "a header that may come once was repeated" };
    }
    verdict = check_host(head, deciding.host);
    return verdict.status ? verdict : check_framing(head, &deciding, limits, ret_framing);
}

/* Whether text begins with an element of a list that is the given one in any case. */
static bool begins_with_element(const char *text, const char *element)
{
    size_t size_bytes = strlen(element);

    if (strncasecmp(text, element, size_bytes) != 0)
        return false;
    text += size_bytes + strspn(text + size_bytes, " \t");
    return *text == '\0' || *text == ',';
}

/* Whether the lists in all lines of that name hold the element. */
static bool head_lists(const Head *head, const char *name, const char *element)
{
    const HeaderLine *line;
    size_t place = 0;

    while ((line = head_find_next(head, name, &place))) {
        for (const char *text = line->value; *text; text += strcspn(text, ",")) {
            text += strspn(text, ", \t");
            if (begins_with_element(text, element))
                return true;
        }
    }
    return false;
}

bool head_keeps_alive(const Head *head)
{
    if (head_lists(head, "Connection", "close"))
        return false;
    return !head->is_http_1_0 || head_lists(head, "Connection", "keep-alive");
}

bool head_expects_continue(const Head *head)
{
    return !head->is_http_1_0 && head_lists(head, "Expect", "100-continue");
}
