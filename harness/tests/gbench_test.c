/* gbench_test.c: what the C binding of Google Benchmark measures and delivers is what gbench.h says. */
#include "tests/gbench_fixture.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* A chain of multiplications, each waiting for the one before: its time is proportional to its length. */
static void body_work(mb_gbench_state *state, uint64_t iterations, void *context)
{
    volatile uint64_t *sink = context;
    int64_t rounds = mb_gbench_arg(state, 0);
    uint64_t value = 1;
    for (uint64_t i = 0; i < iterations; i++)
        for (int64_t round = 0; round < rounds; round++)
            value = (value ^ (uint64_t)round) * UINT64_C(0x9E3779B97F4A7C15);
    *sink = value;
}

/* Ten times the work takes about ten times as long: both times, the least of three repetitions each. */
static void test_ratio(void)
{
    static const int64_t rounds[] = {200, 2000};
    static const char *const names[] = {"rounds"};
    uint64_t sink;
    const mb_gbench_function function = {.name = "work",
                                         .body = body_work,
                                         .context = &sink,
                                         .arg_count = 1,
                                         .arg_names = names,
                                         .args = rounds,
                                         .row_count = 2};
    const mb_gbench_options options = {.min_time_ns = 5000000, .warm_up_time_ns = 1000000, .repetitions = 3};
    struct copies copies;
    CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
    CU_ASSERT_EQUAL_FATAL(copies.count, 6);
    double real[2] = {INFINITY, INFINITY}, cpu[2] = {INFINITY, INFINITY};
    for (size_t i = 0; i < copies.count; i++) {
        const struct copy *copy = &copies.items[i];
        CU_ASSERT_STRING_EQUAL(copy->name, i < 3 ? "work/rounds:200" : "work/rounds:2000");
        CU_ASSERT_EQUAL(copy->arg, rounds[i / 3]);
        CU_ASSERT_EQUAL(copy->repetition, i % 3);
        CU_ASSERT_EQUAL(copy->repetition_count, 3);
        CU_ASSERT_EQUAL(copy->status, MB_OK);
        CU_ASSERT_STRING_EQUAL(copy->real_missing, "");
        CU_ASSERT_STRING_EQUAL(copy->cpu_missing, "");
        real[i / 3] = fmin(real[i / 3], copy->real_time_ns);
        cpu[i / 3] = fmin(cpu[i / 3], copy->cpu_time_ns);
    }
    printf("\n    ten times the work: %.1f times the time, %.1f times the CPU time\n    ", real[1] / real[0],
           cpu[1] / cpu[0]);
    /* Time on the wall is another matter on a machine with other work: it is printed, and only has to be there. */
    CU_ASSERT(real[0] > 0 && real[1] > real[0] / 10);
    CU_ASSERT(cpu[1] > 3 * cpu[0] && cpu[1] < 30 * cpu[0]);
}

/* What the body is told to do is what the results are divided by. */
static void test_iterations(void)
{
    struct tally tally = {0};
    mb_gbench_function function = {
        .name = "tally", .body = body_tally, .setup = setup_tally, .teardown = teardown_tally, .context = &tally};
    mb_gbench_options options = {.iterations = 1000, .repetitions = 3};
    struct copies copies;
    CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
    CU_ASSERT_EQUAL(copies.count, 3);
    uint64_t sum = 0;
    for (size_t i = 0; i < copies.count; i++)
        sum += copies.items[i].iterations;
    CU_ASSERT_EQUAL(sum, 3000);
    CU_ASSERT_EQUAL(tally.iteration_count, 3000);
    CU_ASSERT_EQUAL(tally.batch_count, 3);
    CU_ASSERT_EQUAL(tally.setup_count, 3);
    CU_ASSERT_EQUAL(tally.teardown_count, 3);

    /* The CPU's time decides: on the wall's a machine busy elsewhere may spend all of it in the first iteration. */
    options = (mb_gbench_options){.min_time_ns = 1000000, .clock = MB_GBENCH_CLOCK_CPU};
    CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
    CU_ASSERT_EQUAL_FATAL(copies.count, 1);
    CU_ASSERT_EQUAL(copies.items[0].iterations, tally.last_iterations);
    CU_ASSERT(tally.last_iterations > 1);

    options = (mb_gbench_options){.iterations = 1};
    CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
    CU_ASSERT_EQUAL(copies.items[0].iterations, 1);
}

