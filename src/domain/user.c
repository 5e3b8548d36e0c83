/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/user.h"

#include <string.h>

#include "base/text.h"

#include "model/limits.h"
#include "store/user_store.h"

static int check_id(const Work *work, const char *field, const char *id)
{
    if (!external_id_is_valid(id))
        return fail_field(work->failure, E_INVALID, field, id,
                          "%s has 1 to %d letters, digits, - and _", field, EXTERNAL_ID_BYTES_MOST);
    return 0;
}

static int check_user(const Work *work, const User *user)
{
    int r;

    if (text_is_empty(user->name) ||
        text_prefix_bytes(user->name, NAME_CHARACTERS_MOST) < strlen(user->name))
        return fail_field(work->failure, E_INVALID, "name", user->name,
                          "name has 1 to %d characters", NAME_CHARACTERS_MOST);
    if (text_prefix_bytes(user->en_name, NAME_CHARACTERS_MOST) < strlen(user->en_name))
        return fail_field(work->failure, E_INVALID, "en_name", user->en_name,
                          "en_name has at most %d characters", NAME_CHARACTERS_MOST);
    if (app_id_is_valid(user->kunlun_id))
        return fail_field(work->failure, E_INVALID, "kunlun_id", user->kunlun_id,
                          "a bot may have this id in a chat");
    r = check_id(work, "open_id", user->open_id);
    if (r >= 0)
        r = check_id(work, "union_id", user->union_id);
    if (r >= 0)
        r = check_id(work, "user_id", user->user_id);
    return r;
}

static const char *make_id(const Work *work, const char *prefix)
{
    return id_print(id_make(work->ids, work->now_ms), prefix, work->arena);
}

/* 8 characters, as the platform's are (contract §5.1). */
static const char *make_user_id(const Work *work)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    uint8_t bytes[8];
    char *text = arena_alloc(work->arena, sizeof(bytes) + 1);

    random_bytes(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        text[i] = digits[bytes[i] % (sizeof(digits) - 1)];
    return text;
}

static const char *first_of(const char *a, const char *b)
{
    return a ? a : b;
}

/* What the draft brings: its own in the kept form, "" for none, or what was there before. */
static int read_contact(const Work *work, const char *field, const char *draft, const char *old,
                        const char *(*normalise)(Arena *arena, const char *text),
                        const char **ret_contact)
{
    *ret_contact = draft && *draft ? normalise(work->arena, draft) : first_of(draft, old);
    if (draft && *draft && !*ret_contact)
        return fail_field(work->failure, E_INVALID, field, draft, "%s is none", field);
    return 0;
}

int user_import(const Work *work, const User *draft)
{
    User user = *draft, old = { 0 };
    int r;

    r = check_id(work, "kunlun_id", draft->kunlun_id);
    if (r < 0)
        return r;
    r = user_find(work->store, work->tenant->tenant_id, draft->kunlun_id, work->arena, &old,
                  work->failure);
    if (r < 0)
        return r;
    user.open_id = first_of(user.open_id, old.open_id);
    user.union_id = first_of(user.union_id, old.union_id);
    user.user_id = first_of(user.user_id, old.user_id);
    user.open_id = user.open_id ? user.open_id : make_id(work, "ou_");
    user.union_id = user.union_id ? user.union_id : make_id(work, "on_");
    user.user_id = user.user_id ? user.user_id : make_user_id(work);
    user.en_name = first_of(first_of(user.en_name, old.en_name), "");
    r = check_user(work, &user);
    if (r >= 0)
        r = read_contact(work, "email", draft->email, old.email, email_normalise, &user.email);
    if (r >= 0)
        r = read_contact(work, "mobile", draft->mobile, old.mobile, mobile_normalise, &user.mobile);
    if (r < 0)
        return r;
    r = user_put(work->store, work->tenant->tenant_id, &user, work->failure);
    if (r == E_CONFLICT) {
        failure_clear(work->failure);
        return fail_field(work->failure, r, "kunlun_id", user.kunlun_id,
                          "another user has its open_id, union_id or user_id");
    }
    return r;
}

int user_get_active(const Work *work, const char *field, const char *kunlun_id, User *ret_user)
{
    User user = { 0 };
    int r;

    r = user_find(work->store, work->tenant->tenant_id, kunlun_id, work->arena, &user,
                  work->failure);
    if (r < 0)
        return r;
    if (r == 0)
        return fail_field(work->failure, E_NOT_FOUND, field, kunlun_id, "user %s does not exist",
                          kunlun_id);
    if (user.status != USER_ACTIVE)
        return fail_field(work->failure, E_NOT_FOUND, field, kunlun_id, "user %s has resigned",
                          kunlun_id);
    *ret_user = user;
    return 0;
}

int user_get(const Work *work, UserIdType type, const char *id, User *ret_user)
{
    int r = user_find_by(work->store, work->tenant->tenant_id, type, id, work->arena, ret_user,
                         work->failure);

    if (r == 0)
        return fail_field(work->failure, E_NOT_FOUND, "user_id", id, "user %s does not exist", id);
    return r < 0 ? r : 0;
}

int user_find_by_contact(const Work *work, ContactType type, const char *contact, User *ret_user)
{
    const char *kept = type == CONTACT_EMAIL ? email_normalise(work->arena, contact)
                                             : mobile_normalise(work->arena, contact);

    return kept ? user_find_contact(work->store, work->tenant->tenant_id, type, kept, work->arena,
                                    ret_user, work->failure)
                : 0;
}

int user_look_up(const Work *work, const char *text, User **ret_users, size_t *ret_count)
{
    return user_search(work->store, work->tenant->tenant_id, text, USERS_FOUND_MOST, work->arena,
                       ret_users, ret_count, work->failure);
}
