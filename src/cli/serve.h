/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/invocation.h"

/* Serves; whatever the end was, its exit code is the invocation's. */
int serve_run(Invocation *invocation, const Config *config,
              void (*ready)(const ServeAddresses *addresses, void *state), void *state);
