/* DHAT's JSON, dhat.out.PID: of each stack ("pps") the bytes and blocks in all (tb, tbk), at the peak of all (gb) and
 * at the end (eb). Their sums are one sample, under the names that Google Benchmark gives to what was counted. */
#include "store/import.h"

#include "model/result.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static bool knows(const char *text, size_t length)
{
    static const char key[] = "{\"dhatFileVersion\"";
    return length > sizeof key && strncmp(text, key, sizeof key - 1) == 0;
}

static bool add(const cJSON *point, const char *key, double *sum)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(point, key);
    *sum += cJSON_IsNumber(value) ? value->valuedouble : 0;
    return cJSON_IsNumber(value);
}

static bool convert(const char *text, size_t length, mb_json_writer *json, mb_import_problem *problem)
{
    char id[MB_ID_BYTES_MAX];
    double bytes = 0, blocks = 0, peak = 0, end = 0;
    (void)length;
    cJSON *root = cJSON_Parse(text);
    const cJSON *command = cJSON_GetObjectItemCaseSensitive(root, "cmd"), *point;
    const cJSON *points = cJSON_GetObjectItemCaseSensitive(root, "pps");
    bool is_fine = cJSON_IsString(command) && cJSON_IsArray(points);
    cJSON_ArrayForEach(point, points) is_fine = is_fine && add(point, "tb", &bytes) && add(point, "tbk", &blocks) &&
                                                add(point, "gb", &peak) && add(point, "eb", &end);
    if (!is_fine)
        snprintf(problem->text, sizeof problem->text, "no \"cmd\" and \"pps\" with tb, tbk, gb and eb (--mode=heap)");
    else if (!mb_import_name_command(id, "dhat", command->valuestring, problem))
        is_fine = false;
    if (is_fine) {
        mb_import_open_sample(json, id, strlen(id));
        mb_json_write_number(json, "total_allocated_bytes", bytes);
        mb_json_write_number(json, "allocs_per_iter", blocks);
        mb_json_write_number(json, "max_bytes_used", peak);
        mb_json_write_number(json, "net_heap_growth", end);
        mb_json_write_close(json, '}');
    }
    cJSON_Delete(root);
    return is_fine;
}

const mb_import_reader mb_import_dhat = {.name = "DHAT", .knows = knows, .convert = convert};
