/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/work.h"
#include "model/chat.h"
#include "model/user.h"

/* The chat of an app's bot and one user (docs/adr/0018-messages.md): there is one for each tenant,
 * app and user, made when the bot first writes to the user. What can't be done with it is said by
 * chat_check_group() (domain/chat.h). */

/* That of the calling app's bot and an active user, new if there is none yet. E_CONFLICT, field
 * "receive_id": the user has resigned. */
int direct_chat_open(const Work *work, const User *user, Chat *ret_chat);

/* Whether something can be said in a chat that was read already; it may be a group. The same
 * failure. */
int direct_chat_check(const Work *work, const Chat *chat);
