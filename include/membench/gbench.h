/* gbench.h: Google Benchmark for C: register functions, run them, get each repetition by callback.
 *
 *     mb_gbench_new ─▶ mb_gbench_register … ─▶ mb_gbench_run ─▶ on_result, once per repetition ─▶ mb_gbench_free
 *                                              └─ as often as wanted ─┘
 *
 *     static void body(mb_gbench_state *state, uint64_t iterations, void *context)
 *     {
 *         for (uint64_t i = 0; i < iterations; i++)
 *             sort(context, mb_gbench_arg(state, 0));
 *     }
 *
 * The loop is in the body, so an iteration costs what the body does and nothing else. Implemented by
 * libmembench_timer.so on libbenchmark 1.7 or later: link with -lmembench_timer, or dlopen it and look up
 * mb_gbench_time (a library opened so must stay open: its C++ runtime cannot be unloaded).
 *
 * No C++ exception leaves a function of this header: what a body or the library throws becomes a text. A body must
 * not leave by longjmp or pthread_exit. Nothing is written to standard output or standard error (only libbenchmark
 * itself, while it is loaded, complains of a BENCHMARK_… variable in the environment that is not a number). Apart from
 * that these variables have no effect, and neither have functions registered in C++ by BENCHMARK(): every run clears
 * the registry of Google Benchmark, which a process has once. So one run at a time per process, from any thread; a
 * second one, or one started in a body or callback, is refused.
 *
 * Functions that can fail return MB_FAILED and leave one line, without newline, in message[message_bytes], always
 * terminated and cut when too long; message may be NULL when message_bytes is 0. On success it is left alone.
 * The header compiles alone as C11, C17 and C++17.
 */
#ifndef MEMBENCH_GBENCH_H
#define MEMBENCH_GBENCH_H

#include <membench/membench.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    MB_GBENCH_ABI = 1,       /* changes when a structure or signature of this header does */
    MB_GBENCH_ARGS_MAX = 16, /* arguments of one function */
    MB_GBENCH_THREADS_MAX = 256,
};

/* Which time decides that a repetition has run for min_time_ns, and what real_time_ns holds. */
typedef enum mb_gbench_clock {
    MB_GBENCH_CLOCK_REAL = 0, /* time on the wall decides */
    MB_GBENCH_CLOCK_CPU,      /* CPU time decides, real_time_ns is still time on the wall */
    MB_GBENCH_CLOCK_MANUAL,   /* what the body says in mb_gbench_add_time_ns decides, and is real_time_ns */
} mb_gbench_clock;

/* How to run. A zeroed structure is the default; NULL in place of a pointer to one means the same. Results are in
 * nanoseconds whatever their size. */
typedef struct mb_gbench_options {
    uint64_t min_time_ns;     /* of each repetition; 0: 500 ms */
    uint64_t warm_up_time_ns; /* once, before the first repetition; 0: none */
    uint64_t iterations;      /* exactly so many a repetition and thread, in one call of the body; 0: as many as
                                 min_time_ns needs. Excludes min_time_ns and warm_up_time_ns. Up to 2^40 */
    uint32_t repetitions;     /* 0: 1. Up to 1,000,000 */
    uint32_t threads;         /* that run the body at the same time; 0: 1. Up to MB_GBENCH_THREADS_MAX */
    mb_gbench_clock clock;
    bool process_cpu_time;    /* cpu_time_ns of the whole process; else of the threads that run the body */
    uint64_t manual_floor_ns; /* manual clock: times below this per iteration are refused, as reading a clock costs
                                 some 50 ns and moves by as much; 0: any above zero is taken */
} mb_gbench_options;

typedef struct mb_gbench mb_gbench;             /* functions registered; mb_gbench_new to mb_gbench_free */
typedef struct mb_gbench_state mb_gbench_state; /* one thread's batch; valid in the callbacks it is passed to */

