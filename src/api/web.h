/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/call.h"

/* The page's own calls, /web/v1 (docs/adr/0016-page.md): signing in and who is there in
 * web_session.c, tasks in web_task.c, chats in web_chat.c. Their person is call->work.user. */

#define WEB_COOKIE "__Host-taskroom" /* the prefix: browsers take it only from this very host */

extern const Field web_sign_in_body[], web_sign_in_reply[], web_act_as_body[];
extern const Field web_nothing[];
extern const Field web_me_reply[], web_sessions_reply[];

extern const Field web_tasks_query[], web_tasks_reply[], web_task_reply[];
extern const Field web_group_body[];
extern const Field web_users_query[], web_users_reply[];

int web_tasks(Call *call);
int web_task(Call *call);
int web_chat_group(Call *call);
int web_users(Call *call);

extern const Field web_page_query[], web_chats_reply[], web_chat_reply[], web_members_reply[];
extern const Field web_messages_reply[];
extern const Field web_rename_body[], web_say_body[], web_read_body[], web_add_body[];

int web_chats(Call *call);
int web_chat(Call *call);
int web_rename(Call *call);
int web_members(Call *call);
int web_add(Call *call);
int web_leave(Call *call);
int web_messages(Call *call);
int web_say(Call *call);
int web_read(Call *call);

int web_sign_in_options(Call *call);
int web_sign_in_prepare(Call *call);
int web_sign_in(Call *call);
int web_act_as(Call *call);
int web_sign_out(Call *call);
int web_me(Call *call);
int web_sessions(Call *call);
int web_session_delete(Call *call);
