#include "wasi.h"

#if defined WAMR_WASI || defined WAMR_THREADS
#include <stdint.h>
#include <string.h>

static const wasm_wasi *the_wasi;                 /* NULL: none was set */
static const char *mapped_folders[WASM_WASI_MAX]; /* as WAMR names them: "GUEST::HOST" */

bool wamr_wasi_is_in(wasm_module_inst_t instance) { return wasm_runtime_is_wasi_mode(instance); }

mb_status wamr_wasi_set(mb_bench *b, const wasm_wasi *wasi)
{
    the_wasi = wasi;
    return wasm_name_folders(b, wasi, "::", mapped_folders);
}

/* What the runtime takes it does not write to. */
void wamr_wasi_give(struct InstantiationArgs2 *arguments)
{
    if (the_wasi == NULL)
        return;
    wasm_runtime_instantiation_args_set_wasi_arg(arguments, (char **)(uintptr_t)the_wasi->arguments,
                                                 (int)the_wasi->argument_count);
    wasm_runtime_instantiation_args_set_wasi_env(arguments, (const char **)(uintptr_t)the_wasi->variables,
                                                 (uint32_t)the_wasi->variable_count);
    wasm_runtime_instantiation_args_set_wasi_dir(arguments, NULL, 0, mapped_folders, (uint32_t)the_wasi->folder_count);
}

bool wamr_wasi_has_exited(wasm_module_inst_t instance, int32_t *code)
{
    const char *why = wasm_runtime_get_exception(instance);
    if (why == NULL || strstr(why, "wasi proc exit") == NULL)
        return false;
    *code = (int32_t)wasm_runtime_get_wasi_exit_code(instance);
    wasm_runtime_clear_exception(instance);
    return true;
}
#else
bool wamr_wasi_is_in(wasm_module_inst_t instance)
{
    (void)instance;
    return false;
}

mb_status wamr_wasi_set(mb_bench *b, const wasm_wasi *wasi)
{
    (void)wasi;
    return mb_fail(b, "this variant has no WASI");
}

void wamr_wasi_give(struct InstantiationArgs2 *arguments) { (void)arguments; }

bool wamr_wasi_has_exited(wasm_module_inst_t instance, int32_t *code)
{
    (void)instance;
    (void)code;
    return false;
}
#endif
