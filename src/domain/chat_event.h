/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/work.h"
#include "model/chat.h"

/* What is told of a chat. An event holds the facts; what a subscriber is sent is made from them
 * (docs/adr/0007-events.md). actor_id: the user who acted; "" = the calling app's bot.
 *
 * Whoever reads a chat finds there what happened in it (chat_event_list()): by its joins, and else
 * by a row that is written here. */

int chat_tell(const Work *work, Id id, const char *event_type, const char *actor_id,
              const Chat *chat, const char *body);

/* An event of the chat's name alone. */
int chat_tell_name(const Work *work, Id id, const char *event_type, const char *actor_id,
                   const Chat *chat);

/* An event of several: which is "users" or "bots", ids are words: kunlun_ids or app_ids. */
int chat_tell_of(const Work *work, Id id, const char *event_type, const char *actor_id,
                 const Chat *chat, const char *which, const char *ids);

/* The difference between two states of a chat: what changed of its own row, and what changed of its
 * settings, as two JSON objects ("{}" = nothing). */
int chat_tell_change(const Work *work, Id id, const Chat *before, const Chat *after,
                     const char *settings_before, const char *settings_after);
