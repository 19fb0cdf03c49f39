/* Google Benchmark 1.7 has no option for the number of iterations. Where it is a shared library, its functions that the
 * program calls are here first: benchmarks are remembered as they are registered, and told before they run. Their types
 * are opaque here, and names are those that C++ gives them. */
#include "frameworks/frameworks.h"

#include <dlfcn.h>

#define EXPORTED __attribute__((visibility("default")))
#define BENCHMARK "_ZN9benchmark8internal9Benchmark"

enum { BENCHMARKS_MAX = 16384 };

static struct {
    void *benchmark;
    bool is_own; /* the program says how often to iterate */
} registered[BENCHMARKS_MAX];
static size_t registered_count;
static uint64_t wanted_count; /* 0: as the program likes */

typedef union function { /* POSIX lets dlsym's object pointer be a function; ISO C has no cast for it */
    void *object;
    void *(*with_pointer)(void *);
    void *(*with_count)(void *, int64_t);
    size_t (*run)(void *, void *, void *);
} function;

#define FILTER "NSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
#define REPORTER "PNS_17BenchmarkReporterE"

/* The library's own, of the same names. */
#define REGISTER "_ZN9benchmark8internal25RegisterBenchmarkInternalEPNS0_9BenchmarkE"
#define ITERATIONS BENCHMARK "10IterationsEl"
#define RUN(parameters) "_ZN9benchmark22RunSpecifiedBenchmarksE" parameters
static const char *const names[] = {REGISTER,
                                    ITERATIONS,
                                    RUN("v"),
                                    RUN(FILTER),
                                    RUN(REPORTER),
                                    RUN(REPORTER FILTER),
                                    RUN(REPORTER "S1_"),
                                    RUN(REPORTER "S1_" FILTER)};
enum { OWN_REGISTER, OWN_ITERATIONS, OWN_RUN, OWN_COUNT = sizeof names / sizeof names[0] };
static function own[OWN_COUNT];

/* Looked up before a window: what the linker keeps of a search would be in it. The text of a failed one is given back
 * when it has been asked for twice. */
static void look_up(void)
{
    if (own[OWN_REGISTER].object != NULL)
        return;
    for (int i = 0; i < OWN_COUNT; i++)
        own[i].object = dlsym(RTLD_NEXT, names[i]);
    for (int i = 0; i < 2; i++)
        dlerror();
}

EXPORTED void *mb_benchmark_register(void *benchmark) __asm__(REGISTER);
void *mb_benchmark_register(void *benchmark)
{
    if (registered_count < BENCHMARKS_MAX)
        registered[registered_count++].benchmark = benchmark;
    look_up();
    return own[OWN_REGISTER].with_pointer(benchmark);
}

EXPORTED void *mb_benchmark_iterations(void *benchmark, int64_t count) __asm__(ITERATIONS);
void *mb_benchmark_iterations(void *benchmark, int64_t count)
{
    for (size_t i = 0; i < registered_count; i++)
        if (registered[i].benchmark == benchmark)
            registered[i].is_own = true;
    return own[OWN_ITERATIONS].with_count(benchmark, count);
}

/* A benchmark has either a time or a number of iterations, and aborts with both. */
EXPORTED void *mb_benchmark_min_time(void *benchmark, double seconds) __asm__(BENCHMARK "7MinTimeEd");
void *mb_benchmark_min_time(void *benchmark, double seconds)
{
    (void)seconds;
    return benchmark;
}

EXPORTED void *mb_benchmark_min_warmup_time(void *benchmark, double seconds) __asm__(BENCHMARK "13MinWarmUpTimeEd");
void *mb_benchmark_min_warmup_time(void *benchmark, double seconds)
{
    (void)seconds;
    return benchmark;
}

static void tell_all(void)
{
    for (size_t i = 0; i < registered_count && wanted_count > 0; i++)
        if (!registered[i].is_own)
            own[OWN_ITERATIONS].with_count(registered[i].benchmark, (int64_t)wanted_count);
}

bool mb_iterations_can_be_set(void) { return registered_count > 0; }

void mb_iterations_set(uint64_t iteration_count)
{
    wanted_count = iteration_count;
    look_up();
}

/* Its overloads take up to two reporters and a filter, all of them addresses. */
#define DEFINE_RUN(name, parameters, place)                                                                            \
    EXPORTED size_t name(void *a, void *b, void *c) __asm__(RUN(parameters));                                          \
    size_t name(void *a, void *b, void *c)                                                                             \
    {                                                                                                                  \
        tell_all();                                                                                                    \
        return own[OWN_RUN + place].run(a, b, c);                                                                      \
    }

DEFINE_RUN(mb_benchmark_run, "v", 0)
DEFINE_RUN(mb_benchmark_run_filter, FILTER, 1)
DEFINE_RUN(mb_benchmark_run_display, REPORTER, 2)
DEFINE_RUN(mb_benchmark_run_display_filter, REPORTER FILTER, 3)
DEFINE_RUN(mb_benchmark_run_both, REPORTER "S1_", 4)
DEFINE_RUN(mb_benchmark_run_both_filter, REPORTER "S1_" FILTER, 5)
