/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/directory.h"

/* Tenants and apps are added by whoever runs the installation (cli/). */

/* work->tenant is not needed. tenant_key NULL: one is made. E_INVALID: not 16 hex digits, or a name
 * that is empty or too long; E_CONFLICT: taken, or TENANTS_MOST reached. */
int tenant_add(const Work *work, const char *tenant_key, const char *name, Tenant *ret_tenant);

typedef struct AppDraft {
    const char *app_id;     /* NULL: one is made */
    const char *app_secret; /* NULL: one is made */
    const char *name;
    AppType app_type;
    const char *scopes; /* comma or space separated */
} AppDraft;

/* In work->tenant, which owns the app. A store app may act in every tenant that there is now; a
 * tenant added later gets it by store_apps_install(). ret_secret is told this once: only its hash
 * is kept. E_INVALID, or E_CONFLICT when the app_id is taken or APPS_MOST reached. */
int app_add(const Work *work, const AppDraft *draft, const char **ret_app_id,
            const char **ret_secret);

/* Lets every store app act in this new tenant. */
int store_apps_install(const Work *work, const Tenant *tenant);

/* E_NOT_FOUND: there is no such app. Tokens that were handed out live on to their end. */
int app_rotate_secret(const Work *work, const char *app_id, const char **ret_secret);
int app_replace_scopes(const Work *work, const char *app_id, const char *scopes);

/* In constant time. */
bool app_secret_matches(const Rules *rules, const App *app, const char *secret, Arena *arena);
