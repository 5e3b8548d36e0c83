/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/directory.h"

/* Tokens without rows (contract §2, decision 1; design §6): app, tenant and expiry under a keyed
 * hash.
 *
 * Time is cut into turns of TOKEN_REUSE_S, counted from the app's creation. Within a turn the same
 * string is handed out; it lives TOKEN_LIFE_S from the turn's beginning, so 30 minutes remain at
 * the turn's end, and the next one overlaps. So a token outlives a restart, and any node knows it.
 * Tickets turn on the hour, and each lives TICKET_LIFE_S from the end of its turn. */

typedef enum TokenKind {
    TOKEN_TENANT = 't', /* tenant_access_token: "t-…" */
    TOKEN_APP = 'a',    /* app_access_token of a store app: "a-…"; tenant is NULL */
    TOKEN_TICKET = 'k', /* app_ticket: no prefix; tenant is NULL */
} TokenKind;

typedef struct Token {
    const char *text; /* in the arena */
    int64_t expire_s; /* what is left of its life */
} Token;

void token_issue(const Rules *rules, TokenKind kind, const App *app, const Tenant *tenant,
                 int64_t now_ms, Arena *arena, Token *ret_token);

/* The signatures that were found right lately, under one key: clients send the same token for two
 * hours. Belongs to one thread. Whether a token still lives, and its app, is asked each time. */
typedef struct TokenMemo TokenMemo;

TokenMemo *token_memo_new(void);
TokenMemo *token_memo_free(TokenMemo *memo); /* takes NULL, returns NULL */

/* 0 and whose it is (ret_tenant may be NULL), or E_UNAUTHENTICATED for any text that is not a
 * living token of that kind, of an app that exists and is installed. memo: NULL = none; one that is
 * given must have seen no other rules. */
int token_check(const Rules *rules, TokenMemo *memo, const Directory *directory, TokenKind kind,
                const char *text, int64_t now_ms, const App **ret_app, const Tenant **ret_tenant);
