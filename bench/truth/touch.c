/* Mapping and touching whole pages. */
#include "truth.h"

#include <sys/mman.h>
#include <unistd.h>

uint64_t page_bytes_get(void)
{
    static uint64_t page_bytes;
    if (page_bytes == 0)
        page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    return page_bytes;
}

void pages_touch(unsigned char *memory, uint64_t page_count)
{
    volatile unsigned char *bytes = memory;
    for (uint64_t i = 0; i < page_count; i++)
        bytes[i * page_bytes_get()] = 1;
}

unsigned char *pages_map(uint64_t page_count)
{
    void *memory =
        mmap(NULL, page_count * page_bytes_get(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    pages_touch(memory, page_count);
    return memory;
}

void pages_unmap(unsigned char *memory, uint64_t page_count)
{
    if (memory != NULL)
        munmap(memory, page_count * page_bytes_get());
}
