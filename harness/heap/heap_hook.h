/* heap_hook.h: how a measured program and the heap hook inside its process find each other.
 *
 * The hook counts every call of the malloc family. It is preloaded (libmembench_heap.so) or, in a static program,
 * linked in (membench_heap_static). The two meet through the environment, which needs no symbol on either side:
 *
 *     coordinator            MEMBENCH_HEAP_HOOK=0000000000000000
 *     hook, before main      MEMBENCH_HEAP_HOOK=00007f1c5a2b3c40      address of its table, written in place
 *     program                mb_heap_hook_take(getenv(…)) ─▶ table, and the zeros are back
 *     at B                   hook->begin()
 *     at E1, E2              hook->read(&reading)
 *
 * Zeros that stay zeros mean that nothing counts here: a static, musl or set-user-id program that the preload could not
 * reach, or an allocator without a malloc_usable_size of its own. Then heap metrics are missing, never 0. The program
 * still has to allocate a block of known size once and see the counters move: its own malloc may be before the hook.
 */
#ifndef MEMBENCH_HEAP_HEAP_HOOK_H
#define MEMBENCH_HEAP_HEAP_HOOK_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MB_HEAP_HOOK_VARIABLE "MEMBENCH_HEAP_HOOK"
#define MB_HEAP_BLOCKS_VARIABLE "MEMBENCH_HEAP_BLOCKS" /* "1": the hook keeps a table of all blocks */
#define MB_HEAP_SITES_VARIABLE "MEMBENCH_SITES"        /* file that a hook which keeps call sites writes them to */

enum {
    MB_HEAP_HOOK_VERSION = 4,
    MB_HEAP_HOOK_VERSION_LEAST = 1,  /* of a hook without read_requested */
    MB_HEAP_HOOK_DIGITS = 16,        /* length of the variable's value, always */
    MB_HEAP_FLUSH_BYTES = 16 * 1024, /* how far the peak may be off, per thread, where several allocate */
};

/* "MBHEAP" and a version of this layout: a pointer to anything else is not a table. */
#define MB_HEAP_HOOK_MAGIC UINT64_C(0x4d42484541500001)

/* Everything since begin(); before the first begin(), since the process started. "Usable" is what malloc_usable_size
 * says of a block, "requested" is what the caller asked for. A block counts for whoever allocates or frees it, so
 * live_bytes is negative when the window frees more than it allocates. Plain values, owned by the caller. */
typedef struct mb_heap_reading {
    uint64_t alloc_count;  /* successful calls that returned a block; a realloc is one, whether or not it moved */
    uint64_t alloc_bytes;  /* requested by them; a realloc counts its whole new size */
    uint64_t free_count;   /* blocks given back: by free, and by every realloc of a block */
    int64_t live_bytes;    /* usable bytes allocated minus given back */
    int64_t peak_bytes;    /* highest live_bytes so far, never below 0. Exact while one thread allocates, else within
                              MB_HEAP_FLUSH_BYTES for each thread that does */
    uint64_t thread_count; /* threads that allocated; 1 or 0: the peak is exact */
} mb_heap_reading;

/* Requested bytes of the blocks alive, since begin(), of every block since the process started. The peak is exact with
 * any number of threads. What was allocated before the hook came first is not among them, nor when it is freed. */
typedef struct mb_heap_requested {
    bool is_known; /* the process keeps all blocks (MB_HEAP_BLOCKS_VARIABLE), and had room for each */
    int64_t live_bytes;
    int64_t peak_bytes; /* never below 0 */
} mb_heap_requested;

/* The hook's table: constant, lives as long as the process. Neither function allocates or changes errno. Both may be
 * called from any thread; figures of threads that run meanwhile are as of some moment during the call. */
