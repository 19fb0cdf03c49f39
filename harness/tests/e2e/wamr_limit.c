/* How many instances of the tiny module WAMR has alive at once, with guard pages: prints their number and why there is
 * none more. Argument: the module's file. No case of membench: nobody needs 131 TB of addresses to be measured. */
#include <wasm_export.h>

#include <stdio.h>

enum { MODULE_BYTES_MAX = 4096, WASM_STACK_BYTES = 8192 };

int main(int argc, char **argv)
{
    static uint8_t bytes[MODULE_BYTES_MAX];
    char error[128] = "";
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL) {
        fputs("usage: wamr-limit tiny.wasm\n", stderr);
        return 2;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    RuntimeInitArgs arguments = {.mem_alloc_type = Alloc_With_System_Allocator};
    if (!wasm_runtime_full_init(&arguments))
        return 1;
    wasm_runtime_set_log_level(WASM_LOG_LEVEL_FATAL);
    wasm_module_t module = wasm_runtime_load(bytes, (uint32_t)size, error, sizeof error);
    unsigned count = 0;
    while (module != NULL && wasm_runtime_instantiate(module, WASM_STACK_BYTES, 0, error, sizeof error) != NULL)
        count++;
    printf("%u: %s\n", count, error);
    return 0; /* the end of the process drops them all */
}
