#include "session/paths.h"

#include "session/places.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
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

/* folder, which is free of links, the relative place and the name; ".." is taken off, so that nothing is to be
 * resolved. False when that is too long. */
static bool join(const char *folder, const char *place, const char *name, char path[PATH_MAX])
{
    size_t length = strlen(folder);
    for (; strncmp(place, "../", 3) == 0; place += 3) {
        while (length > 0 && folder[length - 1] != '/')
            length--;
        length -= length > 0;
    }
    return snprintf(path, PATH_MAX, "%.*s/%s%s%s", (int)length, folder, place, *name != '\0' ? "/" : "", name) <
           PATH_MAX;
}

/* The first of folder/candidate/name that can be accessed so, or what it is a link to; NULL when none can. */
static const char *find(mb_arena *arena, const char *folder, const char *const *candidates, int candidate_count,
                        const char *name, int access_mode)
{
    char path[PATH_MAX], resolved[PATH_MAX];
    for (int i = 0; i < candidate_count; i++) {
        if (!join(folder, candidates[i], name, path) || access(path, access_mode) != 0)
            continue;
        bool is_link = readlink(path, resolved, 1) >= 0;
        if (!is_link || realpath(path, resolved) != NULL)
            return mb_arena_copy(arena, is_link ? resolved : path);
    }
    return NULL;
}

static const char *find_library(mb_arena *arena, const char *folder, const char *name)
{
    return find(arena, folder, library_folders, LIBRARY_FOLDER_COUNT, name, R_OK);
}

static mb_status find_self(char executable[PATH_MAX], char folder[PATH_MAX], mb_error *error)
{
    ssize_t length = readlink("/proc/self/exe", executable, PATH_MAX - 1);
    if (length <= 0)
        return mb_error_set_errno(error, errno, "cannot find membench's own path");
    executable[length] = '\0';
    memcpy(folder, executable, (size_t)length + 1);
    *strrchr(folder, '/') = '\0';
    return MB_OK;
}

mb_status mb_paths_find(mb_arena *arena, mb_paths *paths, mb_error *error)
{
    char executable[PATH_MAX], folder[PATH_MAX];
    if (find_self(executable, folder, error) != MB_OK)
        return MB_FAILED;
    const char *copy = mb_arena_copy(arena, executable);
    if (copy == NULL)
        return mb_error_no_memory(error);
    *paths = (mb_paths){
        .executable = copy,
        .heap_hook = find_library(arena, folder, "libmembench_heap.so"),
        .chance = find_library(arena, folder, "libmembench_chance.so"),
        .frameworks = find_library(arena, folder, "libmembench_frameworks.so"),
        .sites_hook = find_library(arena, folder, "libmembench_sites.so"),
        .timer = find_library(arena, folder, "libmembench_timer.so"),
    };
    return MB_OK;
}

mb_status mb_build_paths_find(mb_arena *arena, mb_build_paths *paths, mb_error *error)
{
    char executable[PATH_MAX], folder[PATH_MAX];
    if (find_self(executable, folder, error) != MB_OK)
        return MB_FAILED;
    paths->headers = find(arena, folder, header_folders, HEADER_FOLDER_COUNT, "", R_OK | X_OK);
    paths->library = find_library(arena, folder, "libmembench.a");
    return MB_OK;
}

mb_status mb_bundled_find(mb_arena *arena, mb_bundled *bundled, mb_error *error)
{
    char executable[PATH_MAX], folder[PATH_MAX];
    if (find_self(executable, folder, error) != MB_OK)
        return MB_FAILED;
    const char **programs = mb_arena_alloc(arena, BUNDLED_MAX * sizeof *programs);
    if (programs == NULL)
        return mb_error_no_memory(error);
    size_t count = 0, suite_count = 0;
    for (size_t i = 0; bundled_names[i] != NULL; i++) {
        if (i == SUITE_COUNT)
            suite_count = count;
        programs[count] = find(arena, folder, program_folders, PROGRAM_FOLDER_COUNT, bundled_names[i], X_OK);
        if (programs[count] != NULL)
            count++;
    }
    if (bundled_names[SUITE_COUNT] == NULL)
        suite_count = count;
    *bundled = (mb_bundled){
        .programs = programs,
        .count = count,
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
