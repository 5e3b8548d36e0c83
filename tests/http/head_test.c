/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "http/head.h"

/* The heads here are cut up in place as libmicrohttpd does it: from the first colon of each line
 * up, a NUL for each of CR, LF and colon, white space before the value skipped. */

enum { LINES_MOST = 128 };

static char bytes[16 * 1024];
static HeaderLine lines[LINES_MOST];
static Framing framing;

static char *cut_line(char *line)
{
    char *end = strchr(line, '\n');

    *end = '\0';
    if (end > line && end[-1] == '\r')
        end[-1] = '\0';
    return end + 1;
}

static Head head_of(const char *text)
{
    Head head = { .lines = lines, .size_bytes = strlen(text), .method = bytes };
    char *line = bytes, *next, *space;

    memcpy(bytes, text, strlen(text) + 1);
    next = cut_line(line);
    space = strchr(line, ' ');
    *space = '\0';
    head.target = space + 1;
    space = strrchr(space + 1, ' ');
    *space = '\0';
    head.target_bytes = (size_t)(space - head.target);
    head.version = space + 1;
    for (line = next; *line != '\r' && *line != '\n'; line = next) {
        char *value = strchr(line, ':');

        next = cut_line(line);
        *value++ = '\0';
        value += strspn(value, " \t");
        lines[head.line_count++] = (HeaderLine){ line, strlen(line), value, strlen(value) };
    }
    cut_line(line);
    return head;
}

static int status_of(const char *text)
{
    Head head = head_of(text);

    return head_check(&head, &http_default_limits, &framing).status;
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
    CHECK_INT(status_of(GET HOST "Content-Length: 7 \r\n\r\n"), 400);
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

TEST(every_byte_is_accounted_for)
{
    Head head = head_of(GET HOST "X: y\r\nZ: y\r\n\r\n");

    CHECK_INT(head_check(&head, &http_default_limits, &framing).status, 0);
    head.lines[1].value_bytes--; /* what is left of a value after a NUL */
    CHECK_INT(head_check(&head, &http_default_limits, &framing).status, 400);
    head = head_of(GET HOST "X: y\r\nZ: y\r\n\r\n");
    head.line_count--; /* a section that ended early */
    CHECK_INT(head_check(&head, &http_default_limits, &framing).status, 400);
    head = head_of(GET HOST "X: y\r\nZ: y\r\n\r\n");
    head.target_bytes--; /* a NUL in the target */
    CHECK_INT(head_check(&head, &http_default_limits, &framing).status, 400);
    head = head_of("GET  /a HTTP/1.1\r\n" HOST "\r\n");
    head.target++; /* the library skips spaces */
    head.target_bytes--;
    CHECK_INT(head_check(&head, &http_default_limits, &framing).status, 400);
}

TEST(limits_hold_to_the_byte)
{
    HttpLimits limits = http_default_limits;
    Head head = head_of(GET HOST "X: y\r\n\r\n");

    limits.header_bytes = head.size_bytes;
    limits.header_count = 2;
    limits.target_bytes = 2;
    CHECK_INT(head_check(&head, &limits, &framing).status, 0);
    limits.header_bytes--;
    CHECK_INT(head_check(&head, &limits, &framing).status, 431);
    limits.header_bytes++;
    limits.header_count--;
    CHECK_INT(head_check(&head, &limits, &framing).status, 431);
    limits.header_count++;
    limits.target_bytes--;
    CHECK_INT(head_check(&head, &limits, &framing).status, 414);
}

TEST(headers_are_found_in_any_case)
{
    Head head = head_of(GET HOST "X-Test: 1\r\nx-test: 2\r\n\r\n");
    size_t place = 0;

    CHECK_TEXT(head_find(&head, "x-TEST")->value, "1");
    CHECK(!head_find(&head, "x-tes"));
    head = head_of(GET HOST "X-Test: 1\r\nX: 2\r\nx-tESt: 3\r\n\r\n");
    CHECK_TEXT(head_find_next(&head, "X-Test", &place)->value, "1");
    CHECK_TEXT(head_find_next(&head, "X-Test", &place)->value, "3");
    CHECK(!head_find_next(&head, "X-Test", &place));
}

CHECK_MAIN
