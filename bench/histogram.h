/* SPDX-License-Identifier: Apache-2.0 */

/* Times counted in buckets that are less than 1 % wide, from a nanosecond to half an hour. A value
 * below 256 has a bucket of its own; above, each doubling has 128. */
#pragma once

#include <stdint.h>

enum {
    HISTOGRAM_HALF = 128,
    HISTOGRAM_DOUBLINGS = 33,
    HISTOGRAM_BUCKETS = HISTOGRAM_HALF * (HISTOGRAM_DOUBLINGS + 2),
};

typedef struct Histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
    uint64_t largest_ns;
} Histogram;

static inline int histogram_bucket(uint64_t ns)
{
    int shift = ns < 2 * HISTOGRAM_HALF ? 0 : 56 - __builtin_clzll(ns);
    int bucket = shift * HISTOGRAM_HALF + (int)(ns >> shift);

    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The largest value that falls into the bucket. */
static inline uint64_t histogram_top_ns(int bucket)
{
    int shift = bucket < 2 * HISTOGRAM_HALF ? 0 : bucket / HISTOGRAM_HALF - 1;
    uint64_t head = (uint64_t)(bucket - shift * HISTOGRAM_HALF);

    return ((head + 1) << shift) - 1;
}

static inline void histogram_add(Histogram *self, uint64_t ns)
{
    self->counts[histogram_bucket(ns)]++;
    self->total++;
    if (ns > self->largest_ns)
        self->largest_ns = ns;
}

/* What at least that share of the values, 0 to 1, does not exceed. */
static inline uint64_t histogram_quantile_ns(const Histogram *self, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)self->total + 0.999999), seen = 0;

    for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += self->counts[i];
        if (seen >= wanted && seen > 0) {
            uint64_t top = histogram_top_ns(i);

            return top < self->largest_ns ? top : self->largest_ns;
        }
    }
    return self->largest_ns;
}
