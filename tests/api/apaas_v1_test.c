/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/text.h"

#include "api/apaas_v1.h"
#include "api/desk.h"
#include "check.h"

#define QUERY "/open-apis/apaas/v1/user_task/query"
#define GROUP "/open-apis/apaas/v1/user_tasks/t1/chat_group"

static void query(Desk *desk, const char *more)
{
    desk_ask(desk, "POST", QUERY,
             arena_print(desk->house.kept.arena, "{\"kunlun_user_id\":\"1\"%s}", more));
}

/* ---- user_task.query ---- */

TEST(a_task_is_told_in_the_pages_types)
{
    DESK(desk);

    query(&desk, "");
    CHECK_TEXT(desk.body,
               "{\"code\":0,\"msg\":\"success\",\"data\":{\"count\":\"2\",\"tasks\":["
               "{\"task_id\":\"t2\",\"task_start_time\":\"1794999999000\","
               "\"workflow_instance\":{\"id\":\"w2\",\"label\":[{\"language_code\":\"2052\","
               "\"text\":\"t2\"}],\"status\":\"canceled\"},"
               "\"initiator\":{\"user_id\":\"1\",\"name\":\"张伟\"},\"summarys\":[]},"
               "{\"task_id\":\"t1\",\"task_start_time\":\"1794999999000\","
               "\"workflow_instance\":{\"id\":\"w1\",\"label\":[{\"language_code\":\"1033\","
               "\"text\":\"Purchase approval\"},{\"language_code\":\"2052\",\"text\":"
               "\"采购审批\"}],\"status\":\"in_process\"},"
               "\"initiator\":{\"user_id\":\"1\",\"name\":\"张伟\"},\"summarys\":[]}]}}");
}

/* Decision 32. */
TEST(there_is_always_a_chinese_label)
{
    DESK(desk);

    fixture_run(&desk.house.work, "DELETE FROM workflow_label WHERE language_code = '2052'", NULL,
                NULL);
    query(&desk, ",\"type\":\"pending\"");
    CHECK(strstr(desk.body, "\"label\":[{\"language_code\":\"1033\",\"text\":\"Purchase approval\"}"
                            ",{\"language_code\":\"2052\",\"text\":\"Purchase approval\"}]"));
}

/* Decisions 9 and 10. */
TEST(filters_are_checked)
{
    DESK(desk);
    static const struct {
        const char *more, *field; /* NULL: it passes */
    } rows[] = {
        { ",\"limit\":\"1\"", NULL },
        { ",\"limit\":\"50\"", NULL },
        { ",\"limit\":\"0\"", "limit" },
        { ",\"limit\":\"51\"", "limit" },
        { ",\"limit\":\"x\"", "limit" },
        { ",\"limit\":\"-1\"", "limit" },
        { ",\"limit\":\"1.0\"", "limit" },
        { ",\"limit\":\" 1\"", "limit" },
        { ",\"limit\":10", "limit" },
        { ",\"limit\":\"\"", NULL },
        { ",\"limit\":null", NULL },
        { ",\"offset\":\"0\"", NULL },
        { ",\"offset\":\"100000\"", NULL },
        { ",\"offset\":\"100001\"", "offset" },
        { ",\"offset\":\"99999999999999999999\"", "offset" },
        { ",\"start_time\":\"253402300799999\"", NULL },
        { ",\"start_time\":\"253402300800000\"", "start_time" },
        { ",\"end_time\":\"x\"", "end_time" },
        { ",\"type\":\"archived\"", NULL },
        { ",\"type\":\"done\"", "type" },
        { ",\"source\":\"CCMe\"", NULL },
        { ",\"source\":\"ccme\"", "source" },
        { ",\"api_ids\":[\"x\"]", NULL },
        { ",\"api_ids\":[]", "api_ids" },
        { ",\"api_ids\":\"x\"", "api_ids" },
        { ",\"api_ids\":[1]", "api_ids[0]" },
        { ",\"unknown\":[{}]", NULL },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        query(&desk, rows[i].more);
        CHECK_INT(desk.code, rows[i].field ? 2320001 : 0);
        CHECK_INT(desk.status, rows[i].field ? 400 : 200);
        if (rows[i].field && !strstr(desk.body, arena_print(desk.house.kept.arena,
                                                            "{\"field\":\"%s\"", rows[i].field)))
            CHECK_FAIL("%s: %s", rows[i].more, desk.body);
    }
    desk_ask(&desk, "POST", QUERY, "{\"kunlun_user_id\":1}");
    CHECK_INT(desk.code, 2320001);
    desk_ask(&desk, "POST", QUERY, "{\"kunlun_user_id\":\"\"}");
    CHECK_INT(desk.code, 2320001);
}

