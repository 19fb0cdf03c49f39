/* plan.h: what is to be measured, how, and by which rule it is judged: all that a session needs to know of what the
 * user asked for. Whoever fills one (the command line, a test) owns it; a session borrows it from open to close.
 *
 *     mb_plan_init ─▶ fields are set ─▶ mb_plan_apply_project ─▶ a session ─▶ mb_plan_fini */
#ifndef MEMBENCH_SESSION_PLAN_H
#define MEMBENCH_SESSION_PLAN_H

#include "base/arena.h"
#include "base/error.h"
#include "base/units.h"
#include "judge/compare.h"
#include "model/filter.h"
#include "session/map.h"
#include "session/plan_options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MB_PROJECT_FILE "membench.json" /* in the current folder */

enum {
    MB_QUICK_SAMPLES = 2,
    MB_PROGRAMS_MAX = 10000,
    MB_VARIABLES_MAX = 16,
    MB_CALLS_MAX = 16,
    MB_WASI_ITEMS_MAX = 32
};
enum { MB_ARGUMENTS_MAX = 32, MB_ARGUMENTS_BYTES_MAX = 8192 /* of all together */ };

/* What a WebAssembly module finds by WASI: "arg" with an argument, "env" with NAME=VALUE, "dir" with HOST[::GUEST]. */
typedef struct mb_wasi_item {
    const char *kind, *value;
} mb_wasi_item;

/* Where programs get random bytes; the words of --entropy. */
enum { MB_ENTROPY_FIXED, MB_ENTROPY_REAL };
enum { MB_ENTROPY_SEED = 1 };

/* Strings are borrowed. Zero and NULL mean "not given" unless said otherwise: then samples are 3 to 10, more where the
 * gate wants them, there is a job for each processor, huge pages are off, memory has no limit. */
#define MB_OPTION_FIELD(field, ...) field
typedef struct mb_plan {
    const char **programs; /* mb_plan_add_program; copies of the plan share them until they add one */
    size_t program_count, program_capacity;
    const struct mb_plan *programs_owner;    /* who may add to that array */
    const char **named_programs;             /* … when the command line was parsed; owned */
    bool prefixes_ids;                       /* ids of cases begin with the name of their program */
    const struct mb_unchanged *unchanged;    /* programs that are left out of both sides (unchanged.h), or NULL */
    bool is_project_whole;                   /* the programs are those of membench.json */
    size_t named_program_count;              /* of these, how many the command line named: the first ones */
    const char *variables[MB_VARIABLES_MAX]; /* of the environment, passed on to processes; NAME or NAME* */
    size_t variable_count;
    const char *arguments[MB_ARGUMENTS_MAX + 2]; /* argv of the programs, NULL-terminated; argv[0] is always there */
    size_t argument_count;                       /* behind argv[0] */
    const char *modules, *module_paths, *module_wasi; /* MEMBENCH_WASM, _FILES, _WASI (modules.h), or NULL */
    const char *calls[MB_CALLS_MAX];                  /* of exported functions, as --call has them */
    size_t call_count;
    mb_wasi_item wasi_items[MB_WASI_ITEMS_MAX]; /* in the order given */
    size_t wasi_item_count;
    mb_filter *filter;                                    /* which cases; owned */
    size_t shard_index, shard_count;                      /* 1 … count; count 0: all cases */
    mb_map map;                                           /* from ids of the current run to those of the baseline */
    bool passes[MB_PASS_COUNT], metrics[MB_METRIC_COUNT]; /* measured; shown and gated */
    bool metrics_chosen;                                  /* metrics are not all there are */
    bool is_quiet;                                        /* no progress line */
    const char *call;           /* how membench is called for these programs; NULL: not known */
    const char *unmatched_hint; /* what is said when no case matches, "; did you mean …", or NULL */
    const char *save_baseline;  /* samples are taken for a baseline of that name */
    const char *baseline;       /* name of what the run is compared with */
    int warm_up_iterations;
    uint64_t timeout_ns; /* of a sample; 0: none */
    bool timeout_given;
    uint64_t seed; /* of the order of samples */
    bool seed_given;
    mb_gate_policy policy;                 /* of a case: mb_policy_of (policy.h) */
    bool threshold_given[MB_METRIC_COUNT]; /* so membench.json does not change it */
    struct mb_policies *policies;          /* what membench.json says of cases; owned */
    struct mb_pins *pins;                  /* older baselines (pins.h); owned */
    const char *baseline_dir;              /* where baselines are; NULL: the usual folder */
    bool has_baseline_threshold;           /* --baseline NAME=RATIO: */
    mb_threshold baseline_threshold;       /* … growth that is allowed since the one it is compared with */
    MB_MEASURING_OPTIONS(MB_OPTION_FIELD)
} mb_plan;
#undef MB_OPTION_FIELD

/* Defaults. Fails when memory is out; mb_plan_fini may be called all the same. */
MB_NODISCARD mb_status mb_plan_init(mb_plan *plan, mb_error *error);
void mb_plan_fini(mb_plan *plan);

/* Adds a program, borrowed. The array is the arena's, or with NULL the plan's. MB_ERROR_USAGE where there are
 * MB_PROGRAMS_MAX. */
MB_NODISCARD mb_status mb_plan_add_program(mb_plan *plan, const char *path, mb_arena *arena, mb_error *error);

/* For mb_process_spec.argv: NULL when programs get no arguments. */
char *const *mb_plan_argv(const mb_plan *plan);

/* "--iterations 3 --program-arg -v": what the plan asks of a program besides the usual, as it is kept with its results;
 * "" for nothing. counts: whether iterations are the plan's to say. */
MB_NODISCARD const char *mb_plan_called_with(const mb_plan *plan, bool counts, mb_arena *arena);

/* MB_ERROR_USAGE when so many samples, which the option asks for, cannot tell growth from chance: whatever grew, the
 * comparison would pass. count 0: not given. */
MB_NODISCARD mb_status mb_plan_check_samples(const char *option, size_t count, mb_error *error);

/* Adds what membench.json of the current folder says and the plan does not: programs, thresholds, budgets. Strings live
 * in the arena. Without such a file nothing changes. MB_ERROR_USAGE with line and column where it is wrong. */
MB_NODISCARD mb_status mb_plan_apply_project(mb_plan *plan, mb_arena *arena, mb_error *error);

#endif
