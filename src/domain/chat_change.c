/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/chat_change.h"

#include <string.h>

#include "base/buffer.h"
#include "base/words.h"

#include "domain/chat_entry.h"
#include "domain/chat_event.h"
#include "domain/membership.h"
#include "model/limits.h"
#include "store/message_store.h"
#include "store/user_store.h"

static bool is_short(const char *name)
{
    return text_prefix_bytes(name, PUBLIC_NAME_LEAST - 1) == strlen(name);
}

/* ---- a new chat ---- */

static int check_name(const Work *work, const ChatDraft *draft)
{
    if (!draft->is_public)
        return 0;
    if (text_is_empty(draft->name))
        return fail_field(work->failure, E_NOT_FOUND, "name", NULL, "a public chat has a name");
    if (is_short(draft->name))
        return fail_field(work->failure, E_CONFLICT, "name", draft->name,
                          "the name of a public chat has at least %d characters",
                          PUBLIC_NAME_LEAST);
    return 0;
}

/* All of them must be fit to come. */
static int find_all(const Work *work, const char *field, const MemberNames *names,
                    MemberIds *ret_members)
{
    MemberMisses misses;
    int r;

    r = member_find(work, names, false, ret_members, &misses);
    if (r < 0)
        return r;
    if (misses.not_existed_id_list.count > 0)
        return fail_field(work->failure, E_NOT_FOUND, field, misses.not_existed_id_list.items[0],
                          "%s does not exist", misses.not_existed_id_list.items[0]);
    if (misses.invalid_id_list.count > 0)
        return fail_field(work->failure, E_CONFLICT, field, misses.invalid_id_list.items[0],
                          "user %s has resigned", misses.invalid_id_list.items[0]);
    return 0;
}

/* The first one first, once. */
static void put_first(const Work *work, const char *id, MemberIds *members)
{
    const char **ids = arena_array(work->arena, const char *, members->count + 1);
    size_t count = 0;

    ids[count++] = id;
    for (size_t i = 0; i < members->count; i++)
        if (!text_equal(members->ids[i], id))
            ids[count++] = members->ids[i];
    *members = (MemberIds){ .ids = ids, .count = count };
}

/* ret_owner_id: "" = the bot. */
static int find_people(const Work *work, const ChatDraft *draft, const char **ret_owner_id,
                       MemberIds *ret_users, MemberIds *ret_bots)
{
    const char *owner_ids[] = { draft->owner_id };
    const MemberNames owner = { false, draft->id_type, { owner_ids, 1, true } };
    const MemberNames users = { false, draft->id_type, draft->user_id_list };
    const MemberNames bots = { true, draft->id_type, draft->bot_id_list };
    MemberIds owners = { 0 };
    int r = 0;

    *ret_owner_id = "";
    if (draft->owner_id)
        r = find_all(work, "owner_id", &owner, &owners);
    if (r >= 0)
        r = find_all(work, "user_id_list", &users, ret_users);
    if (r >= 0)
        r = find_all(work, "bot_id_list", &bots, ret_bots);
    if (r < 0)
        return r;
    if (owners.count > 0) {
        *ret_owner_id = owners.ids[0];
        put_first(work, owners.ids[0], ret_users);
    }
    put_first(work, work->app->app_id, ret_bots);
    return 0;
}

static int open_chat(const Work *work, const Chat *chat, const MemberIds *users,
                     const MemberIds *bots)
{
    const ChatEntry entry = { "", "", users->ids, users->count, bots->ids, bots->count };

    return chat_open(work, chat, &entry, NULL);
}

int chat_create(const Work *work, const ChatDraft *draft, ChatView *ret_view)
{
    Chat chat = { .name = text_is_empty(draft->name) ? CHAT_NAME_DEFAULT : draft->name,
                  .creator_app_id = work->app->app_id,
                  .chat_status = CHAT_STATUS_NORMAL,
                  .is_public = draft->is_public,
                  .settings = draft->settings,
                  .created_ms = work->now_ms };
    MemberIds users, bots;
    Buffer bot_ids;
    int r;

    r = check_name(work, draft);
    if (r >= 0)
        r = find_people(work, draft, &chat.owner_id, &users, &bots);
    if (r < 0)
        return r;
    buffer_init(&bot_ids, work->arena, 128);
    for (size_t i = 0; i < bots.count; i++)
        words_add(&bot_ids, bots.ids[i]);
    chat.bot_ids = bot_ids.text;
    chat.user_count = (int64_t)users.count;
    chat.id = id_make(work->ids, work->now_ms);
    r = open_chat(work, &chat, &users, &bots);
    return r < 0 ? r : chat_look(work, &chat, ret_view);
}

