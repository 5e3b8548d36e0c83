/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "store/store.h"

/* Answers that were given under a caller's key, kept for a time (reliability §3.3 layer 1). */

typedef struct KeptAnswer {
    const char *fingerprint; /* of the request that it answered */
    int http_status;
    const char *body;
} KeptAnswer;

/* 1 and *ret_answer, or 0. Those made before since_ms count as gone. */
int kept_answer_find(Store *store, int64_t tenant_id, const char *key_hash, int64_t since_ms,
                     Arena *arena, KeptAnswer *ret_answer, Failure *failure);

/* Takes the place of one under the same key that has grown too old. */
int kept_answer_put(Store *store, int64_t tenant_id, const char *key_hash, const KeptAnswer *answer,
                    int64_t now_ms, Failure *failure);

/* Removes answers of every tenant that were made before before_ms, at most
 * IDEMPOTENCY_PRUNE_ROWS. 1 = there are more. */
int kept_answer_prune(Store *store, int64_t before_ms, Failure *failure);
