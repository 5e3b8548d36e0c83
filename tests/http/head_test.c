/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "http/head.h"

enum { TEXT_BYTES_MOST = 16 * 1024 };

static char bytes[TEXT_BYTES_MOST];
static HttpLimits limits;
static Arena *arena;
static Head head;
static Framing framing;

/* As a request's header goes through the room: its end is found, it is taken apart, and checked.
 * The status; -1 when its end is found where it is not. */
static int status_of_bytes(const char *text, size_t size_bytes)
{
    size_t scanned = 0, head_bytes = 0;
    Verdict verdict;

    if (!arena)
        arena = arena_new();
    arena_reset(arena);
    memcpy(bytes, text, size_bytes);
    bytes[size_bytes] = '\0';
    verdict = head_scan(bytes, size_bytes, &limits, &scanned, &head_bytes);
    if (verdict.status)
        return verdict.status;
    if (head_bytes != size_bytes)
        return -1;
    verdict = head_parse(bytes, size_bytes, &limits, arena, &head);
    return verdict.status ? verdict.status : head_check(&head, &limits, &framing).status;
}

static int status_of(const char *text)
{
    limits = http_default_limits;
    return status_of_bytes(text, strlen(text));
}

#define GET  "GET /a HTTP/1.1\r\n"
#define HOST "Host: h\r\n"

TEST(a_plain_head_passes)
{
    CHECK_INT(status_of(GET HOST "\r\n"), 0);
    CHECK(!framing.is_chunked);
    CHECK_INT(framing.length_bytes, 0);
    CHECK_INT(status_of(GET HOST "X:\r\nY:   \r\nZ: a\tb \r\n\r\n"), 0);
    CHECK_INT(status_of("GET /a HTTP/1.0\r\n\r\n"), 0);
    CHECK_INT(status_of("PROPFIND-x /a HTTP/1.1\r\n" HOST "\r\n"), 0);
}

