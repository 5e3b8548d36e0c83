/* SPDX-License-Identifier: Apache-2.0 */

/* `taskroom chat …`. */
#include "domain/chat.h"

#include "base/clock.h"

#include "cli/list.h"
#include "cli/output.h"

typedef struct ChatReply {
    const char *chat_id;
    const char *name;
    const char *owner_id;
    const char *creator_app_id;
    const char *chat_mode;
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
    FIELD(ChatReply, chat_mode, JSON_TEXT, FIELD_REQUIRED),
    FIELD(ChatReply, chat_status, JSON_TEXT, FIELD_REQUIRED),
    FIELD(ChatReply, created_ms, JSON_INTEGER, FIELD_REQUIRED),
    FIELD(ChatReply, users, JSON_INTEGER, FIELD_REQUIRED),
    FIELD(ChatReply, bots, JSON_INTEGER, FIELD_REQUIRED),
    FIELDS_END,
};

static void print_row(Arena *arena, const Chat *chat)
{
    char created[CLOCK_ISO_BYTES];
    Buffer row;

    clock_print_iso(chat->created_ms, created);
    buffer_init(&row, arena, 256);
    output_cell(&row, id_print(chat->id, CHAT_ID_PREFIX, arena), 35);
    output_cell(&row, created, 24);
    output_cell(&row, chat->owner_id, 16);
    output_cell(&row, arena_print(arena, "%lld", (long long)chat->user_count), 5);
    output_cell(&row, chat->chat_status, 9);
    output_cell(&row, chat->is_direct ? chat_mode_text(chat) : chat->name, 0);
    buffer_add_char(&row, '\n');
    output_text(&row);
}

static int print_chat(const Work *work, const void *row, bool is_json)
{
    const Chat *chat = row;

    if (is_json)
        output_json(work->arena, chat_fields,
                    &(ChatReply){ id_print(chat->id, CHAT_ID_PREFIX, work->arena), chat->name,
                                  chat->owner_id, chat->creator_app_id, chat_mode_text(chat),
                                  chat->chat_status, chat->created_ms, chat->user_count,
                                  chat_bot_count(chat) });
    else
        print_row(work->arena, chat);
    return 0;
}

/* last: the id of the last chat of the page before, or "". */
static int read_chats(const Work *work, const char *last, ListPage *ret_page)
{
    Id before = { .number = INT64_MAX };
    Chat *chats;
    size_t count;
    int r;

    if (*last && !id_parse(last, CHAT_ID_PREFIX, &before))
        return fail(work->failure, E_FAULT, "%s is no id of a chat", last);
    r = chat_list(work->store, work->tenant->tenant_id, before.number, work->arena, &chats, &count,
                  work->failure);
    if (r < 0 || count == 0)
        return r;
    *ret_page =
        (ListPage){ chats, count, id_print(chats[count - 1].id, CHAT_ID_PREFIX, work->arena) };
    return r;
}

int command_chat_list(Invocation *invocation)
{
    static const ListKind kind = { sizeof(Chat), read_chats, print_chat };

    return list_run(invocation, &kind);
}
