/* Simulates pull requests and feeds them to the gate's own functions: how often does it err?
 *
 *     membench-simulate [quick]
 *
 * A pull request is 20 to 1,000 cases of mixed shapes, a stored baseline of 20 samples each, and current samples taken
 * as the coordinator takes them: 3 at first, then as many as the comparison asks for. Prints a Markdown table and exits
 * with 1 when a rate is above its bound. The seeds are fixed: the same build prints the same table. */
#include "judge/compare.h"

#include "tests/simulate_shapes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mb_arena test_arena; /* of what comparisons point to */

enum { CASES_MAX = 1000, BASELINE_SAMPLES = 20, SAMPLES_MAX = 40, FIRST_SAMPLES = 3 };

typedef enum drift { DRIFT_NONE, DRIFT_UNIFORM, DRIFT_UPWARDS, DRIFT_NORMAL } drift;

typedef enum change { CHANGE_NONE, CHANGE_VARYING, CHANGE_CONSTANT, CHANGE_OF_SHAPE } change;

typedef struct scenario {
    const char *name;
    size_t cases;
    mix mix;
    drift drift;         /* of each case that varies at all, between the two sessions */
    double drift_ratio;  /* its size */
    size_t shrinking;    /* cases that the pull request makes 5 % smaller */
    change change;       /* which case it makes larger */
    shape change_shape;  /* with CHANGE_OF_SHAPE */
    double change_ratio; /* by how much */
    double grown_share;  /* in how many of its runs; 0: in all */
    bool no_allowance;   /* the gate's drift allowance is 0, else its default */
    bool is_two_sided;   /* what shrinks beyond the threshold fails as well */
    /* Bounds, as shares of pull requests. */
    double fail_most;    /* an unchanged case is REGRESSED */
    double strict_most;  /* an unchanged case is SUSPECT or INCONCLUSIVE */
    double pass_most;    /* the changed case is neither of the three */
    double detect_least; /* the changed case is REGRESSED */
} scenario;

