/* SPDX-License-Identifier: Apache-2.0 */
/* The table of contents of the API. Adding an endpoint, there are six things to do:
 *
 *   1. tests/wire/: a case with the request and the answer of the platform's page
 *   2. model/ and sql/: the noun, when it is new, and its table
 *   3. store/: how it is remembered
 *   4. domain/: the verb, with its test
 *   5. api/: the page's field tables and a handler beside its siblings
 *   6. here: its row; then `tools/generate-docs` writes docs/api.md and docs/openapi.json anew
 */
#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#include "api/apaas_v1.h"
#include "api/auth_v3.h"
#include "api/contact_v3.h"
#include "api/im_v1.h"
#include "api/web.h"
#include "api/web_event.h"
#include "api/web_message.h"
#include "domain/chat.h"

#define APAAS_READ     "app_engine:approval:read"
#define APAAS_WRITE    "app_engine:approval:write"
#define CHAT_READ      "im:chat,im:chat:read,im:chat:readonly"
#define MEMBERS_READ   "im:chat,im:chat:readonly,im:chat.members:read"
#define MEMBERS_WRITE  "im:chat,im:chat.members:write_only"
#define HISTORY_READ   "im:message,im:message:readonly,im:message.history:readonly"
#define MESSAGE_READ   "im:message,im:message:readonly"
#define MESSAGE_SEND   "im:message,im:message:send_as_bot,im:message:send"
#define MESSAGE_RECALL "im:message,im:message:recall,im:message:send_as_bot"
#define CONTACT_READ                                                                        \
    "contact:contact.base:readonly,contact:contact:readonly,contact:contact:access_as_app," \
    "contact:contact:readonly_as_app"

