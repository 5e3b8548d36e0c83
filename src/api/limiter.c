/* SPDX-License-Identifier: Apache-2.0 */
#include "api/limiter.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"

enum {
    RATE_CELLS = 16384,
    RATE_PROBES = 32,
    LONGEST_S = 60, /* no window is longer */
    CALLS_BITS = 10,
    SECOND_BITS = 30,
};

/* A window is one word, so that it changes as a whole: from the top the tag of whose it is, its
 * first second, and the calls it has counted. The first window is every level's longest: when it is
 * over, so is all that the cell has counted, and the cell may be given to another. 0 = never used.
 */
typedef struct Cell {
    _Atomic uint64_t windows[RATE_WINDOWS_MOST];
} Cell;

struct Limiter {
    bool is_on;
    Cell cells[RATE_CELLS]; /* untouched ones cost no memory */
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
    for (size_t i = 0; i < COUNT_OF(levels); i++)
        for (const RateWindow *cap = levels[i]; cap->calls > 0; cap++)
            assert(cap->calls < 1 << CALLS_BITS && cap->seconds <= LONGEST_S);
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
    return key;
}

static uint64_t word_of(uint64_t tag, int64_t first_s, int64_t calls)
{
    return tag << (SECOND_BITS + CALLS_BITS) |
           ((uint64_t)first_s & ((1u << SECOND_BITS) - 1)) << CALLS_BITS | (uint64_t)calls;
}

static uint64_t tag_of(uint64_t word)
{
    return word >> (SECOND_BITS + CALLS_BITS);
}

static int64_t calls_of(uint64_t word)
{
    return (int64_t)(word & ((1u << CALLS_BITS) - 1));
}

static int64_t first_of(uint64_t word)
{
    return (int64_t)(word >> CALLS_BITS & ((1u << SECOND_BITS) - 1));
}

static bool is_over(uint64_t word, int64_t seconds, int64_t now_s)
{
    return word == 0 || now_s - first_of(word) >= seconds;
}

/* The cell of a key, or one that it may take: never used, or its minute is over. When there is
 * none, the last place is shared, and *tag becomes that of its owner: too strict, until a place is
 * free. */
static Cell *cell_of(Limiter *limiter, uint64_t key, int64_t now_s, uint64_t *tag)
{
    Cell *cell = NULL, *vacant = NULL;
    uint64_t word = 0;

    for (size_t i = 0; i < RATE_PROBES; i++) {
        cell = &limiter->cells[(key / 2 + i) % RATE_CELLS];
        word = atomic_load(&cell->windows[0]);
        if (word != 0 && tag_of(word) == *tag)
            return cell;
        if (!vacant && is_over(word, LONGEST_S, now_s))
            vacant = cell;
        if (word == 0) /* the key would have taken it: it is not behind */
            break;
    }
    if (vacant)
        return vacant;
    *tag = tag_of(word);
    return cell;
}

/* 0, E_LIMITED, or E_CONFLICT when the cell has become another's in the meantime. */
static int count_in_window(_Atomic uint64_t *window, uint64_t tag, const RateWindow *cap,
                           int64_t now_s, int64_t *ret_reset_s)
{
    uint64_t old = atomic_load(window), new;

    do {
        bool is_new = is_over(old, cap->seconds, now_s);

        if (!is_new && tag_of(old) != tag)
            return E_CONFLICT;
        if (!is_new && calls_of(old) >= cap->calls) {
            *ret_reset_s = first_of(old) + cap->seconds - now_s;
            return E_LIMITED;
        }
        new = is_new || calls_of(old) == 0 ? word_of(tag, now_s, 1) : old + 1;
    } while (!atomic_compare_exchange_weak(window, &old, new));
    return 0;
}

/* Takes back what was counted in this window, when another refused the call. */
static void uncount_in_window(_Atomic uint64_t *window, uint64_t tag, const RateWindow *cap,
                              int64_t now_s)
{
    uint64_t old = atomic_load(window);

    while (tag_of(old) == tag && calls_of(old) > 0 && !is_over(old, cap->seconds, now_s) &&
           !atomic_compare_exchange_weak(window, &old, old - 1))
        ;
}

static int count_in_cell(Cell *cell, uint64_t tag, const RateWindow *caps, int64_t now_s,
                         int64_t *ret_limit, int64_t *ret_reset_s)
{
    for (size_t i = 0; caps[i].calls > 0; i++) {
        int r = count_in_window(&cell->windows[i], tag, &caps[i], now_s, ret_reset_s);

        if (r == 0)
            continue;
        *ret_limit = caps[i].calls;
        while (i-- > 0)
            uncount_in_window(&cell->windows[i], tag, &caps[i], now_s);
        return r;
    }
    return 0;
}

int limiter_count(Limiter *limiter, const Route *route, const App *app, const Tenant *tenant,
                  int64_t monotonic_ms, int64_t *ret_limit, int64_t *ret_reset_s)
{
    const RateWindow *caps = rate_windows(route->rate);
    int64_t now_s = monotonic_ms / 1000;
    uint64_t key;

    if (!limiter->is_on || caps[0].calls == 0)
        return 0;
    key = key_of(route, app, tenant);
    /* Who loses a cell has seen another take one: there are as many tries as there are cells. */
    for (size_t i = 0; i < RATE_PROBES; i++) {
        uint64_t tag = key >> (SECOND_BITS + CALLS_BITS);
        Cell *cell = cell_of(limiter, key, now_s, &tag);
        int r = count_in_cell(cell, tag, caps, now_s, ret_limit, ret_reset_s);

        if (r != E_CONFLICT)
            return r;
    }
    *ret_limit = caps[0].calls;
    *ret_reset_s = 1;
    return E_LIMITED;
}
