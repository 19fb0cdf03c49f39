/* lowering_test.c: what the filter of readings/lowering.h says of each call, run by an interpreter of its instructions,
 * against a list written down from the kernel's sources. */
#include "readings/lowering.h"
#include "tests/suite.h"

#include <stddef.h>
#include <string.h>

enum { NATIVE_CALLS = 600, BPF_CLASS = 7, SHRM_ATTACH = 21, SHRM_DETACH = 22, X32 = 0x40000000 };

static const uint32_t ALLOW = 0x7fff0000, TRACE = 0x7ff00000, X86_64 = 0xc000003e, I386 = 0x40000003;

typedef struct seccomp_data {
    int32_t number;
    uint32_t architecture;
    uint64_t instruction_pointer, arguments[6];
} seccomp_data;

static mb_filter_instruction filter[MB_FILTER_MAX];
static size_t filter_length;

/* Of classic BPF what the filter uses; 0 where it would leave its end. */
static uint32_t run_filter(const seccomp_data *data)
{
    uint32_t a = 0, x = 0;
    for (size_t at = 0; at < filter_length; at++) {
        const mb_filter_instruction *i = &filter[at];
        uint32_t operand = i->code & 8 ? x : i->k;
        bool is_true = false;
        switch (i->code & BPF_CLASS) {
        case 0: /* load: a constant, or a word of the data */
            if (i->code & 0x20)
                memcpy(&a, (const char *)data + i->k, sizeof a);
            else
                a = i->k;
            break;
        case 4: /* arithmetic: and, shift left */
            a = (i->code & 0xf0) == 0x50 ? a & operand : a << operand;
            break;
        case 5:
            switch (i->code & 0xf0) {
            case 0x10:
                is_true = a == operand;
                break;
            case 0x20:
                is_true = a > operand;
                break;
            case 0x30:
                is_true = a >= operand;
                break;
            default:
                is_true = (a & operand) != 0;
            }
            at += is_true ? i->if_true : i->if_false;
            break;
        case 6:
            return i->k;
        default:
            x = a;
        }
    }
    return 0;
}

static bool lowers_by_advice(uint64_t advice)
{
    static const uint32_t lowering[] = {4, 9, 21, 24, 25, 100, 101, 102};
    for (size_t i = 0; i < sizeof lowering / sizeof lowering[0]; i++)
        if ((uint32_t)advice == lowering[i])
            return true;
    return false;
}

typedef enum kind { NONE, ANY, BREAK, MADVISE, MREMAP, MMAP, FALLOCATE, IPC, EXECUTE, CLONE, PTRACE } kind;

static kind kind_of(uint32_t architecture, int number)
{
    static const struct {
        kind kind;
        int native, other; /* -1: there is none */
    } calls[] = {
        {ANY, 11, 91},       {BREAK, 12, 45},       {MADVISE, 28, 219}, {MREMAP, 25, 163}, {MMAP, 9, 192},
        {MMAP, -1, 90},      {ANY, 67, 398},        {ANY, 76, 92},      {ANY, 77, 93},     {ANY, -1, 193},
        {ANY, -1, 194},      {ANY, 440, 440},       {EXECUTE, 59, 11},  {CLONE, 56, 120},  {PTRACE, 101, 26},
        {EXECUTE, 322, 358}, {FALLOCATE, 285, 324}, {IPC, -1, 117},     {ANY, 30, 397},
    };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (number >= 0 && number == (architecture == X86_64 ? calls[i].native : calls[i].other))
            /* The old mmap of 32 bits has its arguments in memory. */
            return number == 90 && architecture == I386 ? ANY : calls[i].kind;
    return NONE;
}

