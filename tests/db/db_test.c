/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "check.h"
#include "db/db.h"
#include "fault/db_fault.h"
#include "scratch.h"

static const char create_pair[] = "CREATE TABLE pair (id BIGINT NOT NULL PRIMARY KEY, "
                                  "name TEXT UNIQUE, size BIGINT CHECK (size < 100))";
static const char insert_pair[] = "INSERT INTO pair (id, name) VALUES ($1, $2)";
static const char count_pairs[] = "SELECT count(*) FROM pair";

static int insert(Db *db, int64_t id, const char *name, Failure *failure)
{
    _cleanup_(query_finishp) Query *query = NULL;
    int r = db_query(db, insert_pair, &query, failure);

    if (r < 0)
        return r;
    query_bind_integer(query, 1, id);
    query_bind_text(query, 2, name);
    return query_step(query, failure);
}

/* How many pairs db sees, or a negative code. */
static int64_t count(Db *db)
{
    _cleanup_(query_finishp) Query *query = NULL;
    Failure failure = { 0 };
    int r = db_query(db, count_pairs, &query, &failure);

    if (r >= 0)
        r = query_step(query, &failure);
    return r > 0 ? query_integer(query, 0) : r;
}

/* Opens a writer with the table in it, or ends the program. */
static Db *open_pairs(const char *url)
{
    Failure failure = { 0 };
    Db *db = NULL;

    if (db_open(url, DB_WRITER, &db, &failure) < 0 || db_run(db, create_pair, &failure) < 0) {
        printf("Bail out! %s\n", failure.text);
        exit(1);
    }
    return db;
}

TEST(a_url_needs_a_known_scheme)
{
    static const char *const urls[] = { "",       "/tmp/x",  "postgre:/x", "sqlit:/x",
                                        "sqlite", "sqlite:", ":x" };

    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        Failure failure = { 0 };
        Db *db = NULL;

        CHECK_INT(db_open(urls[i], DB_WRITER, &db, &failure), E_FAULT);
        CHECK(!db && failure.text[0]);
    }
    CHECK(!db_close(NULL));
    query_finish(NULL);
}

TEST(values_come_back)
{
    static const struct {
        int64_t id;
        const char *name;
    } values[] = {
        { 0, "" },
        { INT64_MAX, "采购审批" },
        { INT64_MIN, "it's \"quoted\"; -- $1" },
        { -1, NULL },
    };
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    Failure failure = { 0 };

    for (size_t i = 0; i < COUNT_OF(values); i++)
        CHECK_INT(insert(db, values[i].id, values[i].name, &failure), 0);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        _cleanup_(query_finishp) Query *query = NULL;

        CHECK_INT(db_query(db, "SELECT name, id FROM pair WHERE id = $1", &query, &failure), 0);
        query_bind_integer(query, 1, values[i].id);
        CHECK_INT(query_step(query, &failure), 1);
        CHECK_TEXT(query_text(query, 0), values[i].name);
        CHECK_INT(query_integer(query, 1), values[i].id);
        CHECK_INT(query_step(query, &failure), 0);
        CHECK_INT(query_step(query, &failure), 0);
    }
}

TEST(bytes_come_back)
{
    static const uint8_t all[] = { 0, 1, 0xff, 0, '\'', 0x80, 0 };
    static const struct {
        const void *bytes;
        size_t size_bytes;
    } values[] = { { all, sizeof(all) }, { all, 1 }, { all, 0 }, { NULL, 0 } };
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    Failure failure = { 0 };

    for (size_t i = 0; i < COUNT_OF(values); i++) {
        _cleanup_(query_finishp) Query *query = NULL;
        size_t size_bytes = 99;
        const void *bytes;

        CHECK_INT(db_query(db, "SELECT $1, NULL, length($1)", &query, &failure), 0);
        query_bind_blob(query, 1, values[i].bytes, values[i].size_bytes);
        CHECK_INT(query_step(query, &failure), 1);
        bytes = query_blob(query, 0, &size_bytes);
        CHECK(bytes);
        CHECK_INT(size_bytes, values[i].size_bytes);
        CHECK(memcmp(bytes, all, size_bytes) == 0);
        CHECK(!query_blob(query, 1, &size_bytes));
        CHECK_INT(size_bytes, 0);
        CHECK_INT(query_integer(query, 2), values[i].size_bytes);
    }
}

