/* Simulates soaks and feeds them to the very function that judges them: how often does it err?
 *
 *     membench-simulate-soak [quick]
 *
 * A value a second, in whole pages, over 50 MiB unless said otherwise. Prints a Markdown table and exits with 1 when a
 * rate is beyond its bound. The seeds are fixed: the same build prints the same table. */
#include "judge/leak.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_SECONDS = 14400, PAGE_BYTES = 4096, KIB = 1024, MIB = 1024 * 1024 };

/* splitmix64, so that a table is the same on every libc. */
static uint64_t random_state;

static double uniform(void)
{
    random_state += 0x9e3779b97f4a7c15u;
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void)
{
    double radius = sqrt(-2 * log(uniform()));
    return radius * cos(6.283185307179586 * uniform());
}

typedef struct shape {
    const char *name;
    double level_bytes;                /* 0: 50 MiB */
    double noise_bytes;                /* white, standard deviation */
    double neighbour_noise;            /* AR(1) with coefficient 0.99, standard deviation in bytes */
    double walk_bytes;                 /* random walk, standard deviation of a second's step */
    double climb_bytes, climb_seconds; /* towards a plateau, exponentially */
    double logarithm_bytes;            /* times ln(1 + minutes) */
    double tooth_bytes, tooth_seconds; /* sawtooth */
    double step_bytes;                 /* one step, anywhere in the middle of the first 30 minutes */
    double steps_bytes;                /* up or down by it, every ten minutes on average */
    double leak_bytes_per_second;
    double leak_most, leak_least; /* bounds on LEAK until there is a verdict, as shares */
    double plateau_most;
} shape;

/* clang-format off */
static const shape shapes[] = {
    {.name = "flat, constant", .leak_most = 0, .plateau_most = 1},
    {.name = "flat, white noise of 64 KiB", .noise_bytes = 64 * KIB, .leak_most = 0, .plateau_most = 1},
    {.name = "flat, noise of 256 KiB that resembles its neighbour", .neighbour_noise = 256 * KIB, .leak_most = 0.01, .plateau_most = 1},
    {.name = "climb by 20 MiB, then plateau (time constant 5 min)", .noise_bytes = 64 * KIB, .climb_bytes = 20 * MIB, .climb_seconds = 300, .leak_most = 0, .plateau_most = 1},
    {.name = "climb by 20 MiB, then plateau (time constant 20 min)", .noise_bytes = 64 * KIB, .climb_bytes = 20 * MIB, .climb_seconds = 1200, .leak_most = 0, .plateau_most = 1},
    {.name = "logarithmic, 2 MiB · ln(1 + minutes)", .noise_bytes = 64 * KIB, .logarithm_bytes = 2 * MIB, .leak_most = 0.01, .plateau_most = 1},
    {.name = "sawtooth of 8 MiB every 20 s", .noise_bytes = 16 * KIB, .tooth_bytes = 8 * MIB, .tooth_seconds = 20, .leak_most = 0, .plateau_most = 1},
    {.name = "sawtooth of 8 MiB every 5 min", .noise_bytes = 16 * KIB, .tooth_bytes = 8 * MIB, .tooth_seconds = 300, .leak_most = 0, .plateau_most = 1},
    {.name = "one step of 8 MiB", .noise_bytes = 64 * KIB, .step_bytes = 8 * MIB, .leak_most = 0, .plateau_most = 1},
    {.name = "steps of 1 MiB up or down, one in 10 min", .noise_bytes = 64 * KIB, .steps_bytes = MIB, .leak_most = 0.01, .plateau_most = 1},
    {.name = "random walk, 16 KiB a second", .walk_bytes = 16 * KIB, .leak_most = 0.05, .plateau_most = 1},
    {.name = "leak of 0.1 KB/s: 360 KiB/h, below 1 %/h of 50 MiB", .leak_bytes_per_second = 102.4, .leak_most = 0, .plateau_most = 1},
    {.name = "leak of 0.1 KB/s over 5 MiB, no noise", .level_bytes = 5 * MIB, .leak_bytes_per_second = 102.4, .leak_most = 1, .leak_least = 0.99, .plateau_most = 0},
    {.name = "leak of 0.2 KB/s, noise of 64 KiB", .noise_bytes = 64 * KIB, .leak_bytes_per_second = 204.8, .leak_most = 1, .leak_least = 0.9, .plateau_most = 0.1},
    {.name = "leak of 1 KB/s, noise of 64 KiB", .noise_bytes = 64 * KIB, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.99, .plateau_most = 0},
    {.name = "leak of 1 KB/s, noise that resembles its neighbour", .neighbour_noise = 256 * KIB, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.95, .plateau_most = 0.01},
    {.name = "leak of 10 KB/s, noise of 64 KiB", .noise_bytes = 64 * KIB, .leak_bytes_per_second = 10240, .leak_most = 1, .leak_least = 0.99, .plateau_most = 0},
    {.name = "sawtooth of 8 MiB every 20 s, leak of 1 KB/s", .noise_bytes = 16 * KIB, .tooth_bytes = 8 * MIB, .tooth_seconds = 20, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.99, .plateau_most = 0.01},
    {.name = "climb by 20 MiB (5 min), leak of 1 KB/s", .noise_bytes = 64 * KIB, .climb_bytes = 20 * MIB, .climb_seconds = 300, .leak_bytes_per_second = 1024, .leak_most = 1, .leak_least = 0.95, .plateau_most = 0.01},
};
/* clang-format on */
enum { SHAPE_COUNT = sizeof shapes / sizeof shapes[0] };

