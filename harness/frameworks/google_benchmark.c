/* Google Benchmark: a case's iterations are fixed, and what it tells is read from its JSON. */
#include "frameworks/frameworks.h"

#include "base/hash.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITERATIONS = 10 }; /* of the first run; the others have two and three times as many */

static bool have_one_width(int64_t number, int64_t other)
{
    return snprintf(NULL, 0, "%lld", (long long)number) == snprintf(NULL, 0, "%lld", (long long)other);
}

static int64_t threads_of(const char *id)
{
    const char *at = strstr(id, "/threads:");
    int64_t count = at != NULL ? strtoll(at + strlen("/threads:"), NULL, 10) : 1;
    return count > 0 && count <= 1 << 20 ? count : 1;
}

/* The library writes how often a thread iterates, in the benchmark's name, and how often all of them did. Both have to
 * have one width in all three runs: a further digit is a byte more of its strings, which would be taken for the
 * benchmark's. So there are as many as asked for, or the next more where that is so. */
static int iterations_of(const char *id, int run)
{
    int64_t count = mb_environment_integer("MEMBENCH_ITERATIONS", ITERATIONS), threads = threads_of(id);
    while (!have_one_width(count, 3 * count) || !have_one_width(count * threads, 3 * count * threads))
        count++;
    return (int)(run * count);
}

/* "10x" is an error to 1.7, and how often to iterate to later ones. */
static bool list_arguments(mb_arguments *arguments, int attempt)
{
    mb_arguments_add(arguments, "--benchmark_list_tests=true");
    if (attempt == 0)
        mb_arguments_add(arguments, "--benchmark_min_time=%dx", ITERATIONS);
    return attempt < 2;
}

static const char *settle(int attempt, const char **why_not)
{
    if (attempt == 0)
        return mb_framework_google_benchmark.name;
    if (mb_iterations_can_be_set())
        return mb_framework_google_benchmark_1_7.name;
    *why_not = "its Google Benchmark is linked statically and older than 1.8, so its iterations cannot be set "
               ": link libbenchmark.so, or 1.8 or later";
    return NULL;
}

