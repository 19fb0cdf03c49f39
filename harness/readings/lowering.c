/* The filter. What falls where, from the kernel's sources (mm/, ipc/shm.c, fs/open.c of Linux 6.18): munmap, brk, the
 * advices below, mremap that shrinks or lands on something, mmap with MAP_FIXED, shmdt and shmat with SHM_REMAP, files
 * made shorter or given holes, exec. MADV_FREE takes nothing at the call. mmap of a file with MAP_DENYWRITE, a flag
 * that does nothing, is what glibc's loader maps a library's parts with, over what it has just reserved and nobody has
 * touched: three stops a process that would read nothing. Not seen: reclaim and swap, io_uring's madvise and fallocate,
 * a file that another process or O_TRUNC makes shorter. brk is stopped at when it grows, too: a filter does not know
 * where the break is. The numbers of 32-bit programs are in a table of their own, since the same program may use both.
 */
#include "readings/lowering.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ADVICE_BEGIN = 0x6d620001, ADVICE_END = 0x6d620002, RULES_MAX = 20 };

/* As in <linux/filter.h>, <linux/seccomp.h> and <linux/audit.h>, which musl comes without. */
enum { BPF_LD = 0, BPF_ALU = 4, BPF_JMP = 5, BPF_RET = 6, BPF_MISC = 7 }; /* classes */
enum { BPF_W = 0, BPF_IMM = 0, BPF_ABS = 0x20, BPF_K = 0, BPF_X = 8, BPF_AND = 0x50, BPF_LSH = 0x60, BPF_TAX = 0 };
enum { BPF_JEQ = 0x10, BPF_JGT = 0x20, BPF_JGE = 0x30, BPF_JSET = 0x40 }; /* jumps */
enum { SET_MODE_FILTER = 1, FLAG_TSYNC = 1, FLAG_SPEC_ALLOW = 4 };        /* of seccomp() */
#define RET_ALLOW 0x7fff0000u
#define RET_TRACE 0x7ff00000u
#define ARCH_I386 0x40000003u
#define ARCH_ARM 0x40000028u

struct program {
    unsigned short length;
    const mb_filter_instruction *instructions;
};

struct call {
    int number;
    uint32_t architecture;
    uint64_t instruction_pointer, arguments[6];
};

static volatile mb_peak_share share; /* the tracer writes it, while the process is stopped */

void mb_lowering_begin(void)
{
    static int64_t window_count;
    share.answer.anon_bytes = share.answer.rss_bytes = share.answer.stop_count = 0;
    share.answer.state = share.is_followed;
    share.window = ++window_count;
    if (!share.is_followed)
        (void)syscall(SYS_madvise, (long)&share, 0L, (long)ADVICE_BEGIN);
}

void mb_lowering_end(mb_peak_answer *answer)
{
    *answer = share.answer;
    if (!share.is_followed || share.must_ask)
        (void)syscall(SYS_madvise, (long)answer, 0L, (long)ADVICE_END);
    share.window = 0;
}

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
    ATTACHING, /* ipc: SHMAT, which may take the place of something, and SHMDT */
    PARTING,   /* clone: CLONE_UNTRACED */
    PTRACE,
    CHECKS
} check;

typedef struct rule {
    uint32_t number;
    check check;
} rule;

#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif

static const rule native[] = {
    {SYS_munmap, ALWAYS},          {SYS_brk, NEW_BREAK},   {SYS_madvise, ADVICE}, {SYS_mremap, SHRINKING},
    {SYS_mmap, REPLACING},         {SYS_shmdt, ALWAYS},    {SYS_shmat, ALWAYS},   {SYS_truncate, ALWAYS},
    {SYS_ftruncate, ALWAYS},       {SYS_fallocate, HOLES}, {SYS_execve, EXEC},    {SYS_execveat, EXEC},
    {SYS_process_madvise, ALWAYS}, {SYS_clone, PARTING},   {SYS_ptrace, PTRACE},
};

#ifdef __x86_64__
#define OTHER ARCH_I386
static const rule other[] = {
    {91, ALWAYS},  {45, NEW_BREAK}, {219, ADVICE}, {163, SHRINKING}, {192, REPLACING}, {90, ALWAYS},  {117, ATTACHING},
    {397, ALWAYS}, {398, ALWAYS},   {92, ALWAYS},  {93, ALWAYS},     {193, ALWAYS},    {194, ALWAYS}, {324, HOLES},
    {11, EXEC},    {358, EXEC},     {440, ALWAYS}, {120, PARTING},   {26, PTRACE},
};
#else
#define OTHER ARCH_ARM
static const rule other[] = {
    {91, ALWAYS},  {45, NEW_BREAK}, {220, ADVICE}, {163, SHRINKING}, {192, REPLACING}, {305, ALWAYS},
    {306, ALWAYS}, {92, ALWAYS},    {93, ALWAYS},  {193, ALWAYS},    {194, ALWAYS},    {352, HOLES},
    {11, EXEC},    {387, EXEC},     {440, ALWAYS}, {120, PARTING},   {26, PTRACE},
};
#endif
_Static_assert(sizeof native <= RULES_MAX * sizeof(rule) && sizeof other <= RULES_MAX * sizeof(rule),
               "they are sorted");

