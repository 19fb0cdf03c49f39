#include "features/estimate/wasm_reader.h"

#include <stdio.h>
#include <string.h>

enum { TYPE_I32 = 0x7f };
enum { OP_END = 0x0b, OP_I32_CONST = 0x41, OP_I64_CONST = 0x42, OP_F32_CONST = 0x43, OP_F64_CONST = 0x44 };
enum { GLOBALS_KEPT_MAX = 256 };
enum { TYPE_REFERENCE = 0x64, TYPE_NULLABLE_REFERENCE = 0x63 }; /* what they refer to follows */
enum { ELEMENTS_NOT_ACTIVE = 1, ELEMENTS_OF_TABLE = 2, ELEMENTS_ARE_EXPRESSIONS = 4 };
enum { LOCALS_MAX = 50000 }; /* of a function: what runtimes allow, as the specification of the JavaScript API has it */
enum { TABLES_MAX = 64, TABLE_ENTRIES = 1024 /* WASM_TABLE_MAX_SIZE of WAMR */ };
enum { DATA_ACTIVE, DATA_PASSIVE, DATA_ACTIVE_OF_MEMORY };

typedef struct global {
    bool is_known; /* an i32 with a constant value */
    uint32_t value;
} global;

typedef struct parser {
    wasm_estimate facts;
    global globals[GLOBALS_KEPT_MAX];
    uint32_t imported_global_count;
    uint64_t spare_counts[TABLES_MAX]; /* of the first tables, were they grown */
    bool exports_malloc, exports_free;
} parser;

/* LEB128 with sign, of which only the low 32 bits are wanted. */
static uint32_t read_signed(wasm_cursor *c, unsigned bit_count)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < bit_count; shift += 7) {
        uint8_t byte = wasm_read_byte(c);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) != 0)
            continue;
        if (shift + 7 < 64 && (byte & 0x40) != 0)
            value |= UINT64_MAX << (shift + 7);
        return (uint32_t)value;
    }
    wasm_fail(c, "a number is too long");
    return 0;
}

/* Limits of a table or memory: flags (1: a maximum, 2: shared, 4: 64-bit), minimum, maximum. */
static void read_limits(wasm_cursor *c, uint8_t *flags, uint64_t *minimum, uint64_t *maximum)
{
    *flags = wasm_read_byte(c);
    unsigned bit_count = *flags & 4 ? 64 : 32;
    *minimum = wasm_read_unsigned(c, bit_count);
    *maximum = *flags & 1 ? wasm_read_unsigned(c, bit_count) : 0;
}

static void read_memory(wasm_cursor *c, parser *p, bool is_imported)
{
    uint8_t flags;
    uint64_t minimum, maximum;
    read_limits(c, &flags, &minimum, &maximum);
    if (minimum > UINT64_C(1) << 48 || maximum > UINT64_C(1) << 48)
        wasm_fail(c, "a memory is larger than the maximum");
    if (c->trouble != NULL)
        return;
    if (p->facts.has_memory) {
        p->facts.other_memory_count++;
        p->facts.other_memory_min_pages += minimum; /* a file is too short for so many that it overflows */
        return;
    }
    p->facts.has_memory = true;
    p->facts.memory_is_imported = is_imported;
    p->facts.memory_is_shared = (flags & 2) != 0;
    p->facts.has_memory_max = (flags & 1) != 0;
    p->facts.memory_min_pages = minimum;
    p->facts.memory_max_pages = maximum;
}

/* A table that the module grows gets all at once what it may grow to: as declared, but no more than twice what it
 * begins with, or 1,024 if that is more. */
static uint64_t count_spare(uint64_t minimum, bool has_maximum, uint64_t maximum)
{
    uint64_t most = 2 * minimum > TABLE_ENTRIES ? 2 * minimum : TABLE_ENTRIES;
    if (has_maximum && maximum < most)
        most = maximum;
    return most > minimum ? most - minimum : 0;
}

