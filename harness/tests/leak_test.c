/* The judge of soaks by its parts, each against its definition, and what it says of every shape that
 * membench-simulate-soak draws. MEMBENCH_REFRESH_GOLDEN=1 writes that again: read the difference before committing. */
#include "base/hash.h"
#include "judge/leak_blocks.h"
#include "tests/simulate_soak_shapes.h"
#include "tests/suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIB = 1024 * 1024, COUNT = MB_SOAK_LONGEST_SECONDS + 1 };

static double times[COUNT], values[COUNT], scratch[COUNT];

/* One line a look: verdict and reason, then the figures, with as many digits as no other libc rounds otherwise. */
static void print_judgement(FILE *file, double seconds, const mb_soak_judgement *j)
{
    fprintf(file,
            "  %3.0f min %s %d, %.3g [%.3g, %.3g] an hour, level %.4g, tolerance %.3g, walk %.3g, halves %.3g %.3g, ",
            seconds / 60, mb_soak_verdict_name(j->verdict), j->reason, j->slope.value, j->slope.low, j->slope.high,
            j->level_bytes, j->tolerance_bytes_per_hour, j->increment_low_bytes_per_hour, j->early_bytes_per_hour,
            j->late_bytes_per_hour);
    fprintf(file, "step %.3g at %.4g, level from %.4g, quiet %.4g, %s, period %.4g in %zu, %zu rises%s, growth %.3g\n",
            j->step_bytes, j->step_at_seconds, j->level_from_seconds, j->quiet_seconds,
            j->uses_minimum ? "lower ends" : "medians", j->period_seconds, j->period_count, j->rise_count,
            j->has_risen ? ", risen" : "", j->growth_bytes);
}

static char *read_all(const char *path)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = fopen(path, "rb"), *copy = open_memstream(&text, &length);
    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    for (int c = file != NULL ? fgetc(file) : EOF; c != EOF; c = fgetc(file))
        fputc(c, copy);
    if (file != NULL)
        fclose(file);
    fclose(copy);
    return text;
}

static void test_shapes(void)
{
    static const double looks[MB_SOAK_LOOKS] = MB_SOAK_LOOK_SECONDS;
    static const char path[] = MEMBENCH_GOLDEN_FOLDER "/soak-shapes.txt";
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    for (size_t i = 0; i < mb_soak_shape_count; i++) {
        mb_soak_shape_seed(mb_hash_text(MB_HASH_FIRST, mb_soak_shapes[i].name)); /* new shapes change none */
        mb_soak_shape_draw(&mb_soak_shapes[i], times, values);
        fprintf(file, "%s\n", mb_soak_shapes[i].name);
        for (size_t look = 0; look < MB_SOAK_LOOKS; look++) {
            mb_soak_rule rule;
            mb_soak_judgement judgement;
            mb_soak_rule_init(&rule);
            rule.period_seconds = mb_soak_shapes[i].period_seconds;
            rule.is_repeated = look % 2 != 0;
            CU_ASSERT_TRUE_FATAL(mb_soak_judge(times, values, NULL, (size_t)looks[look] + 1, &rule, &judgement));
            print_judgement(file, looks[look], &judgement);
        }
    }
    fclose(file);
    if (getenv("MEMBENCH_REFRESH_GOLDEN") != NULL) {
        file = fopen(path, "wb");
        CU_ASSERT_PTR_NOT_NULL_FATAL(file);
        fputs(text, file);
        CU_ASSERT_EQUAL(fclose(file), 0);
    }
    char *golden = read_all(path);
    CU_ASSERT_STRING_EQUAL(golden, text);
    free(golden);
    free(text);
}

/* Blocks by their definition: which values each holds, their median and lower tenth, the middle of their time, and the
 * operations of the value that stands for them. Times are uneven, and the last value is at the very end. */
