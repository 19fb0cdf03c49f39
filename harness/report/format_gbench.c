/* The gbench format: Google Benchmark's JSON with one element a repetition, for its own tools.
 *
 * The results file is Google Benchmark's JSON, too, but states a case once, with medians: enough to read, not to test.
 * Here every time sample is a repetition of its own, as --benchmark_repetitions writes them, so that compare.py can do
 * its U test. That tool knows nothing but times; memory is next to them as counters, and where Google Benchmark has
 * a name for what its memory manager measures, under that name, too. A case without times has one element of the type
 * that those tools pass over. */
#include "base/json_writer.h"
#include "report/formats.h"
#include "report/words.h"

#include <string.h>

typedef struct gbench_state {
    mb_json_writer json;
    size_t index; /* of the case */
} gbench_state;

static mb_status gbench_begin(mb_report *report, mb_error *error)
{
    (void)error;
    gbench_state *state = report->state;
    const mb_run_info *run = report->model->run;
    mb_json_writer *json = &state->json;
    json->file = report->file;
    mb_json_write_open(json, NULL, '{');
    mb_json_write_open(json, "context", '{');
    mb_json_write_text(json, "date", run->date);
    mb_json_write_text(json, "host_name", run->host_name);
    mb_json_write_text(json, "executable", run->executable != NULL ? run->executable : "membench");
    mb_json_write_count(json, "num_cpus", run->cpu_count > 0 ? (uint64_t)run->cpu_count : 1);
    mb_json_write_number(json, "mhz_per_cpu", run->cpu_mhz);
    mb_json_write_bool(json, "cpu_scaling_enabled", false);
    mb_json_write_open(json, "caches", '[');
    mb_json_write_close(json, ']');
    mb_json_write_text(json, "library_build_type", "release");
    mb_json_write_close(json, '}');
    mb_json_write_open(json, "benchmarks", '[');
    return MB_OK;
}

/* The names that Google Benchmark gives to what a memory manager says. */
static const char *manager_name(mb_metric metric)
{
    static const struct {
        mb_quantity quantity;
        const char *name;
    } rows[] = {{MB_HEAP_ALLOC_COUNT, "allocs_per_iter"},
                {MB_HEAP_PEAK_BYTES, "max_bytes_used"},
                {MB_HEAP_ALLOC_BYTES, "total_allocated_bytes"},
                {MB_HEAP_RETAINED_BYTES, "net_heap_growth"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (metric == mb_metric_of(rows[i].quantity, MB_WINDOW_STEADY))
            return rows[i].name;
    return NULL;
}

static void write_counter(mb_json_writer *json, mb_metric metric, double value)
{
    mb_json_write_number(json, mb_metric_name(metric), value);
    if (manager_name(metric) != NULL)
        mb_json_write_number(json, manager_name(metric), value);
}

/* What every element begins with. */
static void write_head(gbench_state *state, const char *id, const char *suffix, const char *type, size_t repetitions)
{
    mb_json_writer *json = &state->json;
    char name[MB_ID_BYTES_MAX + 16];
    snprintf(name, sizeof name, "%.*s%s", MB_ID_BYTES_MAX - 1, id, suffix);
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "name", name);
    mb_json_write_count(json, "family_index", state->index);
    mb_json_write_count(json, "per_family_instance_index", 0);
    mb_json_write_text(json, "run_name", id);
    mb_json_write_text(json, "run_type", type);
    mb_json_write_count(json, "repetitions", repetitions);
    mb_json_write_count(json, "threads", 1);
}

static bool is_shown(const mb_report *report, mb_metric metric)
{
    return (report->options.metrics == NULL || report->options.metrics[metric]) &&
           mb_metric_info(metric)->pass != MB_PASS_TIME;
}

static void write_repetition(mb_report *report, const mb_case_result *result, size_t index, size_t repetitions)
{
    gbench_state *state = report->state;
    mb_json_writer *json = &state->json;
    const mb_series *cpu = &result->series[mb_metric_of(MB_CPU_TIME_NS, MB_WINDOW_STEADY)];
    const mb_series *real = &result->series[mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY)];
    write_head(state, result->id, "", "iteration", repetitions);
    mb_json_write_count(json, "repetition_index", index);
    mb_json_write_count(json, "iterations", 1);
    mb_json_write_number(json, "real_time", real->values[index]);
    mb_json_write_number(json, "cpu_time", cpu->values[index]);
    mb_json_write_text(json, "time_unit", "ns");
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++)
        if (is_shown(report, metric) && index < result->series[metric].count)
            write_counter(json, metric, result->series[metric].values[index]);
    mb_json_write_close(json, '}');
}

