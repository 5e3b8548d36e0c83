/* SPDX-License-Identifier: Apache-2.0 */
#include "api/errors.h"

#include "base/cleanup.h"
#include "base/text.h"

/* The first row that fits counts: one without field fits any, and "" a failure that blames none. */
typedef struct Row {
    Section section;
    int code;
    const char *field;
    WireError plain;
    WireError verbose; /* code 0: as plain */
} Row;

/* clang-format off */
#define PARAM_INVALID   { 400, 2320001, "param is invalid" }
#define NO_USER         { 404, 2320004, "user does not exist" }
#define NO_PERMISSION   { 403, 2320005, "insufficient permissions" }
#define SAME            { 0, 0, NULL }

#define RESIGNED         { 400, 232022, "User has already resigned." }
#define UNAVAILABLE_IDS  { 400, 232043, "Your request contains unavailable ids." }
#define NO_VALID_MEMBERS { 400, 232027, "There are no valid members in the ID list specified in your request." }
#define MEMBERS_FULL     { 400, 232013, "You have reached the limit of maximum number of members a chat can have." }
#define CHAT_TYPE        { 400, 232008, "Your request specifies a chat whose type is NOT supported currently." }
#define NOT_THE_OWNER    { 400, 232017, "No Permission: If the operator is NOT owner or creator with the scope, the operator can NOT complete the request." }

