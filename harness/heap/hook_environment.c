/* Text of environment variables, changed where it lies. */
#include "heap/hook_environment.h"

#include "heap/heap_hook.h"

#include <string.h>

extern char **environ;

/* A getenv that a program brings along is not to be trusted this early. */
char *mb_heap_variable(const char *name)
{
    size_t length = strlen(name);
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++)
        if (strncmp(*variable, name, length) == 0 && (*variable)[length] == '=')
            return *variable + length + 1;
    return NULL;
}

static const char *after_last_slash(const char *path, size_t *length)
{
    const char *name = path;
    for (size_t i = 0; i < *length; i++)
        if (path[i] == '/')
            name = path + i + 1;
    *length -= (size_t)(name - path);
    return name;
}

void mb_heap_preload_remove(char *list, const char *file_name)
{
    size_t own_length = strlen(file_name);
    const char *own = after_last_slash(file_name, &own_length);
    char *kept_end = list;
    for (const char *entry = list; *entry != '\0';) {
        size_t length = strcspn(entry, ": ");
        size_t name_length = length;
        const char *name = after_last_slash(entry, &name_length);
        const char *following = entry + length + strspn(entry + length, ": ");
        if (length > 0 && (name_length != own_length || memcmp(name, own, own_length) != 0)) {
            if (kept_end > list)
                *kept_end++ = ':';
            memmove(kept_end, entry, length);
            kept_end += length;
        }
        entry = following;
    }
    *kept_end = '\0';
}

void mb_heap_address_write(char *text, uint64_t address)
{
    if (strlen(text) != MB_HEAP_HOOK_DIGITS)
        return;
    for (int i = MB_HEAP_HOOK_DIGITS - 1; i >= 0; i--, address >>= 4)
        text[i] = "0123456789abcdef"[address & 15];
}
