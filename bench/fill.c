/* SPDX-License-Identifier: Apache-2.0 */

/* Fills a database with chats, as if chat_group had opened them: the same rows, in the order of
 * their ids, members drawn at random. It is fast because nothing is synced and secondary indexes
 * are made at the end, the index of chats among them; a database that it was interrupted on is to
 * be thrown away.
 *
 * fill DATABASE APP_ID FROM TO USERS TASKS    chats FROM … TO - 1; FROM is how many there are */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rows.h"
#include "store/chat_index_build.h"

enum {
    INVITEES = 3,
    PEOPLE = INVITEES + 1,
    PERSON_BYTES = 17, /* 16 digits and a NUL */
    BATCH = 10000,
    INDEXES_MOST = 32,
    SQL_BYTES = 1024,
    CHATS_PER_MS = 10,
    PAGE_CHATS = 50, /* the first users are in the first chats: their page of them is full */
};

static const int64_t FIRST_MS = 1700000000000; /* before any chat that a server opens */

typedef struct Index {
    char *name;
    char *sql;
} Index;

static Index indexes[INDEXES_MOST];
static int index_count;

static void find_indexes(Rows *rows)
{
    sqlite3_stmt *select;

    demand(sqlite3_prepare_v2(rows->database, rows_indexes_sql, -1, &select, NULL) == SQLITE_OK,
           "sqlite_master");
    while (sqlite3_step(select) == SQLITE_ROW) {
        demand(index_count < INDEXES_MOST, "too many indexes");
        indexes[index_count].name = strdup((const char *)sqlite3_column_text(select, 0));
        indexes[index_count].sql = strdup((const char *)sqlite3_column_text(select, 1));
        index_count++;
    }
    sqlite3_finalize(select);
}

static void drop_indexes(Rows *rows)
{
    char sql[SQL_BYTES];

    find_indexes(rows);
    for (int i = 0; i < index_count; i++) {
        snprintf(sql, sizeof sql, "DROP INDEX %s", indexes[i].name);
        rows_run(rows, sql);
    }
}

static void make_indexes(Rows *rows)
{
    for (int i = 0; i < index_count; i++)
        rows_run(rows, indexes[i].sql);
}

/* As the server does in the background, but at once, and by the product's own code. */
static void index_chats(const char *path)
{
    char url[SQL_BYTES];
    Failure failure = { 0 };
    Store *store = NULL;

    snprintf(url, sizeof url, "sqlite:%s", path);
    if (store_open(url, STORE_WRITER, &store, &failure) < 0 ||
        chat_index_build(store, &chat_index_sizes, &failure) < 0) {
        fprintf(stderr, "the index of chats: %s\n", failure.text);
        exit(1);
    }
    store_close(store);
}

/* Four different users. */
static void draw_people(Rows *rows, int64_t number, uint64_t users, uint64_t drawn[PEOPLE])
{
    for (int i = 0; i < PEOPLE; i++) {
        bool is_known;

        do {
            drawn[i] = number < PAGE_CHATS ? (uint64_t)i + 1 : rows_random(rows) % users + 1;
            is_known = false;
            for (int j = 0; j < i; j++)
                is_known = is_known || drawn[j] == drawn[i];
        } while (is_known);
    }
}

static void fill_one(Rows *rows, int64_t number, uint64_t users, uint64_t tasks)
{
    uint64_t drawn[PEOPLE];
    char people[PEOPLE][PERSON_BYTES], task[PERSON_BYTES], name[64];
    Group group = { .invitee_count = INVITEES };

    draw_people(rows, number, users, drawn);
    for (int i = 0; i < PEOPLE; i++)
        snprintf(people[i], sizeof people[i], "180000%010llu",
                 (unsigned long long)drawn[i] % 10000000000);
    snprintf(task, sizeof task, "179000%010llu",
             (unsigned long long)(rows_random(rows) % tasks + 1) % 10000000000);
    group.chat_name =
        (Slice){ name, snprintf(name, sizeof name, "采购审批 %09lld", (long long)number) };
    group.task_id = (Slice){ task, PERSON_BYTES - 1 };
    group.operator_id = (Slice){ people[0], PERSON_BYTES - 1 };
    for (int i = 0; i < INVITEES; i++)
        group.invitees[i] = (Slice){ people[i + 1], PERSON_BYTES - 1 };
    rows_write(rows, &group, FIRST_MS + number / CHATS_PER_MS);
}

int main(int argument_count, char **arguments)
{
    static Rows rows;
    int64_t from, to;
    uint64_t users, tasks;

    if (argument_count != 7) {
        fprintf(stderr, "usage: fill DATABASE APP_ID FROM TO USERS TASKS\n");
        return 2;
    }
    rows_open(&rows, arguments[1], arguments[2]);
    from = strtoll(arguments[3], NULL, 10);
    to = strtoll(arguments[4], NULL, 10);
    users = strtoull(arguments[5], NULL, 10);
    tasks = strtoull(arguments[6], NULL, 10);
    demand(users >= PEOPLE && tasks >= 1, "users and tasks");
    rows_run(&rows, "PRAGMA journal_mode = OFF");
    rows_run(&rows, "PRAGMA synchronous = OFF");
    rows_run(&rows, "PRAGMA locking_mode = EXCLUSIVE");
    rows_run(&rows, "PRAGMA ignore_check_constraints = ON"); /* the rows are right */
    rows_run(&rows, "PRAGMA cache_size = -262144");          /* KiB */
    drop_indexes(&rows);
    for (int64_t number = from; number < to; number++) {
        if ((number - from) % BATCH == 0)
            rows_run(&rows, number == from ? "BEGIN" : "COMMIT; BEGIN");
        fill_one(&rows, number, users, tasks);
    }
    if (to > from)
        rows_run(&rows, "COMMIT");
    make_indexes(&rows);
    rows_close(&rows);
    index_chats(arguments[1]);
}
