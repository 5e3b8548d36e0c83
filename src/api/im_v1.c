/* SPDX-License-Identifier: Apache-2.0 */
#include "api/im_v1.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/words.h"

#include "api/page.h"
#include "domain/chat.h"
#include "model/limits.h"

/* "page_size" as a number from 1 to most. */
static int read_page_size(Call *call, const char *text, int64_t most, int64_t *page_size)
{
    int64_t value = 0;

    if (!text)
        return 0;
    if (text_parse_number(text, &value) < 0 || value < 1 || value > most)
        return fail_field(&call->failure, E_INVALID, "page_size", text,
                          "page_size is a number from 1 to %lld", (long long)most);
    *page_size = value;
    return 0;
}

static int read_id_type(Call *call, const char *field, const char *text, UserIdType *ret_type)
{
    if (!user_id_type_parse(text, ret_type))
        return fail_field(&call->failure, E_INVALID, field, text,
                          "%s is open_id, union_id or user_id", field);
    return 0;
}

/* ---- chats.get ---- */

typedef struct ChatGetQuery {
    const char *user_id_type;
} ChatGetQuery;

typedef struct I18nNames {
    const char *zh_cn;
    const char *en_us;
    const char *ja_jp;
} I18nNames;

typedef struct RestrictedMode {
    bool status;
    const char *screenshot_has_permission_setting;
    const char *download_has_permission_setting;
    const char *message_has_permission_setting;
} RestrictedMode;

typedef struct ChatReply {
    const char *avatar;
    const char *name;
    const char *description;
    I18nNames *i18n_names;
    const char *add_member_permission;
    const char *share_card_permission;
    const char *at_all_permission;
    const char *edit_permission;
    const char *owner_id_type;
    const char *owner_id;
    TextArray user_manager_id_list;
    TextArray bot_manager_id_list;
    const char *group_message_type;
    const char *chat_mode;
    const char *chat_type;
    const char *chat_tag;
    const char *join_message_visibility;
    const char *leave_message_visibility;
    const char *membership_approval;
    const char *moderation_permission;
    bool external;
    const char *tenant_key;
    const char *user_count;
    const char *bot_count;
    RestrictedMode *restricted_mode_setting;
    const char *urgent_setting;
    const char *video_conference_setting;
    const char *hide_member_count_setting;
    const char *chat_status;
} ChatReply;

