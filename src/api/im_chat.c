/* SPDX-License-Identifier: Apache-2.0 */
/* im/v1: chats. */
#include <string.h>

#include "base/text.h"

#include "api/im_chat_form.h"
#include "api/im_v1.h"
#include "domain/chat_change.h"
#include "model/limits.h"

typedef struct ChatQuery {
    const char *user_id_type;
    const char *set_bot_manager;
    const char *uuid;
} ChatQuery;

/* clang-format off */
#define QUERY_USER_ID_TYPE FIELD(ChatQuery, user_id_type, JSON_TEXT, 0, .about = "open_id (default), union_id or user_id")

const Field chat_get_query[] = {
    QUERY_USER_ID_TYPE,
    FIELDS_END,
};
const Field chat_create_query[] = {
    QUERY_USER_ID_TYPE,
    FIELD(ChatQuery, set_bot_manager, JSON_TEXT, 0, .about = "true: the app's bot manages a chat that a user owns"),
    FIELD(ChatQuery, uuid,            JSON_TEXT, 0, .about = "at most 50 characters: with the same owner_id, the same chat"),
    FIELDS_END,
};
const Field no_reply[] = { FIELDS_END };
/* clang-format on */

/* ---- chats.get ---- */

int chat_get(Call *call)
{
    ChatQuery query = { 0 };
    ChatForm reply = { .user_manager_id_list = { .is_present = true } };
    UserIdType type = ID_OPEN;
    ChatView view = { 0 };
    int r;

    r = call_read_query(call, &query);
    if (r >= 0)
        r = im_read_id_type(call, "user_id_type", query.user_id_type, &type);
    if (r >= 0)
        r = chat_view(&call->work, call_path(call, 0), &view);
    if (r >= 0)
        r = chat_form_fill(call, &view, type, &reply);
    if (r < 0)
        return r;
    return call_reply(call, view.is_inside ? chat_get_reply : chat_outside_reply, &reply);
}

/* ---- chats.create ---- */

static int read_create_query(Call *call, ChatQuery *query, UserIdType *ret_type)
{
    int r;

    r = call_read_query(call, query);
    if (r >= 0)
        r = im_read_id_type(call, "user_id_type", query->user_id_type, ret_type);
    if (r < 0)
        return r;
    if (query->set_bot_manager && !text_equal(query->set_bot_manager, "true") &&
        !text_equal(query->set_bot_manager, "false"))
        return fail_field(&call->failure, E_INVALID, "set_bot_manager", query->set_bot_manager,
                          "set_bot_manager is true or false");
    if (query->uuid && text_prefix_bytes(query->uuid, CHAT_UUID_MOST) < strlen(query->uuid))
        return fail_field(&call->failure, E_INVALID, "uuid", query->uuid, "the max len is %d",
                          CHAT_UUID_MOST);
    return 0;
}

/* The same uuid and owner give the same chat, whatever else the request says (contract §5.3). The
 * key has no space, so that no two pairs look alike. */
static int replay(Call *call, const ChatForm *body)
{
    int r = call_find_key(call);

    if (r <= 0)
        return r;
    call->key = arena_print(call->arena, "%s %s", call->key, body->owner_id ? body->owner_id : "");
    return call_replay(call, "chat");
}

static const char *settings_of_new(Call *call, const ChatQuery *query, const ChatForm *body)
{
    ChatForm settings = { 0 };

    chat_form_merge(call->arena, &settings, body);
    if (body->owner_id && text_equal(query->set_bot_manager, "true"))
        settings.bot_manager_id_list =
            (TextArray){ .items = arena_array(call->arena, const char *, 1), 1, true };
    if (settings.bot_manager_id_list.is_present)
        settings.bot_manager_id_list.items[0] = call->work.app->app_id;
    return chat_form_print(call->arena, &settings);
}

int chat_create_post(Call *call)
{
    ChatQuery query = { 0 };
    ChatForm body = { 0 }, reply = { 0 };
    UserIdType type = ID_OPEN;
    ChatView view = { 0 };
    ChatDraft draft;
    int r;

    r = read_create_query(call, &query, &type);
    if (r >= 0)
        r = chat_form_read(call, &body);
    if (r >= 0)
        r = replay(call, &body);
    if (r != 0)
        return r;
    draft = (ChatDraft){ .name = body.name,
                         .is_public = text_equal(body.chat_type, "public"),
                         .settings = settings_of_new(call, &query, &body),
                         .id_type = type,
                         .owner_id = body.owner_id,
                         .user_id_list = body.user_id_list,
                         .bot_id_list = body.bot_id_list };
    r = chat_create(&call->work, &draft, &view);
    if (r >= 0)
        r = chat_form_fill(call, &view, type, &reply);
    if (r < 0) {
        call->key_hash = NULL; /* a refusal is not kept: the uuid is for one success */
        return r;
    }
    call_reply(call, chat_create_reply, &reply);
    return call_keep(call);
}

/* ---- chats.update ---- */

/* Contract §5.2: both or neither, and the one goes with the other. */
static int check_pair(Call *call, const ChatForm *body)
{
    bool only_owner = text_equal(body->add_member_permission, "only_owner");
    const char *wanted = only_owner ? "not_allowed" : "allowed";

    if (!body->add_member_permission && !body->share_card_permission)
        return 0;
    if (body->add_member_permission && text_equal(body->share_card_permission, wanted))
        return 0;
    return fail_field(&call->failure, E_INVALID, "share_card_permission",
                      body->share_card_permission,
                      "add_member_permission and share_card_permission are changed together: "
                      "only_owner with not_allowed, all_members with allowed");
}

int chat_update_put(Call *call)
{
    ChatQuery query = { 0 };
    ChatForm body = { 0 }, before = { 0 }, after;
    ChatChange change = { 0 };
    Chat chat = { 0 };
    bool is_public;
    ChatRights rights;
    int r;

    r = call_read_query(call, &query);
    if (r >= 0)
        r = im_read_id_type(call, "user_id_type", query.user_id_type, &change.id_type);
    if (r >= 0)
        r = chat_form_read(call, &body);
    if (r >= 0)
        r = check_pair(call, &body);
    if (r >= 0)
        r = chat_get_inside(&call->work, call_path(call, 0), &chat);
    if (r >= 0)
        r = chat_form_parse(call, chat.settings, &before);
    if (r < 0)
        return r;
    rights = chat_form_rights(&before);
    after = before;
    chat_form_merge(call->arena, &after, &body);
    is_public = text_equal(body.chat_type, "public");
    change.name = body.name;
    change.is_public = body.chat_type ? &is_public : NULL;
    change.owner_id = body.owner_id;
    change.settings = chat_form_print(call->arena, &after);
    change.settings_before = chat_form_difference(call->arena, &before, &after);
    change.settings_after = chat_form_difference(call->arena, &after, &before);
    change.owners_field = chat_form_owners_field(&body);
    r = chat_change(&call->work, &chat, &rights, &change);
    return r < 0 ? r : call_reply(call, no_reply, &change);
}

/* ---- chats.delete ---- */

int chat_delete(Call *call)
{
    Chat chat = { 0 };
    int r;

    r = chat_get_inside(&call->work, call_path(call, 0), &chat);
    if (r >= 0)
        r = chat_dissolve(&call->work, &chat);
    return r < 0 ? r : call_reply(call, no_reply, &chat);
}
