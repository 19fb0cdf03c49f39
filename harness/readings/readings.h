/* readings.h: what a process says of its own memory: one caller-owned reader, one function per kind of number.
 *
 *     mb_reader_open ─▶ B: footprint, peak_reset, memory, faults ─▶ E1: faults, memory, footprint ─▶ … ─▶ close
 *
 * Needs libc only, so that it can be in any measured process, static and musl ones included. Descriptors are opened
 * once and kept; a reading allocates nothing, opens nothing, prints nothing and, after mb_reader_open has called each
 * reader once, touches no new page. A reader belongs to the process and the thread that opened it: after fork() open
 * another. A number that cannot be read is reported as missing, never 0. Why each source: docs/measuring.md. */
#ifndef MEMBENCH_READINGS_READINGS_H
#define MEMBENCH_READINGS_READINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where sizes of the resident set come from; chosen once per session by calibration (calibrate.h). */
typedef enum mb_rss_source {
    MB_RSS_STATUS,       /* /proc/self/status: the usual one */
    MB_RSS_SMAPS_ROLLUP, /* /proc/self/smaps_rollup: exact where the kernel's counters are approximate, and slower */
    MB_RSS_PS,           /* `ps -o rss=`, asked from outside: mb_memory_read finds nothing then */
    MB_RSS_SOURCE_COUNT
} mb_rss_source;

/* "status", "smaps_rollup", "ps"; find leaves *source untouched when there is no such name. */
const char *mb_rss_source_name(mb_rss_source source);
bool mb_rss_source_find(const char *name, mb_rss_source *source);

/* Which members of a reading hold a number. */
enum {
    MB_READING_RSS = 1u << 0,
    MB_READING_ANON = 1u << 1,
    MB_READING_FOOTPRINT = 1u << 2,
    MB_READING_FILE = 1u << 3,
    MB_READING_PEAK = 1u << 4,
    MB_READING_SWAP = 1u << 5,
    MB_READING_PAGE_TABLE = 1u << 6,
};

/* Sizes at one moment. A member without its bit in `valid` is 0 and means nothing. */
typedef struct mb_memory_reading {
    int64_t rss_bytes;  /* resident: VmRSS, or Rss of smaps_rollup; with huge pages of hugetlbfs, as all but file */
    int64_t anon_bytes; /* RssAnon + RssShmem; of smaps_rollup Anonymous + Pss_Shmem, where memory shared with
                         * another process counts in part */
    int64_t footprint_bytes;  /* RssAnon alone, or Anonymous of smaps_rollup: as mb_footprint_read counts, but for: */
    int64_t hugetlb_bytes;    /* huge pages of hugetlbfs in it that may be shared: status does not list these apart */
    int64_t file_bytes;       /* RssFile, or Rss less the two above */
    int64_t peak_rss_bytes;   /* VmHWM since mb_peak_reset, from the same read of status as its VmRSS */
    int64_t swap_bytes;       /* VmSwap: above 0 the reading must be refused */
    int64_t page_table_bytes; /* VmPTE */
    unsigned valid;           /* MB_READING_… */
} mb_memory_reading;

typedef enum mb_reader_file {
    MB_FILE_STATM,
    MB_FILE_STATUS,
    MB_FILE_SMAPS_ROLLUP,
    MB_FILE_PAGEMAP,
    MB_FILE_CLEAR_REFS,
    MB_FILE_COUNT
} mb_reader_file;

enum {
    MB_READER_TEXT_BYTES = 8192,
    MB_READER_REASON_BYTES = 128,
};

/* Open descriptors and room to read into; owned by the caller, best in static storage. Members are private. */
typedef struct mb_reader {
    int descriptors[MB_FILE_COUNT]; /* -1: not open */
    int errors[MB_FILE_COUNT];      /* errno of the failed open */
    mb_rss_source rss_source;
    uint64_t page_bytes;
    uint64_t scan_end;           /* end of the addresses PAGEMAP_SCAN accepts; 0: it cannot be used */
    int scan_error;              /* errno of its first try, when it cannot */
    int peak_error;              /* errno of the first try to reset the peak, 0 when that works */
    mb_memory_reading discarded; /* of the warm-up */
    union {
        char text[MB_READER_TEXT_BYTES];
        uint64_t entries[MB_READER_TEXT_BYTES / 8];
    } buffer;
} mb_reader;

