/* Counts the instructions of a function's body by what a runtime makes of them. Numbers as the WebAssembly
 * specification, chapter "Binary Format", gives them. */
#include "features/estimate/wasm_reader.h"

enum {
    SHORT_TYPE_FIRST = 0x63, /* (ref …), (ref null …): a heap type follows */
    SHORT_TYPE_LAST = 0x64,
    MEMORY_FOLLOWS = 0x40, /* in the alignment of an access: of which memory */
    NUMBER_BYTES_MAX = 10,
};

/* A number of any size, with or without a sign. */
static void skip_number(wasm_cursor *c)
{
    for (int i = 0; i < NUMBER_BYTES_MAX; i++)
        if ((wasm_read_byte(c) & 0x80) == 0)
            return;
    wasm_fail(c, "a number is too long");
}

static void skip_numbers(wasm_cursor *c, uint32_t count)
{
    for (uint32_t i = 0; i < count && c->trouble == NULL; i++)
        skip_number(c);
}

static void skip_block_type(wasm_cursor *c)
{
    if (c->at != c->end && *c->at >= SHORT_TYPE_FIRST && *c->at <= SHORT_TYPE_LAST)
        wasm_read_byte(c);
    skip_number(c);
}

static void skip_access(wasm_cursor *c)
{
    uint32_t alignment = wasm_read_count(c);
    skip_numbers(c, alignment & MEMORY_FOLLOWS ? 2 : 1);
}

static wasm_code_kind read_bulk(wasm_cursor *c, uint64_t *grown_tables)
{
    static const uint8_t number_counts[] = {0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1};
    enum { TABLE_GROW = 15 };
    uint32_t operation = wasm_read_count(c);
    if (operation >= sizeof number_counts)
        return WASM_CODE_UNKNOWN;
    if (operation == TABLE_GROW) {
        uint32_t table = wasm_read_count(c);
        *grown_tables |= table < 64 ? UINT64_C(1) << table : 0;
    } else {
        skip_numbers(c, number_counts[operation]);
    }
    return WASM_CODE_OPERATION;
}

static wasm_code_kind read_vector(wasm_cursor *c)
{
    uint32_t operation = wasm_read_count(c);
    bool is_lane_access = operation >= 84 && operation <= 91;
    if (operation <= 11 || is_lane_access || operation == 92 || operation == 93) {
        skip_access(c);
        wasm_skip(c, is_lane_access);
        return WASM_CODE_LOAD;
    }
    wasm_skip(c, operation == 12 || operation == 13 ? 16 : operation >= 21 && operation <= 34);
    return operation == 12 ? WASM_CODE_CONSTANT : WASM_CODE_OPERATION;
}

static wasm_code_kind read_atomic(wasm_cursor *c)
{
    enum { FENCE = 3 };
    if (wasm_read_count(c) == FENCE)
        wasm_skip(c, 1);
    else
        skip_access(c);
    return WASM_CODE_LOAD;
}

static wasm_code_kind read_control(wasm_cursor *c, uint8_t operation, uint64_t *target_count)
{
    switch (operation) {
    case 0x04: /* if */
        skip_block_type(c);
        return WASM_CODE_IF;
    case 0x02: /* block, loop */
    case 0x03:
        skip_block_type(c);
        return WASM_CODE_NOTHING;
    case 0x00: /* unreachable, nop, else, end, return */
    case 0x01:
    case 0x05:
    case 0x0b:
    case 0x0f:
        return WASM_CODE_NOTHING;
    case 0x0c: /* br, br_if */
    case 0x0d:
        skip_number(c);
        return WASM_CODE_BRANCH;
    case 0x0e: { /* br_table */
        uint32_t count = wasm_read_count(c);
        skip_numbers(c, count);
        skip_number(c);
        *target_count += count;
        return WASM_CODE_BRANCH;
    }
    case 0x10: /* call, return_call; of a table */
    case 0x12:
        skip_number(c);
        return WASM_CODE_CALL;
    case 0x11:
    case 0x13:
        skip_numbers(c, 2);
        return WASM_CODE_CALL;
    default: /* exceptions and references to functions */
        return WASM_CODE_UNKNOWN;
    }
}

static wasm_code_kind read_instruction(wasm_cursor *c, wasm_code *code)
{
    uint8_t operation = wasm_read_byte(c);
    if (operation <= 0x15)
        return read_control(c, operation, &code->counts[WASM_CODE_TARGET]);
    if (operation >= 0x45 && operation <= 0xc4) /* arithmetic */
        return WASM_CODE_OPERATION;
    if (operation >= 0x28 && operation <= 0x3e) {
        skip_access(c);
        return operation < 0x36 ? WASM_CODE_LOAD : WASM_CODE_STORE;
    }
    switch (operation) {
    case 0x1a: /* drop */
        return WASM_CODE_NOTHING;
    case 0x1c: /* select, with types */
        skip_numbers(c, wasm_read_count(c));
        return WASM_CODE_SELECT;
    case 0x1b:
        return WASM_CODE_SELECT;
    case 0x20: /* local.get, .set, .tee */
        skip_number(c);
        return WASM_CODE_LOCAL_GET;
    case 0x21:
    case 0x22:
        skip_number(c);
        return WASM_CODE_LOCAL_SET;
    case 0x23: /* global.get, .set */
    case 0x24:
        skip_number(c);
        return WASM_CODE_GLOBAL;
    case 0x25: /* table.get, .set; memory.size, .grow; ref.null, .func */
    case 0x26:
    case 0x3f:
    case 0x40:
    case 0xd0:
    case 0xd2:
        skip_number(c);
        return WASM_CODE_OPERATION;
    case 0x41: /* constants */
    case 0x42:
        skip_number(c);
        return WASM_CODE_CONSTANT;
    case 0x43:
        wasm_skip(c, 4);
        return WASM_CODE_CONSTANT;
    case 0x44:
        wasm_skip(c, 8);
        return WASM_CODE_CONSTANT;
    case 0xd1:
        return WASM_CODE_OPERATION;
    case 0xfc:
        return read_bulk(c, &code->grown_tables);
    case 0xfd:
        return read_vector(c);
    case 0xfe:
        return read_atomic(c);
    default:
        return WASM_CODE_UNKNOWN;
    }
}

bool wasm_code_count(wasm_cursor body, wasm_code *code)
{
    while (body.at != body.end && body.trouble == NULL) {
        wasm_code_kind kind = read_instruction(&body, code);
        if (kind == WASM_CODE_UNKNOWN)
            return false;
        code->counts[kind]++;
    }
    return body.trouble == NULL;
}
