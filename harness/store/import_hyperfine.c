/* hyperfine's --export-json, its own or `membench exec --export-json`: commands with their times and peaks. */
#include "store/import.h"
#include "store/json_reader.h"

#include "model/result.h"

#include <stdio.h>
#include <string.h>

static const double NS = 1e9;

static bool knows(const char *text, size_t length)
{
    static const char key[] = "\"results\"";
    size_t at = strspn(text, " \t\r\n{");
    return length > 0 && text[strspn(text, " \t\r\n")] == '{' && strncmp(text + at, key, sizeof key - 1) == 0;
}

static void write_value(mb_json_writer *json, const char *name, const cJSON *value, double factor)
{
    if (cJSON_IsNumber(value))
        mb_json_write_number(json, name, value->valuedouble * factor);
}

static bool write_command(const cJSON *item, mb_json_writer *json, mb_import_problem *problem)
{
    char id[MB_ID_BYTES_MAX];
    const cJSON *command = cJSON_GetObjectItemCaseSensitive(item, "command");
    const cJSON *times = cJSON_GetObjectItemCaseSensitive(item, "times");
    const cJSON *peaks = cJSON_GetObjectItemCaseSensitive(item, "memory_usage_byte");
    size_t length = cJSON_IsString(command) ? mb_import_name(id, "exec", command->valuestring) : 0;
    if (length == 0 || !cJSON_IsArray(times)) {
        snprintf(problem->text, sizeof problem->text,
                 "a result lacks its command or times, or its command is too long");
        return false;
    }
    const cJSON *time, *peak = peaks != NULL ? peaks->child : NULL;
    cJSON_ArrayForEach(time, times)
    {
        mb_import_open_sample(json, id, length);
        write_value(json, "real_time", time, NS);
        write_value(json, "process_sampled_peak_rss_bytes", peak, 1);
        mb_json_write_close(json, '}');
        peak = peak != NULL ? peak->next : NULL;
    }
    return true;
}

static bool convert(const char *text, size_t length, mb_json_writer *json, mb_import_problem *problem)
{
    (void)length;
    cJSON *root = cJSON_Parse(text); /* arrays of numbers as values, which mb_json takes out */
    const cJSON *results = cJSON_GetObjectItemCaseSensitive(root, "results"), *item;
    bool is_fine = cJSON_IsArray(results);
    if (!is_fine)
        snprintf(problem->text, sizeof problem->text, "not JSON with an array of results");
    cJSON_ArrayForEach(item, results) is_fine = is_fine && write_command(item, json, problem);
    cJSON_Delete(root);
    return is_fine;
}

const mb_import_reader mb_import_hyperfine = {.name = "hyperfine", .knows = knows, .convert = convert};
