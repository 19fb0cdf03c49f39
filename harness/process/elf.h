/* elf.h: what kind of program a file is, and what identifies it. Safe with any file: hostile, cut, changing. */
#ifndef MEMBENCH_PROCESS_ELF_H
#define MEMBENCH_PROCESS_ELF_H

#include "base/error.h"

#include <stdbool.h>

typedef enum mb_program_kind {
    MB_PROGRAM_DYNAMIC_GLIBC, /* only these two can have a heap hook preloaded */
    MB_PROGRAM_DYNAMIC_MUSL,
    MB_PROGRAM_DYNAMIC_OTHER, /* another loader */
    MB_PROGRAM_STATIC,        /* an ELF program without a loader, static-pie included */
    MB_PROGRAM_SCRIPT,        /* begins with #! */
    MB_PROGRAM_OTHER,         /* anything else, also an ELF file of another byte order or cut short */
    MB_PROGRAM_KIND_COUNT
} mb_program_kind;

enum { MB_BUILD_ID_BYTES_MAX = 132 }; /* 64 bytes in hexadecimal, or "sha256:" and 64 digits, with terminator */

typedef struct mb_program_file {
    mb_program_kind kind;
    char build_id[MB_BUILD_ID_BYTES_MAX]; /* GNU build id in hexadecimal, else "sha256:" and the file's digest */
} mb_program_file;

/* Reads the file. Fails when it is not a regular file or cannot be read; *file is then untouched. */
MB_NODISCARD mb_status mb_program_inspect(const char *path, mb_program_file *file, mb_error *error);

/* The same of an open descriptor; name is for messages. */
MB_NODISCARD mb_status mb_program_inspect_fd(int fd, const char *name, mb_program_file *file, mb_error *error);

/* The kind alone, whatever the size of the file. False: it is not a regular file. */
bool mb_program_kind_fd(int fd, mb_program_kind *kind);

#endif
