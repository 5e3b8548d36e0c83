/* SPDX-License-Identifier: Apache-2.0 */
#include "store/temp_store.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/crypto.h"

#include "db/db.h"
#include "fault/db_fault.h"
#include "model/message.h"

/* clang-format off */
#define T(column) "'|' || " #column " || "
static const struct {
    const char *name;
    const char *sql;
} tables[] = {
    { "revision", "SELECT " T(name) T(number) "'' FROM revision ORDER BY name" },
    { "master_key", "SELECT " T(name) T(key_check) "'' FROM master_key ORDER BY name" },
    { "tenant", "SELECT " T(tenant_id) T(tenant_key) T(name) T(created_ms) "'' FROM tenant ORDER BY tenant_id" },
    { "app", "SELECT " T(tenant_id) T(app_id) T(app_type) T(name) T(secret_hash) T(scopes) T(created_ms) "'' FROM app ORDER BY tenant_id, app_id" },
    { "app_tenant", "SELECT " T(tenant_id) T(app_id) "'' FROM app_tenant ORDER BY tenant_id, app_id" },
    { "kunlun_user", "SELECT " T(tenant_id) T(kunlun_id) T(open_id) T(union_id) T(user_id) T(name) T(en_name) T(email) T(mobile) T(status) "'' FROM kunlun_user ORDER BY tenant_id, kunlun_id" },
    { "workflow_instance", "SELECT " T(tenant_id) T(workflow_instance_id) T(api_id) T(status) "'' FROM workflow_instance ORDER BY tenant_id, workflow_instance_id" },
    { "workflow_label", "SELECT " T(tenant_id) T(workflow_instance_id) T(position) T(language_code) T(text) "'' FROM workflow_label ORDER BY tenant_id, workflow_instance_id, position" },
    { "task", "SELECT " T(tenant_id) T(task_id) T(workflow_instance_id) T(type) T(task_start_ms) T(summarys) "'' FROM task ORDER BY tenant_id, task_id" },
    { "participant", "SELECT " T(tenant_id) T(kunlun_id) T(role) T(task_id) T(position) "'' FROM participant ORDER BY tenant_id, kunlun_id, role, task_id" },
    { "chat", "SELECT " T(tenant_id) T(chat_number) T(tail) T(name) T(owner_id) T(creator_app_id) T(chat_status) T(kind) T(settings) T(user_count) T(bot_ids) T(created_ms) T(opening_number) T(opening_tail) "'|' || CASE WHEN opening_number = 0 THEN '' ELSE '" MESSAGE_OPENING_BEGIN "' END || opening_content || '' FROM chat ORDER BY chat_number" },
    { "chat_join", "SELECT " T(tenant_id) T(chat_number) T(event_number) T(task_id) T(user_ids) T(bot_ids) T(joined_ms) "'' FROM chat_join ORDER BY chat_number, event_number" },
    { "direct_chat", "SELECT " T(tenant_id) T(app_id) T(kunlun_id) T(chat_number) "'' FROM direct_chat ORDER BY tenant_id, app_id, kunlun_id" },
    { "task_chat", "SELECT " T(tenant_id) T(chat_number) T(task_id) T(linked_ms) T(linked_by) T(event_number) "'' FROM task_chat ORDER BY chat_number, task_id" },
    { "message", "SELECT " T(tenant_id) T(chat_number) T(message_number) T(tail) T(msg_type) T(sender_id) T(sender_type) T(content) T(created_ms) T(root_id) T(parent_id) T(mentions) T(deleted_ms) "'' FROM message ORDER BY chat_number, message_number" },
    { "event", "SELECT line FROM (SELECT event_number, " T(tenant_id) T(event_number) T(tail) T(event_type) T(app_id) T(actor_id) T(subject_number) T(body) T(created_ms) T(log_id) "'' AS line FROM later_event UNION ALL "
      "SELECT event_number, " T(tenant_id) T(event_number) T(tail) T(event_type) T(app_id) T(actor_id) T(chat_number) "'|{\"name\":' || json_quote(chat_name) || CASE WHEN arrived = '' THEN '' ELSE CASE event_type WHEN 'im.chat.member.bot.added_v1' THEN ',\"bots\":[\"' ELSE ',\"users\":[\"' END || replace(arrived, ' ', '\",\"') || '\"]' END || '}' || " T(created_ms) T(log_id) "'' FROM opening_event) events ORDER BY event_number" },
    { "chat_event", "SELECT " T(tenant_id) T(chat_number) T(event_number) "'' FROM chat_event ORDER BY chat_number, event_number" },
    { "idempotency", "SELECT " T(tenant_id) T(key_hash) T(fingerprint) T(http_status) T(body) T(created_ms) "'' FROM idempotency ORDER BY tenant_id, key_hash" },
    { "read_mark", "SELECT " T(tenant_id) T(kunlun_id) T(chat_number) T(message_number) T(tail) "'' FROM read_mark ORDER BY tenant_id, kunlun_id, chat_number" },
    { "user_password", "SELECT " T(tenant_id) T(kunlun_id) T(password_hash) T(failed_count) T(failed_ms) "'' FROM user_password ORDER BY tenant_id, kunlun_id" },
    { "sign_in_link", "SELECT " T(link_hash) T(tenant_id) T(kunlun_id) T(expires_ms) "'' FROM sign_in_link ORDER BY link_hash" },
    { "page_session", "SELECT " T(token_hash) T(session_id) T(tenant_id) T(kunlun_id) T(created_ms) T(seen_ms) T(user_agent) T(is_acted) "'' FROM page_session ORDER BY token_hash" },
};
/* clang-format on */

