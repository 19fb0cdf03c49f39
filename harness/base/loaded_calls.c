#include "base/loaded_calls.h"

#include <dlfcn.h>
#include <string.h>

/* The last of the calls is written only if all were found. */
static bool are_loaded(size_t count, const void *calls)
{
    void *last;
    memcpy(&last, (const char *)calls + (count - 1) * sizeof last, sizeof last);
    return last != NULL;
}

bool mb_calls_load(const char *library, const char *const names[], size_t count, void *calls)
{
    if (are_loaded(count, calls))
        return true;
    void *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
    bool is_whole = handle != NULL;
    for (size_t i = 0; i < count && is_whole; i++) {
        void *found = dlsym(handle, names[i]);
        is_whole = found != NULL;
        memcpy((char *)calls + i * sizeof found, &found, sizeof found);
    }
    return is_whole;
}
