/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdatomic.h>

#include "base/cleanup.h"
#include "base/error.h"

#include "api/limiter.h"
#include "check.h"

static const App app = { .app_id = "cli_a1d0c5a3b1e24f68" };
static const App other_app = { .app_id = "cli_b1d0c5a3b1e24f68" };
static const Tenant tenant = { .tenant_id = 1 }, other_tenant = { .tenant_id = 2 };

static const Route *route_of(RateLevel level)
{
    for (size_t i = 0; i < route_count; i++)
        if (routes[i].rate == level)
            return &routes[i];
    return NULL;
}

typedef struct Verdict {
    int64_t taken, limit, reset_s; /* of calls; of the last refusal */
} Verdict;

static Verdict count(Limiter *limiter, RateLevel level, int64_t now_ms, int calls)
{
    Verdict verdict = { 0 };

    for (int i = 0; i < calls; i++)
        verdict.taken += limiter_count(limiter, route_of(level), &app, &tenant, now_ms,
                                       &verdict.limit, &verdict.reset_s) == 0;
    return verdict;
}

TEST(the_101st_call_of_a_minute_is_refused)
{
    Limiter *limiter = limiter_new(true);
    Verdict verdict;

    CHECK_INT(count(limiter, LEVEL_3, 5000, 100).taken, 100);
    verdict = count(limiter, LEVEL_3, 5999, 1);
    CHECK_INT(verdict.taken, 0);
    CHECK_INT(verdict.limit, 100);
    CHECK_INT(verdict.reset_s, 60);
    CHECK_INT(count(limiter, LEVEL_3, 64999, 1).reset_s, 1);
    CHECK_INT(count(limiter, LEVEL_3, 65000, 101).taken, 100);
    CHECK(!limiter_free(limiter));
    CHECK(!limiter_free(NULL));
}

TEST(who_waits_as_told_is_taken)
{
    Limiter *limiter = limiter_new(true);

    for (int64_t now_ms = 0; now_ms < 600000; now_ms += 1700) {
        Verdict verdict = count(limiter, LEVEL_3, now_ms, 7);

        if (verdict.taken == 7)
            continue;
        CHECK(verdict.reset_s >= 1 && verdict.reset_s <= 60);
        now_ms += verdict.reset_s * 1000;
        CHECK_INT(count(limiter, LEVEL_3, now_ms, 1).taken, 1);
    }
    limiter_free(limiter);
}

TEST(fifty_in_a_second_and_a_thousand_in_a_minute)
{
    Limiter *limiter = limiter_new(true);
    Verdict verdict = count(limiter, LEVEL_4, 1000, 51);

    CHECK_INT(verdict.taken, 50);
    CHECK_INT(verdict.limit, 50);
    CHECK_INT(verdict.reset_s, 1);
    /* what was refused by the second is not on the minute's bill */
    for (int64_t second = 2; second <= 20; second++)
        CHECK_INT(count(limiter, LEVEL_4, second * 1000, 200).taken, 50);
    verdict = count(limiter, LEVEL_4, 21000, 1);
    CHECK_INT(verdict.taken, 0);
    CHECK_INT(verdict.limit, 1000);
    CHECK_INT(verdict.reset_s, 40);
    CHECK_INT(count(limiter, LEVEL_4, 60999, 1).taken, 0);
    CHECK_INT(count(limiter, LEVEL_4, 61000, 51).taken, 50);
    limiter_free(limiter);
}

TEST(route_app_and_tenant_are_counted_apart)
{
    Limiter *limiter = limiter_new(true);
    const Route *first = route_of(LEVEL_3), *second;
    int64_t limit, reset_s;

    CHECK(first);
    second = first + 1;
    CHECK_INT(second->rate, LEVEL_3);
    CHECK_INT(count(limiter, LEVEL_3, 0, 101).taken, 100);
    CHECK_INT(limiter_count(limiter, second, &app, &tenant, 0, &limit, &reset_s), 0);
    CHECK_INT(limiter_count(limiter, first, &other_app, &tenant, 0, &limit, &reset_s), 0);
    CHECK_INT(limiter_count(limiter, first, &app, &other_tenant, 0, &limit, &reset_s), 0);
    CHECK_INT(limiter_count(limiter, first, &app, &tenant, 0, &limit, &reset_s), E_LIMITED);
    limiter_free(limiter);
}

TEST(nothing_is_counted_where_there_is_no_limit)
{
    Limiter *on = limiter_new(true), *off = limiter_new(false);

    CHECK_INT(count(on, UNLIMITED, 0, 5000).taken, 5000);
    CHECK_INT(count(off, LEVEL_3, 0, 5000).taken, 5000);
    CHECK_INT(count(off, LEVEL_4, 0, 5000).taken, 5000);
    limiter_free(on);
    limiter_free(off);
}

