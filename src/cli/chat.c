/* SPDX-License-Identifier: Apache-2.0 */

/* `taskroom chat …`. */
#include "domain/chat.h"

#include <stdio.h>

#include "base/clock.h"

#include "cli/output.h"
#include "cli/session.h"

typedef struct ChatReply {
    const char *chat_id;
    const char *name;
    const char *owner_id;
    const char *creator_app_id;
    const char *chat_status;
    int64_t created_ms;
    int64_t users;
    int64_t bots;
} ChatReply;

static const Field chat_fields[] = {
    FIELD(ChatReply, chat_id, JSON_TEXT, FIELD_REQUIRED),
    FIELD(ChatReply, name, JSON_TEXT, FIELD_REQUIRED),
    FIELD(ChatReply, owner_id, JSON_TEXT, FIELD_REQUIRED),
    FIELD(ChatReply, creator_app_id, JSON_TEXT, FIELD_REQUIRED),
    FIELD(ChatReply, chat_status, JSON_TEXT, FIELD_REQUIRED),
    FIELD(ChatReply, created_ms, JSON_INTEGER, FIELD_REQUIRED),
    FIELD(ChatReply, users, JSON_INTEGER, FIELD_REQUIRED),
    FIELD(ChatReply, bots, JSON_INTEGER, FIELD_REQUIRED),
    FIELDS_END,
};

static void print_row(Arena *arena, const Chat *chat, const MemberCounts *counts)
{
    char created[CLOCK_ISO_BYTES];
    Buffer row;

    clock_print_iso(chat->created_ms, created);
    buffer_init(&row, arena, 256);
    output_cell(&row, chat->chat_id, 35);
    output_cell(&row, created, 24);
    output_cell(&row, chat->owner_id, 16);
    output_cell(&row, arena_print(arena, "%lld", (long long)counts->users), 5);
    output_cell(&row, chat->chat_status, 9);
    output_cell(&row, chat->name, 0);
    buffer_add_char(&row, '\n');
    output_text(&row);
}

static int print_chat(const Session *session, Arena *arena, const Chat *chat)
{
    const Work *work = &session->work;
    MemberCounts counts;
    int r;

    r = member_count(work->store, work->tenant->tenant_id, chat->chat_id, &counts, work->failure);
    if (r < 0)
        return r;
    if (session->invocation->is_json)
        output_json(arena, chat_fields,
                    &(ChatReply){ chat->chat_id, chat->name, chat->owner_id, chat->creator_app_id,
                                  chat->chat_status, chat->created_ms, counts.users, counts.bots });
    else
        print_row(arena, chat, &counts);
    arena_reset(arena);
    return 0;
}

static int list_chats(const Session *session, Arena *page_arena, Arena *line_arena)
{
    char before[PREFIXED_ID_BYTES] = "";
    size_t count;
    int r;

    do {
        Chat *chats;

        r = chat_list(session->work.store, session->work.tenant->tenant_id, *before ? before : NULL,
                      page_arena, &chats, &count, session->work.failure);
        for (size_t i = 0; r >= 0 && i < count; i++)
            r = print_chat(session, line_arena, &chats[i]);
        if (r < 0)
            return r;
        if (count > 0)
            snprintf(before, sizeof(before), "%s", chats[count - 1].chat_id);
        arena_reset(page_arena);
    } while (count > 0);
    return 0;
}

int command_chat_list(Invocation *invocation)
{
    _cleanup_(session_done) Session session = { 0 };
    Arena *page_arena, *line_arena;
    int r;

    r = session_open(invocation, SESSION_READS, &session);
    if (r >= 0)
        r = session_choose_tenant(&session);
    if (r < 0)
        return r;
    page_arena = arena_new();
    line_arena = arena_new();
    r = list_chats(&session, page_arena, line_arena);
    arena_free(page_arena);
    arena_free(line_arena);
    return r;
}
