/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "check.h"
#include "http/body.h"

static Arena *arena;
static HttpLimits limits;
static Body body;
static size_t rest_bytes; /* of the text, behind the body */

/* Feeds text in pieces of at most piece_bytes, as they might arrive; the status. */
static int status_of_pieces(const Framing *framing, const char *text, size_t piece_bytes)
{
    size_t size_bytes = strlen(text), place = 0;

    if (!arena)
        arena = arena_new();
    arena_reset(arena);
    body_begin(&body, framing, arena);
    while (place < size_bytes && !body_is_whole(&body)) {
        size_t left_bytes = size_bytes - place;
        size_t taken_bytes = 0;
        Verdict verdict =
            body_take(&body, text + place, left_bytes < piece_bytes ? left_bytes : piece_bytes,
                      &limits, &taken_bytes);

        if (verdict.status)
            return verdict.status;
        place += taken_bytes;
    }
    rest_bytes = size_bytes - place;
    return 0;
}

/* The same in pieces of every size; -1 when that makes a difference. */
static int status_of(const char *text)
{
    static const Framing chunked = { .is_chunked = true };
    int status = status_of_pieces(&chunked, text, 1);

    for (size_t piece_bytes = 2; piece_bytes <= strlen(text); piece_bytes++) {
        if (status_of_pieces(&chunked, text, piece_bytes) != status)
            return -1;
    }
    return status;
}

static void check_body(const char *text, const char *wanted, size_t wanted_rest_bytes)
{
    limits = http_default_limits;
    CHECK_INT(status_of(text), 0);
    CHECK(body_is_whole(&body));
    CHECK_TEXT(body.bytes.text, wanted);
    CHECK_INT(rest_bytes, wanted_rest_bytes);
}

TEST(so_many_bytes_as_were_announced)
{
    static const Framing five = { .length_bytes = 5 }, none = { 0 };

    limits = http_default_limits;
    for (size_t piece_bytes = 1; piece_bytes < 10; piece_bytes++) {
        CHECK_INT(status_of_pieces(&five, "hello GET", piece_bytes), 0);
        CHECK_TEXT(body.bytes.text, "hello");
        CHECK_INT(rest_bytes, 4);
    }
    CHECK_INT(status_of_pieces(&five, "hell", 10), 0);
    CHECK(!body_is_whole(&body));
    CHECK_INT(status_of_pieces(&none, "GET", 10), 0);
    CHECK(body_is_whole(&body));
    CHECK_INT(rest_bytes, 3);
}

TEST(chunks_are_put_together)
{
    check_body("0\r\n\r\n", "", 0);
    check_body("2\r\nhi\r\n0\r\n\r\n", "hi", 0);
    check_body("2\r\nhi\r\nA\r\n0123456789\r\n000\r\n\r\nGET /", "hi0123456789", 5);
    check_body("0002\r\n\r\n\r\n0\r\n\r\n", "\r\n", 0);
    check_body("2;a=b;c\r\nhi\r\n0;d\r\n\r\n", "hi", 0);
    check_body("2; a=\"\xc3\xa9\t\"\r\nhi\r\n0\r\n\r\n", "hi", 0);
    check_body("2\r\nhi\r\n0\r\nX: y\r\nZ:\r\n\r\nG", "hi", 1);
}

TEST(other_forms_of_chunks_are_refused)
{
    static const char *const rows[] = {
        "2\nhi\r\n0\r\n\r\n",        "2\r\nhi\n0\r\n\r\n",        "2\r\nhiXX0\r\n\r\n",
        "2\r\nhijk\r\n0\r\n\r\n",    "2\r\nh\r\n0\r\n\r\n",       "\r\nhi\r\n0\r\n\r\n",
        "g\r\nhi\r\n0\r\n\r\n",      "0x2\r\nhi\r\n0\r\n\r\n",    "+2\r\nhi\r\n0\r\n\r\n",
        "-2\r\nhi\r\n0\r\n\r\n",     " 2\r\nhi\r\n0\r\n\r\n",     "2 \r\nhi\r\n0\r\n\r\n",
        "2\rhi\r\n0\r\n\r\n",        "2\r\r\nhi\r\n0\r\n\r\n",    ";a\r\n\r\n",
        "2;a\nb\r\nhi\r\n0\r\n\r\n", "2;\x01\r\nhi\r\n0\r\n\r\n", "0\r\nX\r\n\r\n",
        "0\r\nX: y\n\r\n",           "0\r\n X: y\r\n\r\n",        "0\r\nX : y\r\n\r\n",
        "0\r\n: y\r\n\r\n",          "0\r\nX: \x01\r\n\r\n",      "0\r\nX: y\r\r\n\r\n",
        "0\r\nX: y\r\n z\r\n\r\n",   "0\r\nX: \x01\n\r\n",
    };

    limits = http_default_limits;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        CHECK_INT(status_of(rows[i]), 400);
}

TEST(a_chunk_line_has_a_limit)
{
    char text[1024];
    size_t most = CHUNK_LINE_BYTES_MOST; /* with the CR, without the LF */

    limits = http_default_limits;
    memset(text, 'x', sizeof(text));
    memcpy(text, "0;", 2);
    memcpy(text + most - 1, "\r\n\r\n", 5);
    CHECK_INT(status_of(text), 0);
    memset(text, 'x', sizeof(text));
    memcpy(text, "0;", 2);
    memcpy(text + most, "\r\n\r\n", 5);
    CHECK_INT(status_of(text), 400);
    memset(text, '0', sizeof(text));
    text[most + 1] = '\0';
    CHECK_INT(status_of(text), 400);
}

TEST(what_means_nothing_has_a_limit)
{
    limits = http_default_limits;
    limits.header_bytes = 10; /* the CR behind an extension counts */
    CHECK_INT(status_of("1;234\r\na\r\n1;78\r\nb\r\n01\r\nc\r\n000\r\n\r\n"), 0);
    CHECK_INT(status_of("1;234\r\na\r\n1;789\r\nb\r\n01\r\nc\r\n000\r\n\r\n"), 400);
    CHECK_INT(status_of("1;234\r\na\r\n1;78\r\nb\r\n01\r\nc\r\n0000\r\n\r\n"), 400);
}

TEST(the_whole_has_a_limit)
{
    limits = http_default_limits;
    limits.body_bytes = 4;
    CHECK_INT(status_of("4\r\nabcd\r\n0\r\n\r\n"), 0);
    CHECK_INT(status_of("2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"), 0);
    CHECK_INT(status_of("2\r\nab\r\n3\r\n"), 413);
    CHECK_INT(status_of("5\r\n"), 413);
    CHECK_INT(status_of("ffffffffffffffff\r\n"), 413);
    CHECK_INT(status_of("10000000000000000\r\n"), 413);
}

TEST(trailers_have_a_limit)
{
    limits = http_default_limits;
    limits.header_bytes = 10;
    CHECK_INT(status_of("0\r\nX: 3456\r\n\r\n"), 431);
    CHECK_INT(status_of("0\r\nX: 345\r\n\r\n"), 0);
}

CHECK_MAIN
