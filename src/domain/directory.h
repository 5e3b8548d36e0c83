/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/work.h"

/* Tenants and apps as a small snapshot in memory: every request asks it, few things change it.
 * A Directory belongs to one thread. What it returns is borrowed until the next
 * directory_refresh(). */

typedef struct Directory Directory;

Directory *directory_new(void);
Directory *directory_free(Directory *directory); /* takes NULL, returns NULL */

/* Loads what changed since the last call; costs one row when nothing did. 1 = it was replaced. */
int directory_refresh(Directory *directory, Store *store, Failure *failure);

const App *directory_app(const Directory *directory, const char *app_id); /* NULL: none */
const Tenant *directory_tenant(const Directory *directory, const char *tenant_key);
const Tenant *directory_tenant_by_id(const Directory *directory, int64_t tenant_id);
bool directory_is_installed(const Directory *directory, const App *app, const Tenant *tenant);

/* All of them, in the order of their ids. */
const App *directory_apps(const Directory *directory, size_t *ret_count);
const Tenant *directory_tenants(const Directory *directory, size_t *ret_count);

/* In how many tenants apps may act, all apps together. */
size_t directory_place_count(const Directory *directory);

/* Writes the revision as it is: whether the disk takes a write, without a change that anyone sees.
 */
int directory_touch(const Work *work);