/* One function and the arguments to run it with. Name, argument names and arguments are copied; context is passed on
 * and must live as long as the mb_gbench. Each row of arguments is run on its own, under the name
 * "name/arg name:value/…" (without arg_names "name/value/…"), with "/threads:N" behind it for N above 1. */
typedef struct mb_gbench_function {
    const char *name; /* not empty */
    /* Does the thing `iterations` times. Called several times until a batch takes min_time_ns; the last one counts. */
    void (*body)(mb_gbench_state *state, uint64_t iterations, void *context);
    void (*setup)(mb_gbench_state *state, void *context);    /* or NULL; before each call of body, not timed */
    void (*teardown)(mb_gbench_state *state, void *context); /* or NULL; after it, also when setup or body failed */
    void *context;
    size_t arg_count;             /* arguments of a row; 0: none, the function is run once */
    const char *const *arg_names; /* arg_count of them, or NULL */
    const int64_t *args;          /* row_count times arg_count, row by row */
    size_t row_count;
} mb_gbench_function;

/* A number, or why there is none: infinite and undefined numbers are never handed out. */
typedef struct mb_gbench_figure {
    double value;        /* 0 when missing */
    const char *missing; /* NULL: value holds */
} mb_gbench_figure;

typedef struct mb_gbench_counter {
    const char *name;
    mb_gbench_figure figure;
} mb_gbench_counter;

/* One repetition: raw figures, no summary of several. All pointers are valid during the callback. */
typedef struct mb_gbench_result {
    const char *name;    /* as described at mb_gbench_function */
    const int64_t *args; /* of the row, arg_count of them */
    size_t arg_count;
    uint32_t repetition; /* 0 … repetition_count - 1 */
    uint32_t repetition_count;
    uint32_t threads;
    mb_status status;                  /* MB_FAILED, MB_SKIPPED: the body said so, or threw; both times are missing */
    const char *message;               /* why; NULL when MB_OK */
    uint64_t iterations;               /* that the times were taken over: the sum over the threads */
    mb_gbench_figure real_time_ns;     /* per iteration */
    mb_gbench_figure cpu_time_ns;      /* per iteration */
    const char *label;                 /* set by mb_gbench_set_label, else "" */
    const mb_gbench_counter *counters; /* ordered by name; none when status is not MB_OK */
    size_t counter_count;
} mb_gbench_result;

/* Called in the thread that called run, outside of every measurement: for each function when all its repetitions
 * have ended, in the order of registration and repetition. */
typedef void (*mb_gbench_result_callback)(const mb_gbench_result *result, void *callback_context);

/* MB_GBENCH_ABI of the library; compare it after a dlopen. */
int mb_gbench_abi(void);

/* An empty set of functions, owned by the caller; NULL when memory is out. */
mb_gbench *mb_gbench_new(void);
void mb_gbench_free(mb_gbench *gbench); /* NULL does nothing */

/* Adds a function; on failure (a missing name or body, options that exclude each other or are out of range, memory
 * out) nothing is added. The same name may be given twice. */
MB_NODISCARD mb_status mb_gbench_register(mb_gbench *gbench, const mb_gbench_function *function,
                                          const mb_gbench_options *options, char *message, size_t message_bytes);

/* Takes all functions out again. */
void mb_gbench_clear(mb_gbench *gbench);

/* Runs what `filter` matches: a POSIX extended regular expression searched for in the names described at
 * mb_gbench_function; with a leading '-' what it does not match; NULL: all. MB_OK when all of these were run, whatever
 * became of them: that is in the results. MB_FAILED: nothing matched, the expression is wrong, a run is going on
 * already, the callback threw (no more results are delivered then), memory is out. */
MB_NODISCARD mb_status mb_gbench_run(mb_gbench *gbench, const char *filter, mb_gbench_result_callback on_result,
                                     void *callback_context, char *message, size_t message_bytes);

/* In setup, body and teardown: */