static double times[LONGEST_SECONDS + 1], values[LONGEST_SECONDS + 1];

static void draw(const shape *s)
{
    double neighbour = normal(), walk = 0, steps = 0;
    double tooth_at = uniform(), step_at = 1800 * (0.3 + 0.4 * uniform());
    for (size_t i = 0; i <= LONGEST_SECONDS; i++) {
        double t = (double)i, value = s->level_bytes > 0 ? s->level_bytes : 50.0 * MIB;
        neighbour = 0.99 * neighbour + sqrt(1 - 0.99 * 0.99) * normal();
        walk += s->walk_bytes * normal();
        if (uniform() < 1.0 / 600)
            steps += uniform() < 0.5 ? s->steps_bytes : -s->steps_bytes;
        value += s->noise_bytes * normal() + s->neighbour_noise * neighbour + walk + steps;
        if (s->climb_seconds > 0)
            value += s->climb_bytes * (1 - exp(-t / s->climb_seconds));
        value += s->logarithm_bytes * log(1 + t / 60) + s->leak_bytes_per_second * t;
        if (s->tooth_seconds > 0)
            value += s->tooth_bytes * fmod(t / s->tooth_seconds + tooth_at, 1);
        if (t >= step_at)
            value += s->step_bytes;
        times[i] = t;
        values[i] = floor(value / PAGE_BYTES) * PAGE_BYTES;
    }
}

static mb_soak_verdict judge(double seconds, bool is_repeated)
{
    mb_soak_rule rule;
    mb_soak_judgement judgement;
    mb_soak_rule_init(&rule);
    rule.is_repeated = is_repeated;
    if (!mb_soak_judge(times, values, NULL, (size_t)seconds + 1, &rule, &judgement))
        exit(1);
    return judgement.verdict;
}

typedef struct rates {
    double shares[2][MB_SOAK_INCONCLUSIVE + 1]; /* at 30 and at 60 minutes */
    double finals[MB_SOAK_INCONCLUSIVE + 1];    /* until there is a verdict */
    double leak_minutes;                        /* mean, of those that end in LEAK */
} rates;

static void simulate(const shape *s, size_t round_count, rates *r)
{
    static const double looks[MB_SOAK_LOOKS] = MB_SOAK_LOOK_SECONDS;
    size_t leak_count = 0;
    *r = (rates){0};
    for (size_t round = 0; round < round_count; round++) {
        draw(s);
        for (size_t i = 0; i < 2; i++)
            r->shares[i][judge(looks[i], false)] += 1.0 / (double)round_count;
        mb_soak_verdict verdict = MB_SOAK_INCONCLUSIVE;
        size_t look = 0;
        while (look < MB_SOAK_LOOKS && (verdict = judge(looks[look], true)) == MB_SOAK_INCONCLUSIVE)
            look++;
        r->finals[verdict] += 1.0 / (double)round_count;
        if (verdict == MB_SOAK_LEAK) {
            r->leak_minutes += looks[look] / 60;
            leak_count++;
        }
    }
    if (leak_count > 0)
        r->leak_minutes /= (double)leak_count;
}

static int check(const shape *s, const rates *r)
{
    const double slack = 1e-9;
    bool is_fine = r->finals[MB_SOAK_LEAK] <= s->leak_most + slack &&
                   r->finals[MB_SOAK_LEAK] >= s->leak_least - slack &&
                   r->finals[MB_SOAK_PLATEAU] <= s->plateau_most + slack;
    if (!is_fine)
        fprintf(stderr, "%s: LEAK %.3f is to be between %.3f and %.3f, PLATEAU %.3f at most %.3f\n", s->name,
                r->finals[MB_SOAK_LEAK], s->leak_least, s->leak_most, r->finals[MB_SOAK_PLATEAU], s->plateau_most);
    return is_fine ? 0 : 1;
}

int main(int argc, char **argv)
{
    size_t round_count = argc > 1 && strcmp(argv[1], "quick") == 0 ? 20 : 500;
    int failed = 0;
    printf("%zu soaks a row; LEAK / PLATEAU / INCONCLUSIVE in per cent.\n\n", round_count);
    printf(
        "| series | 30 min | 60 min | until a verdict (30 to 240 min) | mean time to LEAK |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < SHAPE_COUNT; i++) {
        rates r;
        random_state = 1000 + i;
        simulate(&shapes[i], round_count, &r);
        printf("| %s |", shapes[i].name);
        for (size_t look = 0; look < 2; look++)
            printf(" %.1f / %.1f / %.1f |", 100 * r.shares[look][MB_SOAK_LEAK], 100 * r.shares[look][MB_SOAK_PLATEAU],
                   100 * r.shares[look][MB_SOAK_INCONCLUSIVE]);
        printf(" %.1f / %.1f / %.1f |", 100 * r.finals[MB_SOAK_LEAK], 100 * r.finals[MB_SOAK_PLATEAU],
               100 * r.finals[MB_SOAK_INCONCLUSIVE]);
        if (r.finals[MB_SOAK_LEAK] > 0)
            printf(" %.0f min |\n", r.leak_minutes);
        else
            printf(" – |\n");
        fflush(stdout);
        failed |= check(&shapes[i], &r);
    }
    return failed;
}