typedef struct mb_heap_hook {
    uint64_t magic;       /* MB_HEAP_HOOK_MAGIC */
    uint32_t version;     /* MB_HEAP_HOOK_VERSION; later versions append fields only */
    uint32_t table_bytes; /* sizeof(mb_heap_hook) of the hook's version */
    void (*begin)(void);  /* opens a window: all readings start at zero again */
    void (*read)(mb_heap_reading *reading);
    /* From version 2 on. */
    void (*read_requested)(mb_heap_requested *reading);
    void (*add)(const void *block, size_t byte_count); /* counts a block that does not come from malloc … */
    size_t (*remove)(const void *block);               /* … and its end; its bytes, 0: add was not called for it */
    /* From version 3 on. NULL: this hook keeps no call sites. Says that the window has come to B (before begin), E1, E2
     * or T, 0 to 3, whose readings are done; at T what was kept is written to the file. */
    void (*point)(int point);
    /* From version 4 on. NULL, or why blocks are missing in all figures since the last begin(), or NULL: none are. The
     * text is static. */
    const char *(*obstacle)(void);
} mb_heap_hook;

/* What a hook of the first version has. */
#define MB_HEAP_HOOK_BYTES_LEAST offsetof(mb_heap_hook, read_requested)
/* What one of the second has. */
#define MB_HEAP_HOOK_BYTES_SECOND offsetof(mb_heap_hook, point)
/* What one of the third has. */
#define MB_HEAP_HOOK_BYTES_THIRD offsetof(mb_heap_hook, obstacle)

/* False, and nothing else in *reading: the hook is older, or does not keep all blocks. */
static inline bool mb_heap_hook_read_requested(const mb_heap_hook *hook, mb_heap_requested *reading)
{
    reading->is_known = false;
    if (hook->table_bytes >= MB_HEAP_HOOK_BYTES_SECOND)
        hook->read_requested(reading);
    return reading->is_known;
}

/* Says a point of a window to a hook that keeps call sites; nothing to others. */
static inline void mb_heap_hook_say_point(const mb_heap_hook *hook, int point)
{
    if (hook->table_bytes >= MB_HEAP_HOOK_BYTES_THIRD && hook->point != NULL)
        hook->point(point);
}

/* Why the figures of this hook are not whole, or NULL. */
static inline const char *mb_heap_hook_obstacle(const mb_heap_hook *hook)
{
    return hook->table_bytes >= sizeof *hook && hook->obstacle != NULL ? hook->obstacle() : NULL;
}

/* True when a word can be read there. The kernel reads the set before it looks at the impossible first argument. */
static inline bool mb_heap_hook_is_readable(uint64_t address)
{
    int saved_errno = errno;
    long result = syscall(SYS_rt_sigprocmask, -1, (void *)(uintptr_t)address, (void *)0, sizeof(uint64_t));
    bool is_readable = result == -1 && errno == EINVAL;
    errno = saved_errno;
    return is_readable;
}

/* Finds the table. text: value of the variable, writable, may be NULL; digits are set back to zeros, so that programs
 * started from here do not take this process's address for one of theirs. NULL: no hook counts in this process. An
 * address left over from another one, say from the shell that started this program, is recognised and NULL too. */
static inline const mb_heap_hook *mb_heap_hook_take(char *text)
{
    uint64_t address = 0;
    if (text == NULL)
        return NULL;
    for (int i = 0; i < MB_HEAP_HOOK_DIGITS; i++) {
        char digit = text[i];
        if (digit >= '0' && digit <= '9')
            address = address << 4 | (uint64_t)(digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            address = address << 4 | (uint64_t)(digit - 'a' + 10);
        else
            return NULL;
    }
    if (text[MB_HEAP_HOOK_DIGITS] != '\0')
        return NULL;
    for (int i = 0; i < MB_HEAP_HOOK_DIGITS; i++)
        text[i] = '0';
    if (address == 0 || address % sizeof(uint64_t) != 0 || address > UINTPTR_MAX - sizeof(mb_heap_hook))
        return NULL;
    if (!mb_heap_hook_is_readable(address) ||
        !mb_heap_hook_is_readable(address + MB_HEAP_HOOK_BYTES_LEAST - sizeof(uint64_t)))
        return NULL;
    const mb_heap_hook *hook = (const mb_heap_hook *)(uintptr_t)address;
    if (hook->magic != MB_HEAP_HOOK_MAGIC || hook->version < MB_HEAP_HOOK_VERSION_LEAST ||
        hook->table_bytes < MB_HEAP_HOOK_BYTES_LEAST)
        return NULL;
    return hook;
}

#endif
