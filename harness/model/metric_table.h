/* metric_table.h: one row for each quantity that membench measures. metric.h makes the enum of it, metric.c the table.
 *
 * A new metric is a row here and the line that measures it: window_values.c of a case, time_pass.c of its times, exec
 * of commands. Everything else reads the row: --metrics, thresholds, help, completions, results and every report
 * format. What is written in docs/ is made from it by ci/check-tables.
 *
 *     ROW(ENUMERATOR, members of mb_quantity_info)
 *
 * The order is that of reports. */
#ifndef MEMBENCH_MODEL_METRIC_TABLE_H
#define MEMBENCH_MODEL_METRIC_TABLE_H

#define MB_KIB INT64_C(1024)

/* Growth that never regresses (mb_quantity_info): two pages, or 64 KiB where samples scatter; for heap bytes 4 KiB. */
#define MB_PAGE_FLOORS .per_page = true, .floor_exact = 2, .floor_rank = 64 * MB_KIB
/* A command repeats and still shifts by some pages from session to session: the cache, the environment, the linker. */
#define MB_COMMAND_FLOORS .per_page = true, .floor_exact = 16, .floor_rank = 64 * MB_KIB
/* Likewise the heap of a command: its environment and folder have other names there. */
#define MB_COMMAND_HEAP_FLOORS .floor_exact = 4 * MB_KIB, .floor_rank = 16 * MB_KIB
#define MB_HEAP_FLOORS .floor_exact = 0, .floor_rank = 4 * MB_KIB

/* clang-format off */

