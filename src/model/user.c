/* SPDX-License-Identifier: Apache-2.0 */
#include "model/user.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#include "model/limits.h"

static const char *const statuses[] = { [USER_ACTIVE] = "active", [USER_RESIGNED] = "resigned" };
static const char *const id_types[] = {
    [ID_OPEN] = "open_id", [ID_UNION] = "union_id", [ID_USER] = "user_id"
};

const char *user_status_text(UserStatus status)
{
    return statuses[status];
}

bool user_status_parse(const char *text, UserStatus *ret_status)
{
    for (size_t i = 0; i < COUNT_OF(statuses); i++)
        if (text_equal(text, statuses[i])) {
            *ret_status = (UserStatus)i;
            return true;
        }
    return false;
}

const char *user_id_type_text(UserIdType type)
{
    return id_types[type];
}

bool user_id_type_parse(const char *text, UserIdType *ret_type)
{
    if (!text)
        text = id_types[ID_OPEN];
    for (size_t i = 0; i < COUNT_OF(id_types); i++)
        if (text_equal(text, id_types[i])) {
            *ret_type = (UserIdType)i;
            return true;
        }
    return false;
}

const char *user_id_of(const User *user, UserIdType type)
{
    const char *const ids[] = {
        [ID_OPEN] = user->open_id, [ID_UNION] = user->union_id, [ID_USER] = user->user_id
    };

    return ids[type];
}

bool external_id_is_valid(const char *id)
{
    size_t size = id ? strlen(id) : 0;

    return size > 0 && size <= EXTERNAL_ID_BYTES_MOST &&
           strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == size;
}

const char *email_normalise(Arena *arena, const char *email)
{
    const char *at = strchr(email, '@');
    char *text;

    if (!text_is_visible_ascii(email, 3, EMAIL_BYTES_MOST) || !at || at == email || !at[1] ||
        strchr(at + 1, '@'))
        return NULL;
    text = arena_text(arena, email);
    for (char *letter = text; *letter; letter++)
        if (*letter >= 'A' && *letter <= 'Z')
            *letter = (char)(*letter - 'A' + 'a');
    return text;
}

const char *mobile_normalise(Arena *arena, const char *mobile)
{
    static const char at_home[] = "+86";
    char *text = arena_alloc(arena, MOBILE_DIGITS_MOST + 2);
    size_t used = 0;

    for (; *mobile; mobile++) {
        bool is_plus = *mobile == '+' && used == 0;

        if (*mobile == ' ' || *mobile == '-')
            continue;
        if ((!is_plus && (*mobile < '0' || *mobile > '9')) || used > MOBILE_DIGITS_MOST)
            return NULL;
        text[used++] = *mobile;
    }
    text[used] = '\0';
    if (text_starts_with(text, at_home))
        text += sizeof(at_home) - 1;
    used = strlen(text) - (*text == '+');
    return used >= MOBILE_DIGITS_LEAST && used <= MOBILE_DIGITS_MOST ? text : NULL;
}
