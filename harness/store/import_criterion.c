#include "store/import_criterion.h"

#include "base/memory_file.h"
#include "model/metric.h"
#include "model/result.h"
#include "store/import.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 8, FOLDERS_MAX = 100000 /* where somebody names / */, FILE_BYTES_MAX = 4 * 1024 * 1024 };

typedef struct walk {
    mb_json_writer json;
    size_t case_count, folder_count;
    mb_error *error;
} walk;

/* A JSON file of the folder, for the caller to delete; *root NULL where there is none. */
static mb_status read_json(const char *folder, const char *name, cJSON **root, mb_error *error)
{
    char path[PATH_MAX];
    mb_input input;
    *root = NULL;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= PATH_MAX || access(path, F_OK) != 0)
        return MB_OK;
    mb_status status = mb_input_open(&input, path, path, error);
    if (status != MB_OK)
        return status;
    char *text = NULL;
    if (input.length > FILE_BYTES_MAX)
        status = mb_error_set(error, MB_ERROR_FORMAT, "%s: larger than %d bytes", path, FILE_BYTES_MAX);
    else
        status = mb_input_text(&input, &text, error);
    if (status == MB_OK) {
        *root = cJSON_Parse(text);
        if (*root == NULL)
            status = mb_error_set(error, MB_ERROR_FORMAT, "%s: Criterion's file: it is not JSON", path);
    }
    free(text);
    mb_input_close(&input);
    return status;
}

/* "jobs/10/steady_heap_live_bytes" is a metric of jobs/10; any other id has times. */
static const char *key_of(const char *id, size_t *id_length)
{
    const char *last = strrchr(id, '/');
    *id_length = strlen(id);
    if (last == NULL || last == id || mb_metric_find(last + 1, strlen(last + 1)) < 0)
        return "real_time";
    *id_length = (size_t)(last - id);
    return last + 1;
}

static void write_sample(walk *w, const char *id, double value)
{
    size_t length;
    const char *key = key_of(id, &length);
    mb_import_open_sample(&w->json, id, length);
    mb_json_write_number(&w->json, key, value);
    mb_json_write_close(&w->json, '}');
}

/* A sample's time is that of so many iterations. */
static void write_samples(walk *w, const char *id, const cJSON *samples)
{
    const cJSON *times = cJSON_GetObjectItemCaseSensitive(samples, "times");
    const cJSON *iters = cJSON_GetObjectItemCaseSensitive(samples, "iters");
    const cJSON *time = cJSON_IsArray(times) ? times->child : NULL, *iter = cJSON_IsArray(iters) ? iters->child : NULL;
    for (; time != NULL && iter != NULL; time = time->next, iter = iter->next)
        if (cJSON_IsNumber(time) && cJSON_IsNumber(iter) && iter->valuedouble > 0)
            write_sample(w, id, time->valuedouble / iter->valuedouble);
}

/* One case's newest run. */
static mb_status take_run(walk *w, const char *folder)
{
    cJSON *benchmark = NULL, *samples = NULL;
    mb_status status = read_json(folder, "benchmark.json", &benchmark, w->error);
    if (status == MB_OK && benchmark != NULL)
        status = read_json(folder, "sample.json", &samples, w->error);
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(benchmark, "full_id");
    if (status == MB_OK && cJSON_IsString(id) && *id->valuestring != '\0' && samples != NULL) {
        write_samples(w, id->valuestring, samples);
        w->case_count++;
    }
    cJSON_Delete(benchmark);
    cJSON_Delete(samples);
    return status;
}

static int is_visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

static mb_status take_folder(walk *w, const char *folder, int depth)
{
    struct dirent **entries;
    if (++w->folder_count > FOLDERS_MAX)
        return mb_error_set(w->error, MB_ERROR_FORMAT, "%s: more than %d folders", folder, FOLDERS_MAX);
    int count = scandir(folder, &entries, is_visible, alphasort);
    if (count < 0)
        return mb_error_set_errno(w->error, errno, "cannot read the folder %s", folder);
    mb_status status = MB_OK;
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        struct stat about;
        bool is_new = strcmp(entries[i]->d_name, "new") == 0;
        int length = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        free(entries[i]);
        if (status != MB_OK || length >= PATH_MAX || lstat(path, &about) != 0 || !S_ISDIR(about.st_mode))
            continue;
        if (is_new)
            status = take_run(w, path);
        if (status == MB_OK && depth < DEPTH_MAX)
            status = take_folder(w, path, depth + 1);
    }
    free(entries);
    return status;
}

mb_status mb_import_criterion(const char *folder, char **json, size_t *length, mb_error *error)
{
    char *made = NULL;
    walk w = {.json = {.file = mb_memory_file_open(&made, length)}, .error = error};
    if (w.json.file == NULL)
        return mb_error_no_memory(error);
    mb_json_write_open(&w.json, NULL, '{');
    mb_json_write_open(&w.json, "context", '{');
    mb_json_write_close(&w.json, '}');
    mb_json_write_open(&w.json, "benchmarks", '[');
    mb_status status = take_folder(&w, folder, 0);
    mb_json_write_close(&w.json, ']');
    mb_json_write_close(&w.json, '}');
    bool is_whole = mb_memory_file_close(w.json.file, &made);
    if (status == MB_OK && !is_whole)
        status = mb_error_no_memory(error);
    if (status == MB_OK && w.case_count == 0)
        status = mb_error_set(error, MB_ERROR_FORMAT,
                              "%s: a folder, and not one of Criterion: no CASE/new/benchmark.json is in it", folder);
    if (status == MB_OK)
        *json = made;
    else
        free(made);
    return status;
}
