/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/membership.h"

#include <string.h>

#include "base/buffer.h"
#include "base/words.h"

#include "domain/chat_entry.h"
#include "domain/chat_event.h"
#include "domain/directory.h"
#include "model/limits.h"
#include "store/user_store.h"

/* ---- who is meant ---- */

static bool hold(const char *const *texts, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(texts[i], text))
            return true;
    return false;
}

static void add_miss(TextArray *misses, const char *name)
{
    if (!hold(misses->items, misses->count, name))
        misses->items[misses->count++] = name;
}

static void add_member(MemberIds *members, const char *id, const char *name)
{
    if (hold(members->ids, members->count, id))
        return;
    members->ids[members->count] = id;
    members->names[members->count++] = name;
}

/* An app that may not act in this tenant does not exist here. */
static int find_bot(const Work *work, const char *app_id, MemberIds *members, MemberMisses *misses)
{
    const App *app = directory_app(work->directory, app_id);

    if (app && directory_is_installed(work->directory, app, work->tenant))
        add_member(members, app_id, app_id);
    else
        add_miss(&misses->not_existed_id_list, app_id);
    return 0;
}

static int find_user(const Work *work, UserIdType type, const char *id, bool with_resigned,
                     MemberIds *members, MemberMisses *misses)
{
    User user = { 0 };
    int r;

    r = user_find_by(work->store, work->tenant->tenant_id, type, id, work->arena, &user,
                     work->failure);
    if (r < 0)
        return r;
    if (r == 0)
        add_miss(&misses->not_existed_id_list, id);
    else if (user.status != USER_ACTIVE && !with_resigned)
        add_miss(&misses->invalid_id_list, id);
    else
        add_member(members, user.kunlun_id, id);
    return 0;
}

int member_find(const Work *work, const MemberNames *names, bool with_resigned,
                MemberIds *ret_members, MemberMisses *ret_misses)
{
    const char *const *ids = names->id_list.items;
    size_t most = names->id_list.count;
    int r = 0;

    *ret_members = (MemberIds){ .ids = arena_array(work->arena, const char *, most),
                                .names = arena_array(work->arena, const char *, most) };
    ret_misses->invalid_id_list =
        (TextArray){ .items = arena_array(work->arena, const char *, most), .is_present = true };
    ret_misses->not_existed_id_list =
        (TextArray){ .items = arena_array(work->arena, const char *, most), .is_present = true };
    for (size_t i = 0; r >= 0 && i < most; i++)
        r = names->are_bots
                ? find_bot(work, ids[i], ret_members, ret_misses)
                : find_user(work, names->id_type, ids[i], with_resigned, ret_members, ret_misses);
    return r;
}

/* Keeps of the members those who are inside, or those who are not; the names of the others become
 * misses, unless that is NULL. */
static int keep_those(const Work *work, const Chat *chat, const MemberNames *names, bool inside,
                      MemberIds *members, TextArray *misses)
{
    bool *is_inside = arena_array(work->arena, bool, members->count);
    size_t count = members->count;
    bool is_linked;
    int r = 0;

    for (size_t i = 0; names->are_bots && i < count; i++)
        is_inside[i] = chat_has_bot(chat, members->ids[i]);
    if (!names->are_bots)
        r = chat_join_search(work->store, work->tenant->tenant_id, chat->id.number, members->ids,
                             count, is_inside, NULL, &is_linked, work->failure);
    if (r < 0)
        return r;
    members->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_inside[i] == inside)
            add_member(members, members->ids[i], members->names[i]);
        else if (misses)
            add_miss(misses, members->names[i]);
    }
    return 0;
}

/* ---- who comes ---- */

static const char *id_field(const MemberNames *names)
{
    return names->are_bots ? "app_id" : user_id_type_text(names->id_type);
}

/* Contract §5.3, succeed_type. */
static int check_misses(const Work *work, const MemberNames *names, SucceedType succeed_type,
                        size_t found, const MemberMisses *misses)
{
    size_t unknown = misses->not_existed_id_list.count, resigned = misses->invalid_id_list.count;

    if (succeed_type == SUCCEED_IF_ALL_EXIST && unknown > 0)
        return fail_field(work->failure, E_NOT_FOUND, id_field(names),
                          misses->not_existed_id_list.items[0], "%zu of the ids don't exist",
                          unknown);
    if (succeed_type == SUCCEED_FOR_ALL && unknown + resigned > 0)
        return fail_field(work->failure, E_CONFLICT, "id_list", NULL, "%zu of the ids can't come",
                          unknown + resigned);
    if (found == 0 && (succeed_type != SUCCEED_FOR_SOME || names->id_list.count == 0))
        return fail_field(work->failure, E_NOT_FOUND, "id_list", NULL,
                          "id_list names nobody who could come");
    return 0;
}

