/* The filter. What falls where, from the kernel's sources (mm/, ipc/shm.c, fs/open.c of Linux 6.18): munmap, brk, the
 * advices below, mremap that shrinks or lands on something, mmap with MAP_FIXED, shmdt, files made shorter or given
 * holes, exec. MADV_FREE takes nothing at the call. mmap with MAP_DENYWRITE,
 * a flag that does nothing, is what glibc's loader maps a library's parts with, over what it has just reserved and
 * nobody has touched: three stops a process that would read nothing. Not seen: reclaim and swap, io_uring's madvise and
 * fallocate, a file that another process or O_TRUNC makes shorter. brk is stopped at when it grows, too: a filter does
 * not know where the break is. The numbers of 32-bit programs are in a table of their own, since the same program may
 * use both.
 */
#include "readings/lowering.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ADVICE_BEGIN = 0x6d620001, ADVICE_END = 0x6d620002, FILTER_MAX = 256, RULES_MAX = 16, X32_BIT = 0x40000000 };

/* As in <linux/filter.h>, <linux/seccomp.h> and <linux/audit.h>, which musl comes without. */
enum { BPF_LD = 0, BPF_ALU = 4, BPF_JMP = 5, BPF_RET = 6, BPF_MISC = 7 };              /* classes */
enum { BPF_W = 0, BPF_ABS = 0x20, BPF_K = 0, BPF_X = 8, BPF_AND = 0x50, BPF_TAX = 0 }; /* and their parts */
enum { BPF_JA = 0, BPF_JEQ = 0x10, BPF_JGT = 0x20, BPF_JGE = 0x30, BPF_JSET = 0x40 };  /* jumps */
enum { SET_MODE_FILTER = 1, FLAG_TSYNC = 1, FLAG_SPEC_ALLOW = 4 };                     /* of seccomp() */
#define RET_ALLOW 0x7fff0000u
#define RET_TRACE 0x7ff00000u
#define ARCH_X86_64 0xc000003eu
#define ARCH_I386 0x40000003u
#define ARCH_AARCH64 0xc00000b7u
#define ARCH_ARM 0x40000028u

struct instruction {
    uint16_t code;
    uint8_t if_true, if_false;
    uint32_t k;
};

struct program {
    unsigned short length;
    const struct instruction *instructions;
};

struct call {
    int number;
    uint32_t architecture;
    uint64_t instruction_pointer, arguments[6];
};

void mb_lowering_begin(void) { (void)syscall(SYS_madvise, 0L, 0L, (long)ADVICE_BEGIN); }

void mb_lowering_end(mb_peak_answer *answer) { (void)syscall(SYS_madvise, (long)answer, 0L, (long)ADVICE_END); }

#if defined(__x86_64__) || defined(__aarch64__)

/* What has to hold of a call's arguments. */
typedef enum check {
    ALWAYS,
    EXEC,
    NEW_BREAK, /* brk: 0 only asks */
    REPLACING, /* mmap: MAP_FIXED */
    ADVICE,
    SHRINKING, /* mremap: smaller, or onto a target */
    HOLES,     /* fallocate: all modes but those that only add */
    DETACHING, /* ipc: SHMDT */
} check;

typedef struct rule {
    uint32_t number;
    check check;
} rule;

#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif

static const rule native[] = {
    {SYS_munmap, ALWAYS},   {SYS_brk, NEW_BREAK}, {SYS_madvise, ADVICE},  {SYS_mremap, SHRINKING},
    {SYS_mmap, REPLACING},  {SYS_shmdt, ALWAYS},  {SYS_truncate, ALWAYS}, {SYS_ftruncate, ALWAYS},
    {SYS_fallocate, HOLES}, {SYS_execve, EXEC},   {SYS_execveat, EXEC},   {SYS_process_madvise, ALWAYS},
};

