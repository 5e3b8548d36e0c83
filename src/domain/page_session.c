/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/page_session.h"

#include <string.h>

#include "base/text.h"

#include "domain/directory.h"
#include "domain/user.h"
#include "model/limits.h"
#include "store/page_session_store.h"
#include "store/user_store.h"

enum { TOKEN_BYTES = 32, SESSION_ID_BYTES = SESSION_ID_DIGITS / 2 };

static const int64_t session_life_ms = (int64_t)SESSION_LIFE_S * 1000;

/* What is kept of a token: the purpose keeps sessions and links apart. */
static const char *hash_token(const Work *work, const char *purpose, const char *token)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    char text[2 * CRYPTO_HASH_BYTES + 1];

    crypto_hash(work->rules->master_key, purpose, token, strlen(token), hash);
    hex_print(hash, sizeof(hash), text);
    return arena_text(work->arena, text);
}

static const char *make_token(const Work *work)
{
    uint8_t bytes[TOKEN_BYTES];
    char text[BASE64_TEXT_BYTES(sizeof(bytes))];

    random_bytes(bytes, sizeof(bytes));
    base64_print(bytes, sizeof(bytes), text);
    return arena_text(work->arena, text);
}

static int refuse(const Work *work)
{
    return fail(work->failure, E_DENIED, "this does not sign anybody in");
}

/* ---- passwords ---- */

int password_set(const Work *work, const char *kunlun_id, const char *password)
{
    char text[CRYPTO_PASSWORD_TEXT_BYTES];
    User user;
    int r;

    if (text_prefix_bytes(password, PASSWORD_CHARACTERS_LEAST - 1) == strlen(password) ||
        strlen(password) > PASSWORD_BYTES_MOST)
        return fail_field(work->failure, E_INVALID, "password", NULL,
                          "a password has at least %d characters and at most %d bytes",
                          PASSWORD_CHARACTERS_LEAST, PASSWORD_BYTES_MOST);
    r = user_get_active(work, "user_id", kunlun_id, &user);
    if (r < 0)
        return r;
    crypto_password_hash(password, text);
    return password_put(work->store, work->tenant->tenant_id, kunlun_id,
                        &(Password){ .password_hash = text }, work->failure);
}

int password_check(const Work *work, const char *kunlun_id, const char *password,
                   bool *ret_is_right)
{
    /* Of a password that nobody knows. */
    static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
                                 "rLl0lYCJwWNhVBBE2NKzlb4ZR0rv5lqfGhBbGO6S4Ko";
    Password kept = { .password_hash = nobody };
    int r = 0;

    if (strlen(password) > PASSWORD_BYTES_MOST)
        password = "";
    r = password_find(work->store, work->tenant->tenant_id, kunlun_id, work->arena, &kept,
                      work->failure);
    if (r < 0)
        return r;
    *ret_is_right = crypto_password_matches(kept.password_hash, password) && r > 0;
    return 0;
}

int password_count(const Work *work, const char *kunlun_id, bool is_right)
{
    int64_t tenant_id = work->tenant->tenant_id;
    Password kept;
    int r;

    r = password_find(work->store, tenant_id, kunlun_id, work->arena, &kept, work->failure);
    if (r < 0)
        return r;
    if (r == 0)
        return refuse(work);
    if (kept.failed_count > 0 && work->now_ms - kept.failed_ms > SIGN_IN_PAUSE_MS)
        kept.failed_count = 0;
    if (kept.failed_count >= SIGN_IN_FAILURES_MOST)
        return fail(work->failure, E_LIMITED, "too many wrong passwords, try again later");
    kept.failed_count = is_right ? 0 : kept.failed_count + 1;
    kept.failed_ms = work->now_ms;
    r = password_put(work->store, tenant_id, kunlun_id, &kept, work->failure);
    if (r < 0)
        return r;
    return is_right ? 0 : refuse(work);
}

/* ---- links ---- */

int sign_in_link_make(const Work *work, const char *kunlun_id, const char **ret_token)
{
    const char *token = make_token(work);
    User user;
    int r = user_get_active(work, "user_id", kunlun_id, &user);

    if (r >= 0)
        r = sign_in_link_insert(work->store, work->tenant->tenant_id, kunlun_id,
                                hash_token(work, "link", token),
                                work->now_ms + SIGN_IN_LINK_LIFE_MS, work->failure);
    if (r >= 0)
        *ret_token = token;
    return r;
}

