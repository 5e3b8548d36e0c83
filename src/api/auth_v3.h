/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/call.h"

/* auth/v3: tokens (contract §2). */

extern const Field custom_credentials[], store_credentials[], store_tenant[];
extern const Field tenant_token_reply[], both_tokens_reply[], app_token_reply[], resend_reply[];

int tenant_access_token_internal(Call *call);
int app_access_token_internal(Call *call);
int app_access_token(Call *call);
int tenant_access_token(Call *call);
int app_ticket_resend(Call *call);
