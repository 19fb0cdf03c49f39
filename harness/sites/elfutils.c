#include "sites/elfutils.h"

mb_elfutils mb_dw;

bool mb_elfutils_load(void)
{
    static const char *const names[] = {MB_ELFUTILS_CALLS(MB_CALL_NAME)};
    return mb_calls_load("libdw.so.1", names, sizeof names / sizeof names[0], &mb_dw);
}
