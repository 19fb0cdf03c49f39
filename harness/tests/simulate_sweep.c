/* Simulates sweeps and feeds them to the functions that name growth classes, fit slopes and gate on them.
 *
 *     membench-simulate-sweep [quick]
 *
 * A sweep is N = 1 … 64, doubling, and grows by 4 MiB from nothing to the largest N over a fixed overhead, in whole
 * pages. Prints Markdown tables and exits with 1 when a rate is beyond its bound. The seeds are fixed: the same build
 * prints the same tables. */
#include "judge/slope.h"
#include "judge/sweep.h"
#include "judge/sweep_fit.h"
#include "tests/simulate_growth.h"
#include "tests/simulate_random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mb_arena test_arena; /* of what comparisons point to; never given back */

enum { VALUES = 7, PAGE = 4096, GROWN_BYTES = 4 << 20, BASELINE_SAMPLES = 20, SAMPLES_MAX = 40, SWEEPS = 40 };

typedef enum noise { NOISE_NONE, NOISE_NORMAL, NOISE_JUMPS, NOISE_PROPORTIONAL, NOISE_HEAVY, NOISE_COUNT } noise;

static const char *const noise_names[NOISE_COUNT] = {"none", "normal, 20 KB", "+512 KB in 5 % of samples",
                                                     "2 % of the value", "heavy tail, 2 % of the value"};

static double draw(double level, noise kind)
{
    switch (kind) {
    case NOISE_NONE:
        break;
    case NOISE_NORMAL:
        level += 20000 * normal();
        break;
    case NOISE_JUMPS:
        level += uniform() < 0.05 ? 512000 : 0;
        break;
    case NOISE_PROPORTIONAL:
        level *= 1 + 0.02 * normal();
        break;
    case NOISE_HEAVY:
        level *= 1 + 0.02 * (1 / sqrt(uniform()) - sqrt(2)); /* median 1, no variance */
        break;
    case NOISE_COUNT:
        break;
    }
    return PAGE * round(level / PAGE);
}

static double value_at(size_t i) { return (double)((uint64_t)1 << i); }

static double level_of(mb_growth class, double overhead, size_t i)
{
    if (class == MB_GROWTH_CONSTANT)
        return overhead;
    return overhead + GROWN_BYTES * mb_growth_term(class, value_at(i)) / mb_growth_term(class, value_at(VALUES - 1));
}

typedef struct class_rates {
    size_t runs, right, ambiguous, wrong, named[MB_GROWTH_COUNT + 1], covered;
} class_rates;

static class_rates name_classes(mb_growth class, double overhead, noise kind, size_t runs)
{
    enum { A_VALUE = 5 };
    class_rates rates = {.runs = runs};
    double true_slope = class == MB_GROWTH_LINEAR ? GROWN_BYTES / value_at(VALUES - 1) : 0;
    for (size_t run = 0; run < runs; run++) {
        double x[VALUES * A_VALUE], y[VALUES * A_VALUE];
        size_t count = 0;
        bool is_exact = kind == NOISE_NONE;
        for (size_t i = 0; i < VALUES; i++)
            for (size_t k = 0; k < (is_exact ? 1 : A_VALUE); k++) {
                x[count] = value_at(i);
                y[count++] = draw(level_of(class, overhead, i), kind);
            }
        mb_sweep_fit fit;
        bool is_fitted;
        if (!mb_sweep_fit_points(x, y, count, is_exact, PAGE, 0.95, &is_fitted, &fit) || !is_fitted)
            abort();
        rates.named[fit.growth.growth]++;
        rates.right += fit.growth.is_possible[class];
        rates.ambiguous += fit.growth.possible_count > 1;
        rates.wrong += fit.growth.possible_count == 1 && fit.growth.growth != class;
        rates.covered += fit.slope_low <= true_slope && true_slope <= fit.slope_high;
    }
    return rates;
}

/* How often the class has to be among those named. Scatter in proportion leaves N² and N³ alike, where sizes double:
 * then no class is named, but a power. */
static double right_least(mb_growth class, noise kind)
{
    return class == MB_GROWTH_SQUARE && (kind == NOISE_PROPORTIONAL || kind == NOISE_HEAVY) ? 0.65 : 0.93;
}

