/* From JSON to the model: one element of benchmarks[]. The file may be hostile. */
#include "model/series.h"
#include "store/case_json.h"
#include "store/results_reader.h"
#include "store/sites_json.h"

#include <math.h>
#include <string.h>

typedef struct decoder {
    mb_json *json;
    mb_arena *arena;
    size_t budget; /* samples that may still be read: {"value":1,"count":100000} is short and expands */
} decoder;

static void *take(decoder *d, size_t count, size_t size)
{
    void *piece = mb_arena_alloc(d->arena, count * size);
    if (piece == NULL)
        mb_json_fail_memory(d->json);
    return piece;
}

static bool read_series(decoder *d, const cJSON *item, const char *name, mb_series *series)
{
    const double *values = NULL;
    size_t count = 0;
    double value = 0;
    bool is_exact = cJSON_IsObject(item);
    if (is_exact) {
        uint64_t exact_count = 0;
        if (!mb_json_get_number(d->json, item, "value", MB_JSON_REQUIRED, &value) ||
            !mb_json_get_uint(d->json, item, "count", MB_JSON_REQUIRED, &exact_count))
            return false;
        count = exact_count > MB_RESULTS_SERIES_MAX ? MB_RESULTS_SERIES_MAX + 1 : (size_t)exact_count;
    } else if (!mb_json_numbers(d->json, item, &values, &count))
        return mb_json_fail(d->json, "\"%.64s\" is neither an array of numbers nor a value with its count", name);
    if (count > MB_RESULTS_SERIES_MAX || count > d->budget)
        return mb_json_fail(d->json, "\"%.64s\" has too many samples", name);
    d->budget -= count;
    mb_series read = {0};
    if (count > 0 && !mb_series_reserve(&read, count, d->arena))
        return mb_json_fail_memory(d->json);
    for (size_t i = 0; i < count; i++) {
        read.values[i] = is_exact ? value : values[i];
        if (!(fabs(read.values[i]) <= MB_NUMBER_EXACT_MAX))
            return mb_json_fail(d->json, "\"%.64s\" has a value beyond 2^53", name);
    }
    read.count = count;
    *series = read;
    return true;
}

/* Members come in the order of the table when membench wrote the file: look behind the last one first. */
static mb_metric find_metric(const char *name, mb_metric *hint)
{
    for (int i = 0; i < MB_METRIC_COUNT; i++) {
        mb_metric metric = (*hint + i) % MB_METRIC_COUNT;
        if (strcmp(mb_metric_name(metric), name) == 0) {
            *hint = metric + 1;
            return metric;
        }
    }
    return -1;
}

/* Whether it is the bound that came with an older version's peak, and of which window. */
static void find_bound(const char *name, bool was_bound[MB_WINDOW_COUNT])
{
    for (int w = 0; w < MB_WINDOW_COUNT; w++) {
        const char *window = mb_window_name((mb_window)w);
        size_t length = strlen(window);
        if (strncmp(name, window, length) == 0 && name[length] == '_' &&
            strcmp(name + length + 1, MB_PEAK_BOUND_NAME) == 0)
            was_bound[w] = true;
    }
}

static bool read_metrics(decoder *d, const cJSON *object, mb_case_result *result)
{
    const cJSON *series = NULL, *missing = NULL, *item;
    if (!mb_json_get_object(d->json, object, "series", MB_JSON_OPTIONAL, &series) ||
        !mb_json_get_object(d->json, object, "missing", MB_JSON_OPTIONAL, &missing))
        return false;
    mb_metric hint = 0;
    bool was_bound[MB_WINDOW_COUNT] = {false};
    cJSON_ArrayForEach(item, series)
    {
        mb_metric metric = find_metric(item->string, &hint);
        if (metric < 0) { /* of another version */
            find_bound(item->string, was_bound);
            continue;
        }
        if (result->series[metric].count > 0)
            return mb_json_fail(d->json, "\"%s\" appears twice", item->string);
        if (!read_series(d, item, item->string, &result->series[metric]))
            return false;
    }
    for (int w = 0; w < MB_WINDOW_COUNT; w++)
        if (was_bound[w]) {
            mb_metric metric = mb_metric_of(MB_PEAK_RSS_DELTA_BYTES, (mb_window)w);
            result->series[metric] = (mb_series){0};
            result->missing[metric] = MB_PEAK_WAS_BOUND;
        }
    cJSON_ArrayForEach(item, missing)
    {
        mb_metric metric = find_metric(item->string, &hint);
        if (metric < 0)
            continue;
        if (!mb_json_get_text(d->json, missing, item->string, MB_JSON_OPTIONAL, d->arena, &result->missing[metric]))
            return false;
    }
    return true;
}