/* Argument `index` of the row; 0 … arg_count - 1, anything else aborts the process, saying so. */
int64_t mb_gbench_arg(const mb_gbench_state *state, size_t index);
size_t mb_gbench_arg_count(const mb_gbench_state *state);
uint32_t mb_gbench_thread(const mb_gbench_state *state); /* index of this thread: 0 … mb_gbench_threads - 1 */
uint32_t mb_gbench_threads(const mb_gbench_state *state);

/* Ends the function with a reason, cut at 400 bytes. Return from the callback afterwards: the first reason counts.
 * Other repetitions are tried nevertheless, and report for themselves. */
void mb_gbench_fail(mb_gbench_state *state, const char *message);
void mb_gbench_skip(mb_gbench_state *state, const char *reason);

/* Time not to be counted, in body only. One pair costs some 0.8 us, and counts partly: not for short iterations. A
 * pause within a pause, or a resume without one, fails the function. */
void mb_gbench_pause(mb_gbench_state *state);
void mb_gbench_resume(mb_gbench_state *state);

/* Manual clock: adds ns to what the whole batch took, in body only. A batch whose sum is not finite, not above zero
 * or below manual_floor_ns per iteration has its times missing, with the reason. */
void mb_gbench_add_time_ns(mb_gbench_state *state, double ns);

/* Bits that say what is made of a counter when the repetition ends. Values of several threads are added up first. */
enum {
    MB_GBENCH_COUNTER_PLAIN = 0,
    MB_GBENCH_COUNTER_PER_SECOND = 1u << 0,      /* divided by the seconds of the repetition */
    MB_GBENCH_COUNTER_PER_THREAD = 1u << 1,      /* divided by the number of threads */
    MB_GBENCH_COUNTER_TIMES_ITERATION = 1u << 2, /* multiplied by the iterations */
    MB_GBENCH_COUNTER_PER_ITERATION = 1u << 3,   /* divided by the iterations */
    MB_GBENCH_COUNTER_INVERT = 1u << 4,          /* 1 / value, after all the others */
};

/* Sets a counter of this batch, created at its first use; the name is copied. False when memory is out. */
bool mb_gbench_set_counter(mb_gbench_state *state, const char *name, double value, unsigned bits);

/* Sets the label of the result; the text is copied. False when memory is out. */
bool mb_gbench_set_label(mb_gbench_state *state, const char *label);

/* What Google Benchmark found out about the machine. */
typedef struct mb_gbench_context {
    const char *library_version; /* "1.7.1", or "unknown"; static storage */
    uint32_t cpu_count;
    double cpu_mhz;        /* 0: not known */
    const char *host_name; /* static storage */
} mb_gbench_context;

/* The first call, or the first run, reads /proc/cpuinfo and /sys; where these hold no clock rate it takes a second. */
MB_NODISCARD mb_status mb_gbench_context_get(mb_gbench_context *context, char *message, size_t message_bytes);

/* One function in one call, without a mb_gbench: body(context, iterations) as often as options say; each repetition
 * goes to on_result, under the name "body". Fails as mb_gbench_register and mb_gbench_run do; options.clock must not
 * be the manual one. */
MB_NODISCARD mb_status mb_gbench_time(void (*body)(void *context, uint64_t iterations), void *context,
                                      const mb_gbench_options *options, mb_gbench_result_callback on_result,
                                      void *callback_context, char *message, size_t message_bytes);

/* The same with the manual clock (whatever options.clock says): body returns the ns that it measured for the whole
 * batch. Less than 1 us per iteration (or options.manual_floor_ns, where that is more) is refused: the times are
 * missing then, with the reason. */
MB_NODISCARD mb_status mb_gbench_time_manual(double (*body)(void *context, uint64_t iterations), void *context,
                                             const mb_gbench_options *options, mb_gbench_result_callback on_result,
                                             void *callback_context, char *message, size_t message_bytes);

#ifdef __cplusplus
}
#endif

#endif
