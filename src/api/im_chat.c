/* SPDX-License-Identifier: Apache-2.0 */
/* im/v1: chats. */
#include "api/im_v1.h"
#include "domain/chat.h"

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
        r = im_read_id_type(call, "user_id_type", query.user_id_type, &type);
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
