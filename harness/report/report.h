/* report.h: one report model, many renderers: text, side, markdown, csv and json, written to a stream of the caller.
 *
 *     mb_report_open ─▶ mb_report_add, once a case ─▶ mb_report_close
 *
 * Cases are handed over one at a time and forgotten, so 100,000 of them need little memory: what stays is the tally,
 * and of cases with a finding their id. A format is a name and three functions in one table (formats in report.c):
 * a new one is one file and one line.
 *
 * The caller sees to it that numbers are printed with a decimal point: setlocale(LC_NUMERIC) stays "C". */
#ifndef MEMBENCH_REPORT_REPORT_H
#define MEMBENCH_REPORT_REPORT_H

#include "base/error.h"
#include "judge/compare.h"
#include "judge/decide.h"
#include "judge/sweep.h"
#include "judge/tally.h"
#include "model/result.h"

#include <stdio.h>

struct mb_soak_result;
struct mb_wheres;

/* What holds for the whole report. Plain data; everything is borrowed until close. */
typedef struct mb_report_model {
    const mb_run_info *run;             /* what was measured */
    const char *baseline_name;          /* name or file of what it was compared with; NULL: with nothing */
    const mb_run_info *baseline_run;    /* or NULL when not known */
    bool strict;                        /* suspect, inconclusive and gone fail */
    bool lenient;                       /* cases without a baseline entry are information, no failure */
    const mb_gate_policy *policy;       /* thresholds to be shown; NULL when nothing was compared */
    size_t noisy_count;                 /* comparisons of the run that share Holm's correction */
    bool is_threshold_by_case;          /* the project has thresholds of its own for some cases */
    const char *command;                /* how advice calls membench; NULL: "membench" */
    const char *command_end;            /* what has to come last in such a call: " -- make"; NULL: nothing */
    const char *judging, *filters;      /* options that go with it, each "" or with a blank before it; NULL: "" */
    const char *explain;                /* how advice has a case explained: "membench explain"; NULL: no such advice */
    const char *save_name;              /* baseline that advice tells to save to, e.g. "main"; NULL: no such advice */
    const char *saved_name;             /* baseline that this run was just saved to, or NULL */
    bool is_stored;                     /* measured before: nothing is advised to keep it */
    bool is_of_commands;                /* cases are commands of exec, which has options of its own */
    bool is_side_by_side;               /* both were measured in one run: no drift between them, nothing to record */
    const struct mb_soak_result *soaks; /* soaks next to the cases (soak_series.h); html shows them */
    size_t soak_count;
    const struct mb_wheres *wheres; /* call sites of what grew (where_words.h), or NULL */
    int signal_number;              /* that interrupted the run, or 0 */
    const char *run_name;           /* of the run, for formats that keep several: "main"; NULL: "new" */
} mb_report_model;

typedef struct mb_report_options {
    int width_columns;   /* of text; 0: 80 */
    bool unbroken;       /* sentences of text stay on one line, however long: of files, which nobody's terminal is */
    bool color;          /* escape codes in text; never without */
    bool unicode;        /* false: ± → become +- ->, and other characters of names "?" */
    bool verbose;        /* every metric and comparison, marks, regions and counts */
    bool quiet;          /* of the cases only those that failed */
    const bool *metrics; /* [MB_METRIC_COUNT]: show just these; NULL: what the format shows by itself */
    const char *plot;    /* of svg and png: which sweep or case; NULL: the only one there is */
    const char *folder;  /* of formats that write one: which */
} mb_report_options;

/* What a group's cases say together: for each metric what was fitted now and in the baseline, with points and verdict.
 */
typedef mb_sweep mb_report_sweep;

typedef struct mb_report_format mb_report_format;

/* A report under way. Formats read it; others take it as a handle. */
typedef struct mb_report {
    const mb_report_format *format;
    FILE *file;
    const mb_report_model *model;
    mb_report_options options;
    mb_tally tally;       /* holds the case being added already */
    mb_decision decision; /* whole at the end; until then its levels hold */
    void *state;          /* the format's own: state_bytes, zeroed */
} mb_report;

struct mb_report_format {
    const char *name;    /* "text", as --format takes it */
    const char *summary; /* one line for help */
    size_t state_bytes;
    bool writes_folder; /* writes files below options.folder, and nothing to the stream */
    mb_status (*begin)(mb_report *report, mb_error *error);
    mb_status (*add)(mb_report *report, const mb_report_case *item, mb_error *error);
    mb_status (*end)(mb_report *report, mb_error *error); /* writes what is left to write */
    void (*drop)(mb_report *report);                      /* or NULL; frees what state points to, always called */
    mb_status (*add_sweep)(mb_report *report, const mb_report_sweep *sweep, mb_error *error); /* or NULL: shows none */
};

/* All formats, ended by NULL; the order is that of help. */
extern const mb_report_format *const mb_report_formats[];

/* The format of that name, or NULL. */
const mb_report_format *mb_report_format_find(const char *name);

/* Starts a report; file and model are borrowed until close, options are copied. *report is new, freed by close alone.
 */
MB_NODISCARD mb_status mb_report_open(const mb_report_format *format, FILE *file, const mb_report_model *model,
                                      const mb_report_options *options, mb_report **report, mb_error *error);

/* Adds one case, borrowed for the call. Fails when memory is out or the stream has an error. Add the cases of a group
 * one after the other; text keeps groups apart by an empty line. */
MB_NODISCARD mb_status mb_report_add(mb_report *report, const mb_report_case *item, mb_error *error);

/* Adds a sweep, borrowed for the call, after the last case of its group; slopes that regressed become findings. Fails
 * as mb_report_add does. */
MB_NODISCARD mb_status mb_report_add_sweep(mb_report *report, const mb_report_sweep *sweep, mb_error *error);

/* Writes the rest, flushes the stream (without closing it), and frees the report, also on failure. When a write failed
 * at any time this fails with the system's reason. *tally, if not NULL, receives the counts; its findings are gone.
 * *decision, if not NULL, receives what they mean. */
MB_NODISCARD mb_status mb_report_close(mb_report *report, mb_tally *tally, mb_decision *decision, mb_error *error);

/* Frees the report without writing any more, after mb_report_add has failed. NULL is fine. */
void mb_report_abandon(mb_report *report);

#endif
