/* The screen of `membench watch`: what counts as a change, what is left out where lines are few, ids and colours. */
#include "base/utf8.h"
#include "features/watch/watch_view.h"
#include "tests/suite.h"

#include <stdlib.h>
#include <string.h>

enum { CASES = 3, SAMPLES = 3 };

/* Three cases; of each live heap and anonymous memory in the steady window. */
typedef struct build {
    mb_run_info run;
    mb_program_info program;
    mb_case_result cases[CASES];
    double heap[CASES][SAMPLES], anon[CASES][SAMPLES];
} build;

static void make_build(build *made, double heap_bytes, const double anon_bytes[SAMPLES])
{
    static const char *const ids[CASES] = {"queue/10", "queue/a_function_with_a_long_name/200", "tree/1"};
    memset(made, 0, sizeof *made);
    made->program = (mb_program_info){.libc = "glibc 2.36", .allocator = "glibc 2.36", .aslr = "off", .thp = "off"};
    made->run = (mb_run_info){.architecture = "x86_64",
                              .page_bytes = 4096,
                              .rss_source = "status",
                              .programs = &made->program,
                              .program_count = 1};
    for (size_t c = 0; c < CASES; c++) {
        mb_case_result *result = &made->cases[c];
        *result = (mb_case_result){.id = ids[c], .group = "queue"};
        for (size_t i = 0; i < SAMPLES; i++) {
            made->heap[c][i] = c == 0 ? heap_bytes : 5000; /* only the first case ever changes */
            made->anon[c][i] = c == 0 ? anon_bytes[i] : 8192;
        }
        result->series[mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY)] = (mb_series){made->heap[c], SAMPLES};
        result->series[mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY)] = (mb_series){made->anon[c], SAMPLES};
    }
}

static mb_watch_measurement measurement(const build *made)
{
    return (mb_watch_measurement){&made->run, made->cases, CASES};
}

/* Malloc'd, terminated. */
static char *render(const mb_watch_view *view)
{
    char *text = NULL;
    size_t size = 0;
    mb_error error;
    FILE *file = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(mb_watch_write(file, view, "\n", &error), MB_OK);
    fclose(file);
    return text;
}

static const double still[SAMPLES] = {8192, 8192, 8192};
static const double apart[SAMPLES] = {16384, 20480, 16384};
static const double mixed[SAMPLES] = {8192, 16384, 4096};

static void test_changes(void)
{
    static const struct {
        double heap_bytes;
        const double *anon_bytes;
        const char *rows; /* of the first case, against 5000 bytes and 8,192 bytes that do not vary */
    } rows[] = {
        {5000, still,
         "  anon              8.00 KiB                    =                    =\n"
         "  heap              4.88 KiB                    =                    =\n"},
        {5500, apart,
         "  anon              16.0 KiB   +8.00 KiB    +100%   +8.00 KiB    +100%\n"
         "  heap              5.37 KiB      +500 B   +10.0%      +500 B   +10.0%\n"},
        {4500, mixed,
         "  anon              8.00 KiB         0 B   ~+0.0%         0 B   ~+0.0%\n"
         "  heap              4.39 KiB      -500 B   -10.0%      -500 B   -10.0%\n"},
    };
    build old, new;
    make_build(&old, 5000, still);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        make_build(&new, rows[i].heap_bytes, rows[i].anon_bytes);
        mb_watch_view view = {.now = measurement(&new),
                              .previous = measurement(&old),
                              .first = measurement(&old),
                              .heading = "bench: build 2",
                              .width_columns = 80,
                              .unicode = true};
        char *text = render(&view);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, rows[i].rows));
        free(text);
    }
}

/* A libc that changed makes heaps incomparable; a case or a metric that was not there is new. */
static void test_nothing_to_compare_with(void)
{
    build old, new;
    make_build(&old, 5000, still);
    make_build(&new, 5000, still);
    old.program.libc = "musl";
    old.cases[1].id = "queue/other";
    old.cases[0].series[mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY)].count = 0;
    mb_watch_view view = {.now = measurement(&new),
                          .previous = measurement(&old),
                          .first = measurement(&old),
                          .heading = "bench",
                          .width_columns = 80,
                          .unicode = true};
    char *text = render(&view);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "queue/10\n"
                                        "  anon              8.00 KiB                  new                  new\n"
                                        "  heap              4.88 KiB                other                other\n"
                                        "queue/a_function_with_a_long_name/200\n"
                                        "  anon              8.00 KiB                  new                  new\n"));
    free(text);
}

/* Where the lines do not suffice, just what changed is shown, and what is left out is reported. */
static void test_few_lines(void)
{
    build old, new;
    make_build(&old, 5000, still);
    make_build(&new, 5500, still);
    mb_watch_view view = {.now = measurement(&new),
                          .previous = measurement(&old),
                          .first = measurement(&old),
                          .heading = "bench: build 2",
                          .width_columns = 40,
                          .height_rows = 8,
                          .unicode = true};
    char *text = render(&view);
    CU_ASSERT_STRING_EQUAL(text, "bench: build 2\n"
                                 "                   now previous    first\n"
                                 "queue/10\n"
                                 "  heap        5.37 KiB   +10.0%   +10.0%\n"
                                 "no change in 2 cases\n");
    free(text);
}

/* Proves that from 40 columns on no line is too wide, and that there are never more lines than were asked for. */
static void test_sizes(void)
{
    build old, new;
    make_build(&old, 5000, still);
    make_build(&new, 5500, mixed);
    new.cases[2].outcome = MB_OUTCOME_CRASHED;
    new.cases[2].message = "SIGSEGV in run, cold window: a message that is rather long for a narrow terminal";
    for (int width = 40; width <= 200; width++)
        for (int height = 4; height <= 20; height++) {
            mb_watch_view view = {.now = measurement(&new),
                                  .previous = measurement(&old),
                                  .first = measurement(&old),
                                  .heading = "a_program_of_a_long_name: build 2 at 12:00:00, 1.50 s",
                                  .width_columns = width,
                                  .height_rows = height,
                                  .unicode = width % 2 == 0};
            char *text = render(&view);
            int lines = 0;
            for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
                *end = '\0';
                CU_ASSERT(mb_text_columns(line) <= width);
                lines++;
            }
            CU_ASSERT(lines <= height);
            free(text);
        }
}

static void test_colours(void)
{
    build old, new;
    make_build(&old, 5000, still);
    make_build(&new, 5500, still);
    mb_watch_view view = {.now = measurement(&new),
                          .previous = measurement(&old),
                          .first = measurement(&old),
                          .heading = "bench",
                          .width_columns = 80,
                          .unicode = true,
                          .color = true};
    char *text = render(&view);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\033[1;31m+10.0%\033[0m"));
    free(text);
    view.color = false;
    text = render(&view);
    CU_ASSERT_PTR_NULL(strchr(text, '\033'));
    free(text);
}

MB_SUITE(watch, {"changes", test_changes}, {"nothing to compare with", test_nothing_to_compare_with},
         {"few lines", test_few_lines}, {"sizes", test_sizes}, {"colours", test_colours});
