/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"

#include "api/errors.h"
#include "check.h"

typedef struct Row {
    Section section;
    int code;
    const char *field;
    bool is_verbose;
    int status;
    int wire_code;
} Row;

/* clang-format off */
static const Row rows[] = {
    { SECTION_AUTH, E_NOT_FOUND, "app_id",           false, 200, 10014 },
    { SECTION_AUTH, E_DENIED,    "app_secret",       false, 200, 10014 },
    { SECTION_AUTH, E_DENIED,    "app_ticket",       false, 200, 10012 },
    { SECTION_AUTH, E_DENIED,    "tenant_key",       false, 200, 10013 },
    { SECTION_AUTH, E_DENIED,    "app_access_token", false, 200, 10013 },
    { SECTION_AUTH, E_CONFLICT,  "app_type",         false, 200, 10016 },
    { SECTION_AUTH, E_INVALID,   "app_id",           false, 200, 10003 },
    { SECTION_AUTH, E_INVALID,   "",                 false, 200, 10003 },
    { SECTION_AUTH, E_FAULT,     "",                 false, 500, 2200 },

    { SECTION_APAAS, E_NOT_FOUND, "operator_user_id", false, 400, 2320001 },
    { SECTION_APAAS, E_NOT_FOUND, "operator_user_id", true,  404, 2320004 },
    { SECTION_APAAS, E_NOT_FOUND, "invite_user_ids",  false, 400, 2320001 },
    { SECTION_APAAS, E_NOT_FOUND, "invite_user_ids",  true,  404, 2320004 },
    { SECTION_APAAS, E_NOT_FOUND, "kunlun_user_id",   false, 400, 2320001 },
    { SECTION_APAAS, E_NOT_FOUND, "kunlun_user_id",   true,  404, 2320004 },
    { SECTION_APAAS, E_NOT_FOUND, "task_id",          false, 400, 2320001 },
    { SECTION_APAAS, E_NOT_FOUND, "task_id",          true,  400, 2320001 },
    { SECTION_APAAS, E_DENIED,    "chat_id",          false, 400, 2320001 },
    { SECTION_APAAS, E_DENIED,    "chat_id",          true,  403, 2320005 },
    { SECTION_APAAS, E_INVALID,   "limit",            false, 400, 2320001 },
    { SECTION_APAAS, E_INVALID,   "limit",            true,  400, 2320001 },
    { SECTION_APAAS, E_CONFLICT,  "chat_id",          false, 400, 2320001 },
    { SECTION_APAAS, E_CONFLICT,  "chat_id",          true,  400, 2320001 },
    { SECTION_APAAS, E_FAULT,     "",                 false, 500, 2320002 },
    { SECTION_APAAS, E_FAULT,     "",                 true,  500, 2320002 },

    { SECTION_IM_CHAT, E_DENIED,    "tenant_key",   false, 400, 232010 },
    { SECTION_IM_CHAT, E_DENIED,    "chat_id",      false, 400, 232011 },
    { SECTION_IM_CHAT, E_INVALID,   "page_token",   false, 400, 232001 },
    { SECTION_IM_CHAT, E_NOT_FOUND, "chat_id",      false, 400, 232006 },
    { SECTION_IM_CHAT, E_CONFLICT,  "chat_id",      false, 400, 232009 },
    { SECTION_IM_CHAT, E_FAULT,     "",             false, 500, 2200 },

    { SECTION_IM_CHAT_CREATE, E_NOT_FOUND, "name",         false, 400, 232042 },
    { SECTION_IM_CHAT_CREATE, E_CONFLICT,  "name",         false, 400, 232020 },
    { SECTION_IM_CHAT_CREATE, E_INVALID,   "name",         false, 400, 232001 },
    { SECTION_IM_CHAT_CREATE, E_NOT_FOUND, "owner_id",     false, 400, 232030 },
    { SECTION_IM_CHAT_CREATE, E_CONFLICT,  "owner_id",     false, 400, 232022 },
    { SECTION_IM_CHAT_CREATE, E_NOT_FOUND, "user_id_list", false, 400, 232043 },
    { SECTION_IM_CHAT_CREATE, E_CONFLICT,  "user_id_list", false, 400, 232022 },
    { SECTION_IM_CHAT_CREATE, E_NOT_FOUND, "bot_id_list",  false, 400, 232021 },
    { SECTION_IM_CHAT_CREATE, E_FAULT,     "",             false, 500, 2200 },

    { SECTION_IM_CHAT_UPDATE, E_DENIED,    "edit_permission", false, 400, 232002 },
    { SECTION_IM_CHAT_UPDATE, E_DENIED,    "",             false, 400, 232016 },
    { SECTION_IM_CHAT_UPDATE, E_DENIED,    "chat_id",      false, 400, 232011 },
    { SECTION_IM_CHAT_UPDATE, E_DENIED,    "tenant_key",   false, 400, 232010 },
    { SECTION_IM_CHAT_UPDATE, E_NOT_FOUND, "owner_id",     false, 400, 232035 },
    { SECTION_IM_CHAT_UPDATE, E_NOT_FOUND, "chat_id",      false, 400, 232006 },
    { SECTION_IM_CHAT_UPDATE, E_CONFLICT,  "owner_id",     false, 400, 232012 },
    { SECTION_IM_CHAT_UPDATE, E_CONFLICT,  "chat_mode",    false, 400, 232008 },
    { SECTION_IM_CHAT_UPDATE, E_CONFLICT,  "chat_id",      false, 400, 232009 },
    { SECTION_IM_CHAT_UPDATE, E_INVALID,   "name",         false, 400, 232001 },

    { SECTION_IM_CHAT_DELETE, E_DENIED,    "",             false, 400, 232017 },
    { SECTION_IM_CHAT_DELETE, E_DENIED,    "chat_id",      false, 400, 232011 },
    { SECTION_IM_CHAT_DELETE, E_CONFLICT,  "chat_mode",    false, 400, 232008 },
    { SECTION_IM_CHAT_DELETE, E_CONFLICT,  "chat_id",      false, 400, 232009 },

    { SECTION_IM_MEMBERS_CREATE, E_DENIED,    "add_member_permission", false, 400, 232017 },
    { SECTION_IM_ME_JOIN, E_DENIED,    "membership_approval", false, 400, 232075 },
    { SECTION_IM_MEMBERS_CREATE, E_DENIED,    "chat_id",    false, 400, 232011 },
    { SECTION_IM_MEMBERS_CREATE, E_NOT_FOUND, "open_id",    false, 400, 99992351 },
    { SECTION_IM_MEMBERS_CREATE, E_NOT_FOUND, "union_id",   false, 400, 99992364 },
    { SECTION_IM_MEMBERS_CREATE, E_NOT_FOUND, "user_id",    false, 400, 99992360 },
    { SECTION_IM_MEMBERS_CREATE, E_NOT_FOUND, "app_id",     false, 400, 232043 },
    { SECTION_IM_MEMBERS_CREATE, E_NOT_FOUND, "id_list",    false, 400, 232027 },
    { SECTION_IM_MEMBERS_CREATE, E_CONFLICT,  "id_list",    false, 400, 232043 },
    { SECTION_IM_MEMBERS_CREATE, E_CONFLICT,  "user_count", false, 400, 232013 },
    { SECTION_IM_MEMBERS_CREATE, E_CONFLICT,  "bot_count",  false, 400, 232013 },
    { SECTION_IM_ME_JOIN, E_CONFLICT,  "chat_type",  false, 400, 232008 },
    { SECTION_IM_ME_JOIN, E_CONFLICT,  "chat_mode",  false, 400, 232008 },
    { SECTION_IM_MEMBERS_CREATE, E_CONFLICT,  "chat_mode",  false, 400, 232090 },
    { SECTION_IM_ME_JOIN, E_CONFLICT,  "bot_count",  false, 400, 232013 },
    { SECTION_IM_MEMBERS_CREATE, E_INVALID,   "id_list",    false, 400, 232001 },

    { SECTION_IM_MEMBERS_DELETE, E_DENIED,    "",         false, 400, 232014 },
    { SECTION_IM_MEMBERS_DELETE, E_DENIED,    "chat_id",  false, 400, 232011 },
    { SECTION_IM_MEMBERS_DELETE, E_NOT_FOUND, "id_list",  false, 400, 232027 },
    { SECTION_IM_MEMBERS_DELETE, E_NOT_FOUND, "owner_id", false, 400, 232029 },
    { SECTION_IM_MEMBERS_DELETE, E_CONFLICT,  "chat_mode", false, 400, 232007 },
    { SECTION_IM_MEMBERS_DELETE, E_CONFLICT,  "owner_id", false, 400, 232076 },

    { SECTION_IM_MESSAGE, E_DENIED,    "scope",      false, 400, 230027 },
    { SECTION_IM_MESSAGE, E_DENIED,    "sender",     false, 400, 230026 },
    { SECTION_IM_MESSAGE, E_DENIED,    "msg_type",   false, 400, 230054 },
    { SECTION_IM_MESSAGE, E_CONFLICT,  "receive_id", false, 400, 230029 },
    { SECTION_IM_MESSAGE, E_DENIED,    "tenant_key", false, 400, 230002 },
    { SECTION_IM_MESSAGE, E_NOT_FOUND, "receive_id", false, 400, 230034 },
    { SECTION_IM_MESSAGE, E_NOT_FOUND, "message_id", false, 400, 230001 },
    { SECTION_IM_MESSAGE, E_LIMITED,   "content",    false, 400, 230025 },
    { SECTION_IM_MESSAGE, E_INVALID,   "content",    false, 400, 230001 },
    { SECTION_IM_MESSAGE, E_CONFLICT,  "message_id", false, 400, 230110 },
    { SECTION_IM_MESSAGE, E_CONFLICT,  "parent_id",  false, 400, 230011 },
    { SECTION_IM_MESSAGE, E_CONFLICT,  "reply_in_thread", false, 400, 230071 },
    { SECTION_IM_MESSAGE, E_CONFLICT,  "Idempotency-Key", false, 400, 230001 },
    { SECTION_IM_MESSAGE, E_DENIED,    "chat_id",    false, 400, 230002 },
    { SECTION_IM_MESSAGE, E_INVALID,   "page_token", false, 400, 230001 },
    { SECTION_IM_MESSAGE, E_NOT_FOUND, "chat_id",    false, 400, 230001 },
    { SECTION_IM_MESSAGE, E_CONFLICT,  "chat_id",    false, 400, 232009 },
    { SECTION_IM_MESSAGE, E_FAULT,     "",           true,  500, 2200 },

    { SECTION_CONTACT, E_INVALID,   "user_id_type", false, 400, 40001 },
    { SECTION_CONTACT, E_NOT_FOUND, "user_id",      false, 400, 41012 },
    { SECTION_CONTACT, E_DENIED,    "user_id",      false, 400, 41050 },
    { SECTION_CONTACT, E_FAULT,     "",             false, 500, 40003 },
};
/* clang-format on */

