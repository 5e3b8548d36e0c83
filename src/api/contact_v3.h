/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/call.h"

/* contact/v3: who people are (contract §7). */

extern const Field user_get_query[], user_get_reply[];
extern const Field user_ids_query[], user_ids_body[], user_ids_reply[];

int contact_user_get(Call *call);
int contact_user_batch_get_id(Call *call);
