#include "session/modules.h"

#include "base/hash.h"
#include "base/path.h"
#include "process/command.h"
#include "process/framework.h"
#include "session/paths.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[] = {'\0', 'a', 's', 'm'};

bool mb_module_is(const char *path)
{
    char first[sizeof magic];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool result = fd >= 0 && read(fd, first, sizeof first) == sizeof first && memcmp(first, magic, sizeof magic) == 0;
    if (fd >= 0)
        close(fd);
    return result;
}

const char *mb_module_name(const char *path, mb_arena *arena)
{
    char *name = mb_arena_copy(arena, mb_file_name(path));
    if (name == NULL)
        return NULL;
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name)
        *dot = '\0';
    for (char *c = name; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr(".-_", *c) == NULL)
            *c = '_';
    return name;
}

/* Where a call's arguments begin, behind "="; at its end when there are none. False: a wrong one. */
static bool find_arguments(const char *call, size_t *name_length, const char **arguments)
{
    const char *sign = strrchr(call, '=');
    *name_length = sign != NULL ? (size_t)(sign - call) : strlen(call);
    *arguments = sign != NULL ? sign + 1 : call + *name_length;
    size_t count = 0;
    for (const char *next = sign != NULL ? *arguments : NULL; next != NULL; count++) {
        char *end;
        errno = 0;
        long long number = strtoll(next, &end, 10);
        if (end == next || isspace((unsigned char)*next) || (*end != ',' && *end != '\0') || errno != 0 ||
            number < INT32_MIN || number > UINT32_MAX || count == MB_MODULE_ARGUMENTS_MAX)
            return false;
        next = *end == ',' ? end + 1 : NULL;
    }
    return *name_length > 0 && strchr(call, '\n') == NULL;
}

bool mb_module_call_is(const char *text)
{
    size_t length;
    const char *arguments;
    return find_arguments(text, &length, &arguments);
}

/* Whether a word names the program wasm-wamr-fast: its own name, "wamr-fast", or a runtime's with all its variants. */
static bool is_named(const char *word, size_t length, const char *path, bool is_whole)
{
    static const char prefix[] = "wasm-";
    const char *name = mb_file_name(path);
    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return false;
    name += sizeof prefix - 1;
    return strncmp(name, word, length) == 0 && (name[length] == '\0' || (!is_whole && name[length] == '-'));
}

/* Whether "wamr,wasm3" names the program. A word that is one program's whole name stands for that one alone. */
static bool is_wanted(const char *runtimes, const mb_bundled *bundled, const char *path)
{
    for (const char *word = runtimes; word != NULL; word = strchr(word, ',')) {
        word += *word == ',';
        size_t length = strcspn(word, ",");
        bool is_whole = false;
        for (size_t i = bundled->suite_count; i < bundled->count; i++)
            is_whole = is_whole || is_named(word, length, bundled->programs[i], true);
        if (length > 0 && is_named(word, length, path, is_whole))
            return true;
    }
    return runtimes == NULL;
}

/* The bundled programs that run modules: in the order of the build. */
static mb_status take_runtimes(mb_plan *plan, mb_arena *arena, mb_error *error)
{
    mb_bundled bundled = {.count = 0};
    mb_status status = mb_bundled_find(arena, &bundled, error);
    for (size_t i = bundled.suite_count; status == MB_OK && i < bundled.count; i++)
        if (is_wanted(plan->runtimes, &bundled, bundled.programs[i]) && mb_program_runs_modules(bundled.programs[i]))
            status = mb_plan_add_program(plan, bundled.programs[i], arena, error);
    if (status == MB_OK && plan->program_count == 0)
        return mb_error_set(error, MB_ERROR_USAGE, "no WebAssembly runtime%s%s was built (membench doctor lists them)",
                            plan->runtimes != NULL ? " " : "", plan->runtimes != NULL ? plan->runtimes : "");
    return status;
}

static mb_status check_programs(const mb_plan *plan, mb_error *error)
{
    for (size_t i = 0; i < plan->program_count; i++)
        if (access(plan->programs[i], R_OK) == 0 && !mb_program_runs_modules(plan->programs[i]))
            return mb_error_set(error, MB_ERROR_USAGE, "%s: not a program that runs WebAssembly modules",
                                plan->programs[i]);
    return MB_OK;
}

static mb_status hash_file(const char *path, uint64_t *hash, mb_error *error)
{
    char *bytes;
    size_t length;
    mb_status status = mb_file_read(path, &bytes, &length, error);
    if (status != MB_OK)
        return status;
    if (length < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0)
        status = mb_error_set(error, MB_ERROR_USAGE, "%s: not a WebAssembly module", path);
    *hash = mb_hash_bytes(MB_HASH_FIRST, bytes, length);
    free(bytes);
    return status;
}

/* Text that grows. */
typedef struct growing {
    char *text;
    size_t used, size;
} growing;

static void MB_PRINTF(2, 3) append(growing *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(to->text + to->used, to->size - to->used, format, arguments);
    va_end(arguments);
    to->used += (size_t)length < to->size - to->used ? (size_t)length : to->size - to->used - 1;
}