/* Measured by a process in each of its windows: two metrics each, cold_NAME and steady_NAME. */
#define MB_WINDOWED_QUANTITIES(ROW) \
    ROW(MB_ANON_DELTA_BYTES, .name = "anon_delta_bytes", .alias = "anon", .heading = "anon", \
        .pass = MB_PASS_PAGES, .kind = MB_KIND_BYTES, .gates = true, MB_PAGE_FLOORS, \
        .summary = "anonymous and shared memory held at the end of run", \
        .source = "RssAnon + RssShmem + HugetlbPages at E1, `/proc/self/status`", .repeats = "to the page") \
    ROW(MB_RSS_DELTA_BYTES, .name = "rss_delta_bytes", .alias = "rss", .heading = "rss", \
        .pass = MB_PASS_PAGES, .kind = MB_KIND_BYTES, MB_PAGE_FLOORS, \
        .summary = "resident set at the end of run, file pages included", \
        .source = "VmRSS + HugetlbPages at E1, `/proc/self/status`", .repeats = "file pages depend on the page cache and on ASLR") \
    ROW(MB_FOOTPRINT_BYTES, .name = "footprint_bytes", .alias = "footprint", .heading = "footprint", \
        .pass = MB_PASS_PAGES, .kind = MB_KIND_BYTES, MB_PAGE_FLOORS, \
        .summary = "present pages that are neither file nor zero page", \
        .source = "RssAnon and private huge pages at E1, `/proc/self/status`", .repeats = "to the page") \
    ROW(MB_PEAK_ANON_DELTA_BYTES, .name = "peak_anon_delta_bytes", .alias = "peak", .heading = "peak", \
        .pass = MB_PASS_PAGES, .kind = MB_KIND_BYTES, .gates = true, MB_PAGE_FLOORS, \
        .summary = "the most anonymous and shared memory held at once between B and E2", \
        .source = "RssAnon + RssShmem before each call that lowers it, and at E1 and E2", \
        .repeats = "[to the page](#the-peak)") \
    ROW(MB_PEAK_RSS_DELTA_BYTES, .name = "peak_rss_delta_bytes", .alias = "peak_rss", .heading = "peak rss", \
        .pass = MB_PASS_PAGES, .kind = MB_KIND_BYTES, MB_PAGE_FLOORS, \
        .summary = "highest resident set between B and E2, file pages included", \
        .source = "VmRSS before each call that lowers it, and at E1 and E2", .repeats = "as `rss_delta_bytes`") \
    /* Shown instead of the two above where they cannot be exact. */ \
    ROW(MB_PEAK_RSS_AT_LEAST_BYTES, .name = "peak_rss_at_least_bytes", .alias = "peak_at_least", \
        .heading = "peak at least", .pass = MB_PASS_PAGES, .kind = MB_KIND_BYTES, .is_low_end = true, .is_optional = true, \
        MB_PAGE_FLOORS, \
        .summary = "lower bound of the peak resident set, if the exact peak is unknown", \
        .source = "the highest reading, or VmHWM minus its possible error", .repeats = "within [a bound](#the-peak)") \
    ROW(MB_RETAINED_RSS_BYTES, .name = "retained_rss_bytes", .alias = "retained", .heading = "retained", \
        .pass = MB_PASS_PAGES, .kind = MB_KIND_BYTES, MB_PAGE_FLOORS, \
        .summary = "resident set kept after release", \
        .source = "VmRSS + HugetlbPages at E2, `/proc/self/status`", .repeats = "as `rss_delta_bytes`") \
    ROW(MB_RETAINED_ANON_BYTES, .name = "retained_anon_bytes", .alias = "retained_anon", .heading = "retained anon", \
        .pass = MB_PASS_PAGES, .kind = MB_KIND_BYTES, MB_PAGE_FLOORS, \
        .summary = "anonymous memory kept after release", \
        .source = "RssAnon + RssShmem + HugetlbPages at E2, `/proc/self/status`", .repeats = "to the page") \
    ROW(MB_RETAINED_AFTER_TRIM_RSS_BYTES, .name = "retained_after_trim_bytes", .alias = "trimmed", \
        .heading = "trimmed", .pass = MB_PASS_PAGES, .kind = MB_KIND_BYTES, MB_PAGE_FLOORS, \
        .summary = "resident set kept after release and a trim of the allocator", \
        .source = "VmRSS + HugetlbPages at T, `/proc/self/status`", .repeats = "as `rss_delta_bytes`") \
    ROW(MB_RETAINED_AFTER_TRIM_ANON_BYTES, .name = "retained_after_trim_anon_bytes", .alias = "trimmed_anon", \
        .heading = "trimmed anon", .pass = MB_PASS_PAGES, .kind = MB_KIND_BYTES, MB_PAGE_FLOORS, \
        .summary = "anonymous memory kept after release and a trim of the allocator", \
        .source = "RssAnon + RssShmem + HugetlbPages at T, `/proc/self/status`", .repeats = "to the page") \
    ROW(MB_PAGE_FAULT_MINOR_COUNT, .name = "page_fault_minor_count", .alias = "faults", .heading = "faults", \
        .pass = MB_PASS_PAGES, .kind = MB_KIND_COUNT, .is_unsigned = true, .floor_exact = 2, .floor_rank = 16, \
        .summary = "minor page faults in run", \
        .source = "`ru_minflt` of getrusage, from B to E1", .repeats = "exactly") \
    ROW(MB_HEAP_LIVE_BYTES, .name = "heap_live_bytes", .alias = "heap", .heading = "heap", \
        .pass = MB_PASS_HEAP, .kind = MB_KIND_BYTES, .gates = true, MB_HEAP_FLOORS, \
        .summary = "usable bytes of the blocks alive at the end of run", \
        .source = "the heap hook at E1", .repeats = "exactly") \
    ROW(MB_HEAP_PEAK_BYTES, .name = "heap_peak_bytes", .alias = "heap_peak", .heading = "heap peak", \
        .pass = MB_PASS_HEAP, .kind = MB_KIND_BYTES, .gates = true, MB_HEAP_FLOORS, \
        .summary = "the most usable bytes alive at once between B and E2", \
        .source = "the heap hook", .repeats = "exactly, unless the case creates threads") \
    ROW(MB_HEAP_ALLOC_BYTES, .name = "heap_alloc_bytes", .alias = "heap_alloc", .heading = "allocated", \
        .pass = MB_PASS_HEAP, .kind = MB_KIND_BYTES, .gates = true, .is_unsigned = true, MB_HEAP_FLOORS, \
        .summary = "bytes requested in run", \
        .source = "the heap hook, from B to E1", .repeats = "exactly") \
    ROW(MB_HEAP_ALLOC_COUNT, .name = "heap_alloc_count", .alias = "heap_calls", .heading = "calls", \
        .pass = MB_PASS_HEAP, .kind = MB_KIND_COUNT, .gates = true, .is_unsigned = true, .floor_rank = 8, \
        .summary = "allocations made in run", \
        .source = "the heap hook, from B to E1", .repeats = "exactly") \
    ROW(MB_HEAP_REQUESTED_BYTES, .name = "heap_requested_bytes", .alias = "requested", .heading = "requested", \
        .pass = MB_PASS_HEAP, .kind = MB_KIND_BYTES, .is_optional = true, MB_HEAP_FLOORS, \
        .summary = "requested bytes of the blocks alive at the end of run", \
        .source = "the heap hook's table of blocks at E1, with --heap-blocks", .repeats = "exactly") \
    ROW(MB_HEAP_REQUESTED_PEAK_BYTES, .name = "heap_requested_peak_bytes", .alias = "requested_peak", \
        .heading = "requested peak", \
        .pass = MB_PASS_HEAP, .kind = MB_KIND_BYTES, .is_optional = true, MB_HEAP_FLOORS, \
        .summary = "the most requested bytes alive at once between B and E2", \
        .source = "the heap hook's table of blocks, with --heap-blocks", .repeats = "exactly") \
    ROW(MB_HEAP_RETAINED_BYTES, .name = "heap_retained_bytes", .alias = "heap_retained", .heading = "heap kept", \
        .pass = MB_PASS_HEAP, .kind = MB_KIND_BYTES, .gates = true, MB_HEAP_FLOORS, \
        .summary = "usable bytes still alive after release", \
        .source = "the heap hook at E2", .repeats = "exactly")

