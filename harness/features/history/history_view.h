/* history_view.h: a view of a history under way, which the files of `membench history` share. */
#ifndef MEMBENCH_FEATURES_HISTORY_HISTORY_VIEW_H
#define MEMBENCH_FEATURES_HISTORY_HISTORY_VIEW_H

#include "base/output_file.h"
#include "command/options.h"
#include "features/history/curve.h"

typedef enum mb_history_format {
    MB_HISTORY_TEXT,
    MB_HISTORY_CSV,
    MB_HISTORY_JSON,
    MB_HISTORY_HTML,
    MB_HISTORY_SVG,
    MB_HISTORY_PNG,
    MB_HISTORY_FORMAT_COUNT
} mb_history_format; /* from MB_HISTORY_HTML on: of curves alone */

/* One view of a history under way. */
typedef struct mb_history_view {
    const mb_options *options;
    mb_history_format format;
    mb_history *history;
    mb_history_log log;
    mb_arena arena;
    const char *branch; /* that is shown; NULL: all */
    const char *case_id;
    bool metrics[MB_METRIC_COUNT];
    size_t cohort;         /* that is shown */
    size_t *cohort_counts; /* values of each cohort */
    mb_output output;
    mb_curve_style style;
    mb_curve_changes changes;
    mb_changepoint_rule rule;
    mb_json_writer json;
    size_t series_count;
    bool has_since;
    size_t since_run; /* changes: index into the log's, the last run of the commit, or of the last one before it */
    mb_curve_changes totals; /* changes since then: of each curve from the first level to the last */
    /* changes, when no metric was asked for: cases that have a steady window, in the order of the scan */
    const char **steady_cases;
    size_t steady_count, steady_capacity, steady_next;
    bool is_cold; /* the second scan, of those that have none */
} mb_history_view;

/* The steps of every view, in this order; close also after a failure, whose status it returns. */
mb_status mb_history_find_format(mb_history_view *v, bool has_pictures, mb_error *error);
mb_status mb_history_open_view(mb_history_view *v, const mb_options *options, bool is_all, mb_error *error);
mb_status mb_history_open_output(mb_history_view *v, mb_error *error);
mb_status mb_history_close_view(mb_history_view *v, mb_status status, mb_error *error);

/* Leaves small changes of exact metrics out, where that was asked for. */
void mb_history_drop_small(mb_history_view *v, size_t first);

/* "all", "unknown", or its name. */
const char *mb_history_branch_name(const mb_history_view *v);

#endif