TEST(the_framing_is_told)
{
    CHECK_INT(status_of(GET HOST "Content-Length: 7\r\n\r\n"), 0);
    CHECK_INT(framing.length_bytes, 7);
    CHECK_INT(status_of(GET HOST "transfer-encoding: Chunked\r\n\r\n"), 0);
    CHECK(framing.is_chunked);
    CHECK_INT(status_of(GET HOST "Content-Length: 65536\r\n\r\n"), 0);
    CHECK_INT(status_of(GET HOST "Content-Length: 65537\r\n\r\n"), 413);
    CHECK_INT(status_of(GET HOST "Content-Length: 99999999999999999999\r\n\r\n"), 413);
    CHECK_INT(status_of(GET HOST "Content-Length: +7\r\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST "Content-Length: 7 7\r\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST "Content-Length:\r\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST "Transfer-Encoding: xchunked\r\n\r\n"), 501);
    CHECK_INT(status_of(GET HOST "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501);
    CHECK_INT(status_of("GET / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(some_headers_come_once)
{
    CHECK_INT(status_of(GET HOST "host: h\r\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST "Content-Length: 1\r\ncontent-length: 1\r\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST "Authorization: a\r\nAUTHORIZATION: a\r\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST "X: 1\r\nX: 2\r\n\r\n"), 0);
}

TEST(the_host_is_asked_for)
{
    CHECK_INT(status_of(GET "\r\n"), 400);
    CHECK_INT(status_of(GET "Host: a b\r\n\r\n"), 400);
    CHECK_INT(status_of(GET "Host: a/b\r\n\r\n"), 400);
    CHECK_INT(status_of(GET "Host: [::1]:80\r\n\r\n"), 0);
    CHECK_INT(status_of(GET "Host:\r\n\r\n"), 0);
}

TEST(names_are_tokens_and_values_are_clean)
{
    CHECK_INT(status_of(GET HOST "X : 1\r\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST "X(: 1\r\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST "X\xc3: 1\r\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST ": 1\r\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST "X: a\x01\r\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST "X: a\rb\r\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST "X: \xc3\xa9\r\n\r\n"), 0);
    CHECK_INT(status_of("G(T /a HTTP/1.1\r\n" HOST "\r\n"), 400);
}

TEST(only_two_versions_are_understood)
{
    CHECK_INT(status_of("GET / HTTP/1.2\r\n" HOST "\r\n"), 400);
    CHECK_INT(status_of("GET / http/1.1\r\n" HOST "\r\n"), 400);
}

TEST(every_bare_line_feed_is_seen)
{
    CHECK_INT(status_of("GET /a HTTP/1.1\n" HOST "\r\n"), 400);
    CHECK_INT(status_of(GET "Host: h\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST "X: y\nZ: y\r\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST "\n"), 400);
}

TEST(white_space_around_a_value_is_no_part_of_it)
{
    CHECK_INT(status_of(GET HOST "Content-Length:  \t7 \t\r\nX: a b \r\n\r\n"), 0);
    CHECK_INT(framing.length_bytes, 7);
    CHECK_TEXT(head_find(&head, "X")->value, "a b");
    CHECK_INT(status_of(GET HOST "Transfer-Encoding: chunked \r\n\r\n"), 0);
    CHECK(framing.is_chunked);
}

TEST(every_byte_has_its_place)
{
    CHECK_INT(status_of("GET  /a HTTP/1.1\r\n" HOST "\r\n"), 400);
    CHECK_INT(status_of("GET /a  HTTP/1.1\r\n" HOST "\r\n"), 400);
    CHECK_INT(status_of("GET /a HTTP/1.1 \r\n" HOST "\r\n"), 400);
    CHECK_INT(status_of("GET /a HTTP/1.1\rX\r\n" HOST "\r\n"), 400);
    CHECK_INT(status_of(" GET /a HTTP/1.1\r\n" HOST "\r\n"), 400);
    CHECK_INT(status_of("GET /a\r\n" HOST "\r\n"), 400);
    CHECK_INT(status_of(GET " X: y\r\n" HOST "\r\n"), 400);
    CHECK_INT(status_of(GET HOST "X: y\r\n z\r\n\r\n"), 400);
    CHECK_INT(status_of(GET HOST "X\r\n\r\n"), 400);
    CHECK_INT(status_of_bytes(GET HOST "X: \0\r\n\r\n", strlen(GET HOST) + 8), 400);
    CHECK_INT(status_of_bytes(GET HOST "X\0: \r\n\r\n", strlen(GET HOST) + 8), 400);
    CHECK_INT(status_of_bytes("GET /\0 HTTP/1.1\r\n" HOST "\r\n", strlen(GET HOST) + 2), 400);
    CHECK_INT(status_of_bytes("G\0T /a HTTP/1.1\r\n" HOST "\r\n", strlen(GET HOST) + 2), 400);
}

/* Each byte in the place of a token's, a target's, a value's and a host's: RFC 9110 sections 5.5
 * and 5.6.2, RFC 3986. */
TEST(each_byte_is_where_it_may_be)
{
    const char token[] = "!#$%&'*+-.^_`|~0123456789"
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const char host[] = "-._~!$&'()*+;=:[]%0123456789"
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    limits = http_default_limits;
    for (int byte = 0; byte < 256; byte++) {
        bool is_value = byte == '\t' || byte == ' ' || (byte > ' ' && byte != 0x7f);
        char text[] = GET HOST "X: a?b\r\n\r\n";

        text[strlen(GET HOST "X: a")] = (char)byte;
        CHECK_INT(status_of_bytes(text, sizeof(text) - 1), is_value ? 0 : 400);
        memcpy(text + strlen(GET HOST), "a?b:  ", 6);
        text[strlen(GET HOST "a")] = (char)byte;
        CHECK_INT(status_of_bytes(text, sizeof(text) - 1),
                  (byte && strchr(token, byte)) || byte == ':' ? 0 : 400);
    }
    for (int byte = 0; byte < 256; byte++) {
        char text[] = GET "Host: a?b\r\n\r\n";
        char first[] = "GET /a?b HTTP/1.1\r\n" HOST "\r\n";

        text[strlen(GET "Host: a")] = (char)byte;
        CHECK_INT(status_of_bytes(text, sizeof(text) - 1), byte && strchr(host, byte) ? 0 : 400);
        first[strlen("GET /a")] = (char)byte;
        CHECK_INT(status_of_bytes(first, sizeof(first) - 1), byte > ' ' && byte < 0x7f ? 0 : 400);
    }
}

TEST(limits_hold_to_the_byte)
{
    static const char text[] = GET HOST "X: y\r\n\r\n";
    size_t size_bytes = sizeof(text) - 1;

    limits = http_default_limits;
    limits.header_bytes = size_bytes;
    limits.header_count = 2;
    limits.target_bytes = 2;
    CHECK_INT(status_of_bytes(text, size_bytes), 0);
    limits.header_bytes--;
    CHECK_INT(status_of_bytes(text, size_bytes), 431);
    limits.header_bytes++;
    limits.header_count--;
    CHECK_INT(status_of_bytes(text, size_bytes), 431);
    limits.header_count++;
    limits.target_bytes--;
    CHECK_INT(status_of_bytes(text, size_bytes), 414);
}

/* Whatever a head is cut into, its end is found at the same byte, and none is looked at twice. */
TEST(the_end_is_found_in_pieces)
{
    static const char text[] = GET HOST "X: y\r\n\r\nGET /b";
    size_t whole = strlen(text) - strlen("GET /b");

    limits = http_default_limits;
    for (size_t first = 0; first <= strlen(text); first++) {
        size_t scanned = 0, head_bytes = 0;

        CHECK_INT(head_scan(text, first, &limits, &scanned, &head_bytes).status, 0);
        CHECK_INT(head_bytes, first < whole ? 0 : whole);
        CHECK_INT(scanned, first < whole ? first : whole);
        if (head_bytes == 0)
            CHECK_INT(head_scan(text, strlen(text), &limits, &scanned, &head_bytes).status, 0);
        CHECK_INT(head_bytes, whole);
    }
}

TEST(a_head_without_end_is_refused_at_its_limit)
{
    size_t scanned = 0, head_bytes;

    limits = http_default_limits;
    memset(bytes, 'a', sizeof(bytes));
    CHECK_INT(head_scan(bytes, limits.header_bytes, &limits, &scanned, &head_bytes).status, 0);
    CHECK_INT(head_scan(bytes, limits.header_bytes + 1, &limits, &scanned, &head_bytes).status,
              414);
    memcpy(bytes, GET, strlen(GET));
    scanned = 0;
    CHECK_INT(head_scan(bytes, limits.header_bytes + 1, &limits, &scanned, &head_bytes).status,
              431);
}

TEST(only_whole_lines_are_found_in_what_is_refused)
{
    CHECK_INT(status_of(GET HOST " bad\r\n\r\n"), 400);
    CHECK_INT(head.line_count, 1);
    CHECK(!head_find(&head, "User-Agent"));
}

TEST(headers_are_found_in_any_case)
{
    size_t place = 0;

    CHECK_INT(status_of(GET HOST "X-Test: 1\r\nx-test: 2\r\n\r\n"), 0);
    CHECK_TEXT(head_find(&head, "x-TEST")->value, "1");
    CHECK(!head_find(&head, "x-tes"));
    CHECK_INT(status_of(GET HOST "X-Test: 1\r\nX: 2\r\nx-tESt: 3\r\n\r\n"), 0);
    CHECK_TEXT(head_find_next(&head, "X-Test", &place)->value, "1");
    CHECK_TEXT(head_find_next(&head, "X-Test", &place)->value, "3");
    CHECK(!head_find_next(&head, "X-Test", &place));
}

TEST(a_connection_goes_on_unless_told_otherwise)
{
    static const struct {
        const char *text;
        bool goes_on;
    } rows[] = {
        { GET HOST "\r\n", true },
        { GET HOST "Connection: keep-alive\r\n\r\n", true },
        { GET HOST "Connection: close\r\n\r\n", false },
        { GET HOST "connection: Upgrade , CLOSE\r\n\r\n", false },
        { GET HOST "Connection: a\r\nConnection: close\r\n\r\n", false },
        { GET HOST "Connection: closed, not-close\r\n\r\n", true },
        { GET HOST "Connection: close now\r\n\r\n", true },
        { "GET / HTTP/1.0\r\n\r\n", false },
        { "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
        { "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT(status_of(rows[i].text), 0);
        CHECK_INT(head_keeps_alive(&head), rows[i].goes_on);
    }
}

CHECK_MAIN
