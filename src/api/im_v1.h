/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/call.h"
#include "model/user.h"

/* im/v1 (contract §5): chats in im_chat.c, their list in im_chat_list.c, how the wire writes them
 * in im_chat_form.c, who is in them in im_members.c, who comes and leaves in im_members_change.c,
 * messages in im_messages.c; what they share is im_v1.c's. */

/* "page_size" as a number from 1 to most; *page_size stays what it was when text is NULL. */
int im_read_page_size(Call *call, const char *text, int64_t most, int64_t *page_size);
int im_read_id_type(Call *call, const char *field, const char *text, UserIdType *ret_type);

/* What an app needs beyond a route's scopes. */
#define SCOPE_GROUP_MESSAGES "im:message.group_msg"
#define SCOPE_USER_ID        "contact:user.employee_id:readonly"

extern const Field no_reply[];

extern const Field chat_get_query[], chat_get_reply[];
extern const Field chat_create_query[], chat_create_body[], chat_create_reply[];
extern const Field chat_update_body[];
extern const Field chat_list_query[], chat_list_reply[];
extern const Field members_create_query[], members_create_reply[];
extern const Field members_delete_query[], members_delete_reply[];
extern const Field members_body[], is_in_chat_reply[];
extern const Field members_get_query[], members_get_reply[];
extern const Field message_list_query[], message_list_reply[];
extern const Field message_get_query[], message_get_reply[];
extern const Field message_create_query[], message_create_body[], message_reply_body[];
extern const Field message_reply_fields[], message_delete_reply[];

int chat_get(Call *call);
int chat_list_get(Call *call);
int chat_create_post(Call *call);
int chat_update_put(Call *call);
int chat_delete(Call *call);
int chat_members_get(Call *call);
int chat_members_create(Call *call);
int chat_members_delete(Call *call);
int chat_is_in(Call *call);
int chat_me_join(Call *call);
int message_list_get(Call *call);
int message_get(Call *call);
int message_create(Call *call);
int message_reply_create(Call *call);
int message_delete(Call *call);
