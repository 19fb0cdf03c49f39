/* shuffle.h: the order of cases: shuffled, so that drift of the machine hits no case in particular; by a recorded
 * seed, so that it can be had again. */
#ifndef MEMBENCH_MODEL_SHUFFLE_H
#define MEMBENCH_MODEL_SHUFFLE_H

#include <stddef.h>
#include <stdint.h>

/* Next number of the splitmix64 sequence (Steele, Lea, Flood 2014); *state is any seed. */
uint64_t mb_random_next(uint64_t *state);

/* Fills order with 0 … count - 1, shuffled after Fisher and Yates. The same seed and round give the same order. */
void mb_order_shuffle(size_t *order, size_t count, uint64_t seed, uint64_t round);

#endif
