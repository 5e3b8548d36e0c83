/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "model/chat.h"
#include "store/store.h"

/* The append-only record of what happened. */

/* E_CONFLICT: its number is taken. */
int event_insert(Store *store, int64_t tenant_id, const Event *event, Failure *failure);

/* The greatest number of any event, of whatever tenant; 0 when there is none. No chat or message
 * has a greater one: the event that tells of it is made after it, in the same transaction. */
int event_last_number(Store *store, int64_t *ret_number, Failure *failure);
