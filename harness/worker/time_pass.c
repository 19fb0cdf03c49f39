#include "worker/worker_parts.h"

#include "base/clock.h"
#include <membench/gbench.h>

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

enum { REPETITIONS_MAX = 64 };

typedef mb_status time_function(void (*body)(void *, uint64_t), void *, const mb_gbench_options *,
                                mb_gbench_result_callback, void *, char *, size_t);
typedef mb_status time_manual_function(double (*body)(void *, uint64_t), void *, const mb_gbench_options *,
                                       mb_gbench_result_callback, void *, char *, size_t);

typedef struct timing {
    mb_bench *b;
    mb_status status; /* of run; after a failure nothing more is called */
    char missing[MB_MESSAGE_BYTES_MAX];
    double real_ns[REPETITIONS_MAX], cpu_ns[REPETITIONS_MAX];
    size_t count;
    uint64_t iterations;
} timing;

static void run_cycles(void *context, uint64_t iterations)
{
    timing *t = context;
    for (uint64_t i = 0; i < iterations && t->status == MB_OK; i++)
        t->status = mb_worker_call(t->b);
}

/* What a call takes without what does not count: its setup and teardown, and its release where the case says so. */
static double time_call(timing *t)
{
    mb_bench *b = t->b;
    const mb_case *definition = &b->definition;
    bool run_only = definition->flags & MB_CASE_TIME_RUN_ONLY;
    uint64_t before_ns = mb_now_ns();
    t->status = definition->run(b);
    uint64_t run_ns = mb_now_ns() - before_ns;
    if (t->status == MB_OK && definition->release != NULL)
        definition->release(b);
    return (double)(run_only ? run_ns : mb_now_ns() - before_ns);
}

static double run_cycles_timing_calls(void *context, uint64_t iterations)
{
    timing *t = context;
    double total_ns = 0;
    for (uint64_t i = 0; i < iterations && t->status == MB_OK; i++) {
        if (mb_worker_each_run(t->b))
            t->status = mb_worker_set_up(t->b);
        if (t->status == MB_OK)
            total_ns += time_call(t);
        if (mb_worker_each_run(t->b))
            mb_worker_tear_down(t->b);
    }
    return total_ns;
}

static void on_result(const mb_gbench_result *result, void *context)
{
    timing *t = context;
    const char *trouble = result->status != MB_OK                ? result->message
                          : result->real_time_ns.missing != NULL ? result->real_time_ns.missing
                                                                 : result->cpu_time_ns.missing;
    if (trouble != NULL) {
        snprintf(t->missing, sizeof t->missing, "%s", trouble);
    } else if (t->count < REPETITIONS_MAX) {
        t->real_ns[t->count] = result->real_time_ns.value;
        t->cpu_ns[t->count] = result->cpu_time_ns.value;
        t->count++;
        t->iterations += result->iterations;
    }
}

/* False in a static program: a library loaded there would bring a second C library, and crash. */
static bool has_loader(void)
{
    const ElfW(Phdr) *header = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    for (unsigned long i = 0; header != NULL && i < getauxval(AT_PHNUM); i++)
        if (header[i].p_type == PT_INTERP)
            return true;
    return false;
}

/* Loads the timer and runs it; why there are no times goes into t->missing. */
static void measure(timing *t)
{
    const char *path = getenv("MEMBENCH_TIMER");
    if (path == NULL || *path == '\0') {
        snprintf(t->missing, sizeof t->missing,
                 "membench was built without Google Benchmark (Debian: libbenchmark-dev)");
        return;
    }
    if (!has_loader()) {
        snprintf(t->missing, sizeof t->missing, "the timer cannot be loaded into a static program");
        return;
    }
    /* By name: a plain call makes the linker warn whoever links a static program. */
    union {
        void *object;
        void *(*open)(const char *, int);
    } loader = {.object = dlsym(RTLD_DEFAULT, "dlopen")};
    void *library = loader.object != NULL ? loader.open(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    if (library == NULL) {
        snprintf(t->missing, sizeof t->missing, "the timer cannot be loaded into this program: %s", dlerror());
        return;
    }
    union { /* POSIX lets dlsym's object pointer be a function; ISO C has no cast for it */
        void *object;
        time_function *time;
        time_manual_function *time_manual;
        int (*abi)(void);
    } abi = {.object = dlsym(library, "mb_gbench_abi")}, timer;
    bool by_hand = t->b->definition.flags & (MB_CASE_TIME_RUN_ONLY | MB_CASE_SETUP_EACH_RUN);
    timer.object = dlsym(library, by_hand ? "mb_gbench_time_manual" : "mb_gbench_time");
    if (abi.object == NULL || abi.abi() != MB_GBENCH_ABI || timer.object == NULL) {
        snprintf(t->missing, sizeof t->missing, "the timer is of a different version of membench");
        return;
    }
    mb_gbench_options options = {
        .min_time_ns = (uint64_t)mb_environment_integer("MEMBENCH_TIME_MIN_NS", 50000000),
        .warm_up_time_ns = (uint64_t)mb_environment_integer("MEMBENCH_TIME_WARMUP_NS", 0),
        .repetitions = (uint32_t)mb_environment_integer("MEMBENCH_TIME_REPETITIONS", 1),
    };
    char message[MB_MESSAGE_BYTES_MAX];
    mb_status status =
        by_hand ? timer.time_manual(run_cycles_timing_calls, t, &options, on_result, t, message, sizeof message)
                : timer.time(run_cycles, t, &options, on_result, t, message, sizeof message);
    if (status != MB_OK)
        snprintf(t->missing, sizeof t->missing, "%s", message);
}

static void put_series(const char *name, const double *values, size_t count)
{
    mb_event_open(name, '[');
    for (size_t i = 0; i < count; i++)
        mb_event_real(NULL, values[i]);
    mb_event_close(']');
}

mb_status mb_time_measure(mb_bench *b)
{
    static timing t;
    t.b = b;
    mb_event_sign('r');
    measure(&t);
    if (t.status != MB_OK)
        return t.status;
    mb_event_begin("time");
    if (t.missing[0] != '\0' || t.count == 0) {
        mb_event_string("missing", t.missing[0] != '\0' ? t.missing : "the timer gave no result");
    } else {
        put_series("real_time_ns", t.real_ns, t.count);
        put_series("cpu_time_ns", t.cpu_ns, t.count);
        mb_event_unsigned("iterations", t.iterations);
    }
    mb_event_send();
    return MB_OK;
}
