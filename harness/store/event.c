#include "store/event.h"
#include "model/series.h"
#include "store/case_json.h"
#include "store/id_index.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_BYTES_MAX = 400 };

typedef struct reading { /* of one line */
    mb_json json;
    mb_arena *arena;
    mb_event event;
} reading;

/* A name that the worker chose: a mark's, region's or counter's. */
static bool read_name(reading *r, const char **name)
{
    if (!mb_json_get_text(&r->json, r->json.root, "name", MB_JSON_REQUIRED, r->arena, name))
        return false;
    size_t length = strlen(*name);
    if (length == 0 || length >= MB_NAME_BYTES_MAX)
        return mb_json_fail(&r->json, "\"name\" must have 1 to %d bytes", MB_NAME_BYTES_MAX - 1);
    return true;
}

/* A count of bytes or events: whole, and not below least. */
static bool read_whole(reading *r, const cJSON *item, const char *name, bool is_signed, double *value)
{
    double read;
    if (!mb_json_number(&r->json, item, name, &read))
        return false;
    if (read != floor(read))
        return mb_json_fail(&r->json, "\"%.64s\" is not a whole number", name);
    if (!is_signed && read < 0)
        return mb_json_fail(&r->json, "\"%.64s\" is negative", name);
    *value = read;
    return true;
}

static bool read_member_whole(reading *r, const char *key, bool is_signed, double *value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(r->json.root, key);
    if (item == NULL)
        return mb_json_fail(&r->json, "\"%s\" is missing", key);
    return read_whole(r, item, key, is_signed, value);
}

static bool read_hello(reading *r)
{
    uint64_t protocol = 0;
    mb_hello *hello = &r->event.hello;
    if (!mb_json_get_uint(&r->json, r->json.root, "protocol", MB_JSON_REQUIRED, &protocol))
        return false;
    if (protocol != MB_PROTOCOL_VERSION)
        return mb_json_fail(&r->json, "the program uses protocol %llu, this membench reads %d",
                            (unsigned long long)protocol, MB_PROTOCOL_VERSION);
    return mb_json_get_text(&r->json, r->json.root, "version", MB_JSON_OPTIONAL, r->arena, &hello->version) &&
           mb_json_get_text(&r->json, r->json.root, "libc", MB_JSON_OPTIONAL, r->arena, &hello->libc) &&
           mb_json_get_text(&r->json, r->json.root, "allocator", MB_JSON_OPTIONAL, r->arena, &hello->allocator) &&
           mb_json_get_text(&r->json, r->json.root, "aslr", MB_JSON_OPTIONAL, r->arena, &hello->aslr) &&
           mb_json_get_text(&r->json, r->json.root, "thp", MB_JSON_OPTIONAL, r->arena, &hello->thp) &&
           mb_json_get_text(&r->json, r->json.root, "entropy", MB_JSON_OPTIONAL, r->arena, &hello->entropy) &&
           mb_json_get_text(&r->json, r->json.root, "rss", MB_JSON_OPTIONAL, r->arena, &hello->rss) &&
           mb_json_get_text(&r->json, r->json.root, "libraries", MB_JSON_OPTIONAL, r->arena, &hello->libraries) &&
           mb_json_get_text(&r->json, r->json.root, "framework", MB_JSON_OPTIONAL, r->arena, &hello->framework);
}

static bool read_case(reading *r)
{
    mb_listed_case *listed = &r->event.listed;
    mb_case_result *result = &listed->result;
    mb_json *json = &r->json;
    if (!mb_json_get_text(json, json->root, "id", MB_JSON_REQUIRED, r->arena, &result->id))
        return false;
    if (!mb_id_is_valid(result->id))
        return mb_json_fail(json, "\"id\" must have 1 to %d printable bytes", MB_ID_BYTES_MAX - 1);
    if (!mb_json_get_text(json, json->root, "group", MB_JSON_OPTIONAL, r->arena, &result->group) ||
        !mb_json_get_text(json, json->root, "function", MB_JSON_OPTIONAL, r->arena, &result->function) ||
        !mb_json_get_text(json, json->root, "summary", MB_JSON_OPTIONAL, r->arena, &listed->summary) ||
        !mb_json_get_uint(json, json->root, "needs_bytes", MB_JSON_OPTIONAL, &listed->needs_bytes) ||
        !mb_json_get_uint(json, json->root, "cost_ns", MB_JSON_OPTIONAL, &listed->cost_ns) ||
        !mb_params_from_json(json, json->root, r->arena, result->params, &result->param_count) ||
        !mb_flags_from_json(json, json->root, &result->flags))
        return false;
    if (result->group == NULL)
        result->group = mb_arena_copy_length(r->arena, result->id, strcspn(result->id, "/"));
    return result->group != NULL || mb_json_fail_memory(json);
}

