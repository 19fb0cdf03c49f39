/* changepoint_levels.h: a series cut into the levels that explain it best. Internal to changepoint.c. */
#ifndef MEMBENCH_JUDGE_CHANGEPOINT_LEVELS_H
#define MEMBENCH_JUDGE_CHANGEPOINT_LEVELS_H

#include <stdbool.h>
#include <stddef.h>

/* MB_CHANGEPOINT_BOUND: in sigma, from where on a deviation costs no more. */
#define MB_CHANGEPOINT_BOUND 3.0

/* scaled: count >= 1 values in sigma. from: room for count. Writes where each level begins, the first at 0, and how
 * many there are. False when memory is out. */
bool mb_changepoint_cut(const double *scaled, size_t count, size_t *from, size_t *starts, size_t *level_count);

#endif
