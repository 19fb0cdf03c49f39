/* Simulates comparisons side by side and feeds them to the functions that `membench ab` judges with: how often does it
 * err?
 *
 *     membench-simulate-ab [quick]
 *
 * A pull request is 20 to 1,000 cases of mixed shapes, measured on two sides: 3 samples each, 10 where they are not
 * identical, and of suspects up to 40 fresh ones. Prints a Markdown table and exits with 1 when a rate is above its
 * bound. The seeds are fixed: the same build prints the same table. */
#include "judge/side_by_side.h"

#include "tests/simulate_shapes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mb_arena test_arena; /* of what comparisons point to */

enum { CASES_MAX = 1000, SCREENING_MAX = 10, SAMPLES_MAX = 40, FIRST_SAMPLES = 3 };

/* Which case the pull request changes. */
typedef enum change { CHANGE_NONE, CHANGE_ANY, CHANGE_CONSTANT, CHANGE_VARYING, CHANGE_OF_SHAPE } change;

typedef struct scenario {
    const char *name;
    size_t cases;
    mix mix;
    bool wanders; /* the machine: all that varies goes up and down by 10 % during the run, both sides alike */
    change change;
    shape change_shape; /* with CHANGE_OF_SHAPE */
    double change_ratio;
    double spread;                 /* of the changed case's noise on the new side; 0: as on the old one */
    double mode_share, mode_ratio; /* so many of its new samples are so many times as large */
    bool swings;                   /* and as many as much smaller */
    bool is_two_sided;             /* what shrinks beyond the threshold fails as well */
    /* Bounds, as shares of pull requests. */
    double fail_most;    /* an unchanged case is REGRESSED */
    double pass_most;    /* the changed case is neither REGRESSED nor INCONCLUSIVE */
    double detect_least; /* the changed case is REGRESSED */
    double detect_most;  /* … and no more often than this */
} scenario;

