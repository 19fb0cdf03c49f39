#include "process/environment.h"
#include "process/runner.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

enum { SIZE_STEP_BYTES = 8 * 1024, COUNT_STEP = 64, FILLER_BYTES = sizeof "MEMBENCH_PAD_0000=" };

static const char pad_name[] = "MEMBENCH_PAD=";
static const char *const always_allowed[] = {"PATH",       "HOME",           "LANG",      "LC_ALL",
                                             "TZ",         "TMPDIR",         "MALLOC_*",  "LD_LIBRARY_PATH",
                                             "PYTHONPATH", "GLIBC_TUNABLES", "LD_PRELOAD"};

struct mb_environment {
    char **taken; /* what _new took, owned */
    size_t taken_count;
    char **strings; /* what _seal gives: taken or set ones, fillers, the pad; string_limit + 1 places */
    size_t count;   /* taken and set */
    size_t string_limit;
    char *fillers;    /* string_limit names of FILLER_BYTES */
    size_t own_bytes; /* used of own */
    char own[MB_ENVIRONMENT_OWN_BYTES];
    char pad[sizeof pad_name + SIZE_STEP_BYTES];
};

static size_t name_length(const char *variable) { return strcspn(variable, "="); }

static bool is_same_name(const char *variable, const char *name, size_t length)
{
    return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

static bool matches(const char *variable, const char *allowed)
{
    size_t length = strlen(allowed);
    if (length > 0 && allowed[length - 1] == '*')
        return strncmp(variable, allowed, length - 1) == 0;
    return is_same_name(variable, allowed, length);
}

bool mb_environment_is_usual(const char *variable)
{
    for (size_t i = 0; i < sizeof always_allowed / sizeof always_allowed[0]; i++)
        if (matches(variable, always_allowed[i]))
            return true;
    return false;
}

static bool is_allowed(const char *variable, const char *const *allowed, size_t allowed_count)
{
    if (strchr(variable, '=') == NULL || strncmp(variable, "MEMBENCH_", strlen("MEMBENCH_")) == 0)
        return false;
    if (mb_environment_is_usual(variable))
        return true;
    for (size_t i = 0; i < allowed_count; i++)
        if (matches(variable, allowed[i]))
            return true;
    return false;
}

static size_t find(char *const *strings, size_t count, const char *name, size_t length)
{
    size_t at = 0;
    while (at < count && !is_same_name(strings[at], name, length))
        at++;
    return at;
}

static size_t round_up(size_t value, size_t step) { return (value + step - 1) / step * step; }

static bool take(mb_environment *environment, char *const *variables, const char *const *allowed, size_t allowed_count)
{
    size_t count = 0;
    while (variables[count] != NULL)
        count++;
    environment->taken = calloc(count + 1, sizeof *environment->taken);
    if (environment->taken == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_allowed(variables[i], allowed, allowed_count) ||
            find(environment->taken, environment->taken_count, variables[i], name_length(variables[i])) !=
                environment->taken_count)
            continue; /* of two with one name the first counts, as for getenv */
        char *copy = strdup(variables[i]);
        if (copy == NULL)
            return false;
        environment->taken[environment->taken_count++] = copy;
    }
    return true;
}

mb_environment *mb_environment_new(char *const *variables, const char *const *allowed, size_t allowed_count)
{
    mb_environment *environment = calloc(1, sizeof *environment);
    if (environment == NULL)
        return NULL;
    if (!take(environment, variables, allowed, allowed_count))
        goto failed;
    environment->string_limit = round_up(environment->taken_count + MB_ENVIRONMENT_OWN_COUNT + 1, COUNT_STEP);
    environment->strings = calloc(environment->string_limit + 1, sizeof *environment->strings);
    environment->fillers = malloc(environment->string_limit * FILLER_BYTES);
    if (environment->strings == NULL || environment->fillers == NULL)
        goto failed;
    for (size_t i = 0; i < environment->string_limit; i++)
        snprintf(environment->fillers + i * FILLER_BYTES, FILLER_BYTES, "MEMBENCH_PAD_%04u=", (unsigned)i % 10000);
    mb_environment_reset(environment);
    return environment;
failed:
    mb_environment_free(environment);
    return NULL;
}

void mb_environment_free(mb_environment *environment)
{
    if (environment == NULL)
        return;
    for (size_t i = 0; i < environment->taken_count; i++)
        free(environment->taken[i]);
    free(environment->taken);
    free(environment->strings);
    free(environment->fillers);
    free(environment);
}

