/* calibrate.h: which readings can be trusted on this machine; for the coordinator.
 *
 * 1, 3, 25 and 257 fresh pages are touched and each source is asked before and after. Kernels 6.2-6.15
 * keep the resident set in per-CPU counters, so that status is off by up to 31 pages per CPU and counter: the version
 * does not tell, the comparison does. */
#ifndef MEMBENCH_READINGS_CALIBRATE_H
#define MEMBENCH_READINGS_CALIBRATE_H

#include "base/error.h"
#include "readings/readings.h"

#include <sys/types.h>

typedef enum mb_source {
    MB_SOURCE_STATM,
    MB_SOURCE_STATUS,
    MB_SOURCE_SMAPS_ROLLUP,
    MB_SOURCE_PAGEMAP_SCAN,
    MB_SOURCE_PAGEMAP,
    MB_SOURCE_FAULTS, /* getrusage */
    MB_SOURCE_PEAK,   /* VmHWM after clear_refs: error_pages is what it missed of a released transient */
    MB_SOURCE_PS,
    MB_SOURCE_COUNT
} mb_source;

const char *mb_source_name(mb_source source);    /* "smaps_rollup" */
const char *mb_source_summary(mb_source source); /* one line: what is read there */

typedef struct mb_source_report {
    bool available;
    bool exact;                          /* every step agreed with the truth; false when not available */
    int64_t error_pages;                 /* worst difference of a step, its sign: observed - true */
    int64_t cost_ns;                     /* median of several readings */
    char reason[MB_READER_REASON_BYTES]; /* why not available or not exact; empty when exact */
} mb_source_report;

typedef struct mb_calibration {
    mb_rss_source rss_source;                  /* for MEMBENCH_RSS */
    bool exact;                                /* that source agreed at every step */
    mb_source_report sources[MB_SOURCE_COUNT]; /* [MB_SOURCE_STATUS], and [MB_SOURCE_SMAPS_ROLLUP] where it was asked */
    char summary[2 * MB_READER_REASON_BYTES];  /* one line for the results: what was chosen and why */
} mb_calibration;

/* Chooses where sizes of the resident set come from: status when it is exact, else smaps_rollup when that is, else the
 * one with the smaller error, else ps. Once per session, 0.15 ms. root: as in mb_reader_open; when it holds folders
 * step-0 … step-4, each with proc/self/…, they are taken for recordings of this process's files before the first and
 * after each step. */
void mb_calibrate(const char *root, mb_calibration *calibration);

/* The table of `membench doctor`: every source, ps included, asked by and about a helper process (some 10 ms each
 * time). Fails when none can be had; a kernel that says nothing is not a failure. */
MB_NODISCARD mb_status mb_sources_probe(const char *root, mb_source_report reports[MB_SOURCE_COUNT], mb_error *error);

/* Resident bytes of a process as `ps -o rss= -p PID` says, found on PATH; a multiple of 1,024. */
MB_NODISCARD mb_status mb_ps_read(pid_t pid, int64_t *rss_bytes, mb_error *error);

/* Pure: the output of that command. */
bool mb_ps_parse(const char *text, size_t length, int64_t *rss_bytes);

#endif
