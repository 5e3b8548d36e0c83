/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#include "domain/chat_entry.h"
#include "domain/idempotency.h"
#include "domain/user.h"
#include "model/chat.h"
#include "model/limits.h"
#include "model/task.h"
#include "store/chat_join_store.h"
#include "store/chat_store.h"
#include "store/task_store.h"

/* Who is to be in the chat, each once. The operator is the first. */
typedef struct People {
    User *users;
    size_t count;
} People;

/* ---- who ----------------------------------------------------------------------------------------
 */

static bool people_hold(const People *people, const char *kunlun_id)
{
    for (size_t i = 0; i < people->count; i++)
        if (text_equal(people->users[i].kunlun_id, kunlun_id))
            return true;
    return false;
}

/* Decision 12: one id that can't join fails the whole call. Decision 13: twice the same is once. */
static int add_people(const Work *work, const char *field, const char *const *kunlun_ids,
                      size_t count, People *people)
{
    int r;

    for (size_t i = 0; i < count; i++) {
        if (people_hold(people, kunlun_ids[i]))
            continue;
        r = user_get_active(work, field, kunlun_ids[i], &people->users[people->count]);
        if (r < 0)
            return r;
        people->count++;
    }
    return 0;
}

/* Decision 14. An assignee who has resigned since is not missed. */
static int add_assignees(const Work *work, const char *task_id, People *people)
{
    const char **assignees;
    size_t count;
    int r;

    r = task_participants(work->store, work->tenant->tenant_id, task_id, ROLE_ASSIGNEE, work->arena,
                          &assignees, &count, work->failure);
    for (size_t i = 0; r >= 0 && i < count; i++) {
        r = add_people(work, "assignees", &assignees[i], 1, people);
        if (r == E_NOT_FOUND) {
            failure_clear(work->failure);
            r = 0;
        }
    }
    return r;
}

static int gather_people(const Work *work, const char *task_id, const GroupDraft *draft,
                         People *ret_people)
{
    size_t invitee_count = draft->invite_user_ids.count;
    bool is_for_assignees = !draft->chat_id && invitee_count == 0;
    size_t others_most = is_for_assignees ? PARTICIPANTS_MOST : invitee_count;
    int r;

    ret_people->users = arena_array(work->arena, User, 1 + others_most);
    ret_people->count = 0;
    r = add_people(work, "operator_user_id", &draft->operator_user_id, 1, ret_people);
    if (r < 0)
        return r;
    if (is_for_assignees)
        return add_assignees(work, task_id, ret_people);
    return add_people(work, "invite_user_ids", draft->invite_user_ids.items, invitee_count,
                      ret_people);
}

static int check_operator(const Work *work, const char *task_id, const char *operator_user_id)
{
    int r;

    if (!work->rules->only_participants)
        return 0;
    r = task_has_participant(work->store, work->tenant->tenant_id, task_id, operator_user_id,
                             work->failure);
    if (r == 0)
        return fail_field(work->failure, E_DENIED, "operator_user_id", operator_user_id,
                          "user %s takes no part in task %s", operator_user_id, task_id);
    return r < 0 ? r : 0;
}

/* ---- what is said -------------------------------------------------------------------------------
 */

/* The first message, of the system. */
static Message say_who_opened(const Work *work, const Chat *chat, const char *task_id,
                              const char *task_name, const People *people)
{
    Message message = { .id = id_make(work->ids, work->now_ms),
                        .chat_number = chat->id.number,
                        .msg_type = MESSAGE_SYSTEM,
                        .sender_id = work_app_id(work),
                        .sender_type = "app",
                        .created_ms = work->now_ms };
    Buffer content;

    buffer_init(&content, work->arena, 512);
    buffer_add(&content, MESSAGE_OPENING_BEGIN);
    buffer_add_quoted(&content, people->users[0].name);
    buffer_add(&content, "],\"to_chatters\":[");
    for (size_t i = 1; i < people->count; i++) {
        if (i > 1)
            buffer_add_char(&content, ',');
        buffer_add_quoted(&content, people->users[i].name);
    }
    buffer_add(&content, "],\"task\":[");
    buffer_add_quoted(&content, task_name);
    buffer_add(&content, "],\"task_id\":");
    buffer_add_quoted(&content, task_id);
    buffer_add_char(&content, '}');
    message.content = content.text;
    return message;
}

