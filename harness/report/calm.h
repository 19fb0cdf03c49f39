/* calm.h: what is said when nothing asks for action. It never says that nothing grew where something did. */
#ifndef MEMBENCH_REPORT_CALM_H
#define MEMBENCH_REPORT_CALM_H

#include "report/report.h"
#include "report/words.h"

enum { MB_CALM_TEXT_MAX = 5 * MB_WORDS_TEXT_MAX + MB_ID_BYTES_MAX };

/* The threshold when it is one for all cases and all gating metrics, else a negative number. */
double mb_calm_threshold(const mb_report_model *model);

/* The decision's calm in a sentence without its full stop: "Measured", "No memory grew", "Nothing grew beyond 10%;
 * largest: anon +4.2% (+3.00 KiB) in jobs/10". The name in it is as the case has it. */
const char *mb_calm_sentence(const mb_report *report, char text[MB_CALM_TEXT_MAX]);

/* Whether growth passed by the floor of its metric, which is larger than the threshold here. */
bool mb_calm_is_floored(double ratio, double difference, double threshold_ratio, double floor);

/* "heap up to 95.4 MiB in 1 of 20 samples": more than is allowed, in too few of them to fail. */
const char *mb_calm_tail(mb_metric metric, double highest, size_t tail_count, size_t sample_count,
                         char text[MB_WORDS_TEXT_MAX]);

/* "below the floor of 64.0 KiB for noisy metrics", or "within the floor of 4.00 KiB" of metrics that repeat exactly. */
const char *mb_calm_floor(mb_metric metric, double floor, bool is_exact, char text[MB_WORDS_TEXT_MAX]);

#endif
