/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/list.h"

#include <stdio.h>

#include "model/chat.h"
#include "model/limits.h"

_Static_assert(ID_TEXT_BYTES <= EXTERNAL_ID_BYTES_MOST + 1, "every id fits");

static int print_page(const Session *session, const ListKind *kind, const ListPage *page,
                      Arena *row_arena)
{
    Work work = session->work;
    int r = 0;

    work.arena = row_arena;
    for (size_t i = 0; r >= 0 && i < page->count; i++) {
        r = kind->print(&work, (const char *)page->rows + i * kind->row_bytes,
                        session->invocation->is_json);
        arena_reset(row_arena);
    }
    return r;
}

/* Begins inside a transaction, ends outside of one. */
static int read_page(Session *session, const ListKind *kind, const char *after, Arena *page_arena,
                     ListPage *ret_page)
{
    Work work = session->work;
    int r;

    work.arena = page_arena;
    r = kind->read(&work, after, ret_page);
    return r < 0 ? r : session_pause(session);
}

static int list_pages(Session *session, const ListKind *kind, Arena *page_arena, Arena *row_arena)
{
    char after[EXTERNAL_ID_BYTES_MOST + 1] = "";
    int r;

    for (;;) {
        ListPage page = { 0 };

        r = read_page(session, kind, after, page_arena, &page);
        if (r < 0 || page.count == 0)
            return r;
        r = print_page(session, kind, &page, row_arena);
        if (r < 0)
            return r;
        snprintf(after, sizeof(after), "%s", page.last);
        arena_reset(page_arena);
        r = session_resume(session, SESSION_READS);
        if (r < 0)
            return r;
    }
}

int list_run(Invocation *invocation, const ListKind *kind)
{
    _cleanup_(session_done) Session session = { 0 };
    Arena *page_arena, *row_arena;
    int r;

    r = session_open(invocation, SESSION_READS, &session);
    if (r >= 0)
        r = session_choose_tenant(&session);
    if (r < 0)
        return r;
    page_arena = arena_new();
    row_arena = arena_new();
    r = list_pages(&session, kind, page_arena, row_arena);
    arena_free(page_arena);
    arena_free(row_arena);
    return r;
}
