/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "model/chat.h"
#include "store/store.h"

/* The append-only record of what happened. */

int event_insert(Store *store, int64_t tenant_id, const Event *event, Failure *failure);