static mb_status add_module(const char *file, const char *named_like, growing *modules, growing *paths, mb_arena *arena,
                            mb_error *error)
{
    char resolved[PATH_MAX], line[NAME_MAX + 2];
    uint64_t hash = 0;
    mb_status status = hash_file(file, &hash, error);
    if (status != MB_OK)
        return status;
    const char *name = mb_module_name(named_like != NULL ? named_like : file, arena);
    if (name == NULL || realpath(file, resolved) == NULL)
        return mb_error_no_memory(error);
    if (strchr(resolved, '\n') != NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "%s: a path with a line break cannot be passed on", file);
    snprintf(line, sizeof line, ":%s\n", name);
    if (strstr(modules->text, line) != NULL)
        return mb_error_set(error, MB_ERROR_USAGE,
                            "%s: two modules are called \"%s\": rename one, or measure them separately", file, name);
    append(modules, "module=%016" PRIx64 ":%s\n", hash, name);
    append(paths, "%s%s", paths->used > 0 ? "\n" : "", resolved);
    return MB_OK;
}

/* HOST[::GUEST] as "GUEST::HOST", the host's path made absolute. */
static mb_status add_folder(const char *value, growing *to, mb_error *error)
{
    char host[PATH_MAX], resolved[PATH_MAX];
    const char *sign = strstr(value, "::");
    struct stat status;
    if (snprintf(host, sizeof host, "%.*s", (int)(sign != NULL ? (size_t)(sign - value) : strlen(value)), value) >=
        (int)sizeof host)
        return mb_error_set(error, MB_ERROR_USAGE, "--dir: the path is too long");
    if (realpath(host, resolved) == NULL || stat(resolved, &status) != 0)
        return mb_error_set_errno(error, errno, "--dir: cannot open %s", host);
    if (!S_ISDIR(status.st_mode) || strchr(resolved, '\n') != NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "--dir: %s is not a folder that can be passed on", host);
    append(to, "dir=%s::%s\n", sign != NULL ? sign + 2 : host, resolved);
    return MB_OK;
}

static mb_status write_wasi(const mb_plan *plan, growing *to, mb_error *error)
{
    mb_status status = MB_OK;
    for (size_t i = 0; i < plan->wasi_item_count && status == MB_OK; i++) {
        const mb_wasi_item *item = &plan->wasi_items[i];
        if (strcmp(item->kind, "dir") == 0)
            status = add_folder(item->value, to, error);
        else
            append(to, "%s=%s\n", item->kind, item->value);
    }
    return status;
}

mb_status mb_modules_give(mb_plan *plan, const char *const *files, size_t count, const char *named_like,
                          mb_arena *arena, mb_error *error)
{
    enum { TEXT_BYTES = 8192 }; /* more than the environment of a process takes */
    growing modules = {.text = mb_arena_alloc(arena, TEXT_BYTES), .size = TEXT_BYTES};
    growing paths = {.text = mb_arena_alloc(arena, TEXT_BYTES), .size = TEXT_BYTES};
    growing wasi = {.text = mb_arena_alloc(arena, TEXT_BYTES), .size = TEXT_BYTES};
    if (modules.text == NULL || paths.text == NULL || wasi.text == NULL)
        return mb_error_no_memory(error);
    wasi.text[0] = '\0';
    if (count == 0 || count > MB_MODULES_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "from 1 to %d modules can be measured in one run, not %zu",
                            MB_MODULES_MAX, count);
    append(&modules, "instances=%s\nloads=%s\n", plan->instances != NULL ? plan->instances : "1,10,100",
           plan->loads != NULL ? plan->loads : "1,10");
    if (plan->stack_bytes > MB_MODULE_STACK_BYTES_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "--stack-size: more than 1 GiB");
    if (plan->stack_bytes > 0)
        append(&modules, "stack=%" PRIu64 "\n", plan->stack_bytes);
    mb_status status = write_wasi(plan, &wasi, error);
    for (size_t i = 0; i < count && status == MB_OK; i++)
        status = add_module(files[i], named_like, &modules, &paths, arena, error);
    for (size_t i = 0; i < plan->call_count; i++) { /* behind the modules, whose names are looked for in the text */
        size_t length;
        const char *arguments;
        if (find_arguments(plan->calls[i], &length, &arguments))
            append(&modules, "call=%s:%.*s\n", arguments, (int)length, plan->calls[i]);
    }
    if (status == MB_OK)
        status = plan->program_count > 0 ? check_programs(plan, error) : take_runtimes(plan, arena, error);
    if (status == MB_OK) {
        plan->modules = modules.text;
        plan->module_paths = paths.text;
        plan->module_wasi = plan->wasi ? wasi.text : NULL;
    }
    return status;
}

mb_status mb_modules_check(const mb_plan *plan, mb_error *error)
{
    if (plan->modules == NULL && (plan->wasi || plan->call_count > 0))
        return mb_error_set(
            error, MB_ERROR_USAGE,
            "--call, --wasi, --arg, --dir and --env NAME=VALUE are for WebAssembly modules: name a file");
    return MB_OK;
}

mb_status mb_modules_take(mb_plan *plan, const char **operands, size_t *count, mb_arena *arena, mb_error *error)
{
    size_t module_count = 0;
    while (module_count < *count && mb_module_is(operands[module_count]))
        module_count++;
    if (module_count == 0)
        return MB_OK;
    if (module_count == *count)
        return mb_error_set(error, MB_ERROR_USAGE, "which case of %s? membench wasm %s --list names them", operands[0],
                            operands[0]);
    mb_status status = mb_modules_give(plan, operands, module_count, NULL, arena, error);
    *count -= module_count;
    memmove(operands, operands + module_count, *count * sizeof *operands);
    return status;
}
