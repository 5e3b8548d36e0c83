/* SPDX-License-Identifier: Apache-2.0 */

/* What a connection to SQLite really uses, asked from SQLite itself, and whether its file is whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#include "db/sqlite_internal.h"

enum { LOG_HEADER_BYTES = 32, LOG_FRAME_HEADER_BYTES = 24 }; /* SQLite's file format, section 4.1 */

/* One line, left out where the text is full. */
static void description_add(Description *description, const char *name, const char *value)
{
    size_t left_bytes = sizeof(description->text) - description->size_bytes;
    char *line = description->text + description->size_bytes;
    int size_bytes = snprintf(line, left_bytes, "%s=%s\n", name, value);

    if (size_bytes < 0 || (size_t)size_bytes >= left_bytes) {
        *line = '\0';
        return;
    }
    for (int i = 0; i < size_bytes - 1; i++)
        if ((unsigned char)line[i] < ' ')
            line[i] = ' ';
    description->size_bytes += (size_t)size_bytes;
}

static int describe_answer(Description *description, void *connection, const char *name,
                           const char *sql, Failure *failure)
{
    char value[SQLITE_VALUE_BYTES];
    int r = sqlite_ask(connection, sql, value, failure);

    if (r < 0)
        return r;
    description_add(description, name, value);
    return 0;
}

/* The pages that the log's file has room for. */
static int describe_log(Description *description, void *connection, const char *name,
                        int64_t log_bytes, Failure *failure)
{
    char value[SQLITE_VALUE_BYTES];
    int64_t pages = 0;
    int r = sqlite_ask(connection, "PRAGMA page_size", value, failure);

    if (r < 0)
        return r;
    if (log_bytes > LOG_HEADER_BYTES)
        pages = (log_bytes - LOG_HEADER_BYTES) / (strtol(value, NULL, 10) + LOG_FRAME_HEADER_BYTES);
    snprintf(value, sizeof(value), "%lld", (long long)pages);
    description_add(description, name, value);
    return 0;
}

/* A file too damaged to be checked is an answer too. */
static void describe_integrity(Description *description, void *connection, bool thorough)
{
    const char *check = thorough ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)";
    Failure failure = { 0 };

    if (describe_answer(description, connection, "integrity", check, &failure) < 0)
        description_add(description, "integrity", failure.text);
}

static void describe_foreign_keys(Description *description, void *connection)
{
    char count[SQLITE_VALUE_BYTES], value[SQLITE_VALUE_BYTES + 32];
    Failure failure = { 0 };
    int r =
        sqlite_ask(connection, "SELECT count(*) FROM pragma_foreign_key_check", count, &failure);

    if (r < 0)
        snprintf(value, sizeof(value), "%s", failure.text);
    else if (strcmp(count, "0") == 0)
        snprintf(value, sizeof(value), "ok");
    else
        snprintf(value, sizeof(value), "%s rows without their parent", count);
    description_add(description, "foreign_key_check", value);
}

int description_write(Description *description, void *connection, int64_t log_bytes, bool thorough,
                      Failure *failure)
{
    static const char *const facts[][2] = {
        { "journal_mode", "PRAGMA journal_mode" },
        { "synchronous", "PRAGMA synchronous" },
        { "page_size", "PRAGMA page_size" },
        { "page_count", "PRAGMA page_count" },
        { "freelist_count", "PRAGMA freelist_count" },
        { "wal_pages", NULL },
        { "foreign_keys", "PRAGMA foreign_keys" },
        { "sqlite_version", "SELECT sqlite_version()" },
    };

    description->size_bytes = 0;
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        int r;

        if (facts[i][1])
            r = describe_answer(description, connection, facts[i][0], facts[i][1], failure);
        else
            r = describe_log(description, connection, facts[i][0], log_bytes, failure);
        if (r < 0)
            return r;
    }
    describe_integrity(description, connection, thorough);
    describe_foreign_keys(description, connection);
    return 0;
}
