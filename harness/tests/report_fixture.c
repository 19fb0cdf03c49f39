#include "tests/report_fixture.h"

#include <stdlib.h>
#include <string.h>

enum { EXACT_SAMPLES = 3 };

static mb_program_info programs[] = {{.path = "jobs_bench",
                                      .build_id = "0123456789abcdef",
                                      .libc = "glibc 2.36",
                                      .allocator = "glibc 2.36",
                                      .aslr = "off",
                                      .thp = "off"}};
static mb_setting settings[] = {{"GLIBC_TUNABLES", "glibc.malloc.arena_max=1"}};
static const mb_run_info run = {.membench_version = "0.1.0",
                                .date = "2025-01-02T03:04:05+00:00",
                                .host_name = "testhost",
                                .kernel = "Linux 6.18.0",
                                .architecture = "x86_64",
                                .cpu_count = 2,
                                .page_bytes = 4096,
                                .rss_source = "status",
                                .seed = 18446744073709551615u,
                                .complete = true,
                                .programs = programs,
                                .program_count = 1,
                                .settings = settings,
                                .setting_count = 1};

static void *take(fixture *made, size_t size)
{
    void *memory = mb_arena_alloc(&made->arena, size);
    if (memory == NULL)
        abort();
    return memory;
}

static void set_series(fixture *made, mb_series *series, const double *values, size_t count)
{
    series->values = take(made, count * sizeof *values);
    series->count = count;
    memcpy(series->values, values, count * sizeof *values);
}

static void set_exact(fixture *made, mb_series *series, double value)
{
    double values[EXACT_SAMPLES];
    for (size_t i = 0; i < EXACT_SAMPLES; i++)
        values[i] = value;
    set_series(made, series, values, EXACT_SAMPLES);
}

