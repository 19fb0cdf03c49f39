/* next.h: the allocator behind the hook.
 *
 * Preloaded, that is whatever the dynamic linker would have used without us: libc's malloc, or the jemalloc, mimalloc
 * or tcmalloc that the program is linked with or that is preloaded after us. Linked into a static program
 * (MB_HEAP_STATIC), it is what the linker's --wrap calls __real_…. valloc, pvalloc, reallocarray and cfree are missing
 * here on purpose: libc's own would call back into the hook, so the hook makes them of these. */
#ifndef MEMBENCH_HEAP_NEXT_H
#define MEMBENCH_HEAP_NEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Known to stay inside the library: then they are reached without its symbol table. */
#pragma GCC visibility push(hidden)

typedef struct mb_heap_next {
    void *(*malloc)(size_t size);
    void (*free)(void *pointer);
    void *(*calloc)(size_t count, size_t size);
    void *(*realloc)(void *pointer, size_t size);
    void *(*memalign)(size_t alignment, size_t size);
    void *(*aligned_alloc)(size_t alignment, size_t size);
    int (*posix_memalign)(void **pointer, size_t alignment, size_t size);
    size_t (*usable_bytes)(void *pointer);
} mb_heap_next;

#ifdef MB_HEAP_STATIC
extern const mb_heap_next mb_heap_next_allocator;
#define mb_heap_next_is_ready() true
#else
extern mb_heap_next mb_heap_next_allocator; /* zeroed until the first call of the hook */
#define mb_heap_next_is_ready() (mb_heap_next_allocator.malloc != NULL)
#endif

/* Looks the allocator up, once; it happens before the process has a second thread. False while a lookup is under way
 * further up this stack: the linker's own calls then live on the bootstrap buffer below. */
bool mb_heap_next_resolve(void);

/* True when malloc, free and malloc_usable_size come from one library. If not, sizes cannot be asked, nothing is
 * counted (usable_bytes gives 0) and the hook does not announce itself. */
bool mb_heap_next_is_countable(void);

/* Zeroed memory for the linker's calls during the lookup; never given back. NULL when the buffer is used up. */
enum { MB_HEAP_BOOTSTRAP_BYTES = 8192, MB_HEAP_BOOTSTRAP_ALIGNMENT = 16 };
extern unsigned char mb_heap_bootstrap[MB_HEAP_BOOTSTRAP_BYTES];
void *mb_heap_bootstrap_alloc(size_t size);

static inline bool mb_heap_bootstrap_owns(const void *pointer)
{
    return (uintptr_t)pointer - (uintptr_t)mb_heap_bootstrap < MB_HEAP_BOOTSTRAP_BYTES;
}

/* The named symbol behind the hook when it is in the library that malloc is in, else NULL with *symbol what there is
 * instead (NULL if nothing). For functions that an allocator may bring along, such as C++'s operator new. */
void *mb_heap_next_of_allocator(const char *name, void **symbol);

/* Reads what the environment says, at the first call that is counted and again before the first constructor of the
 * program: the C library may not have its environment yet. */
void mb_heap_prepare(void);

/* True for an address in the code of the dynamic linker. Preloaded hook only. */
bool mb_heap_is_of_linker(const void *code);

/* Looks C++'s operators up behind the hook, when there are any, so that none is looked up inside a window. Preloaded
 * hook only, after mb_heap_next_resolve. */
void mb_heap_operators_resolve(void);

#pragma GCC visibility pop

#endif