static const Row rows[] = {
    /* auth/v3: failures are HTTP 200 (contract §2) */
    { SECTION_AUTH, E_NOT_FOUND, "app_id",         { 200, 10014, "app id not exists" }, SAME },
    { SECTION_AUTH, E_DENIED,    "app_secret",     { 200, 10014, "app secret invalid" }, SAME },
    { SECTION_AUTH, E_DENIED,    "app_ticket",     { 200, 10012, "app ticket invalid" }, SAME },
    { SECTION_AUTH, E_DENIED,    "tenant_key",     { 200, 10013, "get tenant access token failed" }, SAME },
    { SECTION_AUTH, E_DENIED,    "app_access_token", { 200, 10013, "get tenant access token failed" }, SAME },
    { SECTION_AUTH, E_CONFLICT,  "app_type",       { 200, 10016, "app type is not isv" }, SAME },
    { SECTION_AUTH, E_INVALID,   NULL,             { 200, 10003, "invalid param" }, SAME },

    /* aPaaS: one documented code (decisions 6 and 11) */
    { SECTION_APAAS, E_NOT_FOUND, "operator_user_id", PARAM_INVALID, NO_USER },
    { SECTION_APAAS, E_NOT_FOUND, "invite_user_ids",  PARAM_INVALID, NO_USER },
    { SECTION_APAAS, E_NOT_FOUND, "kunlun_user_id",   PARAM_INVALID, NO_USER },
    { SECTION_APAAS, E_DENIED,    NULL,               PARAM_INVALID, NO_PERMISSION },
    { SECTION_APAAS, E_INVALID,   NULL,               PARAM_INVALID, SAME },
    { SECTION_APAAS, E_NOT_FOUND, NULL,               PARAM_INVALID, SAME },
    { SECTION_APAAS, E_CONFLICT,  NULL,               PARAM_INVALID, SAME },
    { SECTION_APAAS, E_FAULT,     NULL,               { 500, 2320002, "internal error" }, SAME },

    /* im: chats and members (contract §5.5) */
    { SECTION_IM_CHAT, E_DENIED,    "tenant_key", { 400, 232010, "Operator and chat can NOT be in different tenants." }, SAME },
    { SECTION_IM_CHAT, E_INVALID,   NULL, { 400, 232001, "Your request contains an invalid request parameter." }, SAME },
    { SECTION_IM_CHAT, E_NOT_FOUND, NULL, { 400, 232006, "Your request specifies a chat_id which is invalid." }, SAME },
    { SECTION_IM_CHAT, E_CONFLICT,  NULL, { 400, 232009, "Your request specifies a chat which has already been dissolved." }, SAME },
    { SECTION_IM_CHAT, E_DENIED,    NULL, { 400, 232011, "Operator can NOT be out of the chat." }, SAME },

    { SECTION_IM_CHAT_CREATE, E_NOT_FOUND, "name",         { 400, 232042, "Public group chat's name should not be empty." }, SAME },
    { SECTION_IM_CHAT_CREATE, E_CONFLICT,  "name",         { 400, 232020, "Name can NOT be less than two characters for public chats." }, SAME },
    { SECTION_IM_CHAT_CREATE, E_NOT_FOUND, "owner_id",     { 400, 232030, "Your request specifies a user_id which is invalid." }, SAME },
    { SECTION_IM_CHAT_CREATE, E_CONFLICT,  "owner_id",     RESIGNED, SAME },
    { SECTION_IM_CHAT_CREATE, E_NOT_FOUND, "user_id_list", UNAVAILABLE_IDS, SAME },
    { SECTION_IM_CHAT_CREATE, E_CONFLICT,  "user_id_list", RESIGNED, SAME },
    { SECTION_IM_CHAT_CREATE, E_NOT_FOUND, "bot_id_list",  { 400, 232021, "Bot can NOT be found." }, SAME },

    { SECTION_IM_CHAT_UPDATE, E_DENIED,    "edit_permission", { 400, 232002, "No Permission: Only chat owner or admin can edit chat information in the current situation." }, SAME },
    { SECTION_IM_CHAT_UPDATE, E_DENIED,    "", { 400, 232016, "Non-chat-owner or Non-chat-admin can only edit certain parts." }, SAME },
    { SECTION_IM_CHAT_UPDATE, E_CONFLICT,  "name", { 400, 232026, "This name is already used in an existing public chat. Names of public chats are supposed to be different." }, SAME },
    { SECTION_IM_CHAT_UPDATE, E_NOT_FOUND, "owner_id", { 400, 232035, "Your request specifies an owner_id which is invalid." }, SAME },
    { SECTION_IM_CHAT_UPDATE, E_CONFLICT,  "chat_mode", CHAT_TYPE, SAME },
    { SECTION_IM_CHAT_UPDATE, E_CONFLICT,  "owner_id", { 400, 232012, "New chat owner can NOT be out of the chat." }, SAME },

    { SECTION_IM_CHAT_DELETE, E_CONFLICT,  "chat_mode", CHAT_TYPE, SAME },
    { SECTION_IM_CHAT_DELETE, E_DENIED,    "", NOT_THE_OWNER, SAME },

    { SECTION_IM_MEMBERS_CREATE, E_DENIED,    "add_member_permission", NOT_THE_OWNER, SAME },
    { SECTION_IM_MEMBERS_CREATE, E_NOT_FOUND, "open_id",    { 400, 99992351, "these open ids not existed: " }, SAME },
    { SECTION_IM_MEMBERS_CREATE, E_NOT_FOUND, "union_id",   { 400, 99992364, "Your request contains not existed id." }, SAME },
    { SECTION_IM_MEMBERS_CREATE, E_NOT_FOUND, "user_id",    { 400, 99992360, "Your request contains not existed id." }, SAME },
    { SECTION_IM_MEMBERS_CREATE, E_NOT_FOUND, "app_id",     UNAVAILABLE_IDS, SAME },
    { SECTION_IM_MEMBERS_CREATE, E_NOT_FOUND, "id_list",    NO_VALID_MEMBERS, SAME },
    { SECTION_IM_MEMBERS_CREATE, E_CONFLICT,  "id_list",    UNAVAILABLE_IDS, SAME },
    { SECTION_IM_MEMBERS_CREATE, E_CONFLICT,  "chat_mode",  { 400, 232090, "Unsupported chat type." }, SAME },
    { SECTION_IM_MEMBERS_CREATE, E_CONFLICT,  "user_count", MEMBERS_FULL, SAME },
    { SECTION_IM_MEMBERS_CREATE, E_CONFLICT,  "bot_count",  MEMBERS_FULL, SAME },

    { SECTION_IM_MEMBERS_DELETE, E_DENIED,    "", { 400, 232014, "The token used in the request does NOT have the permissions necessary to complete the request." }, SAME },
    { SECTION_IM_MEMBERS_DELETE, E_NOT_FOUND, "id_list",  NO_VALID_MEMBERS, SAME },
    { SECTION_IM_MEMBERS_DELETE, E_CONFLICT,  "chat_mode", { 400, 232007, "Your request specifies a chat_id or user_id which is invalid." }, SAME },
    { SECTION_IM_MEMBERS_DELETE, E_CONFLICT,  "owner_id", { 400, 232076, "Can't kick chat owner." }, SAME },
    { SECTION_IM_MEMBERS_DELETE, E_NOT_FOUND, "owner_id", { 400, 232029, "There are no available candidates for chat owner." }, SAME },

    { SECTION_IM_ME_JOIN, E_CONFLICT,  "chat_type", CHAT_TYPE, SAME },
    { SECTION_IM_ME_JOIN, E_CONFLICT,  "chat_mode", CHAT_TYPE, SAME },
    { SECTION_IM_ME_JOIN, E_CONFLICT,  "bot_count", MEMBERS_FULL, SAME },
    { SECTION_IM_ME_JOIN, E_DENIED,    "membership_approval", { 400, 232075, "The public group needs to apply to join, and users or bots are not allowed to actively join the group." }, SAME },

    /* im: messages */
    { SECTION_IM_MESSAGE, E_DENIED,    "scope",           { 400, 230027, "Lack of necessary permissions." }, SAME },
    { SECTION_IM_MESSAGE, E_DENIED,    "sender",          { 400, 230026, "No permission to recall this message." }, SAME },
    { SECTION_IM_MESSAGE, E_DENIED,    "msg_type",        { 400, 230054, "This operation is not supported for this message type." }, SAME },
    { SECTION_IM_MESSAGE, E_NOT_FOUND, "receive_id",      { 400, 230034, "The receive_id is invalid." }, SAME },
    { SECTION_IM_MESSAGE, E_CONFLICT,  "receive_id",      { 400, 230029, "User has resigned." }, SAME },
    { SECTION_IM_MESSAGE, E_LIMITED,   "content",         { 400, 230025, "The length of the message content reaches its limit." }, SAME },
    { SECTION_IM_MESSAGE, E_CONFLICT,  "message_id",      { 400, 230110, "Action unavailable as the message has been deleted." }, SAME },
    { SECTION_IM_MESSAGE, E_CONFLICT,  "parent_id",       { 400, 230011, "The message is recalled." }, SAME },
    { SECTION_IM_MESSAGE, E_CONFLICT,  "reply_in_thread", { 400, 230071, "The group to which the message belongs does not support reply in thread." }, SAME },
    { SECTION_IM_MESSAGE, E_CONFLICT,  "Idempotency-Key", { 400, 230001, "Your request contains an invalid request parameter." }, SAME },
    { SECTION_IM_MESSAGE, E_INVALID,   NULL, { 400, 230001, "Your request contains an invalid request parameter." }, SAME },
    { SECTION_IM_MESSAGE, E_NOT_FOUND, NULL, { 400, 230001, "Your request contains an invalid request parameter." }, SAME },
    { SECTION_IM_MESSAGE, E_CONFLICT,  NULL, { 400, 232009, "Your request specifies a chat which has already been dissolved." }, SAME },
    { SECTION_IM_MESSAGE, E_DENIED,    NULL, { 400, 230002, "The bot can not be outside the group." }, SAME },

    /* contact (contract §7) */
    { SECTION_CONTACT, E_INVALID,   NULL, { 400, 40001, "param error" }, SAME },
    { SECTION_CONTACT, E_NOT_FOUND, NULL, { 400, 41012, "user id invalid" }, SAME },
    { SECTION_CONTACT, E_DENIED,    NULL, { 400, 41050, "no user authority" }, SAME },
    { SECTION_CONTACT, E_FAULT,     NULL, { 500, 40003, "internal error" }, SAME },

    /* the page's own calls */
    { SECTION_WEB, E_UNAUTHENTICATED, NULL, { 401, 60401, "sign in first" }, SAME },
    { SECTION_WEB, E_INVALID,   NULL, { 400, 60400, "not as it should be" }, SAME },
    { SECTION_WEB, E_DENIED,    NULL, { 403, 60403, "not allowed" }, SAME },
    { SECTION_WEB, E_NOT_FOUND, NULL, { 404, 60404, "not there" }, SAME },
    { SECTION_WEB, E_CONFLICT,  NULL, { 409, 60409, "its state does not allow it" }, SAME },
    { SECTION_WEB, E_LIMITED,   NULL, { 429, 60429, "too many, try later" }, SAME },
};

