/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/work.h"
#include "store/idempotency_store.h"

/* The explicit key (reliability §3.3 layer 1): a request that carries a key is done once, and its
 * answer is given again to whoever sends the same request with the same key. Writers run one after
 * another, so a second request finds the first one's row or none: there is no "still running". */

/* The stored name of a caller's key: it covers app, method and path, so that no other app or route
 * can meet it. In the arena. */
const char *idempotency_key_hash(const Work *work, const char *method, const char *path,
                                 const char *key);

/* What a request asks for, as one text: the same for the same parts in the same order. NULL is not
 * "". In the arena. */
const char *idempotency_fingerprint(const Work *work, const char *const *parts, size_t count);

/* 1 and the kept answer · 0: none · E_CONFLICT: the key stands for another request. */
int idempotency_find(const Work *work, const char *key_hash, const char *fingerprint,
                     KeptAnswer *ret_answer);

int idempotency_keep(const Work *work, const char *key_hash, const KeptAnswer *answer);

/* Drops some of what has grown too old. 1 = there is more of it. */
int idempotency_prune(const Work *work);
