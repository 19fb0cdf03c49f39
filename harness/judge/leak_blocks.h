/* leak_blocks.h: a series cut into blocks of equal length, and the line through them. Internal to soak.c. */
#ifndef MEMBENCH_JUDGE_LEAK_BLOCKS_H
#define MEMBENCH_JUDGE_LEAK_BLOCKS_H

#include "judge/leak.h"

typedef struct mb_soak_blocks {
    size_t count; /* blocks that hold values */
    double at_seconds[MB_SOAK_BLOCKS];
    double values[MB_SOAK_BLOCKS];
    double operations[MB_SOAK_BLOCKS]; /* that go with the values; all 0 when not known */
    double median_range;               /* of the quantile of nine tenths less that of one */
    double block_seconds;
    double samples_per_block;
} mb_soak_blocks;

/* Cuts [from, to] into wanted blocks (at most MB_SOAK_BLOCKS), which stand for their median, or with use_minimum for
 * the quantile of a tenth. scratch holds count doubles. */
void mb_soak_blocks_cut(const double *time_seconds, const double *value_bytes, const double *operation_count,
                        size_t count, double from, double to, size_t wanted, bool use_minimum, double *scratch,
                        mb_soak_blocks *blocks);

/* Cuts the whole record into `wanted` cells, each of which stands for its value at rank (n - 1) / part: 2 is the
 * median, 10 the lower tenth. Those that hold no value are left out; how many there are. scratch holds count doubles.
 */
size_t mb_soak_cells_cut(const double *time_seconds, const double *value_bytes, size_t count, size_t wanted,
                         size_t part, double *scratch, double *cells);

/* Standard deviation of the noise between neighbouring values from `from` on, from the median of their differences. */
double mb_soak_noise(const double *time_seconds, const double *value_bytes, size_t count, double from, double *scratch);

/* Theil and Sen's slope of y over x with Sen's interval at z, corrected for ties and for residuals that resemble their
 * neighbours. False when fewer than four x differ. */
bool mb_soak_fit(const double *x, const double *y, size_t count, double z, mb_soak_slope *slope);

/* Median; sorts values. */
double mb_median(double *values, size_t count);

#endif
