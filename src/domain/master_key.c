/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/master_key.h"

#include "base/text.h"

#include "store/directory_store.h"

enum { MARK_BYTES = 2 * CRYPTO_HASH_BYTES + 1 };

static const char *print_mark(const Rules *rules, Arena *arena)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    char mark[MARK_BYTES];

    crypto_hash(rules->master_key, "mark", "", 0, hash);
    hex_print(hash, sizeof(hash), mark);
    return arena_text(arena, mark);
}

static int compare(Store *store, const char *wanted, Arena *arena, Failure *failure)
{
    const char *mark = NULL;
    int r;

    r = master_key_mark_find(store, arena, &mark, failure);
    if (r > 0 && !text_equal(mark, wanted))
        return fail(failure, E_INVALID, "the master key is not the one of this database");
    return r;
}

int master_key_compare(Store *store, const Rules *rules, Failure *failure)
{
    Arena *arena = arena_new();
    int r = compare(store, print_mark(rules, arena), arena, failure);

    arena_free(arena);
    return r;
}

int master_key_check(Store *store, const Rules *rules, Failure *failure)
{
    Arena *arena = arena_new();
    const char *mark = print_mark(rules, arena);
    int r;

    r = store_begin(store, failure);
    if (r >= 0)
        r = compare(store, mark, arena, failure);
    if (r == 0)
        r = master_key_mark_insert(store, mark, failure);
    if (r >= 0)
        r = store_commit(store, failure);
    if (r < 0)
        store_rollback(store, &(Failure){ 0 });
    arena_free(arena);
    return r;
}
