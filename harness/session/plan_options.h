/* plan_options.h: the options that say how a session measures: a row each, and the fields of mb_plan that they set. The
 * session needs the fields alone; the command line makes options of the rows (general_options.h).
 *
 *     OPTION(field or nothing, members of mb_option_row) */
#ifndef MEMBENCH_SESSION_PLAN_OPTIONS_H
#define MEMBENCH_SESSION_PLAN_OPTIONS_H

/* clang-format off */
#define MB_MEASURING_OPTIONS(OPTION) \
    OPTION(const char *runtimes;, .section = "WebAssembly modules", .name = "runtime", .value = "LIST", .verbs = MODULES, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_TEXT, MB_COMMON(plan.runtimes), \
           .help = "the runtimes to use, such as wamr,wasm3 or just wamr-fast\n(all that were built)") \
    OPTION(, .name = "call", .value = "NAME[=ARG,...]", .verbs = MODULES, .effect = MB_EFFECT_SAMPLES, \
           .set = set_call, \
           .help = "call this exported function of each instance, with i32 arguments;\nrepeatable, in this order (default: _start or _initialize, if any)") \
    OPTION(const char *instances;, .name = "instances", .value = "LIST", .verbs = MODULES, .effect = MB_EFFECT_SAMPLES, \
           .set = set_instances, \
           .help = "how many instances to create (1,10,100)") \
    OPTION(const char *loads;, .name = "loads", .value = "LIST", .verbs = MODULES, .effect = MB_EFFECT_SAMPLES, \
           .set = set_loads, \
           .help = "how often to load the module (1,10)") \
    OPTION(uint64_t stack_bytes;, .name = "stack-size", .value = "SIZE", .verbs = MODULES, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_SIZE, MB_COMMON(plan.stack_bytes), .least = 1024, \
           .help = "the stack of each instance, in WAMR and Wasm3 (8KiB, 64KiB)") \
    OPTION(bool wasi;, .name = "wasi", .verbs = MODULES, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_FLAG, MB_COMMON(plan.wasi), \
           .help = "give modules WASI (wasi_snapshot_preview1), if the runtime has it;\ncommands are run and must exit with 0") \
    OPTION(, .name = "arg", .value = "ARG", .verbs = MODULES, .effect = MB_EFFECT_SAMPLES, \
           .set = set_arg, \
           .help = "an argument of the module, with WASI; repeatable") \
    OPTION(, .name = "dir", .value = "HOST[::GUEST]", .verbs = MODULES, .effect = MB_EFFECT_SAMPLES, \
           .set = set_dir, \
           .help = "a folder that the module may use, with WASI, and its name there;\nrepeatable") \
    OPTION(, .name = "env", .value = "NAME[=VALUE]", .verbs = WASM, .effect = MB_EFFECT_SAMPLES, \
           .set = set_module_env, \
           .help = "a variable of the module, with WASI; without a value, one to pass\non to the runtimes; repeatable") \
    OPTION(, .name = "env", .value = "NAME[=VALUE]", .verbs = MODULES & ~WASM, .effect = MB_EFFECT_SAMPLES, \
           .set = set_module_env, \
           .help = "pass this variable on to the programs; NAME* for several; with a\nvalue, a variable of the module, with WASI; repeatable") \
    OPTION(size_t sample_size;, .section = "Measuring", .name = "sample-size", .letter = 'n', .value = "N", .verbs = RUN, .effect = MB_EFFECT_EXTENT, \
           .type = MB_OPTION_COUNT, MB_COMMON(plan.sample_size), .least = 1, .most = 1000, \
           .help = "samples per case and pass (3; 10 if they vary; 20 for a\nbaseline; up to 40 if a noisy metric may have grown)") \
    OPTION(, .name = "sample-size", .letter = 'n', .value = "N", .verbs = AB, .effect = MB_EFFECT_EXTENT, \
           .type = MB_OPTION_COUNT, MB_COMMON(plan.sample_size), .least = 1, .most = 1000, \
           .help = "most samples per side to confirm a suspect (40; looks at 10 and 20)") \
    OPTION(uint64_t time_budget_ns;, .name = "time-budget", .value = "TIME", .verbs = AB, .effect = MB_EFFECT_EXTENT, \
           .type = MB_OPTION_TIME, MB_COMMON(plan.time_budget_ns), \
           .help = "take no new samples after this time (5min); undecided cases are\nthen INCONCLUSIVE, and --resume continues (no limit)") \
    OPTION(, .name = "warm-up-iterations", .value = "N", .verbs = MEASURES, .effect = MB_EFFECT_SAMPLES, \
           .set = set_warm_up_iterations, \
           .help = "runs between the cold window (first use) and the steady one (2)") \
    OPTION(uint64_t warm_up_time_ns;, .name = "warm-up-time", .value = "TIME", .verbs = MEASURES, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_TIME, MB_COMMON(plan.warm_up_time_ns), \
           .help = "how long to warm up before timing (10ms)") \
    OPTION(uint64_t measurement_time_ns;, .name = "measurement-time", .value = "TIME", .verbs = MEASURES, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_TIME, MB_COMMON(plan.measurement_time_ns), \
           .help = "how long to time each case, in three processes together (75ms)") \
    OPTION(size_t iterations;, .name = "iterations", .value = "N", .verbs = NAMES | AB, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_COUNT, MB_COMMON(plan.iterations), .least = 1, .most = 1000000, \
           .help = "iterations of a Google Benchmark program in the first of three runs,\nand for pages (10; fewer if one takes long)") \
    OPTION(, .name = "passes", .value = "LIST", .verbs = MEASURES, .effect = MB_EFFECT_EXTENT, \
           .set = mb_options_set_passes, .words = "pages heap time pages,heap", \
           .help = "what to measure: pages, heap, time (all)") \
    OPTION(bool no_time;, .name = "no-time", .verbs = MEASURES, .effect = MB_EFFECT_EXTENT, \
           .type = MB_OPTION_FLAG, MB_COMMON(plan.no_time), \
           .help = "memory only: no time pass") \
    OPTION(bool quick;, .name = "quick", .verbs = RUN | WATCH, .effect = MB_EFFECT_EXTENT, \
           .type = MB_OPTION_FLAG, MB_COMMON(plan.quick), \
           .help = "two samples, a short time pass: a first look") \
    OPTION(bool test;, .name = "test", .verbs = RUN, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_FLAG, MB_COMMON(plan.test), \
           .help = "run each case once to see that it works; no numbers") \
    OPTION(, .name = "test", .verbs = EXEC, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_FLAG, MB_COMMON(plan.test), \
           .help = "run each command once, to see that it works") \
    OPTION(size_t job_count;, .name = "jobs", .letter = 'j', .value = "N", .verbs = MEASURES, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_COUNT, MB_COMMON(plan.job_count), .least = 1, .most = 256, \
           .help = "memory samples taken in parallel (the number of processors)") \
    OPTION(, .name = "timeout", .value = "TIME", .verbs = STARTS | AB, .effect = MB_EFFECT_NOTHING, \
           .set = set_timeout, \
           .help = "time limit of one sample (60s, or more if the case asks for it;\n0: none)") \
    OPTION(uint64_t memory_limit_bytes;, .name = "memory-limit", .value = "SIZE", .verbs = MEASURES, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_SIZE, MB_COMMON(plan.memory_limit_bytes), .least = 1, \
           .help = "memory limit of one sample's data, such as 512MiB (none)") \
    OPTION(, .name = "env", .value = "NAME", .verbs = MB_VERB_RUN | DIAGNOSE, .effect = MB_EFFECT_SAMPLES, \
           .set = set_env, \
           .help = "pass this variable on to the programs; NAME* for several; repeatable") \
    OPTION(, .name = "program-arg", .value = "ARG", .verbs = NAMES | AB | SOAK, .effect = MB_EFFECT_SAMPLES, \
           .set = set_program_arg, \
           .help = "an argument for the programs, before those of a framework;\nrepeatable") \
    OPTION(bool thp;, .name = "thp", .verbs = STARTS | AB | SOAK | EXEC, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_FLAG, MB_COMMON(plan.thp), \
           .help = "keep the system's setting of transparent huge pages (default: off)") \
    OPTION(bool no_trace;, .name = "no-trace", .verbs = STARTS | AB, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_FLAG, MB_COMMON(plan.no_trace), \
           .help = "do not trace processes, for programs that use ptrace or setuid; peaks\nare then not exact, and commands are only sampled from outside") \
    OPTION(, .name = "no-trace", .verbs = EXEC, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_FLAG, MB_COMMON(plan.no_trace), \
           .help = "only sample from outside, for commands that use ptrace or setuid") \
    OPTION(int entropy;, .name = "entropy", .value = "WHERE", .verbs = STARTS | AB | SOAK, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_CHOICE, MB_COMMON(plan.entropy), .words = "fixed real", \
           .help = "where programs get random bytes: fixed, the same ones in each sample, or\nreal, from the system (fixed)") \
    OPTION(bool heap_blocks;, .name = "heap-blocks", .verbs = RUN | AB, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_FLAG, MB_COMMON(plan.heap_blocks), \
           .help = "keep a table of all blocks in the heap pass: requested bytes alive,\nand their exact peak, with any number of threads") \
    OPTION(const char *heap_functions;, .name = "heap-functions", .value = "LIST", .verbs = STARTS | AB | SOAK, .effect = MB_EFFECT_SAMPLES, \
           .set = mb_options_set_heap_functions, \
           .help = "library functions to count like malloc and free: mi_malloc,mi_free;\nother names with what they act like: get=malloc,put=free") \
    OPTION(, .name = "seed", .value = "N", .verbs = MEASURES, .effect = MB_EFFECT_EXTENT, \
           .set = set_seed, \
           .help = "seed of the order in which cases run (random, recorded)") \
    OPTION(bool resume;, .name = "resume", .verbs = RUN | AB, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_COMMON(plan.resume), \
           .help = "continue the run that was interrupted in this folder") \
    OPTION(const char *allocator;, .name = "allocator", .value = "NAME", .verbs = MEASURES, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_TEXT, MB_COMMON(plan.allocator), .words = "glibc glibc:arena_max=1 jemalloc mimalloc tcmalloc", \
           .help = "run the programs under jemalloc, mimalloc, tcmalloc, glibc,\nglibc:arena_max=1 or a library's path")
/* clang-format on */

#endif