TEST(bytes_are_parameters_like_others)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    _cleanup_(query_finishp) Query *query = NULL;
    Failure failure = { 0 };

    CHECK_INT(db_query(db, "SELECT $1, $2", &query, &failure), 0);
    query_bind_blob(query, 3, "x", 1);
    query_bind_blob(query, 1, "x", 1);
    CHECK_INT(query_step(query, &failure), E_FAULT);
    query_finish(query);
    query = NULL;
    failure_clear(&failure);
    CHECK_INT(db_query(db, "SELECT $1, $2", &query, &failure), 0);
    query_bind_blob(query, 1, "x", 1);
    CHECK_INT(query_step(query, &failure), E_FAULT);
}

/* SQLite gives $3 the first number here. */
TEST(parameters_go_by_their_number)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    _cleanup_(query_finishp) Query *query = NULL;
    Failure failure = { 0 };

    CHECK_INT(db_query(db, "SELECT $3, $1, $2, $3", &query, &failure), 0);
    query_bind_text(query, 1, "one");
    query_bind_text(query, 2, "two");
    query_bind_text(query, 3, "three");
    CHECK_INT(query_step(query, &failure), 1);
    CHECK_TEXT(query_text(query, 0), "three");
    CHECK_TEXT(query_text(query, 1), "one");
    CHECK_TEXT(query_text(query, 2), "two");
    CHECK_TEXT(query_text(query, 3), "three");
}

TEST(a_failed_bind_is_told_by_the_step)
{
    static const int wrong[] = { 0, -1, 3, DB_PARAMETERS_MOST, DB_PARAMETERS_MOST + 1 };
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        _cleanup_(query_finishp) Query *query = NULL;
        Failure failure = { 0 };

        CHECK_INT(db_query(db, insert_pair, &query, &failure), 0);
        query_bind_integer(query, wrong[i], 1);
        query_bind_integer(query, 1, 1);
        query_bind_text(query, 2, "name");
        CHECK_INT(query_step(query, &failure), E_FAULT);
        CHECK_INT(query_step(query, &failure), E_FAULT);
        CHECK_INT(failure.code, E_FAULT);
    }
    CHECK_INT(count(db), 0);
    CHECK_INT(insert(db, 1, "name", &(Failure){ 0 }), 0);
}

/* What the use before had bound is forgotten, so it can't stand in. */
TEST(every_parameter_must_be_bound)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    _cleanup_(query_finishp) Query *query = NULL;
    Failure failure = { 0 };

    CHECK_INT(insert(db, 1, "name", &failure), 0);
    CHECK_INT(db_query(db, insert_pair, &query, &failure), 0);
    query_bind_integer(query, 1, 2);
    CHECK_INT(query_step(query, &failure), E_FAULT);
    CHECK_INT(count(db), 1);
}

TEST(a_finished_statement_does_not_run_again)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    _cleanup_(query_finishp) Query *query = NULL;
    Failure failure = { 0 };

    CHECK_INT(db_query(db, "INSERT INTO pair (id) SELECT 1 + count(*) FROM pair", &query, &failure),
              0);
    CHECK_INT(query_step(query, &failure), 0);
    CHECK_INT(query_step(query, &failure), 0);
    CHECK_INT(count(db), 1);
}

TEST(one_text_is_one_statement)
{
    static const char *const texts[] = { "",          "  ",        "SELECT 1; SELECT 2",
                                         "SELECT ?",  "SELECT $x", "SELECT $33",
                                         "SELECT $0", "SELEC 1",   "SELECT \"no such column\"" };
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    Failure failure = { 0 };

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        CHECK_INT(db_run(db, texts[i], &(Failure){ 0 }), E_FAULT);
    CHECK_INT(db_run(db, "SELECT 1;\n", &failure), 0);
}

/* Counted by the fault driver: a prepare, two binds and a step, and then no prepare any more. */
TEST(a_text_is_prepared_once)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.fault_url);
    Failure failure = { 0 };

    db_fault_arm(0, DB_FAULT_ONCE, 0);
    CHECK_INT(insert(db, 1, "one", &failure), 0);
    CHECK_INT(db_fault_calls(), 4);
    for (int i = 2; i <= 50; i++)
        CHECK_INT(insert(db, i, NULL, &failure), 0);
    CHECK_INT(db_fault_calls(), 4 + 49 * 3);
    CHECK_INT(count(db), 50);
}