/* clang-format off */
const Field chat_get_query[] = {
    FIELD(ChatGetQuery, user_id_type, JSON_TEXT, 0, .about = "open_id (default), union_id or user_id"),
    FIELDS_END,
};
static const Field i18n_fields[] = {
    FIELD(I18nNames, zh_cn, JSON_TEXT, FIELD_REQUIRED, .about = "Chinese"),
    FIELD(I18nNames, en_us, JSON_TEXT, FIELD_REQUIRED, .about = "English"),
    FIELD(I18nNames, ja_jp, JSON_TEXT, FIELD_REQUIRED, .about = "Japanese"),
    FIELDS_END,
};
static const Field restricted_fields[] = {
    FIELD(RestrictedMode, status,                            JSON_BOOLEAN, FIELD_REQUIRED, .about = "false: off"),
    FIELD(RestrictedMode, screenshot_has_permission_setting, JSON_TEXT,    FIELD_REQUIRED, .about = "who may"),
    FIELD(RestrictedMode, download_has_permission_setting,   JSON_TEXT,    FIELD_REQUIRED, .about = "who may"),
    FIELD(RestrictedMode, message_has_permission_setting,    JSON_TEXT,    FIELD_REQUIRED, .about = "who may"),
    FIELDS_END,
};
const Field chat_get_reply[] = {
    FIELD(ChatReply, avatar,                JSON_TEXT,       FIELD_REQUIRED, .about = "empty: none"),
    FIELD(ChatReply, name,                  JSON_TEXT,       FIELD_REQUIRED, .about = "the chat's name"),
    FIELD(ChatReply, description,           JSON_TEXT,       FIELD_REQUIRED, .about = "empty: none"),
    FIELD(ChatReply, i18n_names,            JSON_OBJECT,     FIELD_REQUIRED, .fields = i18n_fields, .item_bytes = sizeof(I18nNames), .about = "its name by language; empty: none"),
    FIELD(ChatReply, add_member_permission, JSON_TEXT,       FIELD_REQUIRED, .about = "all_members or only_owner"),
    FIELD(ChatReply, share_card_permission, JSON_TEXT,       FIELD_REQUIRED, .about = "allowed or not_allowed"),
    FIELD(ChatReply, at_all_permission,     JSON_TEXT,       FIELD_REQUIRED, .about = "all_members or only_owner"),
    FIELD(ChatReply, edit_permission,       JSON_TEXT,       FIELD_REQUIRED, .about = "all_members or only_owner"),
    FIELD(ChatReply, owner_id_type,         JSON_TEXT,       0, .about = "as user_id_type; absent when a bot owns the chat"),
    FIELD(ChatReply, owner_id,              JSON_TEXT,       0, .about = "absent when a bot owns the chat"),
    FIELD(ChatReply, user_manager_id_list,  JSON_TEXT_ARRAY, FIELD_REQUIRED, .about = "users who manage the chat beside its owner"),
    FIELD(ChatReply, bot_manager_id_list,   JSON_TEXT_ARRAY, FIELD_REQUIRED, .about = "bots that manage the chat"),
    FIELD(ChatReply, group_message_type,    JSON_TEXT,       FIELD_REQUIRED, .about = "chat or thread"),
    FIELD(ChatReply, chat_mode,             JSON_TEXT,       FIELD_REQUIRED, .about = "group"),
    FIELD(ChatReply, chat_type,             JSON_TEXT,       FIELD_REQUIRED, .about = "private or public"),
    FIELD(ChatReply, chat_tag,              JSON_TEXT,       FIELD_REQUIRED, .about = "inner"),
    FIELD(ChatReply, join_message_visibility,  JSON_TEXT,    FIELD_REQUIRED, .about = "who sees that somebody came"),
    FIELD(ChatReply, leave_message_visibility, JSON_TEXT,    FIELD_REQUIRED, .about = "who sees that somebody went"),
    FIELD(ChatReply, membership_approval,   JSON_TEXT,       FIELD_REQUIRED, .about = "no_approval_required"),
    FIELD(ChatReply, moderation_permission, JSON_TEXT,       FIELD_REQUIRED, .about = "who may speak"),
    FIELD(ChatReply, external,              JSON_BOOLEAN,    FIELD_REQUIRED, .about = "false: of this tenant alone"),
    FIELD(ChatReply, tenant_key,            JSON_TEXT,       FIELD_REQUIRED, .about = "the tenant"),
    FIELD(ChatReply, user_count,            JSON_TEXT,       FIELD_REQUIRED, .about = "how many users, as a text"),
    FIELD(ChatReply, bot_count,             JSON_TEXT,       FIELD_REQUIRED, .about = "how many bots, as a text"),
    FIELD(ChatReply, restricted_mode_setting, JSON_OBJECT,   FIELD_REQUIRED, .fields = restricted_fields, .item_bytes = sizeof(RestrictedMode), .about = "restricted mode"),
    FIELD(ChatReply, urgent_setting,        JSON_TEXT,       FIELD_REQUIRED, .about = "all_members or only_owner"),
    FIELD(ChatReply, video_conference_setting, JSON_TEXT,    FIELD_REQUIRED, .about = "all_members or only_owner"),
    FIELD(ChatReply, hide_member_count_setting, JSON_TEXT,   FIELD_REQUIRED, .about = "all_members or only_owner"),
    FIELD(ChatReply, chat_status,           JSON_TEXT,       FIELD_REQUIRED, .about = "normal, dissolved or dissolved_save"),
    FIELDS_END,
};
/* What an app whose bot is outside is told (decision 39). */
static const Field chat_outside_reply[] = {
    FIELD(ChatReply, avatar,      JSON_TEXT, FIELD_REQUIRED, .about = ""),
    FIELD(ChatReply, name,        JSON_TEXT, FIELD_REQUIRED, .about = ""),
    FIELD(ChatReply, user_count,  JSON_TEXT, FIELD_REQUIRED, .about = ""),
    FIELD(ChatReply, bot_count,   JSON_TEXT, FIELD_REQUIRED, .about = ""),
    FIELD(ChatReply, chat_status, JSON_TEXT, FIELD_REQUIRED, .about = ""),
    FIELDS_END,
};
/* clang-format on */

