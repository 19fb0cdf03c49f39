/* populate.c: what makes RSS repeat where address randomisation cannot be turned off, and keeps the pages of a program
 * that lies on a tmpfs out of what counts. */
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
    const uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    const bool *with_data = context;
    (void)size;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || (!*with_data && (segment->p_flags & PF_W) != 0))
            continue;
        uintptr_t start = (object->dlpi_addr + segment->p_vaddr) / page_bytes * page_bytes;
        uintptr_t end = object->dlpi_addr + segment->p_vaddr + segment->p_filesz;
        madvise((void *)start, end - start, MADV_POPULATE_READ);
    }
    return 0;
}

void mb_populate_files(bool with_data) { dl_iterate_phdr(populate_object, &with_data); }