static const char *field_of(const Row *row)
{
    return *row->field ? row->field : NULL;
}

TEST(each_failure_has_its_code)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Failure failure = { 0 };
        WireError error;

        fail_field(&failure, rows[i].code, field_of(&rows[i]), NULL, "why");
        error = wire_error(rows[i].section, &failure, rows[i].is_verbose);
        if (error.status != rows[i].status || error.code != rows[i].wire_code || !error.msg)
            CHECK_FAIL("row %zu: %d %d", i, error.status, error.code);
    }
}

TEST(every_section_says_when_to_try_again)
{
    static const Section sections[] = { SECTION_AUTH,
                                        SECTION_APAAS,
                                        SECTION_IM_CHAT,
                                        SECTION_IM_MESSAGE,
                                        SECTION_IM_CHAT_CREATE,
                                        SECTION_IM_CHAT_UPDATE,
                                        SECTION_IM_CHAT_DELETE,
                                        SECTION_IM_MEMBERS_CREATE,
                                        SECTION_IM_MEMBERS_DELETE,
                                        SECTION_IM_ME_JOIN };
    static const int codes[] = { E_UNAVAILABLE, E_FULL };

    for (size_t i = 0; i < COUNT_OF(sections); i++)
        for (size_t j = 0; j < COUNT_OF(codes); j++) {
            Failure failure = { .code = codes[j] };
            WireError error = wire_error(sections[i], &failure, j);

            CHECK_INT(error.status, 503);
            CHECK_INT(error.code, 2200);
        }
}

