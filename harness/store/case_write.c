/* From the model to JSON. */
#include "base/sort.h"
#include "model/case_flags.h"
#include "store/case_json.h"
#include "store/results_reader.h"
#include "store/sites_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct builder { /* what is wrong is noted and checked once at the end */
    mb_json_writer *json;
    bool failed;
    char *problem;
} builder;

static void fail(builder *b, const char *problem)
{
    if (!b->failed)
        snprintf(b->problem, MB_JSON_PROBLEM_BYTES_MAX, "%s", problem);
    b->failed = true;
}

static void add_number(builder *b, const char *key, double value)
{
    if (!isfinite(value))
        fail(b, "a value is not finite");
    mb_json_write_number(b->json, key, value);
}

static void add_series(builder *b, const char *key, const mb_series *series)
{
    if (series->count > MB_RESULTS_SERIES_MAX)
        fail(b, "more samples than a file may hold");
    if (b->failed)
        return;
    bool is_short = series->count > 1 && mb_series_is_exact(series);
    mb_json_write_open(b->json, key, is_short ? '{' : '[');
    if (is_short) {
        add_number(b, "value", series->values[0]);
        mb_json_write_exact(b->json, "count", series->count);
    }
    for (size_t i = 0; i < series->count && !is_short; i++)
        add_number(b, NULL, series->values[i]);
    mb_json_write_close(b->json, is_short ? '}' : ']');
}

static double median(builder *b, const mb_series *series)
{
    if (mb_series_is_exact(series))
        return series->values[0];
    double *values = malloc(series->count * sizeof *values);
    if (values == NULL) {
        fail(b, "out of memory");
        return 0;
    }
    memcpy(values, series->values, series->count * sizeof *values);
    double middle = mb_median(values, series->count);
    free(values);
    return middle;
}

static void add_identity(mb_json_writer *json, const mb_case_result *result)
{
    mb_json_write_text_if(json, "group", result->group);
    mb_json_write_text_if(json, "function", result->function);
    mb_params_write(json, result);
    mb_json_write_open(json, "flags", '[');
    for (size_t i = 0; i < MB_FLAG_NAME_COUNT; i++)
        if ((result->flags & mb_flag_names[i].flag) != 0)
            mb_json_write_text(json, NULL, mb_flag_names[i].name);
    mb_json_write_close(json, ']');
    mb_json_write_exact(json, "program", result->program);
    mb_json_write_text(json, "outcome", mb_outcome_name(result->outcome));
    mb_json_write_text_if(json, "message", result->message);
    mb_json_write_text_if(json, "warning", result->warning);
    if (result->operation_count > 0)
        mb_json_write_exact(json, "operation_count", result->operation_count);
    if (result->random_request_count > 0)
        mb_json_write_exact(json, "random_requests", result->random_request_count);
}

/* Opens an element of a window: a mark, a region, a count. */
static void open_element(mb_json_writer *json, mb_window window, const char *name)
{
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "window", mb_window_name(window));
    mb_json_write_text_if(json, "name", name);
}

static void add_marks(builder *b, const mb_case_result *result)
{
    if (result->mark_count == 0)
        return;
    mb_json_write_open(b->json, "marks", '[');
    for (size_t i = 0; i < result->mark_count; i++) {
        const mb_mark_result *mark = &result->marks[i];
        open_element(b->json, mark->window, mark->name);
        for (int q = 0; q < MB_MARK_QUANTITY_COUNT; q++)
            if (mark->series[q].count > 0)
                add_series(b, mb_mark_quantity_name((mb_mark_quantity)q), &mark->series[q]);
        mb_json_write_close(b->json, '}');
    }
    mb_json_write_close(b->json, ']');
}

static void add_regions(builder *b, const mb_case_result *result)
{
    if (result->region_count == 0)
        return;
    mb_json_write_open(b->json, "regions", '[');
    for (size_t i = 0; i < result->region_count; i++) {
        const mb_region_result *region = &result->regions[i];
        open_element(b->json, region->window, region->name);
        add_number(b, "nominal_bytes", region->nominal_bytes);
        add_series(b, "resident_bytes", &region->resident_bytes);
        mb_json_write_close(b->json, '}');
    }
    mb_json_write_close(b->json, ']');
}

static void add_counts(builder *b, const mb_case_result *result)
{
    if (result->count_count == 0)
        return;
    mb_json_write_open(b->json, "counts", '[');
    for (size_t i = 0; i < result->count_count; i++) {
        const mb_count_result *count = &result->counts[i];
        open_element(b->json, count->window, count->name);
        add_series(b, "values", &count->values);
        mb_json_write_close(b->json, '}');
    }
    mb_json_write_close(b->json, ']');
}

static void add_missing(mb_json_writer *json, const mb_case_result *result)
{
    bool is_open = false;
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
        if (result->missing[m] == NULL)
            continue;
        if (!is_open)
            mb_json_write_open(json, "missing", '{');
        is_open = true;
        mb_json_write_text(json, mb_metric_name(m), result->missing[m]);
    }
    if (is_open)
        mb_json_write_close(json, '}');
}

static void add_conditions(builder *b, const mb_case_result *result)
{
    bool is_open = false;
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
        if (result->conditions[m].count == 0)
            continue;
        if (!is_open)
            mb_json_write_open(b->json, "conditions", '{');
        is_open = true;
        add_series(b, mb_metric_name(m), &result->conditions[m]);
    }
    if (is_open)
        mb_json_write_close(b->json, '}');
}