void mb_environment_reset(mb_environment *environment)
{
    if (environment->taken_count > 0)
        memcpy(environment->strings, environment->taken, environment->taken_count * sizeof *environment->strings);
    environment->count = environment->taken_count;
    environment->own_bytes = 0;
}

const char *mb_environment_get(const mb_environment *environment, const char *name)
{
    size_t length = strlen(name), at = find(environment->strings, environment->count, name, length);
    return at < environment->count ? environment->strings[at] + length + 1 : NULL;
}

const char *mb_environment_at(const mb_environment *environment, size_t index)
{
    return index < environment->count ? environment->strings[index] : NULL;
}

mb_status mb_environment_set(mb_environment *environment, const char *name, const char *value, mb_error *error)
{
    size_t at = find(environment->strings, environment->count, name, strlen(name));
    size_t bytes = strlen(name) + 1 + strlen(value) + 1;
    if (bytes > MB_ENVIRONMENT_OWN_BYTES - environment->own_bytes ||
        (at == environment->count && environment->count + 2 > environment->string_limit))
        return mb_error_set(error, MB_ERROR_SYSTEM, "environment of a worker: %s does not fit", name);
    char *string = environment->own + environment->own_bytes;
    snprintf(string, bytes, "%s=%s", name, value);
    environment->own_bytes += bytes;
    environment->strings[at] = string;
    if (at == environment->count)
        environment->count++;
    return MB_OK;
}

mb_status mb_environment_seal(mb_environment *environment, const char *path, char *const *argv, char *const **strings,
                              mb_error *error)
{
    static char name[] = MB_WORKER_NAME;
    char *const name_alone[] = {name, NULL};
    argv = argv != NULL ? argv : name_alone;
    size_t used = strlen(path) + 1, argument_count = 0, count = environment->count;
    for (; argv[argument_count] != NULL; argument_count++)
        used += strlen(argv[argument_count]) + 1;
    if (used > MB_ENVIRONMENT_OWN_BYTES - environment->own_bytes)
        return mb_error_set(error, MB_ERROR_SYSTEM, "cannot run %s: path and arguments are too long", path);
    for (size_t i = 0; i < count; i++)
        used += strlen(environment->strings[i]) + 1;
    if (count + argument_count + 1 > environment->string_limit)
        return mb_error_set(error, MB_ERROR_SYSTEM, "cannot run %s: too many arguments and variables", path);
    size_t filler_count = environment->string_limit - 1 - argument_count - count;
    used += filler_count * FILLER_BYTES + sizeof pad_name;
    for (size_t i = 0; i < filler_count; i++)
        environment->strings[count + i] = environment->fillers + i * FILLER_BYTES;
    size_t pad_bytes = round_up(used, SIZE_STEP_BYTES) - used;
    memcpy(environment->pad, pad_name, sizeof pad_name);
    memset(environment->pad + sizeof pad_name - 1, 'x', pad_bytes);
    environment->pad[sizeof pad_name - 1 + pad_bytes] = '\0';
    environment->strings[count + filler_count] = environment->pad;
    environment->strings[count + filler_count + 1] = NULL;
    *strings = environment->strings;
    return MB_OK;
}

static char *join(mb_arena *arena, const char *name, const char *value, const char *rest)
{
    size_t size = strlen(name) + strlen(value) + (rest != NULL ? strlen(rest) : 0) + sizeof "=:";
    char *variable = mb_arena_alloc(arena, size);
    bool has_rest = rest != NULL && *rest != '\0';
    if (variable != NULL)
        snprintf(variable, size, "%s=%s%s%s", name, value, has_rest ? ":" : "", has_rest ? rest : "");
    return variable;
}

char **mb_environment_preloading(char *const *variables, const char *library, const char *variable, const char *value,
                                 mb_arena *arena)
{
    static const char name[] = "LD_PRELOAD";
    char *const *from = variables != NULL ? variables : environ;
    size_t count = 0, at = 0;
    while (from[count] != NULL)
        count++;
    char **made = mb_arena_alloc(arena, (count + 3) * sizeof *made);
    if (made == NULL)
        return NULL;
    if (library != NULL) { /* first, as the first of one name counts */
        const char *others = from[find(from, count, name, strlen(name))];
        made[at++] = join(arena, name, library, others != NULL ? others + sizeof "LD_PRELOAD" : NULL);
        made[at++] = join(arena, variable, value, NULL);
        if (made[0] == NULL || made[1] == NULL)
            return NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (library == NULL || find(from + i, 1, name, strlen(name)) == 1)
            made[at++] = from[i];
    return made;
}
