/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* A database that fails on demand: db_open("fault:/path") is db_open("sqlite:/path"), but the nth
 * call of its driver fails before it does anything. Counted are prepare, bind and step, those for
 * BEGIN, COMMIT and SAVEPOINT too, of all connections and threads of the process; reset is not,
 * since it can't fail. Each case runs for n = 1, 2, 3 … until db_fault_fired() is false. */

typedef enum DbFaultKind {
    DB_FAULT_ONCE,
    DB_FAULT_FROM_THEN_ON,
} DbFaultKind;

/* Makes the scheme "fault" known. Once, before the first db_open(). */
void db_fault_register(void);

/* From now on the nth call (1 = the next) gives code, one of E_…. n = 0: none fails, calls are only
 * counted. Sets the counter back. */
void db_fault_arm(int64_t n, DbFaultKind kind, int code);

int64_t db_fault_calls(void); /* since it was last armed, those that failed counted */
bool db_fault_fired(void);    /* whether a call has failed since then */
