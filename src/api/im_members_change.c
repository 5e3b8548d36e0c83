/* SPDX-License-Identifier: Apache-2.0 */
/* im/v1: who comes into a chat, and who leaves it. */
#include "base/text.h"

#include "api/answer.h"
#include "api/im_chat_form.h"
#include "api/im_v1.h"
#include "domain/membership.h"
#include "model/limits.h"

typedef struct MembersQuery {
    const char *member_id_type;
    const char *succeed_type;
} MembersQuery;

typedef struct MembersBody {
    TextArray id_list;
} MembersBody;

typedef struct MembersReply {
    MemberMisses misses;
    TextArray pending_approval_id_list;
} MembersReply;

_Static_assert(offsetof(MembersReply, misses) == 0, "members_create_reply reads both");

typedef struct InsideReply {
    bool is_in_chat;
} InsideReply;

/* clang-format off */
#define QUERY_MEMBER_ID_TYPE FIELD(MembersQuery, member_id_type, JSON_TEXT, 0, .about = "open_id (default), union_id, user_id or app_id")

const Field members_create_query[] = {
    QUERY_MEMBER_ID_TYPE,
    FIELD(MembersQuery, succeed_type, JSON_TEXT, 0, .about = "0 (default): who has resigned is left out, an unknown id fails the call; 1: whoever can comes; 2: any who can't fails the call"),
    FIELDS_END,
};
const Field members_delete_query[] = {
    QUERY_MEMBER_ID_TYPE,
    FIELDS_END,
};
const Field members_body[] = {
    FIELD(MembersBody, id_list, JSON_TEXT_ARRAY, 0, .at_most = USERS_NAMED_MOST, .about = "at least 1, and at most 50 users or 5 bots"),
    FIELDS_END,
};
const Field members_create_reply[] = {
    FIELD(MemberMisses, invalid_id_list,          JSON_TEXT_ARRAY, FIELD_REQUIRED, .about = "those who have resigned"),
    FIELD(MemberMisses, not_existed_id_list,      JSON_TEXT_ARRAY, FIELD_REQUIRED, .about = "those that don't exist"),
    FIELD(MembersReply, pending_approval_id_list, JSON_TEXT_ARRAY, FIELD_REQUIRED, .about = "empty: nobody waits for approval"),
    FIELDS_END,
};
const Field members_delete_reply[] = {
    FIELD(MemberMisses, invalid_id_list, JSON_TEXT_ARRAY, FIELD_REQUIRED, .about = "those who were not inside, or don't exist"),
    FIELDS_END,
};
const Field is_in_chat_reply[] = {
    FIELD(InsideReply, is_in_chat, JSON_BOOLEAN, FIELD_REQUIRED, .about = "whether the app's bot is inside"),
    FIELDS_END,
};
/* clang-format on */

/* ---- what is asked for ---- */

static int read_names(Call *call, const MembersQuery *query, MemberNames *ret_names)
{
    MembersBody body = { 0 };
    int r = 0;

    *ret_names = (MemberNames){ .are_bots = text_equal(query->member_id_type, "app_id") };
    if (!ret_names->are_bots && !user_id_type_parse(query->member_id_type, &ret_names->id_type))
        return fail_field(&call->failure, E_INVALID, "member_id_type", query->member_id_type,
                          "member_id_type is open_id, union_id, user_id or app_id");
    r = call_read_body(call, &body);
    if (r >= 0 && ret_names->are_bots && body.id_list.count > BOTS_NAMED_MOST)
        r = fail_field(&call->failure, E_INVALID, "id_list", NULL, "the max len is %d",
                       BOTS_NAMED_MOST);
    ret_names->id_list = body.id_list;
    return r;
}

static int read_succeed_type(Call *call, const char *text, SucceedType *ret_type)
{
    static const char *const names[] = {
        [SUCCEED_IF_ALL_EXIST] = "0", [SUCCEED_FOR_SOME] = "1", [SUCCEED_FOR_ALL] = "2"
    };

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (text_equal(text ? text : "0", names[i])) {
            *ret_type = (SucceedType)i;
            return 0;
        }
    return fail_field(&call->failure, E_INVALID, "succeed_type", text, "succeed_type is 0, 1 or 2");
}

/* A chat that the app's bot is in, with what its settings say. */
static int enter_chat(Call *call, Chat *ret_chat, ChatForm *ret_settings)
{
    int r = chat_get_inside(&call->work, call_path(call, 0), ret_chat);

    return r < 0 ? r : chat_form_parse(call, ret_chat->settings, ret_settings);
}

/* What a request names, and the chat that it is for. A query without succeed_type has its default.
 */
static int read_change(Call *call, MemberNames *ret_names, SucceedType *ret_type, Chat *ret_chat,
                       ChatForm *ret_settings)
{
    MembersQuery query = { 0 };
    int r = call_read_query(call, &query);

    if (r >= 0)
        r = read_names(call, &query, ret_names);
    if (r >= 0)
        r = read_succeed_type(call, query.succeed_type, ret_type);
    return r < 0 ? r : enter_chat(call, ret_chat, ret_settings);
}

/* ---- members.create ---- */