static void test_blocks(void)
{
    enum { BLOCKS = 5, HELD = 21 };
    double operations[BLOCKS * HELD + 1];
    mb_soak_blocks blocks;
    for (int use_minimum = 0; use_minimum < 2; use_minimum++)
        for (size_t held = HELD - 1; held <= HELD; held++) {
            size_t count = 0;
            for (size_t b = 0; b < BLOCKS; b++)
                for (size_t k = 0; k < held; k++, count++) {
                    times[count] =
                        1000 + 100 * (double)b + (k == 0 ? 0 : 60 + (double)k);     /* the first opens its block */
                    values[count] = 1e6 * (double)b + 10 * (double)(k * 11 % held); /* 0, 10 … in some order */
                    operations[count] = 7 * (double)count;
                }
            times[count - 1] = 1500;
            mb_soak_blocks_cut(times, values, operations, count, 1000, 1500, BLOCKS, use_minimum, scratch, &blocks);
            CU_ASSERT_EQUAL_FATAL(blocks.count, BLOCKS);
            CU_ASSERT_EQUAL(blocks.block_seconds, 100);
            CU_ASSERT_EQUAL(blocks.samples_per_block, (double)held);
            /* of 21 the third and the 19th, of 20 the second and the 18th: tenths, rounded down */
            CU_ASSERT_EQUAL(blocks.median_range, 160);
            for (size_t b = 0; b < BLOCKS; b++) {
                double low = 1e6 * (double)b + (held == HELD ? 20 : 10), first = 0;
                for (size_t i = 0; i < count; i++)
                    if (values[i] == low)
                        first = operations[i];
                CU_ASSERT_EQUAL(blocks.at_seconds[b], 1050 + 100 * (double)b);
                CU_ASSERT_EQUAL(blocks.values[b], use_minimum ? low : 1e6 * (double)b + 5 * (double)(held - 1));
                CU_ASSERT_EQUAL(blocks.operations[b],
                                use_minimum ? first : 7 * ((double)(b * held) + (double)(held - 1) / 2));
            }
        }
    /* Cells: value (n - 1) / part from below; those that are empty are left out. */
    for (size_t held = 10; held <= 12; held++) {
        double cells[4];
        for (size_t i = 0; i < 3 * held; i++) {
            times[i] = 50 + 10 * (double)(i / held + i / held / 2) + (double)(i % held) / 2; /* 50, 60, 80 … */
            values[i] = 100 * (double)(i / held) + (double)(i % held * 7 % held);
        }
        times[3 * held - 1] = 90;
        CU_ASSERT_EQUAL_FATAL(mb_soak_cells_cut(times, values, 3 * held, 4, 10, scratch, cells), 3);
        for (size_t c = 0; c < 3; c++)
            CU_ASSERT_EQUAL(cells[c], 100 * (double)c + (held < 11 ? 0 : 1));
        CU_ASSERT_EQUAL_FATAL(mb_soak_cells_cut(times, values, 3 * held, 4, 2, scratch, cells), 3);
        for (size_t c = 0; c < 3; c++)
            CU_ASSERT_EQUAL(cells[c], 100 * (double)c + (double)((held - 1) / 2));
    }
    /* Of normal noise the median difference of neighbours is 0.954 of its deviation. */
    for (size_t i = 0; i < 100; i++) {
        times[i] = (double)i;
        values[i] = i < 50 ? 1e9 * (double)i : i % 2 == 0 ? 0 : 954;
    }
    CU_ASSERT_DOUBLE_EQUAL(mb_soak_noise(times, values, 100, 50, scratch), 1000, 1e-9);
}

enum { HOUR = 3600 };

static mb_soak_judgement judge_hour(const mb_soak_rule *rule)
{
    mb_soak_judgement judgement;
    CU_ASSERT_TRUE_FATAL(mb_soak_judge(times, values, NULL, HOUR + 1, rule, &judgement));
    return judgement;
}

/* A level of MiB, and how many MiB an hour more in the parts of the hour that end at these shares of it. */
static void make_parts(double level, const double *ends, const double *rates)
{
    double value = level;
    for (size_t i = 0, part = 0; i <= HOUR; i++) {
        part += (double)i / HOUR > ends[part];
        times[i] = (double)i;
        values[i] = value * MIB;
        value += rates[part] / HOUR;
    }
}

/* Growth within the tolerance of 4 MiB/h that speeds up in the later half: by how much it has to, and to how much. */
static void test_speeding_up(void)
{
    static const struct {
        double early, late; /* MiB an hour */
        double wobble;      /* MiB, from block to block: the wider the intervals, the less is certain */
        bool is_faster;
    } rows[] = {{1.4, 2.05, 0, false}, {1.3, 2.05, 0, true}, {1, 1.9, 0, false},
                {1, 2.1, 0, true},     {1, 2.2, 0.55, true}, {1, 2.2, 0.7, false}};
    mb_soak_rule rule;
    mb_soak_rule_init(&rule);
    rule.tolerance_bytes_per_hour = 4 * MIB;
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        make_parts(50, (const double[]){0.55, 1}, (const double[]){rows[r].early, rows[r].late});
        for (size_t i = 0; i <= HOUR; i++)
            values[i] += rows[r].wobble * MIB * fmod((double)(i / 108) * 0.6180339887, 1);
        mb_soak_judgement j = judge_hour(&rule);
        CU_ASSERT_EQUAL(j.verdict, rows[r].is_faster ? MB_SOAK_INCONCLUSIVE : MB_SOAK_PLATEAU);
        CU_ASSERT_EQUAL(j.reason == MB_SOAK_ACCELERATING, rows[r].is_faster);
    }
}

