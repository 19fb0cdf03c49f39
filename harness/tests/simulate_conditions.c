/* Simulates cases that repeat exactly and depend on where the linker puts things, or on a seed, and feeds them to the
 * gate's functions with samples under other conditions: how often does it err?
 *
 *     membench-simulate-conditions [quick]
 *
 * A pull request is 27 cases of one kind: of each, both builds show one value in every sample, drawn for each build
 * from what addresses make of it; under other conditions it is drawn again for every sample. Side by side, and against
 * a stored baseline that keeps five samples under other conditions, or none. Prints a Markdown table and exits with 1
 * when a rate is beyond its bound. The seeds are fixed: the same build prints the same table. */
#include "judge/gate_levels.h"
#include "judge/side_by_side.h"

#include "tests/simulate_random.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static mb_arena test_arena; /* of what comparisons point to */

enum { CASES = 27, SAMPLES = 20 };

/* What addresses make of a value, as a multiple of its level. */
typedef enum kind {
    KIND_FIXED,  /* nothing */
    KIND_PAGE,   /* a page more, in half of the places */
    KIND_TWO,    /* 1 or 1.4, as a table that grows when its seed is unlucky */
    KIND_RARE,   /* 1.4 in one place of twenty */
    KIND_NORMAL, /* around 1, by 10 % */
    KIND_WIDE    /* around 1, by 25 % */
} kind;

typedef enum against { AGAINST_SIDE, AGAINST_STORED, AGAINST_OLD } against;

typedef struct scenario {
    const char *name;
    kind kind;
    against against;
    double change_ratio; /* of one case; 0: none changed */
    /* Bounds: shares of pull requests. */
    double fail_most;    /* an unchanged case is REGRESSED */
    double detect_least; /* the changed case is REGRESSED */
    double pass_most;    /* the changed case is neither REGRESSED nor INCONCLUSIVE */
} scenario;

static const scenario scenarios[] = {
    {"side by side: two values, unchanged", KIND_TWO, AGAINST_SIDE, 0, .fail_most = 0.01},
    {"side by side: one place in twenty, unchanged", KIND_RARE, AGAINST_SIDE, 0, .fail_most = 0.01},
    {"side by side: 10 % around, unchanged", KIND_NORMAL, AGAINST_SIDE, 0, .fail_most = 0.01},
    {"side by side: 25 % around, unchanged", KIND_WIDE, AGAINST_SIDE, 0, .fail_most = 0.01},
    {"side by side: two values, + 20 %", KIND_TWO, AGAINST_SIDE, 1.2, 0.01, 0.95, 0.05},
    {"side by side: one place in twenty, + 20 %", KIND_RARE, AGAINST_SIDE, 1.2, 0.01, 0.95, 0.05},
    {"side by side: 10 % around, + 30 %", KIND_NORMAL, AGAINST_SIDE, 1.3, 0.01, 0.75, 0.25},
    {"side by side: nothing moves, + 12 %", KIND_FIXED, AGAINST_SIDE, 1.12, 0, 1, 0},
    {"side by side: a page more or less, + 15 %", KIND_PAGE, AGAINST_SIDE, 1.15, 0.01, 1, 0},
    {"stored: two values, unchanged", KIND_TWO, AGAINST_STORED, 0, .fail_most = 0.02},
    {"stored: one place in twenty, unchanged", KIND_RARE, AGAINST_STORED, 0, .fail_most = 0.02},
    {"stored: 10 % around, unchanged", KIND_NORMAL, AGAINST_STORED, 0, .fail_most = 0.02},
    {"stored: 25 % around, unchanged", KIND_WIDE, AGAINST_STORED, 0, .fail_most = 0.02},
    {"stored: two values, + 20 %", KIND_TWO, AGAINST_STORED, 1.2, 0.02, 0, 0.5},
    {"stored: two values, doubled", KIND_TWO, AGAINST_STORED, 2, 0.02, 0.9, 0.1},
    {"stored: nothing moves, + 12 %", KIND_FIXED, AGAINST_STORED, 1.12, 0, 1, 0},
    {"stored without them: two values, unchanged", KIND_TWO, AGAINST_OLD, 0, .fail_most = 0.02},
    {"stored without them: nothing moves, + 12 %", KIND_FIXED, AGAINST_OLD, 1.12, 0, 1, 0},
};

