/* populate.c: what makes RSS repeat where address randomisation cannot be turned off. */
#include "worker/worker_parts.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14; older kernels refuse it, and RSS then varies by some file pages */
#endif

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

void mb_populate_storage(void *storage, size_t byte_count)
{
    uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)storage / page_bytes * page_bytes;
    madvise((void *)start, (uintptr_t)storage + byte_count - start, MADV_POPULATE_WRITE);
}

static int populate_object(struct dl_phdr_info *object, size_t size, void *context)
{
    uintptr_t page_bytes = *(uintptr_t *)context;
    (void)size;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD)
            continue;
        uintptr_t start = (object->dlpi_addr + segment->p_vaddr) / page_bytes * page_bytes;
        uintptr_t end = object->dlpi_addr + segment->p_vaddr + segment->p_filesz;
        madvise((void *)start, end - start, MADV_POPULATE_READ);
    }
    return 0;
}

void mb_populate_files(void)
{
    uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    dl_iterate_phdr(populate_object, &page_bytes);
}
