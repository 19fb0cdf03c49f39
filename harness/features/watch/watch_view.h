/* watch_view.h: one screen of `membench watch`: what was measured now, next to the measurement before and the first
 * one.
 *
 * A change counts where no sample of one measurement lies among those of the other (for exact numbers: where they
 * differ); other differences are marked by "~". Nothing is judged here: that is the gate's. */
#ifndef MEMBENCH_FEATURES_WATCH_WATCH_VIEW_H
#define MEMBENCH_FEATURES_WATCH_WATCH_VIEW_H

#include "base/error.h"
#include "model/result.h"

#include <stdio.h>

/* One measurement, borrowed. run NULL: there is none. */
typedef struct mb_watch_measurement {
    const mb_run_info *run;
    const mb_case_result *cases;
    size_t case_count;
} mb_watch_measurement;

typedef struct mb_watch_view {
    mb_watch_measurement now, previous, first; /* previous and first without a run while now is the only one */
    const char *heading;                       /* first line, cut in its middle where it is too long */
    const bool *metrics;                       /* [MB_METRIC_COUNT] that are shown; NULL: the usual ones */
    int width_columns;                         /* 0: 80 */
    int height_rows;                           /* most lines; 0: as many as it takes */
    bool color, unicode;
} mb_watch_view;

/* Writes the heading and a table for each case; where they do not fit height_rows, just the rows that changed, and how
 * much was left out. line_end ends each line: "\n", or what a terminal needs besides. The stream is not flushed. Fails
 * when memory is out. */
MB_NODISCARD mb_status mb_watch_write(FILE *file, const mb_watch_view *view, const char *line_end, mb_error *error);

/* Writes what changed since the first measurement, a line or two for each case; one line where nothing did. Fails when
 * memory is out. */
MB_NODISCARD mb_status mb_watch_summarize(FILE *file, const mb_watch_view *view, mb_error *error);

#endif