/* A step in the last fifth, against noise: from four standard errors of a block on it is one. */
static void test_step_in_noise(void)
{
    static const double steps[] = {3.3, 3.8, 4.2, 5.5}; /* in standard errors */
    mb_soak_rule rule;
    mb_soak_rule_init(&rule);
    for (size_t r = 0; r < 4; r++) {
        double noise = MIB / 0.954, error = noise / sqrt(90); /* neighbours are 1 MiB apart, a block holds 90 */
        make_parts(1, (const double[]){1}, (const double[]){0});
        for (size_t i = 0; i <= HOUR; i++)
            values[i] += (i % 2 == 0 ? MIB : 0) + (i >= 2970 ? steps[r] * error : 0);
        mb_soak_judgement j = judge_hour(&rule);
        CU_ASSERT_EQUAL(j.verdict, MB_SOAK_INCONCLUSIVE);
        CU_ASSERT_EQUAL(j.reason == MB_SOAK_STEPPED, r >= 2);
    }
}

/* Periods of ten minutes that the user names: what is judged is the level of each against the one before. */
static void test_named_periods(void)
{
    static const struct {
        double level, rate, wobble; /* MiB; MiB an hour; MiB from period to period, up and down */
        bool is_given;              /* the tolerance */
        mb_soak_verdict verdict;
    } rows[] = {{50, 1, 0, false, MB_SOAK_LEAK},
                {50, -1, 0, false, MB_SOAK_INCONCLUSIVE}, /* it falls */
                {1.5, 0.2, 0, false, MB_SOAK_LEAK},       /* below 256 KiB/h, and more than a tenth of the level */
                {1.5, 0.2, 0, true, MB_SOAK_PLATEAU},
                {1.5, 0.1, 0, false, MB_SOAK_PLATEAU},
                {1.5, 0.2, 0.02, false, MB_SOAK_PLATEAU},           /* not for certain */
                {20, 0, 26.1 / 1024, false, MB_SOAK_PLATEAU},       /* the interval ends at 1.5 times the tolerance */
                {20, 0, 43.5 / 1024, false, MB_SOAK_INCONCLUSIVE}}; /* … at 2.5 times */
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        mb_soak_rule rule;
        mb_soak_rule_init(&rule);
        rule.period_seconds = 600;
        rule.tolerance_ratio_per_hour = rows[r].is_given ? 0 : 0.01;
        make_parts(rows[r].level, (const double[]){1}, (const double[]){0});
        for (size_t i = 0; i <= HOUR; i++)
            values[i] += MIB * (rows[r].rate * (double)(i / 600) / 6 + (i / 600 % 2 == 0 ? 0 : rows[r].wobble) +
                                0.5 * (double)(i % 600 < 200));
        mb_soak_judgement j = judge_hour(&rule);
        CU_ASSERT_EQUAL(j.verdict, rows[r].verdict);
        CU_ASSERT_EQUAL(j.reason, rows[r].verdict == MB_SOAK_LEAK      ? MB_SOAK_PERIOD_GROWTH
                                  : rows[r].verdict == MB_SOAK_PLATEAU ? MB_SOAK_LEVEL_PERIODS
                                                                       : MB_SOAK_PERIODS_VARY);
    }
    /* Three of them, of which the second adds much and the third little: it is ending, however sure. */
    for (int is_small = 0; is_small < 2; is_small++) {
        mb_soak_rule rule;
        mb_soak_rule_init(&rule);
        rule.period_seconds = 1200;
        for (size_t i = 0; i <= HOUR; i++)
            values[i] =
                MIB * (is_small ? 1 + 0.2 * (1 - exp(-(double)i / 900)) : 50 + 20 * (1 - exp(-(double)i / 900)));
        mb_soak_judgement j = judge_hour(&rule);
        CU_ASSERT_EQUAL(j.verdict, MB_SOAK_INCONCLUSIVE);
        CU_ASSERT_EQUAL(j.reason, MB_SOAK_PERIODS_VARY);
    }
    /* Below a quarter of a block, which is 22.5 s here, periods do not matter. */
    for (int seconds = 20; seconds <= 25; seconds += 5) {
        mb_soak_rule rule;
        mb_soak_rule_init(&rule);
        rule.period_seconds = seconds;
        for (size_t i = 0; i <= HOUR; i++)
            values[i] = MIB * (50 + (double)(i % (size_t)seconds) / seconds);
        CU_ASSERT_EQUAL(judge_hour(&rule).period_seconds, seconds == 20 ? 0 : 25);
    }
}

