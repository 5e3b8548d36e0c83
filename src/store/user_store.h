/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "model/user.h"
#include "store/store.h"

/* People. */

/* 1 and *ret_user, or 0. */
int user_find(Store *store, int64_t tenant_id, const char *kunlun_id, Arena *arena, User *ret_user,
              Failure *failure);

/* The same by another of its ids. */
int user_find_by(Store *store, int64_t tenant_id, UserIdType type, const char *id, Arena *arena,
                 User *ret_user, Failure *failure);

/* Inserts, or replaces all but the kunlun_id. E_CONFLICT: another user has one of its ids. */
int user_put(Store *store, int64_t tenant_id, const User *user, Failure *failure);
