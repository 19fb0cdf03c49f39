#include "aot.h"

#ifdef WAMR_AOT
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* A file in memory, with that in it; its name is the process's own. */
static int make_file(const void *bytes, size_t size, char *name, size_t name_bytes)
{
    int file = memfd_create("membench", 0);
    snprintf(name, name_bytes, "/proc/self/fd/%d", file);
    return file >= 0 && write(file, bytes, size) == (ssize_t)size ? file : -1;
}

/* The compiler is a program of its own, since its library has the names of the runtime's. */
const char *wamr_compile(const wasm_bytes *bytes, const char *path)
{
    static char said[300];
    char module[32], words[32];
    posix_spawn_file_actions_t actions;
    int input = make_file(bytes->bytes, bytes->size, module, sizeof module);
    int output = make_file("", 0, words, sizeof words);
    if (input < 0 || output < 0 || posix_spawn_file_actions_init(&actions) != 0)
        return "no files in memory for WAMR's compiler";
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    char *const argv[] = {(char *)(uintptr_t)WAMR_AOTC, module, (char *)(uintptr_t)path, NULL};
    pid_t compiler;
    int how = 0;
    if (posix_spawn(&compiler, argv[0], &actions, NULL, argv, environ) != 0 || waitpid(compiler, &how, 0) < 0)
        return "cannot run " WAMR_AOTC;
    if (WIFEXITED(how) && WEXITSTATUS(how) == 0)
        return NULL;
    ssize_t length = pread(output, said, sizeof said - 1, 0);
    said[length > 0 ? length : 0] = '\0';
    said[strcspn(said, "\n")] = '\0';
    return said;
}
#endif
