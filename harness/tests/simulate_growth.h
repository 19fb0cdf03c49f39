/* simulate_growth.h: shapes of memory that are no class, or a class in disguise; how often a wrong class is named. */
#ifndef MEMBENCH_TESTS_SIMULATE_GROWTH_H
#define MEMBENCH_TESTS_SIMULATE_GROWTH_H

#include <stdbool.h>
#include <stddef.h>

/* Prints the table, runs sweeps a shape, grid and kind of data; false when a rate is beyond its bound. */
bool simulate_growth(size_t runs);

#endif
