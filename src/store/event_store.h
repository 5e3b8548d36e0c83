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

typedef struct TenantEvent {
    int64_t tenant_id;
    Event event;
} TenantEvent;

/* The events of all tenants behind that number, in their order, at most limit, and fewer where
 * their bodies are long: ret_has_more says that there are others. Numbers are in the order of
 * commits, so that none comes later before one that was listed: see store_data_version(). */
int event_list(Store *store, int64_t after, size_t limit, Arena *arena, TenantEvent **ret_events,
               size_t *ret_count, bool *ret_has_more, Failure *failure);