/* At exactly the threshold the stated levels are: REGRESSED 1 %, passed 5 % by screening and 5 % by confirming. */
static const scenario scenarios[] = {
    {"unchanged, all cases repeat exactly", 200, .mix = MIX_CONSTANT},
    {"unchanged", 200, .fail_most = 0.001},
    {"27 cases, unchanged", 27, .fail_most = 0.001},
    {"1,000 cases, unchanged", 1000, .fail_most = 0.001},
    {"unchanged, salted by a hash seed", 200, .mix = MIX_SALTED, .fail_most = 0.001},
    {"unchanged, all bimodal", 200, .mix = MIX_BIMODAL, .fail_most = 0.001},
    {"unchanged, autocorrelated", 200, .mix = MIX_AUTOCORRELATED, .fail_most = 0.001},
    {"unchanged, all with rare jumps", 200, .mix = MIX_RARE_JUMP, .fail_most = 0.001},
    {"unchanged, 1 to 5 pages and a jitter of one", 200, .mix = MIX_SMALL_PAGES, .fail_most = 0.001},
    {"unchanged, exact within the run", 200, .mix = MIX_SHIFTED, .fail_most = 0.001},
    {"unchanged, the machine wanders by ± 10 %", 200, .wanders = true, .fail_most = 0.001},
    {"any case + 20 %", 200, .change = CHANGE_ANY, .change_ratio = 1.2, .fail_most = 0.001, .detect_least = 0.95,
     .detect_most = 1},
    {"a case with 5 % noise + 20 %", 200, .change = CHANGE_OF_SHAPE, .change_shape = SHAPE_NORMAL_5,
     .change_ratio = 1.2, .fail_most = 0.001, .detect_least = 0.97, .detect_most = 1},
    {"2 KiB with an odd sample in five × 1.15", 200, .change = CHANGE_OF_SHAPE, .change_shape = SHAPE_ODD_BYTES,
     .change_ratio = 1.15, .fail_most = 0.001, .detect_least = 0.9, .detect_most = 1},
    {"2 KiB with an odd sample in five × 2", 200, .change = CHANGE_OF_SHAPE, .change_shape = SHAPE_ODD_BYTES,
     .change_ratio = 2, .fail_most = 0.001, .detect_least = 0.99, .detect_most = 1},
    {"10 pages with an odd sample in five × 1.5", 200, .change = CHANGE_OF_SHAPE, .change_shape = SHAPE_ODD_PAGES,
     .change_ratio = 1.5, .fail_most = 0.001, .detect_least = 0.95, .detect_most = 1},
    {"10 pages with an odd sample in five × 2", 200, .change = CHANGE_OF_SHAPE, .change_shape = SHAPE_ODD_PAGES,
     .change_ratio = 2, .fail_most = 0.001, .detect_least = 0.99, .detect_most = 1},
    {"any case + 20 %, the machine wanders by ± 10 %", 200, .wanders = true, .change = CHANGE_ANY, .change_ratio = 1.2,
     .fail_most = 0.001, .pass_most = 0.005, .detect_least = 0.85, .detect_most = 1},
    {"a case that repeats exactly + 10.3 %", 200, .change = CHANGE_CONSTANT, .change_ratio = 1.103, .fail_most = 0.001,
     .detect_least = 1, .detect_most = 1},
    {"a case that repeats exactly + 10 %", 200, .change = CHANGE_CONSTANT, .change_ratio = 1.1, .fail_most = 0.001,
     .pass_most = 1},
    {"a case that varies + 10 % (of pages: one page within)", 200, .change = CHANGE_VARYING, .change_ratio = 1.1,
     .fail_most = 0.001, .pass_most = 0.25, .detect_most = 0.01},
    {"threads + 10 %", 200, .change = CHANGE_OF_SHAPE, .change_shape = SHAPE_THREADS, .change_ratio = 1.1,
     .fail_most = 0.001, .pass_most = 1, .detect_most = 0.01},
    {"a case that repeated exactly + 60 % in three runs of ten", 200, .change = CHANGE_CONSTANT, .change_ratio = 1,
     .mode_share = 0.3, .mode_ratio = 1.6, .fail_most = 0.001, .pass_most = 0.45, .detect_most = 1},
    {"a case with 1 % noise + 60 % in three runs of ten", 200, .change = CHANGE_OF_SHAPE,
     .change_shape = SHAPE_NORMAL_1, .change_ratio = 1, .mode_share = 0.3, .mode_ratio = 1.6, .fail_most = 0.001,
     .pass_most = 0.25, .detect_most = 1},
    {"a case with 1 % noise that swings by 30 % both ways", 200, .change = CHANGE_OF_SHAPE,
     .change_shape = SHAPE_NORMAL_1, .change_ratio = 1, .mode_share = 0.3, .mode_ratio = 1.3, .swings = true,
     .fail_most = 0.001, .pass_most = 1, .detect_most = 0.08},
    {"a case with 5 % noise + 10 %, and its noise three times as wide", 200, .change = CHANGE_OF_SHAPE,
     .change_shape = SHAPE_NORMAL_5, .change_ratio = 1.1, .spread = 3, .fail_most = 0.001, .pass_most = 0.25,
     .detect_most = 0.60},
    {"a case with 5 % noise + 10 %, and its noise a third as wide", 200, .change = CHANGE_OF_SHAPE,
     .change_shape = SHAPE_NORMAL_5, .change_ratio = 1.1, .spread = 1.0 / 3, .fail_most = 0.001, .pass_most = 0.25,
     .detect_most = 0.10},
    {"a case with 5 % noise, unchanged, but its noise three times as wide", 200, .change = CHANGE_OF_SHAPE,
     .change_shape = SHAPE_NORMAL_5, .change_ratio = 1, .spread = 3, .fail_most = 0.001, .pass_most = 1,
     .detect_most = 0.40},
    {"unchanged, and what shrinks fails too", 200, .is_two_sided = true, .fail_most = 0.01},
    {"any case - 20 %, and what shrinks fails too", 200, .is_two_sided = true, .change = CHANGE_ANY,
     .change_ratio = 0.8, .fail_most = 0.01, .pass_most = 0.1, .detect_least = 0.9, .detect_most = 1},
};

typedef struct tally {
    size_t pull_requests, failed, open;    /* by unchanged cases */
    size_t detected, inconclusive, passed; /* the changed case */
    size_t samples;                        /* of a side, of all cases */
} tally;

typedef struct model {
    source source, new_source;
    double new_factor, new_spread, mode_share, mode_ratio;
    bool swings;
    double values[2][SCREENING_MAX + SAMPLES_MAX]; /* old, new */
    size_t count, spent_count;                     /* taken; and of these in the screening */
} model;