/* What is the same for every chat so far: the platform's defaults (contract §5.3). */
static const ChatReply chat_defaults = {
    .add_member_permission = "all_members",
    .share_card_permission = "allowed",
    .at_all_permission = "all_members",
    .edit_permission = "all_members",
    .user_manager_id_list = { .is_present = true },
    .bot_manager_id_list = { .is_present = true },
    .group_message_type = "chat",
    .chat_mode = "group",
    .chat_type = "private",
    .chat_tag = "inner",
    .join_message_visibility = "all_members",
    .leave_message_visibility = "all_members",
    .membership_approval = "no_approval_required",
    .moderation_permission = "all_members",
    .urgent_setting = "all_members",
    .video_conference_setting = "all_members",
    .hide_member_count_setting = "all_members",
};

int chat_get(Call *call)
{
    ChatGetQuery query = { 0 };
    ChatReply reply = chat_defaults;
    RestrictedMode restricted = { false, "all_members", "all_members", "all_members" };
    UserIdType type = ID_OPEN;
    ChatView view = { 0 };
    int r;

    r = call_read_query(call, &query);
    if (r >= 0)
        r = read_id_type(call, "user_id_type", query.user_id_type, &type);
    if (r >= 0)
        r = chat_view(&call->work, call_path(call, 0), &view);
    if (r < 0)
        return r;
    reply.name = view.chat.name;
    reply.i18n_names = &(I18nNames){ 0 };
    reply.owner_id_type = user_id_type_text(type);
    reply.owner_id = user_id_of(&view.owner, type);
    reply.tenant_key = call->work.tenant->tenant_key;
    reply.user_count = arena_print(call->arena, "%lld", (long long)view.chat.user_count);
    reply.bot_count = arena_print(call->arena, "%lld", (long long)chat_bot_count(&view.chat));
    reply.restricted_mode_setting = &restricted;
    reply.chat_status = view.chat.chat_status;
    return call_reply(call, view.is_inside ? chat_get_reply : chat_outside_reply, &reply);
}

/* ---- members.get ---- */

typedef struct MembersQuery {
    const char *member_id_type;
    const char *page_size;
    const char *page_token;
} MembersQuery;

typedef struct MemberReply {
    const char *member_id_type;
    const char *member_id;
    const char *name;
    const char *tenant_key;
} MemberReply;

typedef struct MembersReply {
    ObjectArray items;
    const char *page_token;
    bool has_more;
    int64_t member_total;
} MembersReply;

/* clang-format off */
const Field members_get_query[] = {
    FIELD(MembersQuery, member_id_type, JSON_TEXT, 0, .about = "open_id (default), union_id or user_id"),
    FIELD(MembersQuery, page_size,      JSON_TEXT, 0, .about = "1 to 100; without it, 20"),
    FIELD(MembersQuery, page_token,     JSON_TEXT, 0, .about = "from the page before"),
    FIELDS_END,
};
static const Field member_fields[] = {
    FIELD(MemberReply, member_id_type, JSON_TEXT, FIELD_REQUIRED, .about = "as asked for"),
    FIELD(MemberReply, member_id,      JSON_TEXT, FIELD_REQUIRED, .about = "the user"),
    FIELD(MemberReply, name,           JSON_TEXT, FIELD_REQUIRED, .about = "their name"),
    FIELD(MemberReply, tenant_key,     JSON_TEXT, FIELD_REQUIRED, .about = "their tenant"),
    FIELDS_END,
};
const Field members_get_reply[] = {
    FIELD(MembersReply, items,        JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = member_fields, .item_bytes = sizeof(MemberReply), .about = "users; bots are left out"),
    FIELD(MembersReply, page_token,   JSON_TEXT,         0, .about = "only while has_more"),
    FIELD(MembersReply, has_more,     JSON_BOOLEAN,      FIELD_REQUIRED, .about = "whether another page follows"),
    FIELD(MembersReply, member_total, JSON_INTEGER,      FIELD_REQUIRED, .about = "users in the chat"),
    FIELDS_END,
};
/* clang-format on */

