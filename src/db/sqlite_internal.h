/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "db/driver.h"

/* What sqlite.c and sqlite_describe.c show each other. It does not need the library's header. */

enum { SQLITE_VALUE_BYTES = 512, SQLITE_DESCRIPTION_BYTES = 4096 };

/* The first column of the first row that sql gives, "" without a row. */
int sqlite_ask(void *connection, const char *sql, char ret_text[SQLITE_VALUE_BYTES],
               Failure *failure);

typedef struct Description {
    size_t size_bytes;
    char text[SQLITE_DESCRIPTION_BYTES]; /* lines of "name=value" */
} Description;

/* Writes all lines anew. log_bytes: of the log's file, -1 = there is none. */
int description_write(Description *description, void *connection, int64_t log_bytes, bool thorough,
                      Failure *failure);
