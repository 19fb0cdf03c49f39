/* The allocator behind a hook that is linked in: names that the linker's --wrap makes for the functions it redirects.
 * Nothing has to be looked up, so nothing needs a bootstrap buffer. */
#include "heap/next.h"

#include <malloc.h>

void *__real_malloc(size_t size);
void __real_free(void *pointer);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *pointer, size_t size);
void *__real_memalign(size_t alignment, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
int __real_posix_memalign(void **pointer, size_t alignment, size_t size);

const mb_heap_next mb_heap_next_allocator = {
    .malloc = __real_malloc,
    .free = __real_free,
    .calloc = __real_calloc,
    .realloc = __real_realloc,
    .memalign = __real_memalign,
    .aligned_alloc = __real_aligned_alloc,
    .posix_memalign = __real_posix_memalign,
    .usable_bytes = malloc_usable_size,
};

bool mb_heap_next_resolve(void) { return true; }
bool mb_heap_next_is_countable(void) { return true; }
