/* membench.h: write memory benchmarks in C; link with libmembench.a.
 *
 * A bench program holds a table of cases and ends in MB_MAIN. Started by hand it hands itself over to the
 * coordinator `membench`; started by the coordinator it runs one case, once, in a process of its own:
 *
 *     setup ─▶ B ─ run ─▶ E1 ─ release ─▶ E2 ─ (allocator gives back) ─▶ T ─▶ warm-up … ─▶ B ─ … ─▶ T ─▶ teardown
 *              └──────────── "cold" window: the first use ────────────┘               └── "steady" window ──┘
 *
 * B, E1, E2 and T are where memory is read. `run` builds the thing to be measured and leaves it alive;
 * `release` drops it again, so that `run` can be called once more. What E1 shows over B is what the thing
 * costs, what E2 shows over B is what dropping it does not give back. setup and teardown are outside of
 * every window. The library allocates nothing, opens nothing and prints nothing between B and T.
 *
 * The header compiles alone and without warnings as C11 to C23 and as C++17 to C++23; C++ programs are shorter with
 * membench.hpp. docs/writing-cases.md teaches how to write cases, docs/measuring.md says what each number means.
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
#define MB_UNCHANGING __attribute__((const)) /* compilers may call it once and keep the result */
#else
#define MB_PRINTF(format_index, first_argument)
#define MB_NODISCARD
#define MB_UNCHANGING
#endif

/* What a member is when an initializer does not name it: said in C++, where compilers would warn; in C it is zero. */
#ifdef __cplusplus
#define MB_DEFAULT(value) = value
#define MB_ZERO = {}
#else
#define MB_DEFAULT(value)
#define MB_ZERO
#endif

/* What the pointer leads to is not read: gcc need not warn of memory that was never written to. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11
#define MB_UNREAD(argument) __attribute__((access(none, argument)))
#else
#define MB_UNREAD(argument)
#endif

/* What a fallible function says of its own success. In a case, the workload's outcome. */
typedef enum mb_status {
    MB_OK = 0,
    MB_FAILED = 1,  /* a message was left: by mb_fail or mb_out_of_memory in a case */
    MB_SKIPPED = 2, /* the case cannot run here; a reason was left by mb_skip */
} mb_status;

/* How a parameter's values are printed in case ids. */
typedef enum mb_unit {
    MB_UNIT_NONE = 0,  /* 100 */
    MB_UNIT_BYTES = 1, /* 1KB, 100KB, 1MB: KB is 1,024 bytes; other sizes are printed as 1500B */
} mb_unit;

enum {
    MB_PARAM_VALUES_MAX = 32, /* values of one parameter */
    MB_PARAMS_MAX = 4,        /* parameters of one case */
    MB_ID_BYTES_MAX = 256,    /* a case id with its terminator */
    MB_MARKS_MAX = 64,        /* marks one window may keep; later ones are counted and reported as lost */
    MB_REGIONS_MAX = 64,      /* regions one window may keep */
    MB_RANGES_MAX = 512,      /* ranges that its regions may have together */
    MB_COUNTS_MAX = 32,       /* own counters one window may keep */
    MB_NAME_BYTES_MAX = 64,   /* a mark's, region's or counter's name with its terminator */
};

/* One parameter. Write it with MB_PARAM, MB_PARAM_BYTES, MB_PARAM_LABELS or MB_PARAM_NAME. */
typedef struct mb_param_axis {
    const char *name MB_ZERO;          /* as mb_param looks it up, e.g. "jobs" */
    const uint64_t *values MB_ZERO;    /* value_count different ones; NULL: 0, 1, 2, … */
    size_t value_count MB_ZERO;        /* 0 only where the case has tuples: then any value may occur */
    mb_unit unit MB_ZERO;              /* how a value is printed */
    const char *const *labels MB_ZERO; /* or NULL; else printed in place of the values, one for each */
} mb_param_axis;

/* One combination of parameter values, in the order of the parameters. Write it with MB_TUPLE. */
typedef struct mb_tuple {
    const uint64_t *values MB_ZERO;
    size_t value_count MB_ZERO; /* as many as the case has parameters */
} mb_tuple;

typedef struct mb_bench mb_bench; /* one worker's run of one case; owned by the library, valid in the callbacks */

enum {
    MB_CASE_THREADS = 1u << 0,        /* creates threads: runs alone, its page metrics are never taken for exact */
    MB_CASE_TIME_RUN_ONLY = 1u << 1,  /* time `run` alone, not run + release; refused when it takes less than 1 us */
    MB_CASE_COLD_ONLY = 1u << 2,      /* takes so long that the first window has to do: no warm-up, no steady window */
    MB_CASE_SETUP_EACH_RUN = 1u << 3, /* `run` uses up what setup made: setup before each call of `run`, teardown after
                                         its release; times are those of run and release, refused below 1 us */
};

/* One case (with parameters: one family of cases). All pointers are borrowed for the program's life.
 * The id is group[/function][/parameter value]… Without tuples a case is run once for every combination of its
 * parameters' values, with tuples once for each of them. A mistake in a case (a name or value given twice, a flag that
 * the library does not know) fails the program with a message that names the case. */
