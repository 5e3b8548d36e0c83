/* SPDX-License-Identifier: Apache-2.0 */
#include "api/im_chat_form.h"

#include <string.h>

#include "base/words.h"

#include "api/im_v1.h"
#include "model/limits.h"

/* ---- as JSON ---- */

/* clang-format off */
static const Field i18n_fields[] = {
    FIELD(I18nNames, zh_cn, JSON_TEXT, 0, .at_most = CHAT_I18N_CHARACTERS_MOST, .about = "Chinese"),
    FIELD(I18nNames, en_us, JSON_TEXT, 0, .at_most = CHAT_I18N_CHARACTERS_MOST, .about = "English"),
    FIELD(I18nNames, ja_jp, JSON_TEXT, 0, .at_most = CHAT_I18N_CHARACTERS_MOST, .about = "Japanese"),
    FIELDS_END,
};
static const Field i18n_reply[] = {
    FIELD(I18nNames, zh_cn, JSON_TEXT, FIELD_REQUIRED, .about = "Chinese"),
    FIELD(I18nNames, en_us, JSON_TEXT, FIELD_REQUIRED, .about = "English"),
    FIELD(I18nNames, ja_jp, JSON_TEXT, FIELD_REQUIRED, .about = "Japanese"),
    FIELDS_END,
};
static const Field restricted_fields[] = {
    FIELD(RestrictedMode, status,                            JSON_BOOLEAN, 0, .about = "true: on, and one of the three is not_anyone; false: off, and none is"),
    FIELD(RestrictedMode, screenshot_has_permission_setting, JSON_TEXT,    0, .about = "all_members (default) or not_anyone"),
    FIELD(RestrictedMode, download_has_permission_setting,   JSON_TEXT,    0, .about = "all_members (default) or not_anyone"),
    FIELD(RestrictedMode, message_has_permission_setting,    JSON_TEXT,    0, .about = "all_members (default) or not_anyone"),
    FIELDS_END,
};
static const Field restricted_reply[] = {
    FIELD(RestrictedMode, status,                            JSON_BOOLEAN, FIELD_REQUIRED, .about = "false: off"),
    FIELD(RestrictedMode, screenshot_has_permission_setting, JSON_TEXT,    FIELD_REQUIRED, .about = "who may"),
    FIELD(RestrictedMode, download_has_permission_setting,   JSON_TEXT,    FIELD_REQUIRED, .about = "who may"),
    FIELD(RestrictedMode, message_has_permission_setting,    JSON_TEXT,    FIELD_REQUIRED, .about = "who may"),
    FIELDS_END,
};

#define OF_I18N       .fields = i18n_fields, .item_bytes = sizeof(I18nNames)
#define OF_RESTRICTED .fields = restricted_fields, .item_bytes = sizeof(RestrictedMode)

/* What the bodies that make and that change a chat both have. */
#define BODY_FIELDS \
    FIELD(ChatForm, avatar,                JSON_TEXT,    0, .at_most = CHAT_AVATAR_CHARACTERS_MOST, .about = "the key of an image"), \
    FIELD(ChatForm, description,           JSON_TEXT,    FIELD_KEEP_EMPTY, .at_most = CHAT_DESCRIPTION_CHARACTERS_MOST, .about = "free text; empty: none"), \
    FIELD(ChatForm, i18n_names,            JSON_OBJECT,  0, OF_I18N, .about = "its name by language"), \
    FIELD(ChatForm, edit_permission,       JSON_TEXT,    0, .about = "who changes name, avatar and description: all_members (default) or only_owner"), \
    FIELD(ChatForm, group_message_type,    JSON_TEXT,    0, .about = "chat (default) or thread"), \
    FIELD(ChatForm, chat_type,             JSON_TEXT,    0, .about = "private (default) or public"), \
    FIELD(ChatForm, join_message_visibility,  JSON_TEXT, 0, .about = "who sees that somebody came: all_members (default), only_owner or not_anyone"), \
    FIELD(ChatForm, leave_message_visibility, JSON_TEXT, 0, .about = "who sees that somebody went: all_members (default), only_owner or not_anyone"), \
    FIELD(ChatForm, membership_approval,   JSON_TEXT,    0, .about = "no_approval_required (default) or approval_required"), \
    FIELD(ChatForm, restricted_mode_setting, JSON_OBJECT, 0, OF_RESTRICTED, .about = "restricted mode, whole"), \
    FIELD(ChatForm, urgent_setting,        JSON_TEXT,    0, .about = "all_members (default) or only_owner"), \
    FIELD(ChatForm, video_conference_setting, JSON_TEXT, 0, .about = "all_members (default) or only_owner"), \
    FIELD(ChatForm, hide_member_count_setting, JSON_TEXT, 0, .about = "all_members (default) or only_owner")