/* Opens what can be opened of ROOT/proc/self/… and calls each reader once, so that later calls touch no new page.
 * root: "" or NULL is "/". What cannot be opened is explained by mb_reader_explain and makes its readings missing. */
void mb_reader_open(mb_reader *reader, const char *root, mb_rss_source rss_source);
void mb_reader_close(mb_reader *reader);

/* False when the file is open; else true and why it is not, e.g. "cannot open /proc/self/pagemap: Permission denied".
 * Not for use inside a window. */
bool mb_reader_explain(const mb_reader *reader, mb_reader_file file, char reason[MB_READER_REASON_BYTES]);

/* The same for PAGEMAP_SCAN, which needs more than the open file. */
bool mb_reader_explain_scan(const mb_reader *reader, char reason[MB_READER_REASON_BYTES]);

/* Sizes of the resident set from the reader's source; with MB_RSS_SMAPS_ROLLUP, peak and page tables still come from
 * status. False when rss or anon could not be read; *reading then has valid 0. 4-10 us from status. */
bool mb_memory_read(mb_reader *reader, mb_memory_reading *reading);

/* mb_reader_open in parts, since each file costs a start some 10 us: what mb_memory_read of that source needs … */
void mb_reader_open_sizes(mb_reader *reader, const char *root, mb_rss_source rss_source);
/* … and, on top of it, what mb_footprint_read and mb_region_read need; false where that was done before. */
bool mb_reader_open_addresses(mb_reader *reader, const char *root);
/* Opens what mb_peak_reset needs on top of it. */
void mb_reader_open_peak(mb_reader *reader, const char *root);
/* Opens statm alone, for the next function; the reader is good for nothing else then. */
void mb_reader_open_statm(mb_reader *reader, const char *root);
/* Resident bytes that are neither file nor shared (fields 2 and 3 of statm), which on some kernels is off by pages. */
bool mb_statm_read_anon(mb_reader *reader, int64_t *anon_bytes);

/* Resident bytes (field 2 of statm), 1 us whatever the size. File pages are in it. */
bool mb_statm_read(mb_reader *reader, int64_t *rss_bytes);

/* Bytes in present pages of this process that are not a file's, nobody else's memory and not the zero page:
 * PAGEMAP_SCAN (Linux 6.7 and later), else Anonymous of smaps_rollup. Shared anonymous memory is not in it. 5-50 us in
 * a small process, 3-11 ms at 1 GB. */
bool mb_footprint_read(mb_reader *reader, int64_t *footprint_bytes);

/* The two sources behind it, each alone. */
bool mb_pagemap_scan_read(mb_reader *reader, int64_t *footprint_bytes);
bool mb_smaps_rollup_read(mb_reader *reader, mb_memory_reading *reading);
bool mb_status_read(mb_reader *reader, mb_memory_reading *reading);

/* Bytes of [address, address + nominal_bytes) that lie in present pages (the present bit of pagemap; a page that was
 * only ever read counts, unlike in the resident set). Pages at the ends count with the part inside the range. */
bool mb_region_read(mb_reader *reader, const void *address, uint64_t nominal_bytes, int64_t *resident_bytes);

/* The same entry by entry from pagemap, without PAGEMAP_SCAN: what mb_region_read does on older kernels. */
bool mb_pagemap_read(mb_reader *reader, const void *address, uint64_t nominal_bytes, int64_t *resident_bytes);

/* Minor page faults of this process so far (ru_minflt of getrusage). */
bool mb_faults_read(int64_t *minor_count);

/* Sets the peak (VmHWM) back to the present resident set: writes 5 to clear_refs. False when that is refused. */
bool mb_peak_reset(mb_reader *reader);

/* How far a released peak may lie above VmHWM. The kernel notes peaks from counters that are summed up only when a
 * CPU has gathered max(32, 2 · CPUs) pages; three counters (file, anonymous, shared) make the resident set. */
int64_t mb_peak_bound_bytes(int cpu_count, uint64_t page_bytes);

/* Parsers behind the readers: pure, for any text (it need not be terminated). A key that is missing, doubled, cut or
 * not a plain decimal number of kB leaves its bit out of reading->valid. */
void mb_status_parse(const char *text, size_t length, mb_memory_reading *reading);
void mb_smaps_rollup_parse(const char *text, size_t length, mb_memory_reading *reading);
bool mb_statm_parse(const char *text, size_t length, uint64_t page_bytes, int64_t *rss_bytes, int64_t *own_anon_bytes);

#endif