TEST(as_many_statements_as_promised)
{
    static char texts[DB_STATEMENTS_MOST][32];
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = NULL;
    Failure failure = { 0 };

    CHECK_INT(db_open(scratch.fault_url, DB_WRITER, &db, &failure), 0);
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    for (int i = 0; i < DB_STATEMENTS_MOST; i++)
        snprintf(texts[i], sizeof(texts[i]), "SELECT %d", i);
    for (int i = 0; i < 2 * DB_STATEMENTS_MOST; i++) {
        _cleanup_(query_finishp) Query *query = NULL;

        CHECK_INT(db_query(db, texts[i % DB_STATEMENTS_MOST], &query, &failure), 0);
        CHECK_INT(query_step(query, &failure), 1);
        CHECK_INT(query_integer(query, 0), i % DB_STATEMENTS_MOST);
    }
    CHECK_INT(db_fault_calls(), 3 * DB_STATEMENTS_MOST);
}

TEST(a_transaction_is_kept_or_undone)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    Failure failure = { 0 };

    CHECK(!db_in_transaction(db));
    CHECK_INT(db_begin(db, &failure), 0);
    CHECK(db_in_transaction(db));
    CHECK_INT(insert(db, 1, "kept", &failure), 0);
    CHECK_INT(db_commit(db, &failure), 0);
    CHECK(!db_in_transaction(db));
    CHECK_INT(db_begin(db, &failure), 0);
    CHECK_INT(insert(db, 2, "undone", &failure), 0);
    CHECK_INT(db_rollback(db, &failure), 0);
    CHECK(!db_in_transaction(db));
    CHECK_INT(count(db), 1);
    CHECK_INT(db_rollback(db, &failure), 0);
}

TEST(closing_rolls_back)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    Failure failure = { 0 };

    CHECK_INT(db_begin(db, &failure), 0);
    CHECK_INT(insert(db, 1, "undone", &failure), 0);
    db_close(db);
    db = NULL;
    CHECK_INT(db_open(scratch.url, DB_WRITER, &db, &failure), 0);
    CHECK_INT(count(db), 0);
}

TEST(transactions_do_not_begin_or_end_by_mistake)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    Failure failure = { 0 };

    CHECK_INT(db_commit(db, &(Failure){ 0 }), E_FAULT);
    CHECK_INT(db_savepoint(db, &(Failure){ 0 }), E_FAULT);
    CHECK_INT(db_release(db, &(Failure){ 0 }), E_FAULT);
    CHECK_INT(db_rollback_to(db, &(Failure){ 0 }), E_FAULT);
    CHECK(!db_in_transaction(db));
    CHECK_INT(db_begin(db, &failure), 0);
    CHECK_INT(db_begin(db, &(Failure){ 0 }), E_FAULT);
    CHECK_INT(db_release(db, &(Failure){ 0 }), E_FAULT);
    CHECK(db_in_transaction(db));
    CHECK_INT(db_commit(db, &failure), 0);
}

/* ROLLBACK behind the room's back is what SQLite does by itself after some failures. */
TEST(nothing_is_kept_of_a_transaction_that_the_database_ended)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    _cleanup_(query_finishp) Query *query = NULL;
    Failure failure = { 0 };

    CHECK_INT(db_query(db, "INSERT INTO pair (id) VALUES (7)", &query, &failure), 0);
    CHECK_INT(db_begin(db, &failure), 0);
    CHECK_INT(insert(db, 1, "lost", &failure), 0);
    CHECK_INT(db_run(db, "ROLLBACK", &failure), 0);
    CHECK(!db_in_transaction(db));
    CHECK_INT(insert(db, 2, "alone", &(Failure){ 0 }), E_FAULT);
    CHECK_INT(query_step(query, &(Failure){ 0 }), E_FAULT);
    CHECK_INT(db_savepoint(db, &(Failure){ 0 }), E_FAULT);
    CHECK_INT(db_rollback_to(db, &(Failure){ 0 }), E_FAULT);
    CHECK_INT(db_release(db, &(Failure){ 0 }), E_FAULT);
    CHECK_INT(db_commit(db, &(Failure){ 0 }), E_FAULT);
    CHECK_INT(db_begin(db, &(Failure){ 0 }), E_FAULT);
    CHECK_INT(db_rollback(db, &failure), 0);
    CHECK_INT(db_begin(db, &failure), 0);
    CHECK_INT(insert(db, 3, "kept", &failure), 0);
    CHECK_INT(db_commit(db, &failure), 0);
    CHECK_INT(count(db), 1);
}

