/* What a WebAssembly module's bytes tell: every fact of modules written down by hand, every cut of them refused, and
 * the components that follow. */
#include "tests/suite.h"

#include "features/estimate/wasm_estimate.h"

#include <stdlib.h>
#include <string.h>

#define HEAD 0, 'a', 's', 'm', 1, 0, 0, 0

/* Parts of a module as clang and wasm-ld lay out a C program: stack pointer, __data_end, __heap_base, malloc, free. */
static const uint8_t types[] = {1, 4, 1, 0x60, 0, 0};
static const uint8_t imports[] = {2, 13, 2, 1, 'e', 1, 'f', 0, 0, 1, 'e', 1, 'g', 3, 0x7f, 0};
static const uint8_t functions[] = {3, 3, 2, 0, 0};
static const uint8_t tables[] = {4, 5, 1, 0x70, 1, 3, 9};
static const uint8_t memories[] = {5, 5, 1, 3, 2, 0x80, 2};
static const uint8_t globals[] = {6,    22, 3,                            /* imported: 0; here: 1, 2, 3 */
                                  0x7f, 1,  0x41, 0x80, 0x88, 0x04, 0x0b, /* 66560, mutable */
                                  0x7f, 0,  0x41, 0x80, 0x08, 0x0b,       /* 1024 */
                                  0x7f, 0,  0x41, 0x80, 0x88, 0x04, 0x0b};
static const uint8_t exports[] = {7,   42,  4,   10,  '_', '_', 'd', 'a', 't', 'a', '_', 'e', 'n', 'd', 3, 2,
                                  11,  '_', '_', 'h', 'e', 'a', 'p', '_', 'b', 'a', 's', 'e', 3,   3,   6, 'm',
                                  'a', 'l', 'l', 'o', 'c', 0,   1,   4,   'f', 'r', 'e', 'e', 0,   2};
static const uint8_t codes[] = {10, 7, 2, 2, 0, 0x0b, 2, 0, 0x0b};
static const uint8_t datas[] = {11, 16, 2, 0, 0x41, 0, 0x0b, 3, 'a', 'b', 'c', 1, 4, 'd', 'e', 'f', 'g'};

typedef struct module {
    uint8_t bytes[512];
    size_t size;
} module;

static void begin(module *m)
{
    static const uint8_t head[] = {HEAD};
    memcpy(m->bytes, head, sizeof head);
    m->size = sizeof head;
}

/* Adds a section; its length byte is set from what is there, so that the tables above need no counting. */
static void add(module *m, const uint8_t *section, size_t size)
{
    memcpy(m->bytes + m->size, section, size);
    m->bytes[m->size + 1] = (uint8_t)(size - 2);
    m->size += size;
}
#define ADD(m, section) add(m, section, sizeof(section))

static void make_full(module *m)
{
    begin(m);
    ADD(m, types);
    ADD(m, imports);
    ADD(m, functions);
    ADD(m, tables);
    ADD(m, memories);
    ADD(m, globals);
    ADD(m, exports);
    ADD(m, codes);
    ADD(m, datas);
}

