/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>

#include "base/arena.h"

/* A person: the aPaaS id (kunlun_id) and the three ids of the im world (contract §7). */

typedef enum UserStatus { USER_ACTIVE, USER_RESIGNED } UserStatus;

typedef struct User {
    const char *kunlun_id;
    const char *open_id;
    const char *union_id;
    const char *user_id;
    const char *name;
    const char *en_name; /* "" = none */
    const char *email;   /* as email_normalise() has it; "" = none */
    const char *mobile;  /* as mobile_normalise() has it; "" = none */
    UserStatus status;
} User;

const char *user_status_text(UserStatus status);
bool user_status_parse(const char *text, UserStatus *ret_status);

/* Which of a user's ids a caller speaks (user_id_type, member_id_type). */
typedef enum UserIdType { ID_OPEN, ID_UNION, ID_USER } UserIdType;

const char *user_id_type_text(UserIdType type); /* "open_id" … */
bool user_id_type_parse(const char *text,
                        UserIdType *ret_type); /* NULL is "open_id", the default */
const char *user_id_of(const User *user, UserIdType type);

/* An id that an import brings: 1 to EXTERNAL_ID_BYTES_MOST of [A-Za-z0-9_-]. */
bool external_id_is_valid(const char *id);

/* What else a user is looked for by. Several may have the same. */
typedef enum ContactType { CONTACT_EMAIL, CONTACT_MOBILE } ContactType;

/* The form in which they are kept and compared, in the arena; NULL when it is none. An address: in
 * small letters. A mobile number: without spaces and dashes; +86 is left out, as people there do.
 */
const char *email_normalise(Arena *arena, const char *email);
const char *mobile_normalise(Arena *arena, const char *mobile);
