/* readings_truth.h: what the program of known truth reports to readings_test.c; one of these on its standard output. */
#ifndef MEMBENCH_TESTS_READINGS_TRUTH_H
#define MEMBENCH_TESTS_READINGS_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

/* Differences to B unless it says otherwise. -1 in a number that cannot be negative: it could not be read. */
typedef struct truth_report {
    bool is_read; /* every source that was asked answered */
    int64_t rss_bytes, anon_bytes, status_footprint_bytes, file_bytes, page_table_bytes; /* the chosen source, E1 */
    int64_t statm_bytes, scan_bytes, rollup_anon_bytes, rollup_rss_bytes;                /* E1 */
    int64_t fault_count;                                                                 /* E1 */
    int64_t region_bytes, region_by_entry_bytes;                                         /* E1, absolute */
    int64_t peak_bytes, retained_rss_bytes, retained_anon_bytes;                         /* E2 */
    int64_t trimmed_rss_bytes, trimmed_anon_bytes;                                       /* T */
    int64_t swap_bytes;                                                                  /* E1, absolute */
    bool was_trimmed;
    char allocator[64], libc[64], aslr[16], thp[16];
} truth_report;

#endif
