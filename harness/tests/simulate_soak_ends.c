/* Simulates what follows the load, and processes that are started again: how often do these verdicts err? */
#include "tests/simulate_soak_ends.h"

#include "judge/leak_idle.h"
#include "judge/leak_pieces.h"
#include "tests/simulate_random.h"

#include <stdio.h>
#include <stdlib.h>

#define KIB 1024.0
#define MIB (1024 * KIB)
enum { PAGE = 4096, RUN_SECONDS = 3600, IDLE_SECONDS = 600, RECORD_SECONDS = 14400, CUTS_MAX = 64 };

static double whole_pages(double bytes) { return PAGE * floor(bytes / PAGE); }

/* White noise, or with a coefficient of 0.99 noise that resembles its neighbour; of that standard deviation. */
static double next_noise(double former, double bytes, bool resembles)
{
    return resembles ? 0.99 * former + sqrt(1 - 0.99 * 0.99) * bytes * normal() : bytes * normal();
}

/* An hour of load over 50 MiB, and ten minutes without. */
typedef struct idle_shape {
    const char *name;
    double rise_bytes;   /* in the first minutes of the load */
    double back_ratio;   /* of it, comes back in the end … */
    double back_seconds; /* … exponentially, with this time constant; 0: at once */
    double tooth_bytes;  /* a sawtooth of 20 s, while there is load */
    double leak_bytes;   /* more by this at the end of the load, which is lost */
    double noise_bytes;  /* standard deviation */
    bool resembles;      /* the noise, its neighbour */
    double declined_most, declined_least;
    double other_most; /* NOT DECLINED */
} idle_shape;

static const idle_shape idle_shapes[] = {
    {"40 MiB, all of it comes back at once", 40 * MIB, 1, 0, 0, 0, 64 * KIB, false, 1, 1, 0},
    {"40 MiB, 90 % come back at once", 40 * MIB, 0.9, 0, 0, 0, 64 * KIB, false, 1, 1, 0},
    {"40 MiB, 70 % come back at once", 40 * MIB, 0.7, 0, 0, 0, 64 * KIB, false, 0, 0, 1},
    {"40 MiB, nothing comes back", 40 * MIB, 0, 0, 0, 0, 64 * KIB, false, 0, 0, 1},
    {"40 MiB, 80 % come back: either is right", 40 * MIB, 0.8, 0, 0, 0, 64 * KIB, false, 1, 0, 1},
    {"40 MiB, all comes back, time constant 2 min", 40 * MIB, 1, 120, 0, 0, 64 * KIB, false, 1, 1, 0},
    {"40 MiB, all comes back, time constant 8 min", 40 * MIB, 1, 480, 0, 0, 64 * KIB, false, 0, 0, 1},
    {"4 MiB, 90 % come back, noise of 256 KiB that resembles its neighbour", 4 * MIB, 0.9, 0, 0, 0, 256 * KIB, true, 1,
     0.8, 0.2},
    {"4 MiB, 70 % come back, noise of 256 KiB that resembles its neighbour", 4 * MIB, 0.7, 0, 0, 0, 256 * KIB, true,
     0.2, 0, 1},
    {"sawtooth of 8 MiB every 20 s over 40 MiB, all comes back", 40 * MIB, 1, 0, 8 * MIB, 0, 64 * KIB, false, 1, 1, 0},
    {"10 MiB come back, and 1 KB/s is lost", 10 * MIB, 1, 0, 0, 3600 * KIB, 64 * KIB, false, 0, 0, 1},
    {"no load to speak of, noise of 64 KiB", 0, 1, 0, 0, 0, 64 * KIB, false, 0, 0, 0},
    {"no load to speak of, noise of 256 KiB that resembles its neighbour", 0, 1, 0, 0, 0, 256 * KIB, true, 0.05, 0,
     0.05},
};

