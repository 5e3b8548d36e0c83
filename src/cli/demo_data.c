/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_data.h"

/* clang-format off */
#define USER(n, name_, en_name_) \
    { "180000000000000" n, "ou_0000000000000000000000000000000" n, name_, en_name_ }
const DemoUser demo_users[DEMO_USERS] = {
    USER("1", "张伟", "Zhang Wei"),
    USER("2", "王芳", "Wang Fang"),
    USER("3", "李娜", "Li Na"),
    USER("4", "刘洋", "Liu Yang"),
    USER("5", "陈静", "Chen Jing"),
    USER("6", "杨帆", "Yang Fan"),
    USER("7", "赵磊", "Zhao Lei"),
    USER("8", "黄敏", "Huang Min"),
};

const char *const demo_task_ids[DEMO_TASKS] = {
    "1790000000000001",
    "1790000000000002",
    "1790000000000003",
    "1790000000000004",
    "1790000000000005",
    "1790000000000006",
};

#define USER_LINE(n, name_, en_name_) \
    "{\"kunlun_id\":\"180000000000000" n "\",\"name\":\"" name_ "\",\"en_name\":\"" en_name_ \
    "\",\"open_id\":\"ou_0000000000000000000000000000000" n "\",\"union_id\":\"on_0000000000000000000000000000000" n \
    "\",\"user_id\":\"demouse" n "\",\"email\":\"user" n "@example.com\",\"mobile\":\"+1202555010" n "\",\"status\":\"active\"}"
const char *const demo_user_lines[DEMO_USERS] = {
    USER_LINE("1", "张伟", "Zhang Wei"),
    USER_LINE("2", "王芳", "Wang Fang"),
    USER_LINE("3", "李娜", "Li Na"),
    USER_LINE("4", "刘洋", "Liu Yang"),
    USER_LINE("5", "陈静", "Chen Jing"),
    USER_LINE("6", "杨帆", "Yang Fan"),
    USER_LINE("7", "赵磊", "Zhao Lei"),
    USER_LINE("8", "黄敏", "Huang Min"),
};

/* A purchase of 2026-11-18 and a leave of the day after; the last task is done. */
#define PERSON(n) "\"180000000000000" n "\""
#define PURCHASE \
    "\"workflow_instance\":{\"id\":\"1780000000000001\",\"api_id\":\"purchase_flow\",\"status\":\"in_process\"," \
    "\"label\":[{\"language_code\":\"2052\",\"text\":\"采购审批\"},{\"language_code\":\"1033\",\"text\":\"Purchase approval\"}]}"
#define LEAVE \
    "\"workflow_instance\":{\"id\":\"1780000000000002\",\"api_id\":\"leave_flow\",\"status\":\"in_process\"," \
    "\"label\":[{\"language_code\":\"2052\",\"text\":\"请假审批\"},{\"language_code\":\"1033\",\"text\":\"Leave approval\"}]}"
#define SUMMARY(key, value) \
    "\"summarys\":[{\"file_key\":{\"language_code\":\"2052\",\"text\":\"" key "\"}," \
    "\"file_value\":[{\"language_code\":\"2052\",\"text\":\"" value "\"}]}]"
#define TASK_LINE(n, type, hour, instance, initiator, assignees, cc, summary) \
    "{\"task_id\":\"179000000000000" n "\",\"type\":\"" type "\",\"task_start_time\":\"17950" hour "00000\"," instance \
    ",\"initiator\":{\"user_id\":" initiator "},\"assignees\":[" assignees "],\"cc\":[" cc "]," summary "}"

const char *const demo_task_lines[DEMO_TASKS] = {
    TASK_LINE("1", "pending",  "000", PURCHASE, PERSON("1"), PERSON("2"), PERSON("3"), SUMMARY("金额", "1,200")),
    TASK_LINE("2", "pending",  "036", PURCHASE, PERSON("1"), PERSON("3") "," PERSON("4"), PERSON("5"), SUMMARY("金额", "1,200")),
    TASK_LINE("3", "pending",  "072", PURCHASE, PERSON("1"), PERSON("5"), "", SUMMARY("供应商", "红星文具")),
    TASK_LINE("4", "pending",  "108", LEAVE, PERSON("6"), PERSON("1"), PERSON("7"), SUMMARY("天数", "3")),
    TASK_LINE("5", "pending",  "144", LEAVE, PERSON("6"), PERSON("7") "," PERSON("8"), "", SUMMARY("天数", "3")),
    TASK_LINE("6", "archived", "180", LEAVE, PERSON("6"), PERSON("2"), PERSON("1"), SUMMARY("天数", "3")),
};
/* clang-format on */