TEST(the_documented_message_is_constant)
{
    Failure failure = { 0 };

    fail_field(&failure, E_NOT_FOUND, "task_id", "9", "task 9 does not exist");
    CHECK_TEXT(wire_error(SECTION_APAAS, &failure, false).msg, "param is invalid");
}

TEST(the_gateways_codes)
{
    static const struct {
        GatewayError error;
        int status, code;
    } all[] = {
        { TOKEN_MISSING, 400, 99991661 }, { TOKEN_INVALID, 400, 99991663 },
        { TOKEN_OF_USER, 400, 99991668 }, { TOKEN_MALFORMED, 400, 99991671 },
        { SCOPE_MISSING, 400, 99991672 }, { RATE_LIMITED, 429, 99991400 },
    };

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        CHECK_INT(gateway_error(all[i].error).status, all[i].status);
        CHECK_INT(gateway_error(all[i].error).code, all[i].code);
        CHECK(gateway_error(all[i].error).msg);
    }
}

TEST(what_the_transport_refuses_keeps_its_status)
{
    static const int statuses[] = { 400, 408, 413, 414, 431, 501, 503, 599 };

    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        CHECK_INT(transport_error(statuses[i]).status, statuses[i]);
        CHECK_INT(transport_error(statuses[i]).code, statuses[i] == 503 ? 2200 : 9499);
        CHECK(transport_error(statuses[i]).msg);
    }
}

CHECK_MAIN
