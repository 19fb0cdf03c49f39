#include "worker/worker_parts.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Path of the running program; false when the system does not tell. */
static bool own_path(char path[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (length <= 0)
        return false;
    path[length] = '\0';
    return true;
}

/* Tries to become the coordinator at that path; returns only when it cannot. */
static void try_coordinator(const char *coordinator, char **arguments)
{
    if (coordinator == NULL || *coordinator == '\0')
        return;
    arguments[0] = (char *)coordinator;
    if (strchr(coordinator, '/') != NULL)
        execv(coordinator, arguments);
    else
        execvp(coordinator, arguments);
}

/* Runs `membench --program <this program> <our arguments>`. Looked for in $MEMBENCH, next to this program, where
 * membench was installed, and on the PATH. */
static int hand_over(int argc, char **argv)
{
    char path[PATH_MAX], sibling[PATH_MAX + 32];
    if (!own_path(path)) {
        fprintf(stderr, "%s: cannot find its own path: run membench --program %s\n", argv[0], argv[0]);
        return 1;
    }
    char **arguments = calloc((size_t)argc + 3, sizeof *arguments);
    if (arguments == NULL) {
        fprintf(stderr, "%s: out of memory\n", argv[0]);
        return 1;
    }
    arguments[1] = (char *)"--program";
    arguments[2] = path;
    for (int i = 1; i < argc; i++)
        arguments[i + 2] = argv[i];
    snprintf(sibling, sizeof sibling, "%s", path);
    try_coordinator(getenv("MEMBENCH"), arguments);
    static const char *const places[] = {"membench", "../bin/membench", "../../bin/membench"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(sibling, sizeof sibling, "%s", path);
        snprintf(strrchr(sibling, '/') + 1, sizeof "../../bin/membench", "%s", places[i]);
        try_coordinator(sibling, arguments);
    }
#ifdef MB_INSTALLED_COORDINATOR
    try_coordinator(MB_INSTALLED_COORDINATOR, arguments);
#endif
    try_coordinator("membench", arguments);
    fprintf(stderr, "%s: membench, which runs this program, was not found: install it, or set MEMBENCH to its path\n",
            argv[0]);
    free(arguments);
    return 1;
}

int mb_main(int argc, char **argv, const mb_case *const *cases, size_t case_count)
{
    return getenv("MEMBENCH_FD") != NULL ? mb_worker_run(cases, case_count) : hand_over(argc, argv);
}