static const WireError gateway[] = {
    [TOKEN_MISSING]   = { 400, 99991661, "Missing access token for authorization. Please make a request with token attached." },
    [TOKEN_INVALID]   = { 400, 99991663, "Invalid access token for authorization. Please make a request with token attached." },
    [TOKEN_OF_USER]   = { 400, 99991668, "user access token not support" },
    [TOKEN_MALFORMED] = { 400, 99991671, "Invalid token: must start with t-/u-" },
    [SCOPE_MISSING]   = { 400, 99991672, "Access denied. One of the following scopes is required: " },
    [RATE_LIMITED]    = { 429, 99991400, "request trigger frequency limit" },
};

/* The platform's page lists 9499 for what isn't readable, and 2200 for trouble of its own. */
static const WireError transport[] = {
    { 400, 9499, "Bad Request" },
    { 408, 9499, "Request Timeout" },
    { 413, 9499, "Request Entity Too Large" },
    { 414, 9499, "Request URI Too Long" },
    { 431, 9499, "Request Header Fields Too Large" },
    { 501, 9499, "Not Implemented" },
    { 503, 2200, "service unavailable, try again later" },
};
/* clang-format on */

static const Row *find_row(Section section, const Failure *failure)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].section == section && rows[i].code == failure->code &&
            (!rows[i].field || text_equal(rows[i].field, failure->field)))
            return &rows[i];
    return NULL;
}

WireError wire_error(Section section, const Failure *failure, bool has_verbose_codes)
{
    const Row *row;

    if (failure->code == E_UNAVAILABLE || failure->code == E_FULL)
        return transport_error(503);
    row = find_row(section, failure);
    if (!row && section >= SECTION_IM_CHAT_CREATE && section <= SECTION_IM_ME_JOIN)
        row = find_row(SECTION_IM_CHAT, failure);
    if (!row)
        return (WireError){ 500, 2200, "internal error" };
    return has_verbose_codes && row->verbose.code != 0 ? row->verbose : row->plain;
}

WireError gateway_error(GatewayError error)
{
    return gateway[error];
}

WireError transport_error(int status)
{
    for (size_t i = 0; i < COUNT_OF(transport); i++)
        if (transport[i].status == status)
            return transport[i];
    return (WireError){ status, 9499, "Bad Request" };
}