/* clang-format off */
const Route routes[] = {
    /* tokens */
    { "POST", "/open-apis/auth/v3/tenant_access_token/internal", "auth.tenantAccessToken.internal",
      READ, NO_TOKEN, NULL, UNLIMITED, SECTION_AUTH, .is_flat = true, .body = custom_credentials, .reply = tenant_token_reply,
      .handle = tenant_access_token_internal, .about = "A custom app's tenant_access_token" },
    { "POST", "/open-apis/auth/v3/app_access_token/internal", "auth.appAccessToken.internal",
      READ, NO_TOKEN, NULL, UNLIMITED, SECTION_AUTH, .is_flat = true, .body = custom_credentials, .reply = both_tokens_reply,
      .handle = app_access_token_internal, .about = "A custom app's app_access_token" },
    { "POST", "/open-apis/auth/v3/app_access_token", "auth.appAccessToken.create",
      READ, NO_TOKEN, NULL, UNLIMITED, SECTION_AUTH, .is_flat = true, .body = store_credentials, .reply = app_token_reply,
      .handle = app_access_token, .about = "A store app's app_access_token, for its app_ticket" },
    { "POST", "/open-apis/auth/v3/tenant_access_token", "auth.tenantAccessToken.create",
      READ, NO_TOKEN, NULL, UNLIMITED, SECTION_AUTH, .is_flat = true, .body = store_tenant, .reply = tenant_token_reply,
      .handle = tenant_access_token, .about = "A store app's tenant_access_token for one tenant" },
    { "POST", "/open-apis/auth/v3/app_ticket/resend", "auth.appTicket.resend",
      READ, NO_TOKEN, NULL, UNLIMITED, SECTION_AUTH, .is_flat = true, .body = custom_credentials, .reply = resend_reply,
      .handle = app_ticket_resend, .about = "Asks for a store app's ticket" },

    /* aPaaS: human tasks */
    { "POST", "/open-apis/apaas/v1/user_task/query", "apaas.userTask.query",
      READ, TENANT_TOKEN, APAAS_READ, LEVEL_3, SECTION_APAAS, .body = query_body, .reply = query_reply,
      .handle = user_task_query, .about = "A user's tasks" },
    { "POST", "/open-apis/apaas/v1/user_tasks/:task_id/chat_group", "apaas.userTask.chatGroup",
      WRITE, TENANT_TOKEN, APAAS_WRITE, LEVEL_3, SECTION_APAAS, .is_keyed = true, .body = chat_group_body, .reply = chat_group_reply,
      .handle = user_task_chat_group, .about = "Opens a group chat from a human task" },

    /* im: chats and messages */
    { "GET", "/open-apis/im/v1/chats", "im.chat.list",
      READ, TENANT_TOKEN, CHAT_READ, LEVEL_4, SECTION_IM_CHAT, .query = chat_list_query, .reply = chat_list_reply,
      .handle = chat_list_get, .about = "The chats that the app's bot is in, without dissolved ones" },
    { "POST", "/open-apis/im/v1/chats", "im.chat.create",
      WRITE, TENANT_TOKEN, "im:chat,im:chat:create", LEVEL_4, SECTION_IM_CHAT_CREATE, .is_keyed = true, .query = chat_create_query, .body = chat_create_body, .reply = chat_create_reply,
      .handle = chat_create_post, .about = "Makes a chat" },
    { "PUT", "/open-apis/im/v1/chats/:chat_id", "im.chat.update",
      WRITE, TENANT_TOKEN, "im:chat,im:chat:update", LEVEL_4, SECTION_IM_CHAT_UPDATE, .query = chat_get_query, .body = chat_update_body, .reply = no_reply,
      .handle = chat_update_put, .about = "Changes a chat: what is not given stays; what only its owner may change, an app that made it needs im:chat:operate_as_owner for" },
    { "DELETE", "/open-apis/im/v1/chats/:chat_id", "im.chat.delete",
      WRITE, TENANT_TOKEN, "im:chat,im:chat:delete", LEVEL_4, SECTION_IM_CHAT_DELETE, .reply = no_reply,
      .handle = chat_delete, .about = "Dissolves a chat and drops its messages; by its owner, or who made it with im:chat:operate_as_owner" },
    { "GET", "/open-apis/im/v1/chats/:chat_id", "im.chat.get",
      READ, TENANT_TOKEN, CHAT_READ, LEVEL_4, SECTION_IM_CHAT, .query = chat_get_query, .reply = chat_get_reply,
      .handle = chat_get, .about = "One chat; to an app whose bot is outside: only name, counts and status" },
    { "GET", "/open-apis/im/v1/chats/:chat_id/members", "im.chatMembers.get",
      READ, TENANT_TOKEN, MEMBERS_READ, LEVEL_4, SECTION_IM_CHAT, .query = members_get_query, .reply = members_get_reply,
      .handle = chat_members_get, .about = "The users in a chat" },
    { "POST", "/open-apis/im/v1/chats/:chat_id/members", "im.chatMembers.create",
      WRITE, TENANT_TOKEN, MEMBERS_WRITE, LEVEL_4, SECTION_IM_MEMBERS_CREATE, .query = members_create_query, .body = members_body, .reply = members_create_reply,
      .handle = chat_members_create, .about = "Brings users or bots into a chat" },
    { "DELETE", "/open-apis/im/v1/chats/:chat_id/members", "im.chatMembers.delete",
      WRITE, TENANT_TOKEN, MEMBERS_WRITE, LEVEL_4, SECTION_IM_MEMBERS_DELETE, .query = members_delete_query, .body = members_body, .reply = members_delete_reply,
      .handle = chat_members_delete, .about = "Takes users or bots out of a chat; a bot may always leave by itself" },
    { "GET", "/open-apis/im/v1/chats/:chat_id/members/is_in_chat", "im.chatMembers.isInChat",
      READ, TENANT_TOKEN, MEMBERS_READ, LEVEL_4, SECTION_IM_CHAT, .reply = is_in_chat_reply,
      .handle = chat_is_in, .about = "Whether the app's bot is in a chat" },
    { "PATCH", "/open-apis/im/v1/chats/:chat_id/members/me_join", "im.chatMembers.meJoin",
      WRITE, TENANT_TOKEN, MEMBERS_WRITE, LEVEL_4, SECTION_IM_ME_JOIN, .reply = no_reply,
      .handle = chat_me_join, .about = "Brings the app's bot into a public chat" },
    { "GET", "/open-apis/im/v1/messages", "im.message.list",
      READ, TENANT_TOKEN, HISTORY_READ, LEVEL_4, SECTION_IM_MESSAGE, .query = message_list_query, .reply = message_list_reply,
      .handle = message_list_get, .about = "A chat's messages; of a group they also take im:message.group_msg" },
    { "POST", "/open-apis/im/v1/messages", "im.message.create",
      WRITE, TENANT_TOKEN, MESSAGE_SEND, LEVEL_4, SECTION_IM_MESSAGE, .is_keyed = true, .query = message_create_query, .body = message_create_body,
      .reply = message_reply_fields, .handle = message_create, .about = "Says something in a chat, or to one user" },
    { "POST", "/open-apis/im/v1/messages/:message_id/reply", "im.message.reply",
      WRITE, TENANT_TOKEN, MESSAGE_SEND, LEVEL_4, SECTION_IM_MESSAGE, .is_keyed = true, .body = message_reply_body, .reply = message_reply_fields,
      .handle = message_reply_create, .about = "Answers a message" },
    { "GET", "/open-apis/im/v1/messages/:message_id", "im.message.get",
      READ, TENANT_TOKEN, MESSAGE_READ, LEVEL_4, SECTION_IM_MESSAGE, .query = message_get_query, .reply = message_get_reply,
      .handle = message_get, .about = "One message; a bot also needs im:message.group_msg" },
    { "DELETE", "/open-apis/im/v1/messages/:message_id", "im.message.delete",
      WRITE, TENANT_TOKEN, MESSAGE_RECALL, LEVEL_4, SECTION_IM_MESSAGE, .reply = message_delete_reply,
      .handle = message_delete, .about = "Recalls a message that the app's bot sent" },

    /* contact: people */
    { "GET", "/open-apis/contact/v3/users/:user_id", "contact.user.get",
      READ, TENANT_TOKEN, CONTACT_READ, LEVEL_4, SECTION_CONTACT, .query = user_get_query, .reply = user_get_reply,
      .handle = contact_user_get, .about = "One user" },
    { "POST", "/open-apis/contact/v3/users/batch_get_id", "contact.user.batchGetId",
      READ, TENANT_TOKEN, "contact:user.id:readonly", LEVEL_4, SECTION_CONTACT, .query = user_ids_query, .body = user_ids_body, .reply = user_ids_reply,
      .handle = contact_user_batch_get_id, .about = "Users by their addresses and mobile numbers" },

    /* the page's own (docs/adr/0016-page.md) */
    { "GET", "/web/v1/sign_in", "web.signIn.options", READ, NO_TOKEN, NULL, UNLIMITED, SECTION_WEB,
      .reply = web_sign_in_reply, .handle = web_sign_in_options, .about = "What signing in takes here" },
    { "POST", "/web/v1/sign_in", "web.signIn", WRITE, NO_TOKEN, NULL, UNLIMITED, SECTION_WEB, .body = web_sign_in_body,
      .reply = web_nothing, .prepare = web_sign_in_prepare, .handle = web_sign_in, .about = "Signs a person in" },
    { "POST", "/web/v1/act_as", "web.actAs", WRITE, NO_TOKEN, NULL, UNLIMITED, SECTION_WEB, .body = web_act_as_body,
      .reply = web_nothing, .handle = web_act_as, .about = "Acts as a user of the demo" },
    { "POST", "/web/v1/sign_out", "web.signOut", WRITE, SESSION, NULL, UNLIMITED, SECTION_WEB,
      .reply = web_nothing, .handle = web_sign_out, .about = "Ends this session" },
    { "GET", "/web/v1/me", "web.me", READ, SESSION, NULL, UNLIMITED, SECTION_WEB,
      .reply = web_me_reply, .handle = web_me, .about = "Who is signed in" },
    { "GET", "/web/v1/sessions", "web.sessions", READ, SESSION, NULL, UNLIMITED, SECTION_WEB,
      .reply = web_sessions_reply, .handle = web_sessions, .about = "Where this person is signed in" },
    { "DELETE", "/web/v1/sessions/:session_id", "web.session.delete", WRITE, SESSION, NULL, UNLIMITED, SECTION_WEB,
      .reply = web_nothing, .handle = web_session_delete, .about = "Ends one of them" },
    { "GET", "/web/v1/tasks", "web.tasks", READ, SESSION, NULL, UNLIMITED, SECTION_WEB, .query = web_tasks_query,
      .reply = web_tasks_reply, .handle = web_tasks, .about = "This person's tasks" },
    { "GET", "/web/v1/tasks/:task_id", "web.task", READ, SESSION, NULL, UNLIMITED, SECTION_WEB,
      .reply = web_task_reply, .handle = web_task, .about = "One task with its people and chats" },
    { "POST", "/web/v1/tasks/:task_id/chat_group", "web.task.chatGroup", WRITE, SESSION, NULL, UNLIMITED, SECTION_WEB,
      .is_keyed = true, .body = web_group_body, .reply = chat_group_reply, .handle = web_chat_group, .about = "Opens a group chat from a task" },
    { "GET", "/web/v1/chats", "web.chats", READ, SESSION, NULL, UNLIMITED, SECTION_WEB, .query = web_page_query,
      .reply = web_chats_reply, .handle = web_chats, .about = "Chats that this person is in" },
    { "GET", "/web/v1/chats/:chat_id", "web.chat", READ, SESSION, NULL, UNLIMITED, SECTION_WEB,
      .reply = web_chat_reply, .handle = web_chat, .about = "One of them" },
    { "POST", "/web/v1/chats/:chat_id/rename", "web.chat.rename", WRITE, SESSION, NULL, UNLIMITED, SECTION_WEB, .body = web_rename_body,
      .reply = web_nothing, .handle = web_rename, .about = "Gives it another name" },
    { "GET", "/web/v1/chats/:chat_id/members", "web.chat.members", READ, SESSION, NULL, UNLIMITED, SECTION_WEB, .query = web_page_query,
      .reply = web_members_reply, .handle = web_members, .about = "Who is in it" },
    { "POST", "/web/v1/chats/:chat_id/members", "web.chat.add", WRITE, SESSION, NULL, UNLIMITED, SECTION_WEB, .body = web_add_body,
      .reply = web_nothing, .handle = web_add, .about = "Brings people in" },
    { "POST", "/web/v1/chats/:chat_id/leave", "web.chat.leave", WRITE, SESSION, NULL, UNLIMITED, SECTION_WEB,
      .reply = web_nothing, .handle = web_leave, .about = "Leaves it" },
    { "GET", "/web/v1/chats/:chat_id/messages", "web.chat.messages", READ, SESSION, NULL, UNLIMITED, SECTION_WEB, .query = web_page_query,
      .reply = web_messages_reply, .handle = web_messages, .about = "What was said in it" },
    { "POST", "/web/v1/chats/:chat_id/messages", "web.chat.say", WRITE, SESSION, NULL, UNLIMITED, SECTION_WEB,
      .is_keyed = true, .body = web_say_body, .reply = web_message_reply, .handle = web_say, .about = "Says something" },
    { "POST", "/web/v1/chats/:chat_id/read", "web.chat.read", WRITE, SESSION, NULL, UNLIMITED, SECTION_WEB, .body = web_read_body,
      .reply = web_nothing, .handle = web_read, .about = "Notes how far it was read" },
    { "GET", "/web/v1/events", "web.events", READ, SESSION, NULL, UNLIMITED, SECTION_WEB,
      .reply = web_event_reply, .handle = web_events, .about = "What happens, as it happens: a stream of events" },
    { "GET", "/web/v1/users", "web.users", READ, SESSION, NULL, UNLIMITED, SECTION_WEB, .query = web_users_query,
      .reply = web_users_reply, .handle = web_users, .about = "People by a part of their name" },
};
/* clang-format on */
const size_t route_count = COUNT_OF(routes);

