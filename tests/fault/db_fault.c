/* SPDX-License-Identifier: Apache-2.0 */
#include "fault/db_fault.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "db/driver.h"

/* Handles are those of the wrapped driver: there is nothing to remember per connection. */

static _Atomic int64_t fault_calls;
static _Atomic int64_t fault_at; /* 0 = never */
static _Atomic int fault_kind;
static _Atomic int fault_code;
static _Atomic bool fault_fired;

void db_fault_arm(int64_t n, DbFaultKind kind, int code)
{
    assert(n >= 0 && (n == 0 || code < 0));
    fault_at = 0; /* nothing fails by half of the new order */
    fault_kind = (int)kind;
    fault_code = code;
    fault_fired = false;
    fault_calls = 0;
    fault_at = n;
}

int64_t db_fault_calls(void)
{
    return fault_calls;
}

bool db_fault_fired(void)
{
    return fault_fired;
}

/* The code that this call must fail with, or 0. */
static int fault_count(void)
{
    int64_t call = atomic_fetch_add(&fault_calls, 1) + 1;
    int64_t at = fault_at;

    if (at == 0 || call < at || (call > at && fault_kind == DB_FAULT_ONCE))
        return 0;
    fault_fired = true;
    return fault_code;
}

static int fault_prepare(void *connection, const char *sql, void **ret_statement, Failure *failure)
{
    int code = fault_count();

    if (code < 0)
        return fail(failure, code, "a fault was injected into prepare");
    return db_sqlite.prepare(connection, sql, ret_statement, failure);
}

static int fault_bind(void *statement, int parameter, const char *text, const int64_t *number)
{
    int code = fault_count();

    if (code < 0)
        return code;
    return db_sqlite.bind(statement, parameter, text, number);
}

static int fault_bind_bytes(void *statement, int parameter, const void *bytes, size_t size_bytes)
{
    int code = fault_count();

    if (code < 0)
        return code;
    return db_sqlite.bind_bytes(statement, parameter, bytes, size_bytes);
}

static int fault_step(void *statement, Failure *failure)
{
    int code = fault_count();

    if (code < 0)
        return fail(failure, code, "a fault was injected into step");
    return db_sqlite.step(statement, failure);
}

void db_fault_register(void)
{
    static DbDriver driver;

    assert(!driver.scheme);
    driver = db_sqlite;
    driver.scheme = "fault";
    driver.prepare = fault_prepare;
    driver.bind = fault_bind;
    driver.bind_bytes = fault_bind_bytes;
    driver.step = fault_step;
    db_add_driver(&driver);
}
