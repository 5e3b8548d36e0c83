/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/work.h"
#include "model/user.h"

/* People are brought in by imports, and asked for by everything else. */

/* Adds a user, or brings it up to date. Ids that the draft leaves NULL stay what they were, or are
 * made. E_INVALID names the field; E_CONFLICT: another user has one of the ids. */
int user_import(const Work *work, const User *draft);

/* Active users with that text in their name, at most USERS_FOUND_MOST. */
int user_look_up(const Work *work, const char *text, User **ret_users, size_t *ret_count);

/* The user, who must exist and not have resigned: E_NOT_FOUND, which names field and kunlun_id. */
int user_get_active(const Work *work, const char *field, const char *kunlun_id, User *ret_user);