typedef struct model {
    kind kind;
    double level, factor;
    double usual[2][SAMPLES];
    double moved[2][MB_CONDITIONS_LAST];
    size_t moved_count[2];
} model;

static double draw(const model *m, int side)
{
    double ratio = 1, size = m->level * (side == 1 ? m->factor : 1);
    switch (m->kind) {
    case KIND_FIXED:
        break;
    case KIND_PAGE:
        size += uniform() < 0.5 ? 4096 : 0;
        break;
    case KIND_TWO:
        ratio = uniform() < 0.5 ? 1.4 : 1;
        break;
    case KIND_RARE:
        ratio = uniform() < 0.05 ? 1.4 : 1;
        break;
    case KIND_NORMAL:
        ratio = fmax(0.1, 1 + 0.1 * normal());
        break;
    case KIND_WIDE:
        ratio = fmax(0.1, 1 + 0.25 * normal());
        break;
    }
    return 16 * round(size * ratio / 16);
}

static void model_init(model *m, kind kind, double factor)
{
    *m = (model){.kind = kind, .level = 160 * 1024 * (1 + 4 * uniform()), .factor = factor};
    for (int side = 0; side < 2; side++) {
        double usual = draw(m, side);
        for (int i = 0; i < SAMPLES; i++)
            m->usual[side][i] = usual;
    }
}

static void model_move(model *m, int side, size_t count)
{
    for (; m->moved_count[side] < count; m->moved_count[side]++)
        m->moved[side][m->moved_count[side]] = draw(m, side);
}

static mb_comparison compare(const scenario *s, model *m, size_t index, size_t count, const mb_gate_policy *policy)
{
    static const mb_run_info run = {.architecture = "any", .page_bytes = 4096};
    const mb_metric metric = mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY);
    mb_comparison found[MB_METRIC_COUNT];
    mb_case_result sides[2] = {{.id = "simulated"}, {.id = "simulated"}};
    for (int side = 0; side < 2; side++) {
        bool is_stored = side == 0 && s->against != AGAINST_SIDE;
        sides[side].series[metric] = (mb_series){m->usual[side], is_stored ? SAMPLES : count};
        sides[side].conditions[metric] = (mb_series){m->moved[side], m->moved_count[side]};
    }
    if (s->against == AGAINST_SIDE)
        mb_side_compare_case(&sides[0], &run, &sides[1], &run, policy, index, &test_arena, found);
    else
        mb_compare_case(&sides[0], &run, &sides[1], &run, policy, index, &test_arena, found);
    return found[0];
}

static bool wants_moved(const mb_comparison *c) { return mb_comparison_wants_conditions(c); }

/* As session/sides.c does it: what shrank is looked at in the first stage, what may have grown in the second. */
static void judge_sides(const scenario *s, model *models, mb_comparison *comparisons, const mb_gate_policy *policy)
{
    static mb_comparison suspects[CASES];
    size_t scratch[CASES], suspect_count = 0;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < CASES; i++)
            comparisons[i] = compare(s, &models[i], i, MB_GATE_LOOK_FIRST_COUNT, policy);
        mb_side_screen(comparisons, CASES, policy, scratch);
        for (size_t i = 0; i < CASES; i++)
            for (int side = 0; side < 2 && wants_moved(&comparisons[i]); side++) {
                more = more || models[i].moved_count[side] < MB_CONDITIONS_FIRST;
                model_move(&models[i], side, MB_CONDITIONS_FIRST);
            }
    }
    for (size_t i = 0; i < CASES; i++)
        if (mb_side_is_suspect(&comparisons[i]))
            suspects[suspect_count++] = compare(s, &models[i], i, MB_GATE_LOOK_FIRST_COUNT, policy);
    for (bool more = suspect_count > 0; more;) {
        more = false;
        mb_side_confirm(suspects, suspect_count, policy, scratch);
        for (size_t k = 0; k < suspect_count; k++) {
            model *m = &models[suspects[k].case_index];
            if (!wants_moved(&suspects[k]))
                continue;
            more = true;
            for (int side = 0; side < 2; side++)
                model_move(m, side, suspects[k].conditions->wanted);
            suspects[k] = compare(s, m, suspects[k].case_index, MB_GATE_LOOK_FIRST_COUNT, policy);
        }
    }
    for (size_t k = 0; k < suspect_count; k++)
        comparisons[suspects[k].case_index] = suspects[k];
}