/* Measured by a process once, from the end of its cold window to the start of its steady one: one metric each. */
#define MB_BETWEEN_QUANTITIES(ROW) \
    ROW(MB_BETWEEN_ANON_BYTES, .name = "between_anon_bytes", .alias = "between_anon", .heading = "anon between", \
        .pass = MB_PASS_PAGES, .kind = MB_KIND_BYTES, .gates = true, .is_optional = true, MB_PAGE_FLOORS, \
        .summary = "anonymous memory that the calls between the windows left behind", \
        .source = "RssAnon + RssShmem + HugetlbPages, B of the steady window minus T of the cold one", .repeats = "to the page") \
    ROW(MB_BETWEEN_HEAP_BYTES, .name = "between_heap_bytes", .alias = "between_heap", .heading = "heap between", \
        .pass = MB_PASS_HEAP, .kind = MB_KIND_BYTES, .gates = true, .is_optional = true, MB_HEAP_FLOORS, \
        .summary = "usable bytes that the calls between the windows left allocated", \
        .source = "the heap hook, B of the steady window minus T of the cold one", .repeats = "exactly")

/* Measured by a process without windows. */
#define MB_TIME_QUANTITIES(ROW) \
    ROW(MB_REAL_TIME_NS, .name = "real_time_ns", .alias = "time", .heading = "time", \
        .pass = MB_PASS_TIME, .kind = MB_KIND_NS, \
        .summary = "wall-clock time of one cycle, run and release", \
        .source = "Google Benchmark; for commands, their start and end", .repeats = "never exactly") \
    ROW(MB_CPU_TIME_NS, .name = "cpu_time_ns", .alias = "cpu_time", .heading = "cpu time", \
        .pass = MB_PASS_TIME, .kind = MB_KIND_NS, \
        .summary = "processor time of one cycle, run and release", \
        .source = "Google Benchmark; for commands, wait4", .repeats = "never exactly") \
    ROW(MB_COUNTER_BYTES, .name = "counter_bytes", .alias = "counter", .heading = "counter", \
        .pass = MB_PASS_HEAP, .kind = MB_KIND_BYTES, .gates = true, .is_optional = true, MB_HEAP_FLOORS, \
        .summary = "bytes reported by a benchmark's own counter", \
        .source = "a file of Google Benchmark, counters that end in `_bytes`", .repeats = "as the program counts")