/* What handlers ask for beyond their row's scopes. */
static const char further_scopes[] =
    SCOPE_GROUP_MESSAGES "," SCOPE_USER_ID ",contact:user.email:readonly,"
                         "contact:user.phone:readonly," SCOPE_OPERATE_AS_OWNER;

size_t route_index(const Route *route)
{
    assert(route >= routes && route < routes + route_count);
    return (size_t)(route - routes);
}

/* One part of a path, up to the next '/'. */
static size_t part_bytes(const char *path)
{
    return (size_t)(strchrnul(path, '/') - path);
}

static bool parts_match(const char *pattern, const char *path)
{
    for (;;) {
        size_t wanted = part_bytes(pattern), got = part_bytes(path);

        if (pattern[0] == ':' ? got == 0 : wanted != got || memcmp(pattern, path, got) != 0)
            return false;
        pattern += wanted;
        path += got;
        if (*pattern == '\0' || *path == '\0')
            return *pattern == *path;
        pattern++;
        path++;
    }
}

/* The raw path's parts that stand where the pattern has names. */
static bool take_values(const char *pattern, const char *path, Arena *arena,
                        const char *ret_values[PATH_VALUES_MOST])
{
    size_t count = 0;

    while (*pattern) {
        size_t size = part_bytes(path);

        if (*pattern == ':') {
            assert(count < PATH_VALUES_MOST);
            ret_values[count] = http_percent_decode(arena, path, size);
            if (!ret_values[count] || strchr(ret_values[count], '/'))
                return false;
            count++;
        }
        pattern += part_bytes(pattern);
        path += size;
        if (*pattern == '\0')
            break;
        pattern++;
        path++;
    }
    return true;
}

const Route *route_find(const char *method, const char *path, Arena *arena,
                        const char *ret_values[PATH_VALUES_MOST])
{
    if (!method || !path)
        return NULL;
    for (size_t i = 0; i < route_count; i++)
        if (text_equal(routes[i].method, method) && parts_match(routes[i].path, path))
            return take_values(routes[i].path, path, arena, ret_values) ? &routes[i] : NULL;
    return NULL;
}

const char *route_scopes(Arena *arena)
{
    Buffer scopes;

    buffer_init(&scopes, arena, 512);
    buffer_add(&scopes, further_scopes);
    for (size_t i = 0; i < route_count; i++)
        if (routes[i].scopes)
            buffer_print(&scopes, ",%s", routes[i].scopes);
    return scopes_normalise(arena, scopes.text);
}
