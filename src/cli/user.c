/* SPDX-License-Identifier: Apache-2.0 */

/* `taskroom user …`. */
#include "domain/user.h"

#include "cli/import.h"

/* A line of a file of users: docs/import.md. */
typedef struct UserLine {
    const char *kunlun_id;
    const char *name;
    const char *en_name;
    const char *open_id;
    const char *union_id;
    const char *user_id;
    const char *email;
    const char *mobile;
    const char *status;
} UserLine;

static const Field user_fields[] = {
    FIELD(UserLine, kunlun_id, JSON_TEXT, FIELD_REQUIRED),
    FIELD(UserLine, name, JSON_TEXT, FIELD_REQUIRED),
    FIELD(UserLine, en_name, JSON_TEXT, FIELD_KEEP_EMPTY), /* "" takes it away */
    FIELD(UserLine, open_id, JSON_TEXT, 0),
    FIELD(UserLine, union_id, JSON_TEXT, 0),
    FIELD(UserLine, user_id, JSON_TEXT, 0),
    FIELD(UserLine, email, JSON_TEXT, FIELD_KEEP_EMPTY),
    FIELD(UserLine, mobile, JSON_TEXT, FIELD_KEEP_EMPTY),
    FIELD(UserLine, status, JSON_TEXT, 0),
    FIELDS_END,
};

int import_user(const Work *work, const Json *json)
{
    UserLine line = { 0 };
    User user;
    int r;

    r = json_read(json, user_fields, &line, work->arena, work->failure);
    if (r < 0)
        return r;
    user = (User){ .kunlun_id = line.kunlun_id,
                   .open_id = line.open_id,
                   .union_id = line.union_id,
                   .user_id = line.user_id,
                   .name = line.name,
                   .en_name = line.en_name,
                   .email = line.email,
                   .mobile = line.mobile,
                   .status = USER_ACTIVE };
    if (line.status && !user_status_parse(line.status, &user.status))
        return fail_field(work->failure, E_INVALID, "status", line.status,
                          "status is active or resigned");
    return user_import(work, &user);
}

int command_user_import(Invocation *invocation)
{
    return import_run(invocation, import_user, "user");
}