static int check_room(const Work *work, const Chat *chat, const MemberNames *names, size_t coming)
{
    int64_t bots = chat_bot_count(chat) + (int64_t)coming;

    if (coming > 0 && names->are_bots && bots > CHAT_BOTS_MOST)
        return fail_field(work->failure, E_CONFLICT, "bot_count", NULL,
                          "a chat has at most %d bots", CHAT_BOTS_MOST);
    if (coming > 0 && !names->are_bots && chat->user_count + (int64_t)coming > CHAT_MEMBERS_MOST)
        return fail_field(work->failure, E_CONFLICT, "user_count", NULL,
                          "a chat has at most %d members", CHAT_MEMBERS_MOST);
    return 0;
}

/* The chat's row as it is when they are inside. */
static Chat chat_with(const Work *work, const Chat *chat, const MemberNames *names,
                      const MemberIds *members)
{
    Chat after = *chat;
    Buffer bot_ids;

    if (!names->are_bots) {
        after.user_count += (int64_t)members->count;
        return after;
    }
    buffer_init(&bot_ids, work->arena, 128);
    buffer_add(&bot_ids, chat->bot_ids);
    for (size_t i = 0; i < members->count; i++)
        words_add(&bot_ids, members->ids[i]);
    after.bot_ids = bot_ids.text;
    return after;
}

static int bring_in(const Work *work, const Chat *chat, const MemberNames *names,
                    const MemberIds *members)
{
    ChatEntry entry = { .actor_id = "", .task_id = "" };
    Chat after = chat_with(work, chat, names, members);
    int r;

    if (names->are_bots) {
        entry.bot_ids = members->ids;
        entry.bot_count = members->count;
    } else {
        entry.user_ids = members->ids;
        entry.user_count = members->count;
    }
    r = chat_update(work->store, work->tenant->tenant_id, &after, work->failure);
    return r < 0 ? r : chat_enter(work, &after, &entry);
}

int members_add(const Work *work, const Chat *chat, const ChatRights *rights,
                const MemberNames *names, SucceedType succeed_type, MemberMisses *ret_misses)
{
    MemberIds members;
    int r;

    r = chat_check_group(work, chat);
    if (r < 0)
        return r;
    if (rights->only_owner_adds && !chat_is_managed(work, chat, rights))
        return fail_field(work->failure, E_DENIED, "add_member_permission", "only_owner",
                          "only the owner of this chat adds members");
    r = member_find(work, names, false, &members, ret_misses);
    if (r >= 0)
        r = check_misses(work, names, succeed_type, members.count, ret_misses);
    if (r >= 0)
        r = keep_those(work, chat, names, false, &members, NULL);
    if (r >= 0)
        r = check_room(work, chat, names, members.count);
    if (r < 0 || members.count == 0)
        return r;
    return bring_in(work, chat, names, &members);
}

int member_join(const Work *work, const Chat *chat, const ChatRights *rights)
{
    const char *app_id = work->app->app_id;
    const MemberNames names = { .are_bots = true };
    const MemberIds members = { &app_id, &app_id, 1 };
    int r;

    r = chat_check_group(work, chat);
    if (r < 0)
        return r;
    if (chat_has_bot(chat, app_id))
        return 0;
    if (!chat->is_public)
        return fail_field(work->failure, E_CONFLICT, "chat_type", "private",
                          "a private chat is not entered uninvited");
    if (rights->needs_approval)
        return fail_field(work->failure, E_DENIED, "membership_approval", "approval_required",
                          "who joins this chat must be approved");
    r = check_room(work, chat, &names, 1);
    return r < 0 ? r : bring_in(work, chat, &names, &members);
}

/* ---- who leaves ---- */

static bool is_itself_alone(const Work *work, const MemberNames *names)
{
    for (size_t i = 0; i < names->id_list.count; i++)
        if (!names->are_bots || !text_equal(names->id_list.items[i], work->app->app_id))
            return false;
    return true;
}

static int check_may_remove(const Work *work, const Chat *chat, const ChatRights *rights,
                            const MemberNames *names)
{
    if (chat_is_managed(work, chat, rights) || is_itself_alone(work, names))
        return 0;
    return fail(work->failure, E_DENIED, "only the owner of this chat takes others out of it");
}