/* Parts of a name that say how often or how long: "a/iterations:7/threads:2" is the case "a/threads:2". */
static void strip_durations(char *name)
{
    static const char *const parts[] = {"/iterations:", "/min_time:", "/min_warmup_time:"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        for (char *at = name; (at = strstr(at, parts[i])) != NULL;) {
            size_t length = strlen(parts[i]) + strspn(at + strlen(parts[i]), "0123456789.");
            if (at[length] == '/' || at[length] == '\0')
                memmove(at, at + length, strlen(at + length) + 1);
            else
                at += length;
        }
}

typedef struct listing {
    char *message;
    size_t case_count;
    uint64_t seen[4096]; /* hashes of names: two benchmarks of one name are one case */
} listing;

static bool is_seen(listing *l, const char *name)
{
    uint64_t hash = mb_hash_text(MB_HASH_FIRST, name);
    for (size_t i = 0; i < l->case_count && i < sizeof l->seen / sizeof l->seen[0]; i++)
        if (l->seen[i] == hash)
            return true;
    if (l->case_count < sizeof l->seen / sizeof l->seen[0])
        l->seen[l->case_count] = hash;
    return false;
}

static void take_name(char *line, void *context)
{
    listing *l = context;
    if (*line == '\0' || *l->message != '\0')
        return;
    strip_durations(line);
    if (!mb_framework_refuses(line, l->message) && !is_seen(l, line)) {
        mb_framework_tell_case(line);
        l->case_count++;
    }
}

static bool list(const char *printed, char message[MB_MESSAGE_BYTES_MAX])
{
    static listing l;
    l.message = message;
    mb_lines_walk(printed, take_name, &l);
    return *message == '\0';
}

/* A regular expression that matches this name, wherever its durations are. Of which grammar depends on how the
 * library was built: a class of one character is the same in all of them. */
static void add_filter(mb_arguments *arguments, const char *id)
{
    static const char durations[] = "(/(iterations|min_time|min_warmup_time):[0-9.]+)*";
    char filter[(sizeof durations + 2) * MB_ID_BYTES_MAX];
    size_t length = 0;
    for (const char *c = id;; c++) {
        if (*c == '/' || *c == '\0')
            length += (size_t)sprintf(filter + length, "%s", durations);
        if (*c == '\0')
            break;
        bool is_special = strchr(".|?*+()[{$", *c) != NULL, is_worse = strchr("^\\]}", *c) != NULL;
        length += (size_t)sprintf(filter + length, is_special ? "[%c]" : "%c", is_worse ? '.' : *c);
    }
    filter[length] = '\0';
    mb_arguments_add(arguments, "--benchmark_filter=^%s$", filter);
}

static void add_common(mb_arguments *arguments, const char *id)
{
    add_filter(arguments, id);
    mb_arguments_add(arguments, "--benchmark_format=json"); /* figures of one width: other formats vary by a byte */
    mb_arguments_add(arguments, "--benchmark_out=%s", mb_output_path());
    mb_arguments_add(arguments, "--benchmark_out_format=json");
}

static void sample_arguments(mb_arguments *arguments, const char *id, int run)
{
    add_common(arguments, id);
    if (run > 0)
        mb_arguments_add(arguments, "--benchmark_min_time=%dx", iterations_of(id, run));
    else
        mb_arguments_add(arguments, "--benchmark_min_time=%.6fs",
                         (double)mb_environment_integer("MEMBENCH_TIME_MIN_NS", 50000000) / 1e9);
}

static void sample_arguments_1_7(mb_arguments *arguments, const char *id, int run)
{
    add_common(arguments, id);
    mb_iterations_set((uint64_t)iterations_of(id, run));
    if (run == 0)
        mb_arguments_add(arguments, "--benchmark_min_time=%.6f",
                         (double)mb_environment_integer("MEMBENCH_TIME_MIN_NS", 50000000) / 1e9);
}

typedef struct reading {
    mb_told *told;
    locale_t locale; /* a program may have chosen one with a decimal comma */
    bool has_begun;  /* the array of benchmarks */
    bool is_aggregate;
    double real, cpu, unit_ns;
} reading;

/* Takes a JSON text of one line to pieces in place: no more of its escapes than JSON's writer here makes. */
static char *unquote(char *text)
{
    char *to = text;
    for (const char *from = text + 1; *from != '\0' && *from != '"'; from++) {
        if (*from == '\\' && from[1] != '\0')
            from++;
        *to++ = *from;
    }
    *to = '\0';
    return text;
}

static bool is_told_by_itself(const char *key)
{
    static const char *const keys[] = {
        "family_index", "per_family_instance_index", "repetitions",     "repetition_index",
        "threads",      "bytes_per_second",          "items_per_second"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

/* Whole ones only: what depends on time or is a share is not a count. */
static void take_counter(reading *r, const char *key, double value)
{
    mb_told *told = r->told;
    size_t at = 0;
    if (is_told_by_itself(key) || !(fabs(value) <= 9007199254740992.0) || value != floor(value))
        return;
    while (at < told->count_count && strncmp(told->counts[at].name, key, MB_NAME_BYTES_MAX - 1) != 0)
        at++;
    if (at == MB_COUNTS_MAX)
        return;
    snprintf(told->counts[at].name, MB_NAME_BYTES_MAX, "%.63s", key);
    told->counts[at].value = (int64_t)value;
    told->count_count += at == told->count_count;
}

static void take_number(reading *r, const char *key, const char *text)
{
    char *end;
    double value = strtod_l(text, &end, r->locale);
    if (end == text)
        return;
    if (strcmp(key, "iterations") == 0)
        r->told->iteration_count += (uint64_t)value;
    else if (strcmp(key, "real_time") == 0)
        r->real = value;
    else if (strcmp(key, "cpu_time") == 0)
        r->cpu = value;
    else
        take_counter(r, key, value);
}

static void take_text(reading *r, const char *key, const char *text)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
    if (strcmp(key, "run_type") == 0)
        r->is_aggregate = strcmp(text, "iteration") != 0;
    else if (strcmp(key, "error_message") == 0 || strcmp(key, "skip_message") == 0)
        snprintf(r->told->message, MB_MESSAGE_BYTES_MAX, "%.399s", text);
    for (size_t i = 0; i < 4 && strcmp(key, "time_unit") == 0; i++)
        if (strcmp(text, units[i].name) == 0)
            r->unit_ns = units[i].ns;
}

static void end_repetition(reading *r)
{
    mb_told *told = r->told;
    if (r->unit_ns > 0 && told->repetition_count < MB_FRAMEWORK_REPETITIONS_MAX && r->real >= 0 && r->cpu >= 0) {
        told->real_ns[told->repetition_count] = r->real * r->unit_ns;
        told->cpu_ns[told->repetition_count++] = r->cpu * r->unit_ns;
    }
    r->is_aggregate = false;
    r->unit_ns = 0;
}

/* Each member of a benchmark's object is a line of its own. */
static void take_line(char *line, void *context)
{
    reading *r = context;
    char *key = line + strspn(line, " ");
    r->has_begun = r->has_begun || strcmp(key, "\"benchmarks\": [") == 0;
    if (!r->has_begun)
        return;
    if (*key == '}')
        end_repetition(r);
    char *end = *key == '"' ? strstr(key, "\": ") : NULL;
    if (end == NULL)
        return;
    *end = '\0';
    char *value = end + 3;
    if (*value == '"')
        take_text(r, key + 1, unquote(value));
    else if (strncmp(value, "true", 4) == 0 &&
             (strcmp(key + 1, "error_occurred") == 0 || strcmp(key + 1, "skipped") == 0))
        r->told->is_skipped = true;
    else if (!r->is_aggregate)
        take_number(r, key + 1, value);
}

static void read_told(const char *printed, mb_told *told)
{
    reading r = {.told = told, .locale = newlocale(LC_ALL_MASK, "C", (locale_t)0)};
    mb_lines_walk(printed, take_line, &r);
    freelocale(r.locale);
}

const mb_framework mb_framework_google_benchmark = {.name = "google_benchmark",
                                                    .run_count = 3,
                                                    .has_times = true,
                                                    .writes_file = true,
                                                    .refusal = "expected to be a double",
                                                    .list_arguments = list_arguments,
                                                    .settle = settle,
                                                    .list = list,
                                                    .sample_arguments = sample_arguments,
                                                    .read = read_told};
const mb_framework mb_framework_google_benchmark_1_7 = {.name = "google_benchmark_1.7",
                                                        .run_count = 3,
                                                        .has_times = true,
                                                        .writes_file = true,
                                                        .list_arguments = list_arguments,
                                                        .settle = settle,
                                                        .list = list,
                                                        .sample_arguments = sample_arguments_1_7,
                                                        .read = read_told};
