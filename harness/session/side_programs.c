#include "session/side_programs.h"

#include "base/path.h"
#include "process/elf.h"
#include "process/framework.h"
#include "session/program_globs.h"
#include "session/unchanged.h"
#include "store/project_file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 8 };

typedef struct search {
    const char *const *names;
    size_t name_count;
    mb_plan *plan;
    mb_arena *arena;
    const char *operand;
} search;

static bool is_named(const search *s, const char *path)
{
    for (size_t i = 0; i < s->name_count; i++)
        if (strcmp(s->names[i], mb_file_name(path)) == 0)
            return true;
    return s->name_count == 0;
}

static mb_status add(const search *s, const char *path, mb_error *error)
{
    char *copy = mb_arena_copy(s->arena, path);
    if (copy != NULL && s->plan->unchanged != NULL &&
        mb_unchanged_has(s->plan->unchanged, mb_side_program_name(s->operand, path)))
        return MB_OK;
    if (copy == NULL)
        return mb_error_no_memory(error);
    if (s->plan->program_count == MB_PROGRAMS_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "%s: more than %d bench programs: name those meant with --program",
                            s->operand, MB_PROGRAMS_MAX);
    return mb_plan_add_program(s->plan, copy, s->arena, error);
}

/* Those of other frameworks only by name: a build tree may hold hundreds of tests. */
static bool is_bench_program(const search *s, const char *path)
{
    mb_program_file file;
    mb_error error;
    const char *framework = is_named(s, path) ? mb_program_framework(path) : NULL;
    if (framework == NULL || strcmp(framework, MB_FRAMEWORK_OWN) == 0)
        return framework != NULL;
    return s->name_count > 0 && mb_program_inspect(path, &file, &error) == MB_OK &&
           file.kind == MB_PROGRAM_DYNAMIC_GLIBC;
}

/* Neither hidden folders nor what CMake keeps of its own trials. */
static int is_wanted(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strcmp(entry->d_name, "CMakeFiles") != 0;
}

static mb_status search_folder(const search *s, const char *folder, int depth, mb_error *error)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_wanted, alphasort);
    if (count < 0)
        return mb_error_set_errno(error, errno, "cannot read the folder %s", folder);
    mb_status status = MB_OK;
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        struct stat entry, target;
        int length = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        free(entries[i]);
        if (status != MB_OK || length >= PATH_MAX || lstat(path, &entry) != 0 || stat(path, &target) != 0)
            continue;
        if (S_ISDIR(entry.st_mode) && depth < DEPTH_MAX)
            status = search_folder(s, path, depth + 1, error);
        else if (S_ISREG(target.st_mode) && is_bench_program(s, path))
            status = add(s, path, error);
    }
    free(entries);
    return status;
}

/* *found: the folder has a membench.json that lists programs. */
static mb_status take_listed(const search *s, const char *folder, bool *found, mb_error *error)
{
    char path[PATH_MAX];
    mb_project project = {0};
    bool exists;
    *found = false;
    if (snprintf(path, sizeof path, "%s/" MB_PROJECT_FILE, folder) >= PATH_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "%s: the path is too long", folder);
    mb_status status = mb_project_read(path, s->arena, &exists, &project, error);
    if (status != MB_OK || !exists)
        return status;
    const char *const *programs;
    size_t count;
    *found = project.program_count > 0;
    s->plan->prefixes_ids = s->plan->prefixes_ids || project.prefixes_ids;
    status = mb_programs_expand(project.programs, project.program_count, s->arena, &programs, &count, error);
    for (size_t i = 0; status == MB_OK && i < count; i++)
        if (is_named(s, programs[i]))
            status = add(s, programs[i], error);
    return status;
}

const char *mb_side_program_name(const char *operand, const char *path)
{
    size_t length = strlen(operand);
    if (strncmp(path, operand, length) != 0)
        return mb_file_name(path);
    return path + length + strspn(path + length, "/");
}

mb_status mb_side_programs_find(const char *operand, const char *const *names, size_t name_count, mb_plan *plan,
                                mb_arena *arena, mb_error *error)
{
    search s = {.names = names, .name_count = name_count, .plan = plan, .arena = arena, .operand = operand};
    struct stat status;
    bool found = true;
    plan->program_count = 0;
    if (stat(operand, &status) != 0)
        return mb_error_set_errno(error, errno, "cannot open %s", operand);
    if (!S_ISDIR(status.st_mode))
        return add(&s, operand, error);
    mb_status result = take_listed(&s, operand, &found, error);
    if (result == MB_OK && !found)
        result = search_folder(&s, operand, 0, error);
    if (result == MB_OK && plan->program_count == 0 && plan->unchanged == NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "%s: no bench program in this folder%s: build it first, or name one",
                            operand, name_count > 0 ? " of that name" : "");
    return result;
}
