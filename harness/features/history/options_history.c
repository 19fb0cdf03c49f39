/* Options of history and bisect. */
#include "command/options_table.h"

#include "base/units.h"

#include <stdlib.h>
#include <string.h>

#define SET_TEXT(field)                                                                                                \
    static mb_status set_##field(mb_options *options, const char *value, mb_error *error)                              \
    {                                                                                                                  \
        (void)error;                                                                                                   \
        options->history.field = value;                                                                                \
        return MB_OK;                                                                                                  \
    }
SET_TEXT(db)
SET_TEXT(commit)
SET_TEXT(branch)
SET_TEXT(program)
SET_TEXT(older)
SET_TEXT(good)
SET_TEXT(bad)
MB_OPTION_TEXT(out)
MB_OPTION_TEXT(format)
MB_OPTION_FLAG(quiet)
MB_OPTION_FLAG(verbose)

static mb_status set_again(mb_options *options, const char *value, mb_error *error)
{
    (void)value;
    (void)error;
    options->history.again = true;
    return MB_OK;
}

static mb_status set_machine(mb_options *options, const char *value, mb_error *error)
{
    uint64_t number;
    options->history.machine = value;
    return mb_option_unsigned("machine", value, 1, INT32_MAX, &number, error);
}

static mb_status set_keep(mb_options *options, const char *value, mb_error *error)
{
    return mb_option_count("keep", value, 1, 1000000000, &options->history.keep_count, error);
}

static mb_status set_least(mb_options *options, const char *value, mb_error *error)
{
    options->history.least_given = true;
    return mb_option_fraction("least", value, &options->history.least_ratio, error);
}

static mb_status set_confidence(mb_options *options, const char *value, mb_error *error)
{
    double level;
    if (!mb_parse_ratio(value, &level) || level < 0.5 || level >= 1)
        return mb_option_usage(error, "confidence-level", value, "a level from 0.5 to below 1, such as 0.99");
    options->history.confidence_given = true;
    options->history.confidence_level = level;
    return MB_OK;
}

/* bisect hands these on as they are; a mistake shows before anything is built. */
static mb_status set_threshold(mb_options *options, const char *value, mb_error *error)
{
    options->history.threshold = value;
    return mb_options_set_threshold(options, value, error);
}

static mb_status set_metrics(mb_options *options, const char *value, mb_error *error)
{
    options->history.metrics = value;
    return mb_options_set_metrics(options, value, error);
}

static mb_status set_bench_program(mb_options *options, const char *value, mb_error *error)
{
    if (options->plan.program_count == MB_PROGRAMS_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "--program: more than %d programs", MB_PROGRAMS_MAX);
    options->plan.programs[options->plan.program_count++] = value;
    return MB_OK;
}

static mb_status set_color(mb_options *options, const char *value, mb_error *error)
{
    if (mb_when_find(value, &options->color))
        return MB_OK;
    return mb_option_usage(error, "color", value, "auto, always or never");
}

enum { HISTORY = MB_VERB_HISTORY, BISECT = MB_VERB_BISECT };

/* clang-format off */
static const mb_option_row rows[] = {
    {"History", "db", 0, "FILE", HISTORY, set_db, "the database (.membench/history.db)"},
    {NULL, "commit", 'c', "COMMIT", HISTORY, set_commit, "record, import: what was measured; any name, where git knows no such\ncommit (the one that is checked out)"},
    {NULL, "branch", 'b', "NAME", HISTORY, set_branch, "record, import: the commit's branch (the one that is checked out);\nelse what is shown (the one most commits were recorded of), or all"},
    {NULL, "again", 0, NULL, HISTORY, set_again, "record, import: another run of a build that was recorded before"},
    {NULL, "machine", 0, "N", HISTORY, set_machine, "show just this machine class: a number of membench history list"},
    {NULL, "program", 'p', "NAME", HISTORY, set_program, "show just what the program of that file name measured"},
    {NULL, "metrics", 'm', "LIST", HISTORY, set_metrics, "show just these: anon, steady_anon, heap, ... (show: anon and heap;\nchanges: those that gate)"},
    {NULL, "least", 0, "RATIO", HISTORY, set_least, "leave out changes smaller than that (1%; exact metrics 0)"},
    {NULL, "confidence-level", 0, "LEVEL", HISTORY, set_confidence, "changes of noisy metrics that are less sure are none (0.99)"},
    {NULL, "keep", 0, "N", HISTORY, set_keep, "prune: keep the newest N commits of each branch"},
    {NULL, "older", 0, "DATE", HISTORY, set_older, "prune: remove commits made before that day, such as 2026-01-31"},
    {NULL, "verbose", 'v', NULL, HISTORY, set_verbose, "changes: of every metric"},
    {"Bisection", "good", 0, "COMMIT", BISECT, set_good, "a commit before the change: what the others are held against"},
    {NULL, "bad", 0, "COMMIT", BISECT, set_bad, "a commit after it (HEAD)"},
    {NULL, "program", 'p', "NAME", BISECT, set_bench_program, "in what was built, the bench program of that file name; repeatable\n(all of them)"},
    {NULL, "threshold", 't', "RATIO", BISECT, set_threshold, "growth that is allowed (10%), or by metric: anon=5%,time=20%"},
    {NULL, "metrics", 'm', "LIST", BISECT, set_metrics, "judge just these: anon, heap, time, ..."},
    {NULL, "verbose", 'v', NULL, BISECT, set_verbose, "show what the builds print"},
    {"Output", "out", 'o', "FILE", HISTORY, set_out, "write to FILE; - is standard output"},
    {NULL, "format", 0, "NAME", HISTORY, set_format, "text, csv or json; of show also html, svg and png (text)"},
    {NULL, "color", 0, "WHEN", HISTORY, set_color, "auto, always or never (auto; NO_COLOR is respected)"},
    {NULL, "quiet", 'q', NULL, HISTORY | BISECT, set_quiet, "say nothing of what went well"},
};
/* clang-format on */
const mb_option_table mb_options_history = {rows, sizeof rows / sizeof rows[0]};
