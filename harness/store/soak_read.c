#include "store/input.h"
#include "store/json_reader.h"
#include "store/soak_line.h"
#include "store/soak_parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOAK_BYTES_MAX (UINT64_C(512) * 1024 * 1024) /* a week at ten ticks a second */

bool mb_soak_next_line(mb_soak_text *text)
{
    if (text->at >= text->end)
        return false;
    const char *newline = memchr(text->at, '\n', (size_t)(text->end - text->at));
    text->line = text->at;
    text->is_cut = newline == NULL;
    text->length = (size_t)((newline != NULL ? newline : text->end) - text->line);
    text->at = newline != NULL ? newline + 1 : text->end;
    if (text->length > 0 && text->line[text->length - 1] == '\r')
        text->length--;
    text->line_number++;
    return true;
}

mb_status mb_soak_refuse(const mb_soak_text *text, mb_error *error, const char *format, ...)
{
    char problem[480];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem, sizeof problem, format, arguments);
    va_end(arguments);
    return mb_error_set(error, MB_ERROR_FORMAT, "%s: line %zu: %s", text->name, text->line_number, problem);
}

static bool has_pid_of(const mb_soak_text *text, long pid)
{
    for (size_t i = 0; i < text->pid_count; i++)
        if (text->pids[i] == pid)
            return true;
    return false;
}

static void add_up(mb_soak_tick *sum, const mb_soak_tick *part)
{
    for (int f = 0; f < MB_SOAK_PROCESS_ID; f++) {
        sum->values[f] = sum->is_known[f] && part->is_known[f] ? sum->values[f] + part->values[f] : 0;
        sum->is_known[f] = sum->is_known[f] && part->is_known[f];
    }
}

void mb_soak_end_ticks(mb_soak_text *text, mb_soak_series *series)
{
    if (text->pid_count > 0)
        mb_soak_family_next(&text->family, text->pids, text->pid_count, &series->ticks[series->count - 1]);
    text->pid_count = 0;
}

mb_status mb_soak_take_tick(mb_soak_text *text, mb_soak_series *series, const mb_soak_tick *tick, mb_error *error)
{
    if (series->count > 0 && tick->time_seconds < series->ticks[series->count - 1].time_seconds)
        return mb_soak_refuse(text, error, "the time goes backwards");
    bool has_pid = tick->is_known[MB_SOAK_PROCESS_ID] && !tick->is_known[MB_SOAK_PROCESS_COUNT];
    long pid = (long)tick->values[MB_SOAK_PROCESS_ID];
    bool is_same = has_pid && text->pid_count > 0 && tick->time_seconds == text->last_seconds && !has_pid_of(text, pid);
    text->last_seconds = tick->time_seconds;
    mb_status status = MB_OK;
    if (is_same) {
        add_up(&series->ticks[series->count - 1], tick);
    } else {
        mb_soak_end_ticks(text, series);
        status = mb_soak_series_add(series, tick, error);
    }
    if (has_pid && text->pid_count < MB_SOAK_FAMILY_MAX)
        text->pids[text->pid_count++] = pid;
    return status;
}

bool mb_soak_kind_find(const char *name, size_t length, mb_soak_kind *kind)
{
    for (int k = 0; k < MB_SOAK_KIND_COUNT; k++) {
        const char *known = mb_soak_kind_name((mb_soak_kind)k);
        if (strlen(known) == length && memcmp(known, name, length) == 0) {
            *kind = (mb_soak_kind)k;
            return true;
        }
    }
    return false;
}

static bool read_kind(mb_json *json, const cJSON *object, mb_arena *arena, mb_soak_kind *kind)
{
    const char *name = NULL;
    if (!mb_json_get_text(json, object, "kind", MB_JSON_REQUIRED, arena, &name))
        return false;
    return mb_soak_kind_find(name, strlen(name), kind) || mb_json_fail(json, "\"kind\" must be run, idle or trim");
}

