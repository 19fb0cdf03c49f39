/* report_fixture.h: a run made by hand in which every outcome and every verdict appears, for the report's tests. */
#ifndef MEMBENCH_TESTS_REPORT_FIXTURE_H
#define MEMBENCH_TESTS_REPORT_FIXTURE_H

#include "report/report.h"

enum { FIXTURE_CASES_MAX = 20 };

typedef struct fixture {
    mb_report_model model;
    mb_report_case items[FIXTURE_CASES_MAX];
    size_t item_count;
    const mb_report_sweep *sweep; /* one more, added at the end; or NULL */
    mb_arena arena;
} fixture;

/* Everything, compared with the baseline "main". Borrowed strings are static; fixture_fini frees the rest. */
void fixture_init_full(fixture *made);

/* Two ordinary cases, compared with nothing. */
void fixture_init_plain(fixture *made);

/* Cases whose names and messages try to break out of each format. */
void fixture_init_hostile(fixture *made);

/* An ordinary case of that id added to the fixture; its samples are those of 100 jobs. */
mb_case_result *fixture_add_jobs(fixture *made, const char *id, uint64_t jobs);

/* Adds a comparison to the last case: rank path with an interval of one percent each side, or exact path. */
void fixture_compare(fixture *made, mb_metric metric, mb_verdict verdict, double baseline, double current, bool exact);

/* Renders all of the fixture; the text is malloc'd, terminated, and NULL on failure. */
char *fixture_render(const fixture *made, const char *format, const mb_report_options *options, mb_tally *tally);

/* The same, with what the report decided. */
char *fixture_render_decided(const fixture *made, const char *format, const mb_report_options *options, mb_tally *tally,
                             mb_decision *decision);

/* Whether the format renders any model to a stream: not folders, nor pictures, which show one thing of a run. */
bool fixture_can_render(const mb_report_format *format);

void fixture_fini(fixture *made);

#endif