TEST(savepoints_undo_only_what_is_inside)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    Failure failure = { 0 };

    CHECK_INT(db_begin(db, &failure), 0);
    CHECK_INT(insert(db, 1, "outside", &failure), 0);
    CHECK_INT(db_savepoint(db, &failure), 0);
    CHECK_INT(insert(db, 2, "undone", &failure), 0);
    CHECK_INT(db_savepoint(db, &failure), 0);
    CHECK_INT(insert(db, 3, "released, then undone", &failure), 0);
    CHECK_INT(db_release(db, &failure), 0);
    CHECK_INT(count(db), 3);
    CHECK_INT(db_rollback_to(db, &failure), 0);
    CHECK_INT(count(db), 1);
    CHECK_INT(db_savepoint(db, &failure), 0);
    CHECK_INT(insert(db, 4, "kept", &failure), 0);
    CHECK_INT(insert(db, 4, "a second time", &(Failure){ 0 }), E_CONFLICT);
    CHECK_INT(db_release(db, &failure), 0);
    CHECK_INT(db_rollback_to(db, &(Failure){ 0 }), E_FAULT); /* none is left */
    CHECK(db_in_transaction(db));
    CHECK_INT(db_commit(db, &failure), 0);
    CHECK_INT(count(db), 2);
}

TEST(only_keys_conflict)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    Failure failure = { 0 };

    CHECK_INT(db_run(db,
                     "CREATE TABLE child (id TEXT NOT NULL PRIMARY KEY, pair_id BIGINT NOT NULL"
                     " REFERENCES pair (id)) WITHOUT ROWID",
                     &failure),
              0);
    CHECK_INT(insert(db, 1, "name", &failure), 0);
    CHECK_INT(db_run(db, "INSERT INTO child (id, pair_id) VALUES ('a', 1)", &failure), 0);
    CHECK_INT(insert(db, 1, "other", &failure), E_CONFLICT);
    CHECK(strstr(failure.text, "pair.id") && !strstr(failure.text, "other"));
    CHECK_INT(insert(db, 2, "name", &(Failure){ 0 }), E_CONFLICT);
    CHECK_INT(db_run(db, "INSERT INTO child (id, pair_id) VALUES ('a', 1)", &(Failure){ 0 }),
              E_CONFLICT);
    CHECK_INT(db_run(db, "INSERT INTO child (id, pair_id) VALUES ('b', 2)", &(Failure){ 0 }),
              E_FAULT);
    CHECK_INT(db_run(db, "INSERT INTO pair (id, size) VALUES (3, 100)", &(Failure){ 0 }), E_FAULT);
    CHECK_INT(db_run(db, "INSERT INTO pair (id) VALUES (NULL)", &(Failure){ 0 }), E_FAULT);
    CHECK_INT(count(db), 1);
    CHECK(!db_is_broken(db));
}

TEST(a_reader_sees_what_is_committed)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    _cleanup_(db_closep) Db *reader = NULL;
    Failure failure = { 0 };

    CHECK_INT(db_begin(db, &failure), 0);
    CHECK_INT(insert(db, 1, "one", &failure), 0);
    CHECK_INT(db_open(scratch.url, DB_READER, &reader, &failure), 0); /* beside a transaction */
    CHECK_INT(count(reader), 0);
    CHECK_INT(db_commit(db, &failure), 0);
    CHECK_INT(count(reader), 1);

    CHECK_INT(db_begin(reader, &failure), 0);
    CHECK(db_in_transaction(reader));
    CHECK_INT(insert(db, 2, "two", &failure), 0); /* beside a reading transaction */
    CHECK_INT(count(db), 2);
    CHECK_INT(count(reader), 1);
    CHECK_INT(db_commit(reader, &failure), 0);
    CHECK_INT(count(reader), 2);
}

TEST(a_reader_writes_nothing)
{
    static const char *const texts[] = { "INSERT INTO pair (id) VALUES (1)", "DELETE FROM pair",
                                         "CREATE TABLE other (id BIGINT)", "BEGIN IMMEDIATE" };
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    _cleanup_(db_closep) Db *reader = NULL;
    Failure failure = { 0 };

    CHECK_INT(db_open(scratch.url, DB_READER, &reader, &failure), 0);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        CHECK_INT(db_run(reader, texts[i], &(Failure){ 0 }), E_FAULT);
    CHECK_INT(insert(reader, 1, "one", &(Failure){ 0 }), E_FAULT);
    CHECK_INT(count(db), 0);
    CHECK_INT(db_tend(reader, &failure), 0);
}

