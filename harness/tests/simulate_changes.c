#include "tests/simulate_growth.h"

#include "judge/changepoint.h"
#include "tests/simulate_random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUNS_MAX = 30, KINDS = 7 };

static const char *const kind_names[KINDS] = {
    "normal",           "exponential", "heavy tail (t, 2 degrees)", "log-normal",
    "two values, even", "AR(0.5)",     "three runs a session"};

/* Noise of about one sigma around 0. */
static void draw(double *noise, size_t count, int kind)
{
    double session = 0;
    for (size_t i = 0; i < count; i++) {
        double z = normal();
        session = i % 3 == 0 ? z : session;
        noise[i] = kind == 0   ? z
                   : kind == 1 ? -log(uniform())
                   : kind == 2 ? z / sqrt(-log(uniform()))
                   : kind == 3 ? exp(z)
                   : kind == 4 ? (uniform() < 0.5 ? 1 : 0) + 0.05 * z
                   : kind == 6 ? session + 0.05 * z
                   : i == 0    ? z
                               : 0.5 * noise[i - 1] + sqrt(0.75) * z;
    }
}

/* Shares of series in which a change is found: with a step of so many sigma that many runs before the end, or 0. */
static double rate(size_t runs, size_t count, int kind, double step, size_t after)
{
    mb_changepoint_rule rule;
    mb_changepoint_rule_init(&rule);
    size_t found = 0;
    for (size_t r = 0; r < runs; r++) {
        double values[RUNS_MAX];
        mb_changepoint changes[RUNS_MAX];
        size_t change_count = 0;
        draw(values, count, kind);
        for (size_t i = 0; i < count; i++) /* one sigma is 1 % */
            values[i] = 1e6 * (1 + 0.01 * (values[i] + (i + after >= count ? step : 0)));
        if (!mb_changepoint_noisy(values, count, &rule, changes, &change_count))
            abort();
        found += change_count > 0;
    }
    return (double)found / (double)runs;
}

bool simulate_changes(size_t runs)
{
    static const size_t counts[] = {6, 8, 10, 13, 14, 20, 30};
    bool good = true;
    printf("\nChange points of few runs: %zu series a cell, one sigma is 1 %% of the value.\n\n| runs | ", runs);
    for (int kind = 0; kind < KINDS; kind++)
        printf("no change, %s | ", kind_names[kind]);
    printf("3 runs after a step of 5σ | 10σ | 20σ |\n|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        size_t count = counts[c];
        random_state = count;
        printf("| %zu |", count);
        bool is_good = true;
        for (int kind = 0; kind < KINDS; kind++) {
            double most = kind == 4   ? (count < 10 ? 0.04 : 0.015)
                          : kind == 5 ? (count < 14 ? 0.02 : 1)
                          : kind == 6 ? 1
                                      : 0.01,
                   alarms;
            alarms = rate(runs, count, kind, 0, 0);
            is_good = is_good && alarms <= with_chance(most, runs);
            printf(" %.2f %% |", 100 * alarms);
        }
        double least[] = {0, count < 10 ? 0.85 : 0, 0.97}, steps[] = {5, 10, 20};
        for (int i = 0; i < 3; i++) {
            double found = rate(runs, count, 0, steps[i], 3);
            is_good = is_good && 1 - found <= with_chance(1 - least[i], runs);
            printf(" %.1f %% |", 100 * found);
        }
        printf("%s\n", is_good ? "" : " **beyond its bound**");
        good = good && is_good;
    }
    return good;
}
