/* The hook's constructor: tells the measured program where the table is, and hides the hook from its children. */
#include "heap/announce.h"

#include "heap/counters.h"
#include "heap/next.h"

#ifndef MB_HEAP_STATIC
#include <dlfcn.h>
#endif
#include <string.h>

extern char **environ;

static const mb_heap_hook table = {
    .magic = MB_HEAP_HOOK_MAGIC,
    .version = MB_HEAP_HOOK_VERSION,
    .table_bytes = sizeof table,
    .begin = mb_heap_counters_begin,
    .read = mb_heap_counters_read,
};

/* Value of the environment variable, or NULL. A getenv that a program brings along is not to be trusted this early. */
static char *find_variable(const char *name)
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

/* The first constructor there can be: a program's own constructors, and libraries', may then find the table. */
__attribute__((constructor(101))) static void announce(void)
{
    mb_heap_counters_init();
    bool is_countable = mb_heap_next_resolve() && mb_heap_next_is_countable();
    char *digits = find_variable(MB_HEAP_HOOK_VARIABLE);
    if (digits != NULL)
        mb_heap_address_write(digits, is_countable ? (uint64_t)(uintptr_t)&table : 0);
#ifndef MB_HEAP_STATIC
    char *preload = find_variable("LD_PRELOAD");
    Dl_info self;
    if (preload != NULL && dladdr(&table, &self) != 0)
        mb_heap_preload_remove(preload, self.dli_fname);
#endif
}
