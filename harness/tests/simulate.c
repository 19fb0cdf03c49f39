/* Simulates pull requests and feeds them to the gate's own functions: how often does it err?
 *
 *     membench-simulate [quick]
 *
 * A pull request is 200 (or 20) cases of mixed shapes, a stored baseline of 20 samples each, and current samples taken
 * as the coordinator takes them: 3 at first, then as many as the comparison asks for. Prints a Markdown table and exits
 * with 1 when a rate is above its bound. The seeds are fixed: the same build prints the same table. */
#include "judge/compare.h"

#include "simulate_random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASES_MAX = 200, BASELINE_SAMPLES = 20, SAMPLES_MAX = 40, FIRST_SAMPLES = 3 };

typedef enum shape {
    SHAPE_CONSTANT,
    SHAPE_TWO_VALUED,
    SHAPE_RARE_JUMP,
    SHAPE_NORMAL_1,
    SHAPE_NORMAL_5,
    SHAPE_BIMODAL,
    SHAPE_HEAVY_TAIL,
    SHAPE_COUNT
} shape;

/* Of CASES_MAX cases; three in ten repeat exactly. */
static const size_t shape_cases[SHAPE_COUNT] = {60, 28, 28, 28, 28, 14, 14};

/* One sample as a multiple of the case's level. */
static double draw(shape s)
{
    switch (s) {
    case SHAPE_CONSTANT:
        return 1;
    case SHAPE_TWO_VALUED:
        return uniform() < 0.5 ? 1 : 1.08;
    case SHAPE_RARE_JUMP:
        return uniform() < 0.03 ? 1.5 : 1;
    case SHAPE_NORMAL_1:
        return 1 + 0.01 * normal();
    case SHAPE_NORMAL_5:
        return 1 + 0.05 * normal();
    case SHAPE_BIMODAL:
        return (uniform() < 0.7 ? 1 : 1.15) + 0.01 * normal();
    case SHAPE_HEAVY_TAIL:
        return 1 + 0.02 * (1 / sqrt(uniform()) - 1); /* Pareto: variance without bound */
    case SHAPE_COUNT:
        break;
    }
    return NAN;
}

typedef enum drift { DRIFT_NONE, DRIFT_UNIFORM, DRIFT_UPWARDS, DRIFT_NORMAL } drift;

typedef struct scenario {
    const char *name;
    size_t cases;         /* 20 or 200 */
    drift drift;          /* of each case that varies at all, between the two sessions */
    double drift_ratio;   /* its size */
    bool all_constant;    /* no case varies */
    double change_ratio;  /* what the pull request makes of one case; 0: nothing */
    bool change_constant; /* that case repeats exactly, else it varies */
    bool no_allowance;    /* the gate's drift allowance is 0, else its default */
    /* Bounds, as shares of pull requests. */
    double fail_most;    /* an unchanged case is REGRESSED */
    double strict_most;  /* an unchanged case is SUSPECT or INCONCLUSIVE */
    double pass_most;    /* the changed case is neither of the three */
    double detect_least; /* the changed case is REGRESSED */
} scenario;