const Field chat_create_body[] = {
    FIELD(ChatForm, name,         JSON_TEXT,       0, .about = "a public chat's has at least 2 characters; a private chat's is (无主题) without it"),
    BODY_FIELDS,
    FIELD(ChatForm, chat_mode,    JSON_TEXT,       0, .about = "group"),
    FIELD(ChatForm, owner_id,     JSON_TEXT,       0, .about = "a user, who comes too; without it, the calling app's bot owns the chat"),
    FIELD(ChatForm, user_id_list, JSON_TEXT_ARRAY, 0, .at_most = USERS_NAMED_MOST, .about = "users who come"),
    FIELD(ChatForm, bot_id_list,  JSON_TEXT_ARRAY, 0, .at_most = BOTS_NAMED_MOST, .about = "app_ids of further bots that come"),
    FIELDS_END,
};
const Field chat_update_body[] = {
    FIELD(ChatForm, name,                  JSON_TEXT, 0, .about = "a public chat's has at least 2 characters"),
    BODY_FIELDS,
    FIELD(ChatForm, add_member_permission, JSON_TEXT, 0, .about = "all_members or only_owner; only together with share_card_permission"),
    FIELD(ChatForm, share_card_permission, JSON_TEXT, 0, .about = "allowed with all_members, not_allowed with only_owner"),
    FIELD(ChatForm, at_all_permission,     JSON_TEXT, 0, .about = "all_members or only_owner"),
    FIELD(ChatForm, owner_id,              JSON_TEXT, 0, .about = "the user to whom the chat is handed over; must be in it"),
    FIELDS_END,
};

/* What a row keeps. */
static const Field kept_fields[] = {
    FIELD(ChatForm, avatar,                JSON_TEXT,       0),
    FIELD(ChatForm, description,           JSON_TEXT,       FIELD_KEEP_EMPTY),
    FIELD(ChatForm, i18n_names,            JSON_OBJECT,     0, OF_I18N),
    FIELD(ChatForm, add_member_permission, JSON_TEXT,       0),
    FIELD(ChatForm, share_card_permission, JSON_TEXT,       0),
    FIELD(ChatForm, at_all_permission,     JSON_TEXT,       0),
    FIELD(ChatForm, edit_permission,       JSON_TEXT,       0),
    FIELD(ChatForm, bot_manager_id_list,   JSON_TEXT_ARRAY, 0),
    FIELD(ChatForm, group_message_type,    JSON_TEXT,       0),
    FIELD(ChatForm, join_message_visibility,  JSON_TEXT,    0),
    FIELD(ChatForm, leave_message_visibility, JSON_TEXT,    0),
    FIELD(ChatForm, membership_approval,   JSON_TEXT,       0),
    FIELD(ChatForm, restricted_mode_setting, JSON_OBJECT,   0, OF_RESTRICTED),
    FIELD(ChatForm, urgent_setting,        JSON_TEXT,       0),
    FIELD(ChatForm, video_conference_setting, JSON_TEXT,    0),
    FIELD(ChatForm, hide_member_count_setting, JSON_TEXT,   0),
    FIELDS_END,
};