static void read_table(wasm_cursor *c, parser *p)
{
    uint8_t flags;
    uint64_t minimum, maximum;
    wasm_read_byte(c); /* type of its elements */
    read_limits(c, &flags, &minimum, &maximum);
    minimum = minimum < UINT32_MAX ? minimum : UINT32_MAX;
    if (p->facts.table_count < TABLES_MAX)
        p->spare_counts[p->facts.table_count] = count_spare(minimum, (flags & 1) != 0, maximum);
    p->facts.table_count++;
    p->facts.table_entry_count += minimum;
}

static void read_import(wasm_cursor *c, parser *p)
{
    wasm_text module = wasm_read_name(c);
    wasm_read_name(c);
    switch (wasm_read_byte(c)) {
    case KIND_FUNCTION:
        wasm_read_count(c);
        p->facts.imported_function_count++;
        p->facts.wasi_function_count +=
            wasm_is_name(&module, "wasi_snapshot_preview1") || wasm_is_name(&module, "wasi");
        break;
    case KIND_TABLE:
        read_table(c, p);
        break;
    case KIND_MEMORY:
        read_memory(c, p, true);
        break;
    case KIND_GLOBAL:
        wasm_skip(c, 2); /* type, mutability */
        p->imported_global_count++;
        p->facts.global_count++;
        break;
    case KIND_TAG:
        wasm_skip(c, 1);
        wasm_read_count(c);
        break;
    default:
        wasm_fail(c, "an import is of an unknown kind");
    }
}

static void skip_to_end(wasm_cursor *c)
{
    /* Longer initial expressions stand for nothing that is wanted here, but their end must be found: they are made of
     * constants, global.get, ref.func, ref.null and arithmetic, so that no END is inside of one. */
    for (;;) {
        uint8_t op = wasm_read_byte(c);
        if (op == OP_END || c->trouble != NULL)
            return;
        if (op == OP_I32_CONST)
            read_signed(c, 35);
        else if (op == OP_I64_CONST)
            read_signed(c, 70);
        else if (op == OP_F32_CONST)
            wasm_skip(c, 4);
        else if (op == OP_F64_CONST)
            wasm_skip(c, 8);
        else if (op == 0x23 || op == 0xd2) /* global.get, ref.func */
            wasm_read_count(c);
        else if (op == 0xd0) /* ref.null */
            read_signed(c, 35);
        else if (op == 0xfd && wasm_read_count(c) == 12) /* v128.const */
            wasm_skip(c, 16);
        else if (op != 0xfd && !(op >= 0x6a && op <= 0x6c) && !(op >= 0x7c && op <= 0x7e)) /* add, sub, mul */
            wasm_fail(c, "an initial value is not supported");
    }
}

/* Reads an initial expression; true with its value when it is a single i32.const. */
static bool read_constant(wasm_cursor *c, uint32_t *value)
{
    bool is_constant = c->at != c->end && *c->at == OP_I32_CONST;
    const uint8_t *start = c->at;
    if (is_constant) {
        c->at++;
        *value = read_signed(c, 35);
        if (c->at != c->end && *c->at == OP_END) {
            c->at++;
            return true;
        }
        if (c->trouble != NULL)
            return false;
    }
    c->at = start;
    skip_to_end(c);
    return false;
}

static void read_global(wasm_cursor *c, parser *p)
{
    uint8_t type = wasm_read_byte(c);
    bool is_mutable = wasm_read_byte(c) != 0;
    uint32_t value = 0, place = p->facts.global_count++;
    bool is_known = read_constant(c, &value) && type == TYPE_I32;
    if (place < GLOBALS_KEPT_MAX)
        p->globals[place] = (global){is_known, value};
    if (is_known && is_mutable && !p->facts.has_stack_pointer) {
        p->facts.has_stack_pointer = true;
        p->facts.stack_pointer_bytes = value;
    }
}

