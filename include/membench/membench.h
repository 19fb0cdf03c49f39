/* membench.h: write memory benchmarks in C; link with libmembench.a.
 *
 * A bench program has a table of cases and ends with MB_MAIN. Started by hand, it passes itself to the coordinator,
 * `membench`; started by the coordinator, it runs one case, once, in its own process:
 *
 *     setup ─▶ B ─ run ─▶ E1 ─ release ─▶ E2 ─ (allocator gives back) ─▶ T ─▶ warm-up … ─▶ B ─ … ─▶ T ─▶ teardown
 *              └──────────── "cold" window: the first use ────────────┘               └── "steady" window ──┘
 *
 * Memory is read at B, E1, E2 and T. `run` builds the object to be measured and leaves it alive; `release` frees
 * it, so that `run` can be called again. E1 minus B is the cost of the object, E2 minus B is what freeing it did
 * not give back. setup and teardown are outside every window. The library allocates, opens and prints nothing
 * between B and T.
 *
 * The header compiles on its own and without warnings as C11 to C23 and as C++17 to C++23; C++ programs are shorter
 * with membench.hpp. docs/writing-cases.md explains how to write cases, docs/measuring.md what each number means.
 */
#ifndef MEMBENCH_MEMBENCH_H
#define MEMBENCH_MEMBENCH_H

#include <membench/version.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define MB_PRINTF(format_index, first_argument) __attribute__((format(printf, format_index, first_argument)))
#define MB_NODISCARD __attribute__((warn_unused_result))
#define MB_UNCHANGING __attribute__((const)) /* compilers may call it once and reuse the result */
#else
#define MB_PRINTF(format_index, first_argument)
#define MB_NODISCARD
#define MB_UNCHANGING
#endif

/* A member's value if an initializer omits it: stated in C++, where compilers would warn; in C it is zero. */
#ifdef __cplusplus
#define MB_DEFAULT(value) = value
#define MB_ZERO = {}
#else
#define MB_DEFAULT(value)
#define MB_ZERO
#endif

/* The memory pointed to is not read, so gcc need not warn if it was never written. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11
#define MB_UNREAD(argument) __attribute__((access(none, argument)))
#else
#define MB_UNREAD(argument)
#endif

/* Whether a function succeeded. In a case, the workload's outcome. */
typedef enum mb_status {
    MB_OK = 0,
    MB_FAILED = 1,  /* with a message: in a case, from mb_fail or mb_out_of_memory */
    MB_SKIPPED = 2, /* the case cannot run here; mb_skip recorded the reason */
} mb_status;

/* How values of a parameter are printed in case ids. */
typedef enum mb_unit {
    MB_UNIT_NONE = 0,  /* 100 */
    MB_UNIT_BYTES = 1, /* 1KB, 100KB, 1MB: KB is 1,024 bytes; other sizes are printed as 1500B */
} mb_unit;

enum {
    MB_PARAM_VALUES_MAX = 32, /* values of one parameter */
    MB_PARAMS_MAX = 4,        /* parameters of one case */
    MB_ID_BYTES_MAX = 256,    /* a case id, including its terminator */
    MB_MARKS_MAX = 64,        /* marks per window; further ones are counted and reported as lost */
    MB_REGIONS_MAX = 64,      /* regions per window */
    MB_RANGES_MAX = 512,      /* ranges of all its regions together */
    MB_COUNTS_MAX = 32,       /* counters of its own per window */
    MB_NAME_BYTES_MAX = 64,   /* name of a mark, region or counter, including its terminator */
};

/* One parameter. Write it with MB_PARAM, MB_PARAM_BYTES, MB_PARAM_LABELS or MB_PARAM_NAME. */
typedef struct mb_param_axis {
    const char *name MB_ZERO;          /* the name mb_param takes, e.g. "jobs" */
    const uint64_t *values MB_ZERO;    /* value_count distinct values; NULL: 0, 1, 2, … */
    size_t value_count MB_ZERO;        /* 0 only if the case has tuples: then any value may occur */
    mb_unit unit MB_ZERO;              /* how a value is printed */
    const char *const *labels MB_ZERO; /* or NULL; printed instead of the values, one for each */
} mb_param_axis;