/* group: the flags of what a p2p chat doesn't have. */
#define REPLY_FIELDS(group) \
    FIELD(ChatForm, avatar,                JSON_TEXT,       FIELD_REQUIRED, .about = "empty: none"), \
    FIELD(ChatForm, name,                  JSON_TEXT,       group, .about = "the chat's name"), \
    FIELD(ChatForm, description,           JSON_TEXT,       FIELD_REQUIRED, .about = "empty: none"), \
    FIELD(ChatForm, i18n_names,            JSON_OBJECT,     FIELD_REQUIRED, .fields = i18n_reply, .item_bytes = sizeof(I18nNames), .about = "its name by language; empty: none"), \
    FIELD(ChatForm, add_member_permission, JSON_TEXT,       group, .about = "all_members or only_owner"), \
    FIELD(ChatForm, share_card_permission, JSON_TEXT,       group, .about = "allowed or not_allowed"), \
    FIELD(ChatForm, at_all_permission,     JSON_TEXT,       group, .about = "all_members or only_owner"), \
    FIELD(ChatForm, edit_permission,       JSON_TEXT,       FIELD_REQUIRED, .about = "all_members or only_owner"), \
    FIELD(ChatForm, owner_id_type,         JSON_TEXT,       0, .about = "as user_id_type; absent when a bot owns the chat"), \
    FIELD(ChatForm, owner_id,              JSON_TEXT,       0, .about = "absent when a bot owns the chat")

#define MORE_REPLY_FIELDS(group) \
    FIELD(ChatForm, group_message_type,    JSON_TEXT,       group, .about = "chat or thread"), \
    FIELD(ChatForm, chat_mode,             JSON_TEXT,       FIELD_REQUIRED, .about = "group; p2p: the chat of a bot and one user, without name, owner and what is for groups"), \
    FIELD(ChatForm, chat_type,             JSON_TEXT,       group, .about = "private or public"), \
    FIELD(ChatForm, chat_tag,              JSON_TEXT,       group, .about = "inner"), \
    FIELD(ChatForm, join_message_visibility,  JSON_TEXT,    group, .about = "who sees that somebody came"), \
    FIELD(ChatForm, leave_message_visibility, JSON_TEXT,    group, .about = "who sees that somebody went"), \
    FIELD(ChatForm, membership_approval,   JSON_TEXT,       group, .about = "no_approval_required or approval_required"), \
    FIELD(ChatForm, moderation_permission, JSON_TEXT,       FIELD_REQUIRED, .about = "who may speak"), \
    FIELD(ChatForm, external,              JSON_BOOLEAN,    FIELD_REQUIRED, .about = "false: of this tenant alone"), \
    FIELD(ChatForm, tenant_key,            JSON_TEXT,       FIELD_REQUIRED, .about = "the tenant")

#define LAST_REPLY_FIELDS \
    FIELD(ChatForm, restricted_mode_setting, JSON_OBJECT,   FIELD_REQUIRED, .fields = restricted_reply, .item_bytes = sizeof(RestrictedMode), .about = "restricted mode"), \
    FIELD(ChatForm, urgent_setting,        JSON_TEXT,       FIELD_REQUIRED, .about = "all_members or only_owner"), \
    FIELD(ChatForm, video_conference_setting, JSON_TEXT,    FIELD_REQUIRED, .about = "all_members or only_owner"), \
    FIELD(ChatForm, hide_member_count_setting, JSON_TEXT,   FIELD_REQUIRED, .about = "all_members or only_owner")