/* A number from 0 on. */
static bool read_size(mb_json *json, const cJSON *object, const char *key, mb_json_need need, double *value)
{
    double read = *value;
    if (!mb_json_get_number(json, object, key, need, &read))
        return false;
    if (!(read >= 0))
        return mb_json_fail(json, "\"%s\" is negative", key);
    *value = read;
    return true;
}

static bool read_phases(mb_json *json, mb_soak_series *series)
{
    const cJSON *phases = NULL, *item;
    mb_soak_about *about = &series->about;
    if (!mb_json_get_array(json, json->root, "phases", MB_JSON_OPTIONAL, &phases))
        return false;
    if (phases == NULL || !mb_json_all_objects(json, phases, "phases"))
        return phases == NULL;
    cJSON_ArrayForEach(item, phases)
    {
        if (about->phase_count == MB_SOAK_PHASES_MAX)
            return mb_json_fail(json, "more than %d phases", MB_SOAK_PHASES_MAX);
        mb_soak_phase *phase = &about->phases[about->phase_count++];
        if (!read_kind(json, item, &series->arena, &phase->kind) ||
            !read_size(json, item, "length_seconds", MB_JSON_REQUIRED, &phase->length_seconds))
            return false;
    }
    return true;
}

static bool read_about(mb_json *json, mb_soak_series *series)
{
    mb_soak_about *about = &series->about;
    const cJSON *root = json->root;
    mb_arena *arena = &series->arena;
    if (!mb_json_check_version(json, root, "format", MB_SOAK_FORMAT))
        return false;
    about->is_repeated = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "is_repeated"));
    return mb_json_get_text(json, root, "target", MB_JSON_OPTIONAL, arena, &about->target) &&
           mb_json_get_text(json, root, "date", MB_JSON_OPTIONAL, arena, &about->date) &&
           mb_json_get_text(json, root, "version", MB_JSON_OPTIONAL, arena, &about->version) &&
           mb_json_get_text(json, root, "host_name", MB_JSON_OPTIONAL, arena, &about->host_name) &&
           mb_json_get_text(json, root, "kernel", MB_JSON_OPTIONAL, arena, &about->kernel) &&
           mb_json_get_uint(json, root, "memory_total_bytes", MB_JSON_OPTIONAL, &about->memory_total_bytes) &&
           read_size(json, root, "interval_seconds", MB_JSON_OPTIONAL, &about->interval_seconds) &&
           read_size(json, root, "time_scale", MB_JSON_OPTIONAL, &about->time_scale) &&
           read_size(json, root, "tolerance_bytes_per_hour", MB_JSON_OPTIONAL, &about->tolerance_bytes_per_hour) &&
           read_phases(json, series);
}

static bool read_tick(mb_json *json, mb_soak_series *series, mb_soak_tick *tick)
{
    uint64_t phase = 0;
    if (!read_size(json, json->root, "time_seconds", MB_JSON_REQUIRED, &tick->time_seconds) ||
        !mb_json_get_uint(json, json->root, "phase", MB_JSON_OPTIONAL, &phase) ||
        !read_kind(json, json->root, &series->arena, &tick->kind))
        return false;
    tick->phase_index = phase < MB_SOAK_PHASES_MAX ? (size_t)phase : MB_SOAK_PHASES_MAX - 1;
    for (int f = 0; f < MB_SOAK_FIELD_COUNT; f++) {
        const char *key = mb_soak_field_name((mb_soak_field)f);
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(json->root, key);
        if (item == NULL || cJSON_IsNull(item))
            continue;
        if (!mb_json_get_number(json, json->root, key, MB_JSON_REQUIRED, &tick->values[f]))
            return false;
        tick->is_known[f] = true;
    }
    return true;
}

