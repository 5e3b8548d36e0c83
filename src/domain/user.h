/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/work.h"
#include "model/user.h"

/* People are brought in by imports, and asked for by everything else. */

/* Adds a user, or brings it up to date. What the draft leaves NULL stays what it was, or is made,
 * an id, or is none; "" takes an address or a number away. E_INVALID names the field; E_CONFLICT:
 * another user has one of the ids. */
int user_import(const Work *work, const User *draft);

/* Also one who has resigned. E_NOT_FOUND, field "user_id". */
int user_get(const Work *work, UserIdType type, const char *id, User *ret_user);

/* 1 and *ret_user, or 0: whoever has that address or number, an active one first. */
int user_find_by_contact(const Work *work, ContactType type, const char *contact, User *ret_user);

/* Active users with that text in their name, at most USERS_FOUND_MOST. */
int user_look_up(const Work *work, const char *text, User **ret_users, size_t *ret_count);

/* The user, who must exist and not have resigned: E_NOT_FOUND, which names field and kunlun_id. */
int user_get_active(const Work *work, const char *field, const char *kunlun_id, User *ret_user);