/* DONTNEED, REMOVE, PAGEOUT, DONTNEED_LOCKED, and COLLAPSE, which replaces pages: one bit each. */
static const uint32_t lowering_advice[] = {4, 9, 21, 24, 25};
enum { HWPOISON = 100, SOFT_OFFLINE, GUARD_INSTALL }; /* the others */

/* Where a jump may lead besides to a place just ahead: to the check of a rule, which both tables share, or to a
 * verdict. In if_true and if_false until all is emitted, since no filter is as long. */
typedef enum target {
    TARGETS = 200,
    TO_ALLOW = TARGETS + CHECKS,
    TO_BEGIN,
    TO_END,
    TO_UNTRACED,
    TARGETS_END,
    TO_STOP = TARGETS + ALWAYS
} target;

/* On the stack of its user, whose pages have been touched before. */
typedef struct filter {
    mb_filter_instruction *instructions;
    unsigned short used;
    unsigned short places[TARGETS_END - TARGETS];
} filter;

static void emit(filter *f, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
    f->instructions[f->used++] = (mb_filter_instruction){code, if_true, if_false, k};
}

static void emit_jump(filter *f, uint16_t comparison, uint32_t k, int if_true, int if_false)
{
    emit(f, BPF_JMP | comparison, k, (uint8_t)if_true, (uint8_t)if_false);
}

static void emit_load(filter *f, size_t offset) { emit(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0); }

/* The low or high half of an argument. */
static void emit_argument(filter *f, int index, bool is_high)
{
    bool comes_second = is_high == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    emit_load(f, offsetof(struct call, arguments) + 8 * (size_t)index + (comes_second ? 4 : 0));
}

static void emit_verdict(filter *f, int place, uint32_t verdict)
{
    f->places[place - TARGETS] = f->used;
    emit(f, BPF_RET | BPF_K, verdict, 0, 0);
}

static void begin_check(filter *f, check which) { f->places[which] = f->used; }

static void emit_advice(filter *f)
{
    uint32_t bits = 0;
    begin_check(f, ADVICE);
    for (size_t i = 0; i < sizeof lowering_advice / sizeof lowering_advice[0]; i++)
        bits |= UINT32_C(1) << lowering_advice[i];
    emit_argument(f, 2, false);
    emit_jump(f, BPF_JGE, 32, 4, 0);
    emit(f, BPF_MISC | BPF_TAX, 0, 0, 0);
    emit(f, BPF_LD | BPF_IMM, 1, 0, 0);
    emit(f, BPF_ALU | BPF_LSH | BPF_X, 0, 0, 0);
    emit_jump(f, BPF_JSET, bits, TO_STOP, TO_ALLOW);
    emit_jump(f, BPF_JEQ, ADVICE_BEGIN, TO_BEGIN, 0);
    emit_jump(f, BPF_JEQ, ADVICE_END, TO_END, 0);
    emit_jump(f, BPF_JGT, GUARD_INSTALL, TO_ALLOW, 0);
    emit_jump(f, BPF_JGE, HWPOISON, TO_STOP, TO_ALLOW);
}

/* old_size > new_size, in two halves of 32 bits each. */
static void emit_shrinking(filter *f)
{
    begin_check(f, SHRINKING);
    emit_argument(f, 3, false);
    emit_jump(f, BPF_JSET, MREMAP_FIXED, TO_STOP, 0);
    for (int is_high = 1; is_high >= 0; is_high--) {
        emit_argument(f, 2, is_high);
        emit(f, BPF_MISC | BPF_TAX, 0, 0, 0);
        emit_argument(f, 1, is_high);
        emit_jump(f, BPF_JGT | BPF_X, 0, TO_STOP, is_high ? 0 : TO_ALLOW);
        if (is_high)
            emit_jump(f, BPF_JEQ | BPF_X, 0, 0, TO_ALLOW);
    }
}

