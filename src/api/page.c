/* SPDX-License-Identifier: Apache-2.0 */
#include "api/page.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { MAC_BYTES = 12, KEY_BYTES_MOST = 128 };

static void sign(const Work *work, const char *query, const char *last_key,
                 uint8_t ret_mac[MAC_BYTES])
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    const char *whole = arena_print(work->arena, "%lld\n%s\n%s", (long long)work->tenant->tenant_id,
                                    query, last_key);

    crypto_hash(work->rules->master_key, "page", whole, strlen(whole), hash);
    memcpy(ret_mac, hash, MAC_BYTES);
}

const char *page_token_print(const Work *work, const char *query, const char *last_key)
{
    uint8_t bytes[MAC_BYTES + KEY_BYTES_MOST];
    size_t size = strlen(last_key);
    char text[BASE64_TEXT_BYTES(sizeof(bytes))];

    assert(size <= KEY_BYTES_MOST); /* external_id_is_valid(), or an id of our own */
    sign(work, query, last_key, bytes);
    for (size_t i = 0; i < size; i++)
        bytes[MAC_BYTES + i] = (uint8_t)last_key[i];
    base64_print(bytes, MAC_BYTES + size, text);
    return arena_text(work->arena, text);
}

int page_token_parse(const Work *work, const char *query, const char *token,
                     const char **ret_last_key)
{
    uint8_t bytes[MAC_BYTES + KEY_BYTES_MOST], mac[MAC_BYTES];
    const char *last_key;
    int size;

    *ret_last_key = NULL;
    if (text_is_empty(token))
        return 0;
    size = base64_parse(token, bytes, sizeof(bytes));
    if (size >= MAC_BYTES) {
        last_key = arena_copy(work->arena, (char *)bytes + MAC_BYTES, (size_t)size - MAC_BYTES);
        sign(work, query, last_key, mac);
        if (strlen(last_key) == (size_t)size - MAC_BYTES && crypto_equal(mac, bytes, MAC_BYTES)) {
            *ret_last_key = last_key;
            return 0;
        }
    }
    return fail_field(work->failure, E_INVALID, "page_token", token,
                      "this page_token does not belong to this list");
}

const char *page_place_print(Arena *arena, MemberPlace place)
{
    return arena_print(arena, "%lld.%lld", (long long)place.event_number,
                       (long long)place.position);
}

/* The key comes out of a page token, so we wrote it. */
MemberPlace page_place_parse(const char *key)
{
    long long event_number, position;

    if (!key || sscanf(key, "%lld.%lld", &event_number, &position) != 2)
        return BEFORE_ALL_MEMBERS;
    return (MemberPlace){ event_number, position };
}