static bool print_class(mb_growth class, double overhead, noise kind, const class_rates *rates)
{
    double n = (double)rates->runs, right = (double)rates->right / n;
    bool good = 1 - right <= with_chance(1 - right_least(class, kind), rates->runs) &&
                (double)rates->wrong / n <= with_chance(kind == NOISE_NONE ? 0 : 0.005, rates->runs);
    printf("| %.0f MiB | %s | %s | %.1f %% | %.1f %% | %.1f %% |", overhead / (1 << 20), noise_names[kind],
           mb_growth_name(class), right * 100, (double)rates->ambiguous / n * 100, (double)rates->wrong / n * 100);
    for (int g = 0; g <= MB_GROWTH_COUNT; g++)
        if (g != (int)class && rates->named[g] > 0)
            printf(" %s %.1f %%", g == MB_GROWTH_COUNT ? "no class" : mb_growth_name((mb_growth)g),
                   (double)rates->named[g] / n * 100);
    printf(" |");
    if (class == MB_GROWTH_LINEAR || class == MB_GROWTH_CONSTANT)
        printf(" %.1f %% |", (double)rates->covered / n * 100);
    else
        printf(" – |");
    printf("%s\n", good ? "" : " **beyond its bound**");
    return good;
}

static bool tabulate_classes(size_t runs)
{
    static const double overheads[] = {0, 2 << 20, 32 << 20};
    bool good = true;
    printf("Growth classes and intervals: %zu sweeps a row, 5 samples at each of 7 values.\n\n"
           "| overhead | noise | truth | class among those named | with others | another alone | simplest named | "
           "interval "
           "holds the slope |\n"
           "|---|---|---|---|---|---|---|---|\n",
           runs);
    for (size_t f = 0; f < sizeof overheads / sizeof overheads[0]; f++)
        for (int kind = 0; kind < NOISE_COUNT; kind++)
            for (int class = 0; class < MB_GROWTH_COUNT; class ++) {
                if (f == 2 && kind != NOISE_PROPORTIONAL)
                    continue;
                class_rates rates = name_classes((mb_growth) class, overheads[f], (noise)kind, runs);
                good = print_class((mb_growth) class, overheads[f], (noise)kind, &rates) && good;
            }
    return good;
}

/* One sweep of a simulated pull request. */
typedef struct sweep_model {
    noise kind;
    double overhead, slope, current_slope;
    double factor[VALUES]; /* drift of each case between the sessions */
    double was_at[VALUES][BASELINE_SAMPLES], is_at[VALUES][SAMPLES_MAX];
    mb_case_result was[VALUES], is[VALUES];
    char ids[VALUES][32];
    mb_comparison comparisons[VALUES];
} sweep_model;

typedef struct scenario {
    const char *name;
    double drift;         /* deviation of each case's level between sessions, or of all cases of a sweep together */
    bool drifts_together; /* … all cases of a sweep by the same share */
    double overhead;      /* of every sweep; below 0: one of 0, 2 and 32 MiB */
    double change_ratio;  /* of the slope of one sweep that varies; 0: nothing changed */
    bool no_allowance;    /* drift allowance 0, as side by side */
    double fail_most;     /* share of pull requests in which an unchanged slope is REGRESSED */
    double suspect_most;  /* … SUSPECT */
    double detect_least;  /* the changed slope REGRESSED */
    double pass_most;     /* the changed slope neither REGRESSED nor SUSPECT */
} scenario;

static const scenario scenarios[] = {
    {"unchanged, no drift", .overhead = -1, .fail_most = 0.001, .suspect_most = 0.1},
    {"unchanged, no drift, no allowance", .overhead = -1, .no_allowance = true, .fail_most = 0.001,
     .suspect_most = 0.1},
    {"unchanged, each case drifts, σ = 5 %", 0.05, .overhead = -1, .fail_most = 0.005, .suspect_most = 1},
    {"unchanged, each case drifts, σ = 10 %", 0.10, .overhead = -1, .fail_most = 0.005, .suspect_most = 1},
    {"unchanged, all cases of a sweep drift, σ = 5 %", 0.05, true, .overhead = -1, .fail_most = 0.005,
     .suspect_most = 1},
    {"slope of one + 20 %, no overhead", .overhead = 0, .change_ratio = 1.2, .fail_most = 0.001, .suspect_most = 0.1,
     .pass_most = 0.2},
    {"slope of one + 60 %, no overhead", .overhead = 0, .change_ratio = 1.6, .fail_most = 0.001, .suspect_most = 0.1,
     .detect_least = 0.9, .pass_most = 0.02},
    {"slope of one + 60 %, overhead 2 MiB", .overhead = 2 << 20, .change_ratio = 1.6, .fail_most = 0.001,
     .suspect_most = 0.1, .detect_least = 0.8, .pass_most = 0.05},
    {"slope of one + 60 %, overhead 32 MiB", .overhead = 32 << 20, .change_ratio = 1.6, .fail_most = 0.001,
     .suspect_most = 0.1, .pass_most = 1},
    {"slope of one + 60 %, overhead 2 MiB, each case drifts, σ = 5 %", 0.05, .overhead = 2 << 20, .change_ratio = 1.6,
     .fail_most = 0.005, .suspect_most = 1, .pass_most = 1},
};

