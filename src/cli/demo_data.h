/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stddef.h>

/* What the demo installation holds. The ids are documented and never change: examples, tests and
 * people's notes name them. */

#define DEMO_TENANT_KEY       "7ad0c5a3b1e24f68"
#define DEMO_APP_ID           "cli_a1d0c5a3b1e24f68"
#define DEMO_APP_SECRET       "taskroomDemoCustomAppSecret00001"
#define DEMO_STORE_APP_ID     "cli_b2d0c5a3b1e24f68"
#define DEMO_STORE_APP_SECRET "taskroomDemoStoreAppSecret000001"
#define DEMO_CHAT_ID          "oc_00000000000000000000000000000001"
#define DEMO_MESSAGE_ID       "om_00000000000000000000000000000001"

enum { DEMO_USERS = 8, DEMO_TASKS = 6 };

typedef struct DemoUser {
    const char *kunlun_id;
    const char *open_id;
    const char *name;
    const char *en_name;
} DemoUser;

extern const DemoUser demo_users[DEMO_USERS];
extern const char *const demo_task_ids[DEMO_TASKS];

/* In the form of docs/import.md, a line each. */
extern const char *const demo_user_lines[DEMO_USERS];
extern const char *const demo_task_lines[DEMO_TASKS];
