/* curve.h: what is shown of a history: curves over commits, changes of level, the list of runs.
 *
 * Everything is written to a stream of the caller, whose error flag tells whether it went well. */
#ifndef MEMBENCH_FEATURES_HISTORY_CURVE_H
#define MEMBENCH_FEATURES_HISTORY_CURVE_H

#include "base/json_writer.h"
#include "features/history/history.h"
#include "judge/changepoint.h"
#include "report/gnuplot.h"
#include "report/records.h"

typedef struct mb_curve_style {
    int width_columns; /* 0: 80 */
    bool color;        /* escape codes; never without */
    bool unicode;      /* false: the curve is drawn in ASCII */
} mb_curve_style;

/* One change of one curve. The texts are the log's, but for case_id. */
typedef struct mb_curve_change {
    const char *case_id;
    mb_metric metric;
    size_t run;        /* index into the log's: the first of the new level */
    size_t before_run; /* the one before it on the curve */
    bool is_exact;
    mb_changepoint point;
    size_t step_count; /* of a total: how many changes it is made of */
} mb_curve_change;

typedef struct mb_curve_changes {
    mb_curve_change *changes;
    size_t count, capacity;
    mb_arena arena; /* of case ids */
    /* scratch of mb_curve_changes_find */
    double *values;
    mb_changepoint *points;
    size_t scratch_capacity;
} mb_curve_changes; /* zeroed is empty; mb_curve_changes_fini frees it */

/* Appends the changes of a series, in its order. Returns through *first the index of the first one appended. */
MB_NODISCARD mb_status mb_curve_changes_find(mb_curve_changes *changes, const mb_history_series *series,
                                             const mb_changepoint_rule *rule, size_t *first, mb_error *error);
void mb_curve_changes_fini(mb_curve_changes *changes);

/* Drops the changes from `first` on that came with the run `since` or before it, and appends what the others make in
 * all to totals, unless that is nothing. */
MB_NODISCARD mb_status mb_curve_changes_since(mb_curve_changes *changes, size_t first, size_t since,
                                              mb_curve_changes *totals, mb_error *error);

/* Sorts by commit, the newest first; those of a commit by case and metric. */
void mb_curve_changes_sort(mb_curve_changes *changes);

/* One curve with its changes, borrowed. */
typedef struct mb_curve {
    const mb_history_log *log;
    const mb_history_series *series;
    const mb_curve_change *changes;
    size_t change_count;
} mb_curve;

/* Formats of a curve. CSV and JSON have the raw samples where the scan read them. */
void mb_curve_write_text(FILE *out, const mb_curve *curve, const mb_curve_style *style);
void mb_curve_write_csv_head(FILE *out);
void mb_curve_write_csv(FILE *out, const mb_curve *curve);
void mb_curve_write_json(mb_json_writer *json, const mb_curve *curve); /* an object, inside an array */
MB_NODISCARD mb_status mb_curve_draw(FILE *out, const mb_curve *curve, mb_picture picture, mb_error *error);

/* A page for a browser: its head, a section for each curve, its end. `where` says of which branch and machine. Without
 * gnuplot it has tables alone, and says so. (page.c) */
void mb_curve_page_begin(FILE *out, const char *case_id, const char *where);
void mb_curve_page_add(FILE *out, const mb_curve *curve);
void mb_curve_page_end(FILE *out);

/* All changes, commit by commit. */
void mb_curve_changes_write_text(FILE *out, const mb_history_log *log, const mb_curve_changes *changes,
                                 const mb_curve_style *style);
/* One line a curve: "queue/1  heap  4.00 KiB → 7.16 KiB, +79.0% (+3.16 KiB) in 10 changes"; what grew most first. */
void mb_curve_totals_write_text(FILE *out, const mb_history_log *log, mb_curve_changes *totals,
                                const mb_curve_style *style);
void mb_curve_changes_write(FILE *out, mb_records_format format, const mb_history_log *log,
                            const mb_curve_changes *changes);

/* The runs, those of one commit and machine class in one row, the newest first; then what the machine classes are. */
void mb_curve_list_write_text(FILE *out, const mb_history_log *log, const mb_curve_style *style);
void mb_curve_list_write(FILE *out, mb_records_format format, const mb_history_log *log);

/* Texts that all of these share. */
enum { MB_CURVE_TEXT_MAX = 256 };
const char *mb_curve_commit(const char *commit, char text[MB_CURVE_TEXT_MAX]); /* hashes are cut at ten digits */
const char *mb_curve_date(int64_t time_s, char text[MB_CURVE_TEXT_MAX]);       /* "2026-11-22", UTC */
const char *mb_curve_machine(const mb_history_machine *machine, char text[MB_CURVE_TEXT_MAX]);
const char *mb_curve_confidence(const mb_curve_change *change, char text[MB_CURVE_TEXT_MAX]); /* "exact", "99.7 %" */
/* "+12.0% (+15.0 KiB)" */
const char *mb_curve_difference(const mb_curve_change *change, char text[MB_CURVE_TEXT_MAX]);
/* What else was new in that run: "kernel Linux 6.1 → Linux 6.12", or "". */
const char *mb_curve_note(const mb_history_log *log, const mb_curve_change *change, bool unicode,
                          char text[MB_CURVE_TEXT_MAX]);

/* Color of a change, around it; "" without colors. */
const char *mb_curve_color(const mb_curve_style *style, const mb_curve_change *change);
const char *mb_curve_color_end(const mb_curve_style *style);

#endif