/* The active user who has been in the chat for longest. */
static int find_heir(const Work *work, const Chat *chat, const char **ret_owner_id)
{
    int64_t tenant_id = work->tenant->tenant_id;
    MemberPlace after = BEFORE_ALL_MEMBERS;
    User user = { .status = USER_RESIGNED };
    Member *members = NULL;
    size_t count = 1;
    int r = 0;

    while (r >= 0 && count > 0) {
        r = chat_join_list(work->store, tenant_id, chat->id.number, after, 1, work->arena, &members,
                           &count, work->failure);
        if (r >= 0 && count > 0)
            r = user_find(work->store, tenant_id, members[0].kunlun_id, work->arena, &user,
                          work->failure);
        if (r > 0 && user.status == USER_ACTIVE) {
            *ret_owner_id = user.kunlun_id;
            return 0;
        }
        if (count > 0)
            after = members[0].place;
    }
    return r < 0 ? r
                 : fail_field(work->failure, E_NOT_FOUND, "owner_id", NULL,
                              "nobody is inside to whom the chat could be handed over");
}

/* Who owns the chat afterwards. A user who owns it isn't taken out; a bot takes out only itself. */
static int find_owner(const Work *work, const Chat *chat, const MemberNames *names,
                      const MemberIds *leaving, const char **ret_owner_id)
{
    const char *owner = text_is_empty(chat->owner_id) ? chat->creator_app_id : chat->owner_id;

    *ret_owner_id = chat->owner_id;
    if (!hold(leaving->ids, leaving->count, owner))
        return 0;
    if (names->are_bots && text_equal(owner, work->app->app_id))
        return find_heir(work, chat, ret_owner_id);
    return fail_field(work->failure, E_CONFLICT, "owner_id", owner,
                      "the owner of a chat isn't taken out of it");
}

static const char *words_without(const Work *work, const char *words, const MemberIds *leaving)
{
    const char *word;
    size_t size;
    Buffer kept;

    buffer_init(&kept, work->arena, strlen(words) + 1);
    while ((word = words_next(&words, &size))) {
        word = arena_copy(work->arena, word, size);
        if (!hold(leaving->ids, leaving->count, word))
            words_add(&kept, word);
    }
    return kept.text;
}

static int tell_of_heir(const Work *work, const Chat *chat, const Chat *after)
{
    return chat_tell_change(work, id_make(work->ids, work->now_ms), chat, after, "{}", "{}");
}

static int take_out(const Work *work, const Chat *chat, const Chat *after, const MemberNames *names,
                    const MemberIds *leaving)
{
    const char *event_type = names->are_bots ? EVENT_BOT_DELETED : EVENT_USER_DELETED;
    int64_t tenant_id = work->tenant->tenant_id;
    int r;

    r = chat_join_leave(work->store, tenant_id, chat->id.number, leaving->ids, leaving->count,
                        work->arena, work->failure);
    if (r >= 0)
        r = chat_update(work->store, tenant_id, after, work->failure);
    if (r >= 0 && !text_equal(chat->owner_id, after->owner_id))
        r = tell_of_heir(work, chat, after);
    if (r >= 0)
        r = chat_tell_of(work, id_make(work->ids, work->now_ms), event_type, "", after,
                         names->are_bots ? "bots" : "users",
                         words_list(work->arena, leaving->ids, leaving->count));
    return r;
}

int members_remove(const Work *work, const Chat *chat, const ChatRights *rights,
                   const MemberNames *names, const char *settings, MemberMisses *ret_misses)
{
    Chat after = *chat;
    MemberIds leaving;
    int r;

    r = chat_check_group(work, chat);
    if (r >= 0)
        r = check_may_remove(work, chat, rights, names);
    if (r >= 0)
        r = member_find(work, names, true, &leaving, ret_misses);
    if (r < 0)
        return r;
    ret_misses->invalid_id_list = ret_misses->not_existed_id_list;
    r = keep_those(work, chat, names, true, &leaving, &ret_misses->invalid_id_list);
    if (r >= 0 && leaving.count == 0)
        r = fail_field(work->failure, E_NOT_FOUND, "id_list", NULL,
                       "id_list names nobody who is inside");
    if (r >= 0)
        r = find_owner(work, chat, names, &leaving, &after.owner_id);
    if (r < 0)
        return r;
    after.settings = settings;
    if (names->are_bots)
        after.bot_ids = words_without(work, chat->bot_ids, &leaving);
    else
        after.user_count -= (int64_t)leaving.count;
    return take_out(work, chat, &after, names, &leaving);
}
