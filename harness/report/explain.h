/* explain.h: why a comparison came out as it did, in five lines: before, now, what was allowed, the rule that decided.
 *
 * The numbers are those that the gate used; the rules are docs/statistics.md. */
#ifndef MEMBENCH_REPORT_EXPLAIN_H
#define MEMBENCH_REPORT_EXPLAIN_H

#include "report/words.h"

enum { MB_EXPLAIN_LINE_BYTES = 512 };

/* What each line says; an empty one has nothing to say here. */
typedef struct mb_explanation {
    char before[MB_EXPLAIN_LINE_BYTES];  /* "1.20 MiB, the median of 20 samples, up to 1.31 MiB" */
    char now[MB_EXPLAIN_LINE_BYTES];     /* the same, with the change and its interval */
    char allowed[MB_EXPLAIN_LINE_BYTES]; /* up to which value, and what that is made of */
    char rule[MB_EXPLAIN_LINE_BYTES];    /* which rule decided, with its numbers */
} mb_explanation;

/* Explains a settled comparison. noisy_count: how many comparisons of the run share Holm's correction. */
void mb_explain(const mb_comparison *comparison, const mb_gate_policy *policy, size_t noisy_count,
                mb_explanation *explanation);

/* "varies with addresses: 193 to 269 KiB, before 160 to 224 KiB" where other conditions move it; else "". */
const char *mb_explain_conditions(const mb_comparison *comparison, char text[MB_EXPLAIN_LINE_BYTES]);

/* "in 9 of 40 samples up to 12.0 MiB; before at most 2.00 MiB" where a few samples in the tail decided; else "". */
const char *mb_explain_tail(const mb_comparison *comparison, char text[MB_EXPLAIN_LINE_BYTES]);

#endif
