/* The options of soak. */
#include "command/options_table.h"

#include "base/units.h"

#include <string.h>

static mb_status add_phase(mb_options *options, mb_soak_kind kind, const char *value, mb_error *error)
{
    mb_soak_options *soak = &options->soak;
    uint64_t length_ns;
    mb_status status = mb_option_time(mb_soak_kind_name(kind), value, &length_ns, error);
    if (status != MB_OK)
        return status;
    if (length_ns == 0)
        return mb_option_usage(error, mb_soak_kind_name(kind), value, "a time above 0");
    /* Room is left for the four looks of --until-verdict and the trim. */
    if (soak->phase_count == MB_SOAK_PHASES_MAX - MB_SOAK_LOOKS - 1)
        return mb_error_set(error, MB_ERROR_USAGE, "more than %d phases", MB_SOAK_PHASES_MAX - MB_SOAK_LOOKS - 1);
    soak->phases[soak->phase_count++] = (mb_soak_phase){.kind = kind, .length_seconds = (double)length_ns / 1e9};
    return MB_OK;
}

static mb_status set_run(mb_options *options, const char *value, mb_error *error)
{
    return add_phase(options, MB_SOAK_RUN, value, error);
}

static mb_status set_idle(mb_options *options, const char *value, mb_error *error)
{
    return add_phase(options, MB_SOAK_IDLE, value, error);
}

static mb_status set_pid(mb_options *options, const char *value, mb_error *error)
{
    uint64_t pid = 0;
    mb_status status = mb_option_unsigned("pid", value, 1, INT32_MAX, &pid, error);
    if (status == MB_OK)
        options->soak.pid = (long)pid;
    return status;
}

static mb_status set_interval(mb_options *options, const char *value, mb_error *error)
{
    uint64_t interval_ns = 0;
    mb_status status = mb_option_time("interval", value, &interval_ns, error);
    if (status != MB_OK)
        return status;
    if (interval_ns < 10000000)
        return mb_option_usage(error, "interval", value, "a time from 10ms");
    options->soak.interval_seconds = (double)interval_ns / 1e9;
    return MB_OK;
}

static mb_status set_period(mb_options *options, const char *value, mb_error *error)
{
    uint64_t period_ns = 0;
    mb_status status = mb_option_time("period", value, &period_ns, error);
    if (status == MB_OK)
        options->soak.period_seconds = (double)period_ns / 1e9;
    return status;
}

/* "256KiB/h", with the hour left out or not. */
static mb_status set_tolerance(mb_options *options, const char *value, mb_error *error)
{
    char size[32];
    size_t length = strlen(value);
    if (length >= 2 && strcmp(value + length - 2, "/h") == 0)
        length -= 2;
    uint64_t tolerance_bytes = 0;
    if (length < sizeof size) {
        memcpy(size, value, length);
        size[length] = '\0';
        if (mb_parse_bytes(size, &tolerance_bytes)) {
            options->soak.tolerance_bytes_per_hour = (double)tolerance_bytes;
            options->soak.tolerance_given = true;
            return MB_OK;
        }
    }
    return mb_option_usage(error, "tolerance", value, "a growth such as 256KiB/h");
}

static mb_status set_metric(mb_options *options, const char *value, mb_error *error)
{
    static const struct {
        const char *name;
        mb_soak_field field;
    } names[] = {{"anon", MB_SOAK_ANON_BYTES}, {"rss", MB_SOAK_RSS_BYTES}, {"heap", MB_SOAK_HEAP_LIVE_BYTES}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(value, names[i].name) == 0) {
            options->soak.field = names[i].field;
            options->soak.field_given = true;
            return MB_OK;
        }
    return mb_option_usage(error, "metric", value, "anon, rss or heap");
}

static mb_status set_time_scale(mb_options *options, const char *value, mb_error *error)
{
    double scale = 0;
    if (!mb_parse_ratio(value, &scale) || !(scale >= 1 && scale <= 100000))
        return mb_option_usage(error, "time-scale", value, "a number from 1 to 100000");
    options->soak.time_scale = scale;
    return MB_OK;
}

MB_OPTION_FLAG_OF(until_verdict, soak.until_verdict)
MB_OPTION_FLAG_OF(force_verdict, soak.force_verdict)
MB_OPTION_FLAG_OF(heap, soak.heap)
MB_OPTION_TEXT_OF(judge, soak.judge)
MB_OPTION_TEXT(out)

enum { SOAK = MB_VERB_SOAK };

/* clang-format off */
static const mb_option_row rows[] = {
    {"Soak", "run", 0, "TIME", SOAK, set_run, "a phase in which the case is called all the time; repeatable\n(3600 without any phase)"},
    {NULL, "idle", 0, "TIME", SOAK, set_idle, "a phase in which it is not called; repeatable, in the order given"},
    {NULL, "until-verdict", 0, NULL, SOAK, set_until_verdict, "run for 30, 60, 120 or 240 minutes: until there is a verdict"},
    {NULL, "pid", 0, "PID", SOAK, set_pid, "watch a process that runs already"},
    {NULL, "judge", 0, "FILE", SOAK, set_judge, "measure nothing: judge a record, or any CSV of seconds and bytes"},
    {NULL, "interval", 0, "TIME", SOAK, set_interval, "from one reading to the next (1s)"},
    {NULL, "heap", 0, NULL, SOAK, set_heap, "record the heap in use as well: preloads the heap hook (a case only)"},
    {"Verdict", "tolerance", 0, "SIZE/h", SOAK, set_tolerance, "growth up to it, or 1 % of the level an hour, is no leak (256KiB/h)"},
    {NULL, "metric", 0, "NAME", SOAK, set_metric, "what is judged: anon, rss or heap (anon)"},
    {NULL, "period", 0, "TIME", SOAK, set_period, "longest known period of the program: no verdict before three"},
    {NULL, "force-verdict", 0, NULL, SOAK, set_force_verdict, "a verdict below the minimum duration of 30 minutes, marked as such"},
    {"Files", "out", 'o', "STEM", SOAK, set_out, "write STEM.ndjson, .csv, .svg and .png (.membench/soak/NAME-DATE)"},
    {NULL, "time-scale", 0, "N", SOAK, set_time_scale, "for tests: record each second as N seconds"},
};
/* clang-format on */
const mb_option_table mb_options_soak = {rows, sizeof rows / sizeof rows[0]};