static bool read_begin(reading *r)
{
    const char *name = NULL;
    if (!mb_json_get_text(&r->json, r->json.root, "window", MB_JSON_REQUIRED, r->arena, &name))
        return false;
    for (int w = 0; w < MB_WINDOW_COUNT; w++)
        if (strcmp(name, mb_window_name((mb_window)w)) == 0) {
            r->event.begin = (mb_window)w;
            return true;
        }
    return mb_json_fail(&r->json, "\"window\" must be \"cold\" or \"steady\"");
}

static bool read_mark(reading *r)
{
    const cJSON *values = NULL;
    if (!read_name(r, &r->event.mark.name) ||
        !mb_json_get_object(&r->json, r->json.root, "values", MB_JSON_OPTIONAL, &values))
        return false;
    for (int q = 0; q < MB_MARK_QUANTITY_COUNT; q++) {
        const char *name = mb_mark_quantity_name((mb_mark_quantity)q);
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(values, name);
        if (item == NULL || cJSON_IsNull(item))
            continue;
        if (!read_whole(r, item, name, true, &r->event.mark.values[q]))
            return false;
        r->event.mark.is_known[q] = true;
    }
    return true;
}

static bool read_region(reading *r)
{
    if (!read_name(r, &r->event.region.name) ||
        !read_member_whole(r, "nominal_bytes", false, &r->event.region.nominal_bytes))
        return false;
    const cJSON *resident = cJSON_GetObjectItemCaseSensitive(r->json.root, "resident_bytes");
    if (resident == NULL || cJSON_IsNull(resident))
        return true;
    r->event.region.is_resident_known = true;
    return read_whole(r, resident, "resident_bytes", false, &r->event.region.resident_bytes);
}

static bool read_count(reading *r)
{
    return read_name(r, &r->event.count.name) && read_member_whole(r, "value", true, &r->event.count.value);
}

static bool read_end(reading *r)
{
    const cJSON *values = NULL, *missing = NULL;
    if (!mb_json_get_object(&r->json, r->json.root, "values", MB_JSON_REQUIRED, &values) ||
        !mb_json_get_object(&r->json, r->json.root, "missing", MB_JSON_OPTIONAL, &missing))
        return false;
    for (int q = 0; q < MB_QUANTITY_OF_WINDOWS_COUNT; q++) {
        const mb_quantity_info *info = mb_quantity_get((mb_quantity)q);
        const char *name = info->name;
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(values, name);
        if (item != NULL && !cJSON_IsNull(item)) {
            if (!read_whole(r, item, name, !info->is_unsigned, &r->event.end.values[q]))
                return false;
            r->event.end.is_known[q] = true;
        } else if (!mb_json_get_text(&r->json, missing, name, MB_JSON_OPTIONAL, r->arena, &r->event.end.missing[q]))
            return false;
    }
    if (cJSON_GetObjectItemCaseSensitive(values, MB_PEAK_BOUND_NAME) != NULL) {
        r->event.end.is_known[MB_PEAK_RSS_DELTA_BYTES] = false;
        r->event.end.missing[MB_PEAK_RSS_DELTA_BYTES] = MB_PEAK_WAS_BOUND;
    }
    return true;
}

static bool read_times(reading *r, const char *key, mb_series *series)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(r->json.root, key);
    const double *values;
    size_t count;
    if (item == NULL || cJSON_IsNull(item))
        return true;
    if (!mb_json_numbers(&r->json, item, &values, &count))
        return mb_json_fail(&r->json, "\"%s\" is not an array of numbers", key);
    for (size_t i = 0; i < count; i++) {
        if (!(values[i] >= 0) || values[i] > MB_NUMBER_EXACT_MAX)
            return mb_json_fail(&r->json, "\"%s\" has a value below 0 or beyond 2^53", key);
        if (!mb_series_append(series, values[i], r->arena))
            return mb_json_fail_memory(&r->json);
    }
    return true;
}

static bool read_time(reading *r)
{
    if (!mb_json_get_text(&r->json, r->json.root, "missing", MB_JSON_OPTIONAL, r->arena, &r->event.time.missing) ||
        !read_times(r, "real_time_ns", &r->event.time.real_ns) || !read_times(r, "cpu_time_ns", &r->event.time.cpu_ns))
        return false;
    if (r->event.time.real_ns.count == 0 && r->event.time.missing == NULL)
        return mb_json_fail(&r->json, "needs \"real_time_ns\" or \"missing\"");
    return true;
}

