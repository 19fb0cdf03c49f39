/* From the model to JSON. */
#include "base/sort.h"
#include "model/case_flags.h"
#include "store/case_json.h"
#include "store/results_reader.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct builder { /* once failed, the rest is skipped; checked once at the end */
    bool failed;
    char *problem;
} builder;

static void fail(builder *b, const char *problem)
{
    if (!b->failed)
        snprintf(b->problem, MB_JSON_PROBLEM_BYTES_MAX, "%s", problem);
    b->failed = true;
}

static cJSON *added(builder *b, cJSON *item)
{
    if (item == NULL)
        fail(b, "out of memory");
    return item;
}

static cJSON *add_object(builder *b, cJSON *parent, const char *key)
{
    return b->failed ? NULL : added(b, cJSON_AddObjectToObject(parent, key));
}

static cJSON *add_array(builder *b, cJSON *parent, const char *key)
{
    return b->failed ? NULL : added(b, cJSON_AddArrayToObject(parent, key));
}

static cJSON *add_element(builder *b, cJSON *array)
{
    if (b->failed)
        return NULL;
    cJSON *object = cJSON_CreateObject();
    if (object != NULL && !cJSON_AddItemToArray(array, object)) {
        cJSON_Delete(object);
        object = NULL;
    }
    return added(b, object);
}

static void add_text(builder *b, cJSON *object, const char *key, const char *text)
{
    if (b->failed || text == NULL)
        return;
    size_t length = strlen(text);
    if (mb_utf8_check(text, length) == length) {
        added(b, cJSON_AddStringToObject(object, key, text));
        return;
    }
    char *copy = mb_utf8_repair(text, length);
    added(b, copy == NULL ? NULL : cJSON_AddStringToObject(object, key, copy));
    free(copy);
}

static void add_number(builder *b, cJSON *object, const char *key, double value)
{
    char text[MB_JSON_NUMBER_BYTES_MAX];
    if (!isfinite(value))
        fail(b, "a value is not finite");
    if (b->failed)
        return;
    mb_json_number_text(value, text);
    added(b, cJSON_AddRawToObject(object, key, text));
}

static void add_uint(builder *b, cJSON *object, const char *key, uint64_t value)
{
    char text[MB_JSON_NUMBER_BYTES_MAX];
    bool is_exact = value <= (uint64_t)MB_JSON_EXACT_MAX;
    snprintf(text, sizeof text, is_exact ? "%" PRIu64 : "\"%" PRIu64 "\"", value);
    if (!b->failed)
        added(b, cJSON_AddRawToObject(object, key, text));
}

