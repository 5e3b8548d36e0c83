/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "db/sqlite_connection.h"

/* Prepared statements: parameters are $1 … $n in any order, and each must be bound. */

typedef struct Statement {
    Connection *connection;
    sqlite3_stmt *handle; /* owned */
    uint64_t wanted;      /* the parameters of its text: bit n - 1 stands for $n */
    uint64_t bound;
    int index_of[DB_PARAMETERS_MOST + 1]; /* SQLite numbers $n by first appearance */
} Statement;

_Static_assert(DB_PARAMETERS_MOST <= 64, "each parameter has a bit of Statement.wanted");

static int statement_map(Statement *statement, Failure *failure)
{
    int count = sqlite3_bind_parameter_count(statement->handle);

    for (int i = 1; i <= count; i++) {
        const char *name = sqlite3_bind_parameter_name(statement->handle, i);
        char *end = NULL;
        long number = name && name[0] == '$' ? strtol(name + 1, &end, 10) : 0;

        if (number < 1 || number > DB_PARAMETERS_MOST || *end != '\0')
            return fail(failure, E_FAULT, "parameter %d is not one of $1 … $%d", i,
                        (int)DB_PARAMETERS_MOST);
        statement->index_of[number] = i;
        statement->wanted |= UINT64_C(1) << (number - 1);
    }
    return 0;
}

void sqlite_finish(void *pointer)
{
    Statement *statement = pointer;

    if (!statement)
        return;
    sqlite3_finalize(statement->handle);
    free(statement);
}

int sqlite_prepare(void *pointer, const char *sql, void **ret_statement, Failure *failure)
{
    Connection *connection = pointer;
    _cleanup_(sqlite_finishp) void *owned = calloc(1, sizeof(Statement));
    Statement *statement = owned;
    const char *rest;
    int r;

    assert(statement && "out of memory");
    statement->connection = connection;
    r = sqlite3_prepare_v3(connection->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                           &statement->handle, &rest);
    if (r != SQLITE_OK)
        return connection_fail(connection, r, failure);
    if (!statement->handle || rest[strspn(rest, " \t\r\n;")] != '\0')
        return fail(failure, E_FAULT, "a text must hold exactly one statement");
    r = statement_map(statement, failure);
    if (r < 0)
        return r;
    owned = NULL;
    *ret_statement = statement;
    return 0;
}

/* 0 = the statement has no such parameter. */
static int statement_index(const Statement *statement, int parameter)
{
    return parameter >= 1 && parameter <= DB_PARAMETERS_MOST ? statement->index_of[parameter] : 0;
}

static int statement_note_bind(Statement *statement, int parameter, int result)
{
    if (result != SQLITE_OK)
        return connection_code(statement->connection, result);
    statement->bound |= UINT64_C(1) << (parameter - 1);
    return 0;
}

int sqlite_bind(void *pointer, int parameter, const char *text, const int64_t *number)
{
    Statement *statement = pointer;
    int index = statement_index(statement, parameter);
    int result;

    assert(!text || !number);
    if (index == 0)
        return E_FAULT;
    if (text)
        result = sqlite3_bind_text(statement->handle, index, text, -1, SQLITE_STATIC);
    else if (number)
        result = sqlite3_bind_int64(statement->handle, index, *number);
    else
        result = sqlite3_bind_null(statement->handle, index);
    return statement_note_bind(statement, parameter, result);
}

/* Of a NULL pointer SQLite makes NULL, whatever the size. */
int sqlite_bind_bytes(void *pointer, int parameter, const void *bytes, size_t size_bytes)
{
    Statement *statement = pointer;
    int index = statement_index(statement, parameter);

    assert(bytes || size_bytes == 0);
    if (index == 0)
        return E_FAULT;
    return statement_note_bind(statement, parameter,
                               sqlite3_bind_blob64(statement->handle, index, bytes ? bytes : "",
                                                   size_bytes, SQLITE_STATIC));
}

int sqlite_step(void *pointer, Failure *failure)
{
    Statement *statement = pointer;
    int result;

    if (statement->bound != statement->wanted)
        return fail(failure, E_FAULT, "a parameter of the statement was not bound");
    result = sqlite3_step(statement->handle);
    if (result == SQLITE_ROW)
        return 1;
    if (result == SQLITE_DONE)
        return 0;
    return connection_fail(statement->connection, result, failure);
}

void sqlite_column(void *pointer, int column, const char **ret_text, int64_t *ret_number)
{
    Statement *statement = pointer;

    assert(column >= 0 && column < sqlite3_column_count(statement->handle));
    if (ret_number)
        *ret_number = sqlite3_column_int64(statement->handle, column);
    if (ret_text) {
        bool is_null = sqlite3_column_type(statement->handle, column) == SQLITE_NULL;

        *ret_text = (const char *)sqlite3_column_text(statement->handle, column);
        assert((*ret_text || is_null) && "out of memory");
    }
}

const void *sqlite_column_bytes(void *pointer, int column, size_t *ret_size_bytes)
{
    Statement *statement = pointer;
    bool is_null;
    const void *bytes;

    assert(column >= 0 && column < sqlite3_column_count(statement->handle));
    is_null = sqlite3_column_type(statement->handle, column) == SQLITE_NULL;
    bytes = sqlite3_column_blob(statement->handle, column);
    *ret_size_bytes = (size_t)sqlite3_column_bytes(statement->handle, column);
    assert((bytes || *ret_size_bytes == 0) && "out of memory");
    return bytes || is_null ? bytes : "";
}

void sqlite_reset(void *pointer)
{
    Statement *statement = pointer;

    sqlite3_reset(statement->handle);
    sqlite3_clear_bindings(statement->handle);
    statement->bound = 0;
}