static void add_violations(Buffer *more, const TextArray *ids, const char *description)
{
    for (size_t i = 0; i < ids->count; i++) {
        buffer_add(more, more->text[more->size_bytes - 1] == '[' ? "{" : ",{");
        buffer_add(more, "\"field\":\"id_list\",\"value\":");
        buffer_add_quoted(more, ids->items[i]);
        buffer_print(more, ",\"description\":\"%s\"}", description);
    }
}

/* The platform's text ends with the ids, as its SDK prints a list. */
static const char *text_with_ids(Call *call, const char *msg, const TextArray *ids)
{
    Buffer text;

    buffer_init(&text, call->arena, 256);
    buffer_add(&text, msg);
    buffer_add_char(&text, '[');
    for (size_t i = 0; i < ids->count; i++) {
        buffer_add(&text, i > 0 ? " " : "");
        buffer_add(&text, ids->items[i]);
    }
    buffer_add_char(&text, ']');
    return text.text;
}

/* Whether it was refused because of some of the ids. */
static bool is_for_ids(const Call *call, const MemberMisses *misses)
{
    return misses->invalid_id_list.count + misses->not_existed_id_list.count > 0 &&
           (call->failure.code == E_NOT_FOUND || text_equal(call->failure.field, "id_list"));
}

/* Such a refusal names all of them. */
static int refuse_ids(Call *call, const MemberMisses *misses)
{
    WireError error = wire_error(call->route->section, &call->failure, false);
    Buffer more;

    if (error.code == 99992351)
        error.msg = text_with_ids(call, error.msg, &misses->not_existed_id_list);
    buffer_init(&more, call->arena, 512);
    buffer_add(&more, ",\"field_violations\":[");
    add_violations(&more, &misses->not_existed_id_list, "does not exist");
    if (text_equal(call->failure.field, "id_list"))
        add_violations(&more, &misses->invalid_id_list, "has resigned");
    buffer_add_char(&more, ']');
    answer_error(call, error, call->failure.text, more.text);
    call->is_refused = true;
    return call->failure.code;
}

int chat_members_create(Call *call)
{
    MembersReply reply = { .pending_approval_id_list = { .is_present = true } };
    SucceedType succeed_type = SUCCEED_IF_ALL_EXIST;
    ChatForm settings = { 0 };
    MemberNames names;
    ChatRights rights;
    Chat chat = { 0 };
    int r = read_change(call, &names, &succeed_type, &chat, &settings);

    if (r < 0)
        return r;
    rights = chat_form_rights(&settings);
    r = members_add(&call->work, &chat, &rights, &names, succeed_type, &reply.misses);
    if (r < 0 && is_for_ids(call, &reply.misses))
        return refuse_ids(call, &reply.misses);
    return r < 0 ? r : call_reply(call, members_create_reply, &reply);
}

/* ---- members.delete ---- */

static bool is_named(const MemberNames *names, const char *app_id)
{
    for (size_t i = 0; names->are_bots && i < names->id_list.count; i++)
        if (text_equal(names->id_list.items[i], app_id))
            return true;
    return false;
}

/* A bot that leaves manages the chat no more. */
static const char *settings_without(Call *call, const ChatForm *settings,
                                    const MemberNames *leaving)
{
    const TextArray *managers = &settings->bot_manager_id_list;
    ChatForm left = *settings;

    left.bot_manager_id_list.items = arena_array(call->arena, const char *, managers->count);
    left.bot_manager_id_list.count = 0;
    for (size_t i = 0; i < managers->count; i++)
        if (!is_named(leaving, managers->items[i]))
            left.bot_manager_id_list.items[left.bot_manager_id_list.count++] = managers->items[i];
    return chat_form_print(call->arena, &left);
}

int chat_members_delete(Call *call)
{
    SucceedType succeed_type;
    MemberMisses misses = { 0 };
    ChatForm settings = { 0 };
    const char *left;
    MemberNames names;
    ChatRights rights;
    Chat chat = { 0 };
    int r = read_change(call, &names, &succeed_type, &chat, &settings);

    if (r < 0)
        return r;
    rights = chat_form_rights(&settings);
    left = settings_without(call, &settings, &names);
    r = members_remove(&call->work, &chat, &rights, &names, left, &misses);
    return r < 0 ? r : call_reply(call, members_delete_reply, &misses);
}

/* ---- the bot itself ---- */

int chat_is_in(Call *call)
{
    Chat chat = { 0 };
    int r;

    r = chat_get_alive(&call->work, call_path(call, 0), &chat);
    if (r < 0)
        return r;
    return call_reply(call, is_in_chat_reply,
                      &(InsideReply){ chat_has_bot(&chat, call->work.app->app_id) });
}

int chat_me_join(Call *call)
{
    ChatForm settings = { 0 };
    ChatRights rights;
    Chat chat = { 0 };
    int r;

    r = chat_get_alive(&call->work, call_path(call, 0), &chat);
    if (r >= 0)
        r = chat_form_parse(call, chat.settings, &settings);
    if (r < 0)
        return r;
    rights = chat_form_rights(&settings);
    r = member_join(&call->work, &chat, &rights);
    return r < 0 ? r : call_reply(call, no_reply, &rights);
}
