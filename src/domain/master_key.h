/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "domain/work.h"

/* Under a wrong master key every secret would be wrong and every token unknown, and new ones would
 * be made that the right key doesn't know: so the database bears a mark of its key. */

/* 1: rules hold the key that the database was made with; 0: it bears no mark yet; E_INVALID: it is
 * another key. Only reads. */
int master_key_compare(Store *store, const Rules *rules, Failure *failure);

/* 0: rules hold the key that the database was made with. A database without a mark gets one.
 * E_INVALID: it is another key. In a transaction of its own, which it opens and ends. */
int master_key_check(Store *store, const Rules *rules, Failure *failure);
