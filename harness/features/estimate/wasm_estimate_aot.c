/* A file of WAMR's compiler: after eight bytes sections, each at a multiple of four, with a type and a length of four
 * bytes each before its content, least byte first. */
#include "features/estimate/wasm_reader.h"

#include <stdio.h>

enum { AOT_ALIGNMENT = 4, AOT_TEXT = 2 };

static uint32_t read_word(wasm_cursor *c)
{
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 32; shift += 8)
        value |= (uint32_t)wasm_read_byte(c) << shift;
    return value;
}

bool wasm_estimate_parse_aot(const uint8_t *bytes, size_t size, wasm_estimate_aot *result,
                             char reason[WASM_ESTIMATE_REASON_BYTES])
{
    static const uint8_t magic[] = {0, 'a', 'o', 't'};
    if (size < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0) {
        snprintf(reason, WASM_ESTIMATE_REASON_BYTES, "byte 0: it is not a file of WAMR's compiler");
        return false;
    }
    wasm_estimate_aot aot = {.file_bytes = size};
    wasm_cursor c = {.at = bytes + sizeof magic, .end = bytes + size};
    read_word(&c); /* version */
    while (c.at != c.end && c.trouble == NULL) {
        size_t rest = (size_t)(c.at - bytes) % AOT_ALIGNMENT;
        wasm_skip(&c, rest > 0 ? AOT_ALIGNMENT - rest : 0);
        uint32_t type = read_word(&c), length = read_word(&c);
        wasm_skip(&c, length);
        if (type == AOT_TEXT)
            aot.text_bytes += length;
    }
    if (c.trouble == NULL && aot.text_bytes == 0)
        c.trouble = "it has no code";
    if (c.trouble != NULL) {
        snprintf(reason, WASM_ESTIMATE_REASON_BYTES, "compiled ahead of time: %s", c.trouble);
        return false;
    }
    *result = aot;
    return true;
}