/* The checks of arguments, and the verdicts behind them: a jump leads ahead only. */
static void emit_checks(filter *f)
{
    begin_check(f, NEW_BREAK);
    emit_argument(f, 0, false);
    emit_jump(f, BPF_JEQ, 0, 0, TO_STOP);
    emit_argument(f, 0, true);
    emit_jump(f, BPF_JEQ, 0, TO_ALLOW, TO_STOP);
    begin_check(f, REPLACING);
    emit_argument(f, 3, false);
    emit_jump(f, BPF_JSET, MAP_FIXED, 0, TO_ALLOW);
    emit_jump(f, BPF_JSET, MAP_ANONYMOUS, TO_STOP, 0);
    emit_jump(f, BPF_JSET, MAP_DENYWRITE, TO_ALLOW, TO_STOP);
    emit_advice(f);
    emit_shrinking(f);
    begin_check(f, HOLES);
    emit_argument(f, 1, false);
    emit_jump(f, BPF_JSET, ~(uint32_t)1, TO_STOP, TO_ALLOW); /* 1: KEEP_SIZE */
    begin_check(f, ATTACHING);
    emit_argument(f, 0, false);
    emit_jump(f, BPF_JEQ, 21, TO_STOP, 0);        /* SHMAT */
    emit_jump(f, BPF_JEQ, 22, TO_STOP, TO_ALLOW); /* SHMDT */
    begin_check(f, PARTING);
    emit_argument(f, 0, false);
    emit_jump(f, BPF_JSET, CLONE_UNTRACED, TO_UNTRACED, TO_ALLOW);
    emit_verdict(f, TO_STOP, RET_TRACE | MB_STOP_LOWERING);
    emit_verdict(f, TO_UNTRACED, RET_TRACE | MB_STOP_UNTRACED);
    emit_verdict(f, TARGETS + PTRACE, RET_TRACE | MB_STOP_PTRACE);
    emit_verdict(f, TARGETS + EXEC, RET_TRACE | MB_STOP_EXEC);
    emit_verdict(f, TO_BEGIN, RET_TRACE | MB_STOP_BEGIN);
    emit_verdict(f, TO_END, RET_TRACE | MB_STOP_END);
    emit_verdict(f, TO_ALLOW, RET_ALLOW);
}

/* More than two rules are halved. When a filter is installed, the kernel translates it twice, and runs it once for each
 * call there is, to find those that it always lets pass: one rule after the other, each with a check of its own, it
 * took three times as long to install. */
static void emit_rules(filter *f, const rule *sorted, size_t count)
{
    if (count > 2) {
        unsigned short at = f->used;
        emit_jump(f, BPF_JGE, sorted[count / 2].number, 0, 0);
        emit_rules(f, sorted, count / 2);
        f->instructions[at].if_true = (uint8_t)(f->used - at - 1);
        emit_rules(f, sorted + count / 2, count - count / 2);
        return;
    }
    for (size_t i = 0; i < count; i++)
        emit_jump(f, BPF_JEQ, sorted[i].number, TARGETS + (int)sorted[i].check, i + 1 < count ? 0 : TO_ALLOW);
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
    emit(f, BPF_ALU | BPF_AND | BPF_K, ~(uint32_t)MB_LOWERING_X32_BIT, 0, 0);
#endif
    emit_rules(f, sorted, count);
}

static uint8_t resolve(const filter *f, int at, uint8_t jump)
{
    return jump < TARGETS ? jump : (uint8_t)(f->places[jump - TARGETS] - at - 1);
}

size_t mb_lowering_filter_build(mb_filter_life life, mb_filter_instruction instructions[MB_FILTER_MAX])
{
    filter f = {.instructions = instructions};
    if (life == MB_FILTER_BRIEF) /* what the kernel cannot know beforehand ends its trial of a call here */
        emit_load(&f, offsetof(struct call, instruction_pointer));
    emit_load(&f, offsetof(struct call, architecture));
    unsigned short at_native = f.used;
    emit_jump(&f, BPF_JEQ, MB_LOWERING_NATIVE, 0, 0);
    emit_table(&f, native, sizeof native / sizeof native[0]);
    instructions[at_native].if_false = (uint8_t)(f.used - at_native - 1);
    emit_jump(&f, BPF_JEQ, OTHER, 0, TO_ALLOW);
    emit_table(&f, other, sizeof other / sizeof other[0]);
    emit_checks(&f);
    for (int at = 0; at < f.used; at++) {
        instructions[at].if_true = resolve(&f, at, instructions[at].if_true);
        instructions[at].if_false = resolve(&f, at, instructions[at].if_false);
    }
    return f.used;
}

/* SPEC_ALLOW: before Linux 5.16 a filter slowed the whole process down otherwise. A positive result is the number of a
 * thread that has a filter of its own. */
static int install(const struct program *program)
{
    long result = syscall(SYS_seccomp, (long)SET_MODE_FILTER, (long)(FLAG_TSYNC | FLAG_SPEC_ALLOW), program);
    return result == 0 ? 0 : result > 0 ? EBUSY : errno;
}

int mb_lowering_filter_install(mb_filter_life life)
{
    mb_filter_instruction instructions[MB_FILTER_MAX];
    const struct program program = {(unsigned short)mb_lowering_filter_build(life, instructions), instructions};
    int errnum = install(&program);
    if (errnum != EACCES)
        return errnum;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0)
        return errno;
    return install(&program);
}

#else

size_t mb_lowering_filter_build(mb_filter_life life, mb_filter_instruction instructions[MB_FILTER_MAX])
{
    (void)life;
    (void)instructions;
    return 0;
}

int mb_lowering_filter_install(mb_filter_life life)
{
    (void)life;
    return ENOSYS;
}

#endif
