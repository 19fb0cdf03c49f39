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

MB_SUITE(leak, {"shapes", test_shapes}, {"blocks", test_blocks});
