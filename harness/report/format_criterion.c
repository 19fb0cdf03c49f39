/* The criterion format: the folders that Criterion keeps its measurements in, for critcmp and what else reads them.
 *
 *     FOLDER/CASE/METRIC/NAME/{benchmark.json,estimates.json,sample.json}     NAME: the run's, "main"
 *
 * There is no unit in them: readers take every number for nanoseconds, so 4.1 µs of a metric in bytes are 4,100 bytes.
 * A reader stops at the first file that is not whole, so each is renamed into place. Means and their intervals are
 * normal approximations (mean ± 1.96 standard errors); the numbers that decide are membench's own. */
#include "base/json_writer.h"
#include "base/utf8.h"
#include "report/formats.h"
#include "report/tool_formats.h"
#include "report/words.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A part of a path of 255 bytes at most, with room for "-" and a hash. */
enum { PART_BYTES_MAX = 200, PATH_BYTES = 4096 };

static const double sigmas_of_95_percent = 1.96;
static const double median_error_factor = 1.2533; /* of a normal distribution, sqrt(pi / 2) */

typedef struct estimate {
    double point, low, high, error;
} estimate;

typedef struct estimates {
    estimate mean, median, deviation, median_deviation;
} estimates;

static estimate estimate_of(double point, double error)
{
    return (estimate){point, point - sigmas_of_95_percent * error, point + sigmas_of_95_percent * error, error};
}

static estimates estimates_of(const mb_series *series, const mb_summary *summary)
{
    double sum = 0, squares = 0, count = (double)series->count;
    for (size_t i = 0; i < series->count; i++)
        sum += series->values[i];
    double mean = summary->exact ? summary->median : sum / count;
    for (size_t i = 0; i < series->count; i++)
        squares += (series->values[i] - mean) * (series->values[i] - mean);
    double deviation = series->count > 1 ? sqrt(squares / (count - 1)) : 0;
    double error = deviation / sqrt(count);
    return (estimates){.mean = estimate_of(mean, error),
                       .median = estimate_of(summary->median, median_error_factor * error),
                       .deviation = estimate_of(deviation, 0),
                       .median_deviation = estimate_of(summary->deviation, 0)};
}

/* One part of an id as the name of a folder: nothing that a file system or a shell takes for its own. True when it is
 * the part as it is. */