static bool parse(const module *m, wasm_estimate *facts)
{
    char reason[WASM_ESTIMATE_REASON_BYTES] = "";
    /* A block of the exact size, so that a read behind it is seen by the sanitizer. */
    uint8_t *bytes = malloc(m->size > 0 ? m->size : 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    memcpy(bytes, m->bytes, m->size);
    bool is_read = wasm_estimate_parse(bytes, m->size, facts, reason);
    CU_ASSERT_EQUAL(is_read, reason[0] == '\0');
    free(bytes);
    return is_read;
}

static void test_facts(void)
{
    module m;
    wasm_estimate f;
    make_full(&m);
    CU_ASSERT_FATAL(parse(&m, &f));
    CU_ASSERT_EQUAL(f.module_bytes, m.size);
    CU_ASSERT_EQUAL(f.type_count, 1);
    CU_ASSERT_EQUAL(f.import_count, 2);
    CU_ASSERT_EQUAL(f.imported_function_count, 1);
    CU_ASSERT_EQUAL(f.function_count, 2);
    CU_ASSERT_EQUAL(f.table_count, 1);
    CU_ASSERT_EQUAL(f.table_entry_count, 3);
    CU_ASSERT_EQUAL(f.global_count, 4);
    CU_ASSERT_EQUAL(f.exported_function_count, 2);
    CU_ASSERT_EQUAL(f.export_count, 4);
    CU_ASSERT_EQUAL(f.code_bytes, 4);
    CU_ASSERT_EQUAL(f.data_segment_count, 2);
    CU_ASSERT_EQUAL(f.data_bytes, 7);
    CU_ASSERT(f.has_memory && f.memory_is_shared && f.has_memory_max && !f.memory_is_imported);
    CU_ASSERT_EQUAL(f.memory_min_pages, 2);
    CU_ASSERT_EQUAL(f.memory_max_pages, 256);
    CU_ASSERT(f.has_stack_pointer && f.has_data_end && f.has_heap_base && f.exports_malloc);
    CU_ASSERT_EQUAL(f.stack_pointer_bytes, 66560);
    CU_ASSERT_EQUAL(f.data_end_bytes, 1024);
    CU_ASSERT_EQUAL(f.heap_base_bytes, 66560);
}

/* Every form of a segment, and locals of several groups; what is newer than that is left out and refuses nothing. */
static void test_elements_and_locals(void)
{
    uint8_t elements[] = {9,    0,    8,                   /* eight segments of 1 to 8 elements */
                          0,    0x41, 0,    0x0b, 1,    0, /* active */
                          1,    0,    2,    0,    1,       /* passive */
                          2,    0,    0x41, 1,    0x0b, 0,    3,    0,    1,    0, /* active, of a table */
                          3,    0,    4,    0,    0,    0,    0,                   /* declared */
                          4,    0x41, 0,    0x0b, 5,    0xd2, 0,    0x0b, 0xd2, 0,    0x0b, 0xd2, 0,    0x0b,
                          0xd2, 0,    0x0b, 0xd2, 0,    0x0b,       /* expressions */
                          5,    0x64, 0x70, 1,    0xd2, 0,    0x0b, /* passive, of a reference type */
                          6,    0,    0x41, 0,    0x0b, 0x70, 1,    0xd0, 0x70, 0x0b, 7,    0x63, 0x70, 0};
    uint8_t bodies[] = {10, 0,    3,    6,    2, 3, 0x7f, 4,    0x7e, 0x0b, 5, 1,
                        2,  0x63, 0x70, 0x0b, 7, 1, 0xd1, 0x86, 3,    0x7f, 1, 0x0b};
    module m;
    wasm_estimate f;
    begin(&m);
    ADD(&m, elements);
    ADD(&m, bodies);
    CU_ASSERT_FATAL(parse(&m, &f));
    CU_ASSERT_EQUAL(f.element_segment_count, 8);
    CU_ASSERT_EQUAL(f.element_count, 1 + 2 + 3 + 4 + 5 + 1 + 1 + 0);
    CU_ASSERT_EQUAL(f.local_count, 3 + 4 + 2); /* 50,001 of one function: no runtime takes that */
    elements[4] = 0x10;                        /* the first segment begins with another instruction */
    memset(bodies + 12, 0xff, 3);              /* and a count of locals has no end */
    begin(&m);
    ADD(&m, elements);
    ADD(&m, bodies);
    CU_ASSERT_FATAL(parse(&m, &f));
    CU_ASSERT_EQUAL(f.element_segment_count, 0);
    CU_ASSERT_EQUAL(f.local_count, 3 + 4);
}

/* The first memory is the one that parts of it are looked for in; the others are counted. */
static void test_memories(void)
{
    static const uint8_t three[] = {5, 0, 3, 1, 2, 16, 0, 30, 1, 1, 60};
    module m;
    wasm_estimate f;
    begin(&m);
    ADD(&m, three);
    CU_ASSERT_FATAL(parse(&m, &f));
    CU_ASSERT_EQUAL(f.memory_min_pages, 2);
    CU_ASSERT_EQUAL(f.memory_max_pages, 16);
    CU_ASSERT_EQUAL(f.other_memory_count, 2);
    CU_ASSERT_EQUAL(f.other_memory_min_pages, 31);
}

/* Only a function of that name makes a reactor. */
static void test_reactor(void)
{
    uint8_t named[] = {7, 15, 1, 11, '_', 'i', 'n', 'i', 't', 'i', 'a', 'l', 'i', 'z', 'e', 0, 0};
    const size_t kind_place = sizeof named - 2;
    module m;
    wasm_estimate f;
    begin(&m);
    ADD(&m, named);
    CU_ASSERT_FATAL(parse(&m, &f));
    CU_ASSERT(f.exports_initialize);
    named[kind_place] = 3; /* a global */
    begin(&m);
    ADD(&m, named);
    CU_ASSERT_FATAL(parse(&m, &f));
    CU_ASSERT(!f.exports_initialize);
}

static wasm_estimate_export find(const module *m, const char *name, char parameters[WASM_PARAMETERS_BYTES])
{
    uint8_t *bytes = malloc(m->size); /* of the exact size, as in parse */
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    memcpy(bytes, m->bytes, m->size);
    wasm_estimate_export found = wasm_estimate_find(bytes, m->size, name, parameters);
    free(bytes);
    return found;
}

/* The parameters of an exported function that is defined, of one that is imported, and of types that are newer. */
static void test_function(void)
{
    /* () -> (), (i32, f64) -> i64, (v128) -> () */
    uint8_t two_types[] = {1, 0, 3, 0x60, 0, 0, 0x60, 2, 0x7f, 0x7c, 1, 0x7e, 0x60, 1, 0x7b, 0};
    static const uint8_t imported[] = {2, 0, 2, 1, 'e', 1, 'm', 2, 1, 1, 2, 1, 'e', 1, 'f', 0, 2};
    static const uint8_t defined[] = {3, 0, 2, 0, 1};
    static const uint8_t exported[] = {7, 0, 3, 1, 'f', 0, 0, 1, 'g', 0, 2, 1, 'm', 2, 0};
    char parameters[WASM_PARAMETERS_BYTES];
    module m;
    begin(&m);
    ADD(&m, two_types);
    ADD(&m, imported);
    ADD(&m, defined);
    ADD(&m, exported);
    CU_ASSERT_EQUAL(find(&m, "f", parameters), WASM_EXPORT_FOUND);
    CU_ASSERT_STRING_EQUAL(parameters, "v128");
    CU_ASSERT_EQUAL(find(&m, "g", parameters), WASM_EXPORT_FOUND);
    CU_ASSERT_STRING_EQUAL(parameters, "i32, f64");
    CU_ASSERT_EQUAL(find(&m, "m", parameters), WASM_EXPORT_NONE); /* a memory */
    CU_ASSERT_EQUAL(find(&m, "h", parameters), WASM_EXPORT_NONE);
    for (m.size = 8; m.size < sizeof two_types + 8; m.size++)
        CU_ASSERT_EQUAL(find(&m, "f", parameters), WASM_EXPORT_NONE);
    begin(&m);
    two_types[3] = 0x4e; /* a group of types, of a newer proposal */
    ADD(&m, two_types);
    ADD(&m, imported);
    ADD(&m, defined);
    ADD(&m, exported);
    CU_ASSERT_EQUAL(find(&m, "g", parameters), WASM_EXPORT_OF_UNKNOWN_TYPE);
}

/* What is called first: nothing that a trapping import could end, unless calls were asked for. */
static void test_entry(void)
{
    wasm_estimate command = {.exports_start = true}, reactor = {.exports_initialize = true}, none = {0};
    CU_ASSERT_EQUAL(wasm_estimate_entry_of(&none, false, false), WASM_ENTRY_NONE);
    CU_ASSERT_EQUAL(wasm_estimate_entry_of(&command, false, false), WASM_ENTRY_START);
    CU_ASSERT_EQUAL(wasm_estimate_entry_of(&command, false, true), WASM_ENTRY_NONE);
    CU_ASSERT_EQUAL(wasm_estimate_entry_of(&reactor, false, false), WASM_ENTRY_INITIALIZE);
    command.imported_function_count = reactor.imported_function_count = 1;
    CU_ASSERT_EQUAL(wasm_estimate_entry_of(&command, false, false), WASM_ENTRY_NONE);
    CU_ASSERT_EQUAL(wasm_estimate_entry_of(&reactor, false, false), WASM_ENTRY_NONE);
    CU_ASSERT_EQUAL(wasm_estimate_entry_of(&reactor, false, true), WASM_ENTRY_INITIALIZE);
    command.wasi_function_count = 1;
    CU_ASSERT_EQUAL(wasm_estimate_entry_of(&command, false, false), WASM_ENTRY_NONE);
    CU_ASSERT_EQUAL(wasm_estimate_entry_of(&command, true, false), WASM_ENTRY_START);
    command.imported_function_count = 2; /* of which one is not WASI's */
    CU_ASSERT_EQUAL(wasm_estimate_entry_of(&command, true, false), WASM_ENTRY_NONE);
}

static void test_least(void)
{
    module m;
    wasm_estimate f;
    begin(&m);
    CU_ASSERT(parse(&m, &f));
    CU_ASSERT_EQUAL(f.module_bytes, 8);
    CU_ASSERT(!f.has_memory && !f.has_heap_base && !f.has_stack_pointer);
}

/* Every module cut short, but where a section ends, is refused and leaves the result alone. */
static void test_cut(void)
{
    module whole, cut;
    wasm_estimate f;
    make_full(&whole);
    unsigned accepted_count = 0;
    for (size_t size = 0; size < whole.size; size++) {
        cut = whole;
        cut.size = size;
        memset(&f, 0x5a, sizeof f);
        if (parse(&cut, &f))
            accepted_count++;
        else
            CU_ASSERT_EQUAL(f.type_count, 0x5a5a5a5a);
    }
    CU_ASSERT_EQUAL(accepted_count, 9); /* the head, and behind each section but the last */
}

/* Any byte changed to any value: an answer, and nothing read that is not there. */
static void test_changed(void)
{
    module whole, changed;
    wasm_estimate f;
    make_full(&whole);
    unsigned refused_count = 0;
    for (size_t at = 0; at < whole.size; at++)
        for (int value = 0; value < 256; value += 3) {
            changed = whole;
            changed.bytes[at] = (uint8_t)value;
            refused_count += !parse(&changed, &f);
        }
    CU_ASSERT(refused_count > 1000);
}

static void test_hostile(void)
{
    static const struct {
        uint8_t bytes[24];
        size_t size;
    } table[] = {
        {{5, 5, 1, 0, 0xff, 0xff, 0xff}, 7},             /* a number without end */
        {{5, 7, 1, 0, 0xff, 0xff, 0xff, 0xff, 0x7f}, 9}, /* wider than 32 bits */
        {{1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0}, 7},       /* a section longer than the file */
        {{10, 2, 0xff, 0x7f}, 4},                        /* more bodies than bytes */
        {{5, 4, 1, 0, 1, 0}, 6},                         /* a section with a rest */
        {{2, 5, 1, 0, 0, 9, 0}, 7},                      /* an import of no kind */
        {{11, 3, 1, 7, 0}, 5},                           /* a data segment of no kind */
        {{7, 3, 1, 6, 'm'}, 5},                          /* a name longer than its section */
        {{6, 4, 1, 0x7f, 0, 0x10}, 6},                   /* a call as initial value */
        {{5, 12, 1, 4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, 14}, /* 2^64 pages */
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        module m;
        wasm_estimate f;
        begin(&m);
        memcpy(m.bytes + m.size, table[i].bytes, table[i].size);
        m.size += table[i].size;
        CU_ASSERT_FALSE(parse(&m, &f));
    }
}

static void test_sizes(void)
{
    static const wasm_estimate_settings settings = {
        .mode = WASM_ESTIMATE_FAST, .stack_bytes = 8192, .heap_bytes = 4096};
    wasm_estimate f = {.module_bytes = 1000,
                       .memory_min_pages = 2,
                       .memory_max_pages = 4,
                       .table_entry_count = 10,
                       .has_data_end = true,
                       .data_end_bytes = 1024,
                       .has_heap_base = true,
                       .heap_base_bytes = 66560,
                       .has_stack_pointer = true,
                       .stack_pointer_bytes = 66560,
                       .data_bytes = 7};
    wasm_estimate_sizes s;
    wasm_estimate_sizes_make(&f, &settings, &s);
    CU_ASSERT_EQUAL(s.module_buffer_bytes, 1000);
    CU_ASSERT_EQUAL(s.linear_memory_bytes, 131072);
    CU_ASSERT_EQUAL(s.linear_memory_max_bytes, 262144);
    CU_ASSERT_EQUAL(s.aux_stack_bytes, 65536);
    CU_ASSERT_EQUAL(s.libc_heap_bytes, 131072 - 66560);
    CU_ASSERT_EQUAL(s.static_data_bytes, 1024); /* of which 7 are not 0 */
    CU_ASSERT_EQUAL(s.table_bytes, 80);
    CU_ASSERT_EQUAL(s.app_heap_bytes, 4096);
    CU_ASSERT_EQUAL(s.wasm_stack_bytes, 8192);
    CU_ASSERT_EQUAL(s.total_bytes, 1000 + 131072 + 80 + 4096 + 8192 + s.structures_bytes + s.exec_env_bytes);
    wasm_estimate more = f;
    more.function_count = 10;
    more.local_count = 100;
    more.element_count = 5;
    wasm_estimate_sizes grown;
    wasm_estimate_sizes_make(&more, &settings, &grown);
    CU_ASSERT_EQUAL(grown.structures_bytes - s.structures_bytes, 10 * (104 + 30 + 48) + 3 * 100 + 24 * 5);
    CU_ASSERT_EQUAL(grown.instance_structures_bytes - s.instance_structures_bytes, 10 * 48);
    f.exports_malloc = true;
    wasm_estimate_sizes_make(&f, &settings, &s);
    CU_ASSERT_EQUAL(s.app_heap_bytes, 0);
    /* The stack first: all below the pointer is the stack. */
    f.stack_pointer_bytes = 512;
    wasm_estimate_sizes_make(&f, &settings, &s);
    CU_ASSERT_EQUAL(s.aux_stack_bytes, 512);
    CU_ASSERT_EQUAL(s.static_data_bytes, 512);
    f.other_memory_min_pages = 3; /* of other memories: no part of the heap */
    wasm_estimate_sizes_make(&f, &settings, &s);
    CU_ASSERT_EQUAL(s.linear_memory_bytes, 5 * 65536);
    CU_ASSERT_EQUAL(s.libc_heap_bytes, 131072 - 66560);
    f.has_data_end = false;
    wasm_estimate_sizes_make(&f, &settings, &s);
    CU_ASSERT_EQUAL(s.static_data_bytes, 7);
    f.has_heap_base = false;
    wasm_estimate_sizes_make(&f, &settings, &s);
    CU_ASSERT_EQUAL(s.aux_stack_bytes, 0);
    CU_ASSERT_EQUAL(s.libc_heap_bytes, 0);
}

static void test_modes(void)
{
    const wasm_estimate f = {.code_bytes = 1000, .memory_min_pages = UINT64_C(1) << 48};
    wasm_estimate_sizes s;
    wasm_estimate_settings settings = {.mode = WASM_ESTIMATE_CLASSIC, .stack_bytes = 8192};
    wasm_estimate_sizes_make(&f, &settings, &s);
    CU_ASSERT_EQUAL(s.loaded_code_bytes, 0);
    CU_ASSERT_EQUAL(s.linear_memory_bytes, UINT64_MAX); /* 2^64: no smaller number stands for it */
    settings.mode = WASM_ESTIMATE_FAST;
    wasm_estimate_sizes_make(&f, &settings, &s);
    CU_ASSERT_EQUAL(s.loaded_code_bytes, 3900);
    const wasm_estimate seven = {.code_bytes = 7};
    wasm_estimate_sizes_make(&seven, &settings, &s);
    CU_ASSERT_EQUAL(s.loaded_code_bytes, 27);
    settings.mode = WASM_ESTIMATE_AOT;
    wasm_estimate_sizes_make(&f, &settings, &s);
    CU_ASSERT_EQUAL(s.wasm_stack_bytes, 0);
}

/* Sections at multiples of four, of which one is the code; cut anywhere but behind one that is whole it is refused. */
static void test_aot(void)
{
    static const uint8_t file[] = {0, 'a', 'o', 't', 5, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3, 0, 2, 0, 0,
                                   0, 6,   0,   0,   0, 1, 2, 3, 4, 5, 6, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 9, 9};
    enum { CODE_END = 34 };
    char reason[WASM_ESTIMATE_REASON_BYTES];
    wasm_estimate_aot aot;
    for (size_t size = 0; size <= sizeof file; size++) {
        uint8_t *bytes = malloc(size + 1);
        CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
        memcpy(bytes, file, size);
        bool is_whole = size == CODE_END || size == sizeof file;
        aot = (wasm_estimate_aot){.file_bytes = 77};
        CU_ASSERT_EQUAL(wasm_estimate_parse_aot(bytes, size, &aot, reason), is_whole);
        CU_ASSERT_EQUAL(aot.file_bytes, is_whole ? size : 77);
        free(bytes);
    }
    CU_ASSERT_EQUAL(aot.text_bytes, 6);
    const wasm_estimate_settings settings = {.mode = WASM_ESTIMATE_AOT, .aot = &aot, .stack_bytes = 8192};
    const wasm_estimate facts = {.module_bytes = 500, .code_bytes = 100, .function_count = 10, .local_count = 50};
    wasm_estimate_sizes s;
    wasm_estimate_sizes_make(&facts, &settings, &s);
    CU_ASSERT_EQUAL(s.module_buffer_bytes, sizeof file);
    CU_ASSERT_EQUAL(s.loaded_code_bytes, 6 + 1160);
    CU_ASSERT_EQUAL(s.wasm_stack_bytes, 0);
    CU_ASSERT_EQUAL(s.structures_bytes, 300 + 1540 + 10 * (12 + 12));
    const wasm_estimate_settings without = {.mode = WASM_ESTIMATE_AOT, .stack_bytes = 8192};
    wasm_estimate_sizes_make(&facts, &without, &s);
    CU_ASSERT_EQUAL(s.module_buffer_bytes, 500);
    CU_ASSERT_EQUAL(s.loaded_code_bytes, 300);
}

MB_SUITE(wasm_estimate, {"facts", test_facts}, {"elements and locals", test_elements_and_locals},
         {"memories", test_memories}, {"reactor", test_reactor}, {"function", test_function}, {"entry", test_entry},
         {"least", test_least}, {"cut short", test_cut}, {"changed bytes", test_changed},
         {"hostile bytes", test_hostile}, {"sizes", test_sizes}, {"modes", test_modes}, {"aot", test_aot});