TEST(the_levels_are_the_platforms)
{
    CHECK_INT(rate_windows(UNLIMITED)[0].calls, 0);
    CHECK_INT(rate_windows(LEVEL_3)[0].calls, 100);
    CHECK_INT(rate_windows(LEVEL_3)[0].seconds, 60);
    CHECK_INT(rate_windows(LEVEL_3)[1].calls, 0);
    CHECK_INT(rate_windows(LEVEL_4)[0].calls, 1000);
    CHECK_INT(rate_windows(LEVEL_4)[0].seconds, 60);
    CHECK_INT(rate_windows(LEVEL_4)[1].calls, 50);
    CHECK_INT(rate_windows(LEVEL_4)[1].seconds, 1);
    CHECK_INT(rate_windows(LEVEL_4)[2].calls, 0);
}

/* More callers than cells: too strict it may be, but it must end and never be too lax. */
TEST(a_crowd_of_apps_is_never_let_through_twice)
{
    Limiter *limiter = limiter_new(true);
    char app_id[32];
    App crowd = { .app_id = app_id };
    int64_t limit, reset_s;

    for (int i = 0; i < 20000; i++) {
        snprintf(app_id, sizeof(app_id), "cli_%016x", i);
        limiter_count(limiter, route_of(LEVEL_3), &crowd, &tenant, 0, &limit, &reset_s);
    }
    CHECK(count(limiter, LEVEL_3, 0, 1000).taken <= 100);
    limiter_free(limiter);
}

/* Ten times as many callers as there are cells, but at no time more than a quarter of them. */
TEST(the_cells_of_a_minute_that_is_over_are_used_again)
{
    Limiter *limiter = limiter_new(true);
    char app_id[32];
    App crowd = { .app_id = app_id };
    int64_t limit, reset_s;

    for (int i = 0; i < 40 * 4096; i++) {
        snprintf(app_id, sizeof(app_id), "cli_%016x", i);
        for (int calls = 0; calls < (i % 64 == 0 ? 100 : 1); calls++)
            CHECK_INT(limiter_count(limiter, route_of(LEVEL_3), &crowd, &tenant, i / 4096 * 60000,
                                    &limit, &reset_s),
                      0);
        if (i % 64 == 0)
            CHECK_INT(limiter_count(limiter, route_of(LEVEL_3), &crowd, &tenant, i / 4096 * 60000,
                                    &limit, &reset_s),
                      E_LIMITED);
    }
    limiter_free(limiter);
}

enum { THREADS = 8, CALLS_OF_THREAD = 400 };

typedef struct Rush {
    Limiter *limiter;
    RateLevel level;
    atomic_int taken;
} Rush;

static void *rush(void *state)
{
    Rush *all = state;

    atomic_fetch_add(&all->taken,
                     (int)count(all->limiter, all->level, 7000, CALLS_OF_THREAD).taken);
    return NULL;
}

TEST(many_threads_count_exactly)
{
    static const struct {
        RateLevel level;
        int taken;
    } rows[] = { { LEVEL_3, 100 }, { LEVEL_4, 50 } };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Rush all = { .limiter = limiter_new(true), .level = rows[i].level };
        pthread_t threads[THREADS];

        for (int j = 0; j < THREADS; j++)
            pthread_create(&threads[j], NULL, rush, &all);
        for (int j = 0; j < THREADS; j++)
            pthread_join(threads[j], NULL);
        CHECK_INT(all.taken, rows[i].taken);
        if (rows[i].level == LEVEL_4) /* and the minute has counted just those */
            for (int64_t second = 8; second < 27; second++)
                CHECK_INT(count(all.limiter, LEVEL_4, second * 1000, 60).taken, 50);
        CHECK_INT(count(all.limiter, rows[i].level, 27000, 1).taken, 0);
        limiter_free(all.limiter);
    }
}

typedef struct Neighbour {
    Limiter *limiter;
    int64_t now_ms;
    int number;
} Neighbour;

static void *crowd_in(void *state)
{
    const Neighbour *neighbour = state;
    char app_id[32];
    App crowd = { .app_id = app_id };
    int64_t limit, reset_s;

    for (int i = 0; i < 1000; i++) {
        snprintf(app_id, sizeof(app_id), "cli_%d_%d_%d", (int)neighbour->now_ms, neighbour->number,
                 i);
        limiter_count(neighbour->limiter, route_of(LEVEL_4), &crowd, &tenant, neighbour->now_ms,
                      &limit, &reset_s);
    }
    return NULL;
}

/* While others take the cells whose minute is over, its own perhaps among them. */
TEST(who_has_a_cell_is_counted_exactly_in_a_crowd)
{
    Limiter *limiter = limiter_new(true);

    for (int64_t now_ms = 0; now_ms < 50 * 60000; now_ms += 60000) {
        Neighbour neighbours[THREADS];
        pthread_t threads[THREADS];
        int64_t taken;

        for (int j = 0; j < THREADS; j++) {
            neighbours[j] = (Neighbour){ limiter, now_ms, j };
            pthread_create(&threads[j], NULL, crowd_in, &neighbours[j]);
        }
        taken = count(limiter, LEVEL_3, now_ms, 1000).taken;
        for (int j = 0; j < THREADS; j++)
            pthread_join(threads[j], NULL);
        CHECK_INT(taken, 100);
        CHECK_INT(count(limiter, LEVEL_3, now_ms + 59999, 10).taken, 0);
    }
    limiter_free(limiter);
}

CHECK_MAIN
