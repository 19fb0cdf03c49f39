/* progress.h: the one line on a terminal that says what is being measured, how far it is, and how long it will take.
 *
 * It is rewritten in place, at most 20 times a second, and erased before anything else is printed. No clock in here:
 * the caller passes the time. On anything but a terminal nothing is ever written. */
#ifndef MEMBENCH_BASE_PROGRESS_H
#define MEMBENCH_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { MB_PROGRESS_INTERVAL_NS = 50 * 1000 * 1000, MB_PROGRESS_LINE_BYTES_MAX = 2048 };

typedef struct mb_progress_view {
    const char *case_id;               /* what is being measured */
    size_t case_index, case_count;     /* the first is 1 */
    size_t sample_index, sample_count; /* of this case, the first is 1; sample_count 0: not shown */
    const char *estimate;              /* e.g. "anon +156 KiB", or NULL */
    size_t done_count, total_count;    /* workers, over the whole run */
    uint64_t elapsed_ns;               /* since the first worker was started */
} mb_progress_view;

/* Writes the line, terminated, without escape codes, and never wider than width_columns (0: 80). Returns its width in
 * columns. What does not fit goes in this order: estimate, sample, time left, then the case id is cut in its middle.
 * The time left is shown once a twentieth of the work, or three workers, are done. */
int mb_progress_format(const mb_progress_view *view, int width_columns, bool unicode,
                       char line[MB_PROGRESS_LINE_BYTES_MAX]);

/* Time left if the rest goes on like what is done; UINT64_MAX when nothing is done yet. */
uint64_t mb_progress_left_ns(size_t done_count, size_t total_count, uint64_t elapsed_ns);

typedef struct mb_progress {
    FILE *terminal;
    bool active; /* it is a terminal, and progress is wanted */
    bool unicode;
    bool visible; /* there is a line to erase */
    bool started;
    uint64_t last_ns;
} mb_progress;

/* terminal is borrowed. active: the caller has found it to be a terminal (and neither --quiet nor TERM=dumb). */
void mb_progress_init(mb_progress *progress, FILE *terminal, bool active, bool unicode);

/* On standard error, if it is a terminal that can draw and nobody asked for quiet. */
void mb_progress_start(mb_progress *progress, bool is_quiet);

/* Shows the line, as wide as the terminal is now, unless the last one is younger than MB_PROGRESS_INTERVAL_NS. */
void mb_progress_update(mb_progress *progress, const mb_progress_view *view, uint64_t now_ns);

/* Erases the line: call it before printing anything to the same terminal, on stdout too, and at the end. */
void mb_progress_clear(mb_progress *progress);

#endif
