/* Instructions of function bodies, each by its bytes as the specification has them: what they count as, that nothing of
 * them is left over, and what follows for the code that is made of them. */
#include "tests/suite.h"

#include "features/estimate/wasm_reader.h"

#include <stdlib.h>

enum { BYTES_MAX = 24 };

typedef struct row {
    wasm_code_kind kind;
    uint8_t size, bytes[BYTES_MAX];
} row;

static const row rows[] = {
    {WASM_CODE_NOTHING, 1, {0x00}},
    {WASM_CODE_NOTHING, 1, {0x0b}},
    {WASM_CODE_NOTHING, 2, {0x02, 0x40}},
    {WASM_CODE_NOTHING, 3, {0x03, 0x80, 0x01}}, /* of a type by its number */
    {WASM_CODE_NOTHING, 3, {0x02, 0x63, 0x70}}, /* (ref null func) */
    {WASM_CODE_NOTHING, 1, {0x1a}},
    {WASM_CODE_IF, 2, {0x04, 0x7f}},
    {WASM_CODE_BRANCH, 2, {0x0c, 0x00}},
    {WASM_CODE_BRANCH, 3, {0x0d, 0x80, 0x01}},
    {WASM_CODE_CALL, 2, {0x10, 0x05}},
    {WASM_CODE_CALL, 3, {0x11, 0x05, 0x00}},
    {WASM_CODE_CALL, 2, {0x12, 0x05}},
    {WASM_CODE_CALL, 3, {0x13, 0x05, 0x00}},
    {WASM_CODE_SELECT, 1, {0x1b}},
    {WASM_CODE_SELECT, 3, {0x1c, 0x01, 0x7f}},
    {WASM_CODE_LOCAL_GET, 2, {0x20, 0x07}},
    {WASM_CODE_LOCAL_SET, 2, {0x21, 0x07}},
    {WASM_CODE_LOCAL_SET, 3, {0x22, 0x87, 0x01}},
    {WASM_CODE_GLOBAL, 2, {0x23, 0x00}},
    {WASM_CODE_GLOBAL, 2, {0x24, 0x00}},
    {WASM_CODE_OPERATION, 2, {0x25, 0x00}},
    {WASM_CODE_LOAD, 3, {0x28, 0x02, 0x08}},
    {WASM_CODE_LOAD, 4, {0x35, 0x42, 0x01, 0x08}}, /* of the second memory */
    {WASM_CODE_STORE, 7, {0x36, 0x02, 0x80, 0x80, 0x80, 0x80, 0x01}},
    {WASM_CODE_STORE, 3, {0x3e, 0x02, 0x00}},
    {WASM_CODE_OPERATION, 2, {0x3f, 0x00}},
    {WASM_CODE_OPERATION, 2, {0x40, 0x00}},
    {WASM_CODE_CONSTANT, 6, {0x41, 0x80, 0x80, 0x80, 0x80, 0x78}},
    {WASM_CODE_CONSTANT, 11, {0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f}},
    {WASM_CODE_CONSTANT, 5, {0x43, 0xff, 0xff, 0xff, 0xff}},
    {WASM_CODE_CONSTANT, 9, {0x44, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
    {WASM_CODE_OPERATION, 1, {0x45}},
    {WASM_CODE_OPERATION, 1, {0xc4}},
    {WASM_CODE_OPERATION, 2, {0xd0, 0x70}},
    {WASM_CODE_OPERATION, 1, {0xd1}},
    {WASM_CODE_OPERATION, 2, {0xd2, 0x01}},
    {WASM_CODE_OPERATION, 2, {0xfc, 0x07}},             /* i64.trunc_sat_f64_u */
    {WASM_CODE_OPERATION, 4, {0xfc, 0x08, 0x00, 0x00}}, /* memory.init */
    {WASM_CODE_OPERATION, 3, {0xfc, 0x09, 0x00}},
    {WASM_CODE_OPERATION, 4, {0xfc, 0x0a, 0x00, 0x00}},
    {WASM_CODE_OPERATION, 3, {0xfc, 0x0b, 0x00}},
    {WASM_CODE_OPERATION, 4, {0xfc, 0x0c, 0x00, 0x00}}, /* table.init */
    {WASM_CODE_OPERATION, 3, {0xfc, 0x0f, 0x00}},
    {WASM_CODE_OPERATION, 3, {0xfc, 0x11, 0x00}},
    {WASM_CODE_LOAD, 4, {0xfd, 0x00, 0x04, 0x00}},       /* v128.load */
    {WASM_CODE_LOAD, 5, {0xfd, 0x54, 0x00, 0x00, 0x01}}, /* v128.load8_lane */
    {WASM_CODE_LOAD, 4, {0xfd, 0x5c, 0x02, 0x00}},       /* v128.load32_zero */
    {WASM_CODE_CONSTANT, 18, {0xfd, 0x0c}},
    {WASM_CODE_OPERATION, 18, {0xfd, 0x0d}},       /* i8x16.shuffle */
    {WASM_CODE_OPERATION, 3, {0xfd, 0x15, 0x0f}},  /* i8x16.extract_lane_s */
    {WASM_CODE_OPERATION, 3, {0xfd, 0xae, 0x01}},  /* i32x4.add */
    {WASM_CODE_LOAD, 4, {0xfe, 0x10, 0x02, 0x00}}, /* i32.atomic.load */
    {WASM_CODE_LOAD, 3, {0xfe, 0x03, 0x00}},       /* atomic.fence */
    {WASM_CODE_UNKNOWN, 2, {0x06, 0x40}},          /* try */
    {WASM_CODE_UNKNOWN, 2, {0xfb, 0x00}},          /* struct.new */
    {WASM_CODE_UNKNOWN, 2, {0xfc, 0x12}},
    {WASM_CODE_UNKNOWN, 1, {0xff}},
};

/* In a block of the exact size, so that a read behind it is seen by the sanitizer. */
static bool count(const uint8_t *bytes, size_t size, wasm_code *code)
{
    uint8_t *block = malloc(size + (size == 0));
    CU_ASSERT_PTR_NOT_NULL_FATAL(block);
    memcpy(block, bytes, size);
    bool is_known = wasm_code_count((wasm_cursor){.at = block, .end = block + size}, code);
    free(block);
    return is_known;
}

/* Followed by another, each is as long as it should be; cut anywhere it is refused. */
static void test_instructions(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[BYTES_MAX + 2];
        memcpy(bytes, rows[i].bytes, BYTES_MAX);
        bytes[rows[i].size] = 0x23; /* global.get 0x23, if what is before it took nothing of it */
        bytes[rows[i].size + 1] = 0x23;
        wasm_code code = {0}, cut = {0};
        bool is_known = rows[i].kind != WASM_CODE_UNKNOWN;
        CU_ASSERT_EQUAL(count(bytes, rows[i].size + 2u, &code), is_known);
        for (size_t kind = 0; kind < WASM_CODE_KIND_COUNT && is_known; kind++)
            CU_ASSERT_EQUAL(code.counts[kind], (kind == WASM_CODE_GLOBAL) + (kind == rows[i].kind));
        for (size_t size = 1; size < rows[i].size; size++)
            CU_ASSERT_FALSE(count(bytes, size, &cut));
    }
}

static void test_targets(void)
{
    static const uint8_t jump[] = {0x0e, 3, 0, 1, 2, 0}, grow[] = {0xfc, 0x0f, 2, 0xfc, 0x0f, 0x40};
    wasm_code code = {0};
    CU_ASSERT_TRUE(count(jump, sizeof jump, &code));
    CU_ASSERT_EQUAL(code.counts[WASM_CODE_BRANCH], 1);
    CU_ASSERT_EQUAL(code.counts[WASM_CODE_TARGET], 3);
    CU_ASSERT_TRUE(count(grow, sizeof grow, &code));
    CU_ASSERT_EQUAL(code.grown_tables, 1 << 2); /* and one beyond those that are looked at */
}

/* A table of 128 entries that grows, one of 700, one of 3 that has no more than 9, and a large one that does not. */
static void test_grown_tables(void)
{
    static const uint8_t module[] = {0, 'a',  's',  'm',  1,    0, 0,    0,    1,    4,    1,    0x60, 0,
                                     0, 3,    2,    1,    0,    4, 17,   4,    0x6f, 0,    0x80, 0x01, 0x70,
                                     0, 0xbc, 0x05, 0x70, 1,    3, 9,    0x70, 0,    0x88, 0x27, 10,   13,
                                     1, 11,   0,    0xfc, 0x0f, 0, 0xfc, 0x0f, 1,    0xfc, 0x0f, 2,    0x0b};
    char reason[WASM_ESTIMATE_REASON_BYTES] = "";
    wasm_estimate facts;
    CU_ASSERT_TRUE_FATAL(wasm_estimate_parse(module, sizeof module, &facts, reason));
    CU_ASSERT_EQUAL(facts.table_entry_count, 128 + 700 + 3 + 5000);
    CU_ASSERT_EQUAL(facts.table_spare_count, (1024 - 128) + 700 + 6);
    const wasm_estimate_settings settings = {.mode = WASM_ESTIMATE_FAST};
    wasm_estimate_sizes sizes;
    wasm_estimate_sizes_make(&facts, &settings, &sizes);
    CU_ASSERT_EQUAL(sizes.table_bytes, 8 * (1024 + 1400 + 9 + 5000));
    CU_ASSERT_EQUAL(sizes.loaded_code_bytes, 39 + 3 * 14); /* what does the growing is an operation like others */
}

/* One of each, and two functions; what is not understood is taken by its length. */
static void test_sizes(void)
{
    wasm_estimate facts = {.code_bytes = 1000, .function_count = 2, .knows_code = true};
    const wasm_estimate_settings settings = {.mode = WASM_ESTIMATE_FAST};
    wasm_estimate_sizes sizes;
    for (size_t kind = 0; kind < WASM_CODE_KIND_COUNT; kind++)
        facts.code.counts[kind] = 1;
    wasm_estimate_sizes_make(&facts, &settings, &sizes);
    CU_ASSERT_EQUAL(sizes.loaded_code_bytes, 2 * 39 + 7 + 1 + 14 + 16 + 16 + 23 + 12 + 39 + 23 + 14 + 16);
    facts.knows_code = false;
    wasm_estimate_sizes_make(&facts, &settings, &sizes);
    CU_ASSERT_EQUAL(sizes.loaded_code_bytes, 3900);
}

MB_SUITE(wasm_code, {"instructions", test_instructions}, {"targets", test_targets}, {"grown tables", test_grown_tables},
         {"sizes", test_sizes});
