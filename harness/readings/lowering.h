/* lowering.h: the system calls by which a process can lose memory, and a filter that stops it before each of them.
 *
 * A resident set rises at any instruction and falls only inside of such a call, so readings before each call and at the
 * ends hold the highest one there was. In the measured process, libc only. */
#ifndef MEMBENCH_READINGS_LOWERING_H
#define MEMBENCH_READINGS_LOWERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The architecture of this machine's own calls, as the kernel numbers them; 0: another processor, without a filter. */
#if defined(__x86_64__)
#define MB_LOWERING_NATIVE 0xc000003eu
#elif defined(__aarch64__)
#define MB_LOWERING_NATIVE 0xc00000b7u
#else
#define MB_LOWERING_NATIVE 0u
#endif

enum { MB_LOWERING_X32_BIT = 0x40000000 }; /* in the numbers of x32 programs, whose architecture is the same */

/* Why a process was stopped: what PTRACE_GETEVENTMSG gives its tracer. */
typedef enum mb_lowering_stop {
    MB_STOP_LOWERING = 1, /* before a call that may take memory from it */
    MB_STOP_EXEC,         /* before execve: then all of its memory goes */
    MB_STOP_BEGIN,        /* its first mb_lowering_begin: what was highest before does not count */
    MB_STOP_END,          /* its mb_lowering_end wants the answer */
    MB_STOP_UNTRACED,     /* before clone with CLONE_UNTRACED: the child would have the filter, and no tracer */
    MB_STOP_PTRACE,       /* before ptrace: a process has one tracer only */
} mb_lowering_stop;

/* What the tracer writes into the process. All members have the size of what ptrace writes. */
typedef struct mb_peak_answer {
    int64_t state;      /* 0: nobody answered; 1: exact; 2: other threads ran meanwhile: at least this much */
    int64_t anon_bytes; /* highest RssAnon + RssShmem, and VmRSS, at the stops since the begin; 0: no stop */
    int64_t rss_bytes;
    int64_t stop_count; /* as of the last one that changed one of the above */
} mb_peak_answer;

/* In static memory of the process, whose address is passed at its first begin. From then on a window is a number here
 * that the tracer reads at each stop, and its answer is here after each stop: an empty window costs none. */
typedef struct mb_peak_share {
    int64_t window;      /* the process: which one is open; 0: none is */
    int64_t is_followed; /* the tracer: it does as above. One of an older version stops at each begin and end */
    int64_t must_ask; /* the tracer: there are other threads, whose stops may be in work: the answer comes at the end */
    mb_peak_answer answer;
} mb_peak_share;

/* One instruction of a filter, as in <linux/filter.h>: jumps lead so many instructions ahead of the next. */
typedef struct mb_filter_instruction {
    uint16_t code;
    uint8_t if_true, if_false;
    uint32_t k;
} mb_filter_instruction;

enum { MB_FILTER_MAX = 128 };

/* At its installation the kernel tries a filter out for each call there is, and remembers which ones always pass: 18 us
 * more, and 18 ns less for each such call. */
typedef enum mb_filter_life {
    MB_FILTER_BRIEF, /* for a process of less than a thousand calls, as a sample mostly is: not tried out */
    MB_FILTER_LONG,
} mb_filter_life;

/* The filter; returns how many instructions it has: 0 where this processor has no way. */
size_t mb_lowering_filter_build(mb_filter_life life, mb_filter_instruction instructions[MB_FILTER_MAX]);

/* Installs the filter in all threads of this process; it stays, for its children and after exec too. Returns 0 or an
 * errno, with nothing installed: ENOSYS where this kernel or processor has no way. Whoever installs it has to be traced
 * with PTRACE_O_TRACESECCOMP, and so have all of its children as long as they live: untraced, these calls fail with
 * ENOSYS. Raises no_new_privs where the system demands it. Some 10 comparisons a call. */
int mb_lowering_filter_install(mb_filter_life life);

/* Where they stop, they call madvise, which the kernel refuses: not a number of their own, which a container's profile
 * would. */
void mb_lowering_begin(void);
void mb_lowering_end(mb_peak_answer *answer);

#endif