static void body_args(mb_gbench_state *state, uint64_t iterations, void *context)
{
    (void)iterations;
    int64_t *seen = context;
    for (size_t i = 0; i < mb_gbench_arg_count(state); i++)
        seen[i] += mb_gbench_arg(state, i);
}

/* Rows of several arguments arrive unchanged, the extremes of int64_t included, and make up the names. */
static void test_args(void)
{
    int64_t seen[3] = {0};
    const int64_t rows[] = {INT64_MIN, 0, 7, INT64_MAX, -1, 8};
    const char *const names[] = {"low", NULL, "n"};
    const mb_gbench_function function = {.name = "args",
                                         .body = body_args,
                                         .context = seen,
                                         .arg_count = 3,
                                         .arg_names = names,
                                         .args = rows,
                                         .row_count = 2};
    const mb_gbench_options options = {.iterations = 1};
    struct copies copies;
    CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
    CU_ASSERT_EQUAL_FATAL(copies.count, 2);
    CU_ASSERT_STRING_EQUAL(copies.items[0].name, "args/low:-9223372036854775808/0/n:7");
    CU_ASSERT_STRING_EQUAL(copies.items[1].name, "args/low:9223372036854775807/-1/n:8");
    CU_ASSERT_EQUAL(copies.items[0].arg_count, 3);
    CU_ASSERT_EQUAL(copies.items[0].arg, 7);
    CU_ASSERT_EQUAL(copies.items[1].arg, 8);
    CU_ASSERT_EQUAL(seen[0], -1);
    CU_ASSERT_EQUAL(seen[1], -1);
    CU_ASSERT_EQUAL(seen[2], 15);
}

static void body_count(mb_gbench_state *state, uint64_t iterations, void *context)
{
    const unsigned *bits = context;
    CU_ASSERT(mb_gbench_set_counter(state, "things", 12, *bits));
    CU_ASSERT(mb_gbench_set_label(state, "a label"));
    mb_gbench_add_time_ns(state, 2e6 * (double)iterations);
}

/* Each bit does to a counter what its comment says; manual time makes the seconds exact: 10 iterations of 2 ms. */
static void test_counters(void)
{
    static const struct {
        unsigned bits;
        double value;
    } table[] = {
        {MB_GBENCH_COUNTER_PLAIN, 12},
        {MB_GBENCH_COUNTER_PER_SECOND, 600},
        {MB_GBENCH_COUNTER_TIMES_ITERATION, 120},
        {MB_GBENCH_COUNTER_PER_ITERATION, 1.2},
        {MB_GBENCH_COUNTER_INVERT, 1.0 / 12},
        {MB_GBENCH_COUNTER_PER_SECOND | MB_GBENCH_COUNTER_INVERT, 1.0 / 600},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        unsigned bits = table[i].bits;
        const mb_gbench_function function = {.name = "counts", .body = body_count, .context = &bits};
        const mb_gbench_options options = {.iterations = 10, .clock = MB_GBENCH_CLOCK_MANUAL};
        struct copies copies;
        CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
        CU_ASSERT_EQUAL_FATAL(copies.count, 1);
        CU_ASSERT_EQUAL(copies.items[0].counter_count, 1);
        CU_ASSERT_STRING_EQUAL(copies.items[0].counter_name, "things");
        CU_ASSERT_DOUBLE_EQUAL(copies.items[0].counter, table[i].value, 1e-9 * table[i].value);
        CU_ASSERT_STRING_EQUAL(copies.items[0].counter_missing, "");
        CU_ASSERT_STRING_EQUAL(copies.items[0].label, "a label");
    }
}

