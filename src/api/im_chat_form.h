/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/call.h"
#include "domain/chat.h"

/* A chat as the wire writes it (contract §5.3): one struct for the bodies that make and change a
 * chat, for the answers that tell of it, and for what is kept of it. Most of its members are
 * settings: a chat's row keeps those that differ from the platform's defaults, as JSON, and neither
 * store nor domain looks into that. */

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

typedef struct ChatForm {
    const char *chat_id;
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
    TextArray user_id_list;
    TextArray bot_id_list;
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
} ChatForm;

extern const Field chat_outside_reply[];

/* What a body says, which is zeroes at first. E_INVALID names a field with a value that there
 * isn't. */
int chat_form_read(Call *call, ChatForm *ret_form);

/* The settings of a chat's row; what is not there stays NULL. */
int chat_form_parse(Call *call, const char *settings, ChatForm *ret_form);

/* Replaces the settings that change has by those. */
void chat_form_merge(Arena *arena, ChatForm *form, const ChatForm *change);

/* The settings of a form as a row keeps them; "" = the platform's defaults. */
const char *chat_form_print(Arena *arena, const ChatForm *form);

/* As a JSON object, those settings of a form that differ from another one's, defaults included. */
const char *chat_form_difference(Arena *arena, const ChatForm *form, const ChatForm *other);

/* What they mean for who may do what; borrowed from the form. */
ChatRights chat_form_rights(const ChatForm *form);

/* The name of a setting that change has and that only who manages a chat may change, or NULL. */
const char *chat_form_owners_field(const ChatForm *change);

/* All that the wire tells of a chat; user_id_type: of its owner_id. */
int chat_form_fill(Call *call, const ChatView *view, UserIdType type, ChatForm *ret_form);
