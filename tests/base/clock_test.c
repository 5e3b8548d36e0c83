/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "base/clock.h"

#include "check.h"

TEST(monotonic_time_never_goes_back)
{
    int64_t last_us = clock_monotonic_us();

    CHECK(last_us / 1000 <= clock_monotonic_ms());
    for (int i = 0; i < 1000; i++) {
        int64_t now_us = clock_monotonic_us();

        CHECK(now_us >= last_us);
        last_us = now_us;
    }
}

TEST(wall_time_is_this_century)
{
    CHECK(clock_wall_ms() > INT64_C(1700000000000));
    CHECK(clock_wall_ms() < INT64_C(4102444800000));
}

TEST(iso_texts)
{
    static const struct {
        int64_t wall_ms;
        const char *text;
    } rows[] = {
        { 0, "1970-01-01T00:00:00.000Z" },
        { 1, "1970-01-01T00:00:00.001Z" },
        { INT64_C(951782399999), "2000-02-28T23:59:59.999Z" },
        { INT64_C(951782400000), "2000-02-29T00:00:00.000Z" },
        { INT64_C(951868800000), "2000-03-01T00:00:00.000Z" },
        { INT64_C(1795000000000), "2026-11-18T11:06:40.000Z" },
        { INT64_C(4107542399000), "2100-02-28T23:59:59.000Z" },
        { INT64_C(4107542400000), "2100-03-01T00:00:00.000Z" },
        { -1, "1970-01-01T00:00:00.000Z" },
        { INT64_MIN, "1970-01-01T00:00:00.000Z" },
        { INT64_MAX, "9999-12-30T23:59:59.999Z" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[CLOCK_ISO_BYTES];

        clock_print_iso(rows[i].wall_ms, text);
        CHECK_TEXT(text, rows[i].text);
    }
}

TEST(iso_texts_agree_with_the_library)
{
    for (time_t seconds = 0; seconds < INT64_C(253402214400); seconds += 86400 * 13 + 4567) {
        char text[CLOCK_ISO_BYTES], wanted[40];
        struct tm parts;

        gmtime_r(&seconds, &parts);
        strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%S.000Z", &parts);
        clock_print_iso((int64_t)seconds * 1000, text);
        CHECK_TEXT(text, wanted);
    }
}

TEST(stamps_are_local)
{
    char text[CLOCK_STAMP_BYTES];

    setenv("TZ", "UTC-8", 1); /* POSIX for eight hours east */
    tzset();
    clock_print_stamp(INT64_C(1795000000000), text);
    CHECK_TEXT(text, "20261118190640");
    setenv("TZ", "UTC", 1);
    tzset();
    clock_print_stamp(INT64_C(1795000000999), text);
    CHECK_TEXT(text, "20261118110640");
    clock_print_stamp(INT64_MAX, text);
    CHECK_TEXT(text, "99991230235959");
    clock_print_stamp(INT64_MIN, text);
    CHECK_TEXT(text, "19700102000000");
}

CHECK_MAIN
