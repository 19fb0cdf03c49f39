/* Simulates soaks and feeds them to the very function that judges them: how often does it err?
 *
 *     membench-simulate-soak [quick|full [WORD]]      shapes with the word in their names
 *
 * A value a second, in whole pages, over 50 MiB unless said otherwise. Prints a Markdown table and exits with 1 when a
 * rate is beyond its bound. The seeds are fixed: the same build prints the same table. */
#include "judge/leak.h"
#include "tests/simulate_random.h"
#include "tests/simulate_soak_ends.h"
#include "tests/simulate_soak_shapes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double times[MB_SOAK_LONGEST_SECONDS + 1], values[MB_SOAK_LONGEST_SECONDS + 1];

static void judge(const mb_soak_shape *s, double seconds, bool is_repeated, mb_soak_judgement *judgement)
{
    mb_soak_rule rule;
    mb_soak_rule_init(&rule);
    rule.period_seconds = s->period_seconds;
    rule.is_repeated = is_repeated;
    if (!mb_soak_judge(times, values, NULL, (size_t)seconds + 1, &rule, judgement))
        exit(1);
}

typedef struct rates {
    double shares[MB_SOAK_LOOKS][MB_SOAK_INCONCLUSIVE + 1]; /* at each look alone */
    double finals[MB_SOAK_INCONCLUSIVE + 1];                /* until there is a verdict */
    double minutes[MB_SOAK_INCONCLUSIVE + 1];               /* mean, of those that end so */
} rates;

/* The verdict that ends the soak, and at which look. */
static mb_soak_verdict look_until(const mb_soak_shape *s, size_t *look)
{
    static const double seconds[MB_SOAK_LOOKS] = MB_SOAK_LOOK_SECONDS;
    mb_soak_looks looks = {0};
    mb_soak_judgement judgement;
    mb_soak_rule rule;
    mb_soak_rule_init(&rule);
    for (*look = 0;; ++*look) {
        judge(s, seconds[*look], true, &judgement);
        if (mb_soak_look_ends(&looks, &judgement, &rule))
            return judgement.verdict;
    }
}

static void simulate(const mb_soak_shape *s, size_t round_count, rates *r)
{
    static const double looks[MB_SOAK_LOOKS] = MB_SOAK_LOOK_SECONDS;
    size_t counts[MB_SOAK_INCONCLUSIVE + 1] = {0}, look;
    *r = (rates){0};
    for (size_t round = 0; round < round_count; round++) {
        mb_soak_judgement judgement;
        mb_soak_shape_draw(s, times, values);
        for (size_t i = 0; i < MB_SOAK_LOOKS; i++) {
            judge(s, looks[i], false, &judgement);
            r->shares[i][judgement.verdict] += 1.0 / (double)round_count;
        }
        mb_soak_verdict verdict = look_until(s, &look);
        r->finals[verdict] += 1.0 / (double)round_count;
        r->minutes[verdict] += looks[look] / 60;
        counts[verdict]++;
    }
    for (int v = 0; v <= MB_SOAK_INCONCLUSIVE; v++)
        r->minutes[v] /= (double)(counts[v] > 0 ? counts[v] : 1);
}

static bool is_fine(const mb_soak_shape *s, const rates *r, size_t round_count)
{
    if (s->is_none_at_two_hours && r->shares[2][MB_SOAK_PLATEAU] > 0)
        return false;
    return is_within(r->finals[MB_SOAK_LEAK], s->leak_least, s->leak_most, round_count) &&
           is_within(r->finals[MB_SOAK_PLATEAU], s->plateau_least, s->plateau_most, round_count);
}

int main(int argc, char **argv)
{
    size_t round_count = argc > 1 && strcmp(argv[1], "quick") == 0 ? 10 : 1000;
    int failed = 0;
    printf("%zu soaks a row; LEAK / PLATEAU / INCONCLUSIVE in per cent.\n\n", round_count);
    printf("| series | 30 min | 60 min | 120 min | 240 min | until a verdict | mean time to LEAK "
           "| to PLATEAU |\n|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < mb_soak_shape_count; i++) {
        const mb_soak_shape *s = &mb_soak_shapes[i];
        rates r;
        mb_soak_shape_seed(1000 + i);
        if (argc > 2 && strstr(s->name, argv[2]) == NULL)
            continue;
        simulate(s, round_count, &r);
        printf("| %s |", s->name);
        for (size_t look = 0; look <= MB_SOAK_LOOKS; look++) {
            const double *shares = look < MB_SOAK_LOOKS ? r.shares[look] : r.finals;
            printf(" %.1f / %.1f / %.1f |", 100 * shares[MB_SOAK_LEAK], 100 * shares[MB_SOAK_PLATEAU],
                   100 * shares[MB_SOAK_INCONCLUSIVE]);
        }
        for (int v = MB_SOAK_LEAK; v <= MB_SOAK_PLATEAU; v++)
            if (r.finals[v] > 0)
                printf(" %.0f min |", r.minutes[v]);
            else
                printf(" – |");
        bool good = is_fine(s, &r, round_count);
        printf("%s\n", good ? "" : " **beyond its bound**");
        fflush(stdout);
        failed |= !good;
    }
    if (argc <= 2) {
        failed |= !mb_simulate_idle(round_count);
        failed |= !mb_simulate_restarts(round_count);
    }
    return failed;
}