/* The medians of everything; the times only where there are any. */
static MB_NODISCARD bool write_median(mb_report *report, const mb_case_result *result, size_t repetitions)
{
    gbench_state *state = report->state;
    mb_json_writer *json = &state->json;
    mb_summary real, cpu, summary;
    if (!mb_summary_make(&result->series[mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY)], &real) ||
        !mb_summary_make(&result->series[mb_metric_of(MB_CPU_TIME_NS, MB_WINDOW_STEADY)], &cpu))
        return false;
    write_head(state, result->id, "_median", "aggregate", repetitions > 0 ? repetitions : 1);
    mb_json_write_text(json, "aggregate_name", "median");
    mb_json_write_text(json, "aggregate_unit", "time");
    mb_json_write_count(json, "iterations", repetitions > 0 ? repetitions : 1);
    if (repetitions > 0) {
        mb_json_write_number(json, "real_time", real.median);
        mb_json_write_number(json, "cpu_time", cpu.median);
    }
    mb_json_write_text(json, "time_unit", repetitions > 0 ? "ns" : "none");
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        if (!is_shown(report, metric))
            continue;
        if (!mb_summary_make(&result->series[metric], &summary))
            return false;
        if (summary.count > 0)
            write_counter(json, metric, summary.median);
    }
    mb_json_write_close(json, '}');
    return true;
}

static void write_error(gbench_state *state, const mb_case_result *result)
{
    mb_json_writer *json = &state->json;
    write_head(state, result->id, "", "iteration", 1);
    mb_json_write_count(json, "repetition_index", 0);
    mb_json_write_count(json, "iterations", 0);
    mb_json_write_bool(json, "error_occurred", true);
    mb_json_write_text(json, "error_message", result->message != NULL ? result->message : "");
    mb_json_write_number(json, "real_time", 0);
    mb_json_write_number(json, "cpu_time", 0);
    mb_json_write_text(json, "time_unit", "ns");
    mb_json_write_close(json, '}');
}

static mb_status gbench_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    gbench_state *state = report->state;
    const mb_case_result *result = item->result;
    size_t real = result->series[mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY)].count;
    size_t cpu = result->series[mb_metric_of(MB_CPU_TIME_NS, MB_WINDOW_STEADY)].count;
    size_t repetitions = real < cpu ? real : cpu;
    if (item->presence == MB_PRESENCE_GONE)
        return MB_OK;
    if (result->outcome != MB_OUTCOME_OK) {
        write_error(state, result);
    } else {
        for (size_t i = 0; i < repetitions; i++)
            write_repetition(report, result, i, repetitions);
        if (!write_median(report, result, repetitions))
            return mb_error_no_memory(error);
    }
    state->index++;
    return MB_OK;
}

static mb_status gbench_end(mb_report *report, mb_error *error)
{
    (void)error;
    mb_json_writer *json = &((gbench_state *)report->state)->json;
    mb_json_write_close(json, ']');
    mb_json_write_close(json, '}');
    return MB_OK;
}

const mb_report_format mb_report_gbench = {
    .name = "gbench",
    .summary = "Google Benchmark's JSON, an element for each repetition; for compare.py",
    .state_bytes = sizeof(gbench_state),
    .begin = gbench_begin,
    .add = gbench_add,
    .end = gbench_end};
