/* A hooked program with a helper: heap_family starts itself again as heap_family helper. Exit code 0 when the helper is
 * not hooked but has its other preloaded library, 1 when not, 77 when the program itself is not hooked. */
#include "heap/heap_hook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_loaded(const char *file_name)
{
    char line[4096];
    bool is_found = false;
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
        is_found = is_found || strstr(line, file_name) != NULL;
    if (maps != NULL)
        fclose(maps);
    return is_found;
}

static int answer(bool is_right, const char *who)
{
    if (!is_right)
        fprintf(stderr, "%s: LD_PRELOAD=%s %s=%s hook %d neighbour %d\n", who, getenv("LD_PRELOAD"),
                MB_HEAP_HOOK_VARIABLE, getenv(MB_HEAP_HOOK_VARIABLE), is_loaded("libmembench_heap"),
                is_loaded("heap-neighbour"));
    return is_right ? 0 : 1;
}

int main(int argc, char **argv)
{
    char *digits = getenv(MB_HEAP_HOOK_VARIABLE);
    if (argc == 2 && strcmp(argv[1], "helper") == 0)
        return answer(!is_loaded("libmembench_heap") && is_loaded("heap-neighbour") &&
                          mb_heap_hook_take(digits) == NULL && strcmp(digits, "0000000000000000") == 0,
                      "helper");
    /* With "stale" the helper inherits this process's address, as that of a shell which takes no hook. */
    if (argc != 2 && mb_heap_hook_take(digits) == NULL)
        return 77;
    if (answer(is_loaded("libmembench_heap") && is_loaded("heap-neighbour"), "program") != 0)
        return 1;
    int status;
    pid_t helper = fork();
    if (helper == 0) {
        execl("/proc/self/exe", argv[0], "helper", (char *)NULL);
        _exit(127);
    }
    return helper > 0 && waitpid(helper, &status, 0) == helper && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
