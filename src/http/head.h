/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "http/http.h"

/* The head of a request as libmicrohttpd cut it up in its read buffer, and our stricter reading of
 * it. The library forgives bare LF, folded lines, NUL, space before the colon and more; the places
 * of its pieces give all of that away, because every byte between them must be accounted for. */

typedef struct HeaderLine {
    const char *name;
    size_t name_bytes;
    const char *value;
    size_t value_bytes;
} HeaderLine;

typedef struct Head {
    const char *method;
    const char *target; /* as sent, target_bytes of it; only its place is looked at */
    size_t target_bytes;
    const char *version;
    HeaderLine *lines;
    size_t line_count;
    size_t size_bytes; /* from the method's first byte to the end of the empty line */
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

Verdict head_check(const Head *head, const HttpLimits *limits, Framing *ret_framing);

/* The first line of that name in any case, or NULL. */
const HeaderLine *head_find(const Head *head, const char *name);

/* The first one from *place on, which moves behind it; *place is 0 at first. */
const HeaderLine *head_find_next(const Head *head, const char *name, size_t *place);
