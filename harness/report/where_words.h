/* where_words.h: call sites in words, the same in every format made for people. */
#ifndef MEMBENCH_REPORT_WHERE_WORDS_H
#define MEMBENCH_REPORT_WHERE_WORDS_H

#include "base/json_writer.h"
#include "judge/compare.h"
#include "sites/site_diff.h"

#include <stdio.h>

enum { MB_WHERE_TEXT_BYTES = 2048, MB_WHERE_SHOWN = 5 };

enum { MB_WHERE_METRICS_MAX = 16, MB_WHERE_FINDINGS_MAX = 16 };

/* What is known of where some metrics of a case grew, which the same call sites explain. */
typedef struct mb_where_finding {
    mb_metric metrics[MB_WHERE_METRICS_MAX]; /* the first is the one whose difference is reported */
    size_t metric_count;
    mb_verdict verdict; /* of these metrics */
    mb_where where;
    bool is_of_pages;     /* the heap's part of metrics that count pages */
    const char *pages;    /* of those: which owners of pages grew, or NULL */
    const char *obstacle; /* why nothing is known; NULL: it is */
} mb_where_finding;

/* Of one case. */
typedef struct mb_where_findings {
    const char *case_id;
    mb_where_finding items[MB_WHERE_FINDINGS_MAX];
    size_t count;
} mb_where_findings;

/* Of a run. */
typedef struct mb_wheres {
    const mb_where_findings *cases;
    size_t case_count;
} mb_wheres;

/* NULL: nothing is known of that case, or wheres is NULL. */
const mb_where_findings *mb_wheres_find(const mb_wheres *wheres, const char *case_id);

/* "where", or "where (heap, cold heap)" in a case with several findings. */
const char *mb_where_label(const mb_where_findings *findings, const mb_where_finding *finding,
                           char text[MB_WHERE_TEXT_BYTES]);

/* "2 call sites explain 100% of +15.6 KiB", and of metrics in pages "… of the heap's +15.6 KiB". */
const char *mb_where_headline(const mb_where_finding *finding, char text[MB_WHERE_TEXT_BYTES]);

/* "+16,000 B", "+200 calls"; of what is not a comparison without a sign. */
const char *mb_where_size(const mb_where *where, const mb_where_entry *entry, char text[MB_WHERE_TEXT_BYTES]);

/* "1,000 blocks, 56 → 72 B each (asked for: 50 → 58)". */
const char *mb_where_blocks(const mb_where *where, const mb_where_entry *entry, bool unicode,
                            char text[MB_WHERE_TEXT_BYTES]);

/* "hashtable_set hashtable.c:249 ← json_object_set_new ← parse_object", with as many callers. */
const char *mb_where_path(const mb_where_entry *entry, size_t callers_max, bool unicode,
                          char text[MB_WHERE_TEXT_BYTES]);

/* "3 more: +120 B", of those behind the first ones; "" where there are none. */
const char *mb_where_rest(const mb_where *where, size_t shown_count, char text[MB_WHERE_TEXT_BYTES]);

/* Two lines for each of the first call sites, the rest in one, and what has none: of one build, without a comparison.
 */
void mb_where_print_rows(FILE *file, const mb_where *where, size_t shown_max, bool unicode);

/* The lines under a case, each indented by so much: of metrics with that verdict, MB_VERDICT_COUNT: of all. */
void mb_where_print(FILE *file, const mb_where_findings *findings, mb_verdict verdict, size_t shown_max, int indent,
                    bool unicode);

/* An object with what is known; the array "where" of a case. */
void mb_where_write_json(mb_json_writer *json, const char *key, const mb_where *where);
/* Members of an open object: function, module, file, line, callers. */
void mb_where_write_place(mb_json_writer *json, const mb_where_entry *entry);
void mb_where_write_findings(mb_json_writer *json, const mb_where_findings *findings);

/* Path of a source as a pull request has it: below the root of the git repository that the current folder is in, or
 * without one below the current folder. NULL: it is none of the project's. */
const char *mb_where_own_path(const char *path, char text[MB_WHERE_TEXT_BYTES]);

#endif