typedef struct mb_case {
    size_t struct_bytes MB_DEFAULT(sizeof(mb_case)); /* MB_CASE_INIT; so that later versions can add members */
    const char *group MB_ZERO;
    const char *function MB_ZERO;            /* or NULL */
    const char *summary MB_ZERO;             /* one line for --list, or NULL */
    const mb_param_axis *params MB_ZERO;     /* ends with a zeroed element; NULL: no parameters. MB_PARAMS */
    const mb_tuple *tuples MB_ZERO;          /* ends with a zeroed element; NULL: all combinations. MB_TUPLES */
    size_t state_bytes MB_ZERO;              /* size of what mb_state returns; zeroed, touched before setup */
    unsigned flags MB_ZERO;                  /* MB_CASE_… */
    uint64_t needs_bytes MB_ZERO;            /* memory to be free before it is worth starting, 0: little */
    uint64_t cost_ns MB_ZERO;                /* a sample's processor time, about; 0: little. Seconds: fewer samples */
    mb_status (*setup)(mb_bench *b) MB_ZERO; /* or NULL; once per process, before every window */
    mb_status (*run)(mb_bench *b) MB_ZERO;   /* inside the window: build the thing, leave it alive */
    void (*release)(mb_bench *b) MB_ZERO;    /* or NULL; second window: drop it, so that run can be called again */
    void (*teardown)(mb_bench *b) MB_ZERO;   /* or NULL; once per process, last; also after a failed setup or run */
} mb_case;

/* How a case is written. In C++ before C++20, and wherever a few lines should do, see membench.hpp.
 *
 *     static const mb_case copying = {
 *         MB_CASE_INIT,
 *         .group = "copying",
 *         .params = MB_PARAMS(MB_PARAM("jobs", 0, 10, 50), MB_PARAM_BYTES("payload_bytes", 1024, 10240)),
 *         .run = run,
 *     };
 *
 * MB_CASE_INIT comes first in every case. MB_PARAM_LABELS("codec", "none", "fast") is a parameter with the values 0 and
 * 1, printed as "none" and "fast". Parameters that vary together have tuples; MB_PARAM_NAME and MB_PARAM_NAME_BYTES
 * leave their values to these:
 *
 *         .params = MB_PARAMS(MB_PARAM_NAME("jobs"), MB_PARAM_NAME_BYTES("payload_bytes")),
 *         .tuples = MB_TUPLES(MB_TUPLE(1, 1048576), MB_TUPLE(1000, 1024)),
 *
 * Values are constants, any of them may be 0, and more than MB_PARAM_VALUES_MAX do not compile. */

/* State of the case, state_bytes large, aligned for any type; lives from setup to teardown. */
void *mb_state(mb_bench *b);

/* The case that runs, as it was given to mb_main: it may be the first member of a larger struct of the program's. */
MB_UNCHANGING const mb_case *mb_case_of(const mb_bench *b);

/* Value of the parameter of that name. It does not change within a process, so compilers may move the call out of a
 * loop. An unknown name is a bug in the program: it aborts and says so. */
MB_UNCHANGING uint64_t mb_param(const mb_bench *b, const char *name);

/* Label of that value; NULL when the parameter has no labels. An unknown name aborts as above. */
MB_UNCHANGING const char *mb_param_label(const mb_bench *b, const char *name);

/* Ends the case: leaves a message (cut at 400 bytes) and returns MB_FAILED; usable in setup and run. */
MB_NODISCARD mb_status mb_fail(mb_bench *b, const char *format, ...) MB_PRINTF(2, 3);

/* The same, and the outcome is "out of memory" instead of "failed". Nothing else says so: errno is not looked at. */
MB_NODISCARD mb_status mb_out_of_memory(mb_bench *b, const char *format, ...) MB_PRINTF(2, 3);

/* Leaves the reason and returns MB_SKIPPED. */
MB_NODISCARD mb_status mb_skip(mb_bench *b, const char *format, ...) MB_PRINTF(2, 3);

/* Threads: setup, run, release and teardown are called by the thread that runs main. Any thread may call mb_state,
 * mb_case_of, mb_param, mb_param_label and mb_keep. Any thread, and several at the same time, may call mb_mark,
 * mb_region and mb_count: they take turns, each reads the whole process while the other threads go on, and marks are
 * kept in the order of their readings. These three count from the start of `run` to the end of `release`; a call
 * outside does nothing, and the window waits for one that is under way. All other functions are for the thread that
 * runs the callback, and none is for signal handlers. */

/* Takes a reading at a phase boundary of the current window. The name is copied. Does nothing in the time pass. */
void mb_mark(mb_bench *b, const char *name);

/* Asks for the resident share of [address, address + nominal_bytes), read at the time of the call. The name is
 * copied; several ranges of one name are one region. Regions may lie in one another. What anonymous memory they leave
 * at the end of `run` is reported as "unexplained", each page counted once; so name ranges that are not a file's, and
 * that were not there before. Does nothing in the time pass. */
void mb_region(mb_bench *b, const char *name, const void *address, uint64_t nominal_bytes);

/* Records a figure of the subject's own, reported apart from what membench measured. The last value of a name in a
 * window counts. Say the unit in the name: "pool_highmark_bytes". Does nothing in the time pass. */
void mb_count(mb_bench *b, const char *name, int64_t value);

/* Asks the allocator to give back what is free, as between E2 and T. At the end of `run` it leaves at E1 what is alive,
 * without what the allocator keeps of memory that was used on the way. Does nothing in the time pass. */
void mb_trim(mb_bench *b);

/* For memory that comes neither from malloc nor from operator new, such as blocks of a pool that maps its own: counts a
 * block as allocated, and as given back. The heap metrics then hold it, usable bytes being the requested ones. Any
 * thread may call both, from main on; they do nothing outside of the heap pass. Not for parts of a block that malloc
 * gave: that one counts already. mb_heap_remove returns the bytes that were added; 0: none were. */
void mb_heap_add(const void *block, size_t byte_count);
size_t mb_heap_remove(const void *block);

/* Says how many operations one call of `run` performs, so that reports can show figures per operation. */
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

/* MB_VERSION_NUMBER of the library that the program is linked with. */
MB_UNCHANGING uint32_t mb_version(void);

/* The whole life of a bench program; what MB_MAIN calls. Returns the exit code. cases: case_count pointers, borrowed.
 */
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
