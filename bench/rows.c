/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    TENANT_ID = 1,
    LOG_ID_BYTES = 35,
};

static const char insert_sql[] =
    "INSERT INTO chat (tenant_id, chat_number, tail, name, owner_id, creator_app_id,"
    " chat_status, kind, settings, user_count, bot_ids, created_ms,"
    " opening_number, opening_tail, opening_content,"
    " first_event, first_task_id, first_user_ids, first_bot_ids,"
    " has_first_events, first_actor_id, first_log_id)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'normal', 0, '', ?7, ?8, ?9, ?10, ?11, ?12,"
    " ?13, ?14, ?15, ?16, 1, ?5, ?17)";

const char rows_indexes_sql[] =
    "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    " AND tbl_name IN ('chat', 'message', 'later_event')";

void demand(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

uint64_t rows_random(Rows *self)
{
    self->random ^= self->random << 13;
    self->random ^= self->random >> 7;
    self->random ^= self->random << 17;
    return self->random;
}

/* As the product makes its ids: time, sequence, and apart from these randomness. */
static RowId id_make(Rows *self, int64_t at_ms)
{
    int64_t first = at_ms << 16;

    self->last_number = first > self->last_number ? first : self->last_number + 1;
    return (RowId){ self->last_number, (int64_t)rows_random(self) };
}

void rows_print_id(RowId id, const char *prefix, char ret_text[ID_BYTES])
{
    snprintf(ret_text, ID_BYTES, "%s%016llx%016llx", prefix, (unsigned long long)id.number,
             (unsigned long long)id.tail);
}

static void rows_demand(Rows *self, int r, int wanted)
{
    if (r == wanted)
        return;
    fprintf(stderr, "SQLite: %s\n", sqlite3_errmsg(self->database));
    exit(1);
}

static void bind_slice(sqlite3_stmt *insert, int parameter, Slice slice)
{
    sqlite3_bind_text(insert, parameter, slice.text, slice.bytes, SQLITE_STATIC);
}

static void bind_text(sqlite3_stmt *insert, int parameter, const char *text)
{
    sqlite3_bind_text(insert, parameter, text, -1, SQLITE_STATIC);
}

/* Appends the list of quoted ids and returns the new length. */
static size_t add_ids(char text[TEXT_BYTES], size_t used, const Slice *ids, int count)
{
    for (int i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, TEXT_BYTES - used, "%s\"%.*s\"", i ? "," : "",
                                 ids[i].bytes, ids[i].text);
    return used;
}

/* The product's first message names people; here their ids stand for the names, which nobody looked
 * up. */
static void print_opening(const Group *group, char content[TEXT_BYTES])
{
    size_t used;

    used = (size_t)snprintf(content, TEXT_BYTES, "\"%.*s\"],\"to_chatters\":[",
                            group->operator_id.bytes, group->operator_id.text);
    used = add_ids(content, used, group->invitees, group->invitee_count);
    snprintf(content + used, TEXT_BYTES - used, "],\"task\":[\"采购审批\"],\"task_id\":\"%.*s\"}",
             group->task_id.bytes, group->task_id.text);
}

/* Who came when it was made. */
static void print_users(const Group *group, char user_ids[TEXT_BYTES])
{
    size_t used;

    used = (size_t)snprintf(user_ids, TEXT_BYTES, "%.*s", group->operator_id.bytes,
                            group->operator_id.text);
    for (int i = 0; i < group->invitee_count; i++)
        used += (size_t)snprintf(user_ids + used, TEXT_BYTES - used, " %.*s",
                                 group->invitees[i].bytes, group->invitees[i].text);
}

static void write_chat(Rows *self, const Group *group, RowId opening, int64_t first_event,
                       int64_t at_ms)
{
    sqlite3_stmt *insert = self->insert;
    char content[TEXT_BYTES], user_ids[TEXT_BYTES], log_id[LOG_ID_BYTES];

    print_opening(group, content);
    print_users(group, user_ids);
    sqlite3_bind_int64(insert, 2, group->id.number);
    sqlite3_bind_int64(insert, 3, group->id.tail);
    bind_slice(insert, 4, group->chat_name);
    bind_slice(insert, 5, group->operator_id);
    bind_text(insert, 6, self->app_id);
    sqlite3_bind_int64(insert, 7, 1 + group->invitee_count);
    bind_text(insert, 8, self->app_id);
    sqlite3_bind_int64(insert, 9, at_ms);
    sqlite3_bind_int64(insert, 10, opening.number);
    sqlite3_bind_int64(insert, 11, opening.tail);
    bind_text(insert, 12, content);
    sqlite3_bind_int64(insert, 13, first_event);
    bind_slice(insert, 14, group->task_id);
    bind_text(insert, 15, user_ids);
    bind_text(insert, 16, self->app_id);
    snprintf(log_id, sizeof log_id, "%014lld%020llx", (long long)at_ms,
             (unsigned long long)rows_random(self));
    bind_text(insert, 17, log_id);
    rows_demand(self, sqlite3_step(insert), SQLITE_DONE);
    sqlite3_reset(insert);
}

void rows_write(Rows *self, Group *group, int64_t at_ms)
{
    RowId opening;

    group->id = id_make(self, at_ms);
    opening = id_make(self, at_ms);
    id_make(self, at_ms); /* of the event that tells of the bot */
    write_chat(self, group, opening, id_make(self, at_ms).number, at_ms);
}

void rows_run(Rows *self, const char *sql)
{
    rows_demand(self, sqlite3_exec(self->database, sql, NULL, NULL, NULL), SQLITE_OK);
}

void rows_open(Rows *self, const char *path, const char *app_id)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;

    self->app_id = app_id;
    rows_demand(self, sqlite3_open_v2(path, &self->database, flags, NULL), SQLITE_OK);
    rows_run(self, "PRAGMA journal_mode = WAL");
    rows_run(self, "PRAGMA synchronous = FULL");
    rows_run(self, "PRAGMA wal_autocheckpoint = 4000");
    rows_demand(self, sqlite3_prepare_v2(self->database, insert_sql, -1, &self->insert, NULL),
                SQLITE_OK);
    sqlite3_bind_int64(self->insert, 1, TENANT_ID);
    demand(getrandom(&self->random, sizeof self->random, 0) == sizeof self->random, "getrandom");
    self->random |= 1;
}

void rows_close(Rows *self)
{
    sqlite3_finalize(self->insert);
    rows_run(self, "PRAGMA synchronous = FULL");
    rows_run(self, "PRAGMA locking_mode = NORMAL");
    rows_run(self, "PRAGMA journal_mode = WAL");
    rows_demand(self, sqlite3_close(self->database), SQLITE_OK);
}