static const scenario scenarios[] = {
    {"unchanged, all cases repeat exactly", 200, .mix = MIX_CONSTANT},
    {"unchanged, no drift", 200, .fail_most = 0.01, .strict_most = 0.35},
    {"27 cases, unchanged, no drift", 27, .fail_most = 0.01, .strict_most = 0.10},
    {"1,000 cases, unchanged, no drift", 1000, .fail_most = 0.01, .strict_most = 1},
    {"unchanged, salted by a hash seed", 200, .mix = MIX_SALTED, .fail_most = 0.01, .strict_most = 1},
    {"unchanged, all bimodal", 200, .mix = MIX_BIMODAL, .fail_most = 0.01, .strict_most = 1},
    {"unchanged, autocorrelated", 200, .mix = MIX_AUTOCORRELATED, .fail_most = 0.01, .strict_most = 1},
    {"unchanged, all with rare jumps", 200, .mix = MIX_RARE_JUMP, .fail_most = 0.01, .strict_most = 1},
    {"unchanged, 1 to 5 pages and a jitter of one", 200, .mix = MIX_SMALL_PAGES, .fail_most = 0.01, .strict_most = 1},
    {"unchanged, exact within a session, a quantum between them", 200, .mix = MIX_SHIFTED, .fail_most = 0.01,
     .strict_most = 1},
    {"unchanged, each case drifts within ± 1 %", 200, .drift = DRIFT_UNIFORM, .drift_ratio = 0.01, .fail_most = 0.01,
     .strict_most = 1},
    {"unchanged, each case drifts within ± 5 %", 200, .drift = DRIFT_UNIFORM, .drift_ratio = 0.05, .fail_most = 0.01,
     .strict_most = 1},
    {"one case that varies + 10 %, no drift", 200, .change = CHANGE_VARYING, .change_ratio = 1.1, .fail_most = 0.01,
     .strict_most = 0.35, .pass_most = 1},
    {"one case that varies + 20 %, no drift", 200, .change = CHANGE_VARYING, .change_ratio = 1.2, .fail_most = 0.01,
     .strict_most = 0.35, .pass_most = 0.01},
    {"one case with 1 % noise + 18 %, no drift", 200, .change = CHANGE_OF_SHAPE, .change_shape = SHAPE_NORMAL_1,
     .change_ratio = 1.18, .fail_most = 0.01, .strict_most = 0.35, .pass_most = 0.01, .detect_least = 0.8},
    {"one case with 1 % noise + 20 %, no drift", 200, .change = CHANGE_OF_SHAPE, .change_shape = SHAPE_NORMAL_1,
     .change_ratio = 1.2, .fail_most = 0.01, .strict_most = 0.35, .pass_most = 0.01, .detect_least = 0.9},
    {"one case with 5 % noise + 20 %, no drift", 200, .change = CHANGE_OF_SHAPE, .change_shape = SHAPE_NORMAL_5,
     .change_ratio = 1.2, .fail_most = 0.01, .strict_most = 0.35, .pass_most = 0.01},
    {"one case with 5 % noise + 30 %, no drift", 200, .change = CHANGE_OF_SHAPE, .change_shape = SHAPE_NORMAL_5,
     .change_ratio = 1.3, .fail_most = 0.01, .strict_most = 0.35, .pass_most = 0.01, .detect_least = 0.6},
    {"2 KiB with an odd sample in five × 2, no drift", 200, .change = CHANGE_OF_SHAPE, .change_shape = SHAPE_ODD_BYTES,
     .change_ratio = 2, .fail_most = 0.01, .strict_most = 0.35, .detect_least = 0.99},
    {"10 pages with an odd sample in five × 2, no drift", 200, .change = CHANGE_OF_SHAPE,
     .change_shape = SHAPE_ODD_PAGES, .change_ratio = 2, .fail_most = 0.01, .strict_most = 0.35, .detect_least = 0.99},
    {"one case that varies + 60 %, no drift", 200, .change = CHANGE_VARYING, .change_ratio = 1.6, .fail_most = 0.01,
     .strict_most = 0.35, .detect_least = 0.99},
    {"one case that varies + 80 %, 3 cases shrink by 5 %", 200, .shrinking = 3, .change = CHANGE_VARYING,
     .change_ratio = 1.8, .fail_most = 0.01, .strict_most = 1, .detect_least = 0.95},
    {"one case that varies + 80 %, 60 cases shrink by 5 %", 200, .shrinking = 60, .change = CHANGE_VARYING,
     .change_ratio = 1.8, .fail_most = 0.01, .strict_most = 1, .detect_least = 0.95},
    {"one case that repeats exactly + 10 %", 200, .change = CHANGE_CONSTANT, .change_ratio = 1.1, .fail_most = 0.01,
     .strict_most = 0.35, .pass_most = 1},
    {"one case that repeats exactly + 12 %", 200, .change = CHANGE_CONSTANT, .change_ratio = 1.12, .fail_most = 0.01,
     .strict_most = 0.35, .detect_least = 1},
    /* What is not kept: sessions that drift apart by as much as nothing that was measured does (docs/statistics.md). */
    {"unchanged, drift normal, σ = 5 %", 200, .drift = DRIFT_NORMAL, .drift_ratio = 0.05, .fail_most = 1,
     .strict_most = 1},
    {"27 cases, unchanged, drift normal, σ = 5 %", 27, .drift = DRIFT_NORMAL, .drift_ratio = 0.05, .fail_most = 1,
     .strict_most = 1},
    {"no drift allowance: unchanged, each case drifts within ± 1 %", 200, .drift = DRIFT_UNIFORM, .drift_ratio = 0.01,
     .no_allowance = true, .fail_most = 0.01, .strict_most = 1},
    {"unchanged, and what shrinks fails too", 200, .is_two_sided = true, .fail_most = 0.01, .strict_most = 0.35},
    {"one case that varies - 60 %, and what shrinks fails too", 200, .is_two_sided = true, .change = CHANGE_VARYING,
     .change_ratio = 0.4, .fail_most = 0.01, .strict_most = 0.35, .pass_most = 0.001, .detect_least = 0.9},
    /* What three equal samples miss, and would miss more often with fewer. */
    {"one case that repeated exactly + 60 % in three runs of ten", 200, .change = CHANGE_CONSTANT, .change_ratio = 1.6,
     .grown_share = 0.3, .fail_most = 0.01, .strict_most = 0.35, .pass_most = 0.4},
    {"one case that repeated exactly + 60 % in every other run", 200, .change = CHANGE_CONSTANT, .change_ratio = 1.6,
     .grown_share = 0.5, .fail_most = 0.01, .strict_most = 0.35, .pass_most = 0.15},
};

