#include "compile.h"

#include "modules.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[PATH_MAX];

/* What the compiler says against the module ends up in the file, which is then no compiled one. */
static _Noreturn void compile_and_exit(const wasm_bytes *bytes, int file)
{
    const char *said = wasm_driver.compile(bytes, path);
    if (said == NULL)
        _exit(EXIT_SUCCESS);
    ssize_t written = write(file, said, strlen(said));
    (void)written;
    _exit(EXIT_FAILURE);
}

static mb_status await(mb_bench *b, pid_t child, int file, const char *name)
{
    int how = 0;
    while (waitpid(child, &how, 0) < 0)
        if (errno != EINTR)
            return mb_fail(b, "waitpid: %s", strerror(errno));
    if (WIFEXITED(how) && WEXITSTATUS(how) == EXIT_SUCCESS)
        return MB_OK;
    char said[300] = "";
    ssize_t length = pread(file, said, sizeof said - 1, 0);
    if (WIFSIGNALED(how))
        return mb_fail(b, "the compiler of %s was ended by signal %d", name, WTERMSIG(how));
    return wasm_refuse(b, "%s: %.*s", name, length > 0 ? (int)length : 0, said);
}

mb_status wasm_compile(mb_bench *b, wasm_bytes *bytes)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/membench-wasm-XXXXXX", folder != NULL && *folder != '\0' ? folder : "/tmp");
    int file = mkstemp(path);
    if (file < 0)
        return mb_fail(b, "no temporary file %s: %s", path, strerror(errno));
    pid_t child = fork();
    if (child == 0)
        compile_and_exit(bytes, file);
    mb_status status = child < 0 ? mb_fail(b, "fork: %s", strerror(errno)) : await(b, child, file, bytes->name);
    close(file);
    wasm_bytes compiled = {.name = bytes->name, .path = path};
    if (status == MB_OK)
        status = wasm_module_read_path(b, path, &compiled);
    if (status == MB_OK) {
        wasm_module_forget(bytes);
        *bytes = compiled;
    } else {
        unlink(path);
    }
    return status;
}

void wasm_compile_forget(wasm_bytes *bytes)
{
    if (bytes->path != NULL)
        unlink(bytes->path);
    bytes->path = NULL;
}