static void read_export(wasm_cursor *c, parser *p)
{
    wasm_text name = wasm_read_name(c);
    uint8_t kind = wasm_read_byte(c);
    uint32_t place = wasm_read_count(c);
    p->facts.export_count++;
    p->facts.exported_function_count += kind == KIND_FUNCTION;
    p->exports_malloc |= kind == KIND_FUNCTION && wasm_is_name(&name, "malloc");
    p->exports_free |= kind == KIND_FUNCTION && wasm_is_name(&name, "free");
    p->facts.exports_initialize |= kind == KIND_FUNCTION && wasm_is_name(&name, "_initialize");
    p->facts.exports_start |= kind == KIND_FUNCTION && wasm_is_name(&name, "_start");
    if (kind != KIND_GLOBAL || place >= GLOBALS_KEPT_MAX || !p->globals[place].is_known)
        return;
    if (wasm_is_name(&name, "__data_end")) {
        p->facts.has_data_end = true;
        p->facts.data_end_bytes = p->globals[place].value;
    } else if (wasm_is_name(&name, "__heap_base")) {
        p->facts.has_heap_base = true;
        p->facts.heap_base_bytes = p->globals[place].value;
    }
}

static void skip_type(wasm_cursor *c)
{
    uint8_t type = wasm_read_byte(c);
    if (type == TYPE_REFERENCE || type == TYPE_NULLABLE_REFERENCE)
        read_signed(c, 35);
}

/* What segments put into tables. One that is newer than what is understood ends the counting; the module is not
 * refused.
 */
static void read_elements(wasm_cursor *section, parser *p)
{
    wasm_cursor c = *section;
    section->at = section->end;
    uint32_t segment_count = wasm_read_count(&c);
    for (uint32_t i = 0; i < segment_count && c.trouble == NULL; i++) {
        uint32_t flags = wasm_read_count(&c);
        if (!(flags & ELEMENTS_NOT_ACTIVE) && (flags & ELEMENTS_OF_TABLE))
            wasm_read_count(&c);
        if (!(flags & ELEMENTS_NOT_ACTIVE))
            skip_to_end(&c);
        if (flags & (ELEMENTS_NOT_ACTIVE | ELEMENTS_OF_TABLE))
            skip_type(&c);
        uint32_t count = wasm_read_count(&c), read_count = 0;
        for (; read_count < count && c.trouble == NULL; read_count++)
            if (flags & ELEMENTS_ARE_EXPRESSIONS)
                skip_to_end(&c);
            else
                wasm_read_count(&c);
        if (c.trouble != NULL)
            return;
        p->facts.element_segment_count++;
        p->facts.element_count += count;
    }
}

/* Likewise. */
static uint32_t count_locals(wasm_cursor *body)
{
    uint64_t local_count = 0;
    uint32_t group_count = wasm_read_count(body);
    for (uint32_t i = 0; i < group_count && body->trouble == NULL; i++) {
        local_count += wasm_read_count(body);
        skip_type(body);
        if (local_count > LOCALS_MAX)
            return 0;
    }
    return body->trouble == NULL ? (uint32_t)local_count : 0;
}

static void read_body(wasm_cursor *c, parser *p)
{
    uint32_t length = wasm_read_count(c);
    wasm_cursor body = *c;
    wasm_skip(c, length);
    if (c->trouble == NULL) {
        body.end = c->at;
        p->facts.local_count += count_locals(&body);
        p->facts.knows_code = p->facts.knows_code && wasm_code_count(body, &p->facts.code);
    }
    p->facts.function_count++;
    p->facts.code_bytes += length;
}

