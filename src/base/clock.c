/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <assert.h>
#include <string.h>
#include <time.h>

/* What four digits of year can say, a day less on both sides for any time zone. */
#define CLOCK_FIRST_MS INT64_C(86400000)
#define CLOCK_LAST_MS  INT64_C(253402214399999)

static int64_t clock_read_us(clockid_t id)
{
    struct timespec now;
    int r = clock_gettime(id, &now);

    assert(r == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
    return clock_read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_monotonic_ms(void)
{
    return clock_read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_monotonic_us(void)
{
    return clock_read_us(CLOCK_MONOTONIC);
}

struct timespec clock_deadline(int timeout_ms)
{
    struct timespec deadline;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += timeout_ms / 1000;
    deadline.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000;
    }
    return deadline;
}

static int64_t clock_clamp(int64_t wall_ms, int64_t first_ms)
{
    if (wall_ms < first_ms)
        return first_ms;
    return wall_ms > CLOCK_LAST_MS ? CLOCK_LAST_MS : wall_ms;
}

/* Right-aligned and padded with zeros: printf costs too much for a line per request. */
static void clock_put(char *text, size_t digits, int64_t number)
{
    while (digits-- > 0) {
        text[digits] = (char)('0' + number % 10);
        number /= 10;
    }
}

void clock_print_stamp(int64_t wall_ms, char ret_text[CLOCK_STAMP_BYTES])
{
    time_t seconds = (time_t)(clock_clamp(wall_ms, CLOCK_FIRST_MS) / 1000);
    struct tm parts;

    if (!localtime_r(&seconds, &parts))
        parts = (struct tm){ .tm_year = 70, .tm_mday = 1 };
    clock_put(ret_text, 4, parts.tm_year + 1900);
    clock_put(ret_text + 4, 2, parts.tm_mon + 1);
    clock_put(ret_text + 6, 2, parts.tm_mday);
    clock_put(ret_text + 8, 2, parts.tm_hour);
    clock_put(ret_text + 10, 2, parts.tm_min);
    clock_put(ret_text + 12, 2, parts.tm_sec);
    ret_text[CLOCK_STAMP_BYTES - 1] = '\0';
}

/* gmtime_r() takes a lock of the whole process, so the calendar is computed here: days since
 * 1970-01-01 to a date of the Gregorian calendar, in years that begin in March
 * (howardhinnant.github.io/date_algorithms.html, civil_from_days). */
static void clock_put_date(char *text, int64_t days)
{
    int64_t shifted = days + 719468, era = shifted / 146097, day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;

    clock_put(text, 4, year_of_era + era * 400 + (month <= 2));
    clock_put(text + 5, 2, month);
    clock_put(text + 8, 2, day_of_year - (153 * march_month + 2) / 5 + 1);
}

void clock_print_iso(int64_t wall_ms, char ret_text[CLOCK_ISO_BYTES])
{
    int64_t ms = clock_clamp(wall_ms, 0);
    int64_t seconds = ms / 1000;

    memcpy(ret_text, "0000-00-00T00:00:00.000Z", CLOCK_ISO_BYTES);
    clock_put_date(ret_text, seconds / 86400);
    clock_put(ret_text + 11, 2, seconds / 3600 % 24);
    clock_put(ret_text + 14, 2, seconds / 60 % 60);
    clock_put(ret_text + 17, 2, seconds % 60);
    clock_put(ret_text + 20, 3, ms % 1000);
}
