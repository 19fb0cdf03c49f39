/* wasm_reader.h: what reads a module's binary form, for those who look for something in it. */
#ifndef MEMBENCH_FEATURES_ESTIMATE_WASM_READER_H
#define MEMBENCH_FEATURES_ESTIMATE_WASM_READER_H

#include "features/estimate/wasm_estimate.h"

#include <string.h>

/* Section numbers, kinds and types as the WebAssembly specification, chapter "Binary Format", gives them. */
enum {
    SECTION_CUSTOM = 0,
    SECTION_TYPE = 1,
    SECTION_IMPORT = 2,
    SECTION_FUNCTION = 3,
    SECTION_TABLE = 4,
    SECTION_MEMORY = 5,
    SECTION_GLOBAL = 6,
    SECTION_EXPORT = 7,
    SECTION_ELEMENT = 9,
    SECTION_CODE = 10,
    SECTION_DATA = 11,
};
enum { KIND_FUNCTION, KIND_TABLE, KIND_MEMORY, KIND_GLOBAL, KIND_TAG };

/* Reads forward; once something does not fit, `trouble` says what and every further read gives 0. */
typedef struct wasm_cursor {
    const uint8_t *at, *end;
    const char *trouble;
} wasm_cursor;

static inline void wasm_fail(wasm_cursor *c, const char *trouble)
{
    if (c->trouble == NULL)
        c->trouble = trouble;
    c->at = c->end;
}

static inline uint8_t wasm_read_byte(wasm_cursor *c)
{
    if (c->at == c->end) {
        wasm_fail(c, "it ends too early");
        return 0;
    }
    return *c->at++;
}

static inline void wasm_skip(wasm_cursor *c, uint64_t count)
{
    if (count > (uint64_t)(c->end - c->at))
        wasm_fail(c, "a part is longer than what holds it");
    else
        c->at += count;
}

/* LEB128 without sign, of at most bit_count bits. */
static inline uint64_t wasm_read_unsigned(wasm_cursor *c, unsigned bit_count)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < bit_count; shift += 7) {
        uint8_t byte = wasm_read_byte(c);
        uint64_t low = byte & 0x7f;
        if (bit_count - shift < 7 && low >> (bit_count - shift) != 0)
            break;
        value |= low << shift;
        if ((byte & 0x80) == 0)
            return value;
    }
    wasm_fail(c, "a number is too long");
    return 0;
}

static inline uint32_t wasm_read_count(wasm_cursor *c) { return (uint32_t)wasm_read_unsigned(c, 32); }

typedef struct wasm_text {
    const uint8_t *bytes;
    uint32_t length;
} wasm_text;

static inline wasm_text wasm_read_name(wasm_cursor *c)
{
    wasm_text name = {.length = wasm_read_count(c)};
    name.bytes = c->at;
    wasm_skip(c, name.length);
    return c->trouble == NULL ? name : (wasm_text){0};
}

/* Adds the instructions of a body, without its locals. False: one of them is not known, or is cut off. (wasm_code.c) */
bool wasm_code_count(wasm_cursor body, wasm_code *code);

static inline bool wasm_is_name(const wasm_text *name, const char *wanted)
{
    return name->length == strlen(wanted) && memcmp(name->bytes, wanted, name->length) == 0;
}

#endif
