/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "db/driver.h"

/* What db.c shows to the rest of its room. */

const DbDriver *db_driver(const Db *db); /* the one that the URL named; borrowed from the Db */

/* db_run() for a text that does not outlive the call: prepared, run and forgotten. */
int db_run_text(Db *db, const char *sql, Failure *failure);