static const scenario scenarios[] = {
    {"unchanged, all cases repeat exactly", 200, .all_constant = true},
    {"unchanged, no drift", 200, .fail_most = 0.01, .strict_most = 0.35},
    {"unchanged, each case drifts within ± 5 %", 200, DRIFT_UNIFORM, 0.05, .fail_most = 0.01, .strict_most = 1},
    {"unchanged, each case drifts within ± 10 %", 200, DRIFT_UNIFORM, 0.10, .fail_most = 0.01, .strict_most = 1},
    {"unchanged, all cases drift by + 10 %", 200, DRIFT_UPWARDS, 0.10, .fail_most = 0.01, .strict_most = 1},
    {"unchanged, drift normal, σ = 5 %", 200, DRIFT_NORMAL, 0.05, .fail_most = 0.01, .strict_most = 1},
    {"unchanged, drift normal, σ = 10 %", 200, DRIFT_NORMAL, 0.10, .fail_most = 0.01, .strict_most = 1},
    {"20 cases, unchanged, no drift", 20, .fail_most = 0.01, .strict_most = 0.10},
    {"20 cases, unchanged, drift normal, σ = 5 %", 20, DRIFT_NORMAL, 0.05, .fail_most = 0.01, .strict_most = 1},
    {"20 cases, unchanged, drift normal, σ = 10 %", 20, DRIFT_NORMAL, 0.10, .fail_most = 0.03, .strict_most = 1},
    {"one case that varies + 10 %, no drift", 200, .change_ratio = 1.1, .fail_most = 0.01, .strict_most = 0.35,
     .pass_most = 1},
    {"one case that varies + 20 %, no drift", 200, .change_ratio = 1.2, .fail_most = 0.01, .strict_most = 0.35,
     .pass_most = 0.01},
    {"one case that varies + 60 %, no drift", 200, .change_ratio = 1.6, .fail_most = 0.01, .strict_most = 0.35,
     .detect_least = 0.99},
    {"one case that varies + 20 %, drift within ± 10 %", 200, DRIFT_UNIFORM, 0.10, .change_ratio = 1.2,
     .fail_most = 0.01, .strict_most = 1, .pass_most = 0.08},
    {"one case that varies + 60 %, drift within ± 10 %", 200, DRIFT_UNIFORM, 0.10, .change_ratio = 1.6,
     .fail_most = 0.01, .strict_most = 1, .pass_most = 0.001, .detect_least = 0.95},
    {"one case that varies + 60 %, drift normal, σ = 10 %", 200, DRIFT_NORMAL, 0.10, .change_ratio = 1.6,
     .fail_most = 0.01, .strict_most = 1, .pass_most = 0.001, .detect_least = 0.5},
    {"one case that repeats exactly + 10 %", 200, .change_ratio = 1.1, .change_constant = true, .fail_most = 0.01,
     .strict_most = 0.35, .pass_most = 1},
    {"one case that repeats exactly + 12 %", 200, .change_ratio = 1.12, .change_constant = true, .fail_most = 0.01,
     .strict_most = 0.35, .detect_least = 1},
    {"no drift allowance: unchanged, drift normal, σ = 10 %", 200, DRIFT_NORMAL, 0.10, .no_allowance = true,
     .fail_most = 0.02, .strict_most = 1},
};

typedef struct tally {
    size_t pull_requests, failed, strict; /* by unchanged cases */
    size_t detected, suspect, passed;     /* the changed case */
    size_t samples;                       /* current samples of all cases */
} tally;

typedef struct model {
    shape shape;
    mb_metric metric;
    double level, quantum;
    double current_factor; /* of the current session */
    double baseline[BASELINE_SAMPLES], current[SAMPLES_MAX];
    mb_case_result baseline_result, current_result;
} model;

static double drift_factor(const scenario *s)
{
    switch (s->drift) {
    case DRIFT_NONE:
        return 1;
    case DRIFT_UNIFORM:
        return 1 + s->drift_ratio * (2 * uniform() - 1);
    case DRIFT_UPWARDS:
        return 1 + s->drift_ratio;
    case DRIFT_NORMAL:
        return exp(s->drift_ratio * normal());
    }
    return NAN;
}

/* What repeats exactly, or nearly always, has no level that could move by a few percent. */
static bool drifts(shape s) { return s != SHAPE_CONSTANT && s != SHAPE_RARE_JUMP; }

static double sample(const model *m, double factor)
{
    return m->quantum * round(m->level * factor * draw(m->shape) / m->quantum);
}

static void model_init(model *m, shape shape_of, const scenario *s)
{
    bool pages = uniform() < 0.5;
    m->shape = shape_of;
    m->metric =
        pages ? mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_COLD) : mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_COLD);
    m->quantum = pages ? 4096 : 16;
    /* A multiple of 100 quanta, so that + 10 % is exactly that. */
    m->level = 100 * m->quantum * round((pages ? 5 : 60) * exp(3 * uniform()));
    m->current_factor = drifts(shape_of) ? drift_factor(s) : 1;
    for (size_t i = 0; i < BASELINE_SAMPLES; i++)
        m->baseline[i] = sample(m, 1);
    m->baseline_result = m->current_result = (mb_case_result){.id = "simulated"};
    m->baseline_result.series[m->metric] = (mb_series){m->baseline, BASELINE_SAMPLES};
    m->current_result.series[m->metric] = (mb_series){m->current, 0};
}

static void model_take(model *m, size_t count)
{
    mb_series *series = &m->current_result.series[m->metric];
    while (series->count < count)
        series->values[series->count++] = sample(m, m->current_factor);
}

/* Samples and compares until no comparison asks for more. */
static void judge(model *models, mb_comparison *comparisons, size_t cases, const mb_gate_policy *policy)
{
    static const mb_run_info run = {.architecture = "any", .page_bytes = 4096};
    static size_t scratch[CASES_MAX];
    size_t wanted[CASES_MAX];
    for (size_t i = 0; i < cases; i++)
        wanted[i] = FIRST_SAMPLES;
    for (bool more = true; more;) {
        for (size_t i = 0; i < cases; i++) {
            if (models[i].current_result.series[models[i].metric].count >= wanted[i])
                continue;
            mb_comparison found[MB_METRIC_COUNT];
            model_take(&models[i], wanted[i]);
            mb_compare_case(&models[i].baseline_result, &run, &models[i].current_result, &run, policy, i, found);
            comparisons[i] = found[0];
        }
        mb_compare_settle(comparisons, cases, policy, scratch);
        more = false;
        for (size_t i = 0; i < cases; i++) {
            wanted[i] = comparisons[i].samples_wanted;
            more = more || wanted[i] > comparisons[i].current_count;
        }
    }
}