static uint32_t expected(const seccomp_data *d)
{
    const uint64_t *arguments = d->arguments;
    bool stops = false;
    if (d->architecture != X86_64 && d->architecture != I386)
        return ALLOW;
    switch (kind_of(d->architecture, d->number & ~X32)) {
    case NONE:
        break;
    case ANY:
        stops = true;
        break;
    case BREAK:
        stops = arguments[0] != 0;
        break;
    case MADVISE:
        if ((uint32_t)arguments[2] == 0x6d620001)
            return TRACE | MB_STOP_BEGIN;
        if ((uint32_t)arguments[2] == 0x6d620002)
            return TRACE | MB_STOP_END;
        stops = lowers_by_advice(arguments[2]);
        break;
    case MREMAP: /* MREMAP_FIXED, or smaller */
        stops = (arguments[3] & 2) != 0 || arguments[1] > arguments[2];
        break;
    case MMAP: /* MAP_FIXED, unless with MAP_DENYWRITE and of a file */
        stops = (arguments[3] & 0x10) != 0 && (arguments[3] & 0x820) != 0x800;
        break;
    case FALLOCATE: /* all but KEEP_SIZE */
        stops = ((uint32_t)arguments[1] & ~UINT32_C(1)) != 0;
        break;
    case IPC:
        stops = (uint32_t)arguments[0] == SHRM_ATTACH || (uint32_t)arguments[0] == SHRM_DETACH;
        break;
    case CLONE: /* CLONE_UNTRACED */
        return (arguments[0] & 0x800000) != 0 ? TRACE | MB_STOP_UNTRACED : ALLOW;
    case PTRACE:
        return TRACE | MB_STOP_PTRACE;
    case EXECUTE:
        return TRACE | MB_STOP_EXEC;
    }
    return stops ? TRACE | MB_STOP_LOWERING : ALLOW;
}

static void test_every_call_of(mb_filter_life life)
{
    static const uint64_t values[] = {
        0,          1,        2,          3,           4,           9,           16,         20,
        21,         22,       24,         25,          26,          31,          32,         99,
        100,        102,      103,        0x800,       0x810,       0x830,       0x6d620001, 0x6d620002,
        0x7fffffff, 0x800011, 0x80000000, 0x100000000, 0x100000004, 0x200000000, UINT64_MAX};
    enum { VALUES = sizeof values / sizeof values[0] };
    static const uint32_t architectures[] = {0xc000003e, 0x40000003, 0xc00000b7, 0x40000028};
    size_t wrong_count = 0;
    filter_length = mb_lowering_filter_build(life, filter);
    for (size_t a = 0; a < sizeof architectures / sizeof architectures[0]; a++)
        for (int number = -1; number < NATIVE_CALLS; number++)
            for (size_t i = 0; i < (size_t)VALUES * VALUES * 2; i++) {
                uint64_t first = values[i % VALUES], second = values[i / VALUES % VALUES];
                bool is_x32 = i >= (size_t)VALUES * VALUES;
                seccomp_data data = {.number = is_x32 ? number | X32 : number,
                                     .architecture = architectures[a],
                                     .arguments = {first, second, first, second, first, second}};
                wrong_count += run_filter(&data) != expected(&data);
            }
    CU_ASSERT_EQUAL(wrong_count, 0);
}

static void test_every_call(void)
{
    test_every_call_of(MB_FILTER_BRIEF);
    test_every_call_of(MB_FILTER_LONG);
}

/* Translating it takes time in every sample: a rule more is a few instructions. */
static void test_length(void)
{
    CU_ASSERT_EQUAL(mb_lowering_filter_build(MB_FILTER_LONG, filter), 101);
    CU_ASSERT_EQUAL(filter[0].k, offsetof(seccomp_data, architecture));
    CU_ASSERT_EQUAL(mb_lowering_filter_build(MB_FILTER_BRIEF, filter), 102);
    CU_ASSERT_EQUAL(filter[0].code, 0x20); /* BPF_LD | BPF_W | BPF_ABS */
    CU_ASSERT_EQUAL(filter[0].k, offsetof(seccomp_data, instruction_pointer));
}

#ifdef __x86_64__
MB_SUITE(lowering, {"every call", test_every_call}, {"length", test_length});
#else
static void test_other_machine(void)
{
    (void)test_every_call;
    (void)test_length;
    CU_ASSERT_TRUE(mb_lowering_filter_build(MB_FILTER_LONG, filter) < MB_FILTER_MAX);
}
MB_SUITE(lowering, {"other machine", test_other_machine});
#endif
