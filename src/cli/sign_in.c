/* SPDX-License-Identifier: Apache-2.0 */

/* `taskroom user password` and `taskroom user link`: how people get into the page. */
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#include "cli/import.h"
#include "cli/output.h"
#include "cli/session.h"
#include "domain/page_session.h"

typedef struct LinkReply {
    const char *user_id;
    const char *link;
} LinkReply;

static const Field link_fields[] = {
    FIELD(LinkReply, user_id, JSON_TEXT, FIELD_REQUIRED),
    FIELD(LinkReply, link, JSON_TEXT, FIELD_REQUIRED),
    FIELDS_END,
};

/* One line of standard input, so that no list of processes ever shows it. */
static int read_password(Invocation *invocation, const char **ret_password)
{
    const char *line = "";
    LineReader reader;
    size_t size = 0;
    int r;

    line_reader_init(&reader, STDIN_FILENO, invocation->arena);
    r = line_take(&reader, &line, &size, &invocation->failure);
    if (r < 0)
        return r;
    if (!text_is_utf8(line, size) || memchr(line, '\0', size))
        return fail(&invocation->failure, E_INVALID, "a password is text in UTF-8 without NUL");
    *ret_password = arena_copy(invocation->arena, line, size);
    return 0;
}

int command_user_password(Invocation *invocation)
{
    _cleanup_(session_done) Session session = { 0 };
    const char *password = NULL;
    int r;

    r = read_password(invocation, &password);
    if (r >= 0)
        r = session_open(invocation, SESSION_WRITES, &session);
    if (r >= 0)
        r = session_choose_tenant(&session);
    if (r >= 0)
        r = password_set(&session.work, invocation->arguments[0], password);
    return r < 0 ? r : session_commit(&session);
}

/* Where the page is, is not known here: behind a proxy it has another name. */
static const char *link_of(Invocation *invocation, const char *token)
{
    const char *base = invocation_option(invocation, "page");

    return arena_print(invocation->arena, "%s/#/link/%s", base ? base : "", token);
}

int command_user_link(Invocation *invocation)
{
    _cleanup_(session_done) Session session = { 0 };
    const char *token = NULL;
    LinkReply reply = { .user_id = invocation->arguments[0] };
    Buffer text;
    int r;

    r = session_open(invocation, SESSION_WRITES, &session);
    if (r >= 0)
        r = session_choose_tenant(&session);
    if (r >= 0)
        r = sign_in_link_make(&session.work, reply.user_id, &token);
    if (r >= 0)
        r = session_commit(&session);
    if (r < 0)
        return r;
    reply.link = link_of(invocation, token);
    if (invocation->is_json) {
        output_json(invocation->arena, link_fields, &reply);
        return 0;
    }
    buffer_init(&text, invocation->arena, 128);
    buffer_print(&text, "%s\n", reply.link);
    output_text(&text);
    return 0;
}
