/* chance.h: numbers drawn again in every process.
 *
 * The seed is the environment's TRUTH_SEED (membench --env TRUTH_SEED passes it on; a decimal number, 1 when unset)
 * mixed with the process id, so that samples differ from each other. What was drawn is reported as the count
 * "drawn_pages". */
#ifndef BENCH_TRUTH_CHANCE_H
#define BENCH_TRUTH_CHANCE_H

#include <stdint.h>

/* Seeds from environment and process id. */
uint64_t chance_seed(void);

/* Next of 2^64 evenly distributed numbers (splitmix64). */
uint64_t chance_next(uint64_t *seed);

/* Normally distributed around 0 with deviation 1, cut at -6 and 6. */
double chance_normal(uint64_t *seed);

#endif
