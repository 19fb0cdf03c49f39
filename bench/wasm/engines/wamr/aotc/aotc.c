/* wamr-aotc IN.wasm OUT.aot: compiles a module ahead of time for WAMR on this machine. */
#include "aot_export.h"
#include "wasm_export.h"

#include <stdio.h>
#include <stdlib.h>

enum { CHOSEN_BY_TARGET = 2 }; /* checks are left to guard pages where the runtime has them */

/* The whole file, or NULL; the compiler keeps and edits it until the program ends. */
static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    uint8_t *bytes = NULL;
    long length = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    if (length > 0 && fseek(file, 0, SEEK_SET) == 0)
        bytes = malloc((size_t)length);
    if (bytes != NULL && fread(bytes, 1, (size_t)length, file) != (size_t)length) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    *size = (size_t)length;
    return bytes;
}

static bool compile(wasm_module_t module, const char *path)
{
    AOTCompOption option = {
        .opt_level = 3,
        .size_level = 3,
        .output_format = AOT_FORMAT_FILE,
        .bounds_checks = CHOSEN_BY_TARGET,
        .stack_bounds_checks = CHOSEN_BY_TARGET,
        .enable_bulk_memory = true,
        .enable_bulk_memory_opt = true,
        .enable_ref_types = true,
        .enable_call_indirect_overlong = true,
        .aux_stack_frame_type = AOT_STACK_FRAME_OFF,
    };
    aot_call_stack_features_init_default(&option.call_stack_features);
    aot_comp_data_t data = aot_create_comp_data(module, NULL, false);
    if (data == NULL)
        return false;
    aot_comp_context_t context = aot_create_comp_context(data, &option);
    return context != NULL && aot_compile_wasm(context) && aot_emit_aot_file(context, data, path);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: wamr-aotc IN.wasm OUT.aot\n");
        return 2;
    }
    size_t size = 0;
    uint8_t *bytes = read_file(argv[1], &size);
    if (bytes == NULL) {
        fprintf(stderr, "wamr-aotc: cannot read %s\n", argv[1]);
        return 1;
    }
    char error[256] = "";
    RuntimeInitArgs arguments = {.mem_alloc_type = Alloc_With_System_Allocator};
    if (!wasm_runtime_full_init(&arguments) || !aot_compiler_init()) {
        fprintf(stderr, "wamr-aotc: the compiler does not start\n");
        return 1;
    }
    wasm_module_t module = wasm_runtime_load(bytes, (uint32_t)size, error, sizeof error);
    if (module == NULL) {
        fprintf(stderr, "wamr-aotc: %s: %s\n", argv[1], error);
        return 1;
    }
    if (!compile(module, argv[2])) {
        fprintf(stderr, "wamr-aotc: %s: %s\n", argv[1], aot_get_last_error());
        return 1;
    }
    return 0;
}
