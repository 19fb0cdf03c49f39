/* project.c: what membench.json of the current folder adds to the command line, which goes before it. */
#include "session/policy.h"
#include "store/project_file.h"

mb_status mb_options_apply_project(mb_options *options, mb_arena *arena, mb_error *error)
{
    mb_project project = {0};
    bool exists;
    mb_status status = mb_project_read(MB_PROJECT_FILE, arena, &exists, &project, error);
    if (status != MB_OK || !exists)
        return status;
    status = mb_policy_apply(&options->policy, options, &project.rules, error);
    for (size_t i = 0; i < project.case_count && status == MB_OK; i++)
        status = mb_policies_add(options, &project.cases[i], error);
    if (status != MB_OK || options->program_count > 0)
        return status;
    if (project.program_count > MB_PROGRAMS_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, MB_PROJECT_FILE ": more than %d programs", MB_PROGRAMS_MAX);
    for (size_t i = 0; i < project.program_count; i++)
        options->programs[options->program_count++] = project.programs[i];
    options->is_project_whole = project.program_count > 0;
    return MB_OK;
}