static void die(const char *what, const Failure *failure)
{
    fprintf(stderr, "temp_store: %s: %s\n", what, failure ? failure->text : "");
    abort();
}

static int remove_one(const char *path, const struct stat *file, int kind, struct FTW *place)
{
    (void)file, (void)kind, (void)place;
    return remove(path);
}

TempStore temp_store_open(const char *scheme)
{
    static bool is_ready;
    const char *parent = getenv("TMPDIR"), *wanted = getenv("DB_URL_SCHEME");
    TempStore kept = { 0 };

    if (!is_ready && crypto_start(&kept.failure) < 0)
        die("crypto", &kept.failure);
    if (!is_ready)
        db_fault_register();
    is_ready = true;
    snprintf(kept.folder, sizeof(kept.folder), "%s/taskroom-test-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(kept.folder))
        die(kept.folder, NULL);
    snprintf(kept.url, sizeof(kept.url), "%s:%s/test.db",
             scheme   ? scheme
             : wanted ? wanted
                      : "sqlite",
             kept.folder);
    kept.arena = arena_new();
    if (store_open(kept.url, STORE_WRITER, &kept.store, &kept.failure) < 0 ||
        store_begin(kept.store, &kept.failure) < 0)
        die(kept.url, &kept.failure);
    return kept;
}

void temp_store_close(TempStore *kept)
{
    db_fault_arm(0, DB_FAULT_ONCE, 0);
    store_close(kept->store);
    arena_free(kept->arena);
    if (kept->folder[0])
        nftw(kept->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *temp_store_rows(Store *store, Arena *arena)
{
    Failure failure = { 0 };
    Buffer rows;
    int r = 0;

    buffer_init(&rows, arena, 4096);
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        _cleanup_(query_finishp) Query *query = NULL;

        r = db_query(store->db, tables[i].sql, &query, &failure);
        while (r >= 0 && (r = query_step(query, &failure)) > 0)
            buffer_print(&rows, "%s%s\n", tables[i].name, query_text(query, 0));
        if (r < 0)
            die(tables[i].name, &failure);
    }
    return rows.text;
}

static bool has_line(const char *rows, const char *line, size_t size)
{
    while (*rows) {
        size_t size_here = strcspn(rows, "\n");

        if (size_here == size && memcmp(rows, line, size) == 0)
            return true;
        rows += size_here + (rows[size_here] == '\n');
    }
    return false;
}

/* How many of a table's rows are in a and not in b. */
static int count_missing(const char *table, const char *a, const char *b)
{
    size_t name_size = strlen(table);
    int count = 0;

    while (*a) {
        size_t size = strcspn(a, "\n");

        if (size > name_size && a[name_size] == '|' && memcmp(a, table, name_size) == 0)
            count += !has_line(b, a, size);
        a += size + (a[size] == '\n');
    }
    return count;
}

const char *temp_store_changes(const char *before, const char *after, Arena *arena)
{
    Buffer changes;

    buffer_init(&changes, arena, 256);
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        int added = count_missing(tables[i].name, after, before);
        int gone = count_missing(tables[i].name, before, after);

        if (added == 0 && gone == 0)
            continue;
        buffer_print(&changes, "%s%s", changes.size_bytes > 0 ? " " : "", tables[i].name);
        if (added > 0)
            buffer_print(&changes, " +%d", added);
        if (gone > 0)
            buffer_print(&changes, " -%d", gone);
    }
    return changes.text;
}