/* Samples under other conditions. */
static bool read_conditions(decoder *d, const cJSON *object, mb_case_result *result)
{
    const cJSON *series = NULL, *item;
    mb_metric hint = 0;
    if (!mb_json_get_object(d->json, object, "conditions", MB_JSON_OPTIONAL, &series))
        return false;
    cJSON_ArrayForEach(item, series)
    {
        mb_metric metric = find_metric(item->string, &hint);
        if (metric >= 0 && !read_series(d, item, item->string, &result->conditions[metric]))
            return false;
    }
    return true;
}

static bool read_window(decoder *d, const cJSON *object, mb_window *window)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, "window");
    for (int w = 0; w < MB_WINDOW_COUNT; w++)
        if (cJSON_IsString(item) && strcmp(item->valuestring, mb_window_name((mb_window)w)) == 0) {
            *window = (mb_window)w;
            return true;
        }
    return mb_json_fail(d->json, "\"window\" must be \"cold\" or \"steady\"");
}

/* Finds the array of key, checks that it holds objects, counts them. */
static bool open_array(decoder *d, const cJSON *object, const char *key, const cJSON **array, size_t *count)
{
    *array = NULL;
    if (!mb_json_get_array(d->json, object, key, MB_JSON_OPTIONAL, array) || !mb_json_all_objects(d->json, *array, key))
        return false;
    *count = *array == NULL ? 0 : (size_t)cJSON_GetArraySize(*array);
    return true;
}

static bool read_marks(decoder *d, const cJSON *object, mb_case_result *result)
{
    const cJSON *array, *item;
    size_t count;
    if (!open_array(d, object, "marks", &array, &count))
        return false;
    mb_mark_result *mark = result->marks = take(d, count, sizeof *mark);
    if (mark == NULL)
        return false;
    cJSON_ArrayForEach(item, array)
    {
        if (!read_window(d, item, &mark->window) ||
            !mb_json_get_text(d->json, item, "name", MB_JSON_REQUIRED, d->arena, &mark->name))
            return false;
        for (int q = 0; q < MB_MARK_QUANTITY_COUNT; q++) {
            const char *key = mb_mark_quantity_name((mb_mark_quantity)q);
            const cJSON *series = cJSON_GetObjectItemCaseSensitive(item, key);
            if (series != NULL && !read_series(d, series, key, &mark->series[q]))
                return false;
        }
        mark++;
    }
    result->mark_count = count;
    return true;
}

static bool read_regions(decoder *d, const cJSON *object, mb_case_result *result)
{
    const cJSON *array, *item;
    size_t count;
    if (!open_array(d, object, "regions", &array, &count))
        return false;
    mb_region_result *region = result->regions = take(d, count, sizeof *region);
    if (region == NULL)
        return false;
    cJSON_ArrayForEach(item, array)
    {
        if (!read_window(d, item, &region->window) ||
            !mb_json_get_text(d->json, item, "name", MB_JSON_REQUIRED, d->arena, &region->name) ||
            !mb_json_get_number(d->json, item, "nominal_bytes", MB_JSON_REQUIRED, &region->nominal_bytes) ||
            !read_series(d, cJSON_GetObjectItemCaseSensitive(item, "resident_bytes"), "resident_bytes",
                         &region->resident_bytes))
            return false;
        region++;
    }
    result->region_count = count;
    return true;
}

