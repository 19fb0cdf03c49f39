/* Go's text of benchmarks, `go test -bench . -benchmem`, which benchstat reads: a line for each sample. */
#include "store/import.h"

#include "base/number_text.h"
#include "model/metric.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char prefix[] = "Benchmark";

typedef struct word {
    const char *text;
    size_t length;
} word;

/* The next word of the line; false at its end. */
static bool next_word(const char **at, const char *end, word *found)
{
    while (*at < end && isspace((unsigned char)**at))
        ++*at;
    found->text = *at;
    while (*at < end && !isspace((unsigned char)**at))
        ++*at;
    found->length = (size_t)(*at - found->text);
    return found->length > 0;
}

static bool begins(const char *line, const char *end, const char *with)
{
    size_t length = strlen(with);
    return (size_t)(end - line) > length && memcmp(line, with, length) == 0;
}

static bool is_number(const word *w, double *value)
{
    return mb_number_parse(w->text, w->text + w->length, value) == w->text + w->length;
}

/* "BenchmarkParse-8  1000  …": name and number of iterations. */
static bool is_sample(const char *line, const char *end)
{
    word name, count;
    double value;
    return begins(line, end, prefix) && next_word(&line, end, &name) && next_word(&line, end, &count) &&
           is_number(&count, &value);
}

static const char *end_of(const char *line, const char *end)
{
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    return newline != NULL ? newline : end;
}

static bool knows(const char *text, size_t length)
{
    const char *end = text + length;
    for (const char *line = text, *stop; line < end; line = stop + 1) {
        stop = end_of(line, end);
        if (is_sample(line, stop))
            return true;
        if (*line == '{' || *line == '[')
            return false;
    }
    return false;
}

/* Go's units, and those that membench's own gobench format writes: a metric's name with hyphens. Others have no metric.
 */
static void write_value(mb_json_writer *json, const word *unit, double value)
{
    static const char *const names[][2] = {
        {"ns/op", "real_time"}, {"B/op", "total_allocated_bytes"}, {"allocs/op", "allocs_per_iter"}};
    char name[MB_METRIC_NAME_BYTES_MAX];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i][0]) == unit->length && memcmp(names[i][0], unit->text, unit->length) == 0) {
            mb_json_write_number(json, names[i][1], value);
            return;
        }
    if (unit->length >= sizeof name)
        return;
    for (size_t i = 0; i < unit->length; i++)
        name[i] = unit->text[i] == '-' ? '_' : unit->text[i];
    name[unit->length] = '\0';
    if (mb_metric_find(name, unit->length) >= 0)
        mb_json_write_number(json, name, value);
}

static bool write_sample(const char *line, const char *end, const word *package, mb_json_writer *json,
                         mb_import_problem *problem)
{
    word name, count, number, unit;
    char id[2 * MB_ID_BYTES_MAX];
    double value;
    next_word(&line, end, &name);
    next_word(&line, end, &count);
    int length =
        snprintf(id, sizeof id, "%.*s%s%.*s", (int)package->length, package->text, package->length > 0 ? "/" : "",
                 (int)(name.length - sizeof prefix + 1), name.text + sizeof prefix - 1);
    if (name.length < sizeof prefix || length >= (int)sizeof id) {
        snprintf(problem->text, sizeof problem->text, "a benchmark's name is missing or too long");
        return false;
    }
    mb_import_open_sample(json, id, (size_t)length);
    while (next_word(&line, end, &number)) {
        if (!is_number(&number, &value) || !next_word(&line, end, &unit)) {
            snprintf(problem->text, sizeof problem->text, "\"%.*s\" is not a number with a unit",
                     (int)(number.length < 40 ? number.length : 40), number.text);
            return false;
        }
        write_value(json, &unit, value);
    }
    mb_json_write_close(json, '}');
    return true;
}

/* Cases of several packages are told apart by them; of one, names alone do. */
static bool has_packages(const char *text, const char *end)
{
    word first = {NULL, 0};
    for (const char *line = text, *stop; line < end; line = stop + 1) {
        word found;
        stop = end_of(line, end);
        const char *at = line + 4;
        if (!begins(line, stop, "pkg:") || !next_word(&at, stop, &found))
            continue;
        if (first.text != NULL && (first.length != found.length || memcmp(first.text, found.text, found.length) != 0))
            return true;
        first = found;
    }
    return false;
}

static bool convert(const char *text, size_t length, mb_json_writer *json, mb_import_problem *problem)
{
    const char *end = text + length;
    bool tells_packages = has_packages(text, end);
    word package = {"", 0};
    for (const char *line = text, *stop; line < end; line = stop + 1) {
        stop = end_of(line, end);
        problem->line++;
        const char *at = line + 4;
        if (tells_packages && begins(line, stop, "pkg:"))
            (void)next_word(&at, stop, &package);
        if (is_sample(line, stop) && !write_sample(line, stop, &package, json, problem))
            return false;
    }
    return true;
}

const mb_import_reader mb_import_go = {.name = "Go", .knows = knows, .convert = convert};