static void add_series(builder *b, cJSON *object, const char *key, const mb_series *series)
{
    if (b->failed)
        return;
    if (series->count > MB_RESULTS_SERIES_MAX) {
        fail(b, "more samples than a file may hold");
        return;
    }
    if (series->count > 1 && mb_series_is_exact(series)) {
        cJSON *exact = add_object(b, object, key);
        add_number(b, exact, "value", series->values[0]);
        add_uint(b, exact, "count", series->count);
        return;
    }
    char *text = malloc(series->count * MB_JSON_NUMBER_BYTES_MAX + 3);
    if (text == NULL) {
        fail(b, "out of memory");
        return;
    }
    char *to = text;
    *to++ = '[';
    for (size_t i = 0; i < series->count; i++) {
        if (!isfinite(series->values[i]))
            fail(b, "a value is not finite");
        if (i > 0)
            *to++ = ',';
        to += mb_json_number_text(series->values[i], to);
    }
    memcpy(to, "]", 2);
    if (!b->failed)
        added(b, cJSON_AddRawToObject(object, key, text));
    free(text);
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

static void add_identity(builder *b, cJSON *object, const mb_case_result *result)
{
    static const char *const unit_names[] = {[MB_UNIT_NONE] = NULL, [MB_UNIT_BYTES] = "bytes"};
    add_text(b, object, "group", result->group);
    add_text(b, object, "function", result->function);
    cJSON *params = add_array(b, object, "params");
    for (size_t i = 0; i < result->param_count; i++) {
        const mb_param_value *value = &result->params[i];
        cJSON *param = add_element(b, params);
        add_text(b, param, "name", value->name);
        add_uint(b, param, "value", value->value);
        add_text(b, param, "unit", unit_names[value->unit]);
        add_text(b, param, "label", value->label);
    }
    cJSON *flags = add_array(b, object, "flags");
    for (size_t i = 0; i < MB_FLAG_NAME_COUNT && !b->failed; i++)
        if ((result->flags & mb_flag_names[i].flag) != 0)
            added(b, cJSON_AddItemToArray(flags, cJSON_CreateString(mb_flag_names[i].name)) ? flags : NULL);
    add_uint(b, object, "program", result->program);
    add_text(b, object, "outcome", mb_outcome_name(result->outcome));
    add_text(b, object, "message", result->message);
    add_text(b, object, "warning", result->warning);
    if (result->operation_count > 0)
        add_uint(b, object, "operation_count", result->operation_count);
}

static void add_phases(builder *b, cJSON *object, const mb_case_result *result)
{
    cJSON *marks = result->mark_count > 0 ? add_array(b, object, "marks") : NULL;
    for (size_t i = 0; i < result->mark_count; i++) {
        const mb_mark_result *from = &result->marks[i];
        cJSON *mark = add_element(b, marks);
        add_text(b, mark, "window", mb_window_name(from->window));
        add_text(b, mark, "name", from->name);
        for (int q = 0; q < MB_MARK_QUANTITY_COUNT; q++)
            if (from->series[q].count > 0)
                add_series(b, mark, mb_mark_quantity_name((mb_mark_quantity)q), &from->series[q]);
    }
    cJSON *regions = result->region_count > 0 ? add_array(b, object, "regions") : NULL;
    for (size_t i = 0; i < result->region_count; i++) {
        const mb_region_result *from = &result->regions[i];
        cJSON *region = add_element(b, regions);
        add_text(b, region, "window", mb_window_name(from->window));
        add_text(b, region, "name", from->name);
        add_number(b, region, "nominal_bytes", from->nominal_bytes);
        add_series(b, region, "resident_bytes", &from->resident_bytes);
    }
    cJSON *counts = result->count_count > 0 ? add_array(b, object, "counts") : NULL;
    for (size_t i = 0; i < result->count_count; i++) {
        const mb_count_result *from = &result->counts[i];
        cJSON *count = add_element(b, counts);
        add_text(b, count, "window", mb_window_name(from->window));
        add_text(b, count, "name", from->name);
        add_series(b, count, "values", &from->values);
    }
}

static void add_extension(builder *b, cJSON *element, const mb_case_result *result)
{
    cJSON *object = add_object(b, element, "membench");
    add_identity(b, object, result);
    cJSON *series = add_object(b, object, "series");
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
        if (result->series[m].count > 0)
            add_series(b, series, mb_metric_name(m), &result->series[m]);
    cJSON *missing = NULL;
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
        if (result->missing[m] == NULL)
            continue;
        if (missing == NULL)
            missing = add_object(b, object, "missing");
        add_text(b, missing, mb_metric_name(m), result->missing[m]);
    }
    add_phases(b, object, result);
}

/* Google Benchmark's compare.py wants real_time, cpu_time and time_unit of everything but aggregates, in numbers. A
 * case without times is therefore an aggregate, which its figures are (medians), in a unit no other element has. */
static void add_times(builder *b, cJSON *element, const mb_case_result *result, size_t repetitions)
{
    const mb_series *real = &result->series[mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY)];
    const mb_series *cpu = &result->series[mb_metric_of(MB_CPU_TIME_NS, MB_WINDOW_STEADY)];
    bool is_timed = real->count > 0 && cpu->count > 0;
    add_text(b, element, "run_type", is_timed ? "iteration" : "aggregate");
    add_uint(b, element, "repetitions", repetitions);
    if (is_timed) {
        add_uint(b, element, "repetition_index", 0);
        add_number(b, element, "real_time", median(b, real));
        add_number(b, element, "cpu_time", median(b, cpu));
    } else
        add_text(b, element, "aggregate_name", "median");
    add_text(b, element, "time_unit", is_timed ? "ns" : "none");
}