static bool read_counts(decoder *d, const cJSON *object, mb_case_result *result)
{
    const cJSON *array, *item;
    size_t count;
    if (!open_array(d, object, "counts", &array, &count))
        return false;
    mb_count_result *own = result->counts = take(d, count, sizeof *own);
    if (own == NULL)
        return false;
    cJSON_ArrayForEach(item, array)
    {
        if (!read_window(d, item, &own->window) ||
            !mb_json_get_text(d->json, item, "name", MB_JSON_REQUIRED, d->arena, &own->name) ||
            !read_series(d, cJSON_GetObjectItemCaseSensitive(item, "values"), "values", &own->values))
            return false;
        own++;
    }
    result->count_count = count;
    return true;
}

static bool read_outcome(decoder *d, const cJSON *object, size_t program_count, mb_case_result *result)
{
    const char *outcome = NULL;
    uint64_t program = 0;
    if (!mb_json_get_text(d->json, object, "outcome", MB_JSON_REQUIRED, d->arena, &outcome) ||
        !mb_json_get_text(d->json, object, "message", MB_JSON_OPTIONAL, d->arena, &result->message) ||
        !mb_json_get_text(d->json, object, "warning", MB_JSON_OPTIONAL, d->arena, &result->warning) ||
        !mb_json_get_uint(d->json, object, "operation_count", MB_JSON_OPTIONAL, &result->operation_count) ||
        !mb_json_get_uint(d->json, object, "random_requests", MB_JSON_OPTIONAL, &result->random_request_count) ||
        !mb_json_get_uint(d->json, object, "program", MB_JSON_OPTIONAL, &program))
        return false;
    if (!mb_outcome_find(outcome, &result->outcome))
        return mb_json_fail(d->json, "\"outcome\" is unknown");
    if (program >= program_count && program != 0)
        return mb_json_fail(d->json, "\"program\" is out of range");
    result->program = (size_t)program;
    return true;
}

bool mb_case_from_json(mb_json *json, size_t program_count, mb_arena *arena, mb_case_result *result)
{
    decoder d = {json, arena, MB_RESULTS_CASE_SAMPLES_MAX};
    mb_case_result read = {0};
    const cJSON *object = json->root;
    if (!cJSON_IsObject(object))
        return mb_json_fail(json, "\"membench\" is not an object");
    if (!mb_json_get_text(json, object, "group", MB_JSON_OPTIONAL, arena, &read.group) ||
        !mb_json_get_text(json, object, "function", MB_JSON_OPTIONAL, arena, &read.function) ||
        !mb_params_from_json(json, object, arena, read.params, &read.param_count) ||
        !mb_flags_from_json(json, object, &read.flags) || !read_outcome(&d, object, program_count, &read) ||
        !read_metrics(&d, object, &read) || !read_conditions(&d, object, &read) || !read_marks(&d, object, &read) ||
        !read_regions(&d, object, &read) || !read_counts(&d, object, &read) ||
        !mb_sites_read(json, object, arena, &read.sites))
        return false;
    *result = read;
    return true;
}

/* Google Benchmark's names of what a memory manager counted. */
static const struct plain_row {
    const char *name;
    mb_quantity quantity;
} plain_rows[] = {{"allocs_per_iter", MB_HEAP_ALLOC_COUNT},
                  {"max_bytes_used", MB_HEAP_PEAK_BYTES},
                  {"total_allocated_bytes", MB_HEAP_ALLOC_BYTES},
                  {"net_heap_growth", MB_HEAP_RETAINED_BYTES}};
enum { PLAIN_ROW_COUNT = sizeof plain_rows / sizeof plain_rows[0] };

