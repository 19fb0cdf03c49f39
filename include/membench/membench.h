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
 * The header compiles alone as C11, C17 and C++17. docs/measuring.md says what each number means.
 */
#ifndef MEMBENCH_MEMBENCH_H
#define MEMBENCH_MEMBENCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MB_VERSION "0.1.0"

#if defined(__GNUC__) || defined(__clang__)
#define MB_PRINTF(format_index, first_argument) __attribute__((format(printf, format_index, first_argument)))
#define MB_NODISCARD __attribute__((warn_unused_result))
#else
#define MB_PRINTF(format_index, first_argument)
#define MB_NODISCARD
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
    MB_FAILED = 1,  /* a message was left: by mb_fail in a case */
    MB_SKIPPED = 2, /* the case cannot run here; a reason was left by mb_skip */
} mb_status;

/* How a parameter's values are printed in case ids. */
typedef enum mb_unit {
    MB_UNIT_NONE = 0,  /* 100 */
    MB_UNIT_BYTES = 1, /* 1KB, 100KB, 1MB: KB is 1,024 bytes; what is no whole multiple is printed as 1500B */
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

/* One parameter. The values end at the first 0 after the first place, so 0 itself can only stand first.
 * A case is run once for every combination of its parameters' values. */
typedef struct mb_param_axis {
    const char *name;                     /* as mb_param looks it up, e.g. "jobs" */
    uint64_t values[MB_PARAM_VALUES_MAX]; /* at least one */
    mb_unit unit;                         /* how a value is printed */
    const char *const *labels;            /* or NULL; else printed in place of the values, one for each */
} mb_param_axis;

typedef struct mb_bench mb_bench; /* one worker's run of one case; owned by the library, valid in the callbacks */

enum {
    MB_CASE_THREADS = 1u << 0,       /* creates threads: runs alone, its page metrics are never taken for exact */
    MB_CASE_TIME_RUN_ONLY = 1u << 1, /* time `run` alone, not run + release; refused when it takes less than 1 us */
    MB_CASE_COLD_ONLY = 1u << 2,     /* takes so long that the first window has to do: no warm-up, no steady window */
};

/* One case (with parameters: one family of cases). All pointers are borrowed for the program's life.
 * The id is group[/function][/parameter value]… */
typedef struct mb_case {
    const char *group;
    const char *function;            /* or NULL */
    const char *summary;             /* one line for --list, or NULL */
    const mb_param_axis *params;     /* ends with a zeroed element; NULL: no parameters. See MB_PARAMS */
    size_t state_bytes;              /* size of what mb_state returns; zeroed and touched before setup */
    unsigned flags;                  /* MB_CASE_… */
    uint64_t needs_bytes;            /* memory to be free before it is worth starting, 0: little */
    mb_status (*setup)(mb_bench *b); /* or NULL; once per process, before every window */
    mb_status (*run)(mb_bench *b);   /* inside the window: build the thing, leave it alive */
    void (*release)(mb_bench *b);    /* or NULL; second window: drop it, so that run can be called again */
    void (*teardown)(mb_bench *b);   /* or NULL; once per process, after every window, also after a failed run */
    uint64_t cost_ns;                /* about what a sample takes of a processor, 0: little. Fewer are taken of what
                                        costs seconds, and its time limit is longer */
} mb_case;

/* MB_PARAMS(MB_PARAM("jobs", 10, 50, 100), MB_PARAM_BYTES("payload_bytes", 1024, 10240)): for C initializers.
 * In C++ name an array that ends with {} instead. */
#define MB_PARAMS(...) ((const mb_param_axis[]){__VA_ARGS__, {0}})
#define MB_PARAM(param_name, ...)                                                                                      \
    {                                                                                                                  \
        .name = param_name, .values = { __VA_ARGS__ }                                                                  \
    }
#define MB_PARAM_BYTES(param_name, ...)                                                                                \
    {                                                                                                                  \
        .name = param_name, .values = {__VA_ARGS__}, .unit = MB_UNIT_BYTES                                             \
    }

/* State of the case, state_bytes large, aligned for any type; lives from setup to teardown. */
void *mb_state(mb_bench *b);

/* Value of the parameter of that name. An unknown name is a bug in the program: it aborts, saying so. */
uint64_t mb_param(const mb_bench *b, const char *name);

/* Ends the case: leaves a message (cut at 400 bytes) and returns MB_FAILED; usable in setup and run.
 * When errno is ENOMEM the outcome is "out of memory". */
MB_NODISCARD mb_status mb_fail(mb_bench *b, const char *format, ...) MB_PRINTF(2, 3);

/* Leaves the reason and returns MB_SKIPPED. */
MB_NODISCARD mb_status mb_skip(mb_bench *b, const char *format, ...) MB_PRINTF(2, 3);

/* Takes a reading at a phase boundary of the current window. The name is copied. Does nothing in the time pass. */
void mb_mark(mb_bench *b, const char *name);

/* Asks for the resident share of [address, address + nominal_bytes), read at the time of the call. The name is
 * copied; several ranges of one name are one region. Regions may lie in one another. What anonymous memory they leave
 * at the end of `run` is reported as "unexplained", each page counted once; so name ranges that are no file's, and that
 * were not there before. Does nothing in the time pass. */
void mb_region(mb_bench *b, const char *name, const void *address, uint64_t nominal_bytes);

/* Records a figure of the subject's own, reported apart from what membench measured. The last value of a name in a
 * window counts. Say the unit in the name: "pool_highmark_bytes". Does nothing in the time pass. */
void mb_count(mb_bench *b, const char *name, int64_t value);

/* Asks the allocator to give back what is free, as between E2 and T. At the end of `run` it leaves at E1 what is alive,
 * without what the allocator keeps of memory that was used on the way. Does nothing in the time pass. */
void mb_trim(mb_bench *b);

/* Says how many operations one call of `run` stands for, so that reports can show figures per operation. */
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

#endif
