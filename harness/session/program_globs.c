#include "session/program_globs.h"

#include "store/id_index.h"

#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool mb_program_is_pattern(const char *path) { return strpbrk(path, "*?[") != NULL && access(path, F_OK) != 0; }

static bool is_program(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

static mb_status append(mb_id_index *found, const char *path, mb_arena *arena, mb_error *error)
{
    const char *copy = mb_arena_copy(arena, path);
    return copy != NULL && mb_id_index_append(found, copy, found->count) ? MB_OK : mb_error_no_memory(error);
}

static mb_status expand(mb_id_index *found, const char *pattern, mb_arena *arena, mb_error *error)
{
    glob_t matches = {0};
    size_t before = found->count;
    int result = glob(pattern, 0, NULL, &matches);
    mb_status status = result == GLOB_NOSPACE ? mb_error_no_memory(error) : MB_OK;
    for (size_t i = 0; result == 0 && i < matches.gl_pathc && status == MB_OK; i++)
        if (is_program(matches.gl_pathv[i]))
            status = append(found, matches.gl_pathv[i], arena, error);
    globfree(&matches);
    return status == MB_OK && found->count == before ? append(found, pattern, arena, error) : status;
}

mb_status mb_programs_expand(const char *const *given, size_t given_count, mb_arena *arena,
                             const char *const **programs, size_t *count, mb_error *error)
{
    mb_id_index found = {0};
    mb_status status = MB_OK;
    for (size_t i = 0; i < given_count && status == MB_OK; i++)
        status = mb_program_is_pattern(given[i]) ? expand(&found, given[i], arena, error)
                                                 : append(&found, given[i], arena, error);
    const char **listed = mb_arena_alloc(arena, (found.count + 1) * sizeof *listed);
    if (status == MB_OK && listed == NULL)
        status = mb_error_no_memory(error);
    if (status == MB_OK) {
        size_t kept = 0;
        memset(listed, 0, (found.count + 1) * sizeof *listed);
        (void)mb_id_index_sort(&found); /* by name, each with its place in the list */
        for (size_t i = 0; i < found.count; i++)
            if (i == 0 || strcmp(found.entries[i].id, found.entries[i - 1].id) != 0)
                listed[found.entries[i].value] = found.entries[i].id;
        for (size_t i = 0; i < found.count; i++)
            if (listed[i] != NULL)
                listed[kept++] = listed[i];
        *programs = listed;
        *count = kept;
    }
    mb_id_index_fini(&found);
    return status;
}
