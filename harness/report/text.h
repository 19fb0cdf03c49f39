/* text.h: the parts of the text format.
 *
 *     text_rows.c    by default: the table of a group, one row per case
 *     text_regions.c by default, where nothing is compared: in which regions the memory of a case is
 *     text_note.c    what a row says at its end: how the case changed, or what became of it
 *     text_close.c   by default: what was found, the verdict and the next commands
 *     text_block.c   with --verbose: a block a case, with text_change.c and text_table.c
 *     text_sweep.c   with --verbose: the slopes of a group, with text_plot.c
 *     text_end.c     with --verbose: notes, counts, findings, advice */
#ifndef MEMBENCH_REPORT_TEXT_H
#define MEMBENCH_REPORT_TEXT_H

#include "base/units.h"
#include "report/notes.h"
#include "report/paint.h"
#include "report/report.h"

enum { MB_TEXT_NOTE_BYTES = 768, MB_TEXT_WARNINGS_MAX = 8 };

/* How a case compares, as far as a reader of the table cares. */
typedef enum mb_text_standing {
    MB_TEXT_MEASURED,   /* there is nothing to compare with */
    MB_TEXT_UNCHANGED,  /* of what gates and was compared, nothing moved */
    MB_TEXT_WITHIN,     /* something did, by no more than is allowed */
    MB_TEXT_UNCOMPARED, /* nothing that gates could be compared */
    MB_TEXT_SKIPPED,    /* as in the baseline */
    MB_TEXT_CHANGED,    /* shown, whatever else there is */
    MB_TEXT_STANDING_COUNT
} mb_text_standing;

/* The end of a row. */
typedef struct mb_text_note {
    mb_text_standing standing;
    mb_color color;
    char text[MB_TEXT_NOTE_BYTES];
    char tail[MB_TEXT_NOTE_BYTES]; /* a line of its own below the row, or "" */
} mb_text_note;

/* text_note.c: fills the note of a case, or of a sweep's row; without a baseline the latter says how the group grows.
 */
void mb_text_note_case(const mb_report *report, const mb_report_case *item, mb_text_note *note);
void mb_text_note_sweep(const mb_report *report, const mb_report_sweep *sweep, mb_text_note *note);

/* Rows of one group until they are written. */
typedef struct mb_text_rows mb_text_rows;

/* Regions of the cases so far. */
typedef struct mb_text_regions mb_text_regions;

/* A warning of cases, told once. */
typedef struct mb_text_warning {
    char *text, *case_id;
    size_t count;
} mb_text_warning;

typedef struct mb_text_state {
    char group[MB_ID_BYTES_MAX]; /* of the last case */
    bool has_case;
    mb_notes notes;
    size_t sweep_count, hidden_sweep_count; /* of the group under way; not shown */
    /* Of the table. */
    mb_text_rows *rows;
    mb_text_regions *regions;
    mb_notes uncompared;
    mb_text_warning warnings[MB_TEXT_WARNINGS_MAX];
    size_t warning_count;
    size_t standing_counts[MB_TEXT_STANDING_COUNT];
    size_t samples_low, samples_high;
    bool has_table;                   /* some row was written */
    size_t shown_count, hidden_count; /* rows of changed cases written, and left out */
    double time_low, time_high;       /* ratios of both sides measured in one run; 0: none */
} mb_text_state;

/* text_rows.c. begin and drop of the state; add a case or a sweep; flush what is left. */
mb_status mb_text_rows_begin(mb_report *report, mb_error *error);
mb_status mb_text_rows_add(mb_report *report, const mb_report_case *item, mb_error *error);
mb_status mb_text_rows_sweep(mb_report *report, const mb_report_sweep *sweep, mb_error *error);
mb_status mb_text_rows_end(mb_report *report, mb_error *error);
void mb_text_rows_drop(mb_text_state *state);

/* text_regions.c: keeps what a case says of its regions, and writes all of it at the end. */
mb_status mb_text_regions_add(mb_text_state *state, const mb_case_result *result, mb_error *error);
mb_status mb_text_regions_write(const mb_report *report, mb_error *error);
void mb_text_regions_drop(mb_text_state *state);

/* text_close.c: all that is below the table. */
mb_status mb_text_close(const mb_report *report, mb_error *error);

/* text_block.c: the block of a case. */
mb_status mb_text_block(mb_report *report, const mb_report_case *item, mb_error *error);

/* text_sweep.c: what one more job, byte or instance costs, under the cases of its group. */
mb_status mb_text_sweep(mb_report *report, const mb_report_sweep *sweep, mb_error *error);

/* text_plot.c: one metric of a sweep as a plot of eight lines; nothing where the report is too narrow or there is but
 * one point. */
void mb_text_plot(const mb_report *report, const mb_report_sweep *sweep, const mb_sweep_metric *metric);

/* text_table.c: every metric, then marks, regions and counts. False when memory is out. */
MB_NODISCARD bool mb_text_table(const mb_report *report, const mb_case_result *result);

/* text_change.c: what the comparisons say, and nothing when there are none. */
void mb_text_changes(const mb_report *report, const mb_report_case *item);

/* text_end.c: notes, counts, findings, advice; the notes and the remarks on the whole run also for text_close.c. */
void mb_text_end(const mb_report *report, const mb_notes *notes);
void mb_text_notes(const mb_report *report, const mb_notes *notes);
void mb_text_remarks(const mb_report *report);

#endif