static bool format_part(const char *part, size_t length, char name[PART_BYTES_MAX])
{
    bool is_same = length > 0 && length < PART_BYTES_MAX;
    size_t used = 0;
    for (size_t i = 0; i < length && used + 1 < PART_BYTES_MAX; i++) {
        unsigned char c = (unsigned char)part[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
                        c == '-' || c == '+' || c == '=' || (c == '.' && i > 0);
        name[used++] = is_plain ? (char)c : '_';
        is_same = is_same && is_plain;
    }
    if (used == 0)
        name[used++] = '_';
    name[used] = '\0';
    return is_same;
}

/* The case's folder below the output's: its id, where that can be; else what is left of it and a hash of all of it. */
static void format_folder(const char *id, char *folder, size_t size)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    size_t used = 0;
    bool is_same = true;
    for (const char *c = id; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    for (const char *part = id;; part++) {
        char name[PART_BYTES_MAX];
        size_t length = strcspn(part, "/");
        is_same = format_part(part, length, name) && is_same;
        used += (size_t)snprintf(folder + used, size - used, "%s%s", part == id ? "" : "/", name);
        part += length;
        if (*part == '\0')
            break;
    }
    if (!is_same)
        snprintf(folder + used, size - used, "-%08" PRIx32, hash);
}

/* Makes what is missing of a path. */
static mb_status make_folders(char *path, mb_error *error)
{
    for (char *c = path + 1;; c++) {
        if (*c != '/' && *c != '\0')
            continue;
        char end = *c;
        *c = '\0';
        bool is_made = mkdir(path, 0777) == 0 || errno == EEXIST;
        int errnum = errno;
        if (!is_made)
            return mb_error_set_errno(error, errnum, "cannot create the folder %s", path);
        *c = end;
        if (end == '\0')
            return MB_OK;
    }
}

typedef struct output {
    FILE *file;
    char path[PATH_BYTES], temporary[PATH_BYTES + 8];
} output;

static mb_status begin_output(output *out, const char *folder, const char *name, mb_error *error)
{
    int length = snprintf(out->path, sizeof out->path, "%s/%s", folder, name);
    if (length >= (int)sizeof out->path)
        return mb_error_set(error, MB_ERROR_SYSTEM, "the path %s… is too long", folder);
    snprintf(out->temporary, sizeof out->temporary, "%s.tmp", out->path);
    out->file = fopen(out->temporary, "we");
    if (out->file == NULL)
        return mb_error_set_errno(error, errno, "cannot write %s", out->path);
    return MB_OK;
}

static mb_status end_output(output *out, mb_error *error)
{
    errno = 0;
    bool is_whole = !ferror(out->file);
    is_whole = fclose(out->file) == 0 && is_whole;
    if (is_whole && rename(out->temporary, out->path) == 0)
        return MB_OK;
    int errnum = errno != 0 ? errno : EIO;
    unlink(out->temporary);
    return mb_error_set_errno(error, errnum, "cannot write %s", out->path);
}

static void write_estimate(mb_json_writer *json, const char *key, const estimate *made)
{
    mb_json_write_open(json, key, '{');
    mb_json_write_open(json, "confidence_interval", '{');
    mb_json_write_number(json, "confidence_level", 0.95);
    mb_json_write_number(json, "lower_bound", made->low);
    mb_json_write_number(json, "upper_bound", made->high);
    mb_json_write_close(json, '}');
    mb_json_write_number(json, "point_estimate", made->point);
    mb_json_write_number(json, "standard_error", made->error);
    mb_json_write_close(json, '}');
}

static mb_status write_estimates(const char *folder, const mb_series *series, const mb_summary *summary,
                                 mb_error *error)
{
    output out;
    mb_status status = begin_output(&out, folder, "estimates.json", error);
    if (status != MB_OK)
        return status;
    estimates made = estimates_of(series, summary);
    mb_json_writer json = {.file = out.file, .is_compact = true};
    mb_json_write_open(&json, NULL, '{');
    write_estimate(&json, "mean", &made.mean);
    write_estimate(&json, "median", &made.median);
    write_estimate(&json, "median_abs_dev", &made.median_deviation);
    mb_json_write_null(&json, "slope");
    write_estimate(&json, "std_dev", &made.deviation);
    mb_json_write_close(&json, '}');
    return end_output(&out, error);
}

static mb_status write_sample(const char *folder, const mb_series *series, mb_error *error)
{
    output out;
    mb_status status = begin_output(&out, folder, "sample.json", error);
    if (status != MB_OK)
        return status;
    mb_json_writer json = {.file = out.file, .is_compact = true};
    mb_json_write_open(&json, NULL, '{');
    mb_json_write_text(&json, "sampling_mode", "Flat");
    mb_json_write_open(&json, "iters", '[');
    for (size_t i = 0; i < series->count; i++)
        mb_json_write_number(&json, NULL, 1);
    mb_json_write_close(&json, ']');
    mb_json_write_open(&json, "times", '[');
    for (size_t i = 0; i < series->count; i++)
        mb_json_write_number(&json, NULL, series->values[i]);
    mb_json_write_close(&json, ']');
    mb_json_write_close(&json, '}');
    return end_output(&out, error);
}

/* The metric is where Criterion has the parameter, so that each case is one function with one line a metric. */
static mb_status write_benchmark(const char *folder, const char *directory, const char *id, const char *group,
                                 mb_metric metric, mb_error *error)
{
    output out;
    char full[MB_ID_BYTES_MAX + MB_METRIC_NAME_BYTES_MAX + 2];
    mb_status status = begin_output(&out, folder, "benchmark.json", error);
    if (status != MB_OK)
        return status;
    snprintf(full, sizeof full, "%s/%s", id, mb_metric_name(metric));
    mb_json_writer json = {.file = out.file, .is_compact = true};
    mb_json_write_open(&json, NULL, '{');
    mb_json_write_text(&json, "group_id", group);
    mb_json_write_text(&json, "function_id", id);
    mb_json_write_text(&json, "value_str", mb_metric_name(metric));
    mb_json_write_null(&json, "throughput");
    mb_json_write_text(&json, "full_id", full);
    mb_json_write_text(&json, "directory_name", directory);
    mb_json_write_text(&json, "title", full);
    mb_json_write_close(&json, '}');
    return end_output(&out, error);
}

static mb_status write_metric(const mb_report *report, const mb_case_result *result, mb_metric metric,
                              const mb_summary *summary, mb_error *error)
{
    char directory[PATH_BYTES / 2], path[PATH_BYTES], name[PART_BYTES_MAX];
    const char *run_name = report->model->run_name != NULL ? report->model->run_name : "new";
    format_folder(result->id, directory, sizeof directory);
    size_t used = strlen(directory);
    snprintf(directory + used, sizeof directory - used, "/%s", mb_metric_name(metric));
    format_part(run_name, strlen(run_name), name);
    int length = snprintf(path, sizeof path, "%s/%s/%s", report->options.folder, directory, name);
    if (length >= (int)sizeof path)
        return mb_error_set(error, MB_ERROR_SYSTEM, "the path %s… is too long", report->options.folder);
    mb_status status = make_folders(path, error);
    if (status == MB_OK)
        status = write_sample(path, &result->series[metric], error);
    if (status == MB_OK)
        status = write_benchmark(path, directory, result->id, result->group, metric, error);
    if (status == MB_OK) /* last: this is the one that readers look for */
        status = write_estimates(path, &result->series[metric], summary, error);
    return status;
}

static mb_status criterion_begin(mb_report *report, mb_error *error)
{
    if (report->options.folder == NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "the criterion format is a folder: name it with --out FOLDER");
    return MB_OK;
}

static mb_status criterion_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    mb_status status = MB_OK;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT && status == MB_OK; metric++) {
        mb_summary summary;
        if (item->presence == MB_PRESENCE_GONE || !mb_report_tracks(report, metric))
            continue;
        if (!mb_summary_make(&item->result->series[metric], &summary))
            return mb_error_no_memory(error);
        if (summary.count > 0)
            status = write_metric(report, item->result, metric, &summary, error);
    }
    return status;
}

static mb_status criterion_end(mb_report *report, mb_error *error)
{
    (void)report;
    (void)error;
    return MB_OK;
}

const mb_report_format mb_report_criterion = {.name = "criterion",
                                              .summary = "Criterion's folders, written to --out FOLDER; for critcmp",
                                              .writes_folder = true,
                                              .begin = criterion_begin,
                                              .add = criterion_add,
                                              .end = criterion_end};
