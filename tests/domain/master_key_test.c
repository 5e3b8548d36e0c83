/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "domain/master_key.h"
#include "fixture.h"

TEST(the_first_key_leaves_its_mark_and_no_other_is_taken)
{
    TEMP_STORE(kept);
    Rules first = { .master_key = "one" }, other = { .master_key = "two" };
    const char *marked;

    store_commit(kept.store, &kept.failure);
    CHECK_INT(master_key_compare(kept.store, &first, &kept.failure), 0);
    CHECK_INT(master_key_check(kept.store, &first, &kept.failure), 0);
    CHECK_INT(master_key_compare(kept.store, &first, &kept.failure), 1);
    CHECK_INT(master_key_compare(kept.store, &other, &(Failure){ 0 }), E_INVALID);
    marked = temp_store_rows(kept.store, kept.arena);
    CHECK(strstr(marked, "master_key|master_key|"));
    CHECK_INT(master_key_check(kept.store, &first, &kept.failure), 0);
    CHECK_INT(master_key_check(kept.store, &other, &kept.failure), E_INVALID);
    CHECK(!store_in_transaction(kept.store));
    CHECK_TEXT(temp_store_rows(kept.store, kept.arena), marked);
}

CHECK_MAIN
