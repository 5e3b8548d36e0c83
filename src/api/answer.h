/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/call.h"

/* Writing answers; for this room only. */

void answer_json(Call *call, int status, int wire_code, const Buffer *body);

/* The gateway's shape (contract §4.1). message may be NULL; more is further members of "error",
 * each with its leading comma, or NULL. */
void answer_error(Call *call, WireError error, const char *message, const char *more);

/* Refuses with all of the scopes (names with a comma between), of which the app has none. type:
 * what they guard, as contract §4.1 calls it. Returns E_DENIED. */
int answer_scope_missing(Call *call, const char *scopes, const char *type);

/* What call->failure is called on the pages of the call's section. */
void answer_failure(Call *call);