static void set_window(fixture *made, mb_case_result *result, mb_window window, double bytes)
{
    const struct {
        mb_quantity quantity;
        double value;
    } rows[] = {{MB_ANON_DELTA_BYTES, bytes},
                {MB_RSS_DELTA_BYTES, bytes + 4096},
                {MB_PEAK_RSS_DELTA_BYTES, bytes + 8192},
                {MB_PEAK_ANON_DELTA_BYTES, bytes + 4096},
                {MB_RETAINED_RSS_BYTES, 12288},
                {MB_RETAINED_AFTER_TRIM_RSS_BYTES, 0},
                {MB_HEAP_LIVE_BYTES, bytes - 3072},
                {MB_HEAP_ALLOC_COUNT, bytes / 128},
                {MB_HEAP_RETAINED_BYTES, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        set_exact(made, &result->series[mb_metric_of(rows[i].quantity, window)], rows[i].value);
}

static mb_case_result *add_case(fixture *made, const char *id, const char *group)
{
    mb_case_result *result = take(made, sizeof *result);
    result->id = id;
    result->group = group;
    if (made->item_count == FIXTURE_CASES_MAX)
        abort();
    made->items[made->item_count++] = (mb_report_case){.result = result};
    return result;
}

mb_case_result *fixture_add_jobs(fixture *made, const char *id, uint64_t jobs)
{
    static const double times[] = {812000, 820000, 801000, 815000, 809000};
    mb_case_result *result = add_case(made, id, "memory_job_creation");
    result->params[0] = (mb_param_value){.name = "jobs", .value = jobs};
    result->param_count = 1;
    set_window(made, result, MB_WINDOW_COLD, (double)jobs * 1536);
    set_window(made, result, MB_WINDOW_STEADY, (double)jobs * 1536);
    set_series(made, &result->series[mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY)], times, 5);
    return result;
}

void fixture_compare(fixture *made, mb_metric metric, mb_verdict verdict, double baseline, double current, bool exact)
{
    enum { COMPARISONS_MAX = 8 };
    mb_report_case *item = &made->items[made->item_count - 1];
    mb_comparison *comparisons = (mb_comparison *)item->comparisons;
    if (comparisons == NULL)
        item->comparisons = comparisons = take(made, COMPARISONS_MAX * sizeof *comparisons);
    if (item->comparison_count == COMPARISONS_MAX)
        abort();
    double spread = exact ? 0 : baseline * 0.01;
    mb_comparison made_one = {.case_index = made->item_count - 1,
                              .metric = metric,
                              .path = exact ? MB_PATH_EXACT : MB_PATH_RANK,
                              .gates = verdict != MB_VERDICT_SHOWN,
                              .baseline_count = 20,
                              .current_count = exact ? EXACT_SAMPLES : 20,
                              .baseline_exact = exact,
                              .current_exact = exact,
                              .baseline_median = baseline,
                              .current_median = current,
                              .difference = current - baseline,
                              .difference_low = current - baseline - spread,
                              .difference_high = current - baseline + spread,
                              .has_ratio = baseline > 0,
                              .p_fail = 0.25,
                              .p_adjusted = 0.5,
                              .verdict = verdict};
    if (baseline > 0) {
        made_one.ratio = current / baseline;
        made_one.ratio_low = made_one.ratio - spread / baseline;
        made_one.ratio_high = made_one.ratio + spread / baseline;
    }
    comparisons[item->comparison_count++] = made_one;
    item->baseline_ok = true;
}

static mb_comparison *last_comparison(fixture *made)
{
    mb_report_case *item = &made->items[made->item_count - 1];
    return (mb_comparison *)&item->comparisons[item->comparison_count - 1];
}

static const mb_metric anon = MB_QUANTITY_WINDOWED_COUNT + MB_ANON_DELTA_BYTES; /* of the steady window */
static const mb_metric heap = MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES;
static const mb_metric calls = MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_ALLOC_COUNT;
static const mb_metric kept = MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_RETAINED_BYTES;

/* The cases that were measured, with a verdict of every kind. */
static void add_judged(fixture *made)
{
    fixture_add_jobs(made, "memory_job_creation/10", 10);
    fixture_compare(made, anon, MB_VERDICT_NOT_REGRESSED, 15360, 15360, true);
    fixture_compare(made, heap, MB_VERDICT_NOT_REGRESSED, 12288, 12288, true);
    fixture_compare(made, mb_metric_of(MB_RSS_DELTA_BYTES, MB_WINDOW_STEADY), MB_VERDICT_SHOWN, 15360, 19456, true);

    fixture_add_jobs(made, "memory_job_creation/100", 100);
    fixture_compare(made, anon, MB_VERDICT_REGRESSED, 137142, 153600, true);
    fixture_compare(made, heap, MB_VERDICT_REGRESSED, 120422, 150528, true);
    fixture_compare(made, kept, MB_VERDICT_REGRESSED, 0, 4096, true);
    fixture_compare(made, calls, MB_VERDICT_NOT_REGRESSED, 1150, 1200, true);

    mb_case_result *suspect = fixture_add_jobs(made, "memory_job_creation/200", 200);
    suspect->warning = "the allocator is not known";
    fixture_compare(made, anon, MB_VERDICT_SUSPECT, 270000, 307200, false);
    fixture_compare(made, heap, MB_VERDICT_INCONCLUSIVE, 280000, 301056, false);
    last_comparison(made)->reason = "the samples vary too much";
    fixture_compare(made, calls, MB_VERDICT_IMPROVED, 3000, 2400, true);
    fixture_compare(made, kept, MB_VERDICT_NOT_COMPARABLE, 0, 0, true);
    last_comparison(made)->reason = "a different libc";

    fixture_add_jobs(made, "memory_job_creation/500", 500);
    fixture_compare(made, heap, MB_VERDICT_NO_BASELINE, 0, 0, true);
    last_comparison(made)->reason = "the baseline has no samples";
}

/* Missing numbers, a more expensive first use, a noisy series, marks, regions and counts. */
static void add_rich(fixture *made)
{
    static const double noisy[] = {1048576, 1000000, 1100000};
    mb_case_result *result = add_case(made, "memory_payload_sizes/build/100KB", "memory_payload_sizes");
    result->function = "build";
    result->params[0] = (mb_param_value){.name = "payload_bytes", .value = 102400, .unit = MB_UNIT_BYTES};
    result->param_count = 1;
    set_window(made, result, MB_WINDOW_COLD, 200704);
    set_window(made, result, MB_WINDOW_STEADY, 155648);
    set_series(made, &result->series[mb_metric_of(MB_RSS_DELTA_BYTES, MB_WINDOW_STEADY)], noisy, 3);
    const mb_metric peak = mb_metric_of(MB_PEAK_ANON_DELTA_BYTES, MB_WINDOW_STEADY);
    const mb_metric peak_rss = mb_metric_of(MB_PEAK_RSS_DELTA_BYTES, MB_WINDOW_STEADY);
    result->series[peak].count = result->series[peak_rss].count = 0;
    result->missing[peak] = result->missing[peak_rss] = "other threads ran while memory was given back";
    set_exact(made, &result->series[mb_metric_of(MB_PEAK_RSS_AT_LEAST_BYTES, MB_WINDOW_STEADY)], 163840);
    result->series[heap].count = result->series[calls].count = result->series[kept].count = 0;
    result->missing[heap] = result->missing[calls] = result->missing[kept] =
        "the heap hook was not loaded: the program is static";

    result->marks = take(made, sizeof *result->marks);
    result->marks[0] = (mb_mark_result){.window = MB_WINDOW_STEADY, .name = "half built"};
    set_exact(made, &result->marks[0].series[MB_MARK_RSS], 81920);
    set_exact(made, &result->marks[0].series[MB_MARK_ANON], 77824);
    result->mark_count = 1;
    result->regions = take(made, sizeof *result->regions);
    result->regions[0] = (mb_region_result){.window = MB_WINDOW_COLD, .name = "arena", .nominal_bytes = 65536};
    set_exact(made, &result->regions[0].resident_bytes, 8192);
    result->region_count = 1;
    result->counts = take(made, sizeof *result->counts);
    result->counts[0] = (mb_count_result){.window = MB_WINDOW_STEADY, .name = "pool_highmark_bytes"};
    set_exact(made, &result->counts[0].values, 5000);
    result->count_count = 1;
    made->items[made->item_count - 1].presence = MB_PRESENCE_UNRECORDED;
}

static void add_outcomes(fixture *made)
{
    static const struct {
        const char *id;
        mb_outcome outcome;
        const char *message;
        bool baseline_ok;
    } rows[] = {{"outcomes/skipped", MB_OUTCOME_SKIPPED, "needs two processors", false},
                {"outcomes/skipped_now", MB_OUTCOME_SKIPPED, "needs a network", true},
                {"outcomes/failed", MB_OUTCOME_FAILED, "queue_push: no place at job 7", true},
                {"outcomes/hungry", MB_OUTCOME_OUT_OF_MEMORY, "malloc of 8,000,000,000 bytes", true},
                {"outcomes/slow", MB_OUTCOME_TIMED_OUT, "ended after 60 s", true},
                {"outcomes/crashed", MB_OUTCOME_CRASHED, "SIGSEGV in run of the cold window", true},
                {"outcomes/interrupted", MB_OUTCOME_NOT_RUN, "interrupted", true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_case_result *result = add_case(made, rows[i].id, "outcomes");
        result->outcome = rows[i].outcome;
        result->message = rows[i].message;
        made->items[made->item_count - 1].baseline_ok = rows[i].baseline_ok;
    }
    add_case(made, "outcomes/removed", "outcomes");
    made->items[made->item_count - 1].presence = MB_PRESENCE_GONE;
}

void fixture_init_full(fixture *made)
{
    *made = (fixture){.model = {.run = &run, .baseline_name = "main", .baseline_run = &run, .save_name = "main"}};
    mb_gate_policy *policy = take(made, sizeof *policy);
    mb_gate_policy_init(policy);
    made->model.policy = policy;
    add_judged(made);
    add_rich(made);
    add_outcomes(made);
}

void fixture_init_plain(fixture *made)
{
    *made = (fixture){.model = {.run = &run}};
    fixture_add_jobs(made, "memory_job_creation/10", 10);
    mb_case_result *cold_only = fixture_add_jobs(made, "memory_job_creation/1000", 1000);
    for (mb_metric metric = MB_QUANTITY_WINDOWED_COUNT; metric < MB_QUANTITY_WINDOWED_COUNT * 2; metric++)
        cold_only->series[metric].count = 0;
}

/* A sweep whose names try the same, with a slope that regressed. */
static void add_hostile_sweep(fixture *made)
{
    static const char name[] = "<b>|`*\033[31m\xff\xc0 \xe8\xae\xb0\n/N";
    mb_sweep *sweep = take(made, sizeof *sweep);
    mb_sweep_metric *metric = take(made, sizeof *metric);
    *metric = (mb_sweep_metric){.metric = anon, .is_compared = true, .gates = true, .has_ratio = true, .ratio = 1.25};
    metric->difference = 1024;
    metric->is_resolved = true;
    metric->path = MB_PATH_EXACT;
    metric->verdict = MB_VERDICT_REGRESSED;
    metric->current = (mb_sweep_side){.is_fitted = true};
    metric->current.fit = (mb_sweep_fit){.point_count = 4,
                                         .value_count = 4,
                                         .is_exact = true,
                                         .has_interval = true,
                                         .x_low = 1,
                                         .x_high = 100,
                                         .slope = 5120,
                                         .slope_low = 5100,
                                         .slope_high = 5140,
                                         .overhead = -77,
                                         .step_from = 1,
                                         .step_to = 2};
    metric->current.fit.growth = (mb_growth_fit){
        .growth = MB_GROWTH_LINEAR,
        .possible_count = 2,
        .is_possible = {[MB_GROWTH_LINEAR] = true, [MB_GROWTH_LINEAR_LOG] = true},
    };
    metric->baseline = metric->current;
    metric->baseline.fit.slope = 4096;
    *sweep = (mb_sweep){.name = name,
                        .group = name,
                        .param = name,
                        .unit_word = name,
                        .x_low = 1,
                        .x_high = 100,
                        .value_count = 4,
                        .metrics = metric,
                        .metric_count = 1};
    made->sweep = sweep;
}

void fixture_init_hostile(fixture *made)
{
    static const char *const names[] = {"quote\"back\\slash",
                                        "<script>alert(1)</script>",
                                        "a|b|c",
                                        "comma,semi;'apostrophe'",
                                        "escape\033[31mred\033[0m",
                                        "broken\xff\xc0\x80utf8",
                                        "line\nbreak\ttab",
                                        "wide \xe8\xae\xb0\xe5\xbf\x86 \xf0\x9f\x98\x80",
                                        "turned\xe2\x80\xae around"};
    *made = (fixture){.model = {.run = &run, .baseline_name = "a\033[2Jb<c>", .save_name = "main"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        mb_case_result *result = fixture_add_jobs(made, names[i], 100);
        result->group = names[i];
        result->outcome = MB_OUTCOME_FAILED;
        result->message = names[i];
        result->warning = names[i];
        result->missing[MB_FOOTPRINT_BYTES] = names[i];
        fixture_compare(made, anon, MB_VERDICT_REGRESSED, 100000, 153600, true);
    }
    add_hostile_sweep(made);
}

/* Adds the case, and before it the sweeps of the group that it ends, as the gate does. */
static mb_status add_item(mb_report *report, mb_sweep_set *sweeps, const mb_report_case *item, mb_error *error)
{
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    mb_status status = MB_OK;
    if (item == NULL || mb_sweep_set_ends(sweeps, item->result)) {
        if (!mb_sweep_set_make(sweeps, &policy))
            return MB_FAILED;
        for (size_t i = 0; i < sweeps->sweep_count && status == MB_OK; i++)
            status = mb_report_add_sweep(report, &sweeps->sweeps[i], error);
        mb_sweep_set_clear(sweeps);
    }
    if (item == NULL || status != MB_OK)
        return status;
    if (item->presence != MB_PRESENCE_GONE && !mb_sweep_set_add(sweeps, item->result, NULL, NULL, 0))
        return MB_FAILED;
    return mb_report_add(report, item, error);
}

char *fixture_render_decided(const fixture *made, const char *format, const mb_report_options *options, mb_tally *tally,
                             mb_decision *decision)
{
    char *text = NULL;
    size_t length;
    mb_error error;
    FILE *file = open_memstream(&text, &length);
    mb_report *report;
    bool is_done = false;
    if (file == NULL)
        return NULL;
    if (mb_report_open(mb_report_format_find(format), file, &made->model, options, &report, &error) == MB_OK) {
        mb_status status = MB_OK;
        mb_sweep_set sweeps = {0};
        for (size_t i = 0; i < made->item_count && status == MB_OK; i++)
            status = add_item(report, &sweeps, &made->items[i], &error);
        if (status == MB_OK)
            status = add_item(report, &sweeps, NULL, &error);
        if (status == MB_OK && made->sweep != NULL)
            status = mb_report_add_sweep(report, made->sweep, &error);
        mb_sweep_set_fini(&sweeps);
        if (status == MB_OK)
            is_done = mb_report_close(report, tally, decision, &error) == MB_OK;
        else
            mb_report_abandon(report);
    }
    fclose(file);
    if (!is_done) {
        free(text);
        return NULL;
    }
    return text;
}

char *fixture_render(const fixture *made, const char *format, const mb_report_options *options, mb_tally *tally)
{
    return fixture_render_decided(made, format, options, tally, NULL);
}

bool fixture_can_render(const mb_report_format *format)
{
    return !format->writes_folder && strcmp(format->name, "svg") != 0 && strcmp(format->name, "png") != 0;
}

void fixture_fini(fixture *made) { mb_arena_fini(&made->arena); }
