/* /dev/urandom and /dev/random as a process opens them: a file in memory that has bytes of the seed. */
#include "chance/chance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REPLACES(name) __asm__(name)
#define EXPORTED __attribute__((weak, visibility("default")))

/* glibc's own under its other names, which nobody replaces; other libraries do without. */
__attribute__((weak)) extern int libc_open(const char *path, int flags, ...) REPLACES("__open64");
__attribute__((weak)) extern FILE *libc_fopen(const char *path, const char *mode) REPLACES("_IO_fopen");

enum {
    RANDOM_BYTES = 32 * 1024, /* of the seed; behind them zeros, as many as anybody will read */
    PIECE_BYTES = 512,
};
static const off_t all_bytes = (off_t)1 << 40;

static bool is_random_device(const char *path)
{
    return path != NULL && strncmp(path, "/dev/", 5) == 0 &&
           (strcmp(path + 5, "urandom") == 0 || strcmp(path + 5, "random") == 0);
}

static bool write_random(int fd)
{
    unsigned char piece[PIECE_BYTES];
    for (int at = 0; at < RANDOM_BYTES; at += PIECE_BYTES)
        if (!mb_chance_take(piece, sizeof piece) || write(fd, piece, sizeof piece) != (ssize_t)sizeof piece)
            return false;
    return ftruncate(fd, all_bytes) == 0 && lseek(fd, 0, SEEK_SET) == 0;
}

/* A descriptor to read the seed's bytes from; -1: chance is the system's, or there is no such file here. */
static int open_fixed(const char *path, int flags)
{
    unsigned char unused;
    if (!is_random_device(path) || (flags & O_ACCMODE) == O_WRONLY)
        return -1;
    if (!mb_chance_is_fixed()) {
        mb_chance_take(&unused, 0); /* it is a request all the same */
        return -1;
    }
    int saved_errno = errno;
    int fd = (int)syscall(SYS_memfd_create, "urandom", (flags & O_CLOEXEC) != 0 ? 1u : 0u);
    if (fd >= 0 && !write_random(fd)) {
        close(fd);
        fd = -1;
    }
    errno = saved_errno;
    return fd;
}

static int open_at(int folder, const char *path, int flags, mode_t mode)
{
    int fd = open_fixed(path, flags);
    if (fd >= 0)
        return fd;
    if (folder == AT_FDCWD && libc_open != NULL)
        return libc_open(path, flags, mode);
    return (int)syscall(SYS_openat, folder, path, flags | O_LARGEFILE, mode);
}

/* The mode is there only where a file may be made. */
#define MODE_OF(flags, mode)                                                                                           \
    mode_t mode = 0;                                                                                                   \
    if (((flags)&O_CREAT) != 0 || ((flags)&O_TMPFILE) == O_TMPFILE) {                                                  \
        va_list arguments;                                                                                             \
        va_start(arguments, flags);                                                                                    \
        mode = va_arg(arguments, mode_t);                                                                              \
        va_end(arguments);                                                                                             \
    }

#define REPLACE_OPEN(ours, name)                                                                                       \
    EXPORTED int ours(const char *path, int flags, ...) REPLACES(name);                                                \
    int ours(const char *path, int flags, ...)                                                                         \
    {                                                                                                                  \
        MODE_OF(flags, mode)                                                                                           \
        return open_at(AT_FDCWD, path, flags, mode);                                                                   \
    }
REPLACE_OPEN(mb_chance_open, "open")
REPLACE_OPEN(mb_chance_open64, "open64")

#define REPLACE_OPENAT(ours, name)                                                                                     \
    EXPORTED int ours(int folder, const char *path, int flags, ...) REPLACES(name);                                    \
    int ours(int folder, const char *path, int flags, ...)                                                             \
    {                                                                                                                  \
        MODE_OF(flags, mode)                                                                                           \
        return open_at(folder, path, flags, mode);                                                                     \
    }
REPLACE_OPENAT(mb_chance_openat, "openat")
REPLACE_OPENAT(mb_chance_openat64, "openat64")

/* What open becomes where it was compiled with _FORTIFY_SOURCE and its flags were not known. */
#define REPLACE_CHECKED(ours, name)                                                                                    \
    EXPORTED int ours(const char *path, int flags) REPLACES(name);                                                     \
    int ours(const char *path, int flags) { return open_at(AT_FDCWD, path, flags, 0); }
REPLACE_CHECKED(mb_chance_open_2, "__open_2")
REPLACE_CHECKED(mb_chance_open64_2, "__open64_2")

static int flags_of(const char *mode)
{
    int flags = *mode == 'r' ? 0 : *mode == 'w' ? O_CREAT | O_TRUNC : O_CREAT | O_APPEND;
    flags |= strchr(mode, '+') != NULL ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;
    return flags | (strchr(mode, 'e') != NULL ? O_CLOEXEC : 0) | (strchr(mode, 'x') != NULL ? O_EXCL : 0);
}

static FILE *open_stream(const char *path, const char *mode)
{
    int fd = is_random_device(path) ? open_fixed(path, flags_of(mode)) : -1;
    if (fd < 0 && libc_fopen != NULL)
        return libc_fopen(path, mode);
    if (fd < 0) {
        if (strchr("rwa", *mode) == NULL || *mode == '\0') {
            errno = EINVAL;
            return NULL;
        }
        fd = open_at(AT_FDCWD, path, flags_of(mode), 0666);
    }
    FILE *file = fd >= 0 ? fdopen(fd, mode) : NULL;
    if (fd >= 0 && file == NULL)
        close(fd);
    return file;
}

#define REPLACE_FOPEN(ours, name)                                                                                      \
    EXPORTED FILE *ours(const char *path, const char *mode) REPLACES(name);                                            \
    FILE *ours(const char *path, const char *mode) { return open_stream(path, mode); }
REPLACE_FOPEN(mb_chance_fopen, "fopen")
REPLACE_FOPEN(mb_chance_fopen64, "fopen64")
