#include "process/trace_images.h"

#include "base/clock.h"
#include "base/grown.h"
#include "process/elf.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024 };

void mb_trace_images_fini(mb_trace_images *images)
{
    free(images->images);
    *images = (mb_trace_images){0};
}

static int open_of(pid_t pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* Whether the variable is in an environment, which may be of any size. */
static bool has_variable(pid_t pid, const char *variable)
{
    char piece[PIECE_BYTES];
    size_t length = strlen(variable), at = 0; /* so many bytes of the variable, or more than it has: of another one */
    bool is_found = false;
    ssize_t got = 0;
    int fd = open_of(pid, "environ");
    while (fd >= 0 && !is_found && (got = read(fd, piece, sizeof piece)) > 0)
        for (ssize_t i = 0; i < got && !is_found; i++) {
            is_found = at == length && piece[i] == '=';
            at = piece[i] == '\0' ? 0 : at < length && piece[i] == variable[at] ? at + 1 : length + 1;
        }
    if (fd >= 0)
        close(fd);
    return is_found;
}

/* AT_SECURE of the auxiliary vector: the linker does not load what a caller without its rights asks for. */
static bool is_secure(pid_t pid)
{
    Elf64_auxv_t entries[64];
    int fd = open_of(pid, "auxv");
    ssize_t got = fd >= 0 ? read(fd, entries, sizeof entries) : 0;
    bool is_found = false;
    for (size_t i = 0; got > 0 && i < (size_t)got / sizeof entries[0]; i++)
        is_found = is_found || (entries[i].a_type == AT_SECURE && entries[i].a_un.a_val != 0);
    if (fd >= 0)
        close(fd);
    return is_found;
}

static const char *find_obstacle(const mb_trace_images *images, pid_t pid)
{
    static const char *const kinds[MB_PROGRAM_KIND_COUNT] = {[MB_PROGRAM_STATIC] = "static",
                                                             [MB_PROGRAM_DYNAMIC_MUSL] = "of musl",
                                                             [MB_PROGRAM_DYNAMIC_OTHER] = "of another C library",
                                                             [MB_PROGRAM_OTHER] = "no ELF program of this machine"};
    mb_program_kind kind;
    int fd = open_of(pid, "exe");
    bool is_known = fd >= 0 && mb_program_kind_fd(fd, &kind);
    if (fd >= 0)
        close(fd);
    if (is_known && kinds[kind] != NULL)
        return kinds[kind];
    if (is_secure(pid))
        return "set-user-id";
    return images->variable != NULL && !has_variable(pid, images->variable) ? "without the hook in its environment"
                                                                            : NULL;
}

static size_t add(mb_trace_images *images, const mb_trace_image *image)
{
    mb_trace_image *larger = mb_grown(images->images, images->count, &images->capacity, sizeof *images->images);
    if (larger == NULL) {
        images->is_memory_out = true;
        return 0;
    }
    images->images = larger;
    larger[images->count] = *image;
    return ++images->count;
}

static mb_trace_image new_image(pid_t pid, const char *name)
{
    mb_trace_image image = {.pid = pid, .start_ns = mb_now_ns()};
    snprintf(image.name, sizeof image.name, "%s", name);
    return image;
}

size_t mb_trace_image_forked(mb_trace_images *images, pid_t pid, const char *name, size_t parent)
{
    if (images == NULL)
        return 0;
    mb_trace_image image = new_image(pid, name);
    image.is_forked = true;
    image.obstacle = parent > 0 ? images->images[parent - 1].obstacle : NULL;
    return add(images, &image);
}

size_t mb_trace_image_execed(mb_trace_images *images, pid_t pid, const char *name)
{
    if (images == NULL)
        return 0;
    mb_trace_image image = new_image(pid, name);
    image.obstacle = find_obstacle(images, pid);
    return add(images, &image);
}

void mb_trace_image_end(mb_trace_images *images, size_t image, bool is_left)
{
    if (images == NULL || image == 0)
        return;
    images->images[image - 1].has_ended = true;
    images->images[image - 1].is_left = is_left;
}