TEST(filters_narrow)
{
    DESK(desk);

    query(&desk, ",\"type\":\"archived\"");
    CHECK(strstr(desk.body, "\"count\":\"1\",\"tasks\":[{\"task_id\":\"t2\""));
    query(&desk, ",\"source\":\"assignMe\"");
    CHECK(strstr(desk.body, "\"count\":\"0\",\"tasks\":[]"));
    query(&desk, ",\"limit\":\"1\",\"offset\":\"1\"");
    CHECK(strstr(desk.body, "\"count\":\"2\",\"tasks\":[{\"task_id\":\"t1\""));
    query(&desk, ",\"start_time\":\"1794999999001\"");
    CHECK(strstr(desk.body, "\"count\":\"0\""));
    query(&desk, ",\"start_time\":\"1794999999000\",\"end_time\":\"1794999999000\"");
    CHECK(strstr(desk.body, "\"count\":\"2\""));
    query(&desk, ",\"api_ids\":[\"purchase_flow\"]");
    CHECK(strstr(desk.body, "\"count\":\"2\""));
    query(&desk, ",\"api_ids\":[\"Purchase_flow\"]");
    CHECK(strstr(desk.body, "\"count\":\"0\""));
}

TEST(verbose_codes_tell_unknown_users_apart)
{
    DESK(desk);

    desk.context.has_verbose_codes = true;
    desk_ask(&desk, "POST", QUERY, "{\"kunlun_user_id\":\"99\"}");
    CHECK_INT(desk.status, 404);
    CHECK_INT(desk.code, 2320004);
}

/* ---- user_task.chat_group ---- */

TEST(a_chat_is_opened)
{
    DESK(desk);
    const char *before = fixture_rows(&desk.house);

    desk_ask(&desk, "POST", GROUP, "{\"operator_user_id\":\"1\",\"chat_name\":\"名\"}");
    CHECK_INT(desk.status, 200);
    CHECK(
        text_starts_with(desk.body, "{\"code\":0,\"msg\":\"success\",\"data\":{\"chat_id\":\"oc_"));
    CHECK_TEXT(fixture_changes(&desk.house, before), "chat +1 chat_join +1 event +2");
    CHECK(strstr(fixture_rows(&desk.house), "|名|1|" FIXTURE_APP "|normal|"));
}

