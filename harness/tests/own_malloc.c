/* An allocator that nobody knows: preloaded to see that membench says so. It never frees. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static char pool[64 << 20];
static size_t used;

void *malloc(size_t size)
{
    enum { HEAD_BYTES = 16 };
    size_t needed = (size + HEAD_BYTES + 15) & ~(size_t)15;
    size_t at = __atomic_fetch_add(&used, needed, __ATOMIC_RELAXED);
    if (size > sizeof pool || at + needed > sizeof pool) {
        errno = ENOMEM;
        return NULL;
    }
    memcpy(pool + at, &size, sizeof size);
    return pool + at + HEAD_BYTES;
}

void free(void *block) { (void)block; }

void *calloc(size_t count, size_t size) { return size != 0 && count > SIZE_MAX / size ? NULL : malloc(count * size); }

void *realloc(void *block, size_t size)
{
    size_t old_size = 0;
    void *moved = malloc(size);
    if (block == NULL || moved == NULL)
        return moved;
    memcpy(&old_size, (char *)block - 16, sizeof old_size);
    return memcpy(moved, block, old_size < size ? old_size : size);
}
