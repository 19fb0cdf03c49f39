/* libraries.c: what the process has loaded, by build ids. */
#include "base/build_id.h"
#include "base/hash.h"
#include "worker/worker_parts.h"

#include <link.h>
#include <string.h>

typedef struct digest {
    uint64_t hash;
    bool is_known; /* every object so far has a build id */
} digest;

static int add_object(struct dl_phdr_info *object, size_t size, void *context)
{
    digest *d = context;
    static const char kernels[] = "linux-vdso";
    bool has_id = object->dlpi_name != NULL && strncmp(object->dlpi_name, kernels, sizeof kernels - 1) == 0;
    (void)size;
    for (int i = 0; i < object->dlpi_phnum && !has_id; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        const unsigned char *notes = (const unsigned char *)(uintptr_t)(object->dlpi_addr + segment->p_vaddr);
        mb_build_id id = {0};
        has_id = segment->p_type == PT_NOTE && mb_build_id_find(notes, segment->p_memsz, segment->p_align, &id);
        if (has_id)
            d->hash = mb_hash_bytes(d->hash, notes + id.at, id.size);
    }
    d->is_known &= has_id;
    return 0;
}

bool mb_libraries_describe(char text[MB_LIBRARIES_TEXT_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    digest d = {.hash = MB_HASH_FIRST, .is_known = true};
    dl_iterate_phdr(add_object, &d);
    for (int i = 0; i < MB_LIBRARIES_TEXT_BYTES - 1; i++)
        text[i] = digits[d.hash >> (60 - 4 * i) & 15];
    text[MB_LIBRARIES_TEXT_BYTES - 1] = '\0';
    return d.is_known;
}
