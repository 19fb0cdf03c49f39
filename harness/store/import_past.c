/* All that github-action-benchmark's data.js keeps: each run with its commit. */
#include "store/import.h"

#include "base/memory_file.h"
#include "store/import_action.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A text of an object up to the end of its first line, "" when there is none; NULL when memory is out. */
static const char *first_line(const cJSON *object, const char *name, mb_arena *arena)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    const char *text = cJSON_IsString(item) ? item->valuestring : "";
    return mb_arena_copy_length(arena, text, strcspn(text, "\r\n"));
}

static void write_context(mb_json_writer *json, const mb_import_run *run)
{
    char date[40];
    struct tm parts;
    time_t time_s = (time_t)(run->date_ms / 1000);
    mb_json_write_open(json, "context", '{');
    if (run->date_ms > 0 && gmtime_r(&time_s, &parts) != NULL && strftime(date, sizeof date, "%FT%T+00:00", &parts) > 0)
        mb_json_write_text(json, "date", date);
    mb_json_write_text(json, "executable", run->suite);
    mb_json_write_close(json, '}');
}

static mb_status write_run(mb_import_run *run, const cJSON *benches, mb_error *error)
{
    char *made = NULL;
    mb_json_writer writer = {.file = mb_memory_file_open(&made, &run->length)};
    if (writer.file == NULL)
        return mb_error_no_memory(error);
    mb_json_write_open(&writer, NULL, '{');
    write_context(&writer, run);
    mb_json_write_open(&writer, "benchmarks", '[');
    size_t count = mb_import_action_write(benches, &writer);
    mb_json_write_close(&writer, ']');
    mb_json_write_close(&writer, '}');
    bool is_whole = mb_memory_file_close(writer.file, &made);
    if (is_whole && count > 0)
        run->json = made;
    else
        free(made);
    return is_whole ? MB_OK : mb_error_no_memory(error);
}

static mb_status take_run(mb_import_past *past, const char *suite, const cJSON *entry, mb_error *error)
{
    const cJSON *commit = cJSON_GetObjectItemCaseSensitive(entry, "commit");
    const cJSON *date = cJSON_GetObjectItemCaseSensitive(entry, "date");
    mb_import_run *run = &past->runs[past->run_count];
    *run = (mb_import_run){.suite = mb_arena_copy(&past->arena, suite),
                           .commit = first_line(commit, "id", &past->arena),
                           .subject = first_line(commit, "message", &past->arena),
                           .timestamp = first_line(commit, "timestamp", &past->arena)};
    if (run->suite == NULL || run->commit == NULL || run->subject == NULL || run->timestamp == NULL)
        return mb_error_no_memory(error);
    if (cJSON_IsNumber(date) && date->valuedouble > 0 && date->valuedouble < 253402300800000.0) /* the year 10000 */
        run->date_ms = (int64_t)date->valuedouble;
    if (*run->commit == '\0')
        return MB_OK;
    past->run_count++;
    return write_run(run, cJSON_GetObjectItemCaseSensitive(entry, "benches"), error);
}

static mb_status take_all(mb_import_past *past, const cJSON *entries, mb_error *error)
{
    const cJSON *suite, *entry;
    size_t count = 0;
    cJSON_ArrayForEach(suite, entries) count += (size_t)cJSON_GetArraySize(suite);
    past->runs = mb_arena_alloc(&past->arena, (count + 1) * sizeof *past->runs);
    mb_status status = past->runs != NULL ? MB_OK : mb_error_no_memory(error);
    for (suite = cJSON_IsObject(entries) ? entries->child : NULL; suite != NULL && status == MB_OK; suite = suite->next)
        for (entry = cJSON_IsArray(suite) ? suite->child : NULL; entry != NULL && status == MB_OK; entry = entry->next)
            status = take_run(past, suite->string, entry, error);
    return status;
}

mb_status mb_import_past_read(const char *path, mb_import_past *past, mb_error *error)
{
    char head[64] = "", *text = NULL;
    mb_input input;
    *past = (mb_import_past){0};
    if (strcmp(path, "-") == 0) /* is read once: as a file of one run */
        return MB_OK;
    mb_status status = mb_input_open(&input, path, path, error);
    if (status != MB_OK)
        return status;
    size_t length = input.length < sizeof head ? (size_t)input.length : sizeof head - 1;
    status = mb_input_read(&input, 0, head, length, error);
    size_t begin = status == MB_OK ? mb_import_action_begin(head) : 0;
    if (begin > 0 && input.length > MB_IMPORT_BYTES_MAX)
        status = mb_error_set(error, MB_ERROR_FORMAT, "%s: larger than %d bytes", path, MB_IMPORT_BYTES_MAX);
    else if (begin > 0)
        status = mb_input_text(&input, &text, error);
    mb_input_close(&input);
    if (status != MB_OK || begin == 0)
        return status;
    cJSON *root = cJSON_Parse(text + begin);
    if (root == NULL)
        status = mb_error_set(error, MB_ERROR_FORMAT, "%s: github-action-benchmark's file: it is not JSON", path);
    else
        status = take_all(past, cJSON_GetObjectItemCaseSensitive(root, "entries"), error);
    if (status == MB_OK && past->run_count == 0)
        status =
            mb_error_set(error, MB_ERROR_FORMAT, "%s: github-action-benchmark's file: no run of a commit in it", path);
    cJSON_Delete(root);
    free(text);
    if (status != MB_OK)
        mb_import_past_fini(past);
    return status;
}

void mb_import_past_fini(mb_import_past *past)
{
    for (size_t i = 0; i < past->run_count; i++)
        free(past->runs[i].json);
    mb_arena_fini(&past->arena);
    *past = (mb_import_past){0};
}
