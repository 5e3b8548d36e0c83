/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/call.h"

/* im/v1: chats, members, messages (contract §5). */

extern const Field chat_get_query[], chat_get_reply[];
extern const Field members_get_query[], members_get_reply[];
extern const Field message_list_query[], message_list_reply[];

int chat_get(Call *call);
int chat_members_get(Call *call);
int message_list_get(Call *call);
