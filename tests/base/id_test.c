/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"

#include "check.h"

TEST(an_id_begins_with_the_time)
{
    IdSource source = { 0 };
    char id[ID_BYTES];

    id_make(&source, INT64_C(0x0123456789ab), id);
    CHECK_INT(strlen(id), 32);
    CHECK_INT(strspn(id, "0123456789abcdef"), 32);
    CHECK_INT(strncmp(id, "0123456789ab0000", 16), 0);
    id_make(&source, INT64_C(0x0123456789ab), id);
    CHECK_INT(strncmp(id, "0123456789ab0001", 16), 0);
    id_make(&source, INT64_C(0x0123456789ac), id);
    CHECK_INT(strncmp(id, "0123456789ac0000", 16), 0);
}

TEST(ids_increase_when_the_clock_goes_back)
{
    int64_t times[] = { 5000, 5000, 4000, 1, 0, -7, 5000, 5001, 4999, 6000 };
    IdSource source = { 0 };
    char last[ID_BYTES] = "", id[ID_BYTES];

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        id_make(&source, times[i], id);
        CHECK(strcmp(id, last) > 0);
        memcpy(last, id, sizeof(last));
    }
    CHECK_INT(strncmp(id, "0000000017700000", 16), 0);
}

TEST(a_full_sequence_borrows_a_millisecond)
{
    IdSource source = { 0 };
    char last[ID_BYTES] = "", id[ID_BYTES];

    for (int i = 0; i < 0x10000 + 10; i++) {
        id_make(&source, 0x10, id);
        CHECK(strcmp(id, last) > 0);
        memcpy(last, id, sizeof(last));
    }
    CHECK_INT(strncmp(id, "0000000000110009", 16), 0);
}

TEST(two_sources_differ_by_randomness)
{
    IdSource one = { 0 }, other = { 0 };
    char a[ID_BYTES], b[ID_BYTES];

    id_make(&one, 1000, a);
    id_make(&other, 1000, b);
    CHECK_INT(strncmp(a, b, 16), 0);
    CHECK(strcmp(a, b) != 0);
}

CHECK_MAIN