cJSON *mb_case_to_json(const mb_case_result *result, size_t family_index, size_t instance_index,
                       char problem[MB_JSON_PROBLEM_BYTES_MAX])
{
    builder b = {false, problem};
    cJSON *element = added(&b, cJSON_CreateObject());
    size_t repetitions = 0;
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
        if (result->series[m].count > repetitions)
            repetitions = result->series[m].count;
    add_text(&b, element, "name", result->id);
    add_uint(&b, element, "family_index", family_index);
    add_uint(&b, element, "per_family_instance_index", instance_index);
    add_text(&b, element, "run_name", result->id);
    add_times(&b, element, result, repetitions);
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
        if (result->series[m].count > 0)
            add_number(&b, element, mb_metric_name(m), median(&b, &result->series[m]));
    if (result->outcome != MB_OUTCOME_OK && !b.failed) {
        added(&b, cJSON_AddTrueToObject(element, "error_occurred"));
        add_text(&b, element, "error_message",
                 result->message != NULL ? result->message : mb_outcome_name(result->outcome));
    }
    add_extension(&b, element, result);
    if (!b.failed)
        return element;
    cJSON_Delete(element);
    return NULL;
}

static void add_settings(builder *b, cJSON *object, const char *key, const mb_setting *from, size_t count)
{
    cJSON *settings = add_array(b, object, key);
    for (size_t i = 0; i < count; i++) {
        cJSON *setting = add_element(b, settings);
        add_text(b, setting, "name", from[i].name);
        add_text(b, setting, "value", from[i].value);
    }
}

static void add_programs(builder *b, cJSON *object, const mb_run_info *run)
{
    cJSON *programs = add_array(b, object, "programs");
    for (size_t i = 0; i < run->program_count; i++) {
        const mb_program_info *from = &run->programs[i];
        cJSON *program = add_element(b, programs);
        add_text(b, program, "path", from->path);
        add_text(b, program, "build_id", from->build_id);
        add_text(b, program, "libc", from->libc);
        add_text(b, program, "allocator", from->allocator);
        add_text(b, program, "aslr", from->aslr);
        add_text(b, program, "thp", from->thp);
    }
    add_settings(b, object, "settings", run->settings, run->setting_count);
}

static void add_shard(builder *b, cJSON *object, const mb_shard_info *shard)
{
    if (shard->count == 0)
        return;
    cJSON *member = add_object(b, object, "shard");
    add_uint(b, member, "index", shard->index);
    add_uint(b, member, "count", shard->count);
    add_uint(b, member, "case_count", shard->case_count);
    add_text(b, member, "plan", shard->plan);
    add_settings(b, member, "parts", shard->parts.parts, shard->parts.part_count);
    cJSON *filters = add_array(b, member, "filters");
    for (size_t i = 0; i < shard->filter_count; i++)
        add_text(b, add_element(b, filters), "option", shard->filters[i]);
}

cJSON *mb_run_to_json(const mb_run_info *run, char problem[MB_JSON_PROBLEM_BYTES_MAX])
{
    builder b = {false, problem};
    cJSON *context = added(&b, cJSON_CreateObject());
    add_text(&b, context, "date", run->date);
    add_text(&b, context, "host_name", run->host_name);
    add_text(&b, context, "executable", run->executable);
    if (run->cpu_count > 0)
        add_uint(&b, context, "num_cpus", (uint64_t)run->cpu_count);
    if (run->cpu_mhz > 0)
        add_number(&b, context, "mhz_per_cpu", run->cpu_mhz);
    add_uint(&b, context, "json_schema_version", 1);
    cJSON *object = add_object(&b, context, "membench");
    char seed[MB_JSON_NUMBER_BYTES_MAX];
    snprintf(seed, sizeof seed, "%" PRIu64, run->seed);
    add_uint(&b, object, "format", MB_RESULTS_FORMAT);
    if (!b.failed)
        added(&b, cJSON_AddBoolToObject(object, "complete", run->complete));
    add_text(&b, object, "version", run->membench_version);
    add_text(&b, object, "kernel", run->kernel);
    add_text(&b, object, "architecture", run->architecture);
    add_uint(&b, object, "page_bytes", run->page_bytes);
    add_text(&b, object, "rss_source", run->rss_source);
    add_text(&b, object, "seed", seed);
    add_shard(&b, object, &run->shard);
    add_programs(&b, object, run);
    if (!b.failed)
        return context;
    cJSON_Delete(context);
    return NULL;
}