/* Growth within the tolerance that adds up to a tenth of the level, but less and less: open, and it says that it is
 * slow; beyond the tolerance it says what is in the way. */
static void test_slow(void)
{
    static const struct {
        double level, rates[2]; /* MiB, and MiB an hour in the halves */
        mb_soak_reason reason;
    } rows[] = {{1, {0.3, 0.15}, MB_SOAK_SLOW}, {5, {6, 3}, MB_SOAK_DECELERATING}};
    mb_soak_rule rule;
    mb_soak_rule_init(&rule);
    for (size_t r = 0; r < 2; r++) {
        make_parts(rows[r].level, (const double[]){0.55, 1}, rows[r].rates);
        mb_soak_judgement j = judge_hour(&rule);
        CU_ASSERT_EQUAL(j.verdict, MB_SOAK_INCONCLUSIVE);
        CU_ASSERT_EQUAL(j.reason, rows[r].reason);
    }
    /* A value every three minutes is too few, whatever was asked for; all of them in one second are none. */
    mb_soak_judgement j;
    for (size_t i = 0; i < 21; i++) {
        times[i] = 180 * (double)i;
        values[i] = 50 * MIB;
    }
    CU_ASSERT_TRUE_FATAL(mb_soak_judge(times, values, NULL, 21, &rule, &j));
    CU_ASSERT_EQUAL(j.reason, MB_SOAK_TOO_FEW);
    for (size_t i = 0; i <= HOUR; i++)
        times[i] = 7;
    rule.force = true;
    CU_ASSERT_EQUAL(judge_hour(&rule).reason, MB_SOAK_TOO_FEW);
}

/* A step of 0.6 MiB early in what is judged, with noise: neither two thirds nor one third of it are long enough to say
 * that they are level, all that is after the step is. */
static void test_level_after(void)
{
    mb_soak_rule rule;
    mb_soak_rule_init(&rule);
    for (size_t block = 3; block <= 6; block++) {
        make_parts(50, (const double[]){1}, (const double[]){0});
        for (size_t i = 0; i <= HOUR; i++)
            values[i] += MIB * ((i >= 900 + 90 * block ? 0.6 : 0) + 0.37 * fmod((double)(i / 90) * 0.718, 1));
        mb_soak_judgement j = judge_hour(&rule);
        CU_ASSERT_EQUAL(j.verdict, MB_SOAK_PLATEAU);
        CU_ASSERT_EQUAL(j.reason, MB_SOAK_LEVEL_AFTER);
        CU_ASSERT_EQUAL(j.level_from_seconds, 900 + 90 * (double)block);
        CU_ASSERT_EQUAL(j.quiet_seconds, HOUR - 900 - 90 * (double)block);
    }
}

/* What rose, and falls in the later part, is not level there, unless it falls by no more than is tolerated. */
static void test_falling_part(void)
{
    static const struct {
        double rate; /* MiB an hour, in the later half */
        mb_soak_verdict verdict;
    } rows[] = {
        {-3, MB_SOAK_INCONCLUSIVE}, {-0.6, MB_SOAK_INCONCLUSIVE}, {-0.4, MB_SOAK_PLATEAU}, {0, MB_SOAK_PLATEAU}};
    mb_soak_rule rule;
    mb_soak_rule_init(&rule);
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) { /* the tolerance is half a MiB an hour */
        make_parts(46, (const double[]){0.48, 1}, (const double[]){8, rows[r].rate});
        CU_ASSERT_EQUAL(judge_hour(&rule).verdict, rows[r].verdict);
    }
}

/* Growth that pauses before the last fifth goes on; one that slows in it is ending. */
static void test_last_fifth(void)
{
    static const struct {
        double rates[4]; /* MiB an hour until 0.74, 0.8, and the end */
        mb_soak_verdict verdict;
    } rows[] = {{{4, 0, 3}, MB_SOAK_LEAK}, {{4, 4, 2.2}, MB_SOAK_INCONCLUSIVE}, {{4, 4, 2.6}, MB_SOAK_LEAK}};
    mb_soak_rule rule;
    mb_soak_rule_init(&rule);
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        make_parts(50, (const double[]){0.74, 0.8, 2}, rows[r].rates);
        CU_ASSERT_EQUAL(judge_hour(&rule).verdict, rows[r].verdict);
    }
}

MB_SUITE(leak, {"speeding up", test_speeding_up}, {"step in noise", test_step_in_noise},
         {"named periods", test_named_periods}, {"slow", test_slow}, {"last fifth", test_last_fifth},
         {"level after", test_level_after}, {"falling part", test_falling_part}, {"shapes", test_shapes},
         {"blocks", test_blocks});
