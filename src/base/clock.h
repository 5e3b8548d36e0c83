/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>
#include <time.h>

/* The only two places where time is read. Rules never ask the clock: they get now_ms from their
 * caller, which is how tests set it. */

int64_t clock_wall_ms(void);      /* since 1970, UTC; may jump */
int64_t clock_monotonic_ms(void); /* since some start; never goes back */
int64_t clock_monotonic_us(void);

/* timeout_ms from now, of CLOCK_MONOTONIC: how long to wait for a condition. */
struct timespec clock_deadline(int timeout_ms);

/* "YYYYMMDDhhmmss" in the server's local time (contract §10 decision 41) and
 * "YYYY-MM-DDThh:mm:ss.mmmZ" in UTC, with their NUL. */
enum { CLOCK_STAMP_BYTES = 15, CLOCK_ISO_BYTES = 25 };
void clock_print_stamp(int64_t wall_ms, char ret_text[CLOCK_STAMP_BYTES]);
void clock_print_iso(int64_t wall_ms, char ret_text[CLOCK_ISO_BYTES]);