typedef struct tally {
    size_t pull_requests, failed, strict; /* by unchanged cases */
    size_t detected, suspect, passed;     /* the changed case */
    size_t samples;                       /* current samples of all cases */
} tally;

typedef struct model {
    source source;
    double current_factor; /* of the current session */
    double grown_share;    /* of its runs, to which that applies; 0: to all */
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
static bool drifts(shape s) { return s != SHAPE_CONSTANT && s != SHAPE_RARE_JUMP && s < SHAPE_SALTED; }

static void model_init(model *m, shape shape_of, const scenario *s)
{
    *m = (model){.source = source_of(shape_of, 100)};
    m->current_factor = drifts(shape_of) ? drift_factor(s) : 1;
    for (size_t i = 0; i < BASELINE_SAMPLES; i++)
        m->baseline[i] = draw_sample(&m->source, 1, 1);
    draw_session(&m->source);
    m->baseline_result = m->current_result =
        (mb_case_result){.id = "simulated", .flags = shape_of == SHAPE_THREADS ? MB_CASE_THREADS : 0};
    m->baseline_result.series[m->source.metric] = (mb_series){m->baseline, BASELINE_SAMPLES};
    m->current_result.series[m->source.metric] = (mb_series){m->current, 0};
}

static void model_take(model *m, size_t count)
{
    mb_series *series = &m->current_result.series[m->source.metric];
    while (series->count < count) {
        bool is_grown = m->grown_share == 0 || uniform() < m->grown_share;
        series->values[series->count++] = draw_sample(&m->source, is_grown ? m->current_factor : 1, 1);
    }
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
            if (models[i].current_result.series[models[i].source.metric].count >= wanted[i])
                continue;
            mb_comparison found[MB_METRIC_COUNT];
            model_take(&models[i], wanted[i]);
            mb_compare_case(&models[i].baseline_result, &run, &models[i].current_result, &run, policy, i, &test_arena,
                            found);
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

static bool may_change(const model *m, const scenario *s)
{
    shape is = m->source.shape;
    return s->change == CHANGE_CONSTANT  ? is == SHAPE_CONSTANT
           : s->change == CHANGE_VARYING ? is != SHAPE_CONSTANT && is != SHAPE_THREADS
                                         : true;
}

static size_t pick(const model *models, const scenario *s)
{
    size_t picked;
    do
        picked = (size_t)(uniform() * (double)s->cases);
    while (!may_change(&models[picked], s));
    return picked;
}

/* Makes the cases of a pull request; returns the index of the changed one, or the count. */
static size_t models_init(model *models, const scenario *s)
{
    for (size_t i = 0; i < s->cases; i++)
        model_init(&models[i], shape_in(s->mix, i, s->cases), s);
    for (size_t i = 0; i < s->shrinking; i++)
        models[(size_t)(uniform() * (double)s->cases)].current_factor *= 0.95;
    if (s->change == CHANGE_NONE)
        return s->cases;
    size_t changed = pick(models, s);
    if (s->change == CHANGE_OF_SHAPE)
        model_init(&models[changed], s->change_shape, s);
    models[changed].current_factor = s->change_ratio;
    models[changed].grown_share = s->grown_share;
    return changed;
}

static bool fails(mb_verdict verdict) { return verdict == MB_VERDICT_REGRESSED || verdict == MB_VERDICT_SHRANK; }

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
        failed = failed || fails(comparisons[i].verdict);
        strict = strict || is_strict(comparisons[i].verdict);
    }
    t->pull_requests++;
    mb_arena_reset(&test_arena);
    t->failed += failed;
    t->strict += strict;
    if (changed == s->cases)
        return;
    mb_verdict verdict = comparisons[changed].verdict;
    t->detected += fails(verdict);
    t->suspect += is_strict(verdict);
    t->passed += !fails(verdict) && !is_strict(verdict);
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
    if (s->change != CHANGE_NONE) {
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
        policy.is_two_sided = s->is_two_sided;
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