static void read_data(wasm_cursor *c, parser *p)
{
    uint32_t mode = wasm_read_count(c), unused;
    if (mode == DATA_ACTIVE_OF_MEMORY)
        wasm_read_count(c);
    if (mode == DATA_ACTIVE || mode == DATA_ACTIVE_OF_MEMORY)
        read_constant(c, &unused);
    else if (mode != DATA_PASSIVE)
        wasm_fail(c, "a data segment is of an unknown kind");
    uint32_t length = wasm_read_count(c);
    wasm_skip(c, length);
    p->facts.data_segment_count++;
    p->facts.data_bytes += length;
}

static void read_defined_memory(wasm_cursor *c, parser *p) { read_memory(c, p, false); }

/* Reads one element of a vector; NULL: the section's elements are only counted. */
typedef void element_reader(wasm_cursor *c, parser *p);

static void read_section(wasm_cursor *c, parser *p, uint8_t section)
{
    static element_reader *const readers[] = {
        [SECTION_IMPORT] = read_import, [SECTION_TABLE] = read_table,   [SECTION_MEMORY] = read_defined_memory,
        [SECTION_GLOBAL] = read_global, [SECTION_EXPORT] = read_export, [SECTION_CODE] = read_body,
        [SECTION_DATA] = read_data,
    };
    if (section == SECTION_TYPE)
        p->facts.type_count = wasm_read_count(c);
    if (section == SECTION_ELEMENT)
        read_elements(c, p);
    if (section >= sizeof readers / sizeof readers[0] || readers[section] == NULL)
        return;
    uint32_t count = wasm_read_count(c);
    if (section == SECTION_IMPORT)
        p->facts.import_count = count;
    for (uint32_t i = 0; i < count && c->trouble == NULL; i++)
        readers[section](c, p);
    if (c->trouble == NULL && c->at != c->end)
        wasm_fail(c, "a section is longer than its size says");
}

bool wasm_estimate_parse(const uint8_t *bytes, size_t size, wasm_estimate *result,
                         char reason[WASM_ESTIMATE_REASON_BYTES])
{
    static const uint8_t magic[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    if (size < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0) {
        snprintf(reason, WASM_ESTIMATE_REASON_BYTES, "byte 0: it is not a WebAssembly module of version 1");
        return false;
    }
    parser p = {.facts.module_bytes = size, .facts.knows_code = true};
    wasm_cursor c = {.at = bytes + sizeof magic, .end = bytes + size};
    const uint8_t *start = c.at; /* of the section being read */
    while (c.at != c.end && c.trouble == NULL) {
        start = c.at;
        uint8_t section = wasm_read_byte(&c);
        uint32_t length = wasm_read_count(&c);
        wasm_cursor inner = {.at = c.at, .end = c.at};
        wasm_skip(&c, length);
        if (c.trouble != NULL)
            break;
        inner.end = c.at;
        read_section(&inner, &p, section);
        if (inner.trouble != NULL) {
            snprintf(reason, WASM_ESTIMATE_REASON_BYTES, "section %u at byte %zu: %s", section,
                     (size_t)(inner.end - length - bytes), inner.trouble);
            return false;
        }
    }
    if (c.trouble != NULL) {
        snprintf(reason, WASM_ESTIMATE_REASON_BYTES, "section at byte %zu: %s", (size_t)(start - bytes), c.trouble);
        return false;
    }
    for (size_t i = 0; i < TABLES_MAX; i++)
        p.facts.table_spare_count += p.facts.code.grown_tables >> i & 1 ? p.spare_counts[i] : 0;
    p.facts.exports_malloc = p.exports_malloc && p.exports_free;
    *result = p.facts;
    return true;
}

wasm_estimate_entry wasm_estimate_entry_of(const wasm_estimate *facts, bool has_wasi, bool has_calls)
{
    bool is_free = facts->imported_function_count == (has_wasi ? facts->wasi_function_count : 0);
    if (facts->exports_initialize && (is_free || has_calls))
        return WASM_ENTRY_INITIALIZE;
    return facts->exports_start && is_free && !has_calls ? WASM_ENTRY_START : WASM_ENTRY_NONE;
}
