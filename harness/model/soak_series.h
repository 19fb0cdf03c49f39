/* soak_series.h: a soak on disk: NDJSON as it goes, CSV when it is over, and both read again. docs/soak.md has the
 * format.
 *
 *     mb_soak_writer_open ─▶ mb_soak_writer_tick … ─▶ mb_soak_writer_end ─▶ mb_soak_writer_close
 *     mb_soak_read ─▶ mb_soak_series ─▶ mb_soak_series_fini
 *
 * Every line is one write: whoever is killed loses at most the tick at hand. */
#ifndef MEMBENCH_MODEL_SOAK_SERIES_H
#define MEMBENCH_MODEL_SOAK_SERIES_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MB_SOAK_FORMAT = 1, MB_SOAK_PHASES_MAX = 64 };

typedef enum mb_soak_kind { MB_SOAK_RUN, MB_SOAK_IDLE, MB_SOAK_TRIM, MB_SOAK_KIND_COUNT } mb_soak_kind;

/* "run", "idle", "trim". */
const char *mb_soak_kind_name(mb_soak_kind kind);

typedef struct mb_soak_phase {
    mb_soak_kind kind;
    double length_seconds;
} mb_soak_phase;

/* What is recorded at each tick. */
typedef enum mb_soak_field {
    MB_SOAK_RSS_BYTES,
    MB_SOAK_ANON_BYTES,     /* RssAnon + RssShmem */
    MB_SOAK_SWAP_BYTES,     /* the part of it that was swapped out */
    MB_SOAK_PEAK_RSS_BYTES, /* VmHWM, since the process was started */
    MB_SOAK_MEMORY_PERCENT, /* resident share of the machine's memory, in per cent: what ps calls %MEM */
    MB_SOAK_HEAP_LIVE_BYTES,
    MB_SOAK_OPERATION_COUNT, /* done so far */
    MB_SOAK_THREAD_COUNT,
    MB_SOAK_PROCESS_ID,     /* of the process that is watched; another one: it was started again */
    MB_SOAK_PROCESS_COUNT,  /* it and its descendants */
    MB_SOAK_REPLACED_COUNT, /* descendants that ended and had another one come, so far */
    MB_SOAK_FIELD_COUNT
} mb_soak_field;

/* "rss_bytes", …: key of NDJSON and head of CSV. */
const char *mb_soak_field_name(mb_soak_field field);

typedef struct mb_soak_tick {
    double time_seconds; /* since the soak began */
    size_t phase_index;
    mb_soak_kind kind;
    double values[MB_SOAK_FIELD_COUNT];
    bool is_known[MB_SOAK_FIELD_COUNT]; /* false: its value is 0 and means nothing */
} mb_soak_tick;

/* What holds for a whole soak. Strings may be NULL: not known. */
typedef struct mb_soak_about {
    const char *target; /* id of the case, "pid 123", the command */
    const char *date, *version, *host_name, *kernel;
    uint64_t memory_total_bytes; /* 0: not known */
    double interval_seconds;
    double time_scale; /* recorded seconds in one of the clock; 1 but in tests */
    double tolerance_bytes_per_hour;
    bool is_repeated; /* judged at several looks */
    mb_soak_phase phases[MB_SOAK_PHASES_MAX];
    size_t phase_count;
} mb_soak_about;

/* What the operations of a leak leave, by call site. The view is sites/site_set.h's, which is above: borrowed. */
typedef struct mb_soak_where {
    double operation_count;          /* of the window in which it was looked for, after as many */
    const struct mb_site_view *view; /* NULL: nothing is known */
    const char *obstacle;            /* why that is so */
} mb_soak_where;

typedef struct mb_soak_series {
    mb_soak_about about;
    mb_soak_tick *ticks;
    size_t count, capacity;
    const mb_soak_where *where; /* NULL: no call sites were looked for */
    const char *end;            /* why it ended: "done", "interrupted", …; NULL: nobody could write it down */
    mb_arena arena;             /* of the strings */
} mb_soak_series;               /* zeroed is empty and ready */

/* Appends a tick. Fails when memory is out. */
MB_NODISCARD mb_status mb_soak_series_add(mb_soak_series *series, const mb_soak_tick *tick, mb_error *error);
void mb_soak_series_fini(mb_soak_series *series);

/* A tick's size of that field; that of anonymous memory with the part that was swapped out. False when it is not known.
 */
bool mb_soak_tick_size(const mb_soak_tick *tick, mb_soak_field field, double *size_bytes);

/* The series to be judged: time spent in run phases, sizes, and operations, of the ticks that know them. Each array has
 * room for series->count. Returns how many; *has_operations: all of them know their operations. */
size_t mb_soak_series_extract(const mb_soak_series *series, mb_soak_field field, double *time_seconds,
                              double *size_bytes, double *operation_count, bool *has_operations);

/* Where what was extracted begins again: places, above 0 and ascending, at which the processes are others than before.
 * Returns how many there are; the first `limit` of them are written. *is_restarted: the process itself is another one;
 * then only those places are returned, else those at which a descendant was replaced. */
size_t mb_soak_series_cuts(const mb_soak_series *series, mb_soak_field field, size_t *cuts, size_t limit,
                           bool *is_restarted);

typedef struct mb_soak_writer mb_soak_writer; /* freed by close */

/* Makes a new file and writes its first line. Fails when there is one already: an hour's record is not overwritten. */
MB_NODISCARD mb_status mb_soak_writer_open(const char *path, const mb_soak_about *about, mb_soak_writer **writer,
                                           mb_error *error);
MB_NODISCARD mb_status mb_soak_writer_tick(mb_soak_writer *writer, const mb_soak_tick *tick, mb_error *error);
/* A line with the call sites of what operations leave. */
MB_NODISCARD mb_status mb_soak_writer_where(mb_soak_writer *writer, const mb_soak_where *where, mb_error *error);
/* The last line. verdict: for readers; it is judged again when read. */
MB_NODISCARD mb_status mb_soak_writer_end(mb_soak_writer *writer, const char *end, const char *verdict,
                                          mb_error *error);
void mb_soak_writer_close(mb_soak_writer *writer); /* NULL is fine */

/* Writes all ticks to a CSV file, whole or not at all. */
MB_NODISCARD mb_status mb_soak_csv_write(const char *path, const mb_soak_series *series, mb_error *error);

/* Which columns of somebody's recording are the time and the size, and in which units: "t:ms,rss:kB" or "1,3:MiB". */
typedef struct mb_soak_said {
    struct {
        const char *name; /* or a number from 1; borrowed */
        size_t length;
        double factor; /* to seconds or bytes; 0: the head or the cells say it */
    } columns[2];      /* time, size */
} mb_soak_said;

/* False, with *said untouched, when text is not of that form or names a unit that there is not. */
bool mb_soak_said_parse(const char *text, mb_soak_said *said);

/* Reads NDJSON of a soak, its CSV, what other tools record (docs/soak.md), or a plain CSV of seconds and bytes with or
 * without a head; "-" is standard input. said: of which columns, or NULL: those that are known by their names. Times
 * must not go back. A last line that was cut is left out. *series is to be freed, also after a failure. */
MB_NODISCARD mb_status mb_soak_read(const char *path, const mb_soak_said *said, mb_soak_series *series,
                                    mb_error *error);

/* The same from memory; text[length] must be 0. Messages read "NAME: line 3: …". */
MB_NODISCARD mb_status mb_soak_read_memory(const char *name, const char *text, size_t length, const mb_soak_said *said,
                                           mb_soak_series *series, mb_error *error);

#endif
