/* loaded_object.h: whether an address lies in a loaded program or library, for callbacks of dl_iterate_phdr. Not
 * dladdr, which compares all symbols of the object with the address: 50 us for one in the C library. */
#ifndef MEMBENCH_BASE_LOADED_OBJECT_H
#define MEMBENCH_BASE_LOADED_OBJECT_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

static inline bool mb_loaded_object_has(const struct dl_phdr_info *object, uintptr_t address)
{
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && address - (object->dlpi_addr + segment->p_vaddr) < segment->p_memsz)
            return true;
    }
    return false;
}

#endif