const Field chat_create_reply[] = {
    FIELD(ChatForm, chat_id, JSON_TEXT, FIELD_REQUIRED, .about = "the chat that was made"),
    REPLY_FIELDS(FIELD_REQUIRED), MORE_REPLY_FIELDS(FIELD_REQUIRED), LAST_REPLY_FIELDS,
    FIELDS_END,
};
const Field chat_get_reply[] = {
    REPLY_FIELDS(0),
    FIELD(ChatForm, user_manager_id_list,  JSON_TEXT_ARRAY, FIELD_REQUIRED, .about = "users who manage the chat beside its owner"),
    FIELD(ChatForm, bot_manager_id_list,   JSON_TEXT_ARRAY, FIELD_REQUIRED, .about = "bots that manage the chat"),
    MORE_REPLY_FIELDS(0),
    FIELD(ChatForm, user_count,            JSON_TEXT,       FIELD_REQUIRED, .about = "how many users, as a text"),
    FIELD(ChatForm, bot_count,             JSON_TEXT,       FIELD_REQUIRED, .about = "how many bots, as a text"),
    LAST_REPLY_FIELDS,
    FIELD(ChatForm, chat_status,           JSON_TEXT,       FIELD_REQUIRED, .about = "normal, dissolved or dissolved_save"),
    FIELDS_END,
};
/* What an app whose bot is outside is told (decision 39). */
const Field chat_outside_reply[] = {
    FIELD(ChatForm, avatar,      JSON_TEXT, FIELD_REQUIRED, .about = ""),
    FIELD(ChatForm, name,        JSON_TEXT, 0, .about = ""),
    FIELD(ChatForm, user_count,  JSON_TEXT, FIELD_REQUIRED, .about = ""),
    FIELD(ChatForm, bot_count,   JSON_TEXT, FIELD_REQUIRED, .about = ""),
    FIELD(ChatForm, chat_status, JSON_TEXT, FIELD_REQUIRED, .about = ""),
    FIELDS_END,
};

/* ---- what each may be ---- */

/* Texts: the platform's default of each, and what else it may be (NULL: anything). */
typedef struct Choice {
    const char *name;
    size_t offset;
    const char *standard;
    const char *values; /* words */
    bool is_setting;
    bool is_everybodys; /* to change, unless edit_permission says otherwise */
    bool is_of_groups;  /* a p2p chat doesn't have it */
} Choice;

#define CHOICE(member, ...)    { #member, offsetof(ChatForm, member), __VA_ARGS__, false }
#define OF_GROUPS(member, ...) { #member, offsetof(ChatForm, member), __VA_ARGS__, true }
#define PERMISSION             "all_members", "all_members only_owner"
#define VISIBILITY             "all_members", "all_members only_owner not_anyone"

static const Choice choices[] = {
    CHOICE(avatar,                       "", NULL, true, true),
    CHOICE(description,                  "", NULL, true, true),
    OF_GROUPS(add_member_permission,     PERMISSION, true, false),
    OF_GROUPS(share_card_permission,     "allowed", "allowed not_allowed", true, false),
    OF_GROUPS(at_all_permission,         PERMISSION, true, false),
    CHOICE(edit_permission,              PERMISSION, true, false),
    OF_GROUPS(group_message_type,        "chat", "chat thread", true, false),
    OF_GROUPS(join_message_visibility,   VISIBILITY, true, false),
    OF_GROUPS(leave_message_visibility,  VISIBILITY, true, false),
    OF_GROUPS(membership_approval,       "no_approval_required", "no_approval_required approval_required", true, false),
    CHOICE(urgent_setting,               PERMISSION, true, false),
    CHOICE(video_conference_setting,     PERMISSION, true, false),
    CHOICE(hide_member_count_setting,    PERMISSION, true, false),
    CHOICE(moderation_permission,        PERMISSION, false, false),
    OF_GROUPS(chat_type,                 "private", "private public", false, false),
    CHOICE(chat_mode,                    "group", "group", false, false),
    OF_GROUPS(chat_tag,                  "inner", "inner", false, false),
};
/* clang-format on */

static const char **slot(ChatForm *form, const Choice *choice)
{
    return (const char **)(void *)((char *)form + choice->offset);
}