static void judge_stored(const scenario *s, model *models, mb_comparison *comparisons, const mb_gate_policy *policy)
{
    size_t scratch[CASES];
    for (size_t i = 0; i < CASES && s->against == AGAINST_STORED; i++)
        model_move(&models[i], 0, MB_CONDITIONS_FIRST);
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < CASES; i++)
            comparisons[i] = compare(s, &models[i], i, MB_GATE_LOOK_FIRST_COUNT, policy);
        mb_compare_settle(comparisons, CASES, policy, scratch);
        for (size_t i = 0; i < CASES; i++)
            if (wants_moved(&comparisons[i])) {
                model_move(&models[i], 1, comparisons[i].conditions->wanted);
                more = true;
            }
    }
}

typedef struct tally {
    size_t pull_requests, failed, open, detected, inconclusive, moved;
} tally;

static void simulate(const scenario *s, const mb_gate_policy *policy, tally *t)
{
    static model models[CASES];
    static mb_comparison comparisons[CASES];
    size_t changed = s->change_ratio > 0 ? (size_t)(uniform() * CASES) : CASES;
    for (size_t i = 0; i < CASES; i++)
        model_init(&models[i], s->kind, i == changed ? s->change_ratio : 1);
    if (s->against == AGAINST_SIDE)
        judge_sides(s, models, comparisons, policy);
    else
        judge_stored(s, models, comparisons, policy);
    bool failed = false, open = false;
    for (size_t i = 0; i < CASES; i++) {
        t->moved += models[i].moved_count[1];
        failed = failed || (i != changed && comparisons[i].verdict == MB_VERDICT_REGRESSED);
        open = open || (i != changed && comparisons[i].verdict == MB_VERDICT_INCONCLUSIVE);
    }
    t->pull_requests++;
    mb_arena_reset(&test_arena);
    t->failed += failed;
    t->open += open;
    if (changed < CASES) {
        t->detected += comparisons[changed].verdict == MB_VERDICT_REGRESSED;
        t->inconclusive += comparisons[changed].verdict == MB_VERDICT_INCONCLUSIVE;
    }
}

static bool report(const scenario *s, const tally *t)
{
    size_t trials = t->pull_requests;
    double n = (double)trials, failed = (double)t->failed / n, detected = (double)t->detected / n;
    double open = (double)t->inconclusive / n, passed = 1 - detected - open;
    bool good = failed <= with_chance(s->fail_most, trials);
    printf("| %s | %.2f %% | %.2f %% |", s->name, failed * 100, (double)t->open / n * 100);
    if (s->change_ratio > 0) {
        good = good && 1 - detected <= with_chance(1 - s->detect_least, trials) &&
               passed <= with_chance(s->pass_most, trials);
        printf(" %.2f %% | %.2f %% | %.2f %% |", detected * 100, open * 100, fmax(0, passed) * 100);
    } else {
        printf(" – | – | – |");
    }
    printf(" %.1f |%s\n", (double)t->moved / n / CASES, good ? "" : " **beyond its bound**");
    return good;
}

int main(int argc, char **argv)
{
    bool quick = argc == 2 && strcmp(argv[1], "quick") == 0, good = true;
    if (argc > 2 || (argc == 2 && !quick)) {
        fprintf(stderr, "usage: membench-simulate-conditions [quick]\n");
        return 2;
    }
    size_t pull_requests = quick ? 100 : 3000;
    printf("%zu pull requests of %d cases a row.\n\n"
           "| moved by addresses or seeds | unchanged case REGRESSED | unchanged case INCONCLUSIVE | changed case "
           "REGRESSED | INCONCLUSIVE | passed | samples under other conditions, a case and side |\n"
           "|---|---|---|---|---|---|---|\n",
           pull_requests, CASES);
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        mb_gate_policy policy;
        mb_gate_policy_init(&policy);
        random_state = 4711 + i * 1000003;
        tally t = {0};
        for (size_t k = 0; k < pull_requests; k++)
            simulate(&scenarios[i], &policy, &t);
        good = report(&scenarios[i], &t) && good;
        fflush(stdout);
    }
    return good ? 0 : 1;
}
