/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "model/user.h"
#include "store/store.h"

/* The users that one store has found lately: the same people open and join chats again and again.
 * What it holds is as good as the database: user_cache_check() empties it in the transaction that
 * could see another connection's change, and a store that changes users itself has none. */

enum { USER_CACHE_SLOTS = 4096, USER_CACHE_TEXT_BYTES = 256 };

typedef struct UserCache UserCache;

UserCache *user_cache_new(void);
UserCache *user_cache_free(UserCache *cache); /* takes NULL, returns NULL */

/* At the beginning of each transaction. version: of the data, as db_data_version() gives it. */
void user_cache_check(UserCache *cache, int64_t version);

/* Whether it is there; ret_user's texts are copied into the arena. */
bool user_cache_find(const UserCache *cache, int64_t tenant_id, const char *kunlun_id, Arena *arena,
                     User *ret_user);

/* Takes the slot of whoever was there before, if both slots of its place are taken. One with longer
 * texts than fit is not kept. */
void user_cache_put(UserCache *cache, int64_t tenant_id, const User *user);