static ObjectArray member_replies(Call *call, const MemberView *members, size_t count,
                                  UserIdType type)
{
    MemberReply *items = arena_array(call->arena, MemberReply, count);

    for (size_t i = 0; i < count; i++)
        items[i] = (MemberReply){ user_id_type_text(type), user_id_of(&members[i].user, type),
                                  members[i].user.name, call->work.tenant->tenant_key };
    return (ObjectArray){ items, count, true };
}

static const char *print_place(Arena *arena, MemberPlace place)
{
    return arena_print(arena, "%lld.%lld", (long long)place.event_number,
                       (long long)place.position);
}

/* text comes out of a page token, so we wrote it; NULL: the first page. */
static MemberPlace parse_place(const char *text)
{
    long long event_number, position;

    if (!text || sscanf(text, "%lld.%lld", &event_number, &position) != 2)
        return BEFORE_ALL_MEMBERS;
    return (MemberPlace){ event_number, position };
}

int chat_members_get(Call *call)
{
    const char *chat_id = call_path(call, 0), *after = NULL;
    const char *list = NULL;
    int64_t page_size = MEMBER_PAGE_DEFAULT;
    MembersQuery query = { 0 };
    MembersReply reply = { 0 };
    UserIdType type = ID_OPEN;
    MemberView *members = NULL;
    size_t count = 0;
    int r;

    r = call_read_query(call, &query);
    if (r >= 0)
        r = read_id_type(call, "member_id_type", query.member_id_type, &type);
    if (r >= 0)
        r = read_page_size(call, query.page_size, MEMBER_PAGE_MOST, &page_size);
    if (r < 0)
        return r;
    list = arena_print(call->arena, "members %s %s", user_id_type_text(type), chat_id);
    r = page_token_parse(&call->work, list, query.page_token, &after);
    if (r >= 0)
        r = chat_members(&call->work, chat_id, parse_place(after), (size_t)page_size + 1, &members,
                         &count, &reply.member_total);
    if (r < 0)
        return r;
    reply.has_more = count > (size_t)page_size;
    if (reply.has_more) {
        count = (size_t)page_size;
        reply.page_token =
            page_token_print(&call->work, list, print_place(call->arena, members[count - 1].place));
    }
    reply.items = member_replies(call, members, count, type);
    return call_reply(call, members_get_reply, &reply);
}

/* ---- messages.list ---- */

typedef struct MessagesQuery {
    const char *container_id_type;
    const char *container_id;
    const char *start_time;
    const char *end_time;
    const char *sort_type;
    const char *page_size;
    const char *page_token;
} MessagesQuery;

typedef struct SenderReply {
    const char *id;
    const char *id_type;
    const char *sender_type;
    const char *tenant_key;
} SenderReply;

typedef struct BodyReply {
    const char *content;
} BodyReply;

typedef struct MessageReply {
    const char *message_id;
    const char *root_id;
    const char *parent_id;
    const char *msg_type;
    const char *create_time;
    const char *update_time;
    bool deleted;
    bool updated;
    const char *chat_id;
    SenderReply *sender;
    BodyReply *body;
} MessageReply;

typedef struct MessagesReply {
    bool has_more;
    const char *page_token;
    ObjectArray items;
} MessagesReply;

