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
    uint16_t text_ends[COUNT_OF(text_offsets)]; /* of each text, with its NUL */
    char texts[USER_CACHE_TEXT_BYTES];          /* one behind the other */
} Slot;

/* Two users who share a place don't put each other out. */
typedef struct Place {
    Slot slots[2]; /* the newest first */
} Place;

struct UserCache {
    int64_t version;
    Place places[USER_CACHE_SLOTS / 2];
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

/* By FNV-1a. */
static size_t place_of(int64_t tenant_id, const char *kunlun_id)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)tenant_id;

    for (; *kunlun_id; kunlun_id++)
        hash = (hash ^ (unsigned char)*kunlun_id) * UINT64_C(0x100000001b3);
    return (hash ^ hash >> 32) % (USER_CACHE_SLOTS / 2);
}

static bool slot_is_of(const Slot *slot, int64_t tenant_id, const char *kunlun_id)
{
    return slot->tenant_id == tenant_id && text_equal(slot->texts, kunlun_id);
}

/* Only as many bytes as there are: what is read of a slot is seldom in the processor's cache. */
static void slot_take(const Slot *slot, Arena *arena, User *ret_user)
{
    const char *texts = arena_copy(arena, slot->texts, slot->text_ends[COUNT_OF(text_offsets) - 1]);
    const char *text = texts;

    for (size_t i = 0; i < COUNT_OF(text_offsets); i++) {
        memcpy((char *)ret_user + text_offsets[i], &text, sizeof(text));
        text = texts + slot->text_ends[i];
    }
    ret_user->status = slot->status;
}

bool user_cache_find(const UserCache *cache, int64_t tenant_id, const char *kunlun_id, Arena *arena,
                     User *ret_user)
{
    const Place *place = &cache->places[place_of(tenant_id, kunlun_id)];

    for (size_t i = 0; i < COUNT_OF(place->slots); i++) {
        const Slot *slot = &place->slots[i];

        if (slot->version == cache->version && slot_is_of(slot, tenant_id, kunlun_id)) {
            slot_take(slot, arena, ret_user);
            return true;
        }
    }
    return false;
}

void user_cache_put(UserCache *cache, int64_t tenant_id, const User *user)
{
    Place *place = &cache->places[place_of(tenant_id, user->kunlun_id)];
    Slot *slot = &place->slots[0];
    size_t used = 0;

    if (slot->tenant_id != 0 && !slot_is_of(slot, tenant_id, user->kunlun_id))
        place->slots[1] = *slot;
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
        slot->text_ends[i] = (uint16_t)used;
    }
    slot->status = user->status;
    slot->version = cache->version;
    slot->tenant_id = tenant_id;
}
