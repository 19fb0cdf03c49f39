/* The malloc family as the program sees it: each call goes to the next allocator and is counted when it succeeded. */
#include "heap/blocks.h"
#include "heap/counters.h"
#include "heap/follow.h"
#include "heap/hooked.h"
#include "heap/next.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

void *HOOKED(malloc)(size_t size);
void HOOKED(free)(void *pointer);
void HOOKED(cfree)(void *pointer);
void *HOOKED(calloc)(size_t count, size_t size);
void *HOOKED(realloc)(void *pointer, size_t size);
void *HOOKED(reallocarray)(void *pointer, size_t count, size_t size);
void *HOOKED(memalign)(size_t alignment, size_t size);
void *HOOKED(aligned_alloc)(size_t alignment, size_t size);
int HOOKED(posix_memalign)(void **pointer, size_t alignment, size_t size);
void *HOOKED(valloc)(size_t size);
void *HOOKED(pvalloc)(size_t size);

#define next mb_heap_next_allocator

/* Some allocators make one function of another; only the outermost call counts. The shared libraries that we know make
 * only aligned functions of each other, so a preloaded malloc, the hot one, need not ask; musl's calloc calls malloc.
 */
static _Thread_local unsigned call_depth;
#ifdef MB_HEAP_STATIC
#define IS_INNER_MALLOC (call_depth > 0)
#else
#define IS_INNER_MALLOC false
#endif

static inline bool is_ready(void) { return MB_HEAP_LIKELY(mb_heap_next_is_ready()) || mb_heap_next_resolve(); }

/* By how much a new block moves live bytes, and by how much they go down again when it is freed. */
static inline int64_t enter(void *pointer, size_t size, size_t alignment)
{
    int64_t usable_bytes = (int64_t)next.usable_bytes(pointer);
    if (MB_HEAP_UNLIKELY(alignment > MB_HEAP_PAGE_BYTES_LEAST || mb_heap_blocks_keep_all))
        return mb_heap_blocks_enter(pointer, size, alignment, usable_bytes);
    return usable_bytes;
}

static inline int64_t leave(void *pointer, mb_heap_block *block)
{
    int64_t usable_bytes = (int64_t)next.usable_bytes(pointer);
    bool is_kept = MB_HEAP_UNLIKELY(mb_heap_blocks_may_have(pointer)) && mb_heap_blocks_take(pointer, block);
    return is_kept && block->counted_bytes >= 0 ? block->counted_bytes : usable_bytes;
}

static inline void count_new(void *pointer, size_t size, size_t alignment)
{
    if (MB_HEAP_UNLIKELY(pointer == NULL))
        return;
    int64_t bytes = enter(pointer, size, alignment);
    mb_heap_count(1, size, 0, bytes);
    mb_heap_follow_new(pointer, size, bytes, false);
}

#ifdef MB_HEAP_STATIC
static inline void *bootstrap_alloc(size_t size) { return (void)size, NULL; }
static inline bool bootstrap_owns(const void *pointer) { return (void)pointer, false; }
static inline void *realloc_bootstrap(void *pointer, size_t size) { return (void)pointer, (void)size, NULL; }
#else
#define bootstrap_alloc mb_heap_bootstrap_alloc
#define bootstrap_owns mb_heap_bootstrap_owns

/* A block of the bootstrap buffer moves to the allocator; its own size is not known, what follows it is copied too. */
static void *realloc_bootstrap(void *pointer, size_t size)
{
    size_t bytes = (size_t)(mb_heap_bootstrap + MB_HEAP_BOOTSTRAP_BYTES - (unsigned char *)pointer);
    void *moved = HOOKED(malloc)(size);
    if (moved != NULL)
        memmove(moved, pointer, bytes < size ? bytes : size);
    return moved;
}
#endif

EXPORT void *HOOKED(malloc)(size_t size)
{
    if (!is_ready())
        return bootstrap_alloc(size);
    void *pointer = next.malloc(size);
    if (!IS_INNER_MALLOC)
        count_new(pointer, size, 0);
    return pointer;
}

EXPORT void HOOKED(free)(void *pointer)
{
    if (MB_HEAP_UNLIKELY(pointer == NULL || bootstrap_owns(pointer)) || !is_ready())
        return;
    mb_heap_block block;
    int64_t bytes = leave(pointer, &block);
    mb_heap_count(0, 0, 1, -bytes);
    mb_heap_follow_end(pointer, bytes, false, NULL);
    next.free(pointer);
}

EXPORT void HOOKED(cfree)(void *pointer) { HOOKED(free)(pointer); }

static void *count_outermost(void *pointer, size_t size, size_t alignment)
{
    if (--call_depth == 0)
        count_new(pointer, size, alignment);
    return pointer;
}