static const char *text_of(const ChatForm *form, const Choice *choice)
{
    return *(const char *const *)(const void *)((const char *)form + choice->offset);
}

static bool is_known(const char *values, const char *text)
{
    return !strchr(text, ' ') && words_hold(values, text);
}

static int check_restricted(Call *call, RestrictedMode *mode)
{
    const char **who[] = { &mode->screenshot_has_permission_setting,
                           &mode->download_has_permission_setting,
                           &mode->message_has_permission_setting };
    bool is_restricted = false;

    for (size_t i = 0; i < COUNT_OF(who); i++) {
        if (!*who[i])
            *who[i] = "all_members";
        if (!is_known("all_members not_anyone", *who[i]))
            return fail_field(&call->failure, E_INVALID, "restricted_mode_setting", *who[i],
                              "who may is one of: all_members not_anyone");
        is_restricted = is_restricted || text_equal(*who[i], "not_anyone");
    }
    if (mode->status != is_restricted)
        return fail_field(&call->failure, E_INVALID, "restricted_mode_setting", NULL,
                          "status is true when one of the three is not_anyone, and only then");
    return 0;
}

int chat_form_read(Call *call, ChatForm *ret_form)
{
    int r;

    r = call_read_body(call, ret_form);
    if (r < 0)
        return r;
    for (size_t i = 0; i < COUNT_OF(choices); i++) {
        const char *text = text_of(ret_form, &choices[i]);

        if (text && choices[i].values && !is_known(choices[i].values, text))
            return fail_field(&call->failure, E_INVALID, choices[i].name, text, "%s is one of: %s",
                              choices[i].name, choices[i].values);
    }
    return ret_form->restricted_mode_setting
               ? check_restricted(call, ret_form->restricted_mode_setting)
               : 0;
}

/* ---- what is kept ---- */

/* Only read; a form's members are not const because a body's are filled. */
static I18nNames no_names;
static RestrictedMode not_restricted = { false, "all_members", "all_members", "all_members" };

int chat_form_parse(Call *call, const char *settings, ChatForm *ret_form)
{
    Failure failure = { 0 };
    Json *json = NULL;
    int r;

    if (text_is_empty(settings))
        return 0;
    r = json_parse(settings, strlen(settings), call->arena, &json, &failure);
    if (r >= 0)
        r = json_read(json, kept_fields, ret_form, call->arena, &failure);
    return r < 0 ? fail(&call->failure, E_FAULT, "a chat's settings: %s", failure.text) : 0;
}

static I18nNames *merge_names(Arena *arena, const I18nNames *names, const I18nNames *change)
{
    I18nNames *merged = arena_alloc(arena, sizeof(*merged));

    if (names)
        *merged = *names;
    merged->zh_cn = change->zh_cn ? change->zh_cn : merged->zh_cn;
    merged->en_us = change->en_us ? change->en_us : merged->en_us;
    merged->ja_jp = change->ja_jp ? change->ja_jp : merged->ja_jp;
    return merged->zh_cn || merged->en_us || merged->ja_jp ? merged : NULL;
}

void chat_form_merge(Arena *arena, ChatForm *form, const ChatForm *change)
{
    for (size_t i = 0; i < COUNT_OF(choices); i++) {
        const char *text = text_of(change, &choices[i]);

        if (text && choices[i].is_setting)
            *slot(form, &choices[i]) = text_equal(text, choices[i].standard) ? NULL : text;
    }
    if (change->i18n_names)
        form->i18n_names = merge_names(arena, form->i18n_names, change->i18n_names);
    if (change->restricted_mode_setting)
        form->restricted_mode_setting =
            change->restricted_mode_setting->status ? change->restricted_mode_setting : NULL;
}

static const char *print(Arena *arena, const Field *fields, const void *source)
{
    Buffer text;

    buffer_init(&text, arena, 128);
    json_print(&text, fields, source);
    return text.text;
}

