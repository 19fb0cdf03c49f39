/* shards.h: the files of a plan's shards, read as the one run that they are parts of.
 *
 *     mb_shards_open ─▶ mb_shards_source, mb_shards_plan ─▶ mb_shards_close
 *
 * The cases come in the order of the unsplit plan, so that whatever is made of them (a file, a baseline, a report) is
 * what a single run would have given. */
#ifndef MEMBENCH_STORE_SHARDS_H
#define MEMBENCH_STORE_SHARDS_H

#include "model/case_source.h"

typedef struct mb_shards mb_shards;

/* Opens the files, in any order. MB_ERROR_USAGE, naming the file, when they are not the shards of one plan, each of
 * them once: another membench, other builds of the programs, another libc, allocator or machine setting that decides
 * whether numbers compare, another plan; a file that is not a shard; one given twice; one missing. */
MB_NODISCARD mb_status mb_shards_open(const char *const *paths, size_t count, mb_shards **shards, mb_error *error);
void mb_shards_close(mb_shards *shards); /* NULL is fine */

/* All cases as one run, which is complete if all shards are, and no shard itself. Valid until close. */
mb_case_source mb_shards_source(mb_shards *shards);

/* Of the first shard: number of shards, and the filters of the plan. Valid until close. */
const mb_shard_info *mb_shards_plan(const mb_shards *shards);

#endif
