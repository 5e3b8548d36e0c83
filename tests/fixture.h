/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/directory.h"
#include "domain/group.h"
#include "fault/db_fault.h"
#include "model/chat.h"
#include "model/task.h"
#include "model/user.h"
#include "store/temp_store.h"

/* A small installation in a temporary database, with a transaction open:
 *
 *     FIXTURE(house);
 *     r = group_open(&house.work, "t1", &draft, &chat_id);
 *
 * Two tenants hold the same: users "1" to "8" ("8" has resigned), named by names[], with ids like
 * ou_1, on_1, u1; task "t1" of instance "w1" (initiator 1, assignees 2 and 3, cc 4, labels in
 * Chinese and English), and "t2" of "w2" (archived, canceled, without labels and assignees, by 1).
 * In ours there are two custom apps and a store app, in the stranger's one custom app. */

#define FIXTURE_APP           "cli_a1d0c5a3b1e24f68"
#define FIXTURE_SECOND_APP    "cli_a2d0c5a3b1e24f68"
#define FIXTURE_STORE_APP     "cli_b2d0c5a3b1e24f68"
#define FIXTURE_FOREIGN_APP   "cli_c3d0c5a3b1e24f68"
#define FIXTURE_SECRET        "secret-of-every-app-in-these-tests"
#define FIXTURE_TENANT_KEY    "7ad0c5a3b1e24f68"
#define FIXTURE_STRANGERS_KEY "8bd0c5a3b1e24f68"

enum { FIXTURE_USERS = 8 };
#define FIXTURE_NOW_MS INT64_C(1795000000000)

typedef struct Fixture {
    TempStore kept;
    IdSource ids;
    Directory *directory; /* owned */
    Rules rules;
    Work work;     /* our first app's */
    Work second;   /* our second app's, in the same tenant */
    Work stranger; /* the app's of the other tenant */
} Fixture;

/* In place, because works borrow from it. scheme: see temp_store_open(). */
void fixture_open(Fixture *house, const char *scheme);
void fixture_close(Fixture *house);

#define FIXTURE(name)                              \
    _cleanup_(fixture_close) Fixture name = { 0 }; \
    fixture_open(&name, NULL)

extern const char *const fixture_names[FIXTURE_USERS + 1]; /* by kunlun id */

/* Opens a chat around t1 with these people, or aborts. */
const char *fixture_chat(const Work *work, const char *operator_user_id, const char *invitee);

/* As it is afterwards, without what is told of it. */
void fixture_dissolve(const Work *work, const char *chat_id);

/* The number of a chat's id, as a parameter for fixture_run() and as it stands in rows. */
const char *fixture_number(const Work *work, const char *chat_id);

/* One statement whose parameters are texts, on the store as it is: for states that no verb makes.
 * sql must be a literal. */
void fixture_run(const Work *work, const char *sql, const char *first, const char *second);

const char *fixture_rows(const Fixture *house); /* temp_store_rows() */

/* What has changed since then, as temp_store_changes() tells it. */
const char *fixture_changes(const Fixture *house, const char *before);

/* Runs verb in a savepoint for n = 1, 2, 3 … with the nth call of the driver failing with code,
 * until none fails any more. A failure must be told as such, and after it the savepoint is undone
 * as the server does it and the database must be what it was. The good run is kept. Each run has an
 * arena of its own, which is gone after a failure. Returns NULL, or what went wrong in some run.
 * The fixture's scheme must be "fault". */
const char *fixture_fail_each_call(Fixture *house, const Work *work, DbFaultKind kind, int code,
                                   int (*verb)(const Work *work, void *state), void *state);