/* One combination of parameter values, in the order of the parameters. Write it with MB_TUPLE. */
typedef struct mb_tuple {
    const uint64_t *values MB_ZERO;
    size_t value_count MB_ZERO; /* as many as the case has parameters */
} mb_tuple;

typedef struct mb_bench mb_bench; /* one worker's run of one case; owned by the library, valid in the callbacks */

enum {
    MB_CASE_THREADS = 1u << 0,        /* creates threads: runs alone, and its page metrics never count as exact */
    MB_CASE_TIME_RUN_ONLY = 1u << 1,  /* time `run` alone, not run + release; refused below 1 us */
    MB_CASE_COLD_ONLY = 1u << 2,      /* so slow that the first window must do: no warm-up, no steady window */
    MB_CASE_SETUP_EACH_RUN = 1u << 3, /* `run` consumes what setup made: setup before each call of `run`, teardown after
                                         its release; times are of run and release, refused below 1 us */
};

/* One case (with parameters: a family of cases). All pointers are borrowed for the lifetime of the program.
 * The id is group[/function][/parameter value]… Without tuples, a case runs once for every combination of its
 * parameters' values; with tuples, once for each tuple. A mistake in a case (a duplicate name or value, a flag that the
 * library does not know) fails the program with a message that names the case. */
typedef struct mb_case {
    size_t struct_bytes MB_DEFAULT(sizeof(mb_case)); /* MB_CASE_INIT; so that later versions can add members */
    const char *group MB_ZERO;
    const char *function MB_ZERO;        /* or NULL */
    const char *summary MB_ZERO;         /* one line for --list, or NULL */
    const mb_param_axis *params MB_ZERO; /* ends with a zeroed element; NULL: no parameters. MB_PARAMS */
    const mb_tuple *tuples MB_ZERO;      /* ends with a zeroed element; NULL: all combinations. MB_TUPLES */
    size_t state_bytes MB_ZERO;          /* size of what mb_state returns: zeroed and touched before setup */
    unsigned flags MB_ZERO;              /* MB_CASE_… */
    uint64_t needs_bytes MB_ZERO;        /* memory that must be free to start it; 0: little */
    uint64_t cost_ns MB_ZERO;            /* approximate processor time of a sample; 0: little. Seconds: fewer samples */
    mb_status (*setup)(mb_bench *b) MB_ZERO; /* or NULL; once per process, before every window */
    mb_status (*run)(mb_bench *b) MB_ZERO;   /* inside the window: build the object, leave it alive */
    void (*release)(mb_bench *b) MB_ZERO;    /* or NULL; free it, so that run can be called again */
    void (*teardown)(mb_bench *b) MB_ZERO;   /* or NULL; once per process, last; also after a failed setup or run */
} mb_case;

/* How to write a case. In C++ before C++20, or for fewer lines in any C++, see membench.hpp.
 *
 *     static const mb_case copying = {
 *         MB_CASE_INIT,
 *         .group = "copying",
 *         .params = MB_PARAMS(MB_PARAM("jobs", 0, 10, 50), MB_PARAM_BYTES("payload_bytes", 1024, 10240)),
 *         .run = run,
 *     };
 *
 * MB_CASE_INIT comes first in every case. MB_PARAM_LABELS("codec", "none", "fast") is a parameter with the values 0 and
 * 1, printed as "none" and "fast". Parameters that vary together use tuples; MB_PARAM_NAME and MB_PARAM_NAME_BYTES
 * declare them without values:
 *
 *         .params = MB_PARAMS(MB_PARAM_NAME("jobs"), MB_PARAM_NAME_BYTES("payload_bytes")),
 *         .tuples = MB_TUPLES(MB_TUPLE(1, 1048576), MB_TUPLE(1000, 1024)),
 *
 * Values are constants from 0 to 2^53; more than MB_PARAM_VALUES_MAX of them do not compile. */

/* The case's state: state_bytes, aligned for any type, alive from setup to teardown. */
void *mb_state(mb_bench *b);

/* The running case, as passed to mb_main: it may be the first member of a larger struct. */
MB_UNCHANGING const mb_case *mb_case_of(const mb_bench *b);

/* The value of the parameter with that name. It does not change within a process, so compilers may move the call out of
 * a loop. An unknown name is a bug in the program, which aborts with a message. */
MB_UNCHANGING uint64_t mb_param(const mb_bench *b, const char *name);