TEST(a_chats_request_is_checked)
{
    DESK(desk);
    const char *before = fixture_rows(&desk.house);
    static const struct {
        const char *body, *field;
    } rows[] = {
        { "{}", "operator_user_id" },
        { "{\"operator_user_id\":\"\"}", "operator_user_id" },
        { "{\"operator_user_id\":null}", "operator_user_id" },
        { "{\"operator_user_id\":1}", "operator_user_id" },
        { "{\"operator_user_id\":\"99\"}", "operator_user_id" },
        { "{\"operator_user_id\":\"1\",\"invite_user_ids\":[]}", "invite_user_ids" },
        { "{\"operator_user_id\":\"1\",\"invite_user_ids\":\"2\"}", "invite_user_ids" },
        { "{\"operator_user_id\":\"1\",\"invite_user_ids\":[2]}", "invite_user_ids[0]" },
        { "{\"operator_user_id\":\"1\",\"invite_user_ids\":[\"2\",\"\"]}", "invite_user_ids" },
        { "{\"operator_user_id\":\"1\",\"invite_user_ids\":[\"8\"]}", "invite_user_ids" },
        { "{\"operator_user_id\":\"1\",\"chat_id\":\"oc_1\"}", "chat_id" },
        { "{\"operator_user_id\":\"1\",\"chat_name\":{}}", "chat_name" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        desk_ask(&desk, "POST", GROUP, rows[i].body);
        CHECK_INT(desk.status, 400);
        CHECK_INT(desk.code, 2320001);
        if (!strstr(desk.body,
                    arena_print(desk.house.kept.arena, "{\"field\":\"%s\"", rows[i].field)))
            CHECK_FAIL("%s: %s", rows[i].body, desk.body);
    }
    CHECK_TEXT(fixture_changes(&desk.house, before), "");
}

/* Decision 13: the list is counted as it was sent. */
TEST(twenty_are_invited_and_not_one_more)
{
    DESK(desk);
    Buffer body;

    buffer_init(&body, desk.house.kept.arena, 256);
    buffer_add(&body, "{\"operator_user_id\":\"1\",\"invite_user_ids\":[\"2\"");
    for (int i = 1; i < 20; i++)
        buffer_add(&body, ",\"2\"");
    desk_ask(&desk, "POST", GROUP, arena_print(desk.house.kept.arena, "%s]}", body.text));
    CHECK_INT(desk.code, 0);
    desk_ask(&desk, "POST", GROUP, arena_print(desk.house.kept.arena, "%s,\"2\"]}", body.text));
    CHECK_INT(desk.code, 2320001);
    CHECK(strstr(desk.body, "the max len is 20"));
}

TEST(null_and_empty_are_absent)
{
    DESK(desk);

    desk_ask(&desk, "POST", GROUP,
             "{\"operator_user_id\":\"1\",\"invite_user_ids\":null,\"chat_id\":\"\","
             "\"chat_name\":\"\",\"more\":1}");
    CHECK_INT(desk.code, 0);
}

TEST(the_tasks_id_is_the_paths)
{
    DESK(desk);

    desk_ask(&desk, "POST", "/open-apis/apaas/v1/user_tasks/%741/chat_group",
             "{\"operator_user_id\":\"1\"}");
    CHECK_INT(desk.code, 0);
    desk_ask(&desk, "POST", "/open-apis/apaas/v1/user_tasks/t9/chat_group",
             "{\"operator_user_id\":\"1\"}");
    CHECK_INT(desk.code, 2320001);
    CHECK(strstr(desk.body, "\"field\":\"task_id\",\"value\":\"t9\""));
}

TEST(a_given_chat_is_echoed)
{
    DESK(desk);
    const char *chat_id = fixture_chat(&desk.house.work, "1", "2");

    desk_ask(&desk, "POST", GROUP,
             arena_print(desk.house.kept.arena, "{\"operator_user_id\":\"1\",\"chat_id\":\"%s\"}",
                         chat_id));
    CHECK_TEXT(desk.body,
               arena_print(desk.house.kept.arena,
                           "{\"code\":0,\"msg\":\"success\",\"data\":{\"chat_id\":\"%s\"}}",
                           chat_id));
    desk.authorization = desk_bearer(&desk, &desk.house.second);
    desk.context.has_verbose_codes = true;
    desk_ask(&desk, "POST", GROUP,
             arena_print(desk.house.kept.arena, "{\"operator_user_id\":\"1\",\"chat_id\":\"%s\"}",
                         chat_id));
    CHECK_INT(desk.status, 403);
    CHECK_INT(desk.code, 2320005);
}

CHECK_MAIN
