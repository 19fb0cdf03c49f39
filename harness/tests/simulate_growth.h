/* simulate_growth.h: more tables of membench-simulate-sweep. Each prints one and is false when a rate is beyond its
 * bound. */
#ifndef MEMBENCH_TESTS_SIMULATE_GROWTH_H
#define MEMBENCH_TESTS_SIMULATE_GROWTH_H

#include <stdbool.h>
#include <stddef.h>

/* Shapes of memory that are not a class, or a class in disguise: how often a wrong one is named. `runs` sweeps a shape,
 * grid and kind of data. */
bool simulate_growth(size_t runs);

/* Changes of level in series of few runs: found where there is none, and where there is one. */
bool simulate_changes(size_t runs);

#endif