static double wander(const scenario *s, size_t index) { return s->wanders ? 1 + 0.1 * sin((double)index / 2) : 1; }

static void model_init(model *m, shape shape_of)
{
    *m = (model){.source = source_of(shape_of, 1000), .new_factor = 1, .new_spread = 1};
    m->new_source = m->source;
}

static double draw_mode(const model *m)
{
    double at = m->mode_share > 0 ? uniform() : 1;
    return at < m->mode_share ? m->mode_ratio : m->swings && at > 1 - m->mode_share ? 1 / m->mode_ratio : 1;
}

static void model_take(model *m, const scenario *s, size_t count)
{
    for (; m->count < count; m->count++) {
        double now = m->source.shape == SHAPE_CONSTANT || m->source.shape >= SHAPE_SALTED ? 1 : wander(s, m->count);
        m->values[0][m->count] = draw_sample(&m->source, now, 1);
        m->values[1][m->count] = draw_sample(&m->new_source, now * m->new_factor * draw_mode(m), m->new_spread);
    }
}

/* From the samples that the screening did not see; in the screening there are none that count no more. */
static mb_comparison compare(model *m, size_t index, const mb_gate_policy *policy)
{
    static const mb_run_info run = {.architecture = "any", .page_bytes = 4096};
    mb_comparison found[MB_METRIC_COUNT];
    mb_case_result sides[2] = {{.id = "simulated"}, {.id = "simulated"}};
    for (int side = 0; side < 2; side++) {
        sides[side].flags = m->source.shape == SHAPE_THREADS ? MB_CASE_THREADS : 0;
        sides[side].series[m->source.metric] = (mb_series){m->values[side] + m->spent_count, m->count - m->spent_count};
    }
    mb_side_compare_case(&sides[0], &run, &sides[1], &run, policy, index, &test_arena, found);
    return found[0];
}

static void screen(model *models, mb_comparison *comparisons, const scenario *s, const mb_gate_policy *policy)
{
    static size_t scratch[CASES_MAX];
    size_t wanted[CASES_MAX];
    for (size_t i = 0; i < s->cases; i++)
        wanted[i] = FIRST_SAMPLES;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < s->cases; i++) {
            model_take(&models[i], s, wanted[i]);
            comparisons[i] = compare(&models[i], i, policy);
        }
        mb_side_screen(comparisons, s->cases, policy, scratch);
        for (size_t i = 0; i < s->cases; i++) {
            wanted[i] = comparisons[i].samples_wanted;
            more = more || wanted[i] > models[i].count;
        }
    }
}

static void confirm(model *models, mb_comparison *comparisons, const scenario *s, const mb_gate_policy *policy)
{
    static mb_comparison suspects[CASES_MAX];
    static size_t scratch[CASES_MAX];
    size_t suspect_count = 0;
    for (size_t i = 0; i < s->cases; i++)
        if (mb_side_is_suspect(&comparisons[i])) {
            models[i].spent_count = models[i].count;
            suspects[suspect_count] = comparisons[i];
            suspects[suspect_count++].samples_wanted = SCREENING_MAX;
        }
    for (bool more = suspect_count > 0; more;) {
        more = false;
        for (size_t k = 0; k < suspect_count; k++) {
            model *m = &models[suspects[k].case_index];
            if (suspects[k].verdict != MB_VERDICT_INCONCLUSIVE)
                continue;
            model_take(m, s, m->spent_count + suspects[k].samples_wanted);
            suspects[k] = compare(m, suspects[k].case_index, policy);
        }
        mb_side_confirm(suspects, suspect_count, policy, scratch);
        for (size_t k = 0; k < suspect_count; k++)
            more = more || (suspects[k].verdict == MB_VERDICT_INCONCLUSIVE &&
                            suspects[k].samples_wanted > suspects[k].current_count);
    }
    for (size_t k = 0; k < suspect_count; k++)
        comparisons[suspects[k].case_index] = suspects[k];
}

static bool may_change(const model *m, change change)
{
    shape is = m->source.shape;
    switch (change) {
    case CHANGE_CONSTANT:
        return is == SHAPE_CONSTANT;
    case CHANGE_VARYING: /* a rare jump repeats exactly, nearly always */
        return is != SHAPE_CONSTANT && is != SHAPE_RARE_JUMP && is != SHAPE_THREADS;
    case CHANGE_NONE:
    case CHANGE_ANY:
    case CHANGE_OF_SHAPE:
        break;
    }
    return true;
}

