/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buffer.h"

#include "http/head.h"

/* The body of a request, taken from the bytes that follow its head as they arrive: so many as the
 * head says, or chunks (RFC 9112 section 7.1). Chunk extensions and trailers are read and dropped.
 * Strict like the head: one form of everything, a size in each line. */

/* Where in a chunked body the next byte stands. */
typedef enum ChunkPlace {
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_TRAILER,
    CHUNK_END,
} ChunkPlace;

enum { CHUNK_LINE_BYTES_MOST = 256 }; /* a size with its extensions: 400 */

typedef struct Body {
    bool is_chunked;
    size_t left_bytes; /* of the whole, or of the chunk */
    ChunkPlace place;
    size_t line_bytes;    /* of the chunk's first line so far */
    bool has_size;        /* a digit of it */
    size_t idle_bytes;    /* extensions and leading zeros so far: of no use, but to be read */
    size_t trailer_bytes; /* of all trailer lines so far */
    Buffer trailer_line;  /* the one that has begun */
    Buffer bytes;         /* what the request says */
} Body;

/* Its bytes are to be kept in the arena, no more than limits->body_bytes of them. */
void body_begin(Body *body, const Framing *framing, Arena *arena);

/* Takes what belongs to the body, at most size_bytes: *ret_taken_bytes. Refused: 400 what is not
 * chunks, or has more in their lines that means nothing than a header may be large, 413 more than
 * the limit, 431 a trailer section that is larger than a header may be. */
Verdict body_take(Body *body, const char *bytes, size_t size_bytes, const HttpLimits *limits,
                  size_t *ret_taken_bytes);

bool body_is_whole(const Body *body);
