#include "modules.h"

#include "base/hash.h"
#include "given.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const wasm_module_info modules[] = {
    {.name = "tiny", .size_kib = 1, .function = "add1", .argument = 41},
    {.name = "es-module-lexer", .size_kib = 9, .function = "sa", .argument = 16},
    {.name = "mappings", .size_kib = 48, .function = "allocate_mappings", .argument = 16, .abilities = WASM_CAN_STUB},
    {.name = "harfbuzz-subset", .size_kib = 668, .function = "malloc", .argument = 16},
    {.name = "esbuild", .size_kib = 13652},
    {.name = "hostloop", .size_kib = 1, .function = "run", .argument = 1, .abilities = WASM_CAN_HOST},
    {.name = "jobq", .size_kib = 10, .function = "jobq_push", .argument = 1},
    {.name = "recurse", .size_kib = 1, .function = "recurse", .argument = 1},
    {.name = "stack", .size_kib = 1, .function = "recurse", .argument = 1},
    {.name = "threads", .size_kib = 1, .function = "running", .abilities = WASM_CAN_THREADS},
};

size_t wasm_module_find(const char *name)
{
    const wasm_given *given = wasm_given_get();
    size_t count = given != NULL ? given->module_count : sizeof modules / sizeof modules[0];
    for (size_t i = 0; i < count; i++)
        if (strcmp(wasm_module_at(i)->name, name) == 0)
            return i;
    fprintf(stderr, "bench/wasm/modules.c has no module \"%s\"\n", name);
    abort();
}

const wasm_module_info *wasm_module_at(size_t place)
{
    const wasm_given *given = wasm_given_get();
    return given != NULL ? &given->modules[place] : &modules[place];
}

/* Path of wasm-modules/NAME + suffix next to the program; false when it cannot be determined or is too long. */
static bool find_path(const char *name, const char *suffix, char path[PATH_MAX])
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return false;
    program[length] = '\0';
    char *end = strrchr(program, '/');
    if (end == NULL)
        return false;
    *end = '\0';
    return snprintf(path, PATH_MAX, "%s/wasm-modules/%s%s", program, name, suffix) < PATH_MAX;
}

/* First line of NAME.why, or NULL; in static storage. */
static const char *find_reason(const char *name)
{
    static char line[300];
    char path[PATH_MAX];
    if (!find_path(name, ".why", path))
        return NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return NULL;
    ssize_t length = read(file, line, sizeof line - 1);
    close(file);
    if (length <= 0)
        return NULL;
    line[length] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return line;
}

static bool read_whole(int file, uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        ssize_t length = read(file, bytes + at, size - at);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            return false;
        at += (size_t)length;
    }
    return true;
}

static mb_status read_file(mb_bench *b, int file, const char *path, wasm_bytes *result)
{
    struct stat facts;
    if (fstat(file, &facts) != 0 || facts.st_size <= 0)
        return mb_fail(b, "%s is empty or cannot be read", path);
    size_t size = (size_t)facts.st_size;
    /* Not from the heap: a block of this size would change where the runtime's own blocks come from. */
    uint8_t *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (bytes == MAP_FAILED)
        return mb_out_of_memory(b, "no memory for the %zu bytes of %s", size, path);
    if (!read_whole(file, bytes, size)) {
        munmap(bytes, size);
        return mb_fail(b, "%s: %s", path, strerror(errno));
    }
    result->bytes = bytes;
    result->size = size;
    return MB_OK;
}

mb_status wasm_module_read_path(mb_bench *b, const char *path, wasm_bytes *result)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return mb_skip(b, "%s: %s", path, strerror(errno));
    mb_status status = read_file(b, file, path, result);
    close(file);
    return status;
}

/* Path of a given module; with a suffix of the file next to it whose ending is that. False: it is too long. */
static bool find_given(const wasm_module_info *info, const char *suffix, char path[PATH_MAX])
{
    const char *dot = strrchr(info->path, '.');
    int stem = suffix != NULL && dot != NULL ? (int)(dot - info->path) : (int)strlen(info->path);
    return snprintf(path, PATH_MAX, "%.*s%s", stem, info->path, suffix != NULL ? suffix : "") < PATH_MAX;
}

bool wasm_module_has(const wasm_module_info *info, const char *suffix)
{
    char path[PATH_MAX];
    return info->path != NULL && suffix != NULL && find_given(info, suffix, path) && access(path, R_OK) == 0;
}

static mb_status read_given(mb_bench *b, const wasm_module_info *info, const char *suffix, wasm_bytes *result)
{
    char path[PATH_MAX];
    if (!find_given(info, suffix, path))
        return mb_fail(b, "the path of %s is too long", info->name);
    mb_status status = wasm_module_read_path(b, path, result);
    if (status == MB_OK && suffix == NULL && mb_hash_bytes(MB_HASH_FIRST, result->bytes, result->size) != info->hash) {
        wasm_module_forget(result);
        return mb_fail(b, "%s has changed since the run began", path);
    }
    return status;
}

mb_status wasm_module_read(mb_bench *b, const wasm_module_info *info, const char *suffix, wasm_bytes *result)
{
    char path[PATH_MAX];
    const char *name = info->name;
    if (info->path != NULL) {
        mb_status status = read_given(b, info, suffix, result);
        if (status == MB_OK)
            result->name = name;
        return status;
    }
    if (suffix == NULL)
        suffix = ".wasm";
    if (!find_path(name, suffix, path))
        return mb_fail(b, "the program cannot tell its own path");
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        const char *reason = find_reason(name);
        return mb_skip(b, "module %s%s: %s", name, suffix,
                       reason != NULL ? reason : "not in the folder wasm-modules next to the program");
    }
    mb_status status = read_file(b, file, path, result);
    close(file);
    if (status == MB_OK)
        result->name = name;
    return status;
}

void wasm_module_forget(wasm_bytes *bytes)
{
    if (bytes->bytes != NULL)
        munmap(bytes->bytes, bytes->size);
    bytes->bytes = NULL;
}
