#include "session/paths.h"

#include "session/places.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As seen from the folder of `membench`: first the installed place, then that of a build tree. */
static const char *const bundled_names[] = {MB_BUNDLED_PROGRAMS MB_FILTERED_PROGRAMS NULL};
static const char *const library_folders[] = {MB_RELATIVE_LIBRARY_FOLDER "/membench", MB_RELATIVE_LIBRARY_FOLDER,
                                              "../lib"};
static const char *const header_folders[] = {MB_RELATIVE_HEADER_FOLDER, "../include"};
static const char *const program_folders[] = {MB_RELATIVE_PROGRAM_FOLDER, "../bench"};

enum {
    BUNDLED_MAX = sizeof bundled_names / sizeof bundled_names[0],
    SUITE_COUNT = sizeof(const char *const[]){MB_BUNDLED_PROGRAMS NULL} / sizeof(const char *) - 1,
    LIBRARY_FOLDER_COUNT = sizeof library_folders / sizeof library_folders[0],
    HEADER_FOLDER_COUNT = sizeof header_folders / sizeof header_folders[0],
    PROGRAM_FOLDER_COUNT = sizeof program_folders / sizeof program_folders[0],
};

/* Lazy binding would write to the offset table inside a window. */
const char mb_paths_link_options[] = MB_LINK_OPTIONS " -ldl -Wl,-z,now";

/* The first of folder/candidate/name that can be accessed so, its links resolved; NULL when none can. */
static const char *find(mb_arena *arena, const char *folder, const char *const *candidates, int candidate_count,
                        const char *name, int access_mode)
{
    for (int i = 0; i < candidate_count; i++) {
        char path[3 * PATH_MAX], resolved[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s/%s", folder, candidates[i], name);
        if (access(path, access_mode) == 0 && realpath(path, resolved) != NULL)
            return mb_arena_copy(arena, resolved);
    }
    return NULL;
}

mb_status mb_paths_find(mb_arena *arena, mb_paths *paths, mb_error *error)
{
    char executable[PATH_MAX], folder[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", executable, sizeof executable - 1);
    if (length <= 0)
        return mb_error_set_errno(error, errno, "cannot find membench's own path");
    executable[length] = '\0';
    memcpy(folder, executable, (size_t)length + 1);
    *strrchr(folder, '/') = '\0';

    const char **bundled = mb_arena_alloc(arena, BUNDLED_MAX * sizeof *bundled);
    const char *copy = mb_arena_copy(arena, executable);
    if (bundled == NULL || copy == NULL)
        return mb_error_no_memory(error);
    size_t count = 0, suite_count = 0;
    for (size_t i = 0; bundled_names[i] != NULL; i++) {
        if (i == SUITE_COUNT)
            suite_count = count;
        bundled[count] = find(arena, folder, program_folders, PROGRAM_FOLDER_COUNT, bundled_names[i], X_OK);
        if (bundled[count] != NULL)
            count++;
    }
    if (bundled_names[SUITE_COUNT] == NULL)
        suite_count = count;
    *paths = (mb_paths){
        .executable = copy,
        .heap_hook = find(arena, folder, library_folders, LIBRARY_FOLDER_COUNT, "libmembench_heap.so", R_OK),
        .chance = find(arena, folder, library_folders, LIBRARY_FOLDER_COUNT, "libmembench_chance.so", R_OK),
        .frameworks = find(arena, folder, library_folders, LIBRARY_FOLDER_COUNT, "libmembench_frameworks.so", R_OK),
        .sites_hook = find(arena, folder, library_folders, LIBRARY_FOLDER_COUNT, "libmembench_sites.so", R_OK),
        .timer = find(arena, folder, library_folders, LIBRARY_FOLDER_COUNT, "libmembench_timer.so", R_OK),
        .headers = find(arena, folder, header_folders, HEADER_FOLDER_COUNT, ".", R_OK | X_OK),
        .library = find(arena, folder, library_folders, LIBRARY_FOLDER_COUNT, "libmembench.a", R_OK),
        .bundled = bundled,
        .bundled_count = count,
        .suite_count = suite_count,
        .runtimes_available = find(arena, folder, program_folders, PROGRAM_FOLDER_COUNT, "wasm/available.txt", R_OK),
        .runtimes_unavailable =
            find(arena, folder, program_folders, PROGRAM_FOLDER_COUNT, "wasm/unavailable.txt", R_OK),
    };
    return MB_OK;
}

const char *mb_cgroup_root(void)
{
    const char *root = getenv("MEMBENCH_CGROUP_ROOT");
    return root != NULL ? root : "";
}

const char *mb_proc_root(void)
{
    const char *root = getenv("MEMBENCH_PROC_ROOT");
    return root != NULL ? root : "";
}
