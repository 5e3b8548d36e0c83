/* SPDX-License-Identifier: Apache-2.0 */
#include "http/body.h"

#include <string.h>

#include "base/text.h"

enum { FIRST_BYTES_MOST = 4096 }; /* kept ready for a body that is only announced */

void body_begin(Body *body, const Framing *framing, Arena *arena)
{
    size_t length_bytes = framing->length_bytes;

    *body = (Body){ .is_chunked = framing->is_chunked, .left_bytes = length_bytes };
    buffer_init(&body->bytes, arena,
                length_bytes < FIRST_BYTES_MOST ? length_bytes + 1 : FIRST_BYTES_MOST);
    if (framing->is_chunked)
        buffer_init(&body->trailer_line, arena, 0);
}

bool body_is_whole(const Body *body)
{
    return body->is_chunked ? body->place == CHUNK_END : body->left_bytes == 0;
}

/* As much as is left and has come. */
static size_t take_data(Body *body, const char *bytes, size_t size_bytes)
{
    size_t taken_bytes = size_bytes < body->left_bytes ? size_bytes : body->left_bytes;

    buffer_add_bytes(&body->bytes, bytes, taken_bytes);
    body->left_bytes -= taken_bytes;
    return taken_bytes;
}

/* ---- chunks -------------------------------------------------------------------------------------
 */

static const Verdict taken = { 0 };
static const Verdict not_chunks = { 400, "the body is not in chunks as RFC 9112 writes them" };

/* The limit is looked at with every digit, so the number can't overflow. */
static Verdict take_digit(Body *body, int digit, const HttpLimits *limits)
{
    if (body->has_size && body->left_bytes == 0 && ++body->idle_bytes > limits->header_bytes)
        return not_chunks;
    body->left_bytes = body->left_bytes << 4 | (size_t)digit;
    body->has_size = true;
    if (body->left_bytes > limits->body_bytes - body->bytes.size_bytes)
        return (Verdict){ 413, "the body is too large" };
    return taken;
}

static Verdict take_size(Body *body, char byte, const HttpLimits *limits)
{
    int digit = text_hex_digit(byte);

    if (digit >= 0)
        return take_digit(body, digit, limits);
    if (!body->has_size || (byte != ';' && byte != '\r'))
        return not_chunks;
    body->place = byte == ';' ? CHUNK_EXTENSION : CHUNK_SIZE_LF;
    return taken;
}

/* Nobody reads an extension; it may hold what a header's value may. */
static Verdict take_extension(Body *body, char byte, const HttpLimits *limits)
{
    if (++body->idle_bytes > limits->header_bytes)
        return not_chunks;
    if (byte == '\r')
        body->place = CHUNK_SIZE_LF;
    else if (((unsigned char)byte < ' ' && byte != '\t') || byte == 0x7f)
        return not_chunks;
    return taken;
}

static void chunk_next(Body *body, ChunkPlace place)
{
    body->place = place;
    body->line_bytes = 0;
    body->has_size = false;
}

/* A line without any byte ends the section, and with it the body. */
static Verdict take_trailer(Body *body, char byte, const HttpLimits *limits)
{
    Buffer *line = &body->trailer_line;

    if (++body->trailer_bytes > limits->header_bytes)
        return (Verdict){ 431, "the request's trailer section is too large" };
    buffer_add_char(line, byte);
    if (byte != '\n')
        return taken;
    if (strcmp(line->text, "\r\n") == 0)
        body->place = CHUNK_END;
    else if (!head_line_is_sound(line->text, line->size_bytes))
        return not_chunks;
    line->size_bytes = 0;
    return taken;
}

/* Any byte but those of the data. */
static Verdict take_byte(Body *body, char byte, const HttpLimits *limits)
{
    switch (body->place) {
    case CHUNK_SIZE:
    case CHUNK_EXTENSION:
        if (++body->line_bytes > CHUNK_LINE_BYTES_MOST)
            return not_chunks;
        return body->place == CHUNK_SIZE ? take_size(body, byte, limits)
                                         : take_extension(body, byte, limits);
    case CHUNK_SIZE_LF:
        if (byte != '\n')
            return not_chunks;
        chunk_next(body, body->left_bytes > 0 ? CHUNK_DATA : CHUNK_TRAILER);
        return taken;
    case CHUNK_DATA_CR: chunk_next(body, CHUNK_DATA_LF); return byte == '\r' ? taken : not_chunks;
    case CHUNK_DATA_LF: chunk_next(body, CHUNK_SIZE); return byte == '\n' ? taken : not_chunks;
    case CHUNK_TRAILER: return take_trailer(body, byte, limits);
    case CHUNK_DATA:
    case CHUNK_END: break;
    }
    return not_chunks;
}

static Verdict take_chunks(Body *body, const char *bytes, size_t size_bytes,
                           const HttpLimits *limits, size_t *ret_taken_bytes)
{
    Verdict verdict = taken;
    size_t place = 0;

    while (place < size_bytes && body->place != CHUNK_END && !verdict.status) {
        if (body->place == CHUNK_DATA) {
            place += take_data(body, bytes + place, size_bytes - place);
            if (body->left_bytes == 0)
                body->place = CHUNK_DATA_CR;
        } else {
            verdict = take_byte(body, bytes[place++], limits);
        }
    }
    *ret_taken_bytes = place;
    return verdict;
}

Verdict body_take(Body *body, const char *bytes, size_t size_bytes, const HttpLimits *limits,
                  size_t *ret_taken_bytes)
{
    if (body->is_chunked)
        return take_chunks(body, bytes, size_bytes, limits, ret_taken_bytes);
    *ret_taken_bytes = take_data(body, bytes, size_bytes);
    return taken;
}
