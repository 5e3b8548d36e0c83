/* SPDX-License-Identifier: Apache-2.0 */
#include "api/contact_v3.h"

#include "base/text.h"
#include "base/words.h"

#include "api/im_v1.h"
#include "domain/user.h"
#include "model/limits.h"

/* ---- what both tell of a user's state ---- */

typedef struct StatusReply {
    bool is_frozen;
    bool is_resigned;
    bool is_activated;
    bool is_exited;
    bool is_unjoin;
} StatusReply;

/* clang-format off */
static const Field status_fields[] = {
    FIELD(StatusReply, is_frozen,    JSON_BOOLEAN, FIELD_REQUIRED, .about = "false"),
    FIELD(StatusReply, is_resigned,  JSON_BOOLEAN, FIELD_REQUIRED, .about = "whether they have resigned"),
    FIELD(StatusReply, is_activated, JSON_BOOLEAN, FIELD_REQUIRED, .about = "whether they are active"),
    FIELD(StatusReply, is_exited,    JSON_BOOLEAN, FIELD_REQUIRED, .about = "false"),
    FIELD(StatusReply, is_unjoin,    JSON_BOOLEAN, FIELD_REQUIRED, .about = "false"),
    FIELDS_END,
};
/* clang-format on */

static StatusReply *status_of(Call *call, const User *user)
{
    StatusReply *status = arena_alloc(call->arena, sizeof(*status));

    *status = (StatusReply){ .is_resigned = user->status == USER_RESIGNED,
                             .is_activated = user->status == USER_ACTIVE };
    return status;
}

/* ---- user.get ---- */

typedef struct UserGetQuery {
    const char *user_id_type;
    const char *department_id_type;
} UserGetQuery;

typedef struct UserReply {
    const char *union_id;
    const char *user_id;
    const char *open_id;
    const char *name;
    const char *en_name;
    const char *email;
    const char *mobile;
    StatusReply *status;
} UserReply;

typedef struct UserGetReply {
    UserReply *user;
} UserGetReply;

/* clang-format off */
const Field user_get_query[] = {
    FIELD(UserGetQuery, user_id_type,       JSON_TEXT, 0, .about = "open_id (default), union_id or user_id"),
    FIELD(UserGetQuery, department_id_type, JSON_TEXT, 0, .about = "not looked at: there are no departments"),
    FIELDS_END,
};
static const Field user_fields[] = {
    FIELD(UserReply, union_id, JSON_TEXT,   FIELD_REQUIRED, .about = "on_…"),
    FIELD(UserReply, user_id,  JSON_TEXT,   FIELD_REQUIRED, .about = "in the tenant"),
    FIELD(UserReply, open_id,  JSON_TEXT,   FIELD_REQUIRED, .about = "ou_…"),
    FIELD(UserReply, name,     JSON_TEXT,   FIELD_REQUIRED, .about = "their name"),
    FIELD(UserReply, en_name,  JSON_TEXT,   FIELD_REQUIRED, .about = "empty: none"),
    FIELD(UserReply, email,    JSON_TEXT,   0, .about = "only to an app with contact:user.email:readonly"),
    FIELD(UserReply, mobile,   JSON_TEXT,   0, .about = "only to an app with contact:user.phone:readonly"),
    FIELD(UserReply, status,   JSON_OBJECT, FIELD_REQUIRED, .fields = status_fields, .item_bytes = sizeof(StatusReply), .about = "their state"),
    FIELDS_END,
};
const Field user_get_reply[] = {
    FIELD(UserGetReply, user, JSON_OBJECT, FIELD_REQUIRED, .fields = user_fields, .item_bytes = sizeof(UserReply), .about = "the user"),
    FIELDS_END,
};
/* clang-format on */

/* What is told only to an app with a scope of its own for it: absent without. */
static const char *guarded(const Call *call, const char *scope, const char *text)
{
    return words_hold(call->work.app->scopes, scope) ? text : NULL;
}

int contact_user_get(Call *call)
{
    UserGetQuery query = { 0 };
    UserIdType type = ID_OPEN;
    User user = { 0 };
    UserReply reply;
    int r;

    r = call_read_query(call, &query);
    if (r >= 0)
        r = im_read_id_type(call, "user_id_type", query.user_id_type, &type);
    if (r >= 0)
        r = user_get(&call->work, type, call_path(call, 0), &user);
    if (r < 0)
        return r;
    reply = (UserReply){ .union_id = user.union_id,
                         .user_id = user.user_id,
                         .open_id = user.open_id,
                         .name = user.name,
                         .en_name = user.en_name,
                         .email = guarded(call, "contact:user.email:readonly", user.email),
                         .mobile = guarded(call, "contact:user.phone:readonly", user.mobile),
                         .status = status_of(call, &user) };
    return call_reply(call, user_get_reply, &(UserGetReply){ &reply });
}

