#include "process/elf.h"

#include "base/build_id.h"
#include "base/path.h"
#include "base/sha256.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEGMENTS_MAX = 1024, NOTES_BYTES_MAX = 64 * 1024, LOADER_BYTES_MAX = 4096, ID_BYTES_MAX = 64 };

/* One program header of either class; every field comes from the file and is not to be trusted. */
struct segment {
    uint32_t type;
    uint64_t offset, size_bytes, alignment;
};

struct image {
    int fd;
    uint64_t size_bytes;
    bool is_64;
    uint64_t segments_offset;
    size_t segment_count;
};

/* All of it or nothing: a file that got shorter meanwhile ends up as false, never as bytes that are not there. */
static bool read_at(const struct image *image, void *bytes, size_t length, uint64_t offset)
{
    if (offset > image->size_bytes || length > image->size_bytes - offset)
        return false;
    size_t done = 0;
    while (done < length) {
        ssize_t got = pread(image->fd, (char *)bytes + done, length - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static bool read_header(struct image *image)
{
    const uint16_t one = 1;
    const unsigned char native = *(const unsigned char *)&one == 1 ? ELFDATA2LSB : ELFDATA2MSB;
    unsigned char identity[EI_NIDENT];
    if (!read_at(image, identity, sizeof identity, 0) || memcmp(identity, ELFMAG, SELFMAG) != 0 ||
        identity[EI_DATA] != native)
        return false;
    uint16_t type, entry_bytes, entry_count;
    if (identity[EI_CLASS] == ELFCLASS64) {
        Elf64_Ehdr header;
        if (!read_at(image, &header, sizeof header, 0))
            return false;
        image->is_64 = true;
        image->segments_offset = header.e_phoff;
        type = header.e_type, entry_bytes = header.e_phentsize, entry_count = header.e_phnum;
    } else if (identity[EI_CLASS] == ELFCLASS32) {
        Elf32_Ehdr header;
        if (!read_at(image, &header, sizeof header, 0))
            return false;
        image->is_64 = false;
        image->segments_offset = header.e_phoff;
        type = header.e_type, entry_bytes = header.e_phentsize, entry_count = header.e_phnum;
    } else
        return false;
    image->segment_count = entry_count;
    return (type == ET_EXEC || type == ET_DYN) && entry_count > 0 && entry_count <= SEGMENTS_MAX &&
           entry_bytes == (image->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr));
}

static bool read_segment(const struct image *image, size_t index, struct segment *segment)
{
    uint64_t entry_bytes = image->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    if (image->segments_offset > image->size_bytes)
        return false;
    uint64_t offset = image->segments_offset + index * entry_bytes;
    if (image->is_64) {
        Elf64_Phdr header;
        if (!read_at(image, &header, sizeof header, offset))
            return false;
        *segment = (struct segment){header.p_type, header.p_offset, header.p_filesz, header.p_align};
    } else {
        Elf32_Phdr header;
        if (!read_at(image, &header, sizeof header, offset))
            return false;
        *segment = (struct segment){header.p_type, header.p_offset, header.p_filesz, header.p_align};
    }
    return segment->offset <= image->size_bytes && segment->size_bytes <= image->size_bytes - segment->offset;
}

static bool read_loader(const struct image *image, const struct segment *segment, mb_program_kind *kind)
{
    char path[LOADER_BYTES_MAX];
    if (segment->size_bytes < 2 || segment->size_bytes > sizeof path ||
        !read_at(image, path, (size_t)segment->size_bytes, segment->offset) || path[segment->size_bytes - 1] != '\0')
        return false;
    const char *name = mb_file_name(path);
    if (strncmp(name, "ld-musl-", 8) == 0)
        *kind = MB_PROGRAM_DYNAMIC_MUSL;
    else if (strncmp(name, "ld-linux", 8) == 0 || strncmp(name, "ld64.so.", 8) == 0 || strncmp(name, "ld.so.", 6) == 0)
        *kind = MB_PROGRAM_DYNAMIC_GLIBC;
    else
        *kind = MB_PROGRAM_DYNAMIC_OTHER;
    return true;
}

static void write_hex(char *text, const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static bool find_build_id(const struct image *image, const struct segment *segment, char *text)
{
    static unsigned char notes[NOTES_BYTES_MAX];
    if (segment->size_bytes > sizeof notes || !read_at(image, notes, (size_t)segment->size_bytes, segment->offset))
        return false;
    mb_build_id id = {0};
    while (mb_build_id_find(notes, segment->size_bytes, segment->alignment, &id))
        if (id.size >= 1 && id.size <= ID_BYTES_MAX) {
            write_hex(text, notes + id.at, id.size);
            return true;
        }
    return false;
}

/* False when it is not a whole ELF program. */
static bool read_elf(struct image *image, mb_program_file *file)
{
    if (!read_header(image))
        return false;
    file->kind = MB_PROGRAM_STATIC;
    for (size_t i = 0; i < image->segment_count; i++) {
        struct segment segment;
        if (!read_segment(image, i, &segment))
            return false;
        if (segment.type == PT_INTERP && !read_loader(image, &segment, &file->kind))
            return false;
        if (segment.type == PT_NOTE && file->build_id[0] == '\0')
            find_build_id(image, &segment, file->build_id);
    }
    return true;
}

static bool digest_file(const struct image *image, char *text)
{
    static unsigned char bytes[64 * 1024];
    mb_sha256 hash;
    mb_sha256_init(&hash);
    for (uint64_t offset = 0; offset < image->size_bytes;) {
        uint64_t left = image->size_bytes - offset;
        size_t count = left < sizeof bytes ? (size_t)left : sizeof bytes;
        if (!read_at(image, bytes, count, offset))
            return false;
        mb_sha256_add(&hash, bytes, count);
        offset += count;
    }
    unsigned char digest[32];
    mb_sha256_end(&hash, digest);
    memcpy(text, "sha256:", 7);
    write_hex(text + 7, digest, sizeof digest);
    return true;
}

/* All but the digest of a file without a build id. */
static mb_status look_at(int fd, const char *name, struct image *image, mb_program_file *file, mb_error *error)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return mb_error_set_errno(error, errno, "%s", name);
    if (!S_ISREG(status.st_mode))
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: not a regular file", name);
    *image = (struct image){.fd = fd, .size_bytes = (uint64_t)status.st_size};
    *file = (mb_program_file){.kind = MB_PROGRAM_OTHER};
    char begin[2];
    if (!read_elf(image, file)) {
        bool is_script = read_at(image, begin, sizeof begin, 0) && memcmp(begin, "#!", 2) == 0;
        *file = (mb_program_file){.kind = is_script ? MB_PROGRAM_SCRIPT : MB_PROGRAM_OTHER};
    }
    return MB_OK;
}

bool mb_program_kind_fd(int fd, mb_program_kind *kind)
{
    struct image image;
    mb_program_file file;
    mb_error ignored;
    if (look_at(fd, "", &image, &file, &ignored) != MB_OK)
        return false;
    *kind = file.kind;
    return true;
}

mb_status mb_program_inspect_fd(int fd, const char *name, mb_program_file *file, mb_error *error)
{
    struct image image;
    mb_program_file result;
    mb_status status = look_at(fd, name, &image, &result, error);
    if (status != MB_OK)
        return status;
    if (result.build_id[0] == '\0' && !digest_file(&image, result.build_id))
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: cannot be read, or changed meanwhile", name);
    *file = result;
    return MB_OK;
}

mb_status mb_program_inspect(const char *path, mb_program_file *file, mb_error *error)
{
    /* O_NONBLOCK: opening a named pipe must not wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return mb_error_set_errno(error, errno, "%s", path);
    mb_status status = mb_program_inspect_fd(fd, path, file, error);
    close(fd);
    return status;
}
