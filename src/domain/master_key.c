/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/master_key.h"

#include "base/text.h"

#include "store/directory_store.h"

enum { MARK_BYTES = 2 * CRYPTO_HASH_BYTES + 1 };

static int check_or_mark(Store *store, const char *wanted, Arena *arena, Failure *failure)
{
    const char *mark = NULL;
    int r;

    r = master_key_mark_find(store, arena, &mark, failure);
    if (r < 0)
        return r;
    if (r == 0)
        return master_key_mark_insert(store, wanted, failure);
    if (!text_equal(mark, wanted))
        return fail(failure, E_INVALID, "the master key is not the one of this database");
    return 0;
}

int master_key_check(Store *store, const Rules *rules, Failure *failure)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    char wanted[MARK_BYTES];
    Arena *arena = arena_new();
    int r;

    crypto_hash(rules->master_key, "mark", "", 0, hash);
    hex_print(hash, sizeof(hash), wanted);
    r = store_begin(store, failure);
    if (r >= 0)
        r = check_or_mark(store, wanted, arena, failure);
    if (r >= 0)
        r = store_commit(store, failure);
    if (r < 0)
        store_rollback(store, &(Failure){ 0 });
    arena_free(arena);
    return r;
}