static void body_odd_counter(mb_gbench_state *state, uint64_t iterations, void *context)
{
    (void)iterations;
    const double *value = context;
    CU_ASSERT(mb_gbench_set_counter(state, "odd", *value, MB_GBENCH_COUNTER_PLAIN));
}

/* A counter that is not a finite number is missing; the times next to it are not. */
static void test_odd_counters(void)
{
    static const double values[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        double value = values[i];
        const mb_gbench_function function = {.name = "odd", .body = body_odd_counter, .context = &value};
        const mb_gbench_options options = {.iterations = 1};
        struct copies copies;
        CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
        CU_ASSERT_STRING_EQUAL(copies.items[0].counter_missing, "not a finite number");
        CU_ASSERT_EQUAL(copies.items[0].counter, 0);
        CU_ASSERT_STRING_EQUAL(copies.items[0].real_missing, "");
    }
}

static void body_threads(mb_gbench_state *state, uint64_t iterations, void *context)
{
    (void)iterations;
    (void)context;
    CU_ASSERT_EQUAL(mb_gbench_threads(state), 3);
    mb_gbench_set_counter(state, "index", mb_gbench_thread(state), MB_GBENCH_COUNTER_PLAIN);
}

/* Three threads run 50 iterations each: 150 in all, and their counters 0 + 1 + 2 are added up. */
static void test_threads(void)
{
    const mb_gbench_function function = {.name = "threads", .body = body_threads};
    const mb_gbench_options options = {.iterations = 50, .threads = 3};
    struct copies copies;
    CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
    CU_ASSERT_EQUAL_FATAL(copies.count, 1);
    CU_ASSERT_STRING_EQUAL(copies.items[0].name, "threads/threads:3");
    CU_ASSERT_EQUAL(copies.items[0].threads, 3);
    CU_ASSERT_EQUAL(copies.items[0].iterations, 150);
    CU_ASSERT_EQUAL(copies.items[0].counter, 3);
}

static void body_manual(mb_gbench_state *state, uint64_t iterations, void *context)
{
    const double *ns_per_iteration = context;
    mb_gbench_add_time_ns(state, *ns_per_iteration * (double)iterations);
}

/* With the manual clock the body's own time is the result to twelve digits, and decides when it is enough. */
static void test_manual(void)
{
    double ns_per_iteration = 5000;
    const mb_gbench_function function = {.name = "manual", .body = body_manual, .context = &ns_per_iteration};
    const mb_gbench_options options = {
        .min_time_ns = 50000, .repetitions = 2, .clock = MB_GBENCH_CLOCK_MANUAL, .manual_floor_ns = 5000};
    struct copies copies;
    CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
    CU_ASSERT_EQUAL_FATAL(copies.count, 2);
    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_DOUBLE_EQUAL(copies.items[i].real_time_ns, 5000, 5e-9);
        CU_ASSERT_STRING_EQUAL(copies.items[i].real_missing, "");
        CU_ASSERT(copies.items[i].iterations >= 10 && copies.items[i].iterations < 1000);
    }
}

