/* exec_timeline.h: memory over time of commands: each is run once more, and what its processes held is written as
 * columns, a picture or a page.
 *
 *     mb_exec_timeline_check, before anything is measured ─▶ … ─▶ mb_exec_timeline
 *                       records of all commands ─▶ timeline_say.c   sentences
 *                                               ─▶ timeline_plot.c  a picture, by gnuplot
 *                                               ─▶ timeline_page.c  picture and tables for a browser */
#ifndef MEMBENCH_FEATURES_EXEC_EXEC_TIMELINE_H
#define MEMBENCH_FEATURES_EXEC_EXEC_TIMELINE_H

#include "features/exec/exec.h"
#include "process/timeline.h"

#include <stdio.h>

enum { MB_TIMELINE_TEXT_BYTES = 512, MB_TIMELINE_GAPS_MAX = 8 };

/* One run of one command. */
typedef struct mb_timeline_record {
    char label[MB_TIMELINE_TEXT_BYTES];
    mb_timeline timeline;
    bool has_run;                         /* false: it could not be started, for the reason in the outcome */
    char outcome[MB_TIMELINE_TEXT_BYTES]; /* "": it succeeded */
    char refusal[128];
    bool is_traced;
    uint64_t wall_ns;
    size_t unread_count, inexact_count;
} mb_timeline_record;

typedef struct mb_timeline_records {
    mb_timeline_record *records;
    size_t count;
} mb_timeline_records;

/* Whether the files of --timeline can be written: their folders are there, and gnuplot where a picture is wanted. */
MB_NODISCARD mb_status mb_exec_timeline_check(const mb_options *options, mb_error *error);

/* Runs each command of all execs once more and writes what --timeline asks for; says on out, if not NULL, what was
 * seen. labels: one an exec, put before its command; NULL: its cases' ids. Nothing is written after a signal, which the
 * execs have then. */
MB_NODISCARD mb_status mb_exec_timeline(mb_exec *const *execs, const char *const *labels, size_t count, FILE *out,
                                        mb_error *error);

/* Sentences of a record, without a line break, into text, which they return. (timeline_say.c) */
/* "36.7 MiB anonymous at 1.20 s, in python3 (4711); resident 43.3 MiB at most"; says so where nothing was read. */
const char *mb_timeline_say_peak(const mb_timeline_record *record, char text[MB_TIMELINE_TEXT_BYTES]);
/* Of the same program: "12.0 MiB anonymous, read at 1.30 s, in python3 (4711)"; "last seen" where not at its end. */
const char *mb_timeline_say_end(const mb_timeline_record *record, char text[MB_TIMELINE_TEXT_BYTES]);
/* "80.2 MiB anonymous at 0.31 s, as sampled"; "" where there was one process alone. */
const char *mb_timeline_say_tree(const mb_timeline_record *record, char text[MB_TIMELINE_TEXT_BYTES]);
/* What could not be read, a sentence each. Returns how many. */
size_t mb_timeline_say_gaps(const mb_timeline_record *record, char texts[MB_TIMELINE_GAPS_MAX][MB_TIMELINE_TEXT_BYTES]);

/* Whether there was more than one process. */
bool mb_timeline_has_tree(const mb_timeline_record *record);

/* A script for mb_gnuplot_draw. (timeline_plot.c) */
void mb_timeline_plot_write(FILE *script, const mb_timeline_records *records);
enum { MB_TIMELINE_PLOT_WIDTH = 1000, MB_TIMELINE_PLOT_HEIGHT = 640 }; /* pixels */

/* Draws it as SVG into file. */
MB_NODISCARD mb_status mb_timeline_draw(FILE *file, const mb_timeline_records *records, mb_error *error);

/* (timeline_page.c) */
void mb_timeline_page_write(FILE *file, const mb_timeline_records *records);

#endif
