#include "process/same_program.h"

#include "base/build_id.h"
#include "process/command.h"

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SEGMENTS_MAX = 1024 };
static const off_t bytes_max = (off_t)1 << 30;

/* A whole file; bytes NULL: it could not be read. */
typedef struct image {
    unsigned char *bytes;
    uint64_t size;
} image;

static image load(const char *path)
{
    struct stat about;
    char *bytes = NULL;
    size_t size = 0;
    mb_error ignored;
    if (stat(path, &about) != 0 || about.st_size > bytes_max || mb_file_read(path, &bytes, &size, &ignored) != MB_OK)
        return (image){0};
    return (image){(unsigned char *)bytes, size};
}

static bool has(const image *i, uint64_t offset, uint64_t size)
{
    return offset <= i->size && size <= i->size - offset;
}

/* The header of a whole program of this machine's byte order. */
static bool read_header(const image *i, Elf64_Ehdr *header)
{
    const uint16_t one = 1;
    const unsigned char native = *(const unsigned char *)&one == 1 ? ELFDATA2LSB : ELFDATA2MSB;
    if (i->bytes == NULL || !has(i, 0, sizeof *header))
        return false;
    memcpy(header, i->bytes, sizeof *header);
    return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == ELFCLASS64 &&
           header->e_ident[EI_DATA] == native && (header->e_type == ET_EXEC || header->e_type == ET_DYN) &&
           header->e_phentsize == sizeof(Elf64_Phdr) && header->e_phnum > 0 && header->e_phnum <= SEGMENTS_MAX &&
           has(i, header->e_phoff, header->e_phnum * sizeof(Elf64_Phdr));
}

static bool read_segment(const image *i, const Elf64_Ehdr *header, size_t index, Elf64_Phdr *segment)
{
    memcpy(segment, i->bytes + header->e_phoff + index * sizeof *segment, sizeof *segment);
    return has(i, segment->p_offset, segment->p_filesz);
}

/* Clears what says nothing of code and data: where sections are, of which debug information has some, and the build id.
 */
static void clear_header(image *i)
{
    memset(i->bytes + offsetof(Elf64_Ehdr, e_shoff), 0, sizeof(Elf64_Off));
    memset(i->bytes + offsetof(Elf64_Ehdr, e_shentsize), 0, sizeof(Elf64_Ehdr) - offsetof(Elf64_Ehdr, e_shentsize));
}

static void clear_build_id(image *i, const Elf64_Phdr *notes)
{
    unsigned char *start = i->bytes + notes->p_offset;
    mb_build_id id = {0};
    while (mb_build_id_find(start, notes->p_filesz, notes->p_align, &id))
        memset(start + id.at, 0, id.size);
}

/* Where the file has what is loaded at an address; false when it is nowhere. */
static bool find_address(const image *i, const Elf64_Ehdr *header, uint64_t address, uint64_t *offset)
{
    for (size_t s = 0; s < header->e_phnum; s++) {
        Elf64_Phdr segment;
        if (!read_segment(i, header, s, &segment) || segment.p_type != PT_LOAD || address < segment.p_vaddr ||
            address - segment.p_vaddr >= segment.p_filesz)
            continue;
        *offset = segment.p_offset + (address - segment.p_vaddr);
        return true;
    }
    return false;
}

/* Libraries from elsewhere than where the system looks: with a search path, or by a path of their own. */
static bool has_own_libraries(const image *i, const Elf64_Ehdr *header, const Elf64_Phdr *dynamic)
{
    uint64_t names = 0, count = dynamic->p_filesz / sizeof(Elf64_Dyn);
    bool has_names = false;
    for (int pass = 0; pass < 2; pass++)
        for (uint64_t d = 0; d < count; d++) {
            Elf64_Dyn entry;
            memcpy(&entry, i->bytes + dynamic->p_offset + d * sizeof entry, sizeof entry);
            if (entry.d_tag == DT_NULL)
                break;
            if (entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH)
                return true;
            if (entry.d_tag == DT_STRTAB)
                has_names = find_address(i, header, entry.d_un.d_ptr, &names);
            if (pass == 0 || entry.d_tag != DT_NEEDED)
                continue;
            uint64_t at = names + entry.d_un.d_val;
            if (!has_names || at >= i->size || memchr(i->bytes + at, '\0', i->size - at) == NULL ||
                strchr((const char *)i->bytes + at, '/') != NULL)
                return true;
        }
    return false;
}

static bool are_same(image *a, image *b)
{
    Elf64_Ehdr header, other;
    if (!read_header(a, &header) || !read_header(b, &other) || header.e_phoff != other.e_phoff ||
        header.e_phnum != other.e_phnum)
        return false;
    for (size_t s = 0; s < header.e_phnum; s++) {
        Elf64_Phdr segment, same;
        if (!read_segment(a, &header, s, &segment) || !read_segment(b, &header, s, &same) ||
            memcmp(&segment, &same, sizeof segment) != 0)
            return false;
        if (segment.p_type == PT_DYNAMIC &&
            (has_own_libraries(a, &header, &segment) || has_own_libraries(b, &header, &segment)))
            return false;
        if (segment.p_type == PT_NOTE) {
            clear_build_id(a, &segment);
            clear_build_id(b, &segment);
        }
    }
    clear_header(a);
    clear_header(b);
    for (size_t s = 0; s < header.e_phnum; s++) {
        Elf64_Phdr segment;
        if (!read_segment(a, &header, s, &segment) ||
            (segment.p_type == PT_LOAD &&
             memcmp(a->bytes + segment.p_offset, b->bytes + segment.p_offset, segment.p_filesz) != 0))
            return false;
    }
    return true;
}

bool mb_program_is_same(const char *path, const char *other)
{
    image a = load(path), b = load(other);
    bool result = are_same(&a, &b);
    free(a.bytes);
    free(b.bytes);
    return result;
}
