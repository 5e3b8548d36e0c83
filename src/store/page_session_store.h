/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "model/page_session.h"
#include "store/store.h"

/* How people sign in on the page: passwords, one-time links, and who is signed in. */

/* 1 and *ret_password, or 0: the user has none. */
int password_find(Store *store, int64_t tenant_id, const char *kunlun_id, Arena *arena,
                  Password *ret_password, Failure *failure);
int password_put(Store *store, int64_t tenant_id, const char *kunlun_id, const Password *password,
                 Failure *failure);

int sign_in_link_insert(Store *store, int64_t tenant_id, const char *kunlun_id,
                        const char *link_hash, int64_t expires_ms, Failure *failure);

/* 1 and whose it is: it is gone then · 0: there is none that still lives. */
int sign_in_link_take(Store *store, const char *link_hash, int64_t now_ms, Arena *arena,
                      int64_t *ret_tenant_id, const char **ret_kunlun_id, Failure *failure);

int page_session_insert(Store *store, const PageSession *session, const char *token_hash,
                        Failure *failure);

/* 1 and *ret_session, or 0: there is none that began after since_ms. */
int page_session_find(Store *store, const char *token_hash, int64_t since_ms, Arena *arena,
                      PageSession *ret_session, Failure *failure);

/* 1: there is such a session, it began after since_ms, and its person is active; else 0. */
int page_session_lives(Store *store, const char *session_id, int64_t since_ms, Failure *failure);

/* A person's, the newest first, at most SESSIONS_MOST. */
int page_session_list(Store *store, int64_t tenant_id, const char *kunlun_id, int64_t since_ms,
                      Arena *arena, PageSession **ret_sessions, size_t *ret_count,
                      Failure *failure);

int page_session_see(Store *store, const char *session_id, int64_t now_ms, Failure *failure);

/* 1 when the person had such a session, or 0. */
int page_session_delete(Store *store, int64_t tenant_id, const char *kunlun_id,
                        const char *session_id, Failure *failure);

/* Leaves a person the newest so many. */
int page_session_keep_newest(Store *store, int64_t tenant_id, const char *kunlun_id, int64_t most,
                             Failure *failure);

/* Drops some of what began before before_ms, and links that are over. 1 = there is more of it. */
int page_session_prune(Store *store, int64_t before_ms, int64_t now_ms, Failure *failure);
