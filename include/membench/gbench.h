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
 * mb_gbench_time (keep the library open, since its C++ runtime cannot be unloaded).
 *
 * No C++ exception leaves a function of this header: whatever a body or the library throws becomes a message. A body
 * must not exit through longjmp or pthread_exit. Nothing is written to standard output or standard error, except that
 * libbenchmark, while loading, warns about a BENCHMARK_… environment variable that is not a number. Otherwise these
 * variables have no effect, nor do functions registered in C++ with BENCHMARK(): every run clears Google Benchmark's
 * registry, of which a process has one. So there is one run at a time per process, from any thread; a second one, or
 * one started in a body or callback, is refused.
 *
 * Functions that can fail return MB_FAILED and write one line, without a newline, to message[message_bytes], always
 * terminated, and cut if too long; message may be NULL if message_bytes is 0. On success it is not touched.
 * The header compiles on its own as C11, C17 and C++17.
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

/* Which time decides that a repetition has run for min_time_ns, and what real_time_ns is. */
typedef enum mb_gbench_clock {
    MB_GBENCH_CLOCK_REAL = 0, /* wall-clock time decides */
    MB_GBENCH_CLOCK_CPU,      /* CPU time decides; real_time_ns is still wall-clock time */
    MB_GBENCH_CLOCK_MANUAL,   /* the sum of mb_gbench_add_time_ns decides, and is real_time_ns */
} mb_gbench_clock;

/* How to run. A zeroed structure means defaults, and so does a NULL pointer to one. Results are always in nanoseconds.
 */
typedef struct mb_gbench_options {
    uint64_t min_time_ns;     /* of each repetition; 0: 500 ms */
    uint64_t warm_up_time_ns; /* once, before the first repetition; 0: none */
    uint64_t iterations;      /* exactly so many per repetition and thread, in one call of the body; 0: as many as
                                 min_time_ns needs. Excludes min_time_ns and warm_up_time_ns. Up to 2^40 */
    uint32_t repetitions;     /* 0: 1. Up to 1,000,000 */
    uint32_t threads;         /* that run the body at once; 0: 1. Up to MB_GBENCH_THREADS_MAX */
    mb_gbench_clock clock;
    bool process_cpu_time;    /* cpu_time_ns is the whole process's, not just that of the body's threads */
    uint64_t manual_floor_ns; /* manual clock: times below this per iteration are refused, since reading a clock costs
                                 some 50 ns, give or take as much; 0: any time above zero is accepted */
} mb_gbench_options;

typedef struct mb_gbench mb_gbench;             /* registered functions; mb_gbench_new to mb_gbench_free */
typedef struct mb_gbench_state mb_gbench_state; /* one thread's batch; valid in the callbacks it is passed to */

/* One function and the arguments to run it with. Name, argument names and arguments are copied; context is passed on
 * and must live as long as the mb_gbench. Each row of arguments runs separately, under the name
 * "name/arg name:value/…" (without arg_names "name/value/…"), followed by "/threads:N" for N above 1. */
typedef struct mb_gbench_function {
    const char *name; /* not empty */
    /* Does its work `iterations` times. Called until a batch takes min_time_ns; the last call counts. */
    void (*body)(mb_gbench_state *state, uint64_t iterations, void *context);
    void (*setup)(mb_gbench_state *state, void *context);    /* or NULL; before each call of body, not timed */
    void (*teardown)(mb_gbench_state *state, void *context); /* or NULL; after it, even if setup or body failed */
    void *context;
    size_t arg_count;             /* arguments per row; 0: none, the function runs once */
    const char *const *arg_names; /* arg_count of them, or NULL */
    const int64_t *args;          /* row_count times arg_count, row by row */
    size_t row_count;
} mb_gbench_function;

/* A number, or why there is none: never infinite or NaN. */
typedef struct mb_gbench_figure {
    double value;        /* 0 when missing */
    const char *missing; /* NULL: value is valid */
} mb_gbench_figure;

typedef struct mb_gbench_counter {
    const char *name;
    mb_gbench_figure figure;
} mb_gbench_counter;

/* One repetition, raw, not a summary. All pointers are valid during the callback. */
typedef struct mb_gbench_result {
    const char *name;    /* as described at mb_gbench_function */
    const int64_t *args; /* of the row, arg_count of them */
    size_t arg_count;
    uint32_t repetition; /* 0 … repetition_count - 1 */
    uint32_t repetition_count;
    uint32_t threads;
    mb_status status;                  /* MB_FAILED, MB_SKIPPED: by the body, or it threw; both times are missing */
    const char *message;               /* why; NULL when MB_OK */
    uint64_t iterations;               /* that the times cover: the sum over all threads */
    mb_gbench_figure real_time_ns;     /* per iteration */
    mb_gbench_figure cpu_time_ns;      /* per iteration */
    const char *label;                 /* set by mb_gbench_set_label, else "" */
    const mb_gbench_counter *counters; /* ordered by name; none when status is not MB_OK */
    size_t counter_count;
} mb_gbench_result;

/* Called in the thread that called run, outside every measurement: for each function once all its repetitions have
 * ended, in the order of registration and repetition. */
typedef void (*mb_gbench_result_callback)(const mb_gbench_result *result, void *callback_context);

