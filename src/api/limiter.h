/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

#include "api/route.h"
#include "model/app.h"

/* Rate limits by API, app and tenant (contract §4.3, decision 26): a window of fixed length begins
 * with the first call that it counts. Shared by all workers, without locks. */

typedef struct Limiter Limiter;

/* is_on = rate_limits is "feishu"; otherwise nothing is ever refused. new: free with
 * limiter_free(). */
Limiter *limiter_new(bool is_on);
Limiter *limiter_free(Limiter *limiter); /* takes NULL, returns NULL */

/* Counts one call: 0, or E_LIMITED with the cap that was hit and the seconds until its window ends
 * (at least 1). A refused call counts in no window. */
int limiter_count(Limiter *limiter, const Route *route, const App *app, const Tenant *tenant,
                  int64_t monotonic_ms, int64_t *ret_limit, int64_t *ret_reset_s);

typedef struct RateWindow {
    int64_t calls;
    int64_t seconds;
} RateWindow;

enum { RATE_WINDOWS_MOST = 2 };

/* The level's windows, ended by one with calls = 0. */
const RateWindow *rate_windows(RateLevel level);
