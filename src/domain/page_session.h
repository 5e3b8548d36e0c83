/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/work.h"
#include "model/page_session.h"
#include "model/user.h"

/* Signing in on the page (docs/adr/0016-page.md): with a password, by a one-time link, or, in the
 * demo, as anybody. What a browser then holds is a random token, of which only a hash is kept. */

/* E_INVALID: too short or too long · E_NOT_FOUND: there is no such user. Slow: see
 * crypto_password_hash(). */
int password_set(const Work *work, const char *kunlun_id, const char *password);

/* A token that signs in once, within SIGN_IN_LINK_LIFE_MS. E_NOT_FOUND: no such user. */
int sign_in_link_make(const Work *work, const char *kunlun_id, const char **ret_token);

/* Whether it is the person's password: as slow for a person who is not there. Only reads; whoever
 * asked must have it counted by password_count(). */
int password_check(const Work *work, const char *kunlun_id, const char *password,
                   bool *ret_is_right);

/* In a transaction that writes: E_DENIED when it was wrong, after counting it; E_LIMITED when too
 * many were wrong, even if this one was right. Both are to be kept. */
int password_count(const Work *work, const char *kunlun_id, bool is_right);

/* Whose link it is, which then opens nothing more. E_DENIED: nobody's. */
int sign_in_link_use(const Work *work, const char *token, const char **ret_kunlun_id);

/* Signs a person in; ret_token is told to the browser alone. E_DENIED: resigned, or not there. */
int page_session_begin(const Work *work, const char *kunlun_id, const char *user_agent,
                       bool is_acted, const char **ret_token);

/* Whose session it is: 1 with the person, or 0. work->tenant is not needed. */
int page_session_open(const Work *work, const char *token, PageSession *ret_session,
                      const Tenant **ret_tenant, User *ret_user);

/* Notes that it was used, now and then. */
int page_session_touch(const Work *work, const PageSession *session);

int page_session_items(const Work *work, PageSession **ret_sessions, size_t *ret_count);

/* E_NOT_FOUND: the person has no such session. */
int page_session_end(const Work *work, const char *session_id);

/* Drops some that are over. 1 = there is more. */
int page_session_tidy(const Work *work);
