#include "compile.h"

#include "base/hash.h"
#include "base/temporary.h"
#include "modules.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MARK_BYTES = 8 }; /* behind a path: ".XXXXXX", ".lock" */

static char path[PATH_MAX], part[PATH_MAX + MARK_BYTES];
static bool is_kept; /* the run's, for its other samples */

/* What the compiler says against the module ends up in the file, which is then no compiled one. */
static _Noreturn void compile_and_exit(const wasm_bytes *bytes, int file)
{
    const char *said = wasm_driver.compile(bytes, part);
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
    if (WIFSIGNALED(how))
        return mb_fail(b, "the compiler of %s was ended by signal %d", name, WTERMSIG(how));
    char said[300];
    ssize_t length = pread(file, said, sizeof said, 0);
    return wasm_refuse(b, "%s: %.*s", name, length > 0 ? (int)length : 0, said);
}

/* Into `part`, which then becomes `path`. */
static mb_status compile(mb_bench *b, const wasm_bytes *bytes)
{
    snprintf(part, sizeof part, "%s.XXXXXX", path);
    int file = mkstemp(part);
    if (file < 0)
        return mb_fail(b, "no temporary file %s: %s", part, strerror(errno));
    pid_t child = fork();
    if (child == 0)
        compile_and_exit(bytes, file);
    mb_status status = child < 0 ? mb_fail(b, "fork: %s", strerror(errno)) : await(b, child, file, bytes->name);
    close(file);
    if (status == MB_OK && rename(part, path) != 0)
        status = mb_fail(b, "%s: %s", path, strerror(errno));
    if (status != MB_OK)
        unlink(part);
    return status;
}

/* One sample of the run compiles a module; those that want it meanwhile wait. */
static mb_status compile_once(mb_bench *b, const wasm_bytes *bytes)
{
    char lock[PATH_MAX + MARK_BYTES];
    snprintf(lock, sizeof lock, "%s.lock", path);
    int file = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || flock(file, LOCK_EX) != 0)
        return mb_fail(b, "%s: %s", lock, strerror(errno));
    mb_status status = access(path, R_OK) == 0 ? MB_OK : compile(b, bytes);
    close(file);
    return status;
}

/* With another build of this program, which another side of the run may have, other code may be compiled. */
static uint64_t hash_program(uint64_t hash)
{
    struct stat facts;
    if (stat("/proc/self/exe", &facts) != 0)
        return hash;
    uint64_t numbers[] = {facts.st_dev, facts.st_ino, (uint64_t)facts.st_mtim.tv_sec, (uint64_t)facts.st_mtim.tv_nsec};
    return mb_hash_bytes(hash, numbers, sizeof numbers);
}

/* The folder that the coordinator removes at the end of the run is the parent of each sample's own. */
static void choose_path(const wasm_bytes *bytes)
{
    const char *folder = getenv("TMPDIR");
    if (folder == NULL || *folder == '\0')
        folder = "/tmp";
    snprintf(path, sizeof path, "%s/../%s", folder, MB_TEMPORARY_LOCK);
    is_kept = access(path, F_OK) == 0;
    uint64_t hash = hash_program(mb_hash_bytes(MB_HASH_FIRST, bytes->bytes, bytes->size));
    snprintf(path, sizeof path, "%s/%swasm-%016" PRIx64 "-%d", folder, is_kept ? "../" : "", hash,
             is_kept ? 0 : (int)getpid());
}

mb_status wasm_compile(mb_bench *b, wasm_bytes *bytes)
{
    wasm_bytes compiled = {.name = bytes->name, .path = path};
    choose_path(bytes);
    mb_status status = is_kept ? compile_once(b, bytes) : compile(b, bytes);
    if (status != MB_OK)
        return status;
    status = wasm_module_read_path(b, path, &compiled);
    if (status == MB_OK) {
        wasm_module_forget(bytes);
        *bytes = compiled;
    } else {
        wasm_compile_forget(&compiled);
    }
    return status;
}

void wasm_compile_forget(wasm_bytes *bytes)
{
    if (bytes->path != NULL && !is_kept)
        unlink(bytes->path);
    bytes->path = NULL;
}
