/* series.h: arrays of samples that grow in an arena. */
#ifndef MEMBENCH_MODEL_SERIES_H
#define MEMBENCH_MODEL_SERIES_H

#include "model/result.h"

/* Room that the array of a series of count values has: the next power of two, at least 4. Nothing in mb_series says so;
 * every series is made by the functions below. */
size_t mb_series_capacity(size_t count);

/* Makes room for extra more values without changing the series as seen from outside. False when memory is out. */
MB_NODISCARD bool mb_series_reserve(mb_series *series, size_t extra, mb_arena *arena);

/* Appends one value; false when memory is out. Never fails after mb_series_reserve. */
MB_NODISCARD bool mb_series_append(mb_series *series, double value, mb_arena *arena);

#endif
