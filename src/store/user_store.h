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

/* By an address or a number in its kept form, which several may have: one who is active before one
 * who has resigned, then by kunlun_id. */
int user_find_contact(Store *store, int64_t tenant_id, ContactType type, const char *contact,
                      Arena *arena, User *ret_user, Failure *failure);

/* Active users with that text somewhere in their name or English name, at most limit, by kunlun_id.
 * Reads all users of the tenant when few have it. */
int user_search(Store *store, int64_t tenant_id, const char *text, size_t limit, Arena *arena,
                User **ret_users, size_t *ret_count, Failure *failure);

/* Inserts, or replaces all but the kunlun_id; email and mobile may be NULL for none. E_CONFLICT:
 * another user has one of its ids. */
int user_put(Store *store, int64_t tenant_id, const User *user, Failure *failure);