/* The linker callocs a vector for each new thread, with an entry of 16 bytes for each library that has thread-local
 * storage. The hook's own is one of them, and no cost of the program. glibc has 8 bytes more usable than asked for in
 * either size; of another allocator's classes nothing is known, so there only the requested bytes are put right. */
enum { THREAD_VECTOR_ENTRY_BYTES = 2 * sizeof(void *) };
#ifdef MB_HEAP_STATIC
#define IS_THREAD_VECTOR(size) false
#else
#define IS_THREAD_VECTOR(size)                                                                                         \
    ((size) == THREAD_VECTOR_ENTRY_BYTES && mb_heap_is_of_linker(__builtin_return_address(0)))
#endif

static void *count_thread_vector(void *pointer, size_t size)
{
    if (--call_depth > 0 || pointer == NULL)
        return pointer;
    size_t own_bytes = THREAD_VECTOR_ENTRY_BYTES * (size_t)MB_HEAP_FOLLOW_THREAD_ENTRIES;
    int64_t usable_bytes = (int64_t)next.usable_bytes(pointer);
    int64_t counted_bytes = usable_bytes - (usable_bytes == (int64_t)(size + 8) ? (int64_t)own_bytes : 0);
    if (!mb_heap_blocks_enter_as(pointer, size - own_bytes, counted_bytes))
        counted_bytes = usable_bytes;
    mb_heap_count(1, size - own_bytes, 0, counted_bytes);
    mb_heap_follow_new(pointer, size - own_bytes, counted_bytes, false);
    return pointer;
}

EXPORT void *HOOKED(calloc)(size_t count, size_t size)
{
    if (!is_ready())
        return size == 0 || count <= SIZE_MAX / size ? bootstrap_alloc(count * size) : NULL;
    call_depth++;
    void *pointer = next.calloc(count, size);
    if (IS_THREAD_VECTOR(size))
        return count_thread_vector(pointer, count * size);
    return count_outermost(pointer, count * size, 0);
}

EXPORT void *HOOKED(realloc)(void *pointer, size_t size)
{
    if (pointer == NULL)
        return HOOKED(malloc)(size);
    if (MB_HEAP_UNLIKELY(bootstrap_owns(pointer)) || !is_ready())
        return realloc_bootstrap(pointer, size);
    mb_heap_block block = {.counted_bytes = -1};
    mb_heap_followed followed;
    int64_t old_bytes = leave(pointer, &block); /* before another thread can have its address */
    mb_heap_follow_end(pointer, old_bytes, false, &followed);
    void *moved = next.realloc(pointer, size);
    if (moved != NULL) {
        int64_t new_bytes = enter(moved, size, block.counted_bytes >= 0 ? SIZE_MAX : 0);
        mb_heap_count(1, size, 1, new_bytes - old_bytes);
        mb_heap_follow_new(moved, size, new_bytes, false);
    } else if (size != 0) {
        mb_heap_blocks_put_back(&block);
        mb_heap_follow_put_back(&followed, old_bytes);
    } else { /* some allocators free the block then, others return a small one */
        mb_heap_count(0, 0, 1, -old_bytes);
    }
    return moved;
}

EXPORT void *HOOKED(reallocarray)(void *pointer, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return HOOKED(realloc)(pointer, count * size);
}

EXPORT void *HOOKED(memalign)(size_t alignment, size_t size)
{
    if (!is_ready())
        return NULL;
    call_depth++;
    return count_outermost(next.memalign(alignment, size), size, alignment);
}

EXPORT void *HOOKED(aligned_alloc)(size_t alignment, size_t size)
{
    if (!is_ready())
        return NULL;
    call_depth++;
    return count_outermost(next.aligned_alloc(alignment, size), size, alignment);
}

EXPORT int HOOKED(posix_memalign)(void **pointer, size_t alignment, size_t size)
{
    if (!is_ready())
        return ENOMEM;
    call_depth++;
    int failure = next.posix_memalign(pointer, alignment, size);
    count_outermost(failure == 0 ? *pointer : NULL, size, alignment);
    return failure;
}

EXPORT void *HOOKED(valloc)(size_t size) { return HOOKED(memalign)((size_t)sysconf(_SC_PAGESIZE), size); }

/* Requested bytes stay what the caller asked for; the whole pages are usable bytes. */
EXPORT void *HOOKED(pvalloc)(size_t size)
{
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    if (size > SIZE_MAX - page_bytes) {
        errno = ENOMEM;
        return NULL;
    }
    if (!is_ready())
        return NULL;
    call_depth++;
    return count_outermost(next.memalign(page_bytes, (size + page_bytes - 1) & ~(page_bytes - 1)), size, page_bytes);
}
