/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { SESSION_ID_DIGITS = 16 };

/* A person who is signed in on the page, in one browser. What the browser holds, a random token, is
 * not in here: only its hash is kept. */
typedef struct PageSession {
    const char *session_id; /* names it in lists; opens nothing */
    int64_t tenant_id;
    const char *kunlun_id;
    int64_t created_ms;
    int64_t seen_ms;
    const char *user_agent; /* "" = none was told */
    bool is_acted;          /* somebody acts as a demo user */
} PageSession;

/* A person's password, as it is kept. */
typedef struct Password {
    const char *password_hash; /* "" = none was set */
    int64_t failed_count;      /* wrong ones in a row */
    int64_t failed_ms;         /* the last of them */
} Password;
