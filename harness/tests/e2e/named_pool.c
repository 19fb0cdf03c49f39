/* A pool in a shared library, under names of its own: blocks of a mapping, and a list of those that came back. The
 * library calls its own function, too (pool_copy). */
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

void *pool_get(size_t size);
void pool_put(void *block);
void *pool_copy(const void *from, size_t size);
__attribute__((visibility("hidden"))) void *pool_hidden(size_t size);

enum { POOL_BYTES = 8 << 20, ROOM_BYTES = 1024 };

static char *pool;
static size_t used_bytes;
static void *first_free;

void *pool_hidden(size_t size)
{
    (void)size;
    return NULL;
}

void *pool_get(size_t size)
{
    void *block = first_free;
    if (size > ROOM_BYTES)
        return pool_hidden(size);
    if (block != NULL) {
        memcpy(&first_free, block, sizeof first_free);
        return block;
    }
    if (pool == NULL)
        pool = mmap(NULL, POOL_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    block = pool + used_bytes;
    used_bytes += ROOM_BYTES;
    return block;
}

void pool_put(void *block)
{
    memcpy(block, &first_free, sizeof first_free);
    first_free = block;
}

void *pool_copy(const void *from, size_t size)
{
    void *copy = pool_get(size);
    memcpy(copy, from, size);
    return copy;
}