/* ---- the chat -----------------------------------------------------------------------------------
 */

/* Decision 16. */
static const char *chat_name_of(const GroupDraft *draft, const char *label)
{
    if (draft->chat_name)
        return draft->chat_name;
    return text_is_empty(label) ? CHAT_NAME_DEFAULT : label;
}

/* label: of the task; NULL = it has none. */
static int open_new(const Work *work, const char *task_id, const char *label,
                    const GroupDraft *draft, const People *people, const char **ret_chat_id)
{
    const char **kunlun_ids = arena_array(work->arena, const char *, people->count);
    const char *task_name = text_is_empty(label) ? task_id : label;
    Message opening;
    Chat chat = { .id = id_make(work->ids, work->now_ms),
                  .name = chat_name_of(draft, label),
                  .owner_id = draft->operator_user_id, /* decision 15 */
                  .creator_app_id = work_app_id(work),
                  .chat_status = CHAT_STATUS_NORMAL,
                  .settings = "",
                  .user_count = (int64_t)people->count,
                  .bot_ids = work_app_id(work),
                  .created_ms = work->now_ms };
    int r;

    for (size_t i = 0; i < people->count; i++)
        kunlun_ids[i] = people->users[i].kunlun_id;
    opening = say_who_opened(work, &chat, task_id, task_name, people);
    r = chat_open(work, &chat,
                  &(ChatEntry){ draft->operator_user_id, task_id, kunlun_ids, people->count,
                                &chat.bot_ids, work->app ? 1 : 0 },
                  &opening);
    if (r < 0)
        return r;
    *ret_chat_id = id_print(chat.id, CHAT_ID_PREFIX, work->arena);
    return 0;
}

/* A bot brings people into the chats that it is in, a person on the page into his own. */
static int check_inside(const Work *work, const Chat *chat, const char *operator_user_id,
                        const char *chat_id)
{
    int r;

    if (work->app && !chat_has_bot(chat, work->app->app_id))
        return fail_field(work->failure, E_DENIED, "chat_id", chat_id,
                          "the bot of app %s is not in chat %s", work->app->app_id, chat_id);
    if (work->app)
        return 0;
    r = chat_has_user(work->store, work->tenant->tenant_id, chat->id.number, operator_user_id,
                      work->failure);
    if (r == 0)
        return fail_field(work->failure, E_DENIED, "chat_id", chat_id, "user %s is not in chat %s",
                          operator_user_id, chat_id);
    return r < 0 ? r : 0;
}

/* Decision 17: it must exist, be alive, in this tenant, with the caller inside. */
static int get_joinable(const Work *work, const char *chat_id, const char *operator_user_id,
                        Chat *ret_chat)
{
    int64_t tenant_id = work->tenant->tenant_id;
    Id id;
    int r = 0;

    if (id_parse(chat_id, CHAT_ID_PREFIX, &id))
        r = chat_find(work->store, tenant_id, id, work->arena, ret_chat, work->failure);
    if (r == 0)
        return fail_field(work->failure, E_NOT_FOUND, "chat_id", chat_id, "chat %s does not exist",
                          chat_id);
    if (r < 0)
        return r;
    if (!chat_is_alive(ret_chat))
        return fail_field(work->failure, E_CONFLICT, "chat_id", chat_id, "chat %s is dissolved",
                          chat_id);
    if (ret_chat->is_direct)
        return fail_field(work->failure, E_CONFLICT, "chat_id", chat_id,
                          "chat %s is of a bot and one user", chat_id);
    return check_inside(work, ret_chat, operator_user_id, chat_id);
}

