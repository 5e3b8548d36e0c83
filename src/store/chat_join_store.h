/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "model/chat.h"
#include "store/store.h"

/* Who is in a chat. Those who came together are one join (docs/adr/0015-joins.md). The first is in
 * the chat's own row (chat_insert()), so that opening a chat writes one row for all; so is how many
 * are inside, and which bots. */

/* Of those who come later. E_CONFLICT: that event is of another such join. */
int chat_later_join_insert(Store *store, int64_t tenant_id, const ChatJoin *join, Failure *failure);

/* For each of the users whether it is inside; and whether the task (NULL = none is asked for) is
 * one by which somebody came. Reads all of the chat's joins. */
int chat_join_search(Store *store, int64_t tenant_id, int64_t chat_number,
                     const char *const *kunlun_ids, size_t count, bool *ret_is_inside,
                     const char *task_id, bool *ret_is_linked, Failure *failure);

/* 1 or 0. */
int chat_has_user(Store *store, int64_t tenant_id, int64_t chat_number, const char *kunlun_id,
                  Failure *failure);

/* Takes users (kunlun_ids) and bots (app_ids) out of a chat: their places stay, held by
 * MEMBER_GONE. A join in which nobody is left goes: the task by which they came is linked by itself
 * (task_chat_link()), and its event is listed by itself (chat_event_insert()). Whoever is not
 * inside is passed over. */
int chat_join_leave(Store *store, int64_t tenant_id, int64_t chat_number, const char *const *ids,
                    size_t count, Arena *arena, Failure *failure);

/* The tasks that a chat is linked to, by a join or without one, at most limit. */
int chat_task_ids(Store *store, int64_t tenant_id, int64_t chat_number, size_t limit, Arena *arena,
                  const char ***ret_task_ids, size_t *ret_count, Failure *failure);

/* The numbers of the events by which people came for that task, the newest first, at most limit. */
int chat_join_task_events(Store *store, int64_t tenant_id, int64_t chat_number, const char *task_id,
                          size_t limit, int64_t *ret_numbers, size_t *ret_count, Failure *failure);

/* Where a member stands in its chat, for as long as it is in: in the order of coming. */
typedef struct MemberPlace {
    int64_t event_number;
    int64_t position; /* in its join, from 0 */
} MemberPlace;

#define BEFORE_ALL_MEMBERS ((MemberPlace){ -1, 0 })

typedef struct Member {
    const char *kunlun_id;
    MemberPlace place;
} Member;

/* The users that stand behind that place, at most limit. */
int chat_join_list(Store *store, int64_t tenant_id, int64_t chat_number, MemberPlace after,
                   size_t limit, Arena *arena, Member **ret_members, size_t *ret_count,
                   Failure *failure);

/* The users that an event finds in a chat, in words: of those who came with it or before it all who
 * are inside still. MEMBER_GONE may be among them. */
int chat_join_users_at(Store *store, int64_t tenant_id, int64_t chat_number, int64_t event_number,
                       Arena *arena, const char **ret_user_ids, Failure *failure);