static void sample(sweep_model *m, mb_metric metric, bool now, size_t i, size_t count)
{
    mb_series *series = now ? &m->is[i].series[metric] : &m->was[i].series[metric];
    double level = m->overhead + (now ? m->current_slope : m->slope) * value_at(i);
    while (series->count < count)
        series->values[series->count++] = draw(level * (now ? m->factor[i] : 1), m->kind);
}

static void model_init(sweep_model *m, mb_metric metric, const scenario *s, size_t index)
{
    static const double overheads[] = {0, 2 << 20, 32 << 20};
    m->kind = (noise)(index % NOISE_COUNT);
    m->overhead = s->overhead >= 0 ? s->overhead : overheads[(size_t)(uniform() * 3)];
    m->slope = m->current_slope = GROWN_BYTES / value_at(VALUES - 1);
    double together = exp(s->drift * normal());
    for (size_t i = 0; i < VALUES; i++) {
        snprintf(m->ids[i], sizeof m->ids[i], "sweep%zu/%.0f", index, value_at(i));
        mb_case_result made = {.id = m->ids[i], .group = "sweep", .param_count = 1};
        made.params[0] = (mb_param_value){.name = "units", .value = (uint64_t)value_at(i)};
        m->was[i] = m->is[i] = made;
        m->was[i].series[metric] = (mb_series){m->was_at[i], 0};
        m->is[i].series[metric] = (mb_series){m->is_at[i], 0};
        /* What repeats exactly, or nearly always, has no level that could move by a few percent. */
        bool drifts = m->kind != NOISE_NONE && m->kind != NOISE_JUMPS;
        m->factor[i] = !drifts ? 1 : s->drifts_together ? together : exp(s->drift * normal());
        sample(m, metric, false, i, BASELINE_SAMPLES);
    }
}

/* Takes samples as the coordinator does, until no case asks for more. */
static void measure(sweep_model *models, mb_metric metric, const mb_gate_policy *policy)
{
    static const mb_run_info run = {.architecture = "any", .page_bytes = PAGE};
    static mb_comparison all[SWEEPS * VALUES];
    static size_t scratch[SWEEPS * VALUES], wanted[SWEEPS * VALUES];
    for (size_t k = 0; k < SWEEPS * VALUES; k++)
        wanted[k] = 3;
    for (bool more = true; more;) {
        more = false;
        for (size_t k = 0; k < SWEEPS * VALUES; k++) {
            sweep_model *m = &models[k / VALUES];
            size_t i = k % VALUES;
            if (m->is[i].series[metric].count >= wanted[k])
                continue;
            mb_comparison found[MB_METRIC_COUNT];
            sample(m, metric, true, i, wanted[k]);
            mb_compare_case(&m->was[i], &run, &m->is[i], &run, policy, k, &test_arena, found);
            all[k] = found[0];
        }
        mb_compare_settle(all, SWEEPS * VALUES, policy, scratch);
        for (size_t k = 0; k < SWEEPS * VALUES; k++) {
            wanted[k] = all[k].samples_wanted;
            more = more || wanted[k] > all[k].current_count;
        }
    }
    for (size_t k = 0; k < SWEEPS * VALUES; k++)
        models[k / VALUES].comparisons[k % VALUES] = all[k];
}

/* Verdicts of all slopes of the pull request. */
static void judge(const sweep_model *models, const mb_gate_policy *policy, mb_slope_verdict verdicts[SWEEPS])
{
    static mb_sweep_set sets[SWEEPS];
    static mb_slope_verdict open[SWEEPS];
    static size_t scratch[SWEEPS];
    size_t count = 0;
    for (size_t s = 0; s < SWEEPS; s++) {
        const sweep_model *m = &models[s];
        for (size_t i = 0; i < VALUES; i++)
            if (!mb_sweep_set_add(&sets[s], &m->is[i], &m->was[i], &m->comparisons[i], 1))
                abort();
        if (!mb_sweep_set_make(&sets[s], policy) || sets[s].sweep_count != 1)
            abort();
        count += mb_sweep_set_get(&sets[s], open + count, SWEEPS - count);
    }
    mb_sweep_settle(open, count, scratch);
    count = 0;
    for (size_t s = 0; s < SWEEPS; s++) {
        mb_sweep_set_put(&sets[s], open + count);
        count += mb_sweep_set_get(&sets[s], NULL, 0);
        verdicts[s].verdict = sets[s].sweeps[0].metrics[0].verdict;
        mb_sweep_set_clear(&sets[s]);
    }
}

