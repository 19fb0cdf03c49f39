#include "session/allocators.h"

#include "readings/provenance.h"

#include <ctype.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIBRARIES_MAX = 4, TUNABLES_BYTES = 512 };

#define GLIBC_PREFIX "glibc:"

static const struct {
    const char *name, *package;
    const char *libraries[LIBRARIES_MAX]; /* the first that is there */
} allocators[] = {
    {"jemalloc", "libjemalloc2", {"libjemalloc.so.2", "libjemalloc.so.1"}},
    {"mimalloc", "libmimalloc2.0", {"libmimalloc.so.3", "libmimalloc.so.2", "libmimalloc.so.2.0", "libmimalloc.so.1"}},
    {"tcmalloc", "libtcmalloc-minimal4", {"libtcmalloc_minimal.so.4", "libtcmalloc.so.4"}},
};
enum { ALLOCATOR_COUNT = sizeof allocators / sizeof allocators[0] };

/* malloc's tunables of glibc, without "glibc.malloc.": it says nothing of one that it does not know. */
static const char *const tunables[] = {"arena_max",
                                       "arena_test",
                                       "check",
                                       "hugetlb",
                                       "mmap_max",
                                       "mxfast",
                                       "mmap_threshold",
                                       "perturb",
                                       "tcache_count",
                                       "tcache_max",
                                       "tcache_unsorted_limit",
                                       "top_pad",
                                       "trim_threshold"};

static int find_allocator(const char *name)
{
    for (int i = 0; i < ALLOCATOR_COUNT; i++)
        if (strcmp(allocators[i].name, name) == 0)
            return i;
    return -1;
}

static bool is_there(const char *folder, size_t folder_length, const char *file, char path[PATH_MAX])
{
    int length = snprintf(path, PATH_MAX, "%.*s/%s", (int)folder_length, folder, file);
    return folder_length > 0 && length < PATH_MAX && access(path, R_OK) == 0;
}

/* Where the loader would find it: LD_LIBRARY_PATH, where the C library is, and the usual folders. */
static bool find_library(const char *file, char path[PATH_MAX])
{
    static const char *const folders[] = {"/usr/local/lib", "/usr/lib64", "/usr/lib", "/lib64", "/lib"};
    const char *variable = getenv("LD_LIBRARY_PATH");
    for (const char *at = variable != NULL ? variable : ""; *at != '\0'; at += *at == ':') {
        size_t length = strcspn(at, ":");
        if (is_there(at, length, file, path))
            return true;
        at += length;
    }
    Dl_info libc;
    const char *slash = dladdr(stdout, &libc) != 0 && libc.dli_fname != NULL ? strrchr(libc.dli_fname, '/') : NULL;
    if (slash != NULL && is_there(libc.dli_fname, (size_t)(slash - libc.dli_fname), file, path))
        return true;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (is_there(folders[i], strlen(folders[i]), file, path))
            return true;
    return false;
}

static mb_status preload(const char *library, mb_error *error)
{
    const char *others = getenv("LD_PRELOAD");
    bool has_others = others != NULL && *others != '\0';
    char *value;
    if (strpbrk(library, " :") != NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "--allocator: %s: LD_PRELOAD takes no path with a space or colon",
                            library);
    if (asprintf(&value, "%s%s%s", library, has_others ? ":" : "", has_others ? others : "") < 0 ||
        setenv("LD_PRELOAD", value, 1) != 0)
        return mb_error_no_memory(error);
    free(value);
    return MB_OK;
}

static bool is_tunable(const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof tunables / sizeof tunables[0]; i++)
        if (strlen(tunables[i]) == length && memcmp(tunables[i], word, length) == 0)
            return true;
    return false;
}

/* "arena_max=1:tcache_count=0" → GLIBC_TUNABLES=glibc.malloc.arena_max=1:glibc.malloc.tcache_count=0 */
static mb_status tune_glibc(const char *settings, mb_error *error)
{
    char value[TUNABLES_BYTES];
    size_t used = 0;
    for (const char *at = settings;; at++) {
        size_t length = strcspn(at, ":"), name_length = strcspn(at, "=:");
        if (name_length + 1 >= length || !isdigit((unsigned char)at[name_length + 1]) || !is_tunable(at, name_length))
            return mb_error_set(error, MB_ERROR_USAGE,
                                "--allocator: \"%.*s\" is not a setting of glibc's malloc such as arena_max=1, "
                                "tcache_count=0 or mmap_threshold=65536",
                                (int)length, at);
        int written =
            snprintf(value + used, sizeof value - used, "%sglibc.malloc.%.*s", used > 0 ? ":" : "", (int)length, at);
        if ((size_t)written >= sizeof value - used)
            return mb_error_set(error, MB_ERROR_USAGE, "--allocator: too many settings");
        used += (size_t)written;
        at += length;
        if (*at == '\0')
            break;
    }
    return setenv("GLIBC_TUNABLES", value, 1) == 0 ? MB_OK : mb_error_no_memory(error);
}

mb_status mb_allocator_choose(const char *name, mb_error *error)
{
    char path[PATH_MAX];
    if (name == NULL || strcmp(name, "glibc") == 0)
        return MB_OK;
    if (strncmp(name, GLIBC_PREFIX, strlen(GLIBC_PREFIX)) == 0)
        return tune_glibc(name + strlen(GLIBC_PREFIX), error);
    if (strchr(name, '/') != NULL) {
        if (realpath(name, path) == NULL || access(path, R_OK) != 0)
            return mb_error_set(error, MB_ERROR_SYSTEM, "--allocator: %s cannot be read", name);
        return preload(path, error);
    }
    int index = find_allocator(name);
    if (index < 0)
        return mb_error_set(error, MB_ERROR_USAGE,
                            "--allocator: \"%s\" is not jemalloc, mimalloc, tcmalloc, glibc, glibc:arena_max=1 or a "
                            "library's path",
                            name);
    for (int i = 0; i < LIBRARIES_MAX && allocators[index].libraries[i] != NULL; i++)
        if (find_library(allocators[index].libraries[i], path))
            return preload(path, error);
    return mb_error_set(error, MB_ERROR_SYSTEM, "%s is not installed: %s is missing (Debian: apt install %s)", name,
                        allocators[index].libraries[0], allocators[index].package);
}

mb_status mb_allocator_check(const mb_session *session, const char *name, mb_error *error)
{
    if (name == NULL || strchr(name, '/') != NULL) /* a library of any name says itself what it is */
        return MB_OK;
    size_t length = strcspn(name, ":");
    for (size_t p = 0; p < session->run.program_count; p++) {
        const mb_program_info *program = &session->run.programs[p];
        if (strcmp(program->allocator, "unknown") == 0 || strncmp(program->allocator, name, length) == 0)
            continue;
        mb_program_kind kind = session->programs[p].file.kind;
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s runs under %s, not under %s: %s", program->path,
                            program->allocator, name,
                            kind == MB_PROGRAM_DYNAMIC_GLIBC || kind == MB_PROGRAM_SCRIPT
                                ? "it brings its own, or LD_PRELOAD names another"
                                : "nothing can be preloaded into a program that is static or of another C library");
    }
    return MB_OK;
}
