/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/id.h"

#include "store/store.h"

/* How far people have read on the page. */

/* The last message that was read; zeroes when none was. */
int read_mark_find(Store *store, int64_t tenant_id, const char *kunlun_id, int64_t chat_number,
                   Id *ret_message_id, Failure *failure);

/* Only goes forward. */
int read_mark_put(Store *store, int64_t tenant_id, const char *kunlun_id, int64_t chat_number,
                  Id message_id, Failure *failure);

/* Messages of others behind that number; counts no further than UNREAD_MOST. */
int unread_count(Store *store, int64_t tenant_id, const char *kunlun_id, int64_t chat_number,
                 int64_t after, int64_t *ret_count, Failure *failure);
