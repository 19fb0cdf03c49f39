/* project.c: what membench.json of the current folder adds to the command line, which goes before it. */
#include "results/project.h"
#include "cli/options.h"

#include <string.h>

#define PROJECT_FILE "membench.json"

static mb_status apply_threshold(mb_options *options, const mb_project_threshold *row, const bool *given,
                                 mb_error *error)
{
    bool selected[MB_METRIC_COUNT] = {false};
    if (row->metric == NULL)
        memset(selected, true, sizeof selected);
    else if (!mb_metric_select(row->metric, strlen(row->metric), selected))
        return mb_error_set(error, MB_ERROR_USAGE, PROJECT_FILE ":%d:%d: \"%.64s\" is no metric; see membench --help",
                            row->line, row->column, row->metric);
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
        if (!selected[m] || given[m])
            continue;
        options->policy.threshold_ratio[m] = row->ratio;
        if (row->metric != NULL && mb_options_can_gate(m) && !options->metrics_chosen)
            options->policy.gates[m] = true;
    }
    return MB_OK;
}

mb_status mb_options_apply_project(mb_options *options, mb_arena *arena, mb_error *error)
{
    mb_project project = {0};
    bool exists;
    mb_status status = mb_project_read(PROJECT_FILE, arena, &exists, &project, error);
    if (status != MB_OK || !exists)
        return status;
    for (size_t i = 0; i < project.threshold_count && status == MB_OK; i++)
        status = apply_threshold(options, &project.thresholds[i], options->threshold_given, error);
    if (status != MB_OK || options->program_count > 0)
        return status;
    if (project.program_count > MB_PROGRAMS_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, PROJECT_FILE ": more than %d programs", MB_PROGRAMS_MAX);
    for (size_t i = 0; i < project.program_count; i++)
        options->programs[options->program_count++] = project.programs[i];
    return MB_OK;
}
