#include "process/framework.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A program has the framework in it, or the name of its library. Those of our own protocol, in whatever language, ask
 * for MEMBENCH_ACTION; membench itself, which sets it, knows MEMBENCH_PROGRAMS too. */
static const struct {
    const char *name, *title, *texts[2];
} table[] = {
    {MB_FRAMEWORK_OWN, "membench", {"MEMBENCH_ACTION"}},
    {"google_benchmark", "Google Benchmark", {"benchmark_list_tests", "libbenchmark.so"}},
    {"googletest", "GoogleTest", {"gtest_list_tests", "libgtest.so"}},
    {"catch2", "Catch2", {"--list-listeners", "libCatch2.so"}}, /* an option that version 2 has not */
};
enum { FRAMEWORK_COUNT = sizeof table / sizeof table[0] };

static bool has_text(const char *bytes, size_t length, const char *text)
{
    return text != NULL && memmem(bytes, length, text, strlen(text)) != NULL;
}

static const char *find(const char *bytes, size_t length)
{
    if ((memcmp(bytes, "\177ELF", 4) != 0 && memcmp(bytes, "#!", 2) != 0) ||
        has_text(bytes, length, "MEMBENCH_PROGRAMS"))
        return NULL;
    for (size_t i = 0; i < FRAMEWORK_COUNT; i++)
        if (has_text(bytes, length, table[i].texts[0]) || has_text(bytes, length, table[i].texts[1]))
            return table[i].name;
    return NULL;
}

/* The bytes of a file that can be run, to be unmapped; NULL when there is none. */
static const char *map_file(const char *path, size_t *length)
{
    struct stat status;
    const char *bytes = MAP_FAILED;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 4 && access(path, X_OK) == 0) {
        *length = (size_t)status.st_size;
        bytes = mmap(NULL, *length, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    close(fd);
    return bytes != MAP_FAILED ? bytes : NULL;
}

static void unmap_file(const char *bytes, size_t length) { munmap((void *)(uintptr_t)bytes, length); }

const char *mb_program_framework(const char *path)
{
    size_t length;
    const char *bytes = map_file(path, &length);
    if (bytes == NULL)
        return NULL;
    const char *found = find(bytes, length);
    unmap_file(bytes, length);
    return found;
}

bool mb_program_runs_modules(const char *path)
{
    size_t length;
    const char *bytes = map_file(path, &length);
    if (bytes == NULL)
        return false;
    bool result = has_text(bytes, length, "MEMBENCH_WASM_FILES");
    unmap_file(bytes, length);
    return result;
}

const char *mb_framework_title(const char *framework)
{
    for (size_t i = 0; i < FRAMEWORK_COUNT; i++)
        if (strncmp(framework, table[i].name, strlen(table[i].name)) == 0)
            return table[i].title;
    return framework;
}