static void add_extension(builder *b, const mb_case_result *result)
{
    mb_json_write_open(b->json, "membench", '{');
    add_identity(b->json, result);
    mb_json_write_open(b->json, "series", '{');
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
        if (result->series[m].count > 0)
            add_series(b, mb_metric_name(m), &result->series[m]);
    mb_json_write_close(b->json, '}');
    add_conditions(b, result);
    add_missing(b->json, result);
    add_marks(b, result);
    add_regions(b, result);
    add_counts(b, result);
    if (result->sites != NULL && !mb_sites_write(b->json, result->sites))
        fail(b, "out of memory");
    mb_json_write_close(b->json, '}');
}

/* Google Benchmark's compare.py wants real_time, cpu_time and time_unit of everything but aggregates, in numbers. A
 * case without times is therefore an aggregate, which its figures are (medians), in a unit no other element has. */
static void add_times(builder *b, const mb_case_result *result, size_t repetitions)
{
    const mb_series *real = &result->series[mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY)];
    const mb_series *cpu = &result->series[mb_metric_of(MB_CPU_TIME_NS, MB_WINDOW_STEADY)];
    bool is_timed = real->count > 0 && cpu->count > 0;
    mb_json_write_text(b->json, "run_type", is_timed ? "iteration" : "aggregate");
    mb_json_write_exact(b->json, "repetitions", repetitions);
    if (is_timed) {
        mb_json_write_exact(b->json, "repetition_index", 0);
        add_number(b, "real_time", median(b, real));
        add_number(b, "cpu_time", median(b, cpu));
    } else
        mb_json_write_text(b->json, "aggregate_name", "median");
    mb_json_write_text(b->json, "time_unit", is_timed ? "ns" : "none");
}

bool mb_case_write(mb_json_writer *json, const mb_case_result *result, size_t family_index, size_t instance_index,
                   char problem[MB_JSON_PROBLEM_BYTES_MAX])
{
    builder b = {json, false, problem};
    size_t repetitions = 0;
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
        if (result->series[m].count > repetitions)
            repetitions = result->series[m].count;
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "name", result->id);
    mb_json_write_exact(json, "family_index", family_index);
    mb_json_write_exact(json, "per_family_instance_index", instance_index);
    mb_json_write_text(json, "run_name", result->id);
    add_times(&b, result, repetitions);
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
        if (result->series[m].count > 0)
            add_number(&b, mb_metric_name(m), median(&b, &result->series[m]));
    if (result->outcome != MB_OUTCOME_OK) {
        mb_json_write_bool(json, "error_occurred", true);
        mb_json_write_text(json, "error_message",
                           result->message != NULL ? result->message : mb_outcome_name(result->outcome));
    }
    add_extension(&b, result);
    mb_json_write_close(json, '}');
    return !b.failed;
}

static void add_shard(mb_json_writer *json, const mb_shard_info *shard)
{
    if (shard->count == 0)
        return;
    mb_json_write_open(json, "shard", '{');
    mb_json_write_exact(json, "index", shard->index);
    mb_json_write_exact(json, "count", shard->count);
    mb_json_write_exact(json, "case_count", shard->case_count);
    mb_json_write_text_if(json, "plan", shard->plan);
    mb_settings_write(json, "parts", shard->parts.parts, shard->parts.part_count);
    mb_json_write_open(json, "filters", '[');
    for (size_t i = 0; i < shard->filter_count; i++) {
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text(json, "option", shard->filters[i]);
        mb_json_write_close(json, '}');
    }
    mb_json_write_close(json, ']');
    mb_json_write_close(json, '}');
}

bool mb_run_write(mb_json_writer *json, const mb_run_info *run, char problem[MB_JSON_PROBLEM_BYTES_MAX])
{
    builder b = {json, false, problem};
    char seed[MB_NUMBER_TEXT_MAX];
    snprintf(seed, sizeof seed, "%" PRIu64, run->seed);
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text_if(json, "date", run->date);
    mb_json_write_text_if(json, "host_name", run->host_name);
    mb_json_write_text_if(json, "executable", run->executable);
    if (run->cpu_count > 0)
        mb_json_write_exact(json, "num_cpus", (uint64_t)run->cpu_count);
    if (run->cpu_mhz > 0)
        add_number(&b, "mhz_per_cpu", run->cpu_mhz);
    mb_json_write_exact(json, "json_schema_version", 1);
    mb_json_write_open(json, "membench", '{');
    mb_json_write_exact(json, "format", MB_RESULTS_FORMAT);
    mb_json_write_bool(json, "complete", run->complete);
    mb_json_write_text_if(json, "version", run->membench_version);
    mb_json_write_text_if(json, "kernel", run->kernel);
    mb_json_write_text_if(json, "architecture", run->architecture);
    mb_json_write_exact(json, "page_bytes", run->page_bytes);
    mb_json_write_text_if(json, "rss_source", run->rss_source);
    mb_json_write_text(json, "seed", seed);
    add_shard(json, &run->shard);
    mb_programs_write(json, run);
    mb_settings_write(json, "settings", run->settings, run->setting_count);
    mb_json_write_close(json, '}');
    mb_json_write_close(json, '}');
    return !b.failed;
}