/* Makes the cases of a pull request; returns the index of the changed one, or the count. */
static size_t models_init(model *models, const scenario *s)
{
    for (size_t i = 0; i < s->cases; i++)
        model_init(&models[i], shape_in(s->mix, i, s->cases));
    if (s->change == CHANGE_NONE)
        return s->cases;
    size_t changed;
    do
        changed = (size_t)(uniform() * (double)s->cases);
    while (!may_change(&models[changed], s->change));
    if (s->change == CHANGE_OF_SHAPE)
        model_init(&models[changed], s->change_shape);
    models[changed].new_factor = s->change_ratio;
    models[changed].new_spread = s->spread > 0 ? s->spread : 1;
    models[changed].mode_share = s->mode_share;
    models[changed].mode_ratio = s->mode_ratio;
    models[changed].swings = s->swings;
    return changed;
}

static bool fails(mb_verdict verdict) { return verdict == MB_VERDICT_REGRESSED || verdict == MB_VERDICT_SHRANK; }

static void simulate(const scenario *s, const mb_gate_policy *policy, tally *t)
{
    static model models[CASES_MAX];
    static mb_comparison comparisons[CASES_MAX];
    size_t changed = models_init(models, s);
    screen(models, comparisons, s, policy);
    confirm(models, comparisons, s, policy);
    bool failed = false, open = false;
    for (size_t i = 0; i < s->cases; i++) {
        t->samples += models[i].count;
        if (i == changed)
            continue;
        failed = failed || fails(comparisons[i].verdict);
        open = open || comparisons[i].verdict == MB_VERDICT_INCONCLUSIVE;
    }
    t->pull_requests++;
    mb_arena_reset(&test_arena);
    t->failed += failed;
    t->open += open;
    if (changed == s->cases)
        return;
    mb_verdict verdict = comparisons[changed].verdict;
    t->detected += fails(verdict);
    t->inconclusive += verdict == MB_VERDICT_INCONCLUSIVE;
    t->passed += !fails(verdict) && verdict != MB_VERDICT_INCONCLUSIVE;
}

/* Prints a row; false when a rate is beyond its bound. */
static bool report(const scenario *s, const tally *t)
{
    size_t trials = t->pull_requests;
    double n = (double)trials;
    double failed = (double)t->failed / n, detected = (double)t->detected / n, passed = (double)t->passed / n;
    bool good = failed <= with_chance(s->fail_most, trials);
    printf("| %s | %.2f %% | %.2f %% |", s->name, failed * 100, (double)t->open / n * 100);
    if (s->change != CHANGE_NONE) {
        good = good && passed <= with_chance(s->pass_most, trials) &&
               1 - detected <= with_chance(1 - s->detect_least, trials) &&
               detected <= with_chance(s->detect_most, trials);
        printf(" %.2f %% | %.2f %% | %.2f %% |", detected * 100, (double)t->inconclusive / n * 100, passed * 100);
    } else {
        printf(" – | – | – |");
    }
    printf(" %.1f |%s\n", (double)t->samples / n / (double)s->cases, good ? "" : " **beyond its bound**");
    return good;
}

int main(int argc, char **argv)
{
    bool quick = argc == 2 && strcmp(argv[1], "quick") == 0, good = true;
    if (argc > 2 || (argc == 2 && !quick)) {
        fprintf(stderr, "usage: membench-simulate-ab [quick]\n");
        return 2;
    }
    size_t pull_requests = quick ? 100 : 3000;
    printf("%zu pull requests a row.\n\n"
           "| side by side | unchanged case REGRESSED | unchanged case INCONCLUSIVE | changed case REGRESSED | "
           "INCONCLUSIVE | passed | samples a case and side |\n"
           "|---|---|---|---|---|---|---|\n",
           pull_requests);
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        const scenario *s = &scenarios[i];
        mb_gate_policy policy;
        mb_gate_policy_init(&policy);
        policy.is_two_sided = s->is_two_sided;
        random_state = 77 + i * 1000003;
        tally t = {0};
        for (size_t k = 0; k < pull_requests; k++)
            simulate(s, &policy, &t);
        good = report(s, &t) && good;
        fflush(stdout);
    }
    return good ? 0 : 1;
}