static bool read_progress(reading *r)
{
    const cJSON *heap = cJSON_GetObjectItemCaseSensitive(r->json.root, "heap_live_bytes");
    r->event.progress.has_heap = heap != NULL && !cJSON_IsNull(heap);
    if (r->event.progress.has_heap && !read_whole(r, heap, "heap_live_bytes", true, &r->event.progress.heap_live_bytes))
        return false;
    return mb_json_get_text(&r->json, r->json.root, "state", MB_JSON_OPTIONAL, r->arena, &r->event.progress.state) &&
           read_member_whole(r, "operation_count", false, &r->event.progress.operation_count);
}

/* Cuts text to length bytes or a little less, never inside a character. */
static void cut(char *text, size_t length)
{
    if (strlen(text) <= length)
        return;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    text[length] = '\0';
}

static bool read_done(reading *r)
{
    const char *outcome = NULL, *message = NULL;
    mb_json *json = &r->json;
    if (!mb_json_get_text(json, json->root, "outcome", MB_JSON_REQUIRED, r->arena, &outcome) ||
        !mb_json_get_text(json, json->root, "message", MB_JSON_OPTIONAL, r->arena, &message) ||
        !mb_json_get_uint(json, json->root, "operation_count", MB_JSON_OPTIONAL, &r->event.done.operation_count) ||
        !mb_json_get_uint(json, json->root, "random_requests", MB_JSON_OPTIONAL, &r->event.done.random_request_count))
        return false;
    if (!mb_outcome_find(outcome, &r->event.done.outcome) || r->event.done.outcome > MB_OUTCOME_OUT_OF_MEMORY)
        return mb_json_fail(json, "\"outcome\" must be ok, skipped, failed or out_of_memory");
    if (message != NULL) {
        char *copy = mb_arena_copy(r->arena, message);
        if (copy == NULL)
            return mb_json_fail_memory(json);
        cut(copy, MESSAGE_BYTES_MAX);
        r->event.done.message = copy;
    }
    return true;
}

static bool read_unknown(reading *r)
{
    (void)r;
    return true;
}

static const struct {
    const char *name;
    bool (*read)(reading *r);
} kinds[] = {
    [MB_EVENT_HELLO] = {"hello", read_hello},
    [MB_EVENT_CASE] = {"case", read_case},
    [MB_EVENT_BEGIN] = {"begin", read_begin},
    [MB_EVENT_MARK] = {"mark", read_mark},
    [MB_EVENT_REGION] = {"region", read_region},
    [MB_EVENT_COUNT] = {"count", read_count},
    [MB_EVENT_END] = {"end", read_end},
    [MB_EVENT_TIME] = {"time", read_time},
    [MB_EVENT_PROGRESS] = {"progress", read_progress},
    [MB_EVENT_DONE] = {"done", read_done},
    [MB_EVENT_UNKNOWN] = {NULL, read_unknown},
};

static bool read_line(reading *r, const char *line, size_t length)
{
    if (length > MB_EVENT_LINE_BYTES_MAX)
        return mb_json_fail(&r->json, "longer than 64 KiB");
    char *copy = malloc(length + 1);
    if (copy == NULL)
        return mb_json_fail_memory(&r->json);
    memcpy(copy, line, length);
    copy[length] = '\0';
    bool is_parsed = mb_json_parse(&r->json, copy, length);
    free(copy);
    if (!is_parsed)
        return false;
    if (!cJSON_IsObject(r->json.root))
        return mb_json_fail(&r->json, "not a JSON object");
    const cJSON *event = cJSON_GetObjectItemCaseSensitive(r->json.root, "event");
    if (!cJSON_IsString(event))
        return mb_json_fail(&r->json, "\"event\" is not a string");
    int kind = 0;
    while (kind < MB_EVENT_UNKNOWN && strcmp(kinds[kind].name, event->valuestring) != 0)
        kind++;
    r->event.kind = (mb_event_kind)kind;
    return kinds[kind].read(r);
}

mb_status mb_event_parse(const char *line, size_t length, size_t line_number, mb_arena *arena, mb_event *event,
                         mb_error *error)
{
    reading r = {.arena = arena};
    mb_status status = MB_OK;
    if (read_line(&r, line, length))
        *event = r.event;
    else if (r.json.is_memory_out)
        status = mb_error_set(error, MB_ERROR_SYSTEM, "event line %zu: out of memory", line_number);
    else
        status = mb_error_set(error, MB_ERROR_FORMAT, "event line %zu: %s", line_number, r.json.problem);
    mb_json_fini(&r.json);
    return status;
}
