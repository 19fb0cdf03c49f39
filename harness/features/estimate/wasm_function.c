/* Which parameters an exported function takes: the section of exports gives its place, those of imports and functions
 * its type, that of types the parameters. */
#include "features/estimate/wasm_reader.h"

#include <stdio.h>

enum { FUNCTION_TYPE = 0x60, HEADER_BYTES = 8 };

/* The contents of the first section of that number; empty when there is none. */
static wasm_cursor find_section(const uint8_t *bytes, size_t size, uint8_t wanted)
{
    wasm_cursor c = {.at = bytes + HEADER_BYTES, .end = bytes + size};
    while (c.at != c.end && c.trouble == NULL) {
        uint8_t section = wasm_read_byte(&c);
        uint32_t length = wasm_read_count(&c);
        wasm_cursor inner = {.at = c.at, .end = c.at};
        wasm_skip(&c, length);
        if (c.trouble == NULL && section == wanted) {
            inner.end = c.at;
            return inner;
        }
    }
    return (wasm_cursor){.at = bytes, .end = bytes};
}

static bool find_export(wasm_cursor c, const char *name, uint32_t *place)
{
    uint32_t count = c.at != c.end ? wasm_read_count(&c) : 0;
    for (uint32_t i = 0; i < count && c.trouble == NULL; i++) {
        wasm_text exported = wasm_read_name(&c);
        uint8_t kind = wasm_read_byte(&c);
        *place = wasm_read_count(&c);
        if (c.trouble == NULL && kind == KIND_FUNCTION && wasm_is_name(&exported, name))
            return true;
    }
    return false;
}

/* The type of the function at that place among the imported ones; else *place is what is left of it. False: something
 * is imported that is not understood. */
static bool pass_imports(wasm_cursor c, uint32_t *place, bool *is_found, uint32_t *type)
{
    uint32_t count = c.at != c.end ? wasm_read_count(&c) : 0;
    *is_found = false;
    for (uint32_t i = 0; i < count && c.trouble == NULL && !*is_found; i++) {
        wasm_read_name(&c);
        wasm_read_name(&c);
        uint8_t kind = wasm_read_byte(&c), flags;
        switch (kind) {
        case KIND_FUNCTION:
            *type = wasm_read_count(&c);
            *is_found = *place == 0;
            *place -= !*is_found;
            break;
        case KIND_TABLE:
            wasm_read_byte(&c); /* type of its elements */
            /* fall through */
        case KIND_MEMORY:
            flags = wasm_read_byte(&c);
            wasm_read_unsigned(&c, 64);
            if (flags & 1)
                wasm_read_unsigned(&c, 64);
            break;
        case KIND_GLOBAL:
            wasm_skip(&c, 2); /* type, mutability */
            break;
        default:
            return false;
        }
    }
    return c.trouble == NULL;
}

static bool find_type(wasm_cursor c, uint32_t place, uint32_t *type)
{
    uint32_t count = c.at != c.end ? wasm_read_count(&c) : 0;
    for (uint32_t i = 0; i < count && i <= place; i++)
        *type = wasm_read_count(&c);
    return place < count && c.trouble == NULL;
}

static const char *name_type(uint8_t type)
{
    switch (type) {
    case 0x7f:
        return "i32";
    case 0x7e:
        return "i64";
    case 0x7d:
        return "f32";
    case 0x7c:
        return "f64";
    case 0x7b:
        return "v128";
    default:
        return NULL;
    }
}

/* "i32, f64" of the type at that place. False: it is not understood. */
static bool read_parameters(wasm_cursor c, uint32_t place, char text[WASM_PARAMETERS_BYTES])
{
    uint32_t count = c.at != c.end ? wasm_read_count(&c) : 0;
    for (uint32_t i = 0; i < count && i <= place && c.trouble == NULL; i++) {
        if (wasm_read_byte(&c) != FUNCTION_TYPE)
            return false;
        size_t used = 0;
        text[0] = '\0';
        for (int is_result = 0; is_result < 2; is_result++) {
            uint32_t value_count = wasm_read_count(&c);
            for (uint32_t v = 0; v < value_count && c.trouble == NULL; v++) {
                const char *type = name_type(wasm_read_byte(&c));
                if (type == NULL)
                    return false;
                if (!is_result && used < WASM_PARAMETERS_BYTES - 8)
                    used += (size_t)snprintf(text + used, 8, "%s%s", v > 0 ? ", " : "", type);
            }
        }
    }
    return place < count && c.trouble == NULL;
}

wasm_estimate_export wasm_estimate_find(const uint8_t *bytes, size_t size, const char *function,
                                        char parameters[WASM_PARAMETERS_BYTES])
{
    uint32_t place, type = 0;
    bool is_imported;
    if (size < HEADER_BYTES || !find_export(find_section(bytes, size, SECTION_EXPORT), function, &place))
        return WASM_EXPORT_NONE;
    if (!pass_imports(find_section(bytes, size, SECTION_IMPORT), &place, &is_imported, &type) ||
        (!is_imported && !find_type(find_section(bytes, size, SECTION_FUNCTION), place, &type)) ||
        !read_parameters(find_section(bytes, size, SECTION_TYPE), type, parameters))
        return WASM_EXPORT_OF_UNKNOWN_TYPE;
    return WASM_EXPORT_FOUND;
}
