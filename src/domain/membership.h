/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/chat.h"

/* Bringing users and bots into a chat, and taking them out (contract §5.2, §5.3, §5.5). The calling
 * app's bot acts. The chat is one that chat_get_inside() gave; it is kept as it is afterwards. */

/* Whoever is named by the callers of im: users by one of their ids, or bots. */
typedef struct MemberNames {
    bool are_bots;
    UserIdType id_type; /* of users */
    TextArray id_list;
} MemberNames;

/* What becomes of a call that names some who can't come (contract §5.3). */
typedef enum SucceedType {
    SUCCEED_IF_ALL_EXIST, /* who has resigned is left out; an unknown id fails the call */
    SUCCEED_FOR_SOME,     /* whoever can comes */
    SUCCEED_FOR_ALL,      /* one who can't come fails the call */
} SucceedType;

/* Those of the names, as they were given, that are of no use. */
typedef struct MemberMisses {
    TextArray
        invalid_id_list; /* have resigned; where members leave: are not inside, or don't exist */
    TextArray not_existed_id_list;
} MemberMisses;

/* The ids by which a chat knows its members: kunlun_ids or app_ids, each once. */
typedef struct MemberIds {
    const char **ids;
    const char **names; /* as they were given */
    size_t count;
} MemberIds;

/* Looks all of them up, and never fails for an id. Users who have resigned are members or misses,
 * as the caller likes. */
int member_find(const Work *work, const MemberNames *names, bool with_resigned,
                MemberIds *ret_members, MemberMisses *ret_misses);

/* Brings them in. Who is inside already stays, silently (decision 20). ret_misses is also told of
 * with E_NOT_FOUND, field "open_id", "union_id", "user_id" or "app_id": some don't exist ·
 * E_CONFLICT, field "id_list": some can't come, and all were to.
 *
 * E_NOT_FOUND, field "id_list": nobody is left who could come · E_DENIED, field
 * "add_member_permission": only the owner adds members · E_CONFLICT, field "user_count" or
 * "bot_count": there is no room. */
int members_add(const Work *work, const Chat *chat, const ChatRights *rights,
                const MemberNames *names, SucceedType succeed_type, MemberMisses *ret_misses);

/* Takes them out; settings: what the chat's are from then on. A bot that owns the chat and leaves
 * it hands it over to the user who has been in it for longest.
 *
 * E_NOT_FOUND, field "id_list": none of them is inside · E_DENIED, no field: they are others than
 * the bot itself, and it may not · E_CONFLICT, field "owner_id": the owner is among them ·
 * E_NOT_FOUND, field "owner_id": there is nobody to hand the chat over to. */
int members_remove(const Work *work, const Chat *chat, const ChatRights *rights,
                   const MemberNames *names, const char *settings, MemberMisses *ret_misses);

/* Brings the calling app's bot into a public chat, which chat_get_alive() gave.
 *
 * E_CONFLICT, field "chat_type": it is private · E_DENIED, field "membership_approval": somebody
 * must approve · E_CONFLICT, field "bot_count": there is no room. */
int member_join(const Work *work, const Chat *chat, const ChatRights *rights);