/* ---- user.batchGetId ---- */

typedef struct UserIdsQuery {
    const char *user_id_type;
} UserIdsQuery;

typedef struct UserIdsBody {
    TextArray emails;
    TextArray mobiles;
    bool include_resigned;
} UserIdsBody;

typedef struct UserIdReply {
    const char *user_id;
    const char *mobile;
    const char *email;
    StatusReply *status;
} UserIdReply;

typedef struct UserIdsReply {
    ObjectArray user_list;
} UserIdsReply;

/* clang-format off */
const Field user_ids_query[] = {
    FIELD(UserIdsQuery, user_id_type, JSON_TEXT, 0, .about = "open_id (default), union_id or user_id"),
    FIELDS_END,
};
const Field user_ids_body[] = {
    FIELD(UserIdsBody, emails,           JSON_TEXT_ARRAY, 0, .at_most = CONTACTS_ASKED_MOST, .about = "addresses, in whatever capitals"),
    FIELD(UserIdsBody, mobiles,          JSON_TEXT_ARRAY, 0, .at_most = CONTACTS_ASKED_MOST, .about = "numbers, outside of +86 with + and the country's code"),
    FIELD(UserIdsBody, include_resigned, JSON_BOOLEAN,    0, .about = "true: also who has resigned"),
    FIELDS_END,
};
static const Field user_id_fields[] = {
    FIELD(UserIdReply, user_id, JSON_TEXT,   0, .about = "absent: nobody"),
    FIELD(UserIdReply, mobile,  JSON_TEXT,   0, .about = "as it was asked for"),
    FIELD(UserIdReply, email,   JSON_TEXT,   0, .about = "as it was asked for"),
    FIELD(UserIdReply, status,  JSON_OBJECT, 0, .fields = status_fields, .item_bytes = sizeof(StatusReply), .about = "absent: nobody"),
    FIELDS_END,
};
const Field user_ids_reply[] = {
    FIELD(UserIdsReply, user_list, JSON_OBJECT_ARRAY, FIELD_REQUIRED, .fields = user_id_fields, .item_bytes = sizeof(UserIdReply), .about = "one for each email, then one for each mobile, in their order"),
    FIELDS_END,
};
/* clang-format on */

static int find_one(Call *call, ContactType contact_type, const char *contact,
                    bool include_resigned, UserIdType type, UserIdReply *ret_reply)
{
    User user = { 0 };
    int r = user_find_by_contact(&call->work, contact_type, contact, &user);

    *ret_reply = (UserIdReply){ .email = contact_type == CONTACT_EMAIL ? contact : NULL,
                                .mobile = contact_type == CONTACT_MOBILE ? contact : NULL };
    if (r <= 0 || (user.status == USER_RESIGNED && !include_resigned))
        return r;
    ret_reply->user_id = user_id_of(&user, type);
    ret_reply->status = status_of(call, &user);
    return 0;
}

int contact_user_batch_get_id(Call *call)
{
    UserIdsQuery query = { 0 };
    UserIdsBody body = { 0 };
    UserIdType type = ID_OPEN;
    UserIdReply *items;
    size_t count = 0;
    int r;

    r = call_read_query(call, &query);
    if (r >= 0)
        r = im_read_id_type(call, "user_id_type", query.user_id_type, &type);
    if (r >= 0)
        r = call_read_body(call, &body);
    if (r < 0)
        return r;
    items = arena_array(call->arena, UserIdReply, body.emails.count + body.mobiles.count);
    for (size_t i = 0; r >= 0 && i < body.emails.count; i++)
        r = find_one(call, CONTACT_EMAIL, body.emails.items[i], body.include_resigned, type,
                     &items[count++]);
    for (size_t i = 0; r >= 0 && i < body.mobiles.count; i++)
        r = find_one(call, CONTACT_MOBILE, body.mobiles.items[i], body.include_resigned, type,
                     &items[count++]);
    if (r < 0)
        return r;
    return call_reply(call, user_ids_reply, &(UserIdsReply){ { items, count, true } });
}
