/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/db.h"
#include "scratch.h"

/* A table of items of about a page each, for the tests of the SQLite driver. */

enum { TEXT_BYTES = 3000 }; /* a little less than a page */

static const char create_item[] = "CREATE TABLE item (id BIGINT NOT NULL PRIMARY KEY, text TEXT)";

static inline int insert_sized(Db *db, int64_t id, size_t size_bytes, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    char *text = malloc(size_bytes + 1);
    int r = db_query(db, "INSERT INTO item (id, text) VALUES ($1, $2)", &query, failure);

    if (r >= 0 && text) {
        memset(text, 'x', size_bytes);
        text[size_bytes] = '\0';
        query_bind_integer(query, 1, id);
        query_bind_text(query, 2, text);
        r = query_step(query, failure);
    }
    query_finish(query);
    query = NULL;
    free(text);
    return r;
}

static inline int insert(Db *db, int64_t id, Failure *failure)
{
    return insert_sized(db, id, TEXT_BYTES, failure);
}

/* Items first … first + n - 1 in one transaction, which is rolled back when it fails. */
static inline int insert_many(Db *db, int64_t first, int64_t n, Failure *failure)
{
    int r = db_begin(db, failure);

    for (int64_t i = 0; i < n && r >= 0; i++)
        r = insert(db, first + i, failure);
    if (r >= 0)
        r = db_commit(db, failure);
    if (r < 0 && db_rollback(db, failure) < 0)
        return -1;
    return r;
}

static inline int64_t count(Db *db)
{
    _cleanup_(query_finishp) Query *query = NULL;
    Failure failure = { 0 };
    int r = db_query(db, "SELECT count(*) FROM item", &query, &failure);

    if (r >= 0)
        r = query_step(query, &failure);
    return r > 0 ? query_integer(query, 0) : r;
}

static inline Db *open_items(const char *url)
{
    Failure failure = { 0 };
    Db *db = NULL;

    if (db_open(url, DB_WRITER, &db, &failure) < 0 || db_run(db, create_item, &failure) < 0) {
        printf("Bail out! %s\n", failure.text);
        exit(1);
    }
    return db;
}

static inline bool describes(Db *db, const char *line)
{
    const char *text = "";
    Failure failure = { 0 };

    return db_describe(db, true, &text, &failure) == 0 && strstr(text, line);
}

static inline int64_t size_of(const char *path, const char *suffix)
{
    char name[SCRATCH_PATH_BYTES + 8];
    struct stat file;

    snprintf(name, sizeof(name), "%s%s", path, suffix);
    return stat(name, &file) == 0 ? (int64_t)file.st_size : -1;
}
