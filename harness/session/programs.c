#include "session/program_globs.h"
#include "session/session.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Absolute path of a program as given: with a slash as it is, without one next to us or on the PATH. */
static mb_status resolve(const char *given, mb_arena *arena, const char **path, mb_error *error)
{
    char resolved[PATH_MAX];
    if (mb_program_is_pattern(given))
        return mb_error_set(error, MB_ERROR_USAGE, "%s: matches no program: build first", given);
    if (realpath(given, resolved) == NULL)
        return mb_error_set_errno(error, errno, "cannot run %s", given);
    *path = mb_arena_copy(arena, resolved);
    return *path != NULL ? MB_OK : mb_error_no_memory(error);
}

static mb_status resolve_all(const char *const *given, size_t given_count, mb_arena *arena,
                             const char *const **programs, size_t *count, mb_error *error)
{
    const char **paths = mb_arena_alloc(arena, (given_count + 1) * sizeof *paths);
    if (paths == NULL)
        return mb_error_no_memory(error);
    for (size_t i = 0; i < given_count; i++) {
        mb_status status = resolve(given[i], arena, &paths[i], error);
        if (status != MB_OK)
            return status;
    }
    *programs = paths;
    *count = given_count;
    return MB_OK;
}

/* $MEMBENCH_PROGRAMS: paths separated by colons, like PATH. */
static mb_status from_variable(const char *text, mb_arena *arena, const char *const **programs, size_t *count,
                               mb_error *error)
{
    size_t given_count = 0;
    char *copy = mb_arena_copy(arena, text), *rest = NULL;
    const char **given = mb_arena_alloc(arena, MB_PROGRAMS_MAX * sizeof *given);
    if (copy == NULL || given == NULL)
        return mb_error_no_memory(error);
    for (char *word = strtok_r(copy, ":", &rest); word != NULL; word = strtok_r(NULL, ":", &rest)) {
        if (given_count == MB_PROGRAMS_MAX)
            return mb_error_set(error, MB_ERROR_USAGE, "MEMBENCH_PROGRAMS: more than %d programs", MB_PROGRAMS_MAX);
        given[given_count++] = word;
    }
    return resolve_all(given, given_count, arena, programs, count, error);
}

mb_status mb_programs_find(const mb_plan *plan, mb_arena *arena, const char *const **programs, size_t *count,
                           mb_error *error)
{
    if (plan->program_count > 0)
        return resolve_all(plan->programs, plan->program_count, arena, programs, count, error);
    const char *variable = getenv("MEMBENCH_PROGRAMS");
    if (variable != NULL && *variable != '\0')
        return from_variable(variable, arena, programs, count, error);
    mb_bundled bundled;
    if (mb_bundled_find(arena, &bundled, error) != MB_OK)
        return MB_FAILED;
    if (bundled.suite_count == 0 && !mb_filter_has_positive(plan->filter))
        return mb_error_set(error, MB_ERROR_USAGE,
                            "no bench program: name one with --program FILE, or list them in membench.json");
    /* The runtimes' cases take minutes: they join in when a filter names what to run, not in a run of everything. */
    *programs = bundled.programs;
    *count = mb_filter_has_positive(plan->filter) ? bundled.count : bundled.suite_count;
    return MB_OK;
}
