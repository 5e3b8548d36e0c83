/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"

#include "store/store.h"

/* An empty database in a directory of its own, for one test:
 *
 *     TEMP_STORE(kept);
 *     r = user_put(kept.store, 1, &user, &kept.failure);
 *
 * Its kind is the environment's DB_URL_SCHEME ("sqlite"), or "fault" where calls are to fail. */

typedef struct TempStore {
    char folder[128];
    char url[192];
    Store *store;
    Arena *arena;
    Failure failure;
} TempStore;

TempStore temp_store_open(const char *scheme); /* NULL: as above. With a transaction open */
void temp_store_close(TempStore *kept);

#define TEMP_STORE(name) _cleanup_(temp_store_close) TempStore name = temp_store_open(NULL)

/* Every row of every table, one to a line, in the order of the keys; in the arena. */
const char *temp_store_rows(Store *store, Arena *arena);

/* Which tables differ and by how many rows, like "chat +1 member +3": in the order of the list in
 * temp_store.c. rows are two results of temp_store_rows(). "" when they are the same; a changed row
 * is one taken away and one added: "user +1 -1". */
const char *temp_store_changes(const char *before, const char *after, Arena *arena);
