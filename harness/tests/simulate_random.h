/* simulate_random.h: random numbers of the simulations, the same on every libc: a seed prints a table again. */
#ifndef MEMBENCH_TESTS_SIMULATE_RANDOM_H
#define MEMBENCH_TESTS_SIMULATE_RANDOM_H

#include "model/shuffle.h"

#include <math.h>
#include <stdbool.h>

static uint64_t random_state; /* set it before the first call */

/* In (0, 1). */
static inline double uniform(void)
{
    return ((double)(mb_random_next(&random_state) >> 11) + 0.5) / 9007199254740992.0;
}

static inline double normal(void)
{
    double radius = sqrt(-2 * log(uniform()));
    return radius * cos(6.283185307179586 * uniform());
}

/* A rate's bound and what chance adds to it in so many trials: three standard deviations. */
static inline double with_chance(double bound, size_t trial_count)
{
    return bound + 3 * sqrt(bound * (1 - bound) / (double)trial_count);
}

/* Whether a share of so many trials lies between two bounds and what chance adds to them. */
static inline bool is_within(double share, double least, double most, size_t trial_count)
{
    const double slack = 1e-9; /* shares are sums */
    return share <= with_chance(most, trial_count) + slack && 1 - share <= with_chance(1 - least, trial_count) + slack;
}

#endif
