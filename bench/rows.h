/* SPDX-License-Identifier: Apache-2.0 */

/* The rows of one group, as the product writes them, for what is measured beside it: the floor
 * (floor.c) and the filler (fill.c). In C, only rows.c knows the schema. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    INVITED_MOST = 20,
    ID_BYTES = 36,     /* "oc_", 32 hex digits, NUL */
    TEXT_BYTES = 8192, /* a message or an event: a request's input and what is put around it */
};

/* A part of some text; not terminated. */
typedef struct Slice {
    const char *text;
    int bytes;
} Slice;

/* An id as the rows have it (src/base/id.h). */
typedef struct RowId {
    int64_t number;
    int64_t tail;
} RowId;

/* What is asked for, and the id that it got. */
typedef struct Group {
    Slice task_id;
    Slice operator_id;
    Slice invitees[INVITED_MOST];
    int invitee_count;
    Slice chat_name;
    RowId id;
} Group;

/* One thread's connection. */
typedef struct Rows {
    sqlite3 *database;
    sqlite3_stmt *insert; /* of a chat */
    const char *app_id;   /* borrowed */
    uint64_t random;
    int64_t last_number;
} Rows;

/* (name, sql) of the secondary indexes of the tables that a group goes to. */
extern const char rows_indexes_sql[];

/* Ends the process, with the reason, when it does not hold. */
void demand(bool holds, const char *what);

/* Opens a database that holds the product's tables, in WAL mode. Every failure here ends the
 * process. */
void rows_open(Rows *self, const char *path, const char *app_id);

/* Runs SQL that returns no rows. */
void rows_run(Rows *self, const char *sql);

/* A number drawn at random. */
uint64_t rows_random(Rows *self);

/* An id as the wire has it. */
void rows_print_id(RowId id, const char *prefix, char ret_text[ID_BYTES]);

/* Writes the rows of one group, inside the caller's transaction, and gives it its id. */
void rows_write(Rows *self, Group *group, int64_t at_ms);

/* Leaves the database in WAL mode and on the disk. */
void rows_close(Rows *self);
