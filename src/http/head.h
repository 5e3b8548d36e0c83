/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#include "http/http.h"

/* The head of a request: its first line and its header lines, as RFC 9112 writes them and in no
 * other form. What is not in the grammar is refused: no bare LF, folded line, NUL or control
 * character, no space before a colon, no second space between two parts, no unknown version. */

typedef struct HeaderLine {
    const char *name;
    const char *value; /* without the white space around it */
} HeaderLine;

typedef struct Head {
    const char *method;
    const char *target; /* as sent */
    bool is_http_1_0;
    HeaderLine *lines;
    size_t line_count;
} Head;

/* How the body is delimited. */
typedef struct Framing {
    bool is_chunked;
    size_t length_bytes; /* when it is not */
} Framing;

/* Why a request is refused; status 0 = it is not. why is static text. */
typedef struct Verdict {
    int status;
    const char *why;
} Verdict;

/* Looks for the end of a head that arrives in pieces. bytes[0..size) is all of it so far; *scanned
 * is 0 at first and moves on, so that no byte is looked at twice. *ret_size_bytes: that of the head
 * with its empty line, 0 while that has not come. Refuses a line that does not end with CRLF, and
 * a head that is larger than it may be. */
Verdict head_scan(const char *bytes, size_t size_bytes, const HttpLimits *limits, size_t *scanned,
                  size_t *ret_size_bytes);

/* Takes apart a whole head, which is cut up in place: text[0..size) as head_scan() measured it. The
 * result's texts are in it, its lines in the arena. What was understood before a refusal is in
 * *ret_head: a method, a target, or NULL. */
Verdict head_parse(char *text, size_t size_bytes, const HttpLimits *limits, Arena *arena,
                   Head *ret_head);

/* What a server must ask of a head that is well formed: Host, the headers that may come once, and a
 * body that ends in exactly one place. */
Verdict head_check(const Head *head, const HttpLimits *limits, Framing *ret_framing);

/* Whether the connection goes on after this request: in HTTP/1.1 unless the client says "close", in
 * HTTP/1.0 only when it says "keep-alive". */
bool head_keeps_alive(const Head *head);

/* The client waits to be asked for its body. */
bool head_expects_continue(const Head *head);

/* One line of a trailer section, with its CRLF; what it says is not kept. */
bool head_line_is_sound(const char *line, size_t size_bytes);

/* The first line of that name in any case, or NULL. */
const HeaderLine *head_find(const Head *head, const char *name);

/* The first one from *place on, which moves behind it; *place is 0 at first. */
const HeaderLine *head_find_next(const Head *head, const char *name, size_t *place);
