#include "bench/metric.h"

#include <string.h>

enum { KIB = 1024 };

static const mb_quantity_info quantities[MB_QUANTITY_COUNT] = {
    [MB_ANON_DELTA_BYTES] = {"anon_delta_bytes", "anon", "anon", "anonymous and shared memory held at the end of run",
                             MB_PASS_PAGES, MB_KIND_BYTES, true, true, 2, 64 * KIB},
    [MB_RSS_DELTA_BYTES] = {"rss_delta_bytes", "rss", "rss", "resident set at the end of run, file pages included",
                            MB_PASS_PAGES, MB_KIND_BYTES, false, true, 2, 64 * KIB},
    [MB_FOOTPRINT_BYTES] = {"footprint_bytes", "footprint", "footprint",
                            "present pages that are neither file nor zero page", MB_PASS_PAGES, MB_KIND_BYTES, false,
                            true, 2, 64 * KIB},
    [MB_PEAK_RSS_DELTA_BYTES] = {"peak_rss_delta_bytes", "peak", "peak", "highest resident set between B and E2",
                                 MB_PASS_PAGES, MB_KIND_BYTES, false, true, 2, 64 * KIB},
    [MB_PEAK_RSS_BOUND_BYTES] = {"peak_rss_bound_bytes", "peak_bound", "peak ±",
                                 "how far the true peak may lie above the one read", MB_PASS_PAGES, MB_KIND_BYTES,
                                 false, true, 2, 64 * KIB},
    [MB_RETAINED_RSS_BYTES] = {"retained_rss_bytes", "retained", "retained", "resident set kept after release",
                               MB_PASS_PAGES, MB_KIND_BYTES, false, true, 2, 64 * KIB},
    [MB_RETAINED_ANON_BYTES] = {"retained_anon_bytes", "retained_anon", "retained anon",
                                "anonymous memory kept after release", MB_PASS_PAGES, MB_KIND_BYTES, false, true, 2,
                                64 * KIB},
    [MB_RETAINED_AFTER_TRIM_RSS_BYTES] = {"retained_after_trim_bytes", "trimmed", "trimmed",
                                          "resident set kept after release and a trim of the allocator", MB_PASS_PAGES,
                                          MB_KIND_BYTES, false, true, 2, 64 * KIB},
    [MB_RETAINED_AFTER_TRIM_ANON_BYTES] = {"retained_after_trim_anon_bytes", "trimmed_anon", "trimmed anon",
                                           "anonymous memory kept after release and a trim of the allocator",
                                           MB_PASS_PAGES, MB_KIND_BYTES, false, true, 2, 64 * KIB},
    [MB_PAGE_FAULT_MINOR_COUNT] = {"page_fault_minor_count", "faults", "faults", "minor page faults in run",
                                   MB_PASS_PAGES, MB_KIND_COUNT, false, false, 2, 16},
    [MB_HEAP_LIVE_BYTES] = {"heap_live_bytes", "heap", "heap", "usable bytes of the blocks alive at the end of run",
                            MB_PASS_HEAP, MB_KIND_BYTES, true, false, 0, 4 * KIB},
    [MB_HEAP_PEAK_BYTES] = {"heap_peak_bytes", "heap_peak", "heap peak",
                            "most usable bytes alive at one time between B and E2", MB_PASS_HEAP, MB_KIND_BYTES, true,
                            false, 0, 4 * KIB},
    [MB_HEAP_ALLOC_BYTES] = {"heap_alloc_bytes", "heap_alloc", "allocated", "bytes requested in run", MB_PASS_HEAP,
                             MB_KIND_BYTES, true, false, 0, 4 * KIB},
    [MB_HEAP_ALLOC_COUNT] = {"heap_alloc_count", "heap_calls", "calls", "allocations made in run", MB_PASS_HEAP,
                             MB_KIND_COUNT, true, false, 0, 8},
    [MB_HEAP_RETAINED_BYTES] = {"heap_retained_bytes", "heap_retained", "heap kept",
                                "usable bytes still alive after release", MB_PASS_HEAP, MB_KIND_BYTES, true, false, 0,
                                4 * KIB},
    [MB_REAL_TIME_NS] = {"real_time_ns", "time", "time", "wall-clock time of one cycle, run and release", MB_PASS_TIME,
                         MB_KIND_NS, false, false, 0, 0},
    [MB_CPU_TIME_NS] = {"cpu_time_ns", "cpu_time", "cpu time", "processor time of one cycle, run and release",
                        MB_PASS_TIME, MB_KIND_NS, false, false, 0, 0},
    [MB_USER_TIME_NS] = {"user_time_ns", "user_time", "user", "processor time of a command outside of the kernel",
                         MB_PASS_TIME, MB_KIND_NS, false, false, 0, 0},
    [MB_SYSTEM_TIME_NS] = {"system_time_ns", "system_time", "system", "processor time of a command in the kernel",
                           MB_PASS_TIME, MB_KIND_NS, false, false, 0, 0},
    [MB_PROCESS_PEAK_RSS_BYTES] = {"process_peak_rss_bytes", "process_peak", "process peak",
                                   "highest resident set of the largest process of a command", MB_PASS_EXEC,
                                   MB_KIND_BYTES, true, true, 2, 64 * KIB},
    [MB_PROCESS_SAMPLED_PEAK_RSS_BYTES] = {"process_sampled_peak_rss_bytes", "sampled_peak", "sampled peak",
                                           "the same, as far as seen from outside where processes cannot be traced",
                                           MB_PASS_EXEC, MB_KIND_BYTES, true, true, 2, 64 * KIB},
    [MB_PROCESS_EXIT_ANON_BYTES] = {"process_exit_anon_bytes", "exit_anon", "anon at exit",
                                    "most anonymous memory that a process of a command held when it ended",
                                    MB_PASS_EXEC, MB_KIND_BYTES, false, true, 2, 64 * KIB},
    [MB_TREE_PEAK_PSS_ANON_BYTES] = {"tree_peak_pss_anon_bytes", "tree_peak", "tree peak",
                                     "most anonymous memory of all processes of a command together, sampled",
                                     MB_PASS_EXEC, MB_KIND_BYTES, false, true, 2, 64 * KIB},
    [MB_TREE_PROCESS_COUNT] = {"tree_process_count", "processes", "processes", "processes that a command consisted of",
                               MB_PASS_EXEC, MB_KIND_COUNT, false, false, 0, 0},
};

