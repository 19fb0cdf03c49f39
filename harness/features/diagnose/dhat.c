/* DHAT's JSON: a list of program points ("pps"), each a stack ("fs", indices into "ftbl") with what was allocated there
 * in all (tb, tbk), at the peak (gb, gbk) and at the end (eb, ebk): bytes, and blocks with a k. */
#include "features/diagnose/diagnosis.h"
#include "store/json_reader.h"

#include <stdlib.h>
#include <string.h>

/* What is summed up at one frame of the table. */
struct frame {
    const char *text;
    bool is_window, is_worker, is_allocator, is_site;
    uint64_t peak_bytes, window_bytes;
};

struct reading {
    mb_json json;
    mb_dhat result;
    struct frame *frames;
    size_t frame_count;
    bool has_worker;
};

static bool take_frames(struct reading *reading)
{
    const cJSON *table = NULL, *item;
    if (!mb_json_get_array(&reading->json, reading->json.root, "ftbl", MB_JSON_REQUIRED, &table))
        return false;
    reading->frame_count = (size_t)cJSON_GetArraySize(table);
    reading->frames = calloc(reading->frame_count + 1, sizeof *reading->frames);
    if (reading->frames == NULL)
        return mb_json_fail_memory(&reading->json);
    size_t at = 0;
    cJSON_ArrayForEach(item, table)
    {
        if (!cJSON_IsString(item))
            return mb_json_fail(&reading->json, "\"ftbl\" holds something that is not text");
        const char *text = item->valuestring;
        reading->frames[at++] = (struct frame){
            .text = text,
            .is_window = mb_call_names(text, strlen(text), MB_WINDOW_FUNCTION),
            .is_worker = mb_call_names(text, strlen(text), MB_WORKER_FUNCTION),
            .is_allocator = mb_call_is_allocator(text, strlen(text)),
        };
    }
    return true;
}

/* The stack of a point: its site (NULL: none but the allocator's) and whether it belongs to the window. */
static bool take_stack(struct reading *reading, const cJSON *point, struct frame **site, bool *in_window)
{
    const double *indices;
    size_t count;
    *site = NULL;
    *in_window = false;
    if (!mb_json_numbers(&reading->json, cJSON_GetObjectItemCaseSensitive(point, "fs"), &indices, &count))
        return mb_json_fail(&reading->json, "\"fs\" is not an array of numbers");
    for (size_t i = 0; i < count; i++) {
        if (!(indices[i] >= 0 && indices[i] < (double)reading->frame_count))
            return mb_json_fail(&reading->json, "\"fs\" points outside of \"ftbl\"");
        struct frame *frame = &reading->frames[(size_t)indices[i]];
        if (*site == NULL && !frame->is_allocator)
            *site = frame;
        *in_window |= frame->is_window;
        reading->has_worker |= frame->is_worker;
    }
    return true;
}

static bool take_point(struct reading *reading, const cJSON *point)
{
    mb_json *json = &reading->json;
    mb_dhat *result = &reading->result;
    uint64_t total_bytes = 0, total_count = 0, peak_bytes = 0, peak_count = 0, end_bytes = 0, end_count = 0;
    struct frame *site;
    bool in_window;
    if (!mb_json_get_uint(json, point, "tb", MB_JSON_REQUIRED, &total_bytes) ||
        !mb_json_get_uint(json, point, "tbk", MB_JSON_REQUIRED, &total_count) ||
        !mb_json_get_uint(json, point, "gb", MB_JSON_REQUIRED, &peak_bytes) ||
        !mb_json_get_uint(json, point, "gbk", MB_JSON_REQUIRED, &peak_count) ||
        !mb_json_get_uint(json, point, "eb", MB_JSON_REQUIRED, &end_bytes) ||
        !mb_json_get_uint(json, point, "ebk", MB_JSON_REQUIRED, &end_count) ||
        !take_stack(reading, point, &site, &in_window))
        return false;
    result->total_bytes += total_bytes, result->total_block_count += total_count;
    result->peak_bytes += peak_bytes, result->peak_block_count += peak_count;
    result->end_bytes += end_bytes, result->end_block_count += end_count;
    if (in_window) {
        result->window_total_bytes += total_bytes;
        result->window_peak_bytes += peak_bytes;
        result->window_end_bytes += end_bytes;
    }
    if (site != NULL) {
        site->is_site = true;
        site->peak_bytes += peak_bytes;
        site->window_bytes += in_window ? peak_bytes : 0;
    }
    return true;
}

static bool take_all(struct reading *reading, const char *bytes, size_t length)
{
    const cJSON *points = NULL, *point;
    if (!mb_json_parse(&reading->json, bytes, length) || !take_frames(reading))
        return false;
    /* An empty list is an array of numbers to the parser: nothing was allocated. */
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(reading->json.root, "pps");
    const double *none;
    size_t count;
    if (mb_json_numbers(&reading->json, list, &none, &count) && count == 0)
        return true;
    if (!mb_json_get_array(&reading->json, reading->json.root, "pps", MB_JSON_REQUIRED, &points) ||
        !mb_json_all_objects(&reading->json, points, "pps"))
        return false;
    cJSON_ArrayForEach(point, points)
    {
        if (!take_point(reading, point))
            return false;
    }
    for (size_t i = 0; i < reading->frame_count; i++) {
        const struct frame *frame = &reading->frames[i];
        if (frame->is_site && frame->peak_bytes > 0)
            mb_call_sites_add(&reading->result.sites, frame->text, strlen(frame->text), frame->peak_bytes,
                              frame->window_bytes);
    }
    return true;
}

mb_status mb_dhat_parse(const char *bytes, size_t length, const char *name, mb_dhat *result, mb_error *error)
{
    struct reading reading = {0};
    mb_status status = MB_OK;
    if (take_all(&reading, bytes, length)) {
        reading.result.in_window = reading.has_worker || reading.result.total_bytes == 0;
        *result = reading.result;
    } else if (reading.json.is_memory_out) {
        status = mb_error_no_memory(error);
    } else {
        status = mb_error_set(error, MB_ERROR_FORMAT, "%s: not DHAT's output: %s", name, reading.json.problem);
    }
    free(reading.frames);
    mb_json_fini(&reading.json);
    return status;
}
