/* build_id.h: GNU build ids among the notes of a segment, of a file or of what is loaded. */
#ifndef MEMBENCH_BASE_BUILD_ID_H
#define MEMBENCH_BASE_BUILD_ID_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Where an id is, in bytes from the first note. Zeros: none was looked for yet. */
typedef struct mb_build_id {
    uint64_t at, size;
    uint64_t next; /* where to look for another one */
} mb_build_id;

/* Goes to the next id; false: there is none. alignment: the segment's, 4 or 8. A note that reaches past the segment
 * ends the search. (gABI, "Note Section"; Elf32_Nhdr is the same.) */
static inline bool mb_build_id_find(const void *notes, uint64_t byte_count, uint64_t alignment, mb_build_id *id)
{
    uint64_t mask = alignment == 8 ? 7 : 3;
    while (id->next <= byte_count && byte_count - id->next >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr note;
        const unsigned char *start = (const unsigned char *)notes + id->next;
        memcpy(&note, start, sizeof note);
        id->at = (id->next + sizeof note + note.n_namesz + mask) & ~mask;
        id->size = note.n_descsz;
        uint64_t end = id->at + id->size;
        if (end > byte_count)
            return false;
        id->next = (end + mask) & ~mask;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(start + sizeof note, "GNU", 4) == 0)
            return true;
    }
    return false;
}

#endif