static mb_soak_decline draw_idle(const idle_shape *s)
{
    static double run[RUN_SECONDS], idle[IDLE_SECONDS], scratch[RUN_SECONDS];
    double noise = 0, phase = uniform();
    for (size_t i = 0; i < RUN_SECONDS; i++) {
        noise = next_noise(noise, s->noise_bytes, s->resembles);
        double t = (double)i, loaded = 1 - exp(-fmax(0, t - 90) / 120);
        run[i] = whole_pages(50 * MIB + s->rise_bytes * loaded + s->leak_bytes * t / RUN_SECONDS +
                             s->tooth_bytes * fmod(t / 20 + phase, 1) + noise);
    }
    for (size_t i = 0; i < IDLE_SECONDS; i++) {
        noise = next_noise(noise, s->noise_bytes, s->resembles);
        double left = s->back_seconds > 0 ? exp(-(double)i / s->back_seconds) : 0;
        idle[i] = whole_pages(50 * MIB + s->leak_bytes + s->rise_bytes * (1 - s->back_ratio * (1 - left)) + noise);
    }
    return mb_soak_idle_judge(run, RUN_SECONDS, idle, IDLE_SECONDS, scratch).verdict;
}

bool mb_simulate_idle(size_t round_count)
{
    bool all_good = true;
    printf("\n%zu soaks a row: an hour of load over 50 MiB, then ten minutes without.\n\n"
           "| what the load added | DECLINED | NOT DECLINED | NOTHING TO DECLINE |\n|---|---|---|---|\n",
           round_count);
    for (size_t k = 0; k < sizeof idle_shapes / sizeof idle_shapes[0]; k++) {
        const idle_shape *s = &idle_shapes[k];
        double n = (double)round_count, counts[MB_SOAK_NOT_DECLINED + 1] = {0};
        random_state = 5000 + k;
        for (size_t i = 0; i < round_count; i++)
            counts[draw_idle(s)]++;
        double declined = counts[MB_SOAK_DECLINED] / n, other = counts[MB_SOAK_NOT_DECLINED] / n;
        bool good = is_within(declined, s->declined_least, s->declined_most, round_count) &&
                    is_within(other, 0, s->other_most, round_count);
        printf("| %s | %.1f %% | %.1f %% | %.1f %% |%s\n", s->name, 100 * declined, 100 * other,
               100 * counts[MB_SOAK_NOT_RISEN] / n, good ? "" : " **beyond its bound**");
        all_good = all_good && good;
    }
    return all_good;
}

/* Four hours of processes that follow each other. */
typedef struct restart_shape {
    const char *name;
    double every_seconds;         /* a restart, … */
    bool is_uneven;               /* … after 0.3 to 1.7 of it */
    double leak_bytes_per_second; /* of each process, or of the last alone */
    bool only_last;
    double climb_bytes; /* of each, with a time constant of five minutes */
    double level_bytes; /* each begins up to that much above 50 MiB */
    double noise_bytes;
    bool resembles;
    double leak_most, leak_least, plateau_most, plateau_least;
} restart_shape;