static bool is_strict(mb_verdict verdict)
{
    return verdict == MB_VERDICT_SUSPECT || verdict == MB_VERDICT_INCONCLUSIVE;
}

/* Makes the cases of a pull request; returns the index of the changed one, or the count. */
static size_t models_init(model *models, const scenario *s)
{
    size_t count = 0, constants = 0;
    for (int kind = 0; kind < SHAPE_COUNT; kind++) {
        size_t cases = (shape_cases[kind] * s->cases + CASES_MAX / 2) / CASES_MAX;
        for (size_t k = 0; k < cases; k++)
            model_init(&models[count++], s->all_constant ? SHAPE_CONSTANT : (shape)kind, s);
        if (kind == SHAPE_CONSTANT)
            constants = count;
    }
    if (count != s->cases)
        abort();
    if (s->change_ratio == 0)
        return count;
    size_t first = s->change_constant ? 0 : constants, end = s->change_constant ? constants : count;
    size_t changed = first + (size_t)(uniform() * (double)(end - first));
    models[changed].current_factor *= s->change_ratio;
    return changed;
}

static void simulate(const scenario *s, const mb_gate_policy *policy, tally *t)
{
    static model models[CASES_MAX];
    static mb_comparison comparisons[CASES_MAX];
    size_t changed = models_init(models, s);
    judge(models, comparisons, s->cases, policy);
    bool failed = false, strict = false;
    for (size_t i = 0; i < s->cases; i++) {
        t->samples += comparisons[i].current_count;
        if (i == changed)
            continue;
        failed = failed || comparisons[i].verdict == MB_VERDICT_REGRESSED;
        strict = strict || is_strict(comparisons[i].verdict);
    }
    t->pull_requests++;
    t->failed += failed;
    t->strict += strict;
    if (changed == s->cases)
        return;
    mb_verdict verdict = comparisons[changed].verdict;
    t->detected += verdict == MB_VERDICT_REGRESSED;
    t->suspect += is_strict(verdict);
    t->passed += verdict != MB_VERDICT_REGRESSED && !is_strict(verdict);
}

/* Prints a row; false when a rate is beyond its bound. */
static bool report(const scenario *s, const tally *t)
{
    double n = (double)t->pull_requests;
    double failed = (double)t->failed / n, strict = (double)t->strict / n;
    double detected = (double)t->detected / n, passed = (double)t->passed / n;
    bool good = failed <= with_chance(s->fail_most, t->pull_requests) &&
                strict <= with_chance(s->strict_most, t->pull_requests);
    printf("| %s | %.2f %% | %.1f %% |", s->name, failed * 100, strict * 100);
    if (s->change_ratio != 0) {
        good = good && passed <= with_chance(s->pass_most, t->pull_requests) &&
               1 - detected <= with_chance(1 - s->detect_least, t->pull_requests);
        printf(" %.1f %% | %.1f %% | %.1f %% |", detected * 100, (double)t->suspect / n * 100, passed * 100);
    } else {
        printf(" – | – | – |");
    }
    printf(" %.1f |%s\n", (double)t->samples / n / (double)s->cases, good ? "" : " **above its bound**");
    return good;
}

int main(int argc, char **argv)
{
    bool quick = argc == 2 && strcmp(argv[1], "quick") == 0, good = true;
    if (argc > 2 || (argc == 2 && !quick)) {
        fprintf(stderr, "usage: membench-simulate [quick]\n");
        return 2;
    }
    size_t pull_requests = quick ? 200 : 3000;
    printf(
        "%zu pull requests a row.\n\n"
        "| pull request | unchanged case REGRESSED | unchanged case SUSPECT or INCONCLUSIVE | changed case REGRESSED "
        "| SUSPECT or INCONCLUSIVE | passed | samples a case |\n"
        "|---|---|---|---|---|---|---|\n",
        pull_requests);
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        const scenario *s = &scenarios[i];
        mb_gate_policy policy;
        mb_gate_policy_init(&policy);
        if (s->no_allowance)
            policy.drift_allowance_ratio = 0;
        random_state = 1 + i * 1000003;
        tally t = {0};
        for (size_t k = 0; k < pull_requests; k++)
            simulate(s, &policy, &t);
        good = report(s, &t) && good;
        fflush(stdout);
    }
    return good ? 0 : 1;
}