int sign_in_link_use(const Work *work, const char *token, const char **ret_kunlun_id)
{
    int64_t tenant_id = 0;
    int r = sign_in_link_take(work->store, hash_token(work, "link", token), work->now_ms,
                              work->arena, &tenant_id, ret_kunlun_id, work->failure);

    if (r < 0)
        return r;
    return r > 0 && tenant_id == work->tenant->tenant_id ? 0 : refuse(work);
}

/* ---- sessions ---- */

/* What a browser calls itself, as far as it is text and not too long. */
static const char *shorten(const Work *work, const char *user_agent)
{
    size_t size = user_agent ? strlen(user_agent) : 0;

    if (!user_agent || !text_is_utf8(user_agent, size))
        return "";
    if (size > USER_AGENT_BYTES_MOST)
        size = USER_AGENT_BYTES_MOST;
    while (size > 0 && !text_is_utf8(user_agent, size))
        size--;
    return arena_copy(work->arena, user_agent, size);
}

int page_session_begin(const Work *work, const char *kunlun_id, const char *user_agent,
                       bool is_acted, const char **ret_token)
{
    uint8_t id_bytes[SESSION_ID_BYTES];
    char session_id[SESSION_ID_DIGITS + 1];
    PageSession session = { .session_id = session_id,
                            .tenant_id = work->tenant->tenant_id,
                            .kunlun_id = kunlun_id,
                            .created_ms = work->now_ms,
                            .seen_ms = work->now_ms,
                            .user_agent = shorten(work, user_agent),
                            .is_acted = is_acted };
    const char *token = make_token(work);
    User user = { 0 };
    int r;

    r = user_find(work->store, session.tenant_id, kunlun_id, work->arena, &user, work->failure);
    if (r < 0)
        return r;
    if (r == 0 || user.status != USER_ACTIVE)
        return refuse(work);
    random_bytes(id_bytes, sizeof(id_bytes));
    hex_print(id_bytes, sizeof(id_bytes), session_id);
    r = page_session_keep_newest(work->store, session.tenant_id, kunlun_id, SESSIONS_MOST - 1,
                                 work->failure);
    if (r >= 0)
        r = page_session_insert(work->store, &session, hash_token(work, "session", token),
                                work->failure);
    if (r >= 0)
        *ret_token = token;
    return r;
}

int page_session_open(const Work *work, const char *token, PageSession *ret_session,
                      const Tenant **ret_tenant, User *ret_user)
{
    int r =
        page_session_find(work->store, hash_token(work, "session", token),
                          work->now_ms - session_life_ms, work->arena, ret_session, work->failure);

    if (r <= 0)
        return r;
    *ret_tenant = directory_tenant_by_id(work->directory, ret_session->tenant_id);
    if (!*ret_tenant || (ret_session->is_acted && !work->rules->is_demo))
        return 0;
    r = user_find(work->store, ret_session->tenant_id, ret_session->kunlun_id, work->arena,
                  ret_user, work->failure);
    return r > 0 ? ret_user->status == USER_ACTIVE : r;
}

int page_session_touch(const Work *work, const PageSession *session)
{
    if (work->now_ms - session->seen_ms < SESSION_SEEN_EVERY_MS)
        return 0;
    return page_session_see(work->store, session->session_id, work->now_ms, work->failure);
}

int page_session_items(const Work *work, PageSession **ret_sessions, size_t *ret_count)
{
    return page_session_list(work->store, work->tenant->tenant_id, work->user->kunlun_id,
                             work->now_ms - session_life_ms, work->arena, ret_sessions, ret_count,
                             work->failure);
}

int page_session_end(const Work *work, const char *session_id)
{
    int r = page_session_delete(work->store, work->tenant->tenant_id, work->user->kunlun_id,
                                session_id, work->failure);

    if (r == 0)
        return fail_field(work->failure, E_NOT_FOUND, "session_id", session_id,
                          "there is no session %s", session_id);
    return r < 0 ? r : 0;
}

int page_session_tidy(const Work *work)
{
    return page_session_prune(work->store, work->now_ms - session_life_ms, work->now_ms,
                              work->failure);
}