/* A time that is not a number, not above zero or too short is missing, with the reason, and is not a failure. */
static void test_manual_missing(void)
{
    static const struct {
        double ns_per_iteration;
        const char *reason;
    } table[] = {
        {NAN, "the time that the body measured is not a finite number"},
        {INFINITY, "the time that the body measured is not a finite number"},
        {-INFINITY, "the time that the body measured is not a finite number"},
        {0, "the body measured no time"},
        {-3, "the body measured no time"},
        {999, "999 ns per iteration are too short to be measured one by one (less than 1000 ns)"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        double ns_per_iteration = table[i].ns_per_iteration;
        const mb_gbench_function function = {.name = "manual", .body = body_manual, .context = &ns_per_iteration};
        const mb_gbench_options options = {.min_time_ns = 50000,
                                           .warm_up_time_ns = 1000,
                                           .repetitions = 2,
                                           .clock = MB_GBENCH_CLOCK_MANUAL,
                                           .manual_floor_ns = 1000};
        struct copies copies;
        CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
        CU_ASSERT_EQUAL_FATAL(copies.count, 2);
        for (size_t k = 0; k < 2; k++) {
            CU_ASSERT_EQUAL(copies.items[k].status, MB_OK);
            CU_ASSERT_STRING_EQUAL(copies.items[k].message, "");
            CU_ASSERT_STRING_EQUAL(copies.items[k].real_missing, table[i].reason);
            CU_ASSERT_STRING_EQUAL(copies.items[k].cpu_missing, table[i].reason);
            CU_ASSERT_EQUAL(copies.items[k].real_time_ns, 0);
        }
    }
}

/* Uses ns of CPU time, however busy the machine is. */
static void spin(double ns)
{
    struct timespec begin, now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    while ((double)(now.tv_sec - begin.tv_sec) * 1e9 + (double)(now.tv_nsec - begin.tv_nsec) < ns);
}

static void body_pause(mb_gbench_state *state, uint64_t iterations, void *context)
{
    const bool *pauses = context;
    for (uint64_t i = 0; i < iterations; i++) {
        if (*pauses)
            mb_gbench_pause(state);
        spin(1e6);
        if (*pauses)
            mb_gbench_resume(state);
    }
    if (*pauses)
        mb_gbench_pause(state); /* the end of the body is the end of the pause */
}

/* A pause of 1 ms is not counted: less than a third of the same body without a pause. */
static void test_pause(void)
{
    double ns[2];
    for (int i = 0; i < 2; i++) {
        bool pauses = i == 1;
        const mb_gbench_function function = {.name = "pause", .body = body_pause, .context = &pauses};
        const mb_gbench_options options = {.iterations = 5};
        struct copies copies;
        CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
        CU_ASSERT_EQUAL(copies.items[0].status, MB_OK);
        ns[i] = copies.items[0].cpu_time_ns; /* this thread's: other processes have no part in it */
    }
    CU_ASSERT(ns[0] >= 1e6);
    CU_ASSERT(ns[1] < ns[0] / 3);
}

static void body_sleep(mb_gbench_state *state, uint64_t iterations, void *context)
{
    (void)state;
    (void)context;
    for (uint64_t i = 0; i < iterations; i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* A body that sleeps has its 20 ms on the wall long before it has used 20 ms of a CPU, which Google Benchmark waits for
 * up to five times as long: the clock asked for is the one that decides. */
static void test_clock(void)
{
    const mb_gbench_function function = {.name = "sleep", .body = body_sleep};
    uint64_t iterations[2];
    for (int i = 0; i < 2; i++) {
        const mb_gbench_options options = {.min_time_ns = 20000000,
                                           .clock = i == 0 ? MB_GBENCH_CLOCK_REAL : MB_GBENCH_CLOCK_CPU};
        struct copies copies;
        CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
        CU_ASSERT_EQUAL_FATAL(copies.count, 1);
        CU_ASSERT(copies.items[0].real_time_ns >= 1e6);
        CU_ASSERT(copies.items[0].cpu_time_ns < copies.items[0].real_time_ns);
        iterations[i] = copies.items[0].iterations;
    }
    CU_ASSERT(iterations[0] < iterations[1]);
}

static void *spin_in_thread(void *unused)
{
    spin(2e6);
    return unused;
}

static void body_helper(mb_gbench_state *state, uint64_t iterations, void *context)
{
    (void)context;
    for (uint64_t i = 0; i < iterations; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, spin_in_thread, NULL) != 0)
            mb_gbench_fail(state, "no thread");
        else
            pthread_join(thread, NULL);
    }
}

/* What a thread of the body's own uses is in the process's CPU time, and not in that of the thread that waits for it:
 * three times as much, at the least. */
static void test_process_cpu_time(void)
{
    const mb_gbench_function function = {.name = "helper", .body = body_helper};
    double cpu_ns[2];
    for (int i = 0; i < 2; i++) {
        const mb_gbench_options options = {.iterations = 5, .process_cpu_time = i == 1};
        struct copies copies;
        CU_ASSERT_EQUAL(run_one(&function, &options, &copies), MB_OK);
        CU_ASSERT_EQUAL_FATAL(copies.count, 1);
        CU_ASSERT_EQUAL(copies.items[0].status, MB_OK);
        cpu_ns[i] = copies.items[0].cpu_time_ns;
    }
    CU_ASSERT(cpu_ns[1] > 3 * cpu_ns[0]);
}

static void body_empty(void *context, uint64_t iterations)
{
    for (uint64_t i = 0; i < iterations; i++)
        mb_keep(context);
}

static double bare_loop_ns(uint64_t iterations)
{
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    body_empty(NULL, iterations);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / (double)iterations;
}

/* The flat entry point delivers like the others. Prints what an iteration costs beyond a plain loop: not a condition,
 * as two loops of half a nanosecond differ by what the machine does meanwhile. */
static void test_flat(void)
{
    const mb_gbench_options options = {.min_time_ns = 20000000, .repetitions = 3};
    struct copies copies = {0};
    char message[TEXT_BYTES_MAX] = "";
    CU_ASSERT_EQUAL(mb_gbench_time(body_empty, &copies, &options, collect, &copies, message, sizeof message), MB_OK);
    CU_ASSERT_EQUAL_FATAL(copies.count, 3);
    CU_ASSERT_STRING_EQUAL(copies.items[0].name, "body");
    double least_ns = INFINITY, least_bare_ns = INFINITY;
    for (size_t i = 0; i < copies.count; i++) {
        CU_ASSERT_EQUAL(copies.items[i].status, MB_OK);
        CU_ASSERT_STRING_EQUAL(copies.items[i].real_missing, "");
        least_ns = fmin(least_ns, copies.items[i].real_time_ns);
        least_bare_ns = fmin(least_bare_ns, bare_loop_ns(copies.items[i].iterations));
    }
    CU_ASSERT(least_ns > 0);
    printf("\n    empty body %.3f ns, bare loop %.3f ns: ratio %.2f\n    ", least_ns, least_bare_ns,
           least_ns / least_bare_ns);
}

static double flat_manual(void *context, uint64_t iterations)
{
    const double *ns_per_iteration = context;
    return *ns_per_iteration * (double)iterations;
}

/* The flat manual clock: what the body returns is the result, and below 1 us there is none, whatever the options. */
static void test_flat_manual(void)
{
    static const double ns[] = {1001, 999, NAN};
    for (size_t i = 0; i < sizeof ns / sizeof ns[0]; i++) {
        double ns_per_iteration = ns[i];
        const mb_gbench_options options = {.iterations = 100, .manual_floor_ns = 1};
        struct copies copies = {0};
        char message[TEXT_BYTES_MAX] = "";
        CU_ASSERT_EQUAL(
            mb_gbench_time_manual(flat_manual, &ns_per_iteration, &options, collect, &copies, message, sizeof message),
            MB_OK);
        CU_ASSERT_EQUAL_FATAL(copies.count, 1);
        CU_ASSERT_EQUAL(copies.items[0].status, MB_OK);
        CU_ASSERT_EQUAL(copies.items[0].real_missing[0] == '\0', i == 0);
        CU_ASSERT_DOUBLE_EQUAL(copies.items[0].real_time_ns, i == 0 ? 1001 : 0, 1e-6);
    }
}

MB_SUITE(gbench, {"ten times the work takes about ten times as long", test_ratio},
         {"iterations are exact", test_iterations}, {"arguments arrive and make up names", test_args},
         {"counters and labels", test_counters}, {"counters that are not numbers", test_odd_counters},
         {"threads", test_threads}, {"manual time", test_manual}, {"manual time that is none", test_manual_missing},
         {"pauses are not counted", test_pause}, {"the clock decides", test_clock},
         {"CPU time of the process", test_process_cpu_time}, {"flat entry point", test_flat},
         {"flat entry point, manual", test_flat_manual});
