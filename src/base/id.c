/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"

#include "base/crypto.h"

enum { ID_SEQUENCE_MAX = 0xFFFF, ID_RANDOM_BYTES = 8, ID_BINARY_BYTES = 16 };

void id_make(IdSource *source, int64_t now_ms, char ret_text[ID_BYTES])
{
    uint8_t bytes[ID_BINARY_BYTES];
    uint64_t head;

    /* The same millisecond again, or the clock went back: count on from where the source is. */
    if (now_ms > source->last_ms) {
        source->last_ms = now_ms;
        source->sequence = 0;
    } else if (source->sequence < ID_SEQUENCE_MAX) {
        source->sequence++;
    } else {
        source->last_ms++;
        source->sequence = 0;
    }
    head = (uint64_t)source->last_ms << 16 | source->sequence;
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(head >> (56 - 8 * i));
    random_bytes(bytes + ID_BINARY_BYTES - ID_RANDOM_BYTES, ID_RANDOM_BYTES);
    hex_print(bytes, sizeof(bytes), ret_text);
}