#ifdef __x86_64__
#define NATIVE ARCH_X86_64
#define OTHER ARCH_I386
static const rule other[] = {
    {91, ALWAYS},     {45, NEW_BREAK}, {219, ADVICE}, {163, SHRINKING}, {192, REPLACING}, {90, ALWAYS},
    {117, DETACHING}, {398, ALWAYS},   {92, ALWAYS},  {93, ALWAYS},     {193, ALWAYS},    {194, ALWAYS},
    {324, HOLES},     {11, EXEC},      {358, EXEC},   {440, ALWAYS},
};
#else
#define NATIVE ARCH_AARCH64
#define OTHER ARCH_ARM
static const rule other[] = {
    {91, ALWAYS}, {45, NEW_BREAK}, {220, ADVICE}, {163, SHRINKING}, {192, REPLACING}, {306, ALWAYS}, {92, ALWAYS},
    {93, ALWAYS}, {193, ALWAYS},   {194, ALWAYS}, {352, HOLES},     {11, EXEC},       {387, EXEC},   {440, ALWAYS},
};
#endif
_Static_assert(sizeof native <= RULES_MAX * sizeof(rule) && sizeof other <= RULES_MAX * sizeof(rule),
               "they are sorted");

/* DONTNEED, REMOVE, DONTNEED_LOCKED, PAGEOUT, HWPOISON, SOFT_OFFLINE, GUARD_INSTALL, and COLLAPSE, which replaces
 * pages. */
static const uint32_t lowering_advice[] = {4, 9, 24, 21, 100, 101, 102, 25};

/* On the stack of its user, whose pages have been touched before. */
typedef struct filter {
    struct instruction instructions[FILTER_MAX];
    unsigned short used;
} filter;

static void emit(filter *f, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
    f->instructions[f->used++] = (struct instruction){code, if_true, if_false, k};
}

static void emit_load(filter *f, size_t offset) { emit(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0); }

/* The low or high half of an argument. */
static void emit_argument(filter *f, int index, bool is_high)
{
    bool comes_second = is_high == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    emit_load(f, offsetof(struct call, arguments) + 8 * (size_t)index + (comes_second ? 4 : 0));
}

static void emit_allow(filter *f) { emit(f, BPF_RET | BPF_K, RET_ALLOW, 0, 0); }
static void emit_stop(filter *f, mb_lowering_stop why) { emit(f, BPF_RET | BPF_K, RET_TRACE | why, 0, 0); }

/* Stops if the accumulator has the value, or any of the bits, else goes on behind. */
static void emit_stop_if(filter *f, uint16_t comparison, uint32_t k, mb_lowering_stop why)
{
    emit(f, BPF_JMP | comparison | BPF_K, k, 0, 1);
    emit_stop(f, why);
}

static void emit_advice(filter *f)
{
    emit_argument(f, 2, false);
    for (size_t i = 0; i < sizeof lowering_advice / sizeof lowering_advice[0]; i++)
        emit_stop_if(f, BPF_JEQ, lowering_advice[i], MB_STOP_LOWERING);
    emit_stop_if(f, BPF_JEQ, ADVICE_BEGIN, MB_STOP_BEGIN);
    emit_stop_if(f, BPF_JEQ, ADVICE_END, MB_STOP_END);
}

/* old_size > new_size, in two halves of 32 bits each. */
static void emit_shrinking(filter *f)
{
    emit_argument(f, 3, false);
    emit_stop_if(f, BPF_JSET, MREMAP_FIXED, MB_STOP_LOWERING);
    for (int is_high = 1; is_high >= 0; is_high--) {
        emit_argument(f, 2, is_high);
        emit(f, BPF_MISC | BPF_TAX, 0, 0, 0);
        emit_argument(f, 1, is_high);
        emit(f, BPF_JMP | BPF_JGT | BPF_X, 0, 0, 1);
        emit_stop(f, MB_STOP_LOWERING);
        emit(f, BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0);
        emit_allow(f);
    }
}