/* Those who are not in the chat yet, and whether the task is linked to it. */
static int find_outside(const Work *work, const Chat *chat, const char *task_id,
                        const People *people, const char **ret_kunlun_ids, size_t *ret_count,
                        bool *ret_is_linked)
{
    const char **kunlun_ids = arena_array(work->arena, const char *, people->count);
    bool *is_inside = arena_array(work->arena, bool, people->count);
    size_t count = 0;
    int r;

    for (size_t i = 0; i < people->count; i++)
        kunlun_ids[i] = people->users[i].kunlun_id;
    r = chat_join_search(work->store, work->tenant->tenant_id, chat->id.number, kunlun_ids,
                         people->count, is_inside, task_id, ret_is_linked, work->failure);
    for (size_t i = 0; r >= 0 && i < people->count; i++)
        if (!is_inside[i])
            ret_kunlun_ids[count++] = kunlun_ids[i];
    *ret_count = count;
    return r;
}

/* Nobody has joined yet when it refuses. */
static int check_room(const Work *work, const GroupDraft *draft, const Chat *chat, size_t joining)
{
    if (joining > 0 && chat->user_count + (int64_t)joining > CHAT_MEMBERS_MOST)
        return fail_field(work->failure, E_CONFLICT, "chat_id", draft->chat_id,
                          "a chat has at most %d members", CHAT_MEMBERS_MOST);
    return 0;
}

/* Decision 20: who is in already stays, and is not told of. */
static int join_existing(const Work *work, const char *task_id, const GroupDraft *draft,
                         const People *people, const char **ret_chat_id)
{
    const char **joining = arena_array(work->arena, const char *, people->count);
    int64_t tenant_id = work->tenant->tenant_id;
    bool is_linked = false;
    size_t count = 0;
    Chat chat = { 0 };
    int r;

    r = get_joinable(work, draft->chat_id, draft->operator_user_id, &chat);
    if (r >= 0)
        r = find_outside(work, &chat, task_id, people, joining, &count, &is_linked);
    if (r >= 0)
        r = check_room(work, draft, &chat, count);
    if (r >= 0 && count > 0)
        r = chat_count_users(work->store, tenant_id, chat.id.number, (int64_t)count, work->failure);
    if (r >= 0 && count > 0)
        r = chat_enter(work, &chat,
                       &(ChatEntry){ draft->operator_user_id, task_id, joining, count, NULL, 0 });
    else if (r >= 0 && !is_linked)
        r = task_chat_link(
            work->store, tenant_id,
            &(TaskLink){ chat.id.number, task_id, work->now_ms, draft->operator_user_id, 0 },
            work->failure);
    if (r < 0)
        return r;
    *ret_chat_id = draft->chat_id;
    return 0;
}

int group_open(const Work *work, const char *task_id, const GroupDraft *draft,
               const char **ret_chat_id)
{
    const char *label;
    People people;
    int r;

    r = task_label(work->store, work->tenant->tenant_id, task_id, LANGUAGE_CHINESE, work->arena,
                   &label, work->failure);
    if (r == 0)
        return fail_field(work->failure, E_NOT_FOUND, "task_id", task_id, "task %s does not exist",
                          task_id);
    if (r >= 0)
        r = gather_people(work, task_id, draft, &people);
    if (r >= 0)
        r = check_operator(work, task_id, draft->operator_user_id);
    if (r < 0)
        return r;
    if (draft->chat_id)
        return join_existing(work, task_id, draft, &people, ret_chat_id);
    return open_new(work, task_id, label, draft, &people, ret_chat_id);
}

/* ---- which request ---- */

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *group_fingerprint(const Work *work, const char *task_id, const GroupDraft *draft)
{
    enum { SINGLE = 4 };
    size_t count = draft->invite_user_ids.count, used = SINGLE;
    const char **parts = arena_array(work->arena, const char *, SINGLE + count);
    const char **invitees = parts + SINGLE;

    parts[0] = task_id;
    parts[1] = draft->operator_user_id;
    parts[2] = draft->chat_id;
    parts[3] = draft->chat_name;
    if (count > 0)
        memcpy(invitees, draft->invite_user_ids.items, count * sizeof(*invitees));
    qsort(invitees, count, sizeof(*invitees), compare_text);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(invitees[i], parts[used - 1]) != 0)
            parts[used++] = invitees[i];
    return idempotency_fingerprint(work, parts, used);
}
