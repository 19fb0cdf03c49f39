/* samples.h: raw samples as a compact blob: whole numbers as differences in as few bytes as they need.
 *
 * The first byte says how: 1, whole numbers: the first value, then each difference to the value before, as zigzag
 * variable-length integers of 7 bits a byte, low bits first; 2, doubles of 8 bytes, little-endian. */
#ifndef MEMBENCH_FEATURES_HISTORY_SAMPLES_H
#define MEMBENCH_FEATURES_HISTORY_SAMPLES_H

#include "model/result.h"

enum { MB_SAMPLES_VALUE_BYTES_MAX = 10 }; /* a blob needs at most that times its values, and one byte */

/* Writes the samples; returns the blob's length. blob: 1 + count · MB_SAMPLES_VALUE_BYTES_MAX bytes. */
size_t mb_samples_pack(const double *values, size_t count, unsigned char *blob);

/* Reads at most capacity values; returns how many the blob has, 0 when it is malformed (it is checked whole). */
size_t mb_samples_unpack(const unsigned char *blob, size_t blob_bytes, double *values, size_t capacity);

#endif