/* The library's MB_GBENCH_ABI; compare it after dlopen. */
int mb_gbench_abi(void);

/* An empty set of functions, owned by the caller; NULL if out of memory. */
mb_gbench *mb_gbench_new(void);
void mb_gbench_free(mb_gbench *gbench); /* NULL does nothing */

/* Adds a function; on failure (no name or body, options that conflict or are out of range, out of memory) nothing is
 * added. Names may repeat. */
MB_NODISCARD mb_status mb_gbench_register(mb_gbench *gbench, const mb_gbench_function *function,
                                          const mb_gbench_options *options, char *message, size_t message_bytes);

/* Removes all functions. */
void mb_gbench_clear(mb_gbench *gbench);

/* Runs the functions that `filter` matches: a POSIX extended regular expression, searched for in the names described at
 * mb_gbench_function; with a leading '-', those that it does not match; NULL: all. MB_OK if all of these ran, with
 * whatever outcome: see the results. MB_FAILED: nothing matched, the expression is invalid, another run is in progress,
 * the callback threw (no further results are delivered), out of memory. */
MB_NODISCARD mb_status mb_gbench_run(mb_gbench *gbench, const char *filter, mb_gbench_result_callback on_result,
                                     void *callback_context, char *message, size_t message_bytes);

/* In setup, body and teardown: */

/* Argument `index` of the row, 0 … arg_count - 1; anything else aborts the process with a message. */
int64_t mb_gbench_arg(const mb_gbench_state *state, size_t index);
size_t mb_gbench_arg_count(const mb_gbench_state *state);
uint32_t mb_gbench_thread(const mb_gbench_state *state); /* index of this thread: 0 … mb_gbench_threads - 1 */
uint32_t mb_gbench_threads(const mb_gbench_state *state);

/* Ends the function with a reason, cut at 400 bytes. Return from the callback afterwards; the first reason counts.
 * Other repetitions are still tried, and report their own outcome. */
void mb_gbench_fail(mb_gbench_state *state, const char *message);
void mb_gbench_skip(mb_gbench_state *state, const char *reason);

/* Exclude time, in body only. A pair costs some 0.8 us, part of which is counted: not for short iterations. A nested
 * pause, or a resume without a pause, fails the function. */
void mb_gbench_pause(mb_gbench_state *state);
void mb_gbench_resume(mb_gbench_state *state);

/* Manual clock: adds ns to the time of the whole batch, in body only. If the sum is not finite, not above zero, or
 * below manual_floor_ns per iteration, the batch's times are missing, with the reason. */
void mb_gbench_add_time_ns(mb_gbench_state *state, double ns);

/* How a counter is computed when the repetition ends. Values of several threads are added first. */
enum {
    MB_GBENCH_COUNTER_PLAIN = 0,
    MB_GBENCH_COUNTER_PER_SECOND = 1u << 0,      /* divided by the seconds of the repetition */
    MB_GBENCH_COUNTER_PER_THREAD = 1u << 1,      /* divided by the number of threads */
    MB_GBENCH_COUNTER_TIMES_ITERATION = 1u << 2, /* multiplied by the iterations */
    MB_GBENCH_COUNTER_PER_ITERATION = 1u << 3,   /* divided by the iterations */
    MB_GBENCH_COUNTER_INVERT = 1u << 4,          /* 1 / value, after the others */
};

/* Sets a counter of this batch, created on first use; the name is copied. False if out of memory. */
bool mb_gbench_set_counter(mb_gbench_state *state, const char *name, double value, unsigned bits);

/* Sets the label of the result; the text is copied. False if out of memory. */
bool mb_gbench_set_label(mb_gbench_state *state, const char *label);

/* What Google Benchmark knows about the machine. */
typedef struct mb_gbench_context {
    const char *library_version; /* "1.7.1", or "unknown"; static storage */
    uint32_t cpu_count;
    double cpu_mhz;        /* 0: unknown */
    const char *host_name; /* static storage */
} mb_gbench_context;

/* The first call, or the first run, reads /proc/cpuinfo and /sys; if they have no clock rate, it takes a second. */
MB_NODISCARD mb_status mb_gbench_context_get(mb_gbench_context *context, char *message, size_t message_bytes);

/* Times one function without an mb_gbench: runs body(context, iterations) as options say; each repetition goes to
 * on_result, under the name "body". Fails like mb_gbench_register and mb_gbench_run; options.clock must not be the
 * manual one. */
MB_NODISCARD mb_status mb_gbench_time(void (*body)(void *context, uint64_t iterations), void *context,
                                      const mb_gbench_options *options, mb_gbench_result_callback on_result,
                                      void *callback_context, char *message, size_t message_bytes);

/* The same with the manual clock, whatever options.clock says: body returns the ns it measured for the whole batch.
 * Less than 1 us per iteration (or options.manual_floor_ns, if larger) is refused: the times are missing, with the
 * reason. */
MB_NODISCARD mb_status mb_gbench_time_manual(double (*body)(void *context, uint64_t iterations), void *context,
                                             const mb_gbench_options *options, mb_gbench_result_callback on_result,
                                             void *callback_context, char *message, size_t message_bytes);

#ifdef __cplusplus
}
#endif

#endif
