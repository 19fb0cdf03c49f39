/* simulate_soak_ends.h: what membench-simulate-soak prints besides: the verdict after the load, and restarts. */
#ifndef MEMBENCH_TESTS_SIMULATE_SOAK_ENDS_H
#define MEMBENCH_TESTS_SIMULATE_SOAK_ENDS_H

#include <stdbool.h>
#include <stddef.h>

/* Each prints a Markdown table; false when a rate is beyond its bound. */
bool mb_simulate_idle(size_t round_count);
bool mb_simulate_restarts(size_t round_count);

#endif
