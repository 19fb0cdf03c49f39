/* soak_words.h: a judged soak, and its verdict and figures in words, as every report has them. */
#ifndef MEMBENCH_REPORT_SOAK_WORDS_H
#define MEMBENCH_REPORT_SOAK_WORDS_H

#include "judge/leak.h"
#include "judge/leak_exact.h"
#include "judge/leak_idle.h"
#include "model/soak_series.h"

enum { MB_SOAK_TEXT_MAX = 256 };

/* "0:12:34", of a time. */
const char *mb_soak_clock_format(double seconds, char text[MB_SOAK_TEXT_MAX]);

/* "30 min", "1 h 35 min", "45 s". */
const char *mb_soak_time_format(double seconds, char text[MB_SOAK_TEXT_MAX]);

/* "+12.0 KiB/h". */
const char *mb_soak_rate_format(double bytes_per_hour, char text[MB_SOAK_TEXT_MAX]);

typedef struct mb_soak_result {
    const mb_soak_series *series;
    mb_soak_field field; /* that was judged */
    mb_soak_judgement judgement;
    bool has_rss;
    mb_soak_judgement rss; /* of the resident set, to be mentioned when it differs */
    const mb_soak_rule *rule;
    mb_soak_idle idle;   /* of the last idle phase, of the field */
    mb_soak_exact exact; /* kept by each operation on the heap, where counters say it */
} mb_soak_result;

/* "DECLINED: 37.0 MiB of the 45.4 MiB that came with the load was given back (82 %)"; "" without an idle phase after a
 * run.
 */
void mb_soak_idle_format(const mb_soak_idle *idle, char *text, size_t size);

/* "memory grew steadily by …": the reason in a sentence, and what to do next; of a plateau for how long it holds. */
void mb_soak_reason_format(const mb_soak_result *result, char *text, size_t size);

#endif