/* Reads one line; events of a later version are passed over. */
static mb_status read_line(mb_soak_text *text, mb_json *json, bool *has_about, mb_soak_series *series, mb_error *error)
{
    char *copy = malloc(text->length + 1);
    if (copy == NULL)
        return mb_error_no_memory(error);
    memcpy(copy, text->line, text->length);
    copy[text->length] = '\0';
    const char *event = NULL;
    mb_soak_tick tick = {0};
    bool is_tick = false;
    bool is_fine = mb_json_parse(json, copy, text->length);
    free(copy);
    if (is_fine && !cJSON_IsObject(json->root))
        is_fine = mb_json_fail(json, "not a JSON object");
    is_fine = is_fine && mb_json_get_text(json, json->root, "event", MB_JSON_REQUIRED, &series->arena, &event);
    if (is_fine && strcmp(event, "soak") == 0) {
        is_fine = !*has_about ? read_about(json, series) : mb_json_fail(json, "a second soak in one file");
        *has_about = true;
    } else if (is_fine && !*has_about) {
        is_fine = mb_json_fail(json, "not a soak record: its first line must be {\"event\":\"soak\",…}");
    } else if (is_fine && strcmp(event, "tick") == 0) {
        is_tick = true;
        is_fine = read_tick(json, series, &tick);
    } else if (is_fine && strcmp(event, "where") == 0) {
        is_fine = mb_soak_where_read(json, series);
    } else if (is_fine && strcmp(event, "end") == 0) {
        is_fine = mb_json_get_text(json, json->root, "end", MB_JSON_OPTIONAL, &series->arena, &series->end);
    }
    if (!is_fine && json->is_memory_out)
        return mb_error_no_memory(error);
    if (!is_fine)
        return mb_soak_refuse(text, error, "%s", json->problem);
    return is_tick ? mb_soak_take_tick(text, series, &tick, error) : MB_OK;
}

static mb_status read_ndjson(mb_soak_text *text, mb_soak_series *series, mb_error *error)
{
    mb_json json = {0};
    mb_status status = MB_OK;
    bool has_about = false;
    while (status == MB_OK && mb_soak_next_line(text))
        if (text->length > 0 && !(text->is_cut && has_about))
            status = read_line(text, &json, &has_about, series, error);
    mb_json_fini(&json);
    return status;
}

/* Lines of a soak say what they are; those of others have a key for each column. */
static bool is_record(const char *text, size_t length)
{
    static const char event[] = "\"event\"";
    const char *newline = memchr(text, '\n', length);
    size_t line_length = newline != NULL ? (size_t)(newline - text) : length;
    return line_length < sizeof event || memmem(text, line_length, event, sizeof event - 1) != NULL;
}

mb_status mb_soak_read_memory(const char *name, const char *text, size_t length, const mb_soak_said *said,
                              mb_soak_series *series, mb_error *error)
{
    mb_soak_text lines = {.name = name, .said = said, .at = text, .end = text + length};
    *series = (mb_soak_series){0};
    if (memchr(text, '\0', length) != NULL)
        return mb_error_set(error, MB_ERROR_FORMAT, "%s: not a recorded series: a binary file", name);
    bool is_json = length > 0 && text[0] == '{';
    mb_status status = !is_json                  ? mb_soak_read_csv(&lines, series, error)
                       : is_record(text, length) ? read_ndjson(&lines, series, error)
                                                 : mb_soak_read_lines(&lines, series, error);
    mb_soak_end_ticks(&lines, series);
    if (status == MB_OK && series->count == 0)
        return mb_error_set(error, MB_ERROR_FORMAT, "%s: no values", name);
    return status;
}

mb_status mb_soak_read(const char *path, const mb_soak_said *said, mb_soak_series *series, mb_error *error)
{
    mb_input input;
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    *series = (mb_soak_series){0};
    mb_status status = mb_input_open(&input, path, name, error);
    if (status != MB_OK)
        return status;
    char *text = NULL;
    size_t length = (size_t)input.length;
    if (input.length > SOAK_BYTES_MAX)
        status = mb_error_set(error, MB_ERROR_FORMAT, "%s: larger than 512 MiB", name);
    else
        status = mb_input_text(&input, &text, error);
    mb_input_close(&input);
    if (status == MB_OK)
        status = mb_soak_read_memory(name, text, length, said, series, error);
    free(text);
    return status;
}
