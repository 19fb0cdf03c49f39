/* cause_words.h: causes in words, the same in every format made for people. */
#ifndef MEMBENCH_REPORT_CAUSE_WORDS_H
#define MEMBENCH_REPORT_CAUSE_WORDS_H

#include "judge/causes.h"
#include "report/words.h"

enum { MB_CAUSE_TEXT_MAX = 1024 }; /* bytes that any of the texts below needs, terminator included */

/* "memory_job_creation" of several cases, "memory_job_creation/200" of one. */
const char *mb_cause_name(const mb_cause *cause, char text[MB_CAUSE_TEXT_MAX]);

/* "4 cases", "4 cases and 1 slope". */
const char *mb_cause_count(const mb_cause *cause, char text[MB_WORDS_TEXT_MAX]);

/* One change of a case or slope, without its metric: "+11.6% (+1.41 KiB)"; "" when there is no number. */
void mb_cause_change(const mb_finding *finding, const mb_finding_change *change, char text[MB_WORDS_TEXT_MAX]);

/* " since v1.0" of what grew since an older baseline; else "". */
const char *mb_words_since(const mb_finding *finding, char text[MB_WORDS_TEXT_MAX]);

/* How much, in the metric that stands for all: "heap +144 B per job", "heap +4.00 KiB each", "heap +11.6% (+1.41 KiB)",
 * "crashed: SIGSEGV in run of the cold window"; "" when there is nothing to say. */
const char *mb_cause_growth(const mb_cause *cause, char text[MB_CAUSE_TEXT_MAX]);

/* What else changed: "also heap peak, anon, peak (first use too); calls +4.3% (+50)". A metric that tells what the lead
 * tells is named, another one has its numbers. "" when nothing did. */
const char *mb_cause_also(const mb_cause *cause, char text[MB_CAUSE_TEXT_MAX]);

/* The same for one finding, as if it were a cause of its own. */
const char *mb_cause_finding_line(const mb_finding *finding, char text[MB_CAUSE_TEXT_MAX]);

/* Growth and what else changed. */
const char *mb_cause_line(const mb_cause *cause, char text[MB_CAUSE_TEXT_MAX]);

#endif
