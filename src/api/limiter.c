/* SPDX-License-Identifier: Apache-2.0 */
#include "api/limiter.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"

enum { CELLS = 16384, PROBES = 32 };

/* A window is one word: its first second in the upper half, what it has counted in the lower. */
typedef struct Cell {
    _Atomic uint64_t key; /* 0 = free */
    _Atomic uint64_t windows[RATE_WINDOWS_MOST];
} Cell;

struct Limiter {
    bool is_on;
    Cell cells[CELLS]; /* untouched ones cost no memory */
};

static const RateWindow levels[][RATE_WINDOWS_MOST + 1] = {
    [UNLIMITED] = { { 0, 0 } },
    [LEVEL_3] = { { 100, 60 }, { 0, 0 } },
    [LEVEL_4] = { { 1000, 60 }, { 50, 1 }, { 0, 0 } },
};

const RateWindow *rate_windows(RateLevel level)
{
    return levels[level];
}

Limiter *limiter_new(bool is_on)
{
    Limiter *limiter = calloc(1, sizeof(*limiter));

    if (!limiter)
        abort();
    limiter->is_on = is_on;
    return limiter;
}

Limiter *limiter_free(Limiter *limiter)
{
    free(limiter);
    return NULL;
}

/* FNV-1a over what is counted together. */
static uint64_t key_of(const Route *route, const App *app, const Tenant *tenant)
{
    uint64_t key = 14695981039346656037u ^ (uint64_t)route_index(route);

    key = key * 1099511628211u ^ (uint64_t)tenant->tenant_id;
    for (const char *at = app->app_id; *at; at++)
        key = (key ^ (unsigned char)*at) * 1099511628211u;
    return key | 1;
}

/* The cell of a key. When all places for it are taken, the last is shared: too strict, never too
 * lax. */
static Cell *cell_of(Limiter *limiter, uint64_t key)
{
    Cell *cell = NULL;

    for (size_t i = 0; i < PROBES; i++) {
        uint64_t found = 0;

        cell = &limiter->cells[(key / 2 + i) % CELLS];
        if (atomic_compare_exchange_strong(&cell->key, &found, key) || found == key)
            break;
    }
    return cell;
}

static bool count_in_window(_Atomic uint64_t *window, const RateWindow *cap, int64_t now_s,
                            int64_t *ret_reset_s)
{
    uint64_t old = atomic_load(window), new;

    do {
        int64_t first_s = (int64_t)(old >> 32), calls = (int64_t)(old & UINT32_MAX);

        if (calls == 0 || now_s - first_s >= cap->seconds) {
            first_s = now_s;
            calls = 0;
        }
        if (calls >= cap->calls) {
            *ret_reset_s = first_s + cap->seconds - now_s;
            return false;
        }
        new = (uint64_t)first_s << 32 | (uint64_t)(calls + 1);
    } while (!atomic_compare_exchange_weak(window, &old, new));
    return true;
}

/* Takes back what was counted in this window, when another refused the call. */
static void uncount_in_window(_Atomic uint64_t *window, const RateWindow *cap, int64_t now_s)
{
    uint64_t old = atomic_load(window);

    while ((old & UINT32_MAX) > 0 && now_s - (int64_t)(old >> 32) < cap->seconds &&
           !atomic_compare_exchange_weak(window, &old, old - 1))
        ;
}

int limiter_count(Limiter *limiter, const Route *route, const App *app, const Tenant *tenant,
                  int64_t monotonic_ms, int64_t *ret_limit, int64_t *ret_reset_s)
{
    const RateWindow *caps = rate_windows(route->rate);
    Cell *cell;

    if (!limiter->is_on || caps[0].calls == 0)
        return 0;
    cell = cell_of(limiter, key_of(route, app, tenant));
    for (size_t i = 0; caps[i].calls > 0; i++)
        if (!count_in_window(&cell->windows[i], &caps[i], monotonic_ms / 1000, ret_reset_s)) {
            *ret_limit = caps[i].calls;
            while (i-- > 0)
                uncount_in_window(&cell->windows[i], &caps[i], monotonic_ms / 1000);
            return E_LIMITED;
        }
    return 0;
}