static const char *const pass_names[MB_PASS_COUNT] = {"pages", "heap", "time", "exec"};
static const char *const window_names[MB_WINDOW_COUNT] = {"cold", "steady"};

const mb_quantity_info *mb_quantity_get(mb_quantity quantity) { return &quantities[quantity]; }
const char *mb_pass_name(mb_pass pass) { return pass_names[pass]; }
const char *mb_window_name(mb_window window) { return window_names[window]; }

mb_metric mb_metric_of(mb_quantity quantity, mb_window window)
{
    if (quantity >= MB_REAL_TIME_NS)
        return MB_REAL_TIME_NS * 2 + (int)(quantity - MB_REAL_TIME_NS);
    return (int)window * MB_REAL_TIME_NS + (int)quantity;
}

mb_quantity mb_metric_quantity(mb_metric metric)
{
    if (metric >= MB_REAL_TIME_NS * 2)
        return (mb_quantity)(metric - MB_REAL_TIME_NS);
    return (mb_quantity)(metric % MB_REAL_TIME_NS);
}

bool mb_metric_has_window(mb_metric metric) { return metric < MB_REAL_TIME_NS * 2; }
mb_window mb_metric_window(mb_metric metric) { return metric < MB_REAL_TIME_NS ? MB_WINDOW_COLD : MB_WINDOW_STEADY; }
const mb_quantity_info *mb_metric_info(mb_metric metric) { return &quantities[mb_metric_quantity(metric)]; }

const char *mb_metric_name(mb_metric metric)
{
    static char names[MB_METRIC_COUNT][MB_METRIC_NAME_BYTES_MAX];
    char *name = names[metric];
    if (name[0] == '\0') {
        const char *base = mb_metric_info(metric)->name;
        size_t prefix_length = 0;
        if (mb_metric_has_window(metric)) {
            const char *window = window_names[mb_metric_window(metric)];
            prefix_length = strlen(window) + 1;
            memcpy(name, window, prefix_length - 1);
            name[prefix_length - 1] = '_';
        }
        memcpy(name + prefix_length, base, strlen(base) + 1);
    }
    return name;
}

mb_metric mb_metric_find(const char *name, size_t length)
{
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        const char *candidate = mb_metric_name(metric);
        if (strlen(candidate) == length && memcmp(candidate, name, length) == 0)
            return metric;
    }
    return -1;
}

static bool equals(const char *text, const char *word, size_t length)
{
    return strlen(text) == length && memcmp(text, word, length) == 0;
}

bool mb_metric_select(const char *word, size_t length, bool selected[])
{
    bool windows[MB_WINDOW_COUNT] = {true, true};
    for (int w = 0; w < MB_WINDOW_COUNT; w++) {
        size_t prefix_length = strlen(window_names[w]);
        if (length > prefix_length + 1 && memcmp(word, window_names[w], prefix_length) == 0 &&
            word[prefix_length] == '_') {
            windows[1 - w] = false;
            word += prefix_length + 1;
            length -= prefix_length + 1;
            break;
        }
    }
    bool found = false;
    bool prefixed = !(windows[0] && windows[1]);
    for (int q = 0; q < MB_QUANTITY_COUNT; q++) {
        if (!equals(quantities[q].name, word, length) && !equals(quantities[q].alias, word, length))
            continue;
        if (prefixed && q >= MB_REAL_TIME_NS)
            continue;
        for (int w = 0; w < MB_WINDOW_COUNT; w++)
            if (windows[w])
                selected[mb_metric_of((mb_quantity)q, (mb_window)w)] = true;
        found = true;
    }
    return found;
}