static void emit_check(filter *f, check wanted)
{
    switch (wanted) {
    case ALWAYS:
        emit_stop(f, MB_STOP_LOWERING);
        return;
    case EXEC:
        emit_stop(f, MB_STOP_EXEC);
        return;
    case NEW_BREAK:
        for (int is_high = 0; is_high < 2; is_high++) {
            emit_argument(f, 0, is_high);
            emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
            emit_stop(f, MB_STOP_LOWERING);
        }
        break;
    case REPLACING:
        emit_argument(f, 3, false);
        emit(f, BPF_JMP | BPF_JSET | BPF_K, MAP_DENYWRITE, 2, 0);
        emit_stop_if(f, BPF_JSET, MAP_FIXED, MB_STOP_LOWERING);
        break;
    case ADVICE:
        emit_advice(f);
        break;
    case SHRINKING:
        emit_shrinking(f);
        break;
    case HOLES:
        emit_argument(f, 1, false);
        emit_stop_if(f, BPF_JSET, ~(uint32_t)1, MB_STOP_LOWERING); /* 1: KEEP_SIZE */
        break;
    case DETACHING:
        emit_argument(f, 0, false);
        emit_stop_if(f, BPF_JEQ, 22, MB_STOP_LOWERING);
        break;
    }
    emit_allow(f);
}

/* Of two rules or fewer each is a block that ends with a verdict, behind which a number that is not its own jumps; more
 * are halved. When a filter is installed, the kernel runs it once for each call there is, to find those that it always
 * lets pass: one after the other, the rules took twice as long to install. */
static void emit_rules(filter *f, const rule *sorted, size_t count)
{
    if (count > 2) {
        unsigned short at = f->used;
        emit(f, BPF_JMP | BPF_JGE | BPF_K, sorted[count / 2].number, 0, 0);
        emit_rules(f, sorted, count / 2);
        f->instructions[at].if_true = (uint8_t)(f->used - at - 1);
        emit_rules(f, sorted + count / 2, count - count / 2);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        unsigned short at = f->used;
        emit(f, BPF_JMP | BPF_JEQ | BPF_K, sorted[i].number, 0, 0);
        emit_check(f, sorted[i].check);
        f->instructions[at].if_false = (uint8_t)(f->used - at - 1);
    }
    emit_allow(f);
}

static void emit_table(filter *f, const rule *rules, size_t count)
{
    rule sorted[RULES_MAX];
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && sorted[at - 1].number > rules[i].number; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = rules[i];
    }
    emit_load(f, offsetof(struct call, number));
#ifdef __x86_64__
    emit(f, BPF_ALU | BPF_AND | BPF_K, ~(uint32_t)X32_BIT, 0, 0);
#endif
    emit_rules(f, sorted, count);
}

static void build(filter *f)
{
    f->used = 0;
    emit_load(f, offsetof(struct call, architecture));
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0);
    unsigned short jump = f->used;
    emit(f, BPF_JMP | BPF_JA, 0, 0, 0);
    emit_table(f, native, sizeof native / sizeof native[0]);
    f->instructions[jump].k = (uint32_t)(f->used - jump - 1);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, OTHER, 1, 0);
    emit_allow(f);
    emit_table(f, other, sizeof other / sizeof other[0]);
}

/* SPEC_ALLOW: before Linux 5.16 a filter slowed the whole process down otherwise. A positive result is the number of a
 * thread that has a filter of its own. */
static int install(const struct program *program)
{
    long result = syscall(SYS_seccomp, (long)SET_MODE_FILTER, (long)(FLAG_TSYNC | FLAG_SPEC_ALLOW), program);
    return result == 0 ? 0 : result > 0 ? EBUSY : errno;
}

int mb_lowering_filter_install(void)
{
    filter built;
    build(&built);
    const struct program program = {built.used, built.instructions};
    int errnum = install(&program);
    if (errnum != EACCES)
        return errnum;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0)
        return errno;
    return install(&program);
}

#else

int mb_lowering_filter_install(void) { return ENOSYS; }

#endif
