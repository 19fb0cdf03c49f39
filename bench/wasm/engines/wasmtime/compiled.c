#include "compiled.h"

#include "config.h"

#include <stdio.h>
#include <string.h>

wasmtime_error_t *wasmtime_driver_load(wasm_engine_t *engine, const wasm_bytes *bytes, wasmtime_module_t **module)
{
#if !defined WASMTIME_LOADS_COMPILED
    return wasmtime_module_new(engine, bytes->bytes, bytes->size, module);
#elif WASMTIME_LOADS_COMPILED == WASMTIME_FILE
    return wasmtime_module_deserialize_file(engine, bytes->path, module);
#else
    return wasmtime_module_deserialize(engine, bytes->bytes, bytes->size, module);
#endif
}

#ifdef WASMTIME_LOADS_COMPILED
static const char *say(wasmtime_error_t *error)
{
    static char text[300];
    wasm_byte_vec_t message;
    wasmtime_error_message(error, &message);
    snprintf(text, sizeof text, "%.*s", (int)message.size, message.data);
    return text;
}

/* Releases nothing: its process ends. */
const char *wasmtime_driver_compile(const wasm_bytes *bytes, const char *path)
{
    wasm_config_t *config = wasmtime_driver_configure();
    wasm_engine_t *engine = config != NULL ? wasm_engine_new_with_config(config) : NULL;
    if (engine == NULL)
        return "wasm_engine_new_with_config";
    wasmtime_module_t *module;
    wasmtime_error_t *error = wasmtime_module_new(engine, bytes->bytes, bytes->size, &module);
    if (error != NULL)
        return say(error);
    wasm_byte_vec_t compiled;
    error = wasmtime_module_serialize(module, &compiled);
    if (error != NULL)
        return say(error);
    FILE *file = fopen(path, "wb");
    bool is_written = file != NULL && fwrite(compiled.data, 1, compiled.size, file) == compiled.size;
    return is_written && fclose(file) == 0 ? NULL : "what was compiled cannot be written to a temporary file";
}
#endif
