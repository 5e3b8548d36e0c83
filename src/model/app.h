/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* A tenant, and an app that acts in it. */

typedef struct Tenant {
    int64_t tenant_id; /* ours; never on the wire */
    const char *tenant_key;
    const char *name;
    int64_t created_ms;
} Tenant;

typedef enum AppType { APP_CUSTOM, APP_ISV } AppType;

typedef struct App {
    int64_t tenant_id; /* the owner's */
    const char *app_id;
    AppType app_type;
    const char *name;
    const char *secret_hash;
    const char *scopes; /* words */
    int64_t created_ms;
} App;

const char *app_type_text(AppType type);                  /* "custom", "isv" */
bool app_type_parse(const char *text, AppType *ret_type); /* false: neither */

/* cli_ and 16 hex digits: clients check this form (contract §5.1). */
bool app_id_is_valid(const char *app_id);
/* 16 hex digits. */
bool tenant_key_is_valid(const char *tenant_key);

/* A comma or space separated list in its stored form: each scope once, in the given order; NULL
 * when a name holds anything but [a-z0-9_.:-] or there are more than SCOPES_MOST. */
char *scopes_normalise(Arena *arena, const char *list);
