/* The options of soak. */
#include "command/options_table.h"
#include "features/soak/soak_options.h"

#include "base/units.h"

#include <string.h>

/* Room is left for the looks of --until-verdict and the trim. */
enum { PHASES_GIVEN_MAX = MB_SOAK_PHASES_MAX - MB_SOAK_LOOKS - 2 };

static mb_status add_phase(mb_options *options, mb_soak_kind kind, const char *value, mb_error *error)
{
    mb_soak_options *soak = mb_soak_of(options);
    uint64_t length_ns;
    mb_status status = mb_option_time(mb_soak_kind_name(kind), value, &length_ns, error);
    if (status != MB_OK)
        return status;
    if (length_ns == 0)
        return mb_option_usage(error, mb_soak_kind_name(kind), value, "a time above 0");

    if (soak->phase_count == PHASES_GIVEN_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "more than %d phases", PHASES_GIVEN_MAX);
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
        mb_soak_of(options)->pid = (long)pid;
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
    mb_soak_of(options)->interval_seconds = (double)interval_ns / 1e9;
    return MB_OK;
}

static mb_status set_period(mb_options *options, const char *value, mb_error *error)
{
    uint64_t period_ns = 0;
    mb_status status = mb_option_time("period", value, &period_ns, error);
    if (status == MB_OK)
        mb_soak_of(options)->period_seconds = (double)period_ns / 1e9;
    return status;
}

static mb_status set_columns(mb_options *options, const char *value, mb_error *error)
{
    mb_soak_of(options)->columns_given = mb_soak_said_parse(value, &mb_soak_of(options)->columns);
    return mb_soak_of(options)->columns_given
               ? MB_OK
               : mb_option_usage(error, "columns", value, "a time and a size, such as t:ms,rss:kB or 1,3:MiB");
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
            mb_soak_of(options)->tolerance_bytes_per_hour = (double)tolerance_bytes;
            mb_soak_of(options)->tolerance_given = true;
            return MB_OK;
        }
    }
    return mb_option_usage(error, "tolerance", value, "a growth such as 256KiB/h");
}

static mb_status set_limit(mb_options *options, const char *value, mb_error *error)
{
    if (!mb_parse_bytes(value, &mb_soak_of(options)->limit_bytes) || mb_soak_of(options)->limit_bytes == 0)
        return mb_option_usage(error, "limit", value, "a size above 0, such as 64MiB");
    return MB_OK;
}

static mb_status set_metric(mb_options *options, const char *value, mb_error *error)
{
    static const struct {
        const char *name;
        mb_soak_field field;
    } names[] = {{"anon", MB_SOAK_ANON_BYTES}, {"rss", MB_SOAK_RSS_BYTES}, {"heap", MB_SOAK_HEAP_LIVE_BYTES}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(value, names[i].name) == 0) {
            mb_soak_of(options)->field = names[i].field;
            mb_soak_of(options)->field_given = true;
            return MB_OK;
        }
    return mb_option_usage(error, "metric", value, "anon, rss or heap");
}

static mb_status set_time_scale(mb_options *options, const char *value, mb_error *error)
{
    double scale = 0;
    if (!mb_parse_ratio(value, &scale) || !(scale >= 1 && scale <= 100000))
        return mb_option_usage(error, "time-scale", value, "a number from 1 to 100000");
    mb_soak_of(options)->time_scale = scale;
    return MB_OK;
}

enum { SOAK = MB_VERB_SOAK };

static const mb_option_row rows[] = {MB_SOAK_OPTIONS(MB_OPTION_ROW)};
const mb_option_table mb_options_soak = {rows, sizeof rows / sizeof rows[0]};
