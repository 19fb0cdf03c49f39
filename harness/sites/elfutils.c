#include "sites/elfutils.h"

#include <dlfcn.h>
#include <string.h>

mb_elfutils mb_dw;

bool mb_elfutils_load(void)
{
    static bool is_loaded;
    void *library = is_loaded ? NULL : dlopen("libdw.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (library == NULL)
        return is_loaded;
    bool is_whole = true;
#define MB_ELFUTILS_LOOK_UP(name)                                                                                      \
    do {                                                                                                               \
        void *found = dlsym(library, #name);                                                                           \
        is_whole = is_whole && found != NULL;                                                                          \
        memcpy(&mb_dw.name, &found, sizeof found);                                                                     \
    } while (0);
    MB_ELFUTILS_CALLS(MB_ELFUTILS_LOOK_UP)
    is_loaded = is_whole;
    return is_loaded;
}