/* clang-format off */
const Field message_list_query[] = {
    FIELD(MessagesQuery, container_id_type, JSON_TEXT, FIELD_REQUIRED, .about = "chat"),
    FIELD(MessagesQuery, container_id,      JSON_TEXT, FIELD_REQUIRED, .about = "the chat_id"),
    FIELD(MessagesQuery, start_time,        JSON_TEXT, 0, .about = "sent at or after, in seconds"),
    FIELD(MessagesQuery, end_time,          JSON_TEXT, 0, .about = "sent at or before, in seconds"),
    FIELD(MessagesQuery, sort_type,         JSON_TEXT, 0, .about = "ByCreateTimeAsc (default) or ByCreateTimeDesc"),
    FIELD(MessagesQuery, page_size,         JSON_TEXT, 0, .about = "1 to 50; without it, 20"),
    FIELD(MessagesQuery, page_token,        JSON_TEXT, 0, .about = "from the page before"),
    FIELDS_END,
};
static const Field sender_fields[] = {
    FIELD(SenderReply, id,          JSON_TEXT, FIELD_REQUIRED, .about = "an app_id or an open_id"),
    FIELD(SenderReply, id_type,     JSON_TEXT, FIELD_REQUIRED, .about = "app_id or open_id"),
    FIELD(SenderReply, sender_type, JSON_TEXT, FIELD_REQUIRED, .about = "app or user"),
    FIELD(SenderReply, tenant_key,  JSON_TEXT, FIELD_REQUIRED, .about = "the sender's tenant"),
    FIELDS_END,
};
static const Field body_fields[] = {
    FIELD(BodyReply, content, JSON_TEXT, FIELD_REQUIRED, .about = "JSON in a text; its form depends on msg_type"),
    FIELDS_END,
};
static const Field message_fields[] = {
    FIELD(MessageReply, message_id,  JSON_TEXT,    FIELD_REQUIRED, .about = "om_…"),
    FIELD(MessageReply, root_id,     JSON_TEXT,    0, .about = "absent: not a reply"),
    FIELD(MessageReply, parent_id,   JSON_TEXT,    0, .about = "absent: not a reply"),
    FIELD(MessageReply, msg_type,    JSON_TEXT,    FIELD_REQUIRED, .about = "system for the one that tells who opened the chat"),
    FIELD(MessageReply, create_time, JSON_TEXT,    FIELD_REQUIRED, .about = "milliseconds"),
    FIELD(MessageReply, update_time, JSON_TEXT,    FIELD_REQUIRED, .about = "milliseconds"),
    FIELD(MessageReply, deleted,     JSON_BOOLEAN, FIELD_REQUIRED, .about = "whether it was recalled"),
    FIELD(MessageReply, updated,     JSON_BOOLEAN, FIELD_REQUIRED, .about = "whether it was changed"),
    FIELD(MessageReply, chat_id,     JSON_TEXT,    FIELD_REQUIRED, .about = "the chat"),
    FIELD(MessageReply, sender,      JSON_OBJECT,  FIELD_REQUIRED, .fields = sender_fields, .item_bytes = sizeof(SenderReply), .about = "who sent it"),
    FIELD(MessageReply, body,        JSON_OBJECT,  FIELD_REQUIRED, .fields = body_fields, .item_bytes = sizeof(BodyReply), .about = "what it says"),
    FIELDS_END,
};
const Field message_list_reply[] = {
    FIELD(MessagesReply, has_more,   JSON_BOOLEAN,      FIELD_REQUIRED, .about = "whether another page follows"),
    FIELD(MessagesReply, page_token, JSON_TEXT,         0, .about = "only while has_more"),
    FIELD(MessagesReply, items,      JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = message_fields, .item_bytes = sizeof(MessageReply), .about = "messages"),
    FIELDS_END,
};
/* clang-format on */

/* A time of the query in seconds; unset stays what it was. is_end: to the end of that second. */
static int read_seconds(Call *call, const char *field, const char *text, bool is_end, int64_t *ms)
{
    const int64_t latest_s = INT64_C(253402300799); /* the year 9999 */
    int64_t seconds = 0;

    if (!text)
        return 0;
    if (text_parse_number(text, &seconds) < 0 || seconds > latest_s)
        return fail_field(&call->failure, E_INVALID, field, text, "%s is a time in seconds", field);
    *ms = seconds * 1000 + (is_end ? 999 : 0);
    return 0;
}

