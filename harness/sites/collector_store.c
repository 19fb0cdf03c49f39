/* Storage of the collector: anonymous mappings that are moved when they get too small. */
#include "sites/collector.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Not through mmap, which is the collector's own (collector_mappings.c): it would wait for the lock that is held here.
 */
static void *call(long number, void *address, size_t length, size_t third, int flags, int fd)
{
    return (void *)syscall(number, address, length, third, flags, fd, 0);
}

enum { FIRST_BYTES = 256 * 1024 };

void *mb_site_store_add(mb_site_store *store, size_t byte_count)
{
    size_t capacity = store->capacity_bytes > 0 ? store->capacity_bytes : FIRST_BYTES;
    while (capacity < store->used_bytes + byte_count)
        capacity *= 2;
    if (capacity > store->capacity_bytes) {
        int saved_errno = errno;
        void *moved = store->bytes == NULL
                          ? call(SYS_mmap, NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1)
                          : call(SYS_mremap, store->bytes, store->capacity_bytes, capacity, MREMAP_MAYMOVE, 0);
        errno = saved_errno;
        if (moved == MAP_FAILED)
            return NULL;
        madvise(moved, capacity, MADV_DONTDUMP); /* which marks it as ours (collector_pages.c) */
        store->bytes = moved;
        store->capacity_bytes = capacity;
    }
    void *added = (char *)store->bytes + store->used_bytes;
    store->used_bytes += byte_count;
    return added;
}

void mb_site_store_free(mb_site_store *store)
{
    if (store->bytes != NULL)
        syscall(SYS_munmap, store->bytes, store->capacity_bytes);
    *store = (mb_site_store){0};
}