const char *chat_form_print(Arena *arena, const ChatForm *form)
{
    ChatForm kept = *form;
    const char *text;

    if (kept.bot_manager_id_list.count == 0)
        kept.bot_manager_id_list.is_present = false;
    text = print(arena, kept_fields, &kept);
    return text_equal(text, "{}") ? "" : text;
}

const char *chat_form_difference(Arena *arena, const ChatForm *form, const ChatForm *other)
{
    ChatForm left = { .i18n_names = form->i18n_names ? form->i18n_names : &no_names,
                      .restricted_mode_setting = form->restricted_mode_setting
                                                     ? form->restricted_mode_setting
                                                     : &not_restricted };
    const I18nNames *names = other->i18n_names ? other->i18n_names : &no_names;
    const RestrictedMode *mode =
        other->restricted_mode_setting ? other->restricted_mode_setting : &not_restricted;

    for (size_t i = 0; i < COUNT_OF(choices); i++) {
        const char *text = text_of(form, &choices[i]);

        if (choices[i].is_setting && !text_equal(text, text_of(other, &choices[i])))
            *slot(&left, &choices[i]) = text ? text : choices[i].standard;
    }
    if (text_equal(print(arena, i18n_fields, left.i18n_names), print(arena, i18n_fields, names)))
        left.i18n_names = NULL;
    if (text_equal(print(arena, restricted_fields, left.restricted_mode_setting),
                   print(arena, restricted_fields, mode)))
        left.restricted_mode_setting = NULL;
    return print(arena, kept_fields, &left);
}

/* ---- what it means, and how it is told ---- */

ChatRights chat_form_rights(const ChatForm *form)
{
    return (ChatRights){ .only_owner_edits = text_equal(form->edit_permission, "only_owner"),
                         .only_owner_adds = text_equal(form->add_member_permission, "only_owner"),
                         .needs_approval =
                             text_equal(form->membership_approval, "approval_required"),
                         .bot_managers = form->bot_manager_id_list };
}

const char *chat_form_owners_field(const ChatForm *change)
{
    if (change->owner_id)
        return "owner_id";
    if (change->restricted_mode_setting)
        return "restricted_mode_setting";
    for (size_t i = 0; i < COUNT_OF(choices); i++)
        if (!choices[i].is_everybodys && text_of(change, &choices[i]))
            return choices[i].name;
    return NULL;
}

int chat_form_fill(Call *call, const ChatView *view, UserIdType type, ChatForm *ret_form)
{
    const Chat *chat = &view->chat;
    int r;

    r = chat_form_parse(call, chat->settings, ret_form);
    if (r < 0)
        return r;
    for (size_t i = 0; i < COUNT_OF(choices); i++)
        if (!text_of(ret_form, &choices[i]) && !(chat->is_direct && choices[i].is_of_groups))
            *slot(ret_form, &choices[i]) = choices[i].standard;
    if (!ret_form->i18n_names)
        ret_form->i18n_names = &no_names;
    if (!ret_form->restricted_mode_setting)
        ret_form->restricted_mode_setting = &not_restricted;
    ret_form->chat_id = id_print(chat->id, CHAT_ID_PREFIX, call->arena);
    ret_form->name = chat->is_direct ? NULL : chat->name;
    ret_form->owner_id = user_id_of(&view->owner, type);
    ret_form->owner_id_type = ret_form->owner_id ? user_id_type_text(type) : NULL;
    ret_form->chat_mode = chat_mode_text(chat);
    ret_form->chat_type = chat->is_direct ? NULL : chat_type_text(chat);
    ret_form->tenant_key = call->work.tenant->tenant_key;
    ret_form->user_count = arena_print(call->arena, "%lld", (long long)chat->user_count);
    ret_form->bot_count = arena_print(call->arena, "%lld", (long long)chat_bot_count(chat));
    ret_form->chat_status = chat->chat_status;
    return 0;
}
