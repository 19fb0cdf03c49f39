/* The functions are the library's own, but m3_LinkWASI is not called: it opens the current folder twice for each
 * instance and gives it to the module. A module's file number is the process's own, where 3 and more are membench's, so
 * only the standard streams pass. */
#include "wasi.h"

#include <m3_api_wasi.h>

#include <string.h>

enum { BAD_FILE = 8 }; /* __WASI_ERRNO_BADF */

#define LIBRARY_FUNCTIONS(X)                                                                                           \
    X(args_get, generic_args_get, "i(**)")                                                                             \
    X(args_sizes_get, generic_args_sizes_get, "i(**)")                                                                 \
    X(environ_get, generic_environ_get, "i(**)")                                                                       \
    X(environ_sizes_get, generic_environ_sizes_get, "i(**)")                                                           \
    X(clock_res_get, generic_clock_res_get, "i(i*)")                                                                   \
    X(clock_time_get, generic_clock_time_get, "i(iI*)")                                                                \
    X(random_get, generic_random_get, "i(*i)")                                                                         \
    X(sched_yield, generic_sched_yield, "i()")                                                                         \
    X(proc_exit, generic_proc_exit, "v(i)")
#define STREAM_FUNCTIONS(X)                                                                                            \
    X(fd_datasync, generic_fd_datasync, "i(i)")                                                                        \
    X(fd_fdstat_get, generic_fd_fdstat_get, "i(i*)")                                                                   \
    X(fd_fdstat_set_flags, generic_fd_fdstat_set_flags, "i(ii)")                                                       \
    X(fd_read, generic_fd_read, "i(i*i*)")                                                                             \
    X(fd_seek, snapshot_preview1_fd_seek, "i(iIi*)")                                                                   \
    X(fd_write, generic_fd_write, "i(i*i*)")

/* The library has no header for them. */
#define DECLARE(name, function, signature) m3ApiRawFunction(m3_wasi_##function);
LIBRARY_FUNCTIONS(DECLARE)
STREAM_FUNCTIONS(DECLARE)

static m3_wasi_context_t context;

static bool is_stream(const uint64_t *stack)
{
    uint32_t file;
    memcpy(&file, &stack[1], sizeof file);
    return file <= 2;
}

static const void *answer(uint64_t *stack, uint32_t error)
{
    memcpy(&stack[0], &error, sizeof error);
    return m3Err_none;
}

/* Only the standard streams; the row's function is the library's. */
static const void *call_for_stream(IM3Runtime runtime, IM3ImportContext import, uint64_t *stack, void *memory)
{
    M3RawCall function = *(const M3RawCall *)import->userdata;
    return is_stream(stack) ? function(runtime, import, stack, memory) : answer(stack, BAD_FILE);
}

/* Streams stay open for the next instance, and nothing else was open. */
static const void *close_file(IM3Runtime runtime, IM3ImportContext import, uint64_t *stack, void *memory)
{
    (void)runtime;
    (void)import;
    (void)memory;
    return answer(stack, is_stream(stack) ? 0 : BAD_FILE);
}

/* There are no folders. */
static const void *find_no_folder(IM3Runtime runtime, IM3ImportContext import, uint64_t *stack, void *memory)
{
    (void)runtime;
    (void)import;
    (void)memory;
    return answer(stack, BAD_FILE);
}

#define ROW(name, function, signature) {#name, signature, m3_wasi_##function, false},
#define STREAM_ROW(name, function, signature) {#name, signature, m3_wasi_##function, true},
static const struct {
    const char *name, *signature;
    M3RawCall function;
    bool is_stream;
} functions[] = {
    LIBRARY_FUNCTIONS(ROW) STREAM_FUNCTIONS(STREAM_ROW){"fd_close", "i(i)", close_file, false},
    {"fd_prestat_get", "i(i*)", find_no_folder, false},
    {"fd_prestat_dir_name", "i(i*i)", find_no_folder, false},
};

mb_status wasm3_wasi_set(mb_bench *b, const wasm_wasi *wasi)
{
    if (wasi->variable_count > 0 || wasi->folder_count > 0)
        return mb_skip(b, "WASI in Wasm3 has no %s", wasi->variable_count > 0 ? "environment variables" : "folders");
    context = (m3_wasi_context_t){.argc = (u32)wasi->argument_count, .argv = (ccstr_t *)wasi->arguments};
    return MB_OK;
}

mb_status wasm3_wasi_give(mb_bench *b, IM3Module parsed)
{
    for (size_t i = 0; context.argc > 0 && i < sizeof functions / sizeof functions[0]; i++) {
        const void *given = functions[i].is_stream ? (const void *)&functions[i].function : (const void *)&context;
        M3RawCall function = functions[i].is_stream ? call_for_stream : functions[i].function;
        M3Result why = m3_LinkRawFunctionEx(parsed, "wasi_snapshot_preview1", functions[i].name, functions[i].signature,
                                            function, given);
        if (why != m3Err_none && why != m3Err_functionLookupFailed)
            return wasm_refuse(b, "the import wasi_snapshot_preview1.%s: %s", functions[i].name, why);
    }
    return MB_OK;
}

bool wasm3_wasi_has_exited(M3Result why, int32_t *code)
{
    if (why != m3Err_trapExit || context.argc == 0)
        return false;
    *code = context.exit_code;
    return true;
}
