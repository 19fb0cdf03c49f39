/* shard.h: one plan's cases dealt out to several runs, alike on every machine. Pure.
 *
 * The cases are shuffled by the run's seed and dealt out like cards, so that the large ones, which are together in a
 * listing, do not all fall to one shard. Within a shard they keep the order of the listing. */
#ifndef MEMBENCH_MODEL_SHARD_H
#define MEMBENCH_MODEL_SHARD_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MB_SHARDS_MAX = 1000 };

/* Fills owners[case_count] with the shard of each case, 0 … shard_count - 1; numbers of cases differ by one at most.
 * Fails when memory is out. */
MB_NODISCARD mb_status mb_shard_deal(size_t case_count, uint64_t seed, size_t shard_count, size_t *owners,
                                     mb_error *error);

/* "2/4" → 2 and 4: a whole number from 1 to count, and count up to MB_SHARDS_MAX. False, with both untouched, on
 * anything else. */
bool mb_shard_parse(const char *text, size_t *index, size_t *count);

#endif