/* ---- changes ---- */

static int check_may_change(const Work *work, const Chat *chat, const ChatRights *rights,
                            const ChatChange *change)
{
    if (chat_is_managed(work, chat, rights))
        return 0;
    if (rights->only_owner_edits)
        return fail_field(work->failure, E_DENIED, "edit_permission", "only_owner",
                          "only its owner changes this chat");
    if (change->owners_field)
        return fail(work->failure, E_DENIED, "only the owner of a chat changes %s",
                    change->owners_field);
    return 0;
}

static int find_new_owner(const Work *work, const Chat *chat, const ChatChange *change,
                          const char **ret_owner_id)
{
    int64_t tenant_id = work->tenant->tenant_id;
    User user = { .status = USER_RESIGNED };
    int r;

    r = user_find_by(work->store, tenant_id, change->id_type, change->owner_id, work->arena, &user,
                     work->failure);
    if (r < 0)
        return r;
    if (user.status != USER_ACTIVE)
        return fail_field(work->failure, E_NOT_FOUND, "owner_id", change->owner_id,
                          "user %s does not exist, or has resigned", change->owner_id);
    r = chat_has_user(work->store, tenant_id, chat->id.number, user.kunlun_id, work->failure);
    if (r == 0)
        return fail_field(work->failure, E_CONFLICT, "owner_id", change->owner_id,
                          "user %s is not in the chat", change->owner_id);
    *ret_owner_id = user.kunlun_id;
    return r < 0 ? r : 0;
}

/* Whether they are the same but for what members do. */
static bool is_same(const Chat *a, const Chat *b)
{
    return text_equal(a->name, b->name) && text_equal(a->owner_id, b->owner_id) &&
           a->is_public == b->is_public && text_equal(a->settings, b->settings);
}

/* A public chat's name is long enough, and no other public chat's where it is new to this one. */
static int check_new_name(const Work *work, const Chat *before, const Chat *after)
{
    int r;

    if (!after->is_public)
        return 0;
    if (is_short(after->name))
        return fail_field(work->failure, E_INVALID, "name", after->name,
                          "the name of a public chat has at least %d characters",
                          PUBLIC_NAME_LEAST);
    if (before->is_public && text_equal(before->name, after->name))
        return 0;
    r = chat_name_is_taken(work->store, work->tenant->tenant_id, after->name, after->id.number,
                           work->failure);
    if (r > 0)
        return fail_field(work->failure, E_CONFLICT, "name", after->name,
                          "another public chat has this name");
    return r;
}

int chat_change(const Work *work, const Chat *chat, const ChatRights *rights,
                const ChatChange *change)
{
    Chat after = *chat;
    int r;

    r = chat_check_group(work, chat);
    if (r >= 0)
        r = check_may_change(work, chat, rights, change);
    if (r < 0)
        return r;
    after.name = change->name ? change->name : chat->name;
    after.is_public = change->is_public ? *change->is_public : chat->is_public;
    after.settings = change->settings ? change->settings : chat->settings;
    r = check_new_name(work, chat, &after);
    if (r >= 0 && change->owner_id)
        r = find_new_owner(work, chat, change, &after.owner_id);
    if (r < 0 || is_same(chat, &after))
        return r;
    r = chat_update(work->store, work->tenant->tenant_id, &after, work->failure);
    if (r < 0)
        return r;
    return chat_tell_change(work, id_make(work->ids, work->now_ms), chat, &after,
                            change->settings_before, change->settings_after);
}

int chat_dissolve(const Work *work, const Chat *chat)
{
    int64_t tenant_id = work->tenant->tenant_id;
    Chat after = *chat;
    int r;

    r = chat_check_group(work, chat);
    if (r < 0)
        return r;
    if (!chat_is_owned(work, chat))
        return fail(work->failure, E_DENIED, "only its owner dissolves a chat");
    after.chat_status = CHAT_STATUS_DISSOLVED;
    r = chat_update(work->store, tenant_id, &after, work->failure);
    if (r >= 0)
        r = message_delete_all(work->store, tenant_id, chat->id.number, work->failure);
    if (r < 0)
        return r;
    return chat_tell_name(work, id_make(work->ids, work->now_ms), EVENT_CHAT_DISBANDED, "", chat);
}