static const restart_shape restart_shapes[] = {
    {"flat, restarted every hour", 3600, false, 0, false, 0, 0, 64 * KIB, false, 0, 0, 1, 1},
    {"flat, another level each hour, up to 20 MiB apart", 3600, false, 0, false, 0, 20 * MIB, 64 * KIB, false, 0, 0, 1,
     1},
    {"flat, restarted unevenly, every 50 min", 3000, true, 0, false, 0, 20 * MIB, 64 * KIB, false, 0, 0, 1, 0.5},
    {"flat, noise of 256 KiB that resembles its neighbour, every hour", 3600, false, 0, false, 0, 0, 256 * KIB, true,
     0.01, 0, 1, 0},
    {"climb by 20 MiB (time constant 5 min) after each restart, every hour", 3600, false, 0, false, 20 * MIB, 0,
     64 * KIB, false, 0.01, 0, 1, 0},
    {"flat, restarted every 20 min: no piece is long enough", 1200, false, 0, false, 0, 0, 64 * KIB, false, 0, 0, 0, 0},
    {"leak of 1 KB/s, restarted every hour", 3600, false, 1000, false, 0, 0, 64 * KIB, false, 1, 0.99, 0, 0},
    {"leak of 10 KB/s, restarted every 40 min", 2400, false, 10000, false, 0, 0, 64 * KIB, false, 1, 0.99, 0, 0},
    {"leak of 1 KB/s, restarted unevenly, every 50 min", 3000, true, 1000, false, 0, 20 * MIB, 64 * KIB, false, 1, 0.9,
     0.01, 0},
    {"leak of 1 KB/s in the last of four alone", 3600, false, 1000, true, 0, 0, 64 * KIB, false, 1, 0.99, 0, 0},
    {"leak of 1 KB/s, restarted every 20 min", 1200, false, 1000, false, 0, 0, 64 * KIB, false, 0, 0, 0, 0},
};

static mb_soak_verdict draw_restarts(const restart_shape *s)
{
    static double times[RECORD_SECONDS + 1], values[RECORD_SECONDS + 1];
    size_t cuts[CUTS_MAX], cut_count = 0;
    double noise = 0, began = 0, level = s->level_bytes * uniform();
    double ends = s->every_seconds * (s->is_uneven ? 0.3 + 1.4 * uniform() : 1);
    for (size_t i = 0; i <= RECORD_SECONDS; i++) {
        double t = (double)i;
        if (t >= ends && t < RECORD_SECONDS && cut_count < CUTS_MAX) {
            cuts[cut_count++] = i;
            began = ends;
            level = s->level_bytes * uniform();
            ends += s->every_seconds * (s->is_uneven ? 0.3 + 1.4 * uniform() : 1);
        }
        noise = next_noise(noise, s->noise_bytes, s->resembles);
        bool leaks = !s->only_last || ends >= RECORD_SECONDS;
        times[i] = t;
        values[i] = whole_pages(50 * MIB + level + s->climb_bytes * (1 - exp(-(t - began) / 300)) +
                                (leaks ? s->leak_bytes_per_second * (t - began) : 0) + noise);
    }
    mb_soak_rule rule;
    mb_soak_judgement judgement;
    mb_soak_rule_init(&rule);
    if (!mb_soak_judge_pieces(times, values, NULL, RECORD_SECONDS + 1, cuts, cut_count, true, &rule, &judgement))
        exit(1);
    return judgement.verdict;
}

bool mb_simulate_restarts(size_t round_count)
{
    bool all_good = true;
    printf("\n%zu soaks a row: four hours over 50 MiB, judged between restarts.\n\n"
           "| processes | LEAK | PLATEAU | INCONCLUSIVE |\n|---|---|---|---|\n",
           round_count);
    for (size_t k = 0; k < sizeof restart_shapes / sizeof restart_shapes[0]; k++) {
        const restart_shape *s = &restart_shapes[k];
        double n = (double)round_count, counts[MB_SOAK_INCONCLUSIVE + 1] = {0};
        random_state = 6000 + k;
        for (size_t i = 0; i < round_count; i++)
            counts[draw_restarts(s)]++;
        double leak = counts[MB_SOAK_LEAK] / n, plateau = counts[MB_SOAK_PLATEAU] / n;
        bool good = is_within(leak, s->leak_least, s->leak_most, round_count) &&
                    is_within(plateau, s->plateau_least, s->plateau_most, round_count);
        printf("| %s | %.1f %% | %.1f %% | %.1f %% |%s\n", s->name, 100 * leak, 100 * plateau,
               100 * counts[MB_SOAK_INCONCLUSIVE] / n, good ? "" : " **beyond its bound**");
        all_good = all_good && good;
    }
    return all_good;
}
