/* decide_space.h: a generated space of runs for the tests of the decision: all sets of findings, strict and lenient,
 * stored, side by side and compared with nothing, with cases that did not change, grew within what is allowed, or grew
 * unjudged, and with none. */
#ifndef MEMBENCH_TESTS_DECIDE_SPACE_H
#define MEMBENCH_TESTS_DECIDE_SPACE_H

#include "tests/report_fixture.h"

/* What the run holds besides its findings. */
typedef enum rest {
    REST_NONE,
    REST_UNCHANGED,
    REST_WITHIN,   /* grew by 4 %, allowed by the threshold */
    REST_FLOORED,  /* grew by half, allowed by the floor of noisy metrics */
    REST_UNJUDGED, /* the gating metric is unchanged, one that does not grew by a quarter */
    REST_BOTH,     /* that and REST_WITHIN */
    REST_ADVISORY, /* an advisory case that did not change */
    REST_COUNT
} rest;

typedef enum mode { MODE_MEASURED, MODE_STORED, MODE_SIDE_BY_SIDE, MODE_COUNT } mode;

/* One run of the space. */
typedef struct point {
    unsigned kinds; /* bits of mb_finding_kind */
    rest rest;
    mode mode;
    bool is_strict, is_lenient;
    bool is_merged; /* what is found of budgets is found of a case that has another finding, too */
} point;

/* Cases that are made once: one for each kind, one for each rest. */
typedef struct parts {
    fixture made;
    mb_report_case kinds[MB_FINDING_KIND_COUNT];
    mb_report_case rests[REST_COUNT];
    mb_budget_check over, unmeasured;
} parts;

bool has(const point *p, mb_finding_kind kind);

void parts_init(parts *all);
void parts_fini(parts *all);

/* The run of a point: its cases, and what the report is asked for. Borrows from all. */
void make_run(const parts *all, const point *p, fixture *run);

/* Calls visit for each point with at most kind_limit kinds of findings. */
void each_point(const parts *all, int kind_limit, void (*visit)(const parts *all, const point *p));

#endif
