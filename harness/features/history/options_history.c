/* Options of history and bisect. */
#include "command/options_table.h"
#include "features/history/history_options.h"

#include "base/units.h"

#include <stdlib.h>
#include <string.h>

static mb_status set_machine(mb_options *options, const char *value, mb_error *error)
{
    uint64_t number;
    mb_history_of(options)->machine = value;
    return mb_option_unsigned("machine", value, 1, INT32_MAX, &number, error);
}

static mb_status set_least(mb_options *options, const char *value, mb_error *error)
{
    mb_history_of(options)->least_given = true;
    return mb_option_fraction("least", value, &mb_history_of(options)->least_ratio, error);
}

static mb_status set_confidence(mb_options *options, const char *value, mb_error *error)
{
    double level;
    if (!mb_parse_ratio(value, &level) || level < 0.5 || level >= 1)
        return mb_option_usage(error, "confidence-level", value, "a level from 0.5 to below 1, such as 0.99");
    mb_history_of(options)->confidence_given = true;
    mb_history_of(options)->confidence_level = level;
    return MB_OK;
}

/* bisect hands these on as they are; a mistake shows before anything is built. */
static mb_status set_threshold(mb_options *options, const char *value, mb_error *error)
{
    mb_history_of(options)->threshold = value;
    return mb_options_set_threshold(options, value, error);
}

static mb_status set_metrics(mb_options *options, const char *value, mb_error *error)
{
    mb_history_of(options)->metrics = value;
    return mb_options_set_metrics(options, value, error);
}

static mb_status set_bench_program(mb_options *options, const char *value, mb_error *error)
{
    return mb_plan_add_program(&options->plan, value, NULL, error);
}

enum { HISTORY = MB_VERB_HISTORY, BISECT = MB_VERB_BISECT };

static const mb_option_row rows[] = {MB_HISTORY_OPTIONS(MB_OPTION_ROW)};
const mb_option_table mb_options_history = {rows, sizeof rows / sizeof rows[0]};
