/* SPDX-License-Identifier: Apache-2.0 */
#include "store/user_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

/* Where a User keeps its texts. */
static const size_t text_offsets[] = {
    offsetof(User, kunlun_id), offsetof(User, open_id), offsetof(User, union_id),
    offsetof(User, user_id),   offsetof(User, name),    offsetof(User, en_name),
    offsetof(User, email),     offsetof(User, mobile),
};

typedef struct Slot {
    int64_t tenant_id; /* 0 = free */
    int64_t version;   /* what it was found in; another than the cache's = free */
    UserStatus status;
    char texts[USER_CACHE_TEXT_BYTES]; /* one behind the other, each with its NUL */
} Slot;

struct UserCache {
    int64_t version;
    Slot slots[USER_CACHE_SLOTS];
};

UserCache *user_cache_new(void)
{
    UserCache *cache = calloc(1, sizeof(*cache));

    if (!cache)
        abort();
    return cache;
}

UserCache *user_cache_free(UserCache *cache)
{
    free(cache);
    return NULL;
}

void user_cache_check(UserCache *cache, int64_t version)
{
    cache->version = version;
}

/* FNV-1a. */
static size_t slot_of(int64_t tenant_id, const char *kunlun_id)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)tenant_id;

    for (; *kunlun_id; kunlun_id++)
        hash = (hash ^ (unsigned char)*kunlun_id) * UINT64_C(0x100000001b3);
    return (hash ^ hash >> 32) % USER_CACHE_SLOTS;
}

bool user_cache_find(const UserCache *cache, int64_t tenant_id, const char *kunlun_id, Arena *arena,
                     User *ret_user)
{
    const Slot *slot = &cache->slots[slot_of(tenant_id, kunlun_id)];
    const char *text;

    if (slot->tenant_id != tenant_id || slot->version != cache->version ||
        !text_equal(slot->texts, kunlun_id))
        return false;
    text = arena_copy(arena, slot->texts, sizeof(slot->texts) - 1);
    for (size_t i = 0; i < COUNT_OF(text_offsets); i++) {
        memcpy((char *)ret_user + text_offsets[i], &text, sizeof(text));
        text += strlen(text) + 1;
    }
    ret_user->status = slot->status;
    return true;
}

void user_cache_put(UserCache *cache, int64_t tenant_id, const User *user)
{
    Slot *slot = &cache->slots[slot_of(tenant_id, user->kunlun_id)];
    size_t used = 0;

    slot->tenant_id = 0;
    for (size_t i = 0; i < COUNT_OF(text_offsets); i++) {
        const char *text;
        size_t size_bytes;

        memcpy(&text, (const char *)user + text_offsets[i], sizeof(text));
        size_bytes = strlen(text) + 1;
        if (size_bytes > sizeof(slot->texts) - used)
            return;
        memcpy(slot->texts + used, text, size_bytes);
        used += size_bytes;
    }
    slot->status = user->status;
    slot->version = cache->version;
    slot->tenant_id = tenant_id;
}
