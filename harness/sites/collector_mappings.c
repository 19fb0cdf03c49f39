/* What the program maps, by the call that did: its calls of mmap, munmap, mremap and sbrk come through here.
 *
 * The C library maps for malloc and for stacks by names of its own, so its calls are not among them. An allocator that
 * is none of the C library's calls mmap below its malloc, which is the hook's: such a mapping is the heap's, and not
 * kept. A range belongs to the last call that mapped it; mremap moves ranges with their calls, and what it adds is its
 * own. Ranges are cut before munmap runs, and mremap runs under the lock: what another thread then maps in the same
 * place comes later. System calls that are made without these functions are not seen. */
#include "sites/collector.h"

#include "heap/follow.h"
#include "heap/hooked.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MB_HEAP_STATIC
#include <dlfcn.h>
#endif

static mb_site_store mappings; /* in the order of their addresses, none over another */

static mb_mapping *all_mappings(size_t *count)
{
    *count = mappings.used_bytes / sizeof(mb_mapping);
    return mappings.bytes;
}

/* The first that ends behind that address. */
static size_t first_behind(uintptr_t address)
{
    size_t low = 0, high;
    const mb_mapping *all = all_mappings(&high);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (all[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert(size_t at, mb_mapping mapping)
{
    size_t count;
    if (mb_site_store_add(&mappings, sizeof mapping) == NULL)
        return;
    mb_mapping *all = all_mappings(&count);
    memmove(all + at + 1, all + at, (count - 1 - at) * sizeof *all);
    all[at] = mapping;
}

static void cut(uintptr_t start, uintptr_t end)
{
    size_t count, i = first_behind(start);
    for (;;) {
        mb_mapping *all = all_mappings(&count);
        if (i >= count || all[i].start >= end)
            return;
        mb_mapping was = all[i];
        if (was.start < start) {
            all[i++].end = start;
            if (was.end > end)
                insert(i, (mb_mapping){end, was.end, was.site});
        } else if (was.end > end) {
            all[i].start = end;
        } else {
            memmove(all + i, all + i + 1, (count - 1 - i) * sizeof *all);
            mappings.used_bytes -= sizeof *all;
        }
    }
}

static void set(uintptr_t start, uintptr_t end, uint32_t site)
{
    size_t count;
    cut(start, end);
    size_t at = first_behind(start);
    mb_mapping *all = all_mappings(&count);
    if (at > 0 && all[at - 1].end == start && all[at - 1].site == site)
        all[at - 1].end = end;
    else
        insert(at, (mb_mapping){start, end, site});
}

size_t mb_mappings_in(uintptr_t start, uintptr_t end, mb_mapping *pieces, size_t most)
{
    size_t count, taken = 0;
    mb_collector_lock();
    const mb_mapping *all = all_mappings(&count);
    for (size_t i = first_behind(start); i < count && all[i].start < end && taken < most; i++) {
        pieces[taken] = all[i];
        if (pieces[taken].start < start)
            pieces[taken].start = start;
        if (pieces[taken].end > end)
            pieces[taken].end = end;
        taken++;
    }
    mb_collector_unlock();
    return taken;
}

static uintptr_t up(uintptr_t bytes)
{
    uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    return (bytes + page_bytes - 1) & ~(page_bytes - 1);
}

/* The hook's own tables and the unwinder's are not the program's. */
static uint32_t site_of(const void *return_address, bool *is_allocators)
{
    *is_allocators = false;
    return mb_collector_is_busy() || mb_stack_is_own(return_address) ? MB_MAPPING_OWN
                                                                     : mb_collector_site(is_allocators);
}

static void keep(uintptr_t start, uintptr_t length, const void *return_address)
{
    bool is_allocators;
    uint32_t site = site_of(return_address, &is_allocators);
    mb_collector_lock();
    if (is_allocators)
        cut(start, start + up(length));
    else
        set(start, start + up(length), site);
    mb_collector_unlock();
}

#if __SIZEOF_POINTER__ == 8

void *HOOKED(mmap)(void *address, size_t length, int access, int flags, int fd, off_t offset);
void *HOOKED(mmap64)(void *address, size_t length, int access, int flags, int fd, off_t offset);
int HOOKED(munmap)(void *address, size_t length);
void *HOOKED(mremap)(void *address, size_t old_length, size_t length, int flags, ...);

static inline __attribute__((always_inline)) void *map(void *address, size_t length, int access, int flags, int fd,
                                                       off_t offset)
{
    void *made = (void *)syscall(SYS_mmap, address, length, access, flags, fd, offset);
    if (made != MAP_FAILED && mb_collector_keeps())
        keep((uintptr_t)made, length, __builtin_return_address(0));
    return made;
}

EXPORT void *HOOKED(mmap)(void *address, size_t length, int access, int flags, int fd, off_t offset)
{
    return map(address, length, access, flags, fd, offset);
}

EXPORT void *HOOKED(mmap64)(void *address, size_t length, int access, int flags, int fd, off_t offset)
{
    return map(address, length, access, flags, fd, offset);
}

EXPORT int HOOKED(munmap)(void *address, size_t length)
{
    if (mb_collector_keeps()) {
        mb_collector_lock();
        cut((uintptr_t)address, (uintptr_t)address + up(length));
        mb_collector_unlock();
    }
    return (int)syscall(SYS_munmap, address, length);
}

/* Each range within the old ones goes where they went; under the lock. */
static void move(uintptr_t from, uintptr_t from_end, uintptr_t to, bool stays)
{
    size_t count;
    cut(to, to + (from_end - from));
    for (uintptr_t at = from; at < from_end;) {
        size_t i = first_behind(at);
        const mb_mapping *all = all_mappings(&count);
        if (i >= count || all[i].start >= from_end)
            break;
        mb_mapping piece = all[i];
        uintptr_t start = piece.start > from ? piece.start : from, end = piece.end < from_end ? piece.end : from_end;
        if (!stays)
            cut(start, end);
        set(to + (start - from), to + (end - from), piece.site);
        at = end;
    }
}

EXPORT void *HOOKED(mremap)(void *address, size_t old_length, size_t length, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    void *target = (flags & MREMAP_FIXED) != 0 ? va_arg(arguments, void *) : NULL;
    va_end(arguments);
    if (!mb_collector_keeps())
        return (void *)syscall(SYS_mremap, address, old_length, length, flags, target);
    bool is_allocators, stays = (flags & ~(MREMAP_FIXED | MREMAP_MAYMOVE)) != 0; /* MREMAP_DONTUNMAP */
    uint32_t site = site_of(__builtin_return_address(0), &is_allocators);
    mb_collector_lock();
    uintptr_t from = (uintptr_t)address, old_bytes = up(old_length), bytes = up(length);
    uintptr_t same_bytes = old_bytes < bytes ? old_bytes : bytes;
    void *made = (void *)syscall(SYS_mremap, address, old_length, length, flags, target);
    if (made != MAP_FAILED) {
        uintptr_t to = (uintptr_t)made;
        if (to != from)
            move(from, from + same_bytes, to, stays);
        if (bytes < old_bytes && !stays)
            cut(from + bytes, from + old_bytes);
        if (bytes > old_bytes && is_allocators)
            cut(to + old_bytes, to + bytes);
        else if (bytes > old_bytes)
            set(to + old_bytes, to + bytes, site);
    }
    mb_collector_unlock();
    return made;
}

#ifdef MB_HEAP_STATIC

void mb_mappings_prepare(void) {}

#else

static _Atomic(void *) next_sbrk;

void mb_mappings_prepare(void) { next_sbrk = dlsym(RTLD_NEXT, "sbrk"); }

/* The break is the C library's to keep. */
EXPORT void *sbrk(intptr_t change)
{
    void *symbol = next_sbrk;
    if (symbol == NULL)
        next_sbrk = symbol = dlsym(RTLD_NEXT, "sbrk");
    void *(*next)(intptr_t);
    memcpy(&next, &symbol, sizeof symbol);
    char *was = next(change);
    if (was == (void *)-1 || change == 0 || !mb_collector_keeps())
        return was;
    if (change > 0) {
        keep((uintptr_t)was, (uintptr_t)change, __builtin_return_address(0));
    } else {
        mb_collector_lock();
        cut(up((uintptr_t)was + (uintptr_t)change), (uintptr_t)was);
        mb_collector_unlock();
    }
    return was;
}

#endif
#endif