/* The label of that value; NULL if the parameter has no labels. An unknown name aborts as above. */
MB_UNCHANGING const char *mb_param_label(const mb_bench *b, const char *name);

/* Fails the case: records a message (cut at 400 bytes) and returns MB_FAILED. For setup and run. */
MB_NODISCARD mb_status mb_fail(mb_bench *b, const char *format, ...) MB_PRINTF(2, 3);

/* The same with the outcome "out of memory" instead of "failed", which nothing else sets: errno is not consulted. */
MB_NODISCARD mb_status mb_out_of_memory(mb_bench *b, const char *format, ...) MB_PRINTF(2, 3);

/* Records the reason and returns MB_SKIPPED. */
MB_NODISCARD mb_status mb_skip(mb_bench *b, const char *format, ...) MB_PRINTF(2, 3);

/* Threads: setup, run, release and teardown are called by the thread that runs main. Any thread may call mb_state,
 * mb_case_of, mb_param, mb_param_label and mb_keep. Several threads at once may call mb_mark, mb_region and mb_count:
 * they take turns, each reads the whole process while the other threads continue, and marks are kept in the order of
 * their readings. These three take effect from the start of `run` to the end of `release`; outside, a call does
 * nothing, and the end of the window waits for a call in progress. All other functions are only for the thread that
 * runs the callback. None may be called from a signal handler. */

/* Takes a reading at a phase boundary within the window. The name is copied. Does nothing in the time pass. */
void mb_mark(mb_bench *b, const char *name);

/* Reads how much of [address, address + nominal_bytes) is resident at the time of the call. The name is copied; several
 * ranges with one name are one region. Regions may be nested. Anonymous memory at the end of `run` that is in no region
 * is reported as "unexplained", each page counted once; so pass ranges that do not belong to a file, and that did not
 * exist before. Does nothing in the time pass. */
void mb_region(mb_bench *b, const char *name, const void *address, uint64_t nominal_bytes);

/* Records a number that the program itself knows, reported separately from what membench measured. The last value of a
 * name in a window counts. Put the unit in the name: "pool_highmark_bytes". Does nothing in the time pass. */
void mb_count(mb_bench *b, const char *name, int64_t value);

/* Asks the allocator to return free memory, as between E2 and T. At the end of `run`, E1 then shows what is alive,
 * without memory that was used on the way and that the allocator would keep. Does nothing in the time pass. */
void mb_trim(mb_bench *b);

/* For memory that comes neither from malloc nor from operator new, such as blocks of a pool that maps its own memory:
 * count a block as allocated, and as freed. The heap metrics then include it, with usable bytes equal to requested
 * ones. Any thread may call both once main has started; they do nothing outside the heap pass. Not for parts of a block
 * from malloc, which is counted already. mb_heap_remove returns the bytes that were added; 0: none were. */
void mb_heap_add(const void *block, size_t byte_count);
size_t mb_heap_remove(const void *block);

/* Sets how many operations one call of `run` performs, so that reports can show figures per operation. */
void mb_operations(mb_bench *b, uint64_t operation_count);

/* Keeps the compiler from removing the object behind `pointer`, e.g. free(malloc(1)). */
static inline MB_UNREAD(1) void mb_keep(const void *pointer)
{
#if defined(__GNUC__) || defined(__clang__)
    __asm__ volatile("" : : "g"(pointer) : "memory");
#else
    static const void *volatile sink;
    sink = pointer;
#endif
}

/* MB_VERSION_NUMBER of the library that the program was linked with. */
MB_UNCHANGING uint32_t mb_version(void);

/* All that a bench program does; MB_MAIN calls it. Returns the exit code. cases: case_count pointers, borrowed. */
int mb_main(int argc, char **argv, const mb_case *const *cases, size_t case_count);

/* MB_MAIN(&first_case, &second_case): defines main. The list is explicit, so no case is lost by the linker. */
#define MB_MAIN(...)                                                                                                   \
    int main(int argc, char **argv)                                                                                    \
    {                                                                                                                  \
        static const mb_case *const mb_main_cases[] = {__VA_ARGS__};                                                   \
        return mb_main(argc, argv, mb_main_cases, sizeof mb_main_cases / sizeof mb_main_cases[0]);                     \
    }

#ifdef __cplusplus
}
#endif

#include <membench/case_macros.h>

#endif