TEST(a_second_writer_waits_and_gives_up)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.url);
    _cleanup_(db_closep) Db *other = NULL;
    Failure failure = { 0 };

    CHECK_INT(db_open(scratch.url, DB_WRITER, &other, &failure), 0);
    CHECK_INT(db_begin(db, &failure), 0);
    CHECK_INT(db_begin(other, &failure), E_UNAVAILABLE);
    CHECK(!db_in_transaction(other));
    failure_clear(&failure);
    CHECK_INT(db_commit(db, &failure), 0);
    CHECK_INT(db_begin(other, &failure), 0);
    CHECK_INT(insert(other, 1, "one", &failure), 0);
    CHECK_INT(db_commit(other, &failure), 0);
    CHECK_INT(count(db), 1);
}

/* Two rows that belong together, one inside a savepoint. */
static int insert_both(Db *db, Failure *failure)
{
    int r = db_begin(db, failure);

    if (r >= 0)
        r = insert(db, 1, "one", failure);
    if (r >= 0)
        r = db_savepoint(db, failure);
    if (r >= 0)
        r = insert(db, 2, "two", failure);
    if (r >= 0)
        r = db_release(db, failure);
    if (r >= 0)
        r = db_commit(db, failure);
    if (r < 0)
        db_rollback(db, failure);
    return r;
}

enum { CALLS_OF_INSERT_BOTH = 15 }; /* 5 prepared, 4 values bound, 6 run */

/* Fails each driver call of insert_both() in turn. Returns how many there were; -1 = a broken
 * promise. */
static int64_t torture(DbFaultKind kind, int code)
{
    for (int64_t n = 1; n < 1000; n++) {
        SCRATCH(scratch);
        _cleanup_(db_closep) Db *db = open_pairs(scratch.fault_url);
        Failure failure = { 0 };
        bool fired;
        int r;

        db_fault_arm(n, kind, code);
        r = insert_both(db, &failure);
        fired = db_fault_fired();
        db_fault_arm(0, DB_FAULT_ONCE, 0);
        if (!fired)
            return r == 0 && count(db) == 2 ? n - 1 : -1;
        if (r != code || failure.code != code || !failure.text[0])
            return -1;
        /* The same connection goes on, also where the rollback itself had failed. */
        failure_clear(&failure);
        if (insert_both(db, &failure) < 0 || count(db) != 2)
            return -1;
    }
    return -1;
}

TEST(every_call_may_fail_once)
{
    CHECK_INT(torture(DB_FAULT_ONCE, E_FAULT), CALLS_OF_INSERT_BOTH);
    CHECK_INT(torture(DB_FAULT_ONCE, E_FULL), CALLS_OF_INSERT_BOTH);
}

TEST(every_call_may_fail_from_then_on)
{
    CHECK_INT(torture(DB_FAULT_FROM_THEN_ON, E_FAULT), CALLS_OF_INSERT_BOTH);
    CHECK_INT(torture(DB_FAULT_FROM_THEN_ON, E_UNAVAILABLE), CALLS_OF_INSERT_BOTH);
}

static void *run_many(void *url)
{
    Failure failure = { 0 };
    Db *db = NULL;
    intptr_t failed = 0;

    if (db_open(url, DB_READER, &db, &failure) < 0)
        return (void *)(intptr_t)-1;
    for (int i = 0; i < 1000; i++) {
        failure_clear(&failure);
        failed += db_run(db, "SELECT 1", &failure) < 0;
    }
    db_close(db);
    return (void *)failed;
}

/* The nth call of the process fails, whichever thread makes it. */
TEST(faults_are_counted_over_all_threads)
{
    SCRATCH(scratch);
    _cleanup_(db_closep) Db *db = open_pairs(scratch.fault_url);
    pthread_t threads[4];
    intptr_t failed = 0;

    db_fault_arm(500, DB_FAULT_ONCE, E_FAULT);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        CHECK_INT(pthread_create(&threads[i], NULL, run_many, scratch.fault_url), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        void *result;

        pthread_join(threads[i], &result);
        failed += (intptr_t)result;
    }
    CHECK_INT(failed, 1);
    CHECK(db_fault_fired());
    /* Each thread prepares once, a step of it is counted a thousand times; in each a step of SELECT
     * gives its row and then its end. A failed step has no second one. */
    CHECK(db_fault_calls() >= 4 * (1 + 2 * 1000) - 1);
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    CHECK_INT(count(db), 0);
}

int main(void)
{
    db_fault_register();
    return check_main();
}
