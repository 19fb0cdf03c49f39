/* What is preloaded into commands. */
#include "features/exec/exec.h"
#include "features/exec/exec_options.h"

#include "chance/chance.h"
#include "process/environment.h"

#include <stdio.h>

static mb_status need_library(const char *path, const char *option, const char *file, mb_error *error)
{
    return path != NULL
               ? MB_OK
               : mb_error_set(error, MB_ERROR_SYSTEM,
                              "%s: %s is missing; put it next to membench or into its library folder", option, file);
}

/* With --entropy fixed every process that is not static gets its random bytes from a seed (chance/). */
mb_status mb_exec_set_environment(mb_exec *exec, mb_error *error)
{
    char seed[16];
    if (mb_exec_of(exec->options)->heap &&
        need_library(exec->session.paths.heap_hook, "--heap", "libmembench_heap.so", error) != MB_OK)
        return MB_FAILED;
    if (mb_exec_of(exec->options)->entropy != MB_EXEC_ENTROPY_FIXED)
        return MB_OK;
    if (need_library(exec->session.paths.chance, "--entropy fixed", "libmembench_chance.so", error) != MB_OK)
        return MB_FAILED;
    snprintf(seed, sizeof seed, "%d", MB_ENTROPY_SEED);
    exec->environment =
        mb_environment_preloading(NULL, exec->session.paths.chance, MB_CHANCE_VARIABLE, seed, &exec->session.arena);
    return exec->environment != NULL ? MB_OK : mb_error_no_memory(error);
}
