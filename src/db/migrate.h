/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#include "db/db.h"
#include "db/driver.h"

/* The steps that bring an empty database to the newest schema, inside this room and for its tests.
 * The build makes the table from sql/NNNN_name.sql (tools/embed-sql). */

typedef struct Migration {
    int64_t version; /* 1, 2, 3 … */
    const char *name;
    const char *sql; /* statements, each ended by ';' */
} Migration;

extern const Migration migrations[];
extern const size_t migration_count;

/* db_migrate() with other steps; steps[i].version must be i + 1. */
int db_migrate_with(Db *db, const Migration *steps, size_t count, Failure *failure);

/* The next statement of *text, without its ';' and comments, the placeholders of driver.h
 * replaced, and moves *text behind it; NULL when there is none left. Understands '…', "…" and
 * comments; a statement with a ';' inside, like a trigger's body, has no place in a portable
 * schema. The result is new in arena. */
const char *migrate_take_statement(const char **text, const DbDriver *driver, Arena *arena);