typedef struct gate_rates {
    size_t runs, failed, suspect, cases_failed, detected, changed_suspect, passed;
} gate_rates;

static void simulate(const scenario *s, gate_rates *rates)
{
    static sweep_model models[SWEEPS];
    mb_slope_verdict verdicts[SWEEPS];
    mb_metric metric = mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_COLD);
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    if (s->no_allowance)
        policy.drift_allowance_ratio = 0;
    memset(models, 0, sizeof models);
    for (size_t k = 0; k < SWEEPS; k++)
        model_init(&models[k], metric, s, k);
    size_t changed = SWEEPS;
    if (s->change_ratio != 0) {
        do
            changed = (size_t)(uniform() * SWEEPS);
        while (models[changed].kind == NOISE_NONE);
        models[changed].current_slope *= s->change_ratio;
    }
    measure(models, metric, &policy);
    judge(models, &policy, verdicts);
    bool failed = false, suspect = false, cases_failed = false;
    for (size_t k = 0; k < SWEEPS; k++) {
        if (k == changed)
            continue;
        failed = failed || verdicts[k].verdict == MB_VERDICT_REGRESSED;
        suspect = suspect || verdicts[k].verdict == MB_VERDICT_SUSPECT;
        for (size_t i = 0; i < VALUES; i++)
            cases_failed = cases_failed || models[k].comparisons[i].verdict == MB_VERDICT_REGRESSED;
    }
    rates->runs++;
    rates->failed += failed;
    rates->suspect += suspect;
    rates->cases_failed += cases_failed;
    if (changed == SWEEPS)
        return;
    rates->detected += verdicts[changed].verdict == MB_VERDICT_REGRESSED;
    rates->changed_suspect += verdicts[changed].verdict == MB_VERDICT_SUSPECT;
    rates->passed +=
        verdicts[changed].verdict != MB_VERDICT_REGRESSED && verdicts[changed].verdict != MB_VERDICT_SUSPECT;
}

static bool print_gate(const scenario *s, const gate_rates *r)
{
    double n = (double)r->runs;
    double failed = (double)r->failed / n, suspect = (double)r->suspect / n;
    bool good = failed <= with_chance(s->fail_most, r->runs) && suspect <= with_chance(s->suspect_most, r->runs);
    printf("| %s | %.2f %% | %.1f %% | %.2f %% |", s->name, failed * 100, suspect * 100,
           (double)r->cases_failed / n * 100);
    if (s->change_ratio != 0) {
        double detected = (double)r->detected / n, passed = (double)r->passed / n;
        good = good && 1 - detected <= with_chance(1 - s->detect_least, r->runs) &&
               passed <= with_chance(s->pass_most, r->runs);
        printf(" %.1f %% | %.1f %% | %.1f %% |", detected * 100, (double)r->changed_suspect / n * 100, passed * 100);
    } else {
        printf(" – | – | – |");
    }
    printf("%s\n", good ? "" : " **beyond its bound**");
    return good;
}

static bool tabulate_gate(size_t runs)
{
    bool good = true;
    printf("\nThe gate on slopes: %zu pull requests a row, %d sweeps of %d cases each, baselines of %d samples.\n\n"
           "| pull request | unchanged slope REGRESSED | unchanged slope SUSPECT | unchanged case REGRESSED | changed "
           "slope REGRESSED | SUSPECT | passed |\n|---|---|---|---|---|---|---|\n",
           runs, SWEEPS, VALUES, BASELINE_SAMPLES);
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        gate_rates rates = {0};
        random_state = 1 + i * 1000003;
        for (size_t k = 0; k < runs; k++)
            simulate(&scenarios[i], &rates);
        good = print_gate(&scenarios[i], &rates) && good;
        fflush(stdout);
    }
    return good;
}

int main(int argc, char **argv)
{
    bool quick = argc == 2 && strcmp(argv[1], "quick") == 0;
    if (argc > 2 || (argc == 2 && !quick)) {
        fprintf(stderr, "usage: membench-simulate-sweep [quick]\n");
        return 2;
    }
    random_state = 1;
    bool good = tabulate_classes(quick ? 100 : 2000);
    good = simulate_growth(quick ? 40 : 1000) && good;
    good = simulate_changes(quick ? 500 : 20000) && good;
    return tabulate_gate(quick ? 8 : 200) && good ? 0 : 1;
}