/* The metric of a member: by those names, or membench's own where it wrote the file; negative: none. */
static mb_metric plain_metric(const char *name)
{
    for (size_t i = 0; i < PLAIN_ROW_COUNT; i++)
        if (strcmp(name, plain_rows[i].name) == 0)
            return mb_metric_of(plain_rows[i].quantity, MB_WINDOW_STEADY);
    return mb_metric_find(name, strlen(name));
}

/* A number of another tool, under the rules of our own: what is beyond 2^53 is not what was written. */
static bool append_plain(mb_json *json, const char *name, double value, mb_series *series, mb_arena *arena)
{
    if (series->count >= MB_RESULTS_SERIES_MAX)
        return mb_json_fail(json, "\"%.64s\" has too many repetitions", name);
    if (!(fabs(value) <= MB_NUMBER_EXACT_MAX))
        return mb_json_fail(json, "\"%.64s\" has a value beyond 2^53", name);
    return mb_series_append(series, value, arena) || mb_json_fail_memory(json);
}

static bool read_plain_memory(mb_json *json, mb_arena *arena, mb_case_result *result)
{
    bool is_seen[MB_METRIC_COUNT] = {false};
    for (const cJSON *item = json->root->child; item != NULL; item = item->next) {
        mb_metric metric = plain_metric(item->string);
        if (metric < 0 || mb_metric_info(metric)->kind == MB_KIND_NS || is_seen[metric] || !cJSON_IsNumber(item))
            continue;
        if (!append_plain(json, item->string, item->valuedouble, &result->series[metric], arena))
            return false;
        is_seen[metric] = true;
        result->is_counted = result->is_counted || mb_metric_info(metric)->pass == MB_PASS_HEAP;
    }
    return true;
}

static bool read_plain_time(mb_json *json, const char *key, double unit_ns, mb_arena *arena, mb_series *series)
{
    double value = NAN;
    if (!mb_json_get_number(json, json->root, key, MB_JSON_OPTIONAL, &value))
        return false;
    if (isnan(value))
        return true;
    return append_plain(json, key, value * unit_ns, series, arena);
}

bool mb_case_from_plain_json(mb_json *json, mb_arena *arena, mb_case_result *result)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
    const char *unit = "ns", *message = NULL;
    if (!cJSON_IsObject(json->root))
        return mb_json_fail(json, "not an object");
    if (!mb_json_get_text(json, json->root, "time_unit", MB_JSON_OPTIONAL, arena, &unit) ||
        !mb_json_get_text(json, json->root, "error_message", MB_JSON_OPTIONAL, arena, &message))
        return false;
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json->root, "error_occurred"))) {
        result->outcome = MB_OUTCOME_FAILED;
        result->message = message;
        return true;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(unit, units[i].name) == 0) {
            mb_series *real = &result->series[mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY)];
            mb_series *cpu = &result->series[mb_metric_of(MB_CPU_TIME_NS, MB_WINDOW_STEADY)];
            return read_plain_time(json, "real_time", units[i].ns, arena, real) &&
                   read_plain_time(json, "cpu_time", units[i].ns, arena, cpu) && read_plain_memory(json, arena, result);
        }
    return mb_json_fail(json, "\"time_unit\" must be ns, us, ms or s");
}

bool mb_case_is_counter(const cJSON *item)
{
    static const char ending[] = "_bytes";
    size_t length = strlen(item->string);
    return cJSON_IsNumber(item) && length >= sizeof ending &&
           strcmp(item->string + length - (sizeof ending - 1), ending) == 0 && plain_metric(item->string) < 0;
}

bool mb_case_from_counter_json(mb_json *json, const char *name, mb_arena *arena, mb_case_result *result)
{
    mb_series *series = &result->series[mb_metric_of(MB_COUNTER_BYTES, MB_WINDOW_STEADY)];
    double value = NAN;
    if (!mb_json_get_number(json, json->root, name, MB_JSON_REQUIRED, &value))
        return false;
    result->is_counted = true;
    return append_plain(json, name, value, series, arena);
}
