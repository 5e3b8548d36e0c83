/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "json/json.h"
#include "model/user.h"

/* A person as the page knows one. */
typedef struct Person {
    const char *user_id; /* a kunlun id */
    const char *name;
    const char *en_name;
} Person;

extern const Field person_fields[];

Person person_of(const User *user);
ObjectArray person_array(Arena *arena, const User *users, size_t count);
