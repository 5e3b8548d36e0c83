/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/session.h"

/* Adds the first tenant and keeps it. E_CONFLICT: there are tenants already. */
int init_first_tenant(Session *session, const char *key, const char *name, Tenant *ret_tenant);
