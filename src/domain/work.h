/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/arena.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/id.h"

#include "model/app.h"
#include "model/user.h"
#include "store/store.h"

/* What every verb of the domain is given: on whose behalf, when, and where to keep what it does.
 *
 * A verb runs inside a transaction that its caller opened, and never ends it: 0 means "keep this",
 * a negative code "undo it". What it returns lives in the arena. */

struct Directory;

/* The installation's choices that rules ask for (docs/configuration.md). */
typedef struct Rules {
    uint8_t master_key[CRYPTO_KEY_BYTES];
    bool only_participants; /* chat_group_operator = participant */
    int64_t idempotency_keep_ms;
    bool is_demo; /* one may act as any user on the page */
} Rules;

typedef struct Work {
    Store *store;
    Arena *arena;
    Failure *failure;
    IdSource *ids;
    const struct Directory *directory;
    const Rules *rules;
    const Tenant *tenant; /* of the token, or chosen on the command line */
    const App *app;       /* of the token; NULL on the command line and on the page */
    const User *user;     /* who is signed in on the page; NULL elsewhere */
    int64_t now_ms;
    const char *log_id;
} Work;

/* The calling app's, or "" on the page, which acts without a bot. */
static inline const char *work_app_id(const Work *work)
{
    return work->app ? work->app->app_id : "";
}
