/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/chat.h"
#include "domain/work.h"

/* page_token: opaque, URL-safe, and good only for the list that it came from (decision 31). */

/* For the page after the item last_key of the list that query names. In the arena. */
const char *page_token_print(const Work *work, const char *query, const char *last_key);

/* The last_key, in the arena; NULL for "" or no token at all. E_INVALID: not a token of that list.
 */
int page_token_parse(const Work *work, const char *query, const char *token,
                     const char **ret_last_key);

/* A member's place as such a key, and back; NULL is the first page. */
const char *page_place_print(Arena *arena, MemberPlace place);
MemberPlace page_place_parse(const char *key);