/* Measured by `membench exec` from outside of a command. */
#define MB_COMMAND_QUANTITIES(ROW) \
    ROW(MB_USER_TIME_NS, .name = "user_time_ns", .alias = "user_time", .heading = "user", \
        .pass = MB_PASS_TIME, .kind = MB_KIND_NS, \
        .summary = "processor time of a command outside the kernel", \
        .source = "`ru_utime` of wait4", .repeats = "never exactly") \
    ROW(MB_SYSTEM_TIME_NS, .name = "system_time_ns", .alias = "system_time", .heading = "system", \
        .pass = MB_PASS_TIME, .kind = MB_KIND_NS, \
        .summary = "processor time of a command in the kernel", \
        .source = "`ru_stime` of wait4", .repeats = "never exactly") \
    ROW(MB_PROCESS_PEAK_RSS_BYTES, .name = "process_peak_rss_bytes", .alias = "process_peak", \
        .heading = "process peak", .pass = MB_PASS_EXEC, .kind = MB_KIND_BYTES, .gates = true, MB_COMMAND_FLOORS, \
        .summary = "highest resident set of the largest process of a command", \
        .source = "VmRSS before each call that lowers it and when each process ends, by ptrace", \
        .repeats = "[file pages may vary](exec.md#how-memory-is-read)") \
    ROW(MB_PROCESS_PEAK_ANON_BYTES, .name = "process_peak_anon_bytes", .alias = "process_peak_anon", \
        .heading = "peak anon", .pass = MB_PASS_EXEC, .kind = MB_KIND_BYTES, .gates = true, MB_PAGE_FLOORS, \
        .summary = "the most anonymous and shared memory that a process of a command held at once", \
        .source = "RssAnon + RssShmem at the same stops", .repeats = "to the page") \
    /* Takes the place of the one above where processes cannot be traced. */ \
    ROW(MB_PROCESS_SAMPLED_PEAK_RSS_BYTES, .name = "process_sampled_peak_rss_bytes", .alias = "sampled_peak", \
        .heading = "sampled peak", .pass = MB_PASS_EXEC, .kind = MB_KIND_BYTES, .gates = true, MB_COMMAND_FLOORS, \
        .summary = "the same, sampled from outside if processes cannot be traced", \
        .source = "VmHWM, every 10 ms", .repeats = "as far as sampled") \
    ROW(MB_PROCESS_EXIT_ANON_BYTES, .name = "process_exit_anon_bytes", .alias = "exit_anon", \
        .heading = "anon at exit", .pass = MB_PASS_EXEC, .kind = MB_KIND_BYTES, MB_COMMAND_FLOORS, \
        .summary = "the most anonymous memory that a process of a command held when it ended", \
        .source = "RssAnon + RssShmem when each process ends", .repeats = "to the page") \
    ROW(MB_TREE_PEAK_PSS_ANON_BYTES, .name = "tree_peak_pss_anon_bytes", .alias = "tree_peak", \
        .heading = "tree peak", .pass = MB_PASS_EXEC, .kind = MB_KIND_BYTES, MB_COMMAND_FLOORS, \
        .summary = "the most anonymous memory of all processes of a command together", \
        .source = "RssAnon, after forks Pss_Anon, when processes free memory and end", \
        .repeats = "[within a 64th, or 256 KiB](exec.md#the-tree)") \
    ROW(MB_TREE_PEAK_PSS_SHMEM_BYTES, .name = "tree_peak_pss_shmem_bytes", .alias = "tree_shmem", \
        .heading = "tree shared", .pass = MB_PASS_EXEC, .kind = MB_KIND_BYTES, MB_PAGE_FLOORS, \
        .summary = "the most shared memory of all processes of a command together, sampled", \
        .source = "Pss_Shmem of `smaps_rollup`, every 10 ms", .repeats = "as far as sampled") \
    ROW(MB_TREE_PROCESS_COUNT, .name = "tree_process_count", .alias = "processes", .heading = "processes", \
        .pass = MB_PASS_EXEC, .kind = MB_KIND_COUNT, \
        .summary = "processes that a command ran", \
        .source = "ptrace, or sampling every 10 ms", .repeats = "exactly, if traced") \
    ROW(MB_TREE_HEAP_ALLOC_COUNT, .name = "tree_heap_alloc_count", .alias = "tree_calls", \
        .heading = "heap calls", .pass = MB_PASS_EXEC, .kind = MB_KIND_COUNT, .gates = true, .is_optional = true, \
        .is_unsigned = true, .floor_exact = 16, .floor_rank = 16, \
        .summary = "allocations made by all processes of a command", \
        .source = "the heap hook, with --heap", .repeats = "exactly, if the command does") \
    ROW(MB_TREE_HEAP_ALLOC_BYTES, .name = "tree_heap_alloc_bytes", .alias = "tree_alloc", \
        .heading = "heap bytes", .pass = MB_PASS_EXEC, .kind = MB_KIND_BYTES, .gates = true, .is_optional = true, \
        .is_unsigned = true, MB_COMMAND_HEAP_FLOORS, \
        .summary = "bytes requested by all processes of a command", \
        .source = "the heap hook, with --heap", .repeats = "exactly, if the command does") \
    ROW(MB_PROCESS_HEAP_PEAK_BYTES, .name = "process_heap_peak_bytes", .alias = "process_heap_peak", \
        .heading = "heap peak", .pass = MB_PASS_EXEC, .kind = MB_KIND_BYTES, .gates = true, .is_optional = true, \
        .is_unsigned = true, MB_COMMAND_HEAP_FLOORS, \
        .summary = "the most usable bytes alive at once in a process of a command", \
        .source = "the heap hook, with --heap", .repeats = "exactly, if the command does") \
    ROW(MB_TREE_HEAP_PEAK_BYTES, .name = "tree_heap_peak_bytes", .alias = "tree_heap_peak", \
        .heading = "heap peaks", .pass = MB_PASS_EXEC, .kind = MB_KIND_BYTES, .is_optional = true, \
        .is_unsigned = true, MB_COMMAND_HEAP_FLOORS, \
        .summary = "the same for all processes of a command, added up", \
        .source = "the heap hook, with --heap", .repeats = "exactly, if the command does") \
    ROW(MB_TREE_HEAP_REST_BYTES, .name = "tree_heap_rest_bytes", .alias = "tree_heap_rest", \
        .heading = "heap at exit", .pass = MB_PASS_EXEC, .kind = MB_KIND_BYTES, .gates = true, .is_optional = true, \
        .is_unsigned = true, MB_COMMAND_HEAP_FLOORS, \
        .summary = "usable bytes that were not freed when the processes of a command ended, added up", \
        .source = "the heap hook, with --heap", .repeats = "exactly, if the command does")
/* clang-format on */

#endif
