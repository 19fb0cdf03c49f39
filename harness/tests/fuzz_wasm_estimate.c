/* Fuzz target of the estimate: any bytes as a module, and the sizes that follow from what was read. */
#include "base/error.h"
#include "features/estimate/wasm_estimate.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_sizes(const wasm_estimate *facts, wasm_estimate_mode mode)
{
    const wasm_estimate_settings settings = {.mode = mode, .stack_bytes = 8192};
    wasm_estimate_sizes sizes;
    wasm_estimate_sizes_make(facts, &settings, &sizes);
    MB_ASSERT(sizes.total_bytes >= sizes.linear_memory_bytes);
    MB_ASSERT(sizes.total_bytes >= sizes.module_buffer_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char reason[WASM_ESTIMATE_REASON_BYTES] = "";
    wasm_estimate facts, untouched;
    char parameters[WASM_PARAMETERS_BYTES];
    if (wasm_estimate_find(data, size, "malloc", parameters) == WASM_EXPORT_FOUND)
        MB_ASSERT(memchr(parameters, '\0', sizeof parameters) != NULL);
    wasm_estimate_aot aot;
    if (wasm_estimate_parse_aot(data, size, &aot, reason))
        MB_ASSERT(aot.file_bytes == size && aot.text_bytes > 0 && aot.text_bytes < size);
    else
        MB_ASSERT(reason[0] != '\0' && memchr(reason, '\0', sizeof reason) != NULL);
    reason[0] = '\0';
    memset(&facts, 0x5a, sizeof facts);
    untouched = facts;
    if (!wasm_estimate_parse(data, size, &facts, reason)) {
        MB_ASSERT(memcmp(&facts, &untouched, sizeof facts) == 0);
        MB_ASSERT(reason[0] != '\0' && memchr(reason, '\0', sizeof reason) != NULL);
        return 0;
    }
    MB_ASSERT(facts.module_bytes == size && facts.code_bytes <= size && facts.data_bytes <= size);
    check_sizes(&facts, WASM_ESTIMATE_CLASSIC);
    check_sizes(&facts, WASM_ESTIMATE_FAST);
    check_sizes(&facts, WASM_ESTIMATE_AOT);
    return 0;
}
