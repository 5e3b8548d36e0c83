/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/cleanup.h"
#include "base/id.h"

#include "check.h"

/* ---- numbers ---- */

TEST(a_number_begins_with_the_time)
{
    IdSource source = { 0 };

    CHECK_INT(id_make(&source, INT64_C(0x0123456789ab)).number, INT64_C(0x0123456789ab0000));
    CHECK_INT(id_make(&source, INT64_C(0x0123456789ab)).number, INT64_C(0x0123456789ab0001));
    CHECK_INT(id_make(&source, INT64_C(0x0123456789ac)).number, INT64_C(0x0123456789ac0000));
}

TEST(a_number_without_a_tail_is_of_the_same_source)
{
    IdSource source = { 0 };
    int64_t number = id_make(&source, 1000).number;

    CHECK_INT(id_make_number(&source, 1000), number + 1);
    CHECK_INT(id_make(&source, 1000).number, number + 2);
}

TEST(numbers_increase_when_the_clock_goes_back)
{
    int64_t times[] = { 5000, 5000, 4000, 1, 0, -7, 5000, 5001, 4999, 6000 };
    IdSource source = { 0 };
    int64_t last = -1;

    for (size_t i = 0; i < COUNT_OF(times); i++) {
        int64_t number = id_make(&source, times[i]).number;

        CHECK(number > last);
        last = number;
    }
    CHECK_INT(last, INT64_C(6000) << 16);
}

TEST(a_full_sequence_borrows_a_millisecond)
{
    IdSource source = { 0 };
    int64_t last = -1;

    for (int i = 0; i < 0x10000 + 10; i++) {
        int64_t number = id_make(&source, 0x10).number;

        CHECK(number > last);
        last = number;
    }
    CHECK_INT(last, 0x110009);
}

TEST(a_source_goes_on_behind_what_others_made)
{
    IdSource source = { 0 };

    id_continue(&source, INT64_C(5000) << 16 | 7);
    CHECK_INT(id_make(&source, 4000).number, INT64_C(5000) << 16 | 8);
    id_continue(&source, INT64_C(3000) << 16);
    CHECK_INT(id_make(&source, 4000).number, INT64_C(5000) << 16 | 9);
    CHECK_INT(id_make(&source, 6000).number, INT64_C(6000) << 16);
}

TEST(the_first_number_of_a_time)
{
    CHECK_INT(id_number_at(-1), 0);
    CHECK_INT(id_number_at(0), 0);
    CHECK_INT(id_number_at(1), 0x10000);
    CHECK_INT(id_number_at(INT64_C(0x7fffffffffff)), INT64_C(0x7fffffffffff0000));
    CHECK_INT(id_number_at(INT64_C(0x800000000000)), INT64_MAX);
    CHECK_INT(id_number_at(INT64_MAX), INT64_MAX);
}

TEST(two_sources_differ_by_their_tails)
{
    IdSource one = { 0 }, other = { 0 };
    Id a = id_make(&one, 1000), b = id_make(&other, 1000);

    CHECK_INT(a.number, b.number);
    CHECK(a.tail != b.tail);
}

/* ---- texts ---- */

TEST(an_id_is_printed_and_read_back)
{
    static const struct {
        const char *text;
        Id id;
    } rows[] = {
        { "oc_00000000000000000000000000000000", { 0, 0 } },
        { "oc_00000000000000000000000000000001", { 0, 1 } },
        { "oc_0000000000000001ffffffffffffffff", { 1, -1 } },
        { "oc_0123456789abcdef8000000000000000", { 0x0123456789abcdef, INT64_MIN } },
        { "oc_7fffffffffffffff7fffffffffffffff", { INT64_MAX, INT64_MAX } },
    };
    Arena *arena = arena_new();

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Id id = { -1, -1 };

        CHECK_TEXT(id_print(rows[i].id, "oc_", arena), rows[i].text);
        CHECK(id_parse(rows[i].text, "oc_", &id));
        CHECK_INT(id.number, rows[i].id.number);
        CHECK_INT(id.tail, rows[i].id.tail);
    }
    CHECK_TEXT(id_print((Id){ 1, 2 }, "", arena), "00000000000000010000000000000002");
    arena_free(arena);
}

TEST(what_was_not_made_here_is_no_id)
{
    static const char *const texts[] = {
        "",
        "o",
        "oc",
        "oc_",
        "oc_1",
        "oc_0000000000000000",
        "oc_0000000000000000000000000000000",
        "oc_000000000000000000000000000000001",
        "oc_0000000000000000000000000000000g",
        "oc_0000000000000000000000000000000A",
        "oc_000000000000000000000000000000 1",
        "oc_-0000000000000000000000000000001",
        "oc_0x000000000000000000000000000001",
        "om_00000000000000000000000000000001",
        "OC_00000000000000000000000000000001",
        "00000000000000000000000000000001",
        " oc_00000000000000000000000000000001",
        "oc_00000000000000000000000000000001 ",
        "oc_8000000000000000000000000000000", /* one short */
        "oc_80000000000000000000000000000001",
        "oc_ffffffffffffffffffffffffffffffff",
    };
    Id id = { 5, 6 };

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (id_parse(texts[i], "oc_", &id))
            CHECK_FAIL("%s was taken", texts[i]);
    CHECK_INT(id.number, 5);
    CHECK_INT(id.tail, 6);
}

CHECK_MAIN