static int read_sort(Call *call, const char *sort_type, bool *ret_is_newest_first)
{
    *ret_is_newest_first = text_equal(sort_type, "ByCreateTimeDesc");
    if (sort_type && !*ret_is_newest_first && !text_equal(sort_type, "ByCreateTimeAsc"))
        return fail_field(&call->failure, E_INVALID, "sort_type", sort_type,
                          "sort_type is ByCreateTimeAsc or ByCreateTimeDesc");
    return 0;
}

/* A bot reads a group's history only with a scope of its own (contract §5.2). */
static int check_history_scope(Call *call)
{
    if (!words_hold(call->work.app->scopes, "im:message.group_msg"))
        return fail_field(&call->failure, E_DENIED, "scope", NULL,
                          "im:message.group_msg is required to read a group's messages");
    return 0;
}

static int read_messages_query(Call *call, MessagesQuery *query, MessageQuery *ret_wanted)
{
    int64_t page_size = MESSAGE_PAGE_DEFAULT;
    int r;

    *ret_wanted = (MessageQuery){ .end_ms = INT64_MAX };
    r = call_read_query(call, query);
    if (r < 0)
        return r;
    ret_wanted->chat_id = query->container_id;
    if (!text_equal(query->container_id_type, "chat"))
        return fail_field(&call->failure, E_INVALID, "container_id_type", query->container_id_type,
                          "container_id_type is chat");
    r = read_seconds(call, "start_time", query->start_time, false, &ret_wanted->start_ms);
    if (r >= 0)
        r = read_seconds(call, "end_time", query->end_time, true, &ret_wanted->end_ms);
    if (r >= 0)
        r = read_sort(call, query->sort_type, &ret_wanted->is_newest_first);
    if (r >= 0)
        r = read_page_size(call, query->page_size, MESSAGE_PAGE_MOST, &page_size);
    ret_wanted->limit = (size_t)page_size;
    return r;
}

static MessageReply reply_of(Call *call, const char *chat_id, const MessageView *view)
{
    const char *time = arena_print(call->arena, "%lld", (long long)view->message.created_ms);
    bool is_user = view->sender_open_id;
    MessageReply reply = { .message_id = id_print(view->message.id, MESSAGE_ID_PREFIX, call->arena),
                           .msg_type = view->message.msg_type,
                           .create_time = time,
                           .update_time = time,
                           .chat_id = chat_id,
                           .sender = arena_alloc(call->arena, sizeof(SenderReply)),
                           .body = arena_alloc(call->arena, sizeof(BodyReply)) };

    *reply.sender = (SenderReply){ is_user ? view->sender_open_id : view->message.sender_id,
                                   is_user ? "open_id" : "app_id", view->message.sender_type,
                                   call->work.tenant->tenant_key };
    reply.body->content = view->message.content;
    return reply;
}

int message_list_get(Call *call)
{
    MessagesQuery query = { 0 };
    MessageQuery wanted;
    MessagesReply reply = { 0 };
    MessageReply *items;
    MessageView *views = NULL;
    const char *list;
    size_t count = 0;
    int r;

    r = check_history_scope(call);
    if (r >= 0)
        r = read_messages_query(call, &query, &wanted);
    if (r < 0)
        return r;
    list = arena_print(call->arena, "messages %s %s", wanted.chat_id,
                       wanted.is_newest_first ? "down" : "up");
    r = page_token_parse(&call->work, list, query.page_token, &wanted.last_id);
    if (r >= 0)
        r = chat_messages(&call->work, &wanted, &views, &count, &reply.has_more);
    if (r < 0)
        return r;
    items = arena_array(call->arena, MessageReply, count);
    for (size_t i = 0; i < count; i++)
        items[i] = reply_of(call, wanted.chat_id, &views[i]);
    reply.items = (ObjectArray){ items, count, true };
    if (reply.has_more)
        reply.page_token = page_token_print(&call->work, list, items[count - 1].message_id);
    return call_reply(call, message_list_reply, &reply);
}
