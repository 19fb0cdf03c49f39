/* What github-action-benchmark keeps, data.js, of which the newest run of each suite is read; and the lists that it is
 * given, which `--format smaller-is-better` writes. Each value has a name and a unit: those of Go and of Google
 * Benchmark say which metric it is, else the last word of the name does. */
#include "store/import_action.h"
#include "store/import.h"

#include "model/metric.h"
#include "model/result.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static const char data_js[] = "window.BENCHMARK_DATA = ";

size_t mb_import_action_begin(const char *text)
{
    return strncmp(text, data_js, sizeof data_js - 1) == 0 ? sizeof data_js - 1 : 0;
}

static bool knows(const char *text, size_t length)
{
    (void)length;
    if (mb_import_action_begin(text) > 0)
        return true;
    const char *brace = text[0] == '[' ? text + 1 + strspn(text + 1, " \t\r\n") : "";
    return *brace == '{' && strncmp(brace + 1 + strspn(brace + 1, " \t\r\n"), "\"name\"", 6) == 0;
}

/* The key under which the reader of results knows the value, and how much of the name is the case's id. */
static const char *key_of(const char *name, const char *unit, size_t *id_length)
{
    static const char *const units[][2] = {{"ns/op", "real_time"},
                                           {"ns/iter", "real_time"},
                                           {"B/op", "total_allocated_bytes"},
                                           {"allocs/op", "allocs_per_iter"}};
    const char *last = strrchr(name, ' ');
    *id_length = strlen(name);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(unit, units[i][0]) == 0) {
            /* "BenchmarkParse - B/op" */
            if (last != NULL && strcmp(last + 1, unit) == 0 && last - name > 2 && strncmp(last - 2, " -", 2) == 0)
                *id_length = (size_t)(last - 2 - name);
            return units[i][1];
        }
    if (last == NULL || mb_metric_find(last + 1, strlen(last + 1)) < 0)
        return NULL;
    *id_length = (size_t)(last - name);
    return last + 1;
}

size_t mb_import_action_write(const cJSON *list, mb_json_writer *json)
{
    const cJSON *item;
    size_t count = 0;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "name");
        const cJSON *unit = cJSON_GetObjectItemCaseSensitive(item, "unit");
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, "value");
        size_t id_length;
        if (!cJSON_IsString(name) || !cJSON_IsString(unit) || !cJSON_IsNumber(value))
            continue;
        const char *key = key_of(name->valuestring, unit->valuestring, &id_length);
        if (key == NULL)
            continue;
        mb_import_open_sample(json, name->valuestring, id_length);
        mb_json_write_number(json, key, value->valuedouble);
        mb_json_write_close(json, '}');
        count++;
    }
    return count;
}

static bool convert(const char *text, size_t length, mb_json_writer *json, mb_import_problem *problem)
{
    size_t begin = mb_import_action_begin(text), count = 0;
    (void)length;
    cJSON *root = cJSON_Parse(text + begin);
    const cJSON *suite, *entries = cJSON_GetObjectItemCaseSensitive(root, "entries");
    if (begin > 0)
        cJSON_ArrayForEach(suite, entries)
        {
            const cJSON *newest = cJSON_GetArrayItem(suite, cJSON_GetArraySize(suite) - 1);
            count += mb_import_action_write(cJSON_GetObjectItemCaseSensitive(newest, "benches"), json);
        }
    else
        count = mb_import_action_write(root, json);
    if (root == NULL)
        snprintf(problem->text, sizeof problem->text, "it is not JSON");
    else if (count == 0)
        snprintf(problem->text, sizeof problem->text,
                 "no value in it is of a known metric: by its unit (B/op, allocs/op), or the last word of its name");
    cJSON_Delete(root);
    return count > 0;
}

const mb_import_reader mb_import_action = {.name = "github-action-benchmark", .knows = knows, .convert = convert};
