/* report.h: WAMR's report of its own memory, read from the lines it prints.
 *
 * WAMR tells what it holds only by printing. Its libraries are built to print through wamr_report_vprintf, which keeps
 * the figures while a report is open and drops everything else, so that no warning is ever written inside of a window.
 * Nothing here allocates. */
#ifndef BENCH_WASM_WAMR_REPORT_H
#define BENCH_WASM_WAMR_REPORT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

typedef struct wamr_figure {
    const char *name; /* with its unit: "module_own_bytes"; static */
    int64_t value;
} wamr_figure;

enum { WAMR_FIGURES_MAX = 16 };

typedef struct wamr_report {
    size_t figure_count;
    wamr_figure figures[WAMR_FIGURES_MAX]; /* in the order printed */
} wamr_report;

/* Lines printed between the two are read into *report, which must live until the end. One report at a time. */
void wamr_report_begin(wamr_report *report);
void wamr_report_end(void);

/* What WAMR prints through, instead of vprintf. Returns the number of characters the text has. */
int wamr_report_vprintf(const char *format, va_list arguments);

#endif
